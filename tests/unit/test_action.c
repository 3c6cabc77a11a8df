/* lib/respond/action and its rows */
#include "lib/respond/action.h"

#include "lib/respond/plan.h"

#include "tests/unit/respond.h"

static void test_find(void **state)
{
	(void)state;
	for (size_t i = 0; i < ks_action_count; i++)
		assert_ptr_equal(ks_action_find(ks_str_of(ks_action_rows[i]->name)), ks_action_rows[i]);
	assert_null(ks_action_find(KS_STR("disable")));
	assert_null(ks_action_find(KS_STR("")));
	assert_true(ks_action_is_missing(KS_STR("revoke_sessions")));
	assert_false(ks_action_is_missing(KS_STR("disable_key")));
}

/* What every row owes. */
static void test_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < ks_action_count; i++) {
		const struct ks_action *row = ks_action_rows[i];
		bool has_leave = false;

		assert_true(row->summary != NULL && row->plan != NULL && row->permissions != NULL);
		assert_true(row->parameter_count <= KS_ACTION_PARAMETERS);
		for (size_t k = 0; k < row->parameter_count; k++) {
			has_leave = has_leave || strcmp(row->parameters[k].name, "without_approval") == 0;
			assert_non_null(row->parameters[k].help);
		}
		/* Who reaches further than the key can be given leave, and nobody else needs it. */
		assert_int_equal(has_leave, ks_action_is_wide(row));
		assert_int_equal(row->permissions[0] == NULL, row->scope == KS_STEP_NOTHING);
		assert_true(row->scope == KS_STEP_NOTHING || row->is_reversible != row->is_destructive);
	}
}

static bool has(const struct ks_action *row, const char *permission)
{
	for (const char *const *p = row->permissions; *p != NULL; p++)
		if (strcmp(*p, permission) == 0)
			return true;
	return false;
}

static void check_call(const struct ks_step *step, const struct ks_wire_call *call)
{
	const struct ks_action *row = ks_action_find(ks_str_of(step->action));

	if (call->operation != NULL && !has(row, call->operation->permission))
		fail_msg("%s calls %s and does not list it", row->name, call->operation->permission);
}

/* The permissions of a row are those of its calls, of what it reads, and of what undoes it. */
static void test_permissions(void **state)
{
	struct respond_incident incident = { .n = 1 };
	struct respond_facts facts;
	struct ks_policyset set;
	const struct ks_policy *policy = respond_policy(&set, "name: a\nsteps: [{notify: [oncall]}, "
		"disable_key, quarantine_user, pause_ses]\n");
	struct ks_plan plan;

	(void)state;
	respond_facts_init(&facts, &incident);
	ks_plan_make(policy, &facts.facts, NULL, &plan);
	for (size_t i = 0; i < plan.steps.n; i++) {
		const struct ks_step *step = KS_VEC_AT(&plan.steps, struct ks_step, i);

		check_call(step, &step->call);
		check_call(step, &step->condition.read);
		check_call(step, &step->inverse);
		for (size_t k = 0; k < step->hit_count; k++)
			check_call(step, &step->hits[k].read);
	}
	ks_plan_release(&plan);
	respond_facts_release(&facts);
	ks_policyset_release(&set);
}

struct gap_row {
	const char *name, *step;
	struct respond_incident incident;
	const char *gap;           /* part of the only gap; NULL: a plan without gaps */
	size_t steps;
};

#define EUSC { .arn = "arn:aws-eusc:iam::123456789012:user/mailer", .region = "eusc-de-east-1" }
#define GOV { .arn = "arn:aws-us-gov:iam::123456789012:user/mailer", .region = "us-gov-west-1" }

static const struct gap_row gaps[] = {
	{ "disable_key: root", "disable_key", { .events = { { .type = "Root", .arn =
		"arn:aws:iam::123456789012:root" } } },
		"is root of account 123456789012", 0 },
	{ "disable_key: a role", "disable_key", { .actor = "principal:x", .events = { { .type = "AssumedRole",
		.key = "",
		.arn = "arn:aws:sts::123456789012:assumed-role/deploy/x" } } }, "is role deploy", 0 },
	{ "disable_key: nobody named", "disable_key", { .events = { { .arn = "" } } }, "GetAccessKeyLastUsed",
		0 },
	{ "disable_key: no key in the records", "disable_key", { .actor = "principal:" RESPOND_USER,
		.events = { { .key = "" } } }, "no record says which access key of user mailer", 0 },
	{ "disable_key: an offline decoy", "disable_key", { .is_decoy = true, .is_offline = true },
		"AWS does not know", 0 },
	{ "quarantine_user: behind a federated session", "quarantine_user", { .actor =
		"principal:" RESPOND_USER, .events = {
		{ .type = "FederatedUser", .issuer = RESPOND_USER, .key = "ASIAIOSFODNN7EXAMPLE" } } }, NULL, 1 },
	{ "pause_ses: all Regions of the partition", "pause_ses", { .events = { GOV } }, NULL, 4 },
	{ "pause_ses: all, in so many words", "pause_ses: {regions: all}", { .events = { GOV } }, NULL, 4 },
	{ "pause_ses: a list without the rest", "pause_ses: [us-gov-east-1]", { .events = { GOV } }, NULL, 2 },
	{ "pause_ses: Regions of other partitions are left out", "pause_ses: [us-gov-east-1, us-east-1]",
		{ .events = { GOV } }, NULL, 2 },
	{ "pause_ses: only Regions of other partitions", "pause_ses: [us-east-1]", { .events = { GOV } },
		"none of the Regions that the policy lists is in partition aws-us-gov", 0 },
	{ "pause_ses: no SES", "pause_ses", { .events = { { .arn = "arn:aws-cn:iam::123456789012:user/mailer",
		.region = "cn-north-1" } } }, "not offered in partition aws-cn", 0 },
	{ "pause_ses: Regions of SES not known", "pause_ses", { .events = { EUSC } },
		"it is not known in which Regions of partition aws-eusc Amazon SES is offered", 0 },
	{ "pause_ses: Regions of SES not known, one named", "pause_ses: [eusc-de-east-1, eu-west-1]",
		{ .events = { EUSC } }, NULL, 2 },
	{ "pause_ses: root's account can be paused", "pause_ses: [us-east-1]", { .events = { { .type = "Root",
		.arn = "arn:aws:iam::123456789012:root" } } }, NULL, 2 },
	{ "pause_ses: another account's trail", "pause_ses", { .events = { { .recipient = "210987654321" } } },
		"were made in 210987654321", 0 },
};

static void test_gap(void **state)
{
	const struct gap_row *row = *state;
	struct respond_facts facts;
	const struct ks_policy *policy;
	struct ks_policyset set;
	struct ks_plan plan;
	struct ks_buf text;

	ks_buf_init(&text, 4096);
	ks_buf_addf(&text, "name: a\nsteps:\n  - %s\n", row->step);
	policy = respond_policy(&set, ks_buf_str(&text).p);
	respond_facts_init(&facts, &row->incident);
	ks_plan_make(policy, &facts.facts, NULL, &plan);
	assert_int_equal(plan.steps.n, row->steps);
	assert_int_equal(plan.gaps.n, row->gap != NULL);
	if (row->gap != NULL && strstr(KS_VEC_AT(&plan.gaps, struct ks_action_gap, 0)->text, row->gap) == NULL)
		fail_msg("'%s' does not hold '%s'", KS_VEC_AT(&plan.gaps, struct ks_action_gap, 0)->text, row->gap);
	ks_plan_release(&plan);
	respond_facts_release(&facts);
	ks_policyset_release(&set);
	ks_buf_release(&text);
}

int main(void)
{
	struct rows rows = { 0 };

	ROWS_TEST(&rows, test_find);
	ROWS_TEST(&rows, test_rows);
	ROWS_TEST(&rows, test_permissions);
	ROWS_TABLE(&rows, test_gap, gaps);
	return rows_run("action", &rows);
}
