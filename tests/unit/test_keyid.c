/* Key ids: published vectors, old style, and everything that is no id. */
#include "lib/decoy/keyid.h"

#include "tests/unit/fixture.h"

static const struct row {
	const char *id;
	const char *kind;        /* NULL: malformed */
	const char *account;     /* "" for none */
	const char *says;        /* in the error, or in the note */
} rows[] = {
	{ "AKIASP2TPHJSQH3FJRUX", "long-term", "171436882533", NULL },
	{ "AKIACP2TPHJSQH3FJRUX", "long-term", "171436882533", NULL },
	{ "ASIAQNZGKIQY56JQ7WML", "temporary", "029608264753", NULL },
	{ "ASIAY34FZKBOKMUTVV7A", "temporary", "609629065308", NULL },
	{ "AKIAYVP4CIPPAAAAAAAA", "long-term", "595918472158", NULL },
	{ "AKIAYVP4CIPPQAAAAAAA", "long-term", "595918472159", NULL },
	{ "AKIAQAAAAAAAAAAAAAAA", "long-term", "000000000000", NULL },
	{ "AKIA7777777777777777", "long-term", "", "no account id" },
	{ "AKIAIOSFODNN7EXAMPLE", "long-term", "", "old-style" },
	{ "AKIAI44QH8DHBEXAMPLE", "long-term", "", "old-style" },
	{ "AKIAJ44QH8DHBEXAMPLE", "long-term", "", "old-style" },
	{ "AIDACKCEVSQ6C2EXAMPLE", "user", "", "only access key ids" },
	{ "AROADBQP57FF2AEXAMPLE", "role", "", "only access key ids" },
	{ "AGPAXXXXXXXXXXXXXXXX", "group", "", NULL },
	{ "AIPAXXXXXXXXXXXXXXXX", "instance-profile", "", NULL },
	{ "ANPAXXXXXXXXXXXXXXXX", "managed-policy", "", NULL },
	{ "ANVAXXXXXXXXXXXXXXXX", "policy-version", "", NULL },
	{ "APKAXXXXXXXXXXXXXXXX", "public-key", "", NULL },
	{ "ASCAXXXXXXXXXXXXXXXX", "certificate", "", NULL },
	{ "ABIAXXXXXXXXXXXXXXXX", "bearer-token", "", NULL },
	{ "ACCAXXXXXXXXXXXXXXXX", "context-credential", "", NULL },
	{ "AIDAXXXXXXXXXXXX", "user", "", NULL },
	{ "AIDAXXXXXXXXXXX", NULL, NULL, "16 to 128" },
	{ "", NULL, NULL, "empty" },
	{ "AKIA", NULL, NULL, "20 characters" },
	{ "AKIASP2TPHJSQH3FJRU", NULL, NULL, "has 20 characters, this has 19" },
	{ "AKIASP2TPHJSQH3FJRUXX", NULL, NULL, "has 20 characters, this has 21" },
	{ "AKIAIOSFODNN7EXAMPLEX", NULL, NULL, "has 20 characters" },
	{ "akiasp2tphjsqh3fjrux", NULL, NULL, "lower-case" },
	{ "AKIASP2TPHJSQH3FJRUx", NULL, NULL, "character 20 is lower-case" },
	{ "AKIASP2TPHJSQH3FJRU8", NULL, NULL, "character 20 is not base32" },
	{ "AKIASP0TPHJSQH3FJRUX", NULL, NULL, "character 7 is not base32" },
	{ "AKIASP2TPHJSQH3FJR X", NULL, NULL, "neither" },
	{ "AKIASP2TPHJSQH3FJR\xc3\x84", NULL, NULL, "neither" },
	{ "AXXASP2TPHJSQH3FJRUX", NULL, NULL, "no AWS id begins" },
};

static void parses(void **state)
{
	const struct row *row = *state;
	struct ks_keyid key = { .kind = NULL };
	struct ks_err err = { 0 };
	int rc = ks_keyid_parse(ks_str_of(row->id), &key, &err);

	if (row->kind == NULL) {
		assert_int_equal(rc, -1);
		assert_null(key.kind);
		assert_int_equal(err.code, KS_ERR_PARSE);
		assert_non_null(strstr(err.message, row->says));
		return;
	}
	assert_int_equal(rc, 0);
	assert_string_equal(key.kind->name, row->kind);
	assert_string_equal(key.account, row->account);
	assert_int_equal(key.has_account, row->account[0] != '\0');
	if (row->says != NULL)
		assert_non_null(strstr(key.note, row->says));
}

static void caps_the_length(void **state)
{
	char id[200];
	struct ks_keyid key;
	struct ks_err err = { 0 };

	(void)state;
	memset(id, 'A', sizeof(id));
	memcpy(id, "AROA", 4);
	assert_int_equal(ks_keyid_parse((struct ks_str){ id, 128 }, &key, &err), 0);
	assert_int_equal(ks_keyid_parse((struct ks_str){ id, 129 }, &key, &err), -1);
	assert_int_equal(ks_keyid_parse(KS_STR("AKIASP2TPHJS\0H3FJRUX"), &key, &err), -1);
}

int main(void)
{
	struct CMUnitTest tests[sizeof(rows) / sizeof(rows[0]) + 1];
	size_t n = 0;

	for (; n < sizeof(rows) / sizeof(rows[0]); n++)
		tests[n] = (struct CMUnitTest){ rows[n].id, parses, NULL, NULL, (void *)(uintptr_t)&rows[n] };
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(caps_the_length);
	return _cmocka_run_group_tests("keyid", tests, n, NULL, NULL);
}
