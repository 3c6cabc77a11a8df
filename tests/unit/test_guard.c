/* lib/respond/guard */
#include "lib/respond/guard.h"

#include "tests/unit/respond.h"

struct row {
	const char *name, *guards;
	struct respond_incident incident;
	const char *guard;
	enum ks_guard_outcome outcome;
	const char *why;           /* part of it */
};

static const struct row table[] = {
	{ "fresh", "", { .events = { { .age_minutes = 59 } } }, "max_event_age", KS_GUARD_PASS, "within 1h" },
	{ "exactly as old as may be", "", { .events = { { .age_minutes = 60 } } }, "max_event_age",
		KS_GUARD_PASS, "" },
	{ "too old", "", { .events = { { .age_minutes = 61 } } }, "max_event_age", KS_GUARD_APPROVE,
		"2026-11-22T10:59:00Z, 1h 1m ago; 1h is the most" },
	{ "one old event among new ones", "", { .events = { { .age_minutes = 5 }, { .age_minutes = 525600 },
		{ .age_minutes = 4 } }, .n = 3 }, "max_event_age", KS_GUARD_APPROVE, "365d ago" },
	{ "the policy's own age", "max_event_age: 5m", { .events = { { .age_minutes = 6 } } }, "max_event_age",
		KS_GUARD_APPROVE, "5m is the most" },
	{ "clocks differ a little", "", { .events = { { .age_minutes = -4 } } }, "max_event_age", KS_GUARD_PASS,
		"" },
	{ "from the future", "", { .events = { { .age_minutes = -6 } } }, "max_event_age", KS_GUARD_APPROVE,
		"yet to come" },
	{ "a file", "", { .events = { { .where = "/var/trail/a.json" } } }, "source", KS_GUARD_DRY_RUN,
		"/var/trail/a.json" },
	{ "a file with the name of an object", "", { .events = { { .where = "s3://trail/x.json.gz" } } },
		"source", KS_GUARD_DRY_RUN, "s3://trail/x.json.gz" },
	{ "a file with the name of a queue", "", { .events = { { .where = "sqs:q" } } }, "source",
		KS_GUARD_DRY_RUN, "sqs:q" },
	{ "a file with the name of a lookup", "", { .events = { { .where = "lookup:evil.json" } } }, "source",
		KS_GUARD_DRY_RUN, "lookup:evil.json" },
	{ "standard input", "", { .events = { { .where = "-" } } }, "source", KS_GUARD_DRY_RUN, "(-)" },
	{ "protects nobody", "", { .n = 1 }, "protect", KS_GUARD_PASS, "nobody" },
	{ "protects the user", "protect: [\"" RESPOND_USER "\"]", { .n = 1 }, "protect", KS_GUARD_REFUSE,
		RESPOND_USER },
	{ "protects by a wildcard", "protect: [\"arn:*:iam::*:user/apps/*\"]", { .n = 1 }, "protect",
		KS_GUARD_REFUSE, "" },
	{ "protects the key", "protect: [\"" RESPOND_KEY "\"]", { .n = 1 }, "protect", KS_GUARD_REFUSE, "" },
	{ "protects somebody else", "protect: [\"arn:aws:iam::123456789012:user/other\"]", { .n = 1 }, "protect",
		KS_GUARD_PASS, "" },
	{ "protects the role of a session", "protect: [\"arn:aws:iam::123456789012:role/*\"]", { .events = {
		{ .age_minutes = 9 }, { .type = "AssumedRole", .arn = "arn:aws:sts::123456789012:assumed-role/d/x",
		.issuer = "arn:aws:iam::123456789012:role/d", .key = "ASIAIOSFODNN7EXAMPLE" } }, .n = 2 }, "protect",
		KS_GUARD_REFUSE, "role/*" },
	{ "records that do not fit", "", { .events = { { .region = "cn-north-1" } } }, "records",
		KS_GUARD_APPROVE,
		"cn-north-1" },
	{ "an open incident", "", { .n = 1 }, "state", KS_GUARD_PASS, "open" },
	{ "a closed incident", "", { .is_closed = true }, "state", KS_GUARD_APPROVE, "closed" },
	{ "keys are counted later", "max_keys_per_hour: 2", { .n = 1 }, "max_keys_per_hour", KS_GUARD_LATER,
		"2 keys within the hour are the most" },
	{ "one key", "max_keys_per_hour: 1", { .n = 1 }, "max_keys_per_hour", KS_GUARD_LATER,
		"1 key within the hour is the most" },
	{ "three, when nothing is said", "", { .n = 1 }, "max_keys_per_hour", KS_GUARD_LATER, "3 keys" },
	{ "decoys are counted apart", "max_keys_per_hour: 1", { .is_decoy = true }, "max_keys_per_hour",
		KS_GUARD_PASS, "" },
	{ "the caller is asked for later", "", { .n = 1 }, "caller", KS_GUARD_LATER, "sts:GetCallerIdentity" },
};

static void test_check(void **state)
{
	const struct row *row = *state;
	struct ks_vec verdicts = KS_VEC_OF(struct ks_guard_verdict);
	const struct ks_guard_verdict *found = NULL;
	const struct ks_policy *policy;
	struct respond_facts facts;
	struct ks_policyset set;
	struct ks_buf text;

	ks_buf_init(&text, 4096);
	ks_buf_addf(&text, "name: a\nguards: {%s}\nsteps: [disable_key]\n", row->guards);
	policy = respond_policy(&set, ks_buf_str(&text).p);
	respond_facts_init(&facts, &row->incident);
	ks_guard_check(policy, &facts.facts, NULL, &facts.arena, &verdicts);
	for (size_t i = 0; i < verdicts.n; i++)
		if (strcmp(KS_VEC_AT(&verdicts, struct ks_guard_verdict, i)->guard, row->guard) == 0)
			found = KS_VEC_AT(&verdicts, struct ks_guard_verdict, i);
	assert_non_null(found);
	assert_int_equal(found->outcome, row->outcome);
	if (strstr(found->why, row->why) == NULL)
		fail_msg("'%s' does not hold '%s'", found->why, row->why);
	respond_facts_release(&facts);
	ks_vec_release(&verdicts);
	ks_policyset_release(&set);
	ks_buf_release(&text);
}

static void test_undated(void **state)
{
	struct ks_vec verdicts = KS_VEC_OF(struct ks_guard_verdict);
	struct respond_incident incident = { .n = 2 };
	struct respond_facts facts;
	struct ks_policyset set;
	const struct ks_policy *policy = respond_policy(&set, "name: a\nsteps: [disable_key]\n");

	(void)state;
	respond_facts_init(&facts, &incident);
	facts.events[1].time_ms = KS_TIME_NONE;
	ks_guard_check(policy, &facts.facts, NULL, &facts.arena, &verdicts);
	assert_int_equal(KS_VEC_AT(&verdicts, struct ks_guard_verdict, 1)->outcome, KS_GUARD_APPROVE);
	facts.facts.event_count = 0;
	ks_vec_clear(&verdicts);
	ks_guard_check(policy, &facts.facts, NULL, &facts.arena, &verdicts);
	assert_int_equal(KS_VEC_AT(&verdicts, struct ks_guard_verdict, 1)->outcome, KS_GUARD_APPROVE);
	respond_facts_release(&facts);
	ks_vec_release(&verdicts);
	ks_policyset_release(&set);
}

struct limit_row {
	const char *name;
	enum ks_policy_mode mode;
	enum ks_guard_outcome outcomes[2];
	enum ks_policy_mode want;
	bool is_refused;
};

static const struct limit_row limits[] = {
	{ "nothing in the way", KS_POLICY_ENFORCE, { KS_GUARD_PASS, KS_GUARD_LATER }, KS_POLICY_ENFORCE, false },
	{ "down to approve", KS_POLICY_ENFORCE, { KS_GUARD_APPROVE, KS_GUARD_PASS }, KS_POLICY_APPROVE, false },
	{ "the lowest counts", KS_POLICY_ENFORCE, { KS_GUARD_DRY_RUN, KS_GUARD_APPROVE }, KS_POLICY_DRY_RUN,
		false },
	{ "never up", KS_POLICY_OBSERVE, { KS_GUARD_APPROVE, KS_GUARD_PASS }, KS_POLICY_OBSERVE, false },
	{ "refused", KS_POLICY_APPROVE, { KS_GUARD_PASS, KS_GUARD_REFUSE }, KS_POLICY_DRY_RUN, true },
};

static void test_limit(void **state)
{
	const struct limit_row *row = *state;
	struct ks_vec verdicts = KS_VEC_OF(struct ks_guard_verdict);
	bool is_refused;

	for (size_t i = 0; i < 2; i++)
		((struct ks_guard_verdict *)ks_vec_push(&verdicts))->outcome = row->outcomes[i];
	assert_int_equal(ks_guard_limit(row->mode, &verdicts, &is_refused), row->want);
	assert_int_equal(is_refused, row->is_refused);
	ks_vec_release(&verdicts);
}

int main(void)
{
	struct rows rows = { 0 };

	ROWS_TABLE(&rows, test_check, table);
	ROWS_TEST(&rows, test_undated);
	ROWS_TABLE(&rows, test_limit, limits);
	return rows_run("guard", &rows);
}
