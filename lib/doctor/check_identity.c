/* Who the keys are, in AWS's own words. */
#include "lib/doctor/check.h"

/* STS wants a Region. Without one, AWS's first will do. */
static const char *find_region(struct ks_check_state *state)
{
	if (state->settings->region != NULL)
		return state->settings->region;
	for (size_t i = 0; i < state->account_count; i++)
		if (state->accounts[i].region_count > 0)
			return ks_arena_strdup(&state->arena, state->accounts[i].regions[0]);
	return ks_partition_find(KS_STR("aws"))->iam_region;
}

static void run(struct ks_check_state *state)
{
	struct ks_err *err = &state->identity_error;

	if (state->client == NULL) {
		ks_check_add(state, KS_CHECK_UNKNOWN, NULL, "not asked: there are no keys to ask with");
		return;
	}
	state->region = find_region(state);
	if (ks_sts_get_caller_identity_in(state->client, state->region, &state->arena, &state->identity, err) !=
		0) {
		state->identity = (struct ks_sts_identity){ .account = { NULL, 0 } };
		ks_check_add(state, KS_CHECK_FAILED, ks_check_advice(err), "%s", err->message);
		return;
	}
	ks_account_tell(state->settings, state->client, &state->identity);
	if (ks_str_has_suffix(state->identity.arn, KS_STR(":root")))
		ks_check_add(state, KS_CHECK_WARNING, "delete the root user's keys and use a role",
			KS_STR_FMT ": keys of the root user can do anything, and cannot be limited",
			KS_STR_ARG(state->identity.arn));
	else
		ks_check_add(state, KS_CHECK_OK, NULL, KS_STR_FMT, KS_STR_ARG(state->identity.arn));
}

const struct ks_check ks_check_identity = {
	.name = "identity",
	.summary = "AWS knows the keys, and says whose they are",
	.is_online = true,
	.run = run,
};
