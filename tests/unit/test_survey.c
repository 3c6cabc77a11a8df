/* lib/respond/survey: what does not need AWS. tests/aws/perms reads one from a server. */
#include "lib/respond/survey.h"

#include "tests/unit/respond.h"

static void test_tell_use(void **state)
{
	struct ks_iam_last_used use = { .time_ms = RESPOND_NOW, .service = KS_STR("s3"),
		.region = KS_STR("eu-west-1") };
	struct ks_arena arena = { NULL };

	(void)state;
	assert_string_equal(ks_survey_tell_use(&use, &arena),
		"last used 2026-11-22T12:00:00Z for s3 in eu-west-1");
	use.time_ms = KS_TIME_NONE;
	assert_string_equal(ks_survey_tell_use(&use, &arena), "never used, as far as IAM knows");
	ks_arena_release(&arena);
}

static void test_permissions(void **state)
{
	struct ks_vec list = KS_VEC_OF(const char *);

	(void)state;
	ks_survey_permissions(0, &list);
	assert_int_equal(list.n, 0);
	ks_survey_permissions(KS_SURVEY_OWNER | KS_SURVEY_KEYS, &list);
	assert_int_equal(list.n, 3);
	assert_string_equal(*KS_VEC_AT(&list, const char *, 0), "iam:GetAccessKeyLastUsed");
	ks_vec_release(&list);
	list = KS_VEC_OF(const char *);
	ks_survey_permissions(KS_SURVEY_ALL, &list);
	/* Each is an operation of the table that only reads. */
	for (size_t i = 0; i < list.n; i++) {
		const char *name = *KS_VEC_AT(&list, const char *, i);
		const struct ks_operation *operation = ks_operation_find(name[0] == 'i' ? "iam" : "sesv2",
			strchr(name, ':') + 1);

		if (operation == NULL || !operation->is_read || strcmp(operation->permission, name) != 0)
			fail_msg("%s is no reading operation", name);
	}
	ks_vec_release(&list);
}

/* What AWS says goes into the facts, and nothing of it into the digest but what is to be sent. */
static void test_apply(void **state)
{
	struct respond_incident incident = { .n = 1 };
	struct respond_survey survey;
	struct respond_facts facts;
	struct ks_policyset set;
	const struct ks_policy *policy = respond_policy(&set, "name: a\nmode: approve\nsteps: [disable_key, "
		"quarantine_user, pause_ses]\n");
	struct ks_plan offline, asked;

	(void)state;
	assert_int_equal(ks_plan_needs(policy), KS_SURVEY_OWNER | KS_SURVEY_KEYS | KS_SURVEY_LOGIN |
		KS_SURVEY_MAIL);
	respond_facts_init(&facts, &incident);
	ks_plan_make(policy, &facts.facts, NULL, &offline);
	respond_survey_init(&survey);
	ks_survey_apply(&survey.survey, &facts.arena, &facts.facts);
	assert_true(facts.facts.subject.is_named_by_aws);
	ks_plan_make(policy, &facts.facts, NULL, &asked);
	assert_string_equal(asked.digest, offline.digest);
	assert_ptr_equal(ks_survey_find_region(&survey.survey, KS_STR("eu-west-1")), &survey.regions[1]);
	assert_null(ks_survey_find_region(&survey.survey, KS_STR("eu-west-3")));
	assert_null(ks_survey_find_region(NULL, KS_STR("eu-west-1")));
	ks_plan_release(&offline);
	ks_plan_release(&asked);
	respond_facts_release(&facts);
	ks_policyset_release(&set);
}

int main(void)
{
	struct rows rows = { 0 };

	ROWS_TEST(&rows, test_tell_use);
	ROWS_TEST(&rows, test_permissions);
	ROWS_TEST(&rows, test_apply);
	return rows_run("survey", &rows);
}
