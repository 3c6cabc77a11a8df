/* Permissions without their effects. */
#include "lib/doctor/rehearsal.h"

#include "lib/aws/arn.h"
#include "lib/aws/operation.h"

#include <string.h>

#define PARAMETERS_MOST 5
#define SIMULATED_MOST 60

/* What is sent for a parameter: nothing of it can be anybody's. name stands for {}. */
static const struct {
	const char *parameter;
	const char *value;
	bool is_literal;
} values[] = {
	{ "UserName", "{}", false },
	{ "RoleName", "{}", false },
	{ "PolicyName", "{}", false },
	{ "ConfigurationSetName", "{}", false },
	{ "EmailIdentity", "{}.invalid", false },
	{ "PathPrefix", "/{}/", false },
	{ "AccessKeyId", "AKIAAAAAAAAAAAAAAAAA", false },
	{ "Status", "Inactive", false },
	{ "Tags.member.1.Key", "{}", false },
	{ "Tags.member.1.Value", "{}", false },
	{ "TagKeys.member.1", "{}", false },
	{ "PolicyDocument",
		"{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Deny\",\"Action\":\"*\","
		"\"Resource\":\"*\"}]}",
		false },
	{ "SendingEnabled", "true", true },
	{ "Enabled", "true", true },
};

/* Operations that may be tried, and with which parameters. What is not here has an effect even so
 * (CreateUser), or is about the account itself. */
static const struct row {
	const char *service;
	const char *operation;
	const char *parameters[PARAMETERS_MOST];
	bool has_key; /* a key's id that AWS knows goes along */
} rows[] = {
	{ "iam", "CreateAccessKey", { "UserName" }, false },
	{ "iam", "DeleteAccessKey", { "UserName", "AccessKeyId" }, false },
	{ "iam", "DeleteLoginProfile", { "UserName" }, false },
	{ "iam", "DeleteRolePolicy", { "RoleName", "PolicyName" }, false },
	{ "iam", "DeleteUser", { "UserName" }, false },
	{ "iam", "DeleteUserPolicy", { "UserName", "PolicyName" }, false },
	{ "iam", "GetAccessKeyLastUsed", { NULL }, true },
	{ "iam", "GetLoginProfile", { "UserName" }, false },
	{ "iam", "GetRolePolicy", { "RoleName", "PolicyName" }, false },
	{ "iam", "GetUser", { "UserName" }, false },
	{ "iam", "GetUserPolicy", { "UserName", "PolicyName" }, false },
	{ "iam", "ListAccessKeys", { "UserName" }, false },
	{ "iam", "ListRolePolicies", { "RoleName" }, false },
	{ "iam", "ListUserPolicies", { "UserName" }, false },
	{ "iam", "ListUserTags", { "UserName" }, false },
	{ "iam", "ListUsers", { "PathPrefix" }, false },
	{ "iam", "PutRolePolicy", { "RoleName", "PolicyName", "PolicyDocument" }, false },
	{ "iam", "PutUserPolicy", { "UserName", "PolicyName", "PolicyDocument" }, false },
	{ "iam", "TagUser", { "UserName", "Tags.member.1.Key", "Tags.member.1.Value" }, false },
	{ "iam", "UntagUser", { "UserName", "TagKeys.member.1" }, false },
	{ "iam", "UpdateAccessKey", { "UserName", "AccessKeyId", "Status" }, false },
	{ "ses", "DescribeConfigurationSet", { "ConfigurationSetName" }, false },
	{ "ses", "GetAccountSendingEnabled", { NULL }, false },
	{ "ses", "GetSendQuota", { NULL }, false },
	{ "ses", "ListConfigurationSets", { NULL }, false },
	{ "ses", "ListIdentities", { NULL }, false },
	{ "ses", "UpdateConfigurationSetSendingEnabled", { "ConfigurationSetName", "Enabled" }, false },
	{ "sesv2", "DeleteEmailIdentity", { "EmailIdentity" }, false },
	{ "sesv2", "GetAccount", { NULL }, false },
	{ "sesv2", "GetConfigurationSet", { "ConfigurationSetName" }, false },
	{ "sesv2", "GetEmailIdentity", { "EmailIdentity" }, false },
	{ "sesv2", "ListEmailIdentities", { NULL }, false },
	{ "sesv2", "PutConfigurationSetSendingOptions", { "ConfigurationSetName", "SendingEnabled" }, false },
};

static const struct row *row_of(const char *permission)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct ks_operation *operation = ks_operation_find(rows[i].service, rows[i].operation);

		if (operation != NULL && strcmp(operation->permission, permission) == 0)
			return &rows[i];
	}
	return NULL;
}

static struct ks_wire_parameter parameter_of(const char *parameter, const char *name, struct ks_arena *arena)
{
	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		const char *value = values[i].value, *hole = strstr(value, "{}");

		if (strcmp(values[i].parameter, parameter) != 0)
			continue;
		if (hole != NULL)
			value = ks_arena_printf(arena, "%.*s%s%s", (int)(hole - value), value, name, hole + 2);
		return (struct ks_wire_parameter){ parameter, ks_str_of(value), values[i].is_literal };
	}
	return (struct ks_wire_parameter){ parameter, KS_STR(""), false };
}

enum ks_rehearsal_answer ks_rehearsal_try(const struct ks_rehearsal_request *request, const char *permission,
	struct ks_err *err)
{
	const struct row *row = row_of(permission);
	struct ks_wire_parameter parameters[PARAMETERS_MOST];
	struct ks_client_reply reply = { 0 };
	struct ks_arena arena;
	size_t n = 0;
	int rc;

	if (row == NULL) {
		ks_err_set(err, KS_ERR_UNSUPPORTED, "cannot be tried without doing it");
		return KS_REHEARSAL_UNKNOWN;
	}
	if (row->has_key && request->key_id.n == 0) {
		ks_err_set(err, KS_ERR_UNSUPPORTED, "cannot be tried without a key of the account");
		return KS_REHEARSAL_UNKNOWN;
	}
	ks_arena_init(&arena);
	if (row->has_key)
		parameters[n++] = (struct ks_wire_parameter){ "AccessKeyId", request->key_id, false };
	for (size_t i = 0; i < PARAMETERS_MOST - 1 && row->parameters[i] != NULL; i++)
		parameters[n++] = parameter_of(row->parameters[i], request->name, &arena);
	rc = ks_client_call(request->client,
		&(struct ks_client_request){ .service = row->service,
			.operation = row->operation,
			.region = request->region,
			.parameters = parameters,
			.parameter_count = n },
		&reply, err);
	ks_client_release(&reply);
	ks_arena_release(&arena);
	if (rc == 0 || err->code == KS_ERR_NOTFOUND)
		return KS_REHEARSAL_ALLOWED;
	return err->code == KS_ERR_DENIED ? KS_REHEARSAL_DENIED : KS_REHEARSAL_UNKNOWN;
}

/* A session's policies are those of its role, and IAM wants to hear of the role. The path of a role does
 * not stand in the name of a session. */
static const char *find_source(struct ks_str text, struct ks_arena *arena)
{
	struct ks_str type, rest, role;
	struct ks_arn arn;

	if (!ks_arn_parse(text, &arn) || !ks_arn_split(&arn, &type, &rest))
		return NULL;
	if (ks_str_is(type, "user"))
		return ks_arena_strdup(arena, text);
	if (!ks_str_is(type, "assumed-role") || !ks_str_next(&rest, '/', &role))
		return NULL;
	return ks_arena_printf(arena, "arn:" KS_STR_FMT ":iam::" KS_STR_FMT ":role/" KS_STR_FMT,
		KS_STR_ARG(arn.partition), KS_STR_ARG(arn.account), KS_STR_ARG(role));
}

struct simulation {
	const char *const *permissions;
	size_t n;
	enum ks_rehearsal_answer *out;
};

static int take_page(void *arg, const struct ks_client_reply *page, struct ks_err *err)
{
	struct simulation *s = arg;
	const struct ks_xml *list = ks_xml_find(page->xml, "EvaluationResults");

	(void)err;
	for (const struct ks_xml *one = list != NULL ? list->child : NULL; one != NULL; one = one->next)
		for (size_t i = 0; i < s->n; i++)
			if (ks_str_is(ks_xml_text(one, "EvalActionName"), s->permissions[i]))
				s->out[i] = ks_str_is(ks_xml_text(one, "EvalDecision"), "allowed") ? KS_REHEARSAL_ALLOWED :
																					 KS_REHEARSAL_DENIED;
	return 0;
}

int ks_rehearsal_simulate(const struct ks_rehearsal_request *request, const char *const *permissions,
	size_t n, enum ks_rehearsal_answer *out, struct ks_err *err)
{
	struct ks_wire_parameter parameters[SIMULATED_MOST];
	struct simulation simulation = { permissions, n, out };
	struct ks_arena arena;
	const char *source;
	int rc = -1;

	ks_arena_init(&arena);
	source = find_source(request->arn, &arena);
	if (source == NULL || n >= SIMULATED_MOST) {
		ks_err_set(err, KS_ERR_UNSUPPORTED, "IAM simulates users and roles only");
		goto out;
	}
	parameters[0] = (struct ks_wire_parameter){ "PolicySourceArn", ks_str_of(source), false };
	for (size_t i = 0; i < n; i++) {
		const char *name = ks_arena_printf(&arena, "ActionNames.member.%zu", i + 1);

		parameters[i + 1] = (struct ks_wire_parameter){ name, ks_str_of(permissions[i]), false };
		out[i] = KS_REHEARSAL_UNKNOWN;
	}
	rc = ks_client_pages(request->client,
		&(struct ks_client_request){ .service = "iam",
			.operation = "SimulatePrincipalPolicy",
			.region = request->region,
			.parameters = parameters,
			.parameter_count = n + 1 },
		"Marker", take_page, &simulation, err);
out:
	ks_arena_release(&arena);
	return rc;
}
