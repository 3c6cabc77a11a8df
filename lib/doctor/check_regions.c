/* Amazon SES in each Region of each account: whether it answers, and how it is set. */
#include "lib/doctor/check.h"

#include "lib/aws/arn.h"
#include "lib/aws/ses.h"

#include <string.h>

#define SANDBOX_QUOTA 200.0

/* A Region that the account has not opted in to knows no keys. */
static bool is_not_enabled(const struct ks_err *err)
{
	return strcmp(err->aws_code, "UnrecognizedClientException") == 0 ||
		strcmp(err->aws_code, "InvalidClientTokenId") == 0 || strcmp(err->aws_code, "OptInRequired") == 0;
}

static void ask(struct ks_check_state *state, const struct ks_check_account *one, const char *region,
	bool is_configured)
{
	struct ks_ses_account ses = { .is_sending = false };
	struct ks_check_finding *finding;
	struct ks_err err = { 0 };

	if (ks_ses_get_account(one->client, region, &ses, &err) == 0)
		finding = ks_check_add(state, KS_CHECK_OK, NULL, "%s, sending is %s, %.0f of %.0f sent in 24 hours",
			ses.is_production ? "production" : "sandbox", ses.is_sending ? "on" : "OFF", ses.sent_today,
			ses.daily_quota > 0 ? ses.daily_quota : SANDBOX_QUOTA);
	else if (is_not_enabled(&err))
		finding = ks_check_add(state, is_configured ? KS_CHECK_WARNING : KS_CHECK_OK,
			is_configured ? "take it out of 'regions', or enable it" : NULL,
			"the account has not enabled it");
	else
		finding = ks_check_add(state, KS_CHECK_FAILED, ks_check_advice(&err), "%s", err.message);
	finding->account = one->account->id;
	finding->region = ks_arena_copy(&state->arena, ks_str_of(region));
}

static void ask_account(struct ks_check_state *state, const struct ks_check_account *one)
{
	const struct ks_partition *partition = NULL;
	struct ks_arn arn;

	if (ks_arn_parse(one->self.acting.arn, &arn))
		partition = ks_partition_find(arn.partition);
	if (partition == NULL)
		partition = ks_partition_of_region(ks_str_of(state->region));
	for (size_t i = 0; i < one->account->region_count && !ks_ctx_is_stopping(state->ctx); i++)
		ask(state, one, ks_arena_strdup(&state->arena, one->account->regions[i]), true);
	if (one->account->region_count > 0)
		return;
	if (partition->is_ses_unknown)
		ks_check_add(state, KS_CHECK_UNKNOWN, "name 'regions' of the account in the config",
			"it is not known in which Regions of %s SES is", partition->name)
			->account = one->account->id;
	for (size_t i = 0; partition->ses_regions[i] != NULL && !ks_ctx_is_stopping(state->ctx); i++)
		ask(state, one, partition->ses_regions[i], false);
}

static void run(struct ks_check_state *state)
{
	for (size_t i = 0; i < state->entered.n; i++) {
		const struct ks_check_account *one = KS_VEC_AT(&state->entered, struct ks_check_account, i);

		if (one->client != NULL)
			ask_account(state, one);
	}
}

const struct ks_check ks_check_regions = {
	.name = "regions",
	.summary = "SES answers in each Region: sandbox or production, sending on or off",
	.is_online = true,
	.needs_keys = true,
	.run = run,
};
