/* Containment by hand: steps as they are typed, facts without records, the journal's entry. */
#include "lib/respond/byhand.h"

#include "lib/incident/opening.h"

#include "tests/unit/incidents.h"
#include "tests/unit/respond.h"

static struct ks_byhand_key named_key(void)
{
	return (struct ks_byhand_key){ .key_id = KS_STR(RESPOND_KEY), .account = KS_STR(RESPOND_ACCOUNT),
		.partition = ks_partition_find(KS_STR("aws")), .user = KS_STR("mailer"), .arn = KS_STR(RESPOND_USER),
		.status = KS_STR("Active") };
}

struct row {
	const char *name;
	const char *steps[3];
	const char *error;               /* NULL: they are good */
	size_t n;                        /* of strings that the first parameter of the last step got */
};

static const struct row rows[] = {
	{ "name", { "disable_key" }, NULL, 0 },
	{ "two", { "disable_key", "quarantine_user" }, NULL, 0 },
	{ "value", { "disable_key", "pause_ses=all" }, NULL, 1 },
	{ "list", { "pause_ses=[eu-west-1, us-east-1]" }, NULL, 2 },
	{ "mapping", { "pause_ses={regions: [eu-west-1]}" }, NULL, 1 },
	{ "unknown", { "disable_kee" },
		"option '--step': 'disable_kee' is no action: did you mean 'disable_key'?", 0 },
	{ "no-parameters", { "disable_key=x" },
		"option '--step': 'disable_key' takes no parameters: it touches one key only, and needs no leave "
		"of its own", 0 },
	{ "twice", { "disable_key", "disable_key" },
		"option '--step': step 'disable_key' is there already, in line 6", 0 },
	{ "lines", { "pause_ses=all\nmode: enforce" },
		"step 'pause_ses=all\nmode: enforce': its value must be one line", 0 },
	{ "name-of-more", { "a: b" }, "step 'a: b': a step is the name of an action, or NAME=VALUE", 0 },
};

static void test_steps(void **state)
{
	const struct row *row = *state;
	const struct ks_policy *policy = NULL;
	struct ks_err err = { 0 };
	struct ks_policyset set;
	size_t n = 0;
	int rc;

	while (n < 3 && row->steps[n] != NULL)
		n++;
	ks_policyset_init(&set);
	rc = ks_byhand_policy(&set, row->steps, n, &policy, &err);
	if (row->error != NULL) {
		assert_int_equal(rc, -1);
		assert_int_equal(err.code, KS_ERR_USAGE);
		assert_string_equal(err.message, row->error);
	} else {
		if (rc != 0)
			fail_msg("%s", err.message);
		assert_true(ks_str_is(policy->name, "by hand"));
		assert_int_equal(policy->mode, KS_POLICY_APPROVE);
		assert_int_equal(policy->step_count, n);
		assert_int_equal(policy->steps[n - 1].values[0].strings.n, row->n);
	}
	ks_policyset_release(&set);
}

static enum ks_guard_outcome outcome_of(const struct ks_plan *plan, const char *guard)
{
	for (size_t i = 0; i < plan->verdicts.n; i++)
		if (strcmp(KS_VEC_AT(&plan->verdicts, struct ks_guard_verdict, i)->guard, guard) == 0)
			return KS_VEC_AT(&plan->verdicts, struct ks_guard_verdict, i)->outcome;
	fail_msg("no guard is called %s", guard);
	return KS_GUARD_REFUSE;
}

/* The facts of an incident without a record. */
static struct ks_facts facts_of(void)
{
	struct ks_facts facts = { .incident = 7, .now_ms = RESPOND_NOW, .actor = KS_STR("key:" RESPOND_KEY),
		.level = KS_LEVEL_HIGH };
	struct ks_byhand_key key = named_key();

	ks_byhand_fill(&key, &facts);
	return facts;
}

/* Guards that speak of records pass, and are asked where a record is believed; protect holds in any case. */
static void test_guards(void **state)
{
	static const char *const steps[] = { "disable_key" };
	static const char *const of_records[] = { "max_event_age", "source", "records" };
	struct ks_facts facts = facts_of(), without = facts_of();
	const struct ks_policy *policy = NULL;
	struct ks_policyset set, other;
	struct ks_err err = { 0 };
	struct ks_plan plan;

	(void)state;
	ks_policyset_init(&set);
	assert_int_equal(ks_byhand_policy(&set, steps, 1, &policy, &err), 0);
	ks_plan_make(policy, &facts, NULL, &plan);
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(outcome_of(&plan, of_records[i]), KS_GUARD_PASS);
	assert_int_equal(plan.mode, KS_POLICY_APPROVE);
	assert_int_equal(plan.steps.n, 1);
	ks_plan_release(&plan);
	without.is_by_hand = false;
	ks_plan_make(policy, &without, NULL, &plan);
	assert_int_equal(outcome_of(&plan, "max_event_age"), KS_GUARD_APPROVE);
	assert_int_equal(outcome_of(&plan, "source"), KS_GUARD_DRY_RUN);
	ks_plan_release(&plan);
	policy = ks_byhand_copy(respond_policy(&other, "name: p\nmode: enforce\nguards: {protect: "
		"['arn:aws:iam::*:user/apps/*']}\nsteps: [disable_key]\n"), &other.arena);
	assert_true(ks_str_is(policy->name, "by hand: p"));
	ks_plan_make(policy, &facts, NULL, &plan);
	assert_int_equal(outcome_of(&plan, "protect"), KS_GUARD_REFUSE);
	assert_true(plan.is_refused);
	ks_plan_release(&plan);
	ks_policyset_release(&other);
	ks_policyset_release(&set);
}

/* What is found again for a plan of before. */
static void test_find(void **state)
{
	const struct ks_policy *policy;
	struct ks_policyset set;
	struct ks_arena arena;

	(void)state;
	ks_arena_init(&arena);
	respond_policy(&set, "name: p\nmode: enforce\nsteps: [disable_key]\n");
	assert_true(ks_byhand_is(KS_STR("by hand")));
	assert_true(ks_byhand_is(KS_STR("by hand: p")));
	assert_false(ks_byhand_is(KS_STR("p")));
	policy = ks_byhand_find(&set, KS_STR("by hand"), &arena);
	assert_non_null(policy);
	assert_int_equal(policy->mode, KS_POLICY_APPROVE);
	policy = ks_byhand_find(&set, KS_STR("by hand: p"), &arena);
	assert_non_null(policy);
	assert_true(ks_str_is(policy->name, "by hand: p"));
	assert_int_equal(policy->mode, KS_POLICY_APPROVE);
	assert_null(ks_byhand_find(&set, KS_STR("by hand: q"), &arena));
	ks_policyset_release(&set);
	ks_arena_release(&arena);
}

/* Facts of an incident that was opened by hand are those that the journal names, the last time. */
static void test_facts(void **state)
{
	struct ks_facts_request request = { .is_by_hand = true };
	struct ks_byhand_note note = { .who = KS_STR("ann"), .reason = KS_STR("why") };
	struct ks_byhand_key key = named_key();
	struct ks_err err = { 0 };
	struct ks_facts facts;
	struct incidents t;
	int64_t id = 0;

	(void)state;
	incidents_init(&t);
	assert_int_equal(ks_db_begin(t.db, &err), 0);
	assert_int_equal(ks_opening_add(t.db, &(struct ks_opening){ .actor = KS_STR("key:" RESPOND_KEY),
		.account = key.account, .level = KS_LEVEL_HIGH, .who = KS_STR("ann"), .now_ms = t.now_ms }, &id,
		&err), 0);
	request.incident = note.incident = id;
	assert_int_equal(ks_facts_load(t.db, &request, &t.arena, &facts, &err), -1);
	assert_int_equal(err.code, KS_ERR_NOTFOUND);
	key.user = KS_STR("older");
	assert_int_equal(ks_byhand_add(t.db, &note, &key, &err), 0);
	key.user = KS_STR("mailer");
	assert_int_equal(ks_byhand_add(t.db, &note, &key, &err), 0);
	assert_int_equal(ks_db_commit(t.db, &err), 0);
	assert_int_equal(ks_facts_load(t.db, &request, &t.arena, &facts, &err), 0);
	assert_true(facts.is_by_hand);
	assert_false(facts.is_decoy);
	assert_int_equal(facts.subject.kind, KS_SUBJECT_USER);
	assert_true(ks_str_is(facts.subject.name, "mailer"));
	assert_true(ks_str_is(facts.subject.arn, RESPOND_USER));
	assert_true(ks_str_is(facts.subject.key_id, RESPOND_KEY));
	assert_true(ks_str_is(facts.subject.account, RESPOND_ACCOUNT));
	assert_string_equal(facts.subject.partition->name, "aws");
	/* And without it, no record names anybody. */
	request.is_by_hand = false;
	assert_int_equal(ks_facts_load(t.db, &request, &t.arena, &facts, &err), 0);
	assert_int_equal(facts.subject.kind, KS_SUBJECT_UNKNOWN);
	incidents_release(&t);
}

int main(void)
{
	static struct rows all;

	ROWS_TABLE(&all, test_steps, rows);
	ROWS_TEST(&all, test_guards);
	ROWS_TEST(&all, test_find);
	ROWS_TEST(&all, test_facts);
	return rows_run("byhand", &all);
}
