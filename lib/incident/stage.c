/* The stages of a theft, by call. */
#include "lib/incident/stage.h"

#include <string.h>

static const struct ks_stage_row rows[] = {
	{ "ses.amazonaws.com", "GetAccount", KS_STAGE_SANDBOX },
	{ "ses.amazonaws.com", "GetSendQuota", KS_STAGE_SANDBOX },
	{ "ses.amazonaws.com", "GetSendStatistics", KS_STAGE_SANDBOX },
	{ "ses.amazonaws.com", "GetAccountSendingEnabled", KS_STAGE_SANDBOX },
	{ "servicequotas.amazonaws.com", "ListServiceQuotas", KS_STAGE_SANDBOX },
	{ "servicequotas.amazonaws.com", "ListAWSDefaultServiceQuotas", KS_STAGE_SANDBOX },
	{ "servicequotas.amazonaws.com", "GetServiceQuota", KS_STAGE_SANDBOX },
	{ "servicequotas.amazonaws.com", "GetAWSDefaultServiceQuota", KS_STAGE_SANDBOX },
	{ "sns.amazonaws.com", "GetSMSAttributes", KS_STAGE_SANDBOX },
	{ "sns.amazonaws.com", "GetSMSSandboxAccountStatus", KS_STAGE_SANDBOX },
	{ "sms-voice.amazonaws.com", "DescribeAccountLimits", KS_STAGE_SANDBOX },
	{ "sms-voice.amazonaws.com", "DescribeSpendLimits", KS_STAGE_SANDBOX },
	{ "ses.amazonaws.com", "ListIdentities", KS_STAGE_SENDERS },
	{ "ses.amazonaws.com", "ListVerifiedEmailAddresses", KS_STAGE_SENDERS },
	{ "ses.amazonaws.com", "ListEmailIdentities", KS_STAGE_SENDERS },
	{ "ses.amazonaws.com", "GetEmailIdentity*", KS_STAGE_SENDERS },
	{ "ses.amazonaws.com", "GetIdentity*", KS_STAGE_SENDERS },
	{ "ses.amazonaws.com", "ListIdentityPolicies", KS_STAGE_SENDERS },
	{ "ses.amazonaws.com", "ListConfigurationSets", KS_STAGE_SENDERS },
	{ "sns.amazonaws.com", "ListOriginationNumbers", KS_STAGE_SENDERS },
	{ "sns.amazonaws.com", "ListTopics", KS_STAGE_SENDERS },
	{ "sns.amazonaws.com", "ListSubscriptions*", KS_STAGE_SENDERS },
	{ "sms-voice.amazonaws.com", "DescribePhoneNumbers", KS_STAGE_SENDERS },
	{ "mobiletargeting.amazonaws.com", "GetApps", KS_STAGE_SENDERS },
	{ "mobiletargeting.amazonaws.com", "GetSmsChannel", KS_STAGE_SENDERS },
	{ "mobiletargeting.amazonaws.com", "GetEmailChannel", KS_STAGE_SENDERS },
	{ "ses.amazonaws.com", "PutAccountDetails", KS_STAGE_ENABLEMENT },
	{ "ses.amazonaws.com", "UpdateAccountSendingEnabled", KS_STAGE_ENABLEMENT },
	{ "ses.amazonaws.com", "PutAccountSendingAttributes", KS_STAGE_ENABLEMENT },
	{ "ses.amazonaws.com", "UpdateConfigurationSetSendingEnabled", KS_STAGE_ENABLEMENT },
	{ "ses.amazonaws.com", "PutConfigurationSetSendingOptions", KS_STAGE_ENABLEMENT },
	{ "servicequotas.amazonaws.com", "RequestServiceQuotaIncrease", KS_STAGE_ENABLEMENT },
	{ "servicequotas.amazonaws.com", "CreateSupportCase", KS_STAGE_ENABLEMENT },
	{ "support.amazonaws.com", "CreateCase", KS_STAGE_ENABLEMENT },
	{ "support.amazonaws.com", "AddCommunicationToCase", KS_STAGE_ENABLEMENT },
	{ "ses.amazonaws.com", "Verify*", KS_STAGE_IDENTITY },
	{ "ses.amazonaws.com", "CreateEmailIdentity*", KS_STAGE_IDENTITY },
	{ "ses.amazonaws.com", "PutEmailIdentityFeedbackAttributes", KS_STAGE_CLEANUP },
	{ "ses.amazonaws.com", "SetIdentityFeedbackForwardingEnabled", KS_STAGE_CLEANUP },
	{ "ses.amazonaws.com", "PutEmailIdentity*", KS_STAGE_IDENTITY },
	{ "ses.amazonaws.com", "SetIdentity*", KS_STAGE_IDENTITY },
	{ "ses.amazonaws.com", "PutIdentityPolicy", KS_STAGE_IDENTITY },
	{ "ses.amazonaws.com", "UpdateEmailIdentityPolicy", KS_STAGE_IDENTITY },
	{ "ses.amazonaws.com", "PutAccountVdmAttributes", KS_STAGE_IDENTITY },
	{ "ses.amazonaws.com", "CreateReceiptRule*", KS_STAGE_IDENTITY },
	{ "ses.amazonaws.com", "UpdateReceiptRule", KS_STAGE_IDENTITY },
	{ "workmail.amazonaws.com", "CreateOrganization", KS_STAGE_IDENTITY },
	{ "workmail.amazonaws.com", "CreateUser", KS_STAGE_IDENTITY },
	{ "workmail.amazonaws.com", "RegisterToWorkMail", KS_STAGE_IDENTITY },
	{ "ses.amazonaws.com", "Send*", KS_STAGE_SENDING },
	{ "sns.amazonaws.com", "Publish*", KS_STAGE_SENDING },
	{ "sms-voice.amazonaws.com", "Send*", KS_STAGE_SENDING },
	{ "mobiletargeting.amazonaws.com", "SendMessages", KS_STAGE_SENDING },
	{ "iam.amazonaws.com", "CreateUser", KS_STAGE_PERSISTENCE },
	{ "iam.amazonaws.com", "CreateLoginProfile", KS_STAGE_PERSISTENCE },
	{ "iam.amazonaws.com", "UpdateLoginProfile", KS_STAGE_PERSISTENCE },
	{ "iam.amazonaws.com", "CreateAccessKey", KS_STAGE_PERSISTENCE },
	{ "iam.amazonaws.com", "CreateServiceSpecificCredential", KS_STAGE_PERSISTENCE },
	{ "iam.amazonaws.com", "CreateRole", KS_STAGE_PERSISTENCE },
	{ "iam.amazonaws.com", "UpdateAssumeRolePolicy", KS_STAGE_PERSISTENCE },
	{ "iam.amazonaws.com", "Attach*Policy", KS_STAGE_PERSISTENCE },
	{ "iam.amazonaws.com", "PutUserPolicy", KS_STAGE_PERSISTENCE },
	{ "iam.amazonaws.com", "PutGroupPolicy", KS_STAGE_PERSISTENCE },
	{ "iam.amazonaws.com", "PutRolePolicy", KS_STAGE_PERSISTENCE },
	{ "iam.amazonaws.com", "AddUserToGroup", KS_STAGE_PERSISTENCE },
	{ "iam.amazonaws.com", "CreatePolicy*", KS_STAGE_PERSISTENCE },
	{ "sts.amazonaws.com", "GetFederationToken", KS_STAGE_PERSISTENCE },
	{ "sts.amazonaws.com", "GetSessionToken", KS_STAGE_PERSISTENCE },
	{ "sts.amazonaws.com", "AssumeRole*", KS_STAGE_PERSISTENCE },
	{ "signin.amazonaws.com", "GetSigninToken", KS_STAGE_PERSISTENCE },
	{ "signin.amazonaws.com", "ConsoleLogin", KS_STAGE_PERSISTENCE },
	{ "ses.amazonaws.com", "DeleteConfigurationSet*", KS_STAGE_CLEANUP },
	{ "ses.amazonaws.com", "UpdateConfigurationSetEventDestination", KS_STAGE_CLEANUP },
	{ "ses.amazonaws.com", "PutAccountSuppressionAttributes", KS_STAGE_CLEANUP },
	{ "ses.amazonaws.com", "PutConfigurationSetSuppressionOptions", KS_STAGE_CLEANUP },
	{ "ses.amazonaws.com", "DeleteSuppressedDestination", KS_STAGE_CLEANUP },
	{ "ses.amazonaws.com", "DeleteIdentity*", KS_STAGE_CLEANUP },
	{ "ses.amazonaws.com", "DeleteEmailIdentity*", KS_STAGE_CLEANUP },
	{ "ses.amazonaws.com", "DeleteVerifiedEmailAddress", KS_STAGE_CLEANUP },
	{ "iam.amazonaws.com", "Delete*", KS_STAGE_CLEANUP },
	{ "iam.amazonaws.com", "Detach*", KS_STAGE_CLEANUP },
	{ "iam.amazonaws.com", "UpdateAccessKey", KS_STAGE_CLEANUP },
	{ "cloudtrail.amazonaws.com", "*", KS_STAGE_CLEANUP },
	{ "guardduty.amazonaws.com", "*", KS_STAGE_CLEANUP },
};

static const char *const names[KS_STAGE_COUNT] = { "sandbox check", "senders", "enablement", "identity",
	"sending", "persistence", "cleanup", "other" };

/* Whether a name is what a pattern says. */
static bool is_name(const char *pattern, struct ks_str name)
{
	const char *star = strchr(pattern, '*');
	struct ks_str head, tail;

	if (star == NULL)
		return ks_str_is_equal_nocase(name, ks_str_of(pattern));
	head = (struct ks_str){ pattern, (size_t)(star - pattern) };
	tail = ks_str_of(star + 1);
	return name.n >= head.n + tail.n && ks_str_is_equal_nocase(ks_str_sub(name, 0, head.n), head) &&
		ks_str_is_equal_nocase(ks_str_sub(name, name.n - tail.n, tail.n), tail);
}

const struct ks_stage_row *ks_stage_row(size_t i)
{
	return i < sizeof(rows) / sizeof(rows[0]) ? &rows[i] : NULL;
}

const struct ks_stage_row *ks_stage_find(struct ks_str event_source, struct ks_str event_name)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (ks_str_is_equal_nocase(event_source, ks_str_of(rows[i].event_source)) &&
			is_name(rows[i].event_name, event_name))
			return &rows[i];
	return NULL;
}

unsigned ks_stage_of(struct ks_str event_source, struct ks_str event_name)
{
	const struct ks_stage_row *row = ks_stage_find(event_source, event_name);

	return row != NULL ? row->stages : (unsigned)KS_STAGE_OTHER;
}

const char *ks_stage_name(enum ks_stage stage)
{
	for (unsigned i = 0; i < KS_STAGE_COUNT; i++)
		if ((unsigned)stage == 1u << i)
			return names[i];
	return "other";
}

void ks_stage_render(unsigned stages, struct ks_buf *out)
{
	const char *between = "";

	for (unsigned i = 0; i < KS_STAGE_COUNT; i++)
		if ((stages & 1u << i) != 0) {
			ks_buf_adds(out, between);
			ks_buf_adds(out, names[i]);
			between = ", ";
		}
}
