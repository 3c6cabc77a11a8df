/* Names for decoys: like those of the house, and never one that says what it is. */
#include "lib/decoy/naming.h"

#include "tests/unit/fixture.h"

static struct fixture fixture;
static struct ks_arena arena;

/* What the house has, and what the new name begins and ends with; letters that it must not have. */
static const struct row {
	const char *name;
	const char *users[8];
	const char *first, *last, *never;
} rows[] = {
	{ "first and last", { "svc-mail-prod", "svc-etl-prod", "svc-web-prod", "svc-db-prod" }, "svc-", "-prod",
		"_." },
	{ "underscores", { "app_mail", "app_etl", "app_web", "admin" }, "app_", "", "-." },
	{ "capitals", { "Svc.Mail.Prod", "Svc.Etl.Prod", "Svc.Web.Prod" }, "Svc.", ".Prod", "-_" },
	{ "dates are no words", { "ses-smtp-user.20240611-101522", "ses-smtp-user.20240612-101522", "ses-x",
		"ses-y" },
		"ses-", "", "_" },
	{ "too few", { "svc-mail-prod", "ann" }, "", "", "_" },
	{ "nobody", { NULL }, "", "", "_" },
	{ "telling words of the house", { "canary-mail", "canary-etl", "canary-web", "svc-a", "svc-b" }, "svc-",
		"", "_" },
};

static bool ends(struct ks_str name, const char *last)
{
	return ks_str_has_suffix(name, ks_str_of(last));
}

static void follows_the_house(void **state)
{
	const struct row *row = *state;
	struct ks_vec users = KS_VEC_OF(struct ks_str), usual = KS_VEC_OF(struct ks_str);
	struct ks_naming_request request = { .users = &users, .usual = &usual };

	*(struct ks_str *)ks_vec_push(&usual) = KS_STR("svc-mailer");
	*(struct ks_str *)ks_vec_push(&usual) = KS_STR("backup-prod");
	for (size_t i = 0; i < 8 && row->users[i] != NULL; i++)
		*(struct ks_str *)ks_vec_push(&users) = ks_str_of(row->users[i]);
	for (fixture.seed = 1; fixture.seed < 200; fixture.seed += 7) {
		uint64_t seed = fixture.seed;
		struct ks_err err = { 0 };
		struct ks_str name;

		assert_int_equal(ks_naming_choose(&fixture.ctx, &request, &arena, &name, &err), 0);
		assert_true(ks_str_has_prefix(name, ks_str_of(row->first)));
		assert_true(ends(name, row->last));
		assert_false(ks_naming_is_telling(name));
		for (const char *c = row->never; *c != '\0'; c++)
			assert_null(memchr(name.p, *c, name.n));
		for (size_t i = 0; i < users.n; i++)
			assert_false(ks_str_is_equal_nocase(name, *KS_VEC_AT(&users, struct ks_str, i)));
		fixture.seed = seed;
	}
	ks_vec_release(&users);
	ks_vec_release(&usual);
}

static bool refuses(void *arg, struct ks_str name)
{
	(void)arg;
	return !ks_str_has_suffix(name, KS_STR("-3"));
}

/* When all usual names are taken they get numbers; when all is refused, it is said. */
static void goes_on(void **state)
{
	struct ks_vec none = KS_VEC_OF(struct ks_str), usual = KS_VEC_OF(struct ks_str);
	struct ks_naming_request request = { .users = &none, .usual = &usual, .is_refused = refuses };
	struct ks_err err = { 0 };
	struct ks_str name;

	(void)state;
	*(struct ks_str *)ks_vec_push(&usual) = KS_STR("svc-mailer");
	assert_int_equal(ks_naming_choose(&fixture.ctx, &request, &arena, &name, &err), 0);
	assert_true(ks_str_is(name, "svc-mailer-3"));
	*KS_VEC_AT(&usual, struct ks_str, 0) = KS_STR("a name that IAM would not take");
	assert_int_equal(ks_naming_choose(&fixture.ctx, &request, &arena, &name, &err), -1);
	assert_int_equal(err.code, KS_ERR_EXISTS);
	ks_vec_release(&usual);
}

static void knows_telling_names(void **state)
{
	(void)state;
	assert_true(ks_naming_is_telling(KS_STR("honey-mailer")));
	assert_true(ks_naming_is_telling(KS_STR("svc-decoy")));
	assert_true(ks_naming_is_telling(KS_STR("6ba7b810-9dad-11d1-80b4-00c04fd430c8")));
	assert_false(ks_naming_is_telling(KS_STR("svc-mailer-prod")));
}

int main(void)
{
	struct CMUnitTest tests[sizeof(rows) / sizeof(rows[0]) + 2];
	size_t n = 0;

	fixture_init(&fixture);
	for (; n < sizeof(rows) / sizeof(rows[0]); n++)
		tests[n] = (struct CMUnitTest){ rows[n].name, follows_the_house, NULL, NULL,
			(void *)(uintptr_t)&rows[n] };
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(goes_on);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(knows_telling_names);
	n = (size_t)cmocka_run_group_tests(tests, NULL, NULL);
	ks_arena_release(&arena);
	return (int)n;
}
