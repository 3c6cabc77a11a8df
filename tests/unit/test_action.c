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
		/* What reaches further than the key or is lost for good can be given leave, nothing else needs it.
		 * */
		assert_int_equal(has_leave, ks_action_needs_leave(row));
		assert_int_equal(row->needs & ~KS_SURVEY_ALL, 0);
		assert_int_equal(row->permissions[0] == NULL, row->scope == KS_STEP_NOTHING);
		assert_true(row->scope == KS_STEP_NOTHING || row->is_reversible != row->is_destructive);
	}
}

/* ---- permissions ---- */

#define PERMISSIONS_MOST 32

struct used {
	const char *names[PERMISSIONS_MOST];
	size_t n;
};

static bool has(const char *const *names, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(names[i], name) == 0)
			return true;
	return false;
}

static size_t count(const char *const *names)
{
	size_t n = 0;

	while (names[n] != NULL)
		n++;
	return n;
}

static void use(struct used *used, const struct ks_wire_call *call)
{
	if (call->operation == NULL || has(used->names, used->n, call->operation->permission))
		return;
	assert_true(used->n < PERMISSIONS_MOST);
	used->names[used->n++] = call->operation->permission;
}

/* What a hit names to be read, the survey reads. */
static void check_hits(const struct ks_step *step, const struct ks_action *row)
{
	struct ks_vec asked = KS_VEC_OF(const char *);

	ks_survey_permissions(row->needs, &asked);
	for (size_t i = 0; i < step->hit_count; i++) {
		const struct ks_operation *read = step->hits[i].read.operation;

		if (read != NULL && (asked.n == 0 || !has(KS_VEC_AT(&asked, const char *, 0), asked.n,
			read->permission)))
			fail_msg("%s names %s and does not need a survey of it", row->name, read->permission);
	}
	ks_vec_release(&asked);
}

/* The permissions of a row are those of its calls, of what they read, and of what undoes them: each of them,
 * and no other. */
static void test_permissions(void **state)
{
	struct respond_incident incident = { .events = { { .age_minutes = 9, .sender = "a@b.example",
		.name = "CreateEmailIdentity" }, { .key = "ASIAIOSFODNN7EXAMPLE", .type = "AssumedRole",
		.arn = "arn:aws:sts::123456789012:assumed-role/deploy/x",
		.issuer = "arn:aws:iam::123456789012:role/deploy" } }, .n = 2 };
	struct respond_survey survey;

	(void)state;
	respond_survey_init(&survey);
	for (size_t i = 0; i < ks_action_count; i++) {
		const struct ks_action *row = ks_action_rows[i];
		struct ks_action_value values[KS_ACTION_PARAMETERS] = { 0 };
		struct ks_vec steps = KS_VEC_OF(struct ks_step), gaps = KS_VEC_OF(struct ks_action_gap);
		const struct ks_str word = KS_STR("contained");
		struct ks_action_plan plan = { .action = row, .values = values, .steps = &steps, .gaps = &gaps };
		struct respond_facts facts;
		struct used used = { .n = 0 };

		respond_facts_init(&facts, &incident);
		facts.facts.survey = &survey.survey;
		plan.facts = &facts.facts;
		plan.arena = &facts.arena;
		for (size_t k = 0; k < row->parameter_count; k++)
			if (row->parameters[k].is_required)
				values[k] = (struct ks_action_value){ .is_given = true, .strings = { &word, NULL, 1 } };
		row->plan(&plan);
		assert_int_not_equal(steps.n, 0);
		for (size_t k = 0; k < steps.n; k++) {
			const struct ks_step *step = KS_VEC_AT(&steps, struct ks_step, k);

			use(&used, &step->call);
			use(&used, &step->condition.read);
			use(&used, &step->inverse);
			use(&used, &step->inverse_absent);
			check_hits(step, row);
			if (step->call.operation != NULL) {
				assert_non_null(step->condition.probe);
				assert_non_null(step->condition.what);
				assert_non_null(step->condition.effect);
				assert_true(step->inverse.operation != NULL || step->inverse_note != NULL);
				assert_int_equal(row->is_reversible, step->inverse.operation != NULL);
			}
		}
		for (size_t k = 0; k < used.n; k++)
			if (!has(row->permissions, count(row->permissions), used.names[k]))
				fail_msg("%s calls %s and does not list it", row->name, used.names[k]);
		for (const char *const *p = row->permissions; *p != NULL; p++)
			if (!has(used.names, used.n, *p))
				fail_msg("%s lists %s and never calls it", row->name, *p);
		ks_vec_release(&steps);
		ks_vec_release(&gaps);
		respond_facts_release(&facts);
	}
}

struct gap_row {
	const char *name, *step;
	struct respond_incident incident;
	const char *gap;           /* part of the first gap; NULL: a plan without gaps */
	size_t steps;
	size_t gaps;               /* 0: one, where there is a gap */
	bool has_survey;
};

#define EUSC { .arn = "arn:aws-eusc:iam::123456789012:user/mailer", .region = "eusc-de-east-1" }
#define GOV { .arn = "arn:aws-us-gov:iam::123456789012:user/mailer", .region = "us-gov-west-1" }

#define ROOT { .events = { { .type = "Root", .arn = "arn:aws:iam::123456789012:root" } } }
#define DEPLOY "arn:aws:iam::123456789012:role/ops/deploy"
#define ROLE_OF(issuer_arn) { .actor = "principal:" issuer_arn, .events = { { .type = "AssumedRole", \
	.arn = "arn:aws:sts::123456789012:assumed-role/deploy/x", .issuer = issuer_arn, \
	.key = "ASIAIOSFODNN7EXAMPLE" } } }
#define ROLE ROLE_OF(DEPLOY)
#define FEDERATED { .actor = "principal:" RESPOND_USER, .events = { { .type = "FederatedUser", \
	.issuer = RESPOND_USER, .key = "ASIAIOSFODNN7EXAMPLE" } } }
#define FOREIGN { .events = { { .recipient = "210987654321" } } }
#define UNKNOWN { .events = { { .arn = "" } } }
#define OFFLINE { .is_decoy = true, .is_offline = true }
#define TOOK_ON(role_arn) { .events = { { .age_minutes = 9 }, { .type = "AssumedRole", \
	.key = "ASIAIOSFODNN7EXAMPLE", .arn = "arn:aws:sts::123456789012:assumed-role/deploy/x", \
	.issuer = role_arn } }, .n = 2 }
#define MADE(call, what) { .events = { { .name = call, .sender = what } } }

/* What every action on a user owes those whom it cannot help. */
#define NO_USER(action, step) \
	{ action ": a user's key", step, { .n = 1 }, NULL, 1, 0, false }, \
	{ action ": root", step, ROOT, "is root of account 123456789012", 0, 0, false }, \
	{ action ": another account's trail", step, FOREIGN, "were made in 210987654321", 0, 0, false }, \
	{ action ": nobody named", step, UNKNOWN, "iam:GetAccessKeyLastUsed with the key id tells it", 0, 0, \
		false }, \
	{ action ": an offline decoy", step, OFFLINE, "AWS does not know", 0, 0, false }

static const struct gap_row gaps[] = {
	NO_USER("delete_key", "delete_key"),
	{ "delete_key: a role", "delete_key", ROLE, "is role deploy", 0, 0, false },
	{ "delete_key: a federated session", "delete_key", FEDERATED, "no record says which access key", 0, 0,
		false },
	NO_USER("deny_all_policy", "deny_all_policy"),
	{ "deny_all_policy: a role", "deny_all_policy", ROLE, "is role deploy", 0, 0, false },
	{ "deny_all_policy: a federated session", "deny_all_policy", FEDERATED, NULL, 1, 0, false },
	NO_USER("remove_login_profile", "remove_login_profile"),
	{ "remove_login_profile: a role", "remove_login_profile", ROLE, "is role deploy", 0, 0, false },
	NO_USER("tag_user", "tag_user: {key: seen}"),
	{ "tag_user: a role", "tag_user: {key: seen}", ROLE, "is role deploy", 0, 0, false },
	NO_USER("revoke_sessions", "revoke_sessions"),
	{ "revoke_sessions: a role", "revoke_sessions", ROLE, NULL, 1, 0, false },
	{ "revoke_sessions: a federated session", "revoke_sessions", FEDERATED, NULL, 1, 0, false },
	{ "revoke_sessions: a user and the role that he took on", "revoke_sessions", TOOK_ON(DEPLOY), NULL, 2, 0,
		false },
	{ "revoke_sessions: a role of another account", "revoke_sessions",
		TOOK_ON("arn:aws:iam::210987654321:role/deploy"), "it belongs to account 210987654321", 1, 0,
			false },
	{ "revoke_sessions: a service's own role", "revoke_sessions",
		TOOK_ON("arn:aws:iam::123456789012:role/aws-service-role/ses.amazonaws.com/AWSServiceRoleForSES"),
		"service-linked", 1, 0, false },
	{ "revoke_sessions: a role of Identity Center", "revoke_sessions",
		ROLE_OF("arn:aws:iam::123456789012:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_a_1"),
		"IAM Identity Center made it", 0, 0, false },
	{ "revoke_sessions: a role whose name IAM would not take", "revoke_sessions",
		TOOK_ON("arn:aws:iam::123456789012:role/a&PolicyName=b"), NULL, 2, 0, false },
	{ "config sets: offline", "pause_ses_config_sets", { .n = 1 }, "only AWS knows", 0, 0, false },
	{ "config sets: those that send, and a Region that did not answer", "pause_ses_config_sets", { .n = 1 },
		"in eu-west-1 could not be read", 2, 0, true },
	{ "config sets: one Region", "pause_ses_config_sets: us-east-1", { .n = 1 }, NULL, 2, 0, true },
	{ "config sets: a Region that was not asked", "pause_ses_config_sets: sa-east-1", { .n = 1 },
		"none of the Regions", 0, 0, true },
	{ "config sets: root's account too", "pause_ses_config_sets: us-east-1", ROOT, NULL, 2, 0, true },
	{ "config sets: a role's account too", "pause_ses_config_sets: us-east-1", ROLE, NULL, 2, 0, true },
	{ "config sets: another account's trail", "pause_ses_config_sets", FOREIGN, "were made in 210987654321",
		0, 0, true },
	{ "config sets: an offline decoy", "pause_ses_config_sets", OFFLINE, "AWS does not know", 0, 0, true },
	{ "identity: none was made", "delete_ses_identity", { .n = 1 }, "no record says that the caller made a "
		"sender", 0, 0, true },
	{ "identity: made for certain", "delete_ses_identity", MADE("CreateEmailIdentity", "a@x.example"),
		NULL, 1,
		0, false },
	{ "identity: refused", "delete_ses_identity", { .events = { { .name = "CreateEmailIdentity",
		.sender = "a@x.example", .error = "AccessDenied" } } }, "no record says", 0, 0, false },
	{ "identity: version 1, offline", "delete_ses_identity", MADE("VerifyDomainIdentity", "new.example"),
		"says yes to a sender that was there before as well, and AWS must be asked", 0, 0, false },
	{ "identity: version 1, not "
		"verified", "delete_ses_identity", MADE("VerifyDomainIdentity", "new.example"),
		NULL, 1, 0, true },
	{ "identity: version 1, verified: perhaps the owner's", "delete_ses_identity",
		MADE("VerifyDomainIdentity", "ours.example"), "delete it by hand", 0, 0, true },
	{ "identity: gone", "delete_ses_identity", MADE("CreateEmailIdentity", "gone.example"), "not there any "
		"more", 0, 0, true },
	{ "identity: both versions' calls, once", "delete_ses_identity", { .events = { { .age_minutes = 9,
		.name = "VerifyDomainIdentity", .sender = "x.example" }, { .name = "CreateEmailIdentity",
		.sender = "x.example" } }, .n = 2 }, NULL, 1, 0, false },
	{ "identity: a name that SES would not take", "delete_ses_identity",
		MADE("CreateEmailIdentity", "../../account"), "1 sender that the records name is left out", 0,
			0, false },
	{ "identity: another account's trail", "delete_ses_identity", FOREIGN, "were made in 210987654321", 0, 0,
		true },
	{ "disable_key: root", "disable_key", { .events = { { .type = "Root", .arn =
		"arn:aws:iam::123456789012:root" } } },
		"is root of account 123456789012", 0, 0, false },
	{ "disable_key: a role", "disable_key", { .actor = "principal:x", .events = { { .type = "AssumedRole",
		.key = "",
		.arn = "arn:aws:sts::123456789012:assumed-role/deploy/x" } } }, "is role deploy", 0, 0, false },
	{ "disable_key: nobody named", "disable_key", { .events = { { .arn = "" } } }, "GetAccessKeyLastUsed",
		0, 0, false },
	{ "disable_key: no key in the records", "disable_key", { .actor = "principal:" RESPOND_USER,
		.events = { { .key = "" } } }, "no record says which access key of user mailer", 0, 0, false },
	{ "disable_key: an id that is none of AWS's", "disable_key", { .actor = "key:AKIA0EXAMPLE12345678",
		.events = { { .key = "AKIA0EXAMPLE12345678" } } }, "character 5 is not base32", 0, 0, false },
	{ "delete_key: an id that is none of AWS's", "delete_key", { .actor = "key:AKIAEXAMPLE198765432",
		.events = { { .key = "AKIAEXAMPLE198765432" } } }, "character 12 is not base32", 0, 0, false },
	{ "disable_key: an offline decoy", "disable_key", { .is_decoy = true, .is_offline = true },
		"AWS does not know", 0, 0, false },
	{ "quarantine_user: behind a federated session", "quarantine_user", { .actor =
		"principal:" RESPOND_USER, .events = {
		{ .type = "FederatedUser", .issuer = RESPOND_USER, .key = "ASIAIOSFODNN7EXAMPLE" } } }, NULL,
			1, 0, false },
	{ "pause_ses: all Regions of the partition", "pause_ses", { .events = { GOV } }, NULL, 4, 0, false },
	{ "pause_ses: all, in so many words", "pause_ses: {regions: all}", { .events = { GOV } }, NULL, 4,
		0, false },
	{ "pause_ses: a list without the rest", "pause_ses: [us-gov-east-1]", { .events = { GOV } }, NULL,
		2, 0, false },
	{ "pause_ses: Regions of other partitions are left out", "pause_ses: [us-gov-east-1, us-east-1]",
		{ .events = { GOV } }, NULL, 2, 0, false },
	{ "pause_ses: only Regions of other partitions", "pause_ses: [us-east-1]", { .events = { GOV } },
		"none of the Regions that the policy lists is in partition aws-us-gov", 0, 0, false },
	{ "pause_ses: no SES", "pause_ses", { .events = { { .arn = "arn:aws-cn:iam::123456789012:user/mailer",
		.region = "cn-north-1" } } }, "not offered in partition aws-cn", 0, 0, false },
	{ "pause_ses: Regions of SES not known", "pause_ses", { .events = { EUSC } },
		"it is not known in which Regions of partition aws-eusc Amazon SES is offered", 0, 0, false },
	{ "pause_ses: Regions of SES not known, one named", "pause_ses: [eusc-de-east-1, eu-west-1]",
		{ .events = { EUSC } }, NULL, 2, 0, false },
	{ "pause_ses: root's account can be paused", "pause_ses: [us-east-1]", { .events = { { .type = "Root",
		.arn = "arn:aws:iam::123456789012:root" } } }, NULL, 2, 0, false },
	{ "pause_ses: another account's trail", "pause_ses", { .events = { { .recipient = "210987654321" } } },
		"were made in 210987654321", 0, 0, false },
};

static void test_gap(void **state)
{
	const struct gap_row *row = *state;
	struct respond_survey survey;
	struct respond_facts facts;
	const struct ks_policy *policy;
	struct ks_policyset set;
	struct ks_plan plan;
	struct ks_buf text;

	ks_buf_init(&text, 4096);
	ks_buf_addf(&text, "name: a\nsteps:\n  - %s\n", row->step);
	policy = respond_policy(&set, ks_buf_str(&text).p);
	respond_facts_init(&facts, &row->incident);
	respond_survey_init(&survey);
	facts.facts.survey = row->has_survey ? &survey.survey : NULL;
	ks_plan_make(policy, &facts.facts, NULL, &plan);
	assert_int_equal(plan.steps.n, row->steps);
	assert_int_equal(plan.gaps.n, row->gaps > 0 ? row->gaps : row->gap != NULL);
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
