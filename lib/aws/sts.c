/* Calls of STS. */
#include "lib/aws/sts.h"

#include <stdio.h>

int ks_sts_get_caller_identity(struct ks_client *client, struct ks_arena *arena, struct ks_sts_identity *out,
	struct ks_err *err)
{
	return ks_sts_get_caller_identity_in(client, NULL, arena, out, err);
}

int ks_sts_get_caller_identity_in(struct ks_client *client, const char *region, struct ks_arena *arena,
	struct ks_sts_identity *out, struct ks_err *err)
{
	struct ks_client_request request = { .service = "sts", .operation = "GetCallerIdentity",
		.region = region };
	struct ks_client_reply reply;
	struct ks_str account, arn, id;

	if (ks_client_call(client, &request, &reply, err) != 0)
		return -1;
	account = ks_xml_text(reply.xml, "Account");
	arn = ks_xml_text(reply.xml, "Arn");
	id = ks_xml_text(reply.xml, "UserId");
	*out = (struct ks_sts_identity){ ks_arena_copy(arena, account), ks_arena_copy(arena, arn),
		ks_arena_copy(arena, id) };
	ks_client_release(&reply);
	return 0;
}

int ks_sts_assume_role(struct ks_client *client, const struct ks_sts_role *role, struct ks_credentials *out,
	struct ks_err *err)
{
	bool is_web = role->web_identity != NULL;
	const char *operation = is_web ? "AssumeRoleWithWebIdentity" : "AssumeRole";
	struct ks_wire_parameter parameters[5];
	struct ks_client_request request = { .service = "sts",
		.operation = operation,
		.region = role->region,
		.parameters = parameters };
	struct ks_client_reply reply;
	struct ks_str secret, token;
	int64_t expires = KS_TIME_NONE;
	char seconds[24];
	size_t n = 0;
	int rc;

	parameters[n++] = (struct ks_wire_parameter){ "RoleArn", ks_str_of(role->arn), false };
	parameters[n++] = (struct ks_wire_parameter){ "RoleSessionName", ks_str_of(role->session), false };
	if (role->external_id != NULL)
		parameters[n++] = (struct ks_wire_parameter){ "ExternalId", ks_str_of(role->external_id), false };
	if (role->seconds > 0) {
		snprintf(seconds, sizeof(seconds), "%lld", (long long)role->seconds);
		parameters[n++] = (struct ks_wire_parameter){ "DurationSeconds", ks_str_of(seconds), false };
	}
	if (is_web)
		parameters[n++] =
			(struct ks_wire_parameter){ "WebIdentityToken", ks_str_of(role->web_identity), false };
	request.parameter_count = n;
	if (ks_client_call(client, &request, &reply, err) != 0)
		return -1;
	secret = ks_xml_text(reply.xml, "Credentials/SecretAccessKey");
	token = ks_xml_text(reply.xml, "Credentials/SessionToken");
	if (!ks_time_parse(ks_xml_text(reply.xml, "Credentials/Expiration"), &expires) || token.n == 0)
		rc = ks_err_set(err, KS_ERR_PARSE, "STS %s: the answer has no token or no expiry", operation);
	else
		rc = ks_credentials_set(out, ks_xml_text(reply.xml, "Credentials/AccessKeyId"), secret, token,
			expires, "STS AssumeRole", err);
	ks_client_wipe(secret);
	ks_client_wipe(token);
	ks_client_release(&reply);
	return rc;
}
