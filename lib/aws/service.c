/* The table of services. */
#include "lib/aws/service.h"

#include <stddef.h>
#include <string.h>

static const struct ks_service services[] = {
	{ "iam", "IAM", "iam", "iam", NULL, NULL, true },
	{ "sts", "STS", "sts", "sts", NULL, NULL, false },
	{ "ses", "SES", "ses", "email", NULL, NULL, false },
	{ "sesv2", "SES v2", "ses", "email", NULL, NULL, false },
	{ "sqs", "SQS", "sqs", "sqs", "AmazonSQS", "1.0", false },
	{ "cloudtrail", "CloudTrail", "cloudtrail", "cloudtrail",
		"com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101", "1.1", false },
	{ "eventbridge", "EventBridge", "events", "events", "AWSEvents", "1.1", false },
	{ "sns", "SNS", "sns", "sns", NULL, NULL, false },
	{ "securityhub", "Security Hub", "securityhub", "securityhub", NULL, NULL, false },
	{ "s3", "S3", "s3", "s3", NULL, NULL, false },
	{ "service_quotas", "Service Quotas", "servicequotas", "servicequotas", "ServiceQuotasV20190624", "1.1",
		false },
};

const struct ks_service *ks_service_find(const char *id)
{
	for (size_t i = 0; i < sizeof(services) / sizeof(services[0]); i++)
		if (strcmp(services[i].id, id) == 0)
			return &services[i];
	return NULL;
}
