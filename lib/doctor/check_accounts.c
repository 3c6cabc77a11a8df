/* Into each account, as the executor would go. */
#include "lib/doctor/check.h"

static void enter(struct ks_check_state *state, const struct ks_account *account)
{
	struct ks_check_account *one = ks_vec_push(&state->entered);
	struct ks_check_finding *finding;
	struct ks_err err = { 0 };

	one->account = account;
	if (ks_account_open(state->settings, account, &state->arena, &one->client, &one->self, &err) != 0) {
		one->client = NULL;
		finding = ks_check_add(state, KS_CHECK_FAILED,
			err.code == KS_ERR_DENIED && account->role.n > 0 ?
				"let these keys assume the role: its trust policy, the external id, and sts:AssumeRole" :
				ks_check_advice(&err),
			"%s", err.message);
	} else if (account->role.n > 0) {
		finding = ks_check_add(state, KS_CHECK_OK, NULL, "entered as " KS_STR_FMT,
			KS_STR_ARG(one->self.acting.arn));
	} else {
		finding = ks_check_add(state, KS_CHECK_OK, NULL, "entered with the keys themselves");
	}
	finding->account = account->id;
}

static void run(struct ks_check_state *state)
{
	if (state->account_count == 0) {
		state->own.id = state->identity.account;
		state->accounts = &state->own;
		state->account_count = 1;
	}
	for (size_t i = 0; i < state->account_count && !ks_ctx_is_stopping(state->ctx); i++)
		enter(state, &state->accounts[i]);
}

const struct ks_check ks_check_accounts = {
	.name = "accounts",
	.summary = "each account of the config can be entered, and is the one it should be",
	.is_online = true,
	.needs_keys = true,
	.run = run,
};
