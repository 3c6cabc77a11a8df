/* Amazon SES in each Region of each account: whether it answers, and how it is set. */
#include "lib/doctor/check.h"

#include "lib/aws/ses.h"

#define SANDBOX_QUOTA 200.0

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
	else if (ks_check_is_region_off(&err))
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
	const struct ks_partition *partition = ks_check_partition(state, one);
	const char *const *regions = ks_check_account_regions(state, one);
	bool is_configured = one->account->region_count > 0;

	if (!is_configured && partition->is_ses_unknown)
		ks_check_add(state, KS_CHECK_UNKNOWN, "name 'regions' of the account in the config",
			"it is not known in which Regions of %s SES is", partition->name)
			->account = one->account->id;
	for (size_t i = 0; regions[i] != NULL && !ks_ctx_is_stopping(state->ctx); i++)
		ask(state, one, regions[i], is_configured);
}

static void run(struct ks_check_state *state)
{
	for (size_t i = 0; i < state->entered.n; i++) {
		const struct ks_check_account *one = KS_VEC_AT(&state->entered, struct ks_check_account, i);

		if (one->client != NULL)
			ask_account(state, one);
	}
}

static const char *const permissions[] = { "ses:GetAccount", NULL };

const struct ks_check ks_check_regions = {
	.name = "regions",
	.summary = "SES answers in each Region: sandbox or production, sending on or off",
	.is_online = true,
	.needs_keys = true,
	.permissions = permissions,
	.run = run,
};
