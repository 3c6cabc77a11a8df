/* Permissions without their effects. */
#include "lib/doctor/rehearsal.h"

#include "lib/aws/arn.h"
#include "lib/aws/operation.h"

#include <string.h>

#define PARAMETERS_MOST 5
#define SIMULATED_MOST 50
#define FIXED_MOST 5 /* parameters of a simulation beside the permissions */

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
	{ "iam", "AttachUserPolicy", { "UserName", "PolicyArn" }, false },
	{ "iam", "CreateAccessKey", { "UserName" }, false },
	{ "iam", "DeleteAccessKey", { "UserName", "AccessKeyId" }, false },
	{ "iam", "DeleteLoginProfile", { "UserName" }, false },
	{ "iam", "DeleteRolePolicy", { "RoleName", "PolicyName" }, false },
	{ "iam", "DeleteUser", { "UserName" }, false },
	{ "iam", "DeleteUserPolicy", { "UserName", "PolicyName" }, false },
	{ "iam", "DetachUserPolicy", { "UserName", "PolicyArn" }, false },
	{ "iam", "GetAccessKeyLastUsed", { NULL }, true },
	{ "iam", "GetLoginProfile", { "UserName" }, false },
	{ "iam", "GetRolePolicy", { "RoleName", "PolicyName" }, false },
	{ "iam", "GetUser", { "UserName" }, false },
	{ "iam", "GetUserPolicy", { "UserName", "PolicyName" }, false },
	{ "iam", "ListAccessKeys", { "UserName" }, false },
	{ "iam", "ListAttachedUserPolicies", { "UserName" }, false },
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

/* The managed policy that perms allows to attach: one that only takes rights away. */
static const char *deny_all(const struct ks_rehearsal_request *request, struct ks_arena *arena)
{
	struct ks_str partition = KS_STR("aws");
	struct ks_arn arn;

	if (ks_arn_parse(request->arn, &arn))
		partition = arn.partition;
	return ks_arena_printf(arena, "arn:" KS_STR_FMT ":iam::aws:policy/AWSDenyAll", KS_STR_ARG(partition));
}

static struct ks_wire_parameter parameter_of(const struct ks_rehearsal_request *request,
	const char *parameter, struct ks_arena *arena)
{
	if (strcmp(parameter, "PolicyArn") == 0)
		return (struct ks_wire_parameter){ parameter, ks_str_of(deny_all(request, arena)), false };
	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		const char *value = values[i].value, *hole = strstr(value, "{}");

		if (strcmp(values[i].parameter, parameter) != 0)
			continue;
		if (hole != NULL)
			value = ks_arena_printf(arena, "%.*s%s%s", (int)(hole - value), value, request->name, hole + 2);
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
		parameters[n++] = parameter_of(request, row->parameters[i], &arena);
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

/* A pattern as the one resource that is asked about: of the name that nobody has. */
static const char *resource_of(const struct ks_rehearsal_request *request, const char *pattern,
	struct ks_arena *arena)
{
	struct ks_str rest = ks_str_of(pattern), part;
	const char *made = "";

	if (pattern == NULL || !ks_str_has_prefix(rest, KS_STR("arn:")))
		return "*";
	ks_str_next(&rest, ',', &part);
	rest = part;
	for (int i = 0; ks_str_next(&rest, ':', &part); i++) {
		bool is_open = part.n > 0 && part.p[part.n - 1] == '*';

		made = ks_arena_printf(arena, "%s%s" KS_STR_FMT "%s", made, i > 0 ? ":" : "",
			KS_STR_ARG(ks_str_sub(part, 0, part.n - is_open)),
			!is_open   ? "" :
				i == 3 ? request->region :
						 request->name);
	}
	return made;
}

struct simulation {
	struct ks_rehearsal_wish *wishes;
	size_t n;
	const char *const *resources;
	const char *resource; /* that the page is about */
};

static int take_page(void *arg, const struct ks_client_reply *page, struct ks_err *err)
{
	struct simulation *s = arg;
	const struct ks_xml *list = ks_xml_find(page->xml, "EvaluationResults");

	(void)err;
	for (const struct ks_xml *one = list != NULL ? list->child : NULL; one != NULL; one = one->next)
		for (size_t i = 0; i < s->n; i++)
			if (strcmp(s->resources[i], s->resource) == 0 &&
				ks_str_is(ks_xml_text(one, "EvalActionName"), s->wishes[i].permission))
				s->wishes[i].answer = ks_str_is(ks_xml_text(one, "EvalDecision"), "allowed") ?
					KS_REHEARSAL_ALLOWED :
					KS_REHEARSAL_DENIED;
	return 0;
}

/* All that is wished of one resource, in one call. */
static int simulate_one(const struct ks_rehearsal_request *request, struct simulation *s, const char *source,
	struct ks_arena *arena, struct ks_err *err)
{
	struct ks_wire_parameter parameters[SIMULATED_MOST + FIXED_MOST] = {
		{ "PolicySourceArn", ks_str_of(source), false },
		{ "ResourceArns.member.1", ks_str_of(s->resource), false },
		{ "ContextEntries.member.1.ContextKeyName", KS_STR("iam:PolicyARN"), false },
		{ "ContextEntries.member.1.ContextKeyType", KS_STR("string"), false },
		{ "ContextEntries.member.1.ContextKeyValues.member.1", ks_str_of(deny_all(request, arena)), false },
	};
	size_t n = FIXED_MOST;

	for (size_t i = 0; i < s->n; i++)
		if (strcmp(s->resources[i], s->resource) == 0) {
			const char *name = ks_arena_printf(arena, "ActionNames.member.%zu", n - FIXED_MOST + 1);

			parameters[n++] = (struct ks_wire_parameter){ name, ks_str_of(s->wishes[i].permission), false };
		}
	return ks_client_pages(request->client,
		&(struct ks_client_request){ .service = "iam",
			.operation = "SimulatePrincipalPolicy",
			.region = request->region,
			.parameters = parameters,
			.parameter_count = n },
		"Marker", take_page, s, err);
}

int ks_rehearsal_simulate(const struct ks_rehearsal_request *request, struct ks_rehearsal_wish *wishes,
	size_t n, struct ks_err *err)
{
	const char *resources[SIMULATED_MOST];
	struct simulation simulation = { wishes, n, resources, NULL };
	struct ks_arena arena;
	const char *source;
	int rc = 0;

	ks_arena_init(&arena);
	source = find_source(request->arn, &arena);
	if (source == NULL || n > SIMULATED_MOST)
		rc = ks_err_set(err, KS_ERR_UNSUPPORTED, "IAM simulates users and roles only");
	for (size_t i = 0; rc == 0 && i < n; i++)
		resources[i] = resource_of(request, wishes[i].resource, &arena);
	for (size_t i = 0; rc == 0 && i < n; i++) {
		bool is_first = true;

		for (size_t j = 0; j < i; j++)
			is_first = is_first && strcmp(resources[i], resources[j]) != 0;
		simulation.resource = resources[i];
		if (is_first)
			rc = simulate_one(request, &simulation, source, &arena, err);
	}
	ks_arena_release(&arena);
	return rc;
}
