/* lib/engine/duty */
#include "lib/engine/duty.h"

#include "tests/unit/respond.h"

static struct ks_duty_place place_of(const char *partition, const char *account)
{
	return (struct ks_duty_place){ .partition = ks_partition_find(ks_str_of(partition)),
		.account = ks_str_of(account) };
}

struct list_row {
	const char *name, *policy;
	const char *permissions;   /* of the responder, one blank between */
};

static const struct list_row lists[] = {
	{ "list: observe", "name: a\nmode: observe\nsteps: [disable_key]\n", "" },
	{ "list: a dry run reads", "name: a\nsteps: [disable_key]\n", "iam:GetAccessKeyLastUsed iam:GetUser" },
	{ "list: people only", "name: a\nmode: enforce\nsteps: [{notify: [oncall]}]\n", "" },
	{ "list: one key", "name: a\nmode: approve\nsteps: [disable_key]\n",
		"iam:GetAccessKeyLastUsed iam:GetUser iam:ListAccessKeys iam:UpdateAccessKey" },
	{ "list: two steps share", "name: a\nmode: approve\nsteps: [delete_key, disable_key]\n",
		"iam:DeleteAccessKey iam:GetAccessKeyLastUsed iam:GetUser iam:ListAccessKeys iam:UpdateAccessKey" },
	{ "list: sending", "name: a\nmode: approve\nsteps: [pause_ses]\n",
		"ses:GetAccount ses:GetAccountSendingEnabled ses:PutAccountSendingAttributes "
		"ses:UpdateAccountSendingEnabled" },
};

static void test_list(void **state)
{
	const struct list_row *row = *state;
	struct ks_duty_place place = place_of("aws", "");
	struct ks_vec needs = KS_VEC_OF(struct ks_duty_need);
	struct ks_arena arena = { NULL };
	struct ks_policyset set;
	struct ks_buf text;

	ks_buf_init(&text, 4096);
	respond_policy(&set, row->policy);
	ks_duty_list(KS_DUTY_RESPONDER, &set, &place, &arena, &needs);
	for (size_t i = 0; i < needs.n; i++)
		ks_buf_addf(&text, "%s%s", i > 0 ? " " : "", KS_VEC_AT(&needs, struct ks_duty_need, i)->permission);
	assert_true(ks_str_is(ks_buf_str(&text), row->permissions));
	ks_policyset_release(&set);
	ks_vec_release(&needs);
	ks_arena_release(&arena);
	ks_buf_release(&text);
}

/* Whatever a row may ask for, somebody has looked up how far it can be narrowed. */
static void test_all_are_narrowed(void **state)
{
	struct ks_duty_place place = place_of("aws-us-gov", "123456789012");
	struct ks_vec names = KS_VEC_OF(const char *), needs = KS_VEC_OF(struct ks_duty_need);
	struct ks_arena arena = { NULL };

	(void)state;
	for (size_t i = 0; i < ks_action_count; i++)
		for (const char *const *p = ks_action_rows[i]->permissions; *p != NULL; p++)
			*(const char **)ks_vec_push(&names) = *p;
	ks_survey_permissions(KS_SURVEY_ALL, &names);
	ks_duty_list(KS_DUTY_PLANTER, NULL, &place, &arena, &needs);
	ks_duty_list(KS_DUTY_WATCHER, NULL, &place, &arena, &needs);
	for (size_t i = 0; i < needs.n; i++)
		*(const char **)ks_vec_push(&names) = KS_VEC_AT(&needs, struct ks_duty_need, i)->permission;
	for (size_t i = 0; i < names.n; i++)
		if (ks_duty_resource(*KS_VEC_AT(&names, const char *, i), &place, &arena) == NULL)
			fail_msg("%s: in no table of resources", *KS_VEC_AT(&names, const char *, i));
	assert_string_equal(ks_duty_resource("iam:PutRolePolicy", &place, &arena),
		"arn:aws-us-gov:iam::123456789012:role/*");
	assert_null(ks_duty_resource("iam:CreateRole", &place, &arena));
	ks_vec_release(&names);
	ks_vec_release(&needs);
	ks_arena_release(&arena);
}

static void test_document(void **state)
{
	struct ks_account accounts[] = { { .id = KS_STR("123456789012"),
		.role = KS_STR("arn:aws-cn:iam::123456789012:role/responder") }, { .id = KS_STR("210987654321") } };
	struct ks_duty_place place = place_of("aws-cn", "123456789012");
	struct ks_vec needs = KS_VEC_OF(struct ks_duty_need);
	struct ks_arena arena = { NULL };
	struct ks_policyset set;
	struct ks_json *json;
	struct ks_buf text;

	(void)state;
	place.accounts = accounts;
	place.account_count = 2;
	ks_buf_init(&text, 1u << 16);
	respond_policy(&set, "name: a\nmode: enforce\nsteps: [deny_all_policy, revoke_sessions]\n");
	ks_duty_list(KS_DUTY_RESPONDER, &set, &place, &arena, &needs);
	ks_duty_list(KS_DUTY_CALLER, NULL, &place, &arena, &needs);
	json = ks_duty_document(&needs, &place);
	ks_json_render(json, &text);
	assert_string_equal(text.p, "{\"Version\":\"2012-10-17\",\"Statement\":["
		"{\"Sid\":\"Users\",\"Effect\":\"Allow\",\"Action\":[\"iam:DeleteUserPolicy\","
		"\"iam:GetAccessKeyLastUsed\",\"iam:GetLoginProfile\",\"iam:GetUser\",\"iam:GetUserPolicy\","
		"\"iam:ListAccessKeys\",\"iam:ListAttachedUserPolicies\",\"iam:PutUserPolicy\"],"
		"\"Resource\":\"arn:aws-cn:iam::123456789012:user/*\"},"
		"{\"Sid\":\"DenyAllOnUsers\",\"Effect\":\"Allow\",\"Action\":[\"iam:AttachUserPolicy\","
		"\"iam:DetachUserPolicy\"],\"Resource\":\"arn:aws-cn:iam::123456789012:user/*\","
		"\"Condition\":{\"ArnEquals\":{\"iam:PolicyARN\":\"arn:aws-cn:iam::aws:policy/AWSDenyAll\"}}},"
		"{\"Sid\":\"Roles\",\"Effect\":\"Allow\",\"Action\":[\"iam:DeleteRolePolicy\",\"iam:GetRolePolicy\","
		"\"iam:PutRolePolicy\"],\"Resource\":\"arn:aws-cn:iam::123456789012:role/*\"},"
		"{\"Sid\":\"RolesOfTheConfig\",\"Effect\":\"Allow\",\"Action\":[\"sts:AssumeRole\"],"
		"\"Resource\":[\"arn:aws-cn:iam::123456789012:role/responder\"]}]}");
	ks_json_free(json);
	ks_policyset_release(&set);
	ks_vec_release(&needs);
	ks_arena_release(&arena);
	ks_buf_release(&text);
}

static void test_find(void **state)
{
	enum ks_duty duty;

	(void)state;
	for (unsigned i = 0; i < KS_DUTY_COUNT; i++) {
		assert_true(ks_duty_find(ks_duty_name((enum ks_duty)i), &duty));
		assert_int_equal(duty, i);
	}
	assert_false(ks_duty_find("gardener", &duty));
}

int main(void)
{
	struct rows rows = { 0 };

	ROWS_TABLE(&rows, test_list, lists);
	ROWS_TEST(&rows, test_all_are_narrowed);
	ROWS_TEST(&rows, test_document);
	ROWS_TEST(&rows, test_find);
	return rows_run("duty", &rows);
}
