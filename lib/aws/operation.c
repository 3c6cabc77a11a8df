/* The table of operations. */
#include "lib/aws/operation.h"

#include <string.h>

#define IAM(name, is_read) \
	{ "iam", name, KS_OPERATION_QUERY, "2010-05-08", "POST", "/", "iam:" name, is_read }
#define SES(name, is_read) \
	{ "ses", name, KS_OPERATION_QUERY, "2010-12-01", "POST", "/", "ses:" name, is_read }
#define SESV2(name, method, path, is_read) \
	{ "sesv2", name, KS_OPERATION_REST_JSON, NULL, method, path, "ses:" name, is_read }

static const struct ks_operation operations[] = {
	IAM("DeleteUserPolicy", false),
	IAM("GetAccessKeyLastUsed", true),
	IAM("GetUserPolicy", true),
	IAM("ListAccessKeys", true),
	IAM("PutUserPolicy", false),
	IAM("UpdateAccessKey", false),
	SES("GetAccountSendingEnabled", true),
	SES("UpdateAccountSendingEnabled", false),
	SESV2("GetAccount", "GET", "/v2/email/account", true),
	SESV2("PutAccountSendingAttributes", "PUT", "/v2/email/account/sending", false),
};

const struct ks_operation *ks_operation_find(const char *service, const char *name)
{
	for (size_t i = 0; i < sizeof(operations) / sizeof(operations[0]); i++)
		if (strcmp(operations[i].service, service) == 0 && strcmp(operations[i].name, name) == 0)
			return &operations[i];
	return NULL;
}
