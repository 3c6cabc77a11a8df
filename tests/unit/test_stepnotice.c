/* lib/respond/stepnotice: whom a policy's step tells, and that nobody goes without for a wrong name. */
#include "lib/respond/stepnotice.h"

#include "tests/unit/incidents.h"
#include "tests/unit/rows.h"

static const char *const both[] = { "oncall", "lake" };

static const struct row {
	const char *name;
	size_t known;                    /* of both that the mandate has */
	struct ks_str given[2];
	size_t given_count;
	const char *want, *note;
} table[] = {
	{ "one of them", 2, { { "lake", 4 } }, 1, "lake", "told: lake" },
	{ "both, as the step has them", 2, { { "lake", 4 }, { "oncall", 6 } }, 2, "lake oncall",
		"told: lake, oncall" },
	{ "a name that nobody has: all", 2, { { "lake", 4 }, { "oncal", 5 } }, 2, "oncall lake",
		"told: oncall, lake, since there is no notifier 'oncal'" },
	{ "a part of a name is none", 1, { { "on", 2 } }, 1, "oncall",
		"told: oncall, since there is no notifier 'on'" },
	{ "no notifiers: standard output", 0, { { "stdout", 6 } }, 1, "stdout", "told: stdout" },
	{ "no notifiers, and a name", 0, { { "oncall", 6 } }, 1, "stdout",
		"told: stdout, since there is no notifier 'oncall'" },
};

static void test_resolve(void **state)
{
	const struct row *row = *state;
	const struct ks_mandate mandate = { .notifiers = both, .notifier_count = row->known };
	const struct ks_step step = { .notify = row->given, .notify_count = row->given_count };
	struct ks_arena arena = { NULL };
	struct ks_stepnotice notice;
	const char *names = "";

	ks_stepnotice_resolve(&mandate, &step, &arena, &notice);
	for (size_t i = 0; i < notice.count; i++)
		names = ks_arena_printf(&arena, "%s%s%s", names, i > 0 ? " " : "", notice.names[i]);
	assert_string_equal(names, row->want);
	assert_true(ks_str_is(notice.note, row->note));
	ks_arena_release(&arena);
}

/* The notice has the level of its incident. */
static void test_post(void **state)
{
	const struct ks_stepnotice notice = { .names = both, .count = 2 };
	const struct ks_planpost post = { .kind = "acting", .incident = 1, .actor = KS_STR("key:" DECOY_A),
		.plan = 7, .expires_ms = KS_TIME_NONE, .now_ms = FIXTURE_NOW };
	struct ks_err err = { 0 };
	struct incidents t;

	(void)state;
	incidents_init(&t);
	incidents_one(&t, &(struct call){ .name = "PutAccountDetails" });
	assert_int_equal(ks_stepnotice_post(t.db, &notice, &post, &err), 0);
	assert_int_equal(incidents_count(&t, "SELECT COUNT(*) FROM outbox WHERE kind = 'acting' AND "
		"incident_id = 1 AND notifier IN ('oncall', 'lake') AND CAST(body AS TEXT) LIKE "
		"'%\"level\":\"critical\"%'"), 2);
	incidents_release(&t);
}

static void test_check(void **state)
{
	static const char policy[] = "name: p\nmode: enforce\nwhen: { level: high }\nsteps:\n  - disable_key\n"
		"  - notify: [oncall, oncal]\n";
	struct ks_policyset set;

	(void)state;
	ks_policyset_init(&set);
	assert_int_equal(ks_policyset_add(&set, "p.yml", KS_STR(policy)), 0);
	ks_stepnotice_check(&set, both, 2);
	assert_int_equal(set.problems.list.n, 1);
	assert_int_equal(set.problems.errors, 0);
	ks_policyset_release(&set);
}

int main(void)
{
	struct rows rows = { .n = 0 };

	ROWS_TABLE(&rows, test_resolve, table);
	ROWS_TEST(&rows, test_post);
	ROWS_TEST(&rows, test_check);
	return rows_run("stepnotice", &rows);
}
