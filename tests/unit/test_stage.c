/* Which call belongs to which stage. */
#include "lib/incident/stage.h"

#include "tests/unit/rows.h"

#include <string.h>

struct row {
	const char *name;
	const char *source, *call;
	unsigned stages;
};

static const struct row rows_of_calls[] = {
	{ "quota", "ses.amazonaws.com", "GetSendQuota", KS_STAGE_SANDBOX },
	{ "case does not count", "SES.amazonaws.com", "getsendquota", KS_STAGE_SANDBOX },
	{ "senders", "ses.amazonaws.com", "ListIdentities", KS_STAGE_SENDERS },
	{ "the second API's senders", "ses.amazonaws.com", "ListEmailIdentities", KS_STAGE_SENDERS },
	{ "out of the sandbox", "ses.amazonaws.com", "PutAccountDetails", KS_STAGE_ENABLEMENT },
	{ "a case for higher limits", "support.amazonaws.com", "CreateCase", KS_STAGE_ENABLEMENT },
	{ "an identity made", "ses.amazonaws.com", "CreateEmailIdentity", KS_STAGE_IDENTITY },
	{ "an identity verified", "ses.amazonaws.com", "VerifyDomainDkim", KS_STAGE_IDENTITY },
	{ "an identity changed", "ses.amazonaws.com", "PutEmailIdentityMailFromAttributes", KS_STAGE_IDENTITY },
	{ "mail", "ses.amazonaws.com", "SendRawEmail", KS_STAGE_SENDING },
	{ "SMS", "sns.amazonaws.com", "Publish", KS_STAGE_SENDING },
	{ "a user", "iam.amazonaws.com", "CreateUser", KS_STAGE_PERSISTENCE },
	{ "a star in the middle", "iam.amazonaws.com", "AttachUserPolicy", KS_STAGE_PERSISTENCE },
	{ "a star needs its end", "iam.amazonaws.com", "AttachUserPolicies", KS_STAGE_OTHER },
	{ "feedback hidden", "ses.amazonaws.com", "PutEmailIdentityFeedbackAttributes", KS_STAGE_CLEANUP },
	{ "an identity removed", "ses.amazonaws.com", "DeleteIdentity", KS_STAGE_CLEANUP },
	{ "the watcher watched", "cloudtrail.amazonaws.com", "LookupEvents", KS_STAGE_CLEANUP },
	{ "another service's call of that name", "s3.amazonaws.com", "GetSendQuota", KS_STAGE_OTHER },
	{ "anything else", "s3.amazonaws.com", "ListBuckets", KS_STAGE_OTHER },
	{ "nothing", "", "", KS_STAGE_OTHER },
};

static void knows(void **state)
{
	const struct row *row = *state;

	assert_int_equal(ks_stage_of(ks_str_of(row->source), ks_str_of(row->call)), row->stages);
}

static void renders_sets(void **state)
{
	struct ks_buf out;

	(void)state;
	ks_buf_init(&out, 256);
	ks_stage_render(0, &out);
	assert_int_equal(out.n, 0);
	ks_stage_render(KS_STAGE_SENDING | KS_STAGE_SANDBOX, &out);
	assert_string_equal(out.p, "sandbox check, sending");
	assert_string_equal(ks_stage_name(KS_STAGE_OTHER), "other");
	ks_buf_release(&out);
}

int main(void)
{
	static struct rows rows;

	ROWS_TABLE(&rows, knows, rows_of_calls);
	ROWS_TEST(&rows, renders_sets);
	return rows_run("stage", &rows);
}
