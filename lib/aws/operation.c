/* The table of operations. */
#include "lib/aws/operation.h"

#include <string.h>

#define QUERY(service, version, name, is_read)                                                    \
	{                                                                                             \
		service, name, KS_OPERATION_QUERY, version, "POST", "/", service ":" name, is_read, false \
	}
#define IAM(name, is_read) QUERY("iam", "2010-05-08", name, is_read)
#define SES(name, is_read) QUERY("ses", "2010-12-01", name, is_read)
#define SESV2(name, method, path, is_read)                                                     \
	{                                                                                          \
		"sesv2", name, KS_OPERATION_REST_JSON, NULL, method, path, "ses:" name, is_read, false \
	}
#define JSON(service, prefix, name, is_read)                                                 \
	{                                                                                        \
		service, name, KS_OPERATION_JSON, NULL, "POST", "/", prefix ":" name, is_read, false \
	}

/* The bucket comes first; it goes into the host where it can. */
#define S3(name, path, permission)                                                                    \
	{                                                                                                 \
		"s3", name, KS_OPERATION_REST_XML, NULL, "GET", "/{Bucket}" path, "s3:" permission, true, false \
	}

static const struct ks_operation operations[] = {
	IAM("AttachUserPolicy", false),
	IAM("CreateAccessKey", false),
	IAM("CreateUser", false),
	IAM("DeleteAccessKey", false),
	IAM("DeleteLoginProfile", false),
	IAM("DeleteRolePolicy", false),
	IAM("DeleteUser", false),
	IAM("DeleteUserPolicy", false),
	IAM("DetachUserPolicy", false),
	IAM("GetAccessKeyLastUsed", true),
	IAM("GetLoginProfile", true),
	IAM("GetRolePolicy", true),
	IAM("GetUser", true),
	IAM("GetUserPolicy", true),
	IAM("ListAccessKeys", true),
	IAM("ListAttachedUserPolicies", true),
	IAM("ListGroupsForUser", true),
	IAM("ListRolePolicies", true),
	IAM("ListUserPolicies", true),
	IAM("ListUserTags", true),
	IAM("ListUsers", true),
	IAM("PutRolePolicy", false),
	IAM("PutUserPolicy", false),
	IAM("SimulatePrincipalPolicy", true),
	IAM("TagUser", false),
	IAM("UntagUser", false),
	IAM("UpdateAccessKey", false),
	QUERY("sts", "2011-06-15", "AssumeRole", true),
	{ "sts", "AssumeRoleWithWebIdentity", KS_OPERATION_QUERY, "2011-06-15", "POST", "/",
		"sts:AssumeRoleWithWebIdentity", true, true },
	QUERY("sts", "2011-06-15", "GetCallerIdentity", true),
	SES("DeleteIdentity", false),
	SES("DescribeConfigurationSet", true),
	SES("GetAccountSendingEnabled", true),
	SES("GetSendQuota", true),
	SES("ListConfigurationSets", true),
	SES("ListIdentities", true),
	SES("UpdateAccountSendingEnabled", false),
	SES("UpdateConfigurationSetSendingEnabled", false),
	SESV2("DeleteEmailIdentity", "DELETE", "/v2/email/identities/{EmailIdentity}", false),
	SESV2("GetAccount", "GET", "/v2/email/account", true),
	SESV2("GetConfigurationSet", "GET", "/v2/email/configuration-sets/{ConfigurationSetName}", true),
	SESV2("GetEmailIdentity", "GET", "/v2/email/identities/{EmailIdentity}", true),
	SESV2("ListConfigurationSets", "POST", "/v2/email/list-configuration-sets", true),
	SESV2("ListEmailIdentities", "POST", "/v2/email/list-identities", true),
	SESV2("PutAccountSendingAttributes", "PUT", "/v2/email/account/sending", false),
	SESV2("PutConfigurationSetSendingOptions", "PUT",
		"/v2/email/configuration-sets/{ConfigurationSetName}/sending", false),
	JSON("cloudtrail", "cloudtrail", "DescribeTrails", true),
	JSON("cloudtrail", "cloudtrail", "GetEventSelectors", true),
	JSON("cloudtrail", "cloudtrail", "GetTrailStatus", true),
	JSON("cloudtrail", "cloudtrail", "LookupEvents", true),
	QUERY("sns", "2010-03-31", "Publish", false),
	JSON("eventbridge", "events", "DescribeRule", true),
	JSON("eventbridge", "events", "ListRuleNamesByTarget", true),
	JSON("eventbridge", "events", "PutEvents", false),
	{ "securityhub", "BatchImportFindings", KS_OPERATION_REST_JSON, NULL, "POST", "/findings/import",
		"securityhub:BatchImportFindings", false, false },
	S3("GetObject", "/{Key+}", "GetObject"),
	S3("ListObjectsV2", "?list-type=2&encoding-type=url", "ListBucket"),
	JSON("service_quotas", "servicequotas", "GetServiceQuota", true),
	/* A batch takes the permission of the single call. */
	{ "sqs", "ChangeMessageVisibilityBatch", KS_OPERATION_JSON, NULL, "POST", "/",
		"sqs:ChangeMessageVisibility", false, false },
	{ "sqs", "DeleteMessageBatch", KS_OPERATION_JSON, NULL, "POST", "/", "sqs:DeleteMessage", false, false },
	JSON("sqs", "sqs", "GetQueueAttributes", true),
	JSON("sqs", "sqs", "ReceiveMessage", false),
	{ "sqs", "SendMessageBatch", KS_OPERATION_JSON, NULL, "POST", "/", "sqs:SendMessage", false, false },
};

const struct ks_operation *ks_operation_find(const char *service, const char *name)
{
	for (size_t i = 0; i < sizeof(operations) / sizeof(operations[0]); i++)
		if (strcmp(operations[i].service, service) == 0 && strcmp(operations[i].name, name) == 0)
			return &operations[i];
	return NULL;
}
