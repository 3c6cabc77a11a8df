/* The lint: what gives a decoy away, and what does not. */
#include "lib/decoy/fingerprint.h"

#include "tests/unit/fixture.h"

#define UUID "0f8fad5b-d9cb-469f-a165-70867728950e"
#define LONE "[default]\naws_access_key_id = AKIA\noutput = json\nregion=us-east-2\n"

/* A decoy by what varies, and what the lint says of it: "" for nothing. */
static const struct row {
	const char *name, *account, *user, *path, *label, *bait, *says;
	enum ks_fingerprint_severity severity;
} rows[] = {
	{ "nothing", "123456789012", "svc-backup", "/srv/.env", "web01", "A=1\n", "", 0 },
	{ "public account", "171436882533", "svc", "/srv/.env", "", "", "list 'thinkst'",
		KS_FINGERPRINT_WARNING },
	{ "no account", "", "", "/srv/.env", "", "", "", 0 },
	{ "UUID", "123456789012", UUID, "/srv/.env", "", "", "is a UUID", KS_FINGERPRINT_WARNING },
	{ "UUID in capitals", "123456789012", "0F8FAD5B-D9CB-469F-A165-70867728950E", "/srv/.env", "", "",
		"is a UUID", KS_FINGERPRINT_WARNING },
	{ "nearly a UUID", "123456789012", "0f8fad5b-d9cb-469f-a165-70867728950g", "/srv/.env", "", "", "", 0 },
	{ "canary user", "123456789012", "svc-CanaryUser", "/srv/.env", "", "", "says what it is ('canary')",
		KS_FINGERPRINT_WARNING },
	{ "Thinkst's user", "123456789012", "canarytokens.com@@abc", "/srv/.env", "", "", "('canary')",
		KS_FINGERPRINT_WARNING },
	{ "our own name", "123456789012", "keysnare", "/srv/.env", "", "", "('keysnare')",
		KS_FINGERPRINT_WARNING },
	{ "token as a word", "123456789012", "aws-token-1", "/srv/.env", "", "", "('token')",
		KS_FINGERPRINT_WARNING },
	{ "token in a word", "123456789012", "tokenizer", "/srv/.env", "", "", "", 0 },
	{ "trap in a word", "123456789012", "bootstrap", "/srv/bootstrap/.env", "", "", "", 0 },
	{ "trap at the ends", "123456789012", "trap", "/srv/.env", "", "", "('trap')",
		KS_FINGERPRINT_WARNING },
	{ "path", "123456789012", "svc", "/srv/HoneyPot/.env", "", "", "the path", KS_FINGERPRINT_WARNING },
	{ "path of SpaceCrab", "123456789012", "svc", "/SpaceCrab/x", "", "", "('spacecrab')",
		KS_FINGERPRINT_WARNING },
	{ "bait", "123456789012", "svc", "/srv/.env", "", "# decoy\n", "the bait says",
		KS_FINGERPRINT_WARNING },
	{ "bait with a token", "123456789012", "svc", "/srv/.env", "", "TOKEN=x\ntrap EXIT\n", "", 0 },
	{ "label", "123456789012", "svc", "/srv/.env", "honey 1", "", "the label", KS_FINGERPRINT_NOTE },
	{ "label that is the place", "123456789012", "svc", "/srv/.env", "/srv/.env", "", "", 0 },
	{ "lone default profile", "123456789012", "svc", "/srv/c", "", LONE, "lone [default]",
		KS_FINGERPRINT_WARNING },
	{ "default in another region", "123456789012", "svc", "/srv/c", "",
		"[default]\noutput = json\nregion=us-east-1\n", "", 0 },
	{ "default without output", "123456789012", "svc", "/srv/c", "", "[default]\nregion=us-east-2\n", "",
		0 },
	{ "default beside another", "123456789012", "svc", "/srv/c", "", LONE "[b]\n", "", 0 },
	{ "lone other profile", "123456789012", "svc", "/srv/c", "",
		"[prod]\noutput = json\nregion=us-east-2\n", "", 0 },
};

static struct ks_decoy decoy_of(const char *key_id, const char *account, const char *path)
{
	return (struct ks_decoy){ .key_id = ks_str_of(key_id), .account = ks_str_of(account),
		.placement = ks_str_of(path), .name = KS_STR("n"), .label = KS_STR(""), .user_name = KS_STR("svc"),
		.state = KS_DECOY_PLANTED };
}

static void judges(void **state)
{
	const struct row *row = *state;
	struct ks_decoy decoy = decoy_of("AKIARZPUZDIKBKD5PGZX", row->account, row->path);
	struct ks_vec tells = KS_VEC_OF(struct ks_fingerprint_tell);
	struct ks_arena arena = { NULL };
	struct ks_canary canary;
	struct ks_err err = { 0 };

	decoy.user_name = ks_str_of(row->user);
	decoy.label = ks_str_of(row->label);
	ks_canary_init(&canary);
	assert_int_equal(ks_canary_parse(&canary, KS_STR("171436882533 thinkst\n"), &err), 0);
	ks_fingerprint_lint(&(struct ks_fingerprint_request){ .decoy = &decoy, .bait = ks_str_of(row->bait),
		.canary = &canary }, &arena, &tells);
	assert_int_equal(tells.n, row->says[0] != '\0');
	if (tells.n == 1) {
		const struct ks_fingerprint_tell *tell = KS_VEC_AT(&tells, struct ks_fingerprint_tell, 0);

		assert_int_equal(tell->severity, row->severity);
		if (ks_str_find(tell->text, ks_str_of(row->says)) < 0)
			fail_msg("'%s' lacks '%s'", tell->text.p, row->says);
	}
	ks_canary_release(&canary);
	ks_vec_release(&tells);
	ks_arena_release(&arena);
}

/* One neighbor, and what it makes the lint say. */
static const struct neighbor {
	const char *name, *key_id, *account, *path;
	enum ks_decoy_state state;
	enum ks_placement_form form;
	const char *says;
	enum ks_fingerprint_severity severity;
} neighbors[] = {
	{ "elsewhere", "AKIARZPUZDIKAHZVX7Z7", "123456789012", "/opt/x", KS_DECOY_PLANTED,
		KS_PLACEMENT_FILE, "", 0 },
	{ "same file", "AKIARZPUZDIKAHZVX7Z7", "123456789012", "/srv/x", KS_DECOY_PLANTED,
		KS_PLACEMENT_SECTION, "also holds the decoy 'n'", KS_FINGERPRINT_WARNING },
	{ "same file, retired", "AKIARZPUZDIKAHZVX7Z7", "123456789012", "/srv/x", KS_DECOY_RETIRED,
		KS_PLACEMENT_SECTION, "", 0 },
	{ "same words, printed", "AKIARZPUZDIKAHZVX7Z7", "123456789012", "/srv/x", KS_DECOY_PRINTED,
		KS_PLACEMENT_PRINTED, "", 0 },
	{ "same directory", "AKIARZPUZDIKAHZVX7Z7", "123456789012", "/srv/y", KS_DECOY_PLANTED,
		KS_PLACEMENT_FILE, "its directory holds 1 more", KS_FINGERPRINT_NOTE },
	{ "same directory, other account", "AKIASZPUZDIKAHZVX7Z7", "123456789013", "/srv/y", KS_DECOY_PLANTED,
		KS_PLACEMENT_FILE, "", 0 },
	{ "nearly the same id", "AKIARZPUZDIKBKD52222", "123456789012", "/opt/x", KS_DECOY_RETIRED,
		KS_PLACEMENT_FILE, "begins like", KS_FINGERPRINT_WARNING },
	{ "itself", "AKIARZPUZDIKBKD5PGZX", "123456789012", "/srv/x", KS_DECOY_PLANTED, KS_PLACEMENT_FILE,
		"", 0 },
};

static void looks_around(void **state)
{
	const struct neighbor *row = *state;
	struct ks_decoy decoy = decoy_of("AKIARZPUZDIKBKD5PGZX", "123456789012", "/srv/x");
	struct ks_vec tells = KS_VEC_OF(struct ks_fingerprint_tell), fleet = KS_VEC_OF(struct ks_decoy);
	struct ks_decoy *other = ks_vec_push(&fleet);
	struct ks_neighbors around;
	struct ks_arena arena = { NULL };

	*other = decoy_of(row->key_id, row->account, row->path);
	other->state = row->state;
	other->form = row->form;
	ks_neighbors_init(&around, &fleet);
	ks_fingerprint_lint(&(struct ks_fingerprint_request){ .decoy = &decoy, .neighbors = &around }, &arena,
		&tells);
	ks_neighbors_release(&around);
	assert_int_equal(tells.n, row->says[0] != '\0');
	if (tells.n == 1) {
		const struct ks_fingerprint_tell *tell = KS_VEC_AT(&tells, struct ks_fingerprint_tell, 0);

		assert_int_equal(tell->severity, row->severity);
		assert_true(ks_str_find(tell->text, ks_str_of(row->says)) >= 0);
	}
	ks_vec_release(&fleet);
	ks_vec_release(&tells);
	ks_arena_release(&arena);
}

int main(void)
{
	struct CMUnitTest tests[sizeof(rows) / sizeof(rows[0]) + sizeof(neighbors) / sizeof(neighbors[0])];
	size_t n = 0;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		tests[n++] = (struct CMUnitTest){ rows[i].name, judges, NULL, NULL, (void *)(uintptr_t)&rows[i] };
	for (size_t i = 0; i < sizeof(neighbors) / sizeof(neighbors[0]); i++)
		tests[n++] = (struct CMUnitTest){ neighbors[i].name, looks_around, NULL, NULL,
			(void *)(uintptr_t)&neighbors[i] };
	return _cmocka_run_group_tests("fingerprint", tests, n, NULL, NULL);
}
