/* lib/respond/plan; what plans look like is in test_plantext */
#include "lib/respond/plan.h"

#include "tests/unit/respond.h"

#define BASE "name: a\nmode: enforce\nsteps:\n  - notify: [oncall]\n  - disable_key\n"

/* A plan with all that it stands on. */
struct made {
	struct respond_facts facts;
	struct ks_policyset set;
	struct ks_plan plan;
};

static void make(struct made *made, const char *text, const struct respond_incident *incident)
{
	const struct ks_policy *policy = respond_policy(&made->set, text);

	respond_facts_init(&made->facts, incident);
	ks_plan_make(policy, &made->facts.facts, NULL, &made->plan);
}

static void unmake(struct made *made)
{
	ks_plan_release(&made->plan);
	respond_facts_release(&made->facts);
	ks_policyset_release(&made->set);
}

static const struct ks_step *step_of(const struct made *made, size_t i)
{
	assert_true(i < made->plan.steps.n);
	return KS_VEC_AT(&made->plan.steps, struct ks_step, i);
}

struct digest_row {
	const char *name, *policy;
	struct respond_incident incident;
	bool is_same;              /* as BASE for one likely event */
};

static const struct digest_row digests[] = {
	{ "the same again", BASE, { .n = 1 }, true },
	{ "later events of the same key change nothing", BASE, { .events = { { .age_minutes = 3 },
		{ .age_minutes = 2 } },
		.n = 2 }, true },
	{ "guards change nothing", BASE "guards: {max_event_age: 1s}\n", { .n = 1 }, true },
	{ "another policy", "name: b\nmode: enforce\nsteps:\n  - notify: [oncall]\n  - disable_key\n",
		{ .n = 1 }, false },
	{ "another mode", "name: a\nmode: approve\nsteps:\n  - notify: [oncall]\n  - disable_key\n", { .n = 1 },
		false },
	{ "another order", "name: a\nmode: enforce\nsteps:\n  - disable_key\n  - notify: [oncall]\n",
		{ .n = 1 }, false },
	{ "somebody else is told", "name: a\nmode: enforce\nsteps:\n  - notify: [chat]\n  - disable_key\n",
		{ .n = 1 },
		false },
	{ "one step more", BASE "  - quarantine_user\n", { .n = 1 }, false },
	{ "another user", BASE, { .events = { { .arn = "arn:aws:iam::123456789012:user/mailer2" } } }, false },
	{ "another account", BASE, { .events = { { .arn = "arn:aws:iam::210987654321:user/mailer" } } }, false },
	{ "another partition", BASE, { .events = { { .arn = "arn:aws-us-gov:iam::123456789012:user/mailer",
		.region = "us-gov-west-1" } } }, false },
	{ "another key", BASE, { .actor = "key:AKIAI44QH8DHBEXAMPLE", .events = { { .key =
		"AKIAI44QH8DHBEXAMPLE" } } },
		false },
};

static void test_digest(void **state)
{
	const struct digest_row *row = *state;
	struct respond_incident likely = { .n = 1 };
	struct made base, other;

	make(&base, BASE, &likely);
	make(&other, row->policy, &row->incident);
	assert_int_equal(strlen(base.plan.digest), 64);
	assert_int_equal(strcmp(base.plan.digest, other.plan.digest) == 0, row->is_same);
	unmake(&base);
	unmake(&other);
}

static void test_digest_leave(void **state)
{
	struct respond_incident likely = { .n = 1 };
	struct made with, without;

	(void)state;
	make(&with, "name: a\nmode: enforce\nsteps: [{quarantine_user: {without_approval: true}}]\n", &likely);
	make(&without, "name: a\nmode: enforce\nsteps: [quarantine_user]\n", &likely);
	assert_string_not_equal(with.plan.digest, without.plan.digest);
	unmake(&with);
	unmake(&without);
}

struct fate_row {
	const char *name, *mode, *step;
	struct respond_incident incident;
	enum ks_plan_fate want;
};

#define OLD { .events = { { .age_minutes = 600 } } }

static const struct fate_row fates[] = {
	{ "missing mode is a dry run", "", "disable_key", { .n = 1 }, KS_PLAN_SHOWN },
	{ "dry run", "mode: dry-run\n", "disable_key", { .n = 1 }, KS_PLAN_SHOWN },
	{ "approve", "mode: approve\n", "disable_key", { .n = 1 }, KS_PLAN_WAITS },
	{ "enforce: one key", "mode: enforce\n", "disable_key", { .n = 1 }, KS_PLAN_SENT },
	{ "enforce: wider than the key", "mode: enforce\n", "quarantine_user", { .n = 1 }, KS_PLAN_WAITS },
	{ "enforce: wider, no leave in so many words", "mode: enforce\n", "quarantine_user: {without_approval: "
		"false}",
		{ .n = 1 }, KS_PLAN_WAITS },
	{ "enforce: wider, with leave", "mode: enforce\n", "quarantine_user: {without_approval: true}",
		{ .n = 1 },
		KS_PLAN_SENT },
	{ "enforce: the account", "mode: enforce\n", "pause_ses", { .n = 1 }, KS_PLAN_WAITS },
	{ "enforce: the account, with leave", "mode: enforce\n", "pause_ses: {without_approval: true}",
		{ .n = 1 },
		KS_PLAN_SENT },
	{ "enforce: too old", "mode: enforce\n", "disable_key", OLD, KS_PLAN_WAITS },
	{ "enforce: too old, with leave", "mode: enforce\n", "pause_ses: {without_approval: true}", OLD,
		KS_PLAN_WAITS },
	{ "enforce: out of a file", "mode: enforce\n", "disable_key", { .events = { { .where = "a.json" } } },
		KS_PLAN_SHOWN },
	{ "enforce: protected", "mode: enforce\nguards: {protect: [\"arn:*\"]}\n", "disable_key", { .n = 1 },
		KS_PLAN_REFUSED },
	{ "a notice is one all the same", "mode: enforce\nguards: {protect: [\"arn:*\"]}\n",
		"notify: [oncall]",
		{ .n = 1 }, KS_PLAN_NOTICE },
	{ "and under observe", "mode: observe\n", "notify: [oncall]", { .n = 1 }, KS_PLAN_NOTICE },
};

static void test_fate(void **state)
{
	const struct fate_row *row = *state;
	struct made made;
	struct ks_buf text;
	const char *why = NULL;

	ks_buf_init(&text, 4096);
	ks_buf_addf(&text, "name: a\n%ssteps:\n  - %s\n", row->mode, row->step);
	make(&made, ks_buf_str(&text).p, &row->incident);
	if (row->incident.events[0].where == NULL)
		respond_trust_source(&made.plan);
	assert_int_equal(ks_plan_judge(&made.plan, step_of(&made, 0), &why), row->want);
	assert_true(why != NULL && why[0] != '\0');
	unmake(&made);
	ks_buf_release(&text);
}

/* Whatever a step does, its inverse and its precondition are about the same thing. */
static void test_inverse(void **state)
{
	struct respond_incident likely = { .n = 1 };
	struct made made;

	(void)state;
	make(&made, "name: a\nsteps: [disable_key, quarantine_user, pause_ses]\n", &likely);
	assert_int_equal(made.plan.steps.n, 2 + 2 * 27);
	assert_int_equal(made.plan.gaps.n, 0);
	for (size_t i = 0; i < made.plan.steps.n; i++) {
		const struct ks_step *step = step_of(&made, i);
		struct ks_wire call, inverse;

		assert_false(step->call.operation->is_read);
		assert_true(step->condition.read.operation->is_read);
		assert_non_null(step->inverse.operation);
		ks_wire_build(&step->call, &made.plan.arena, &call);
		ks_wire_build(&step->inverse, &made.plan.arena, &inverse);
		assert_string_equal(call.host, inverse.host);
		assert_false(ks_str_is_equal(call.body, inverse.body));
	}
	unmake(&made);
}

static void test_json(void **state)
{
	static const char *const parts[] = {
		"\"v\":1,\"incident\":7,", "\"policy\":{\"name\":\"a\",\"mode\":\"enforce\"", "\"mode\":\"dry-run\"",
		"\"guard\":\"source\",\"outcome\":\"dry-run\"", "\"action\":\"disable_key\",\"scope\":\"key\"",
		"\"fate\":\"shown\"",
		"\"body\":\"Action=UpdateAccessKey&Version=2010-05-08&UserName=mailer&AccessKeyId="
		RESPOND_KEY "&Status=Inactive\"", "\"signing_region\":\"us-east-1\"",
		"\"inverse\":{\"service\":\"iam\"",
		"\"inverse_note\":null",
		"\"inverse_note\":\"a notice cannot be taken back\"", "\"cannot\":[]",
		"\"sent\":false", "\"notify\":[\"oncall\"]",
	};
	struct respond_incident incident = { .events = { { .where = "a.json" } } };
	struct ks_json *json;
	struct ks_buf text;
	struct made made;

	(void)state;
	ks_buf_init(&text, 1u << 20);
	make(&made, BASE, &incident);
	json = ks_plan_to_json(&made.plan);
	ks_json_render(json, &text);
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		if (strstr(text.p, parts[i]) == NULL)
			fail_msg("'%s' does not hold '%s'", text.p, parts[i]);
	ks_json_free(json);
	ks_buf_release(&text);
	unmake(&made);
}

/* What may go out with nobody asked, under enforce. */
static void test_is_free(void **state)
{
	static const struct {
		const char *action;
		enum ks_step_scope scope;
		bool has_leave, is_free;
	} table[] = {
		{ "notify", KS_STEP_NOTHING, false, true },
		{ "disable_key", KS_STEP_KEY, false, true },
		{ "delete_key", KS_STEP_KEY, false, false },
		{ "delete_key", KS_STEP_KEY, true, true },
		{ "quarantine_user", KS_STEP_PRINCIPAL, false, false },
		{ "quarantine_user", KS_STEP_PRINCIPAL, true, true },
		{ "revoke_sessions", KS_STEP_ROLE, false, false },
		{ "remove_login_profile", KS_STEP_PRINCIPAL, false, false },
		{ "delete_ses_identity", KS_STEP_ACCOUNT, true, true },
		{ "pause_ses", KS_STEP_ACCOUNT, false, false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		const struct ks_step step = { .action = table[i].action, .scope = table[i].scope,
			.without_approval = table[i].has_leave };

		if (ks_plan_is_free(&step) != table[i].is_free)
			fail_msg("%s, leave %d", step.action, table[i].has_leave);
	}
}

int main(void)
{
	struct rows rows = { 0 };

	ROWS_TEST(&rows, test_is_free);
	ROWS_TABLE(&rows, test_digest, digests);
	ROWS_TEST(&rows, test_digest_leave);
	ROWS_TABLE(&rows, test_fate, fates);
	ROWS_TEST(&rows, test_inverse);
	ROWS_TEST(&rows, test_json);
	return rows_run("plan", &rows);
}
