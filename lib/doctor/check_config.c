/* The config: in which accounts keysnare may act, and whether what it names is there. */
#include "lib/doctor/check.h"

#include <unistd.h>

/* Sources that are no path are other programs' or AWS's to check. */
static void check_sources(struct ks_check_state *state)
{
	const struct ks_config *config = state->config;

	for (size_t i = 0; i < config->source_count; i++)
		if (config->sources[i].spec[0] == '/' && access(config->sources[i].spec, R_OK) != 0)
			ks_check_add(state, KS_CHECK_WARNING,
				"correct 'sources' in the config, or let this user read it",
				"source '%s' cannot be read", config->sources[i].spec);
}

static void run(struct ks_check_state *state)
{
	const struct ks_config_office office = { .ctx = state->ctx,
		.settings = state->settings,
		.store_path = state->store_path,
		.who = KS_STR("doctor"),
		.started_ms = ks_ctx_now(state->ctx) };
	struct ks_mandate mandate;
	struct ks_err err = { 0 };

	if (state->config->account_count == 0) {
		ks_check_add(state, KS_CHECK_WARNING,
			state->config->path != NULL ? "name your accounts in it under 'accounts': nothing is contained "
			"outside of those" : "name the accounts ('keysnare init' writes a config): nothing is contained "
			"outside of those",
			state->config->path != NULL ? "'%s' has no accounts" : "there is no config%s",
			state->config->path != NULL ? state->config->path : "");
	} else if (ks_config_mandate(state->config, &office, &state->arena, &mandate, &err) != 0) {
		ks_check_add(state, KS_CHECK_FAILED, NULL, "%s", err.message);
	} else {
		state->accounts = mandate.accounts;
		state->account_count = mandate.account_count;
		ks_check_add(state, KS_CHECK_OK, NULL, "'%s', %zu account%s", state->config->path,
			mandate.account_count, mandate.account_count == 1 ? "" : "s");
	}
	check_sources(state);
}

const struct ks_check ks_check_config = {
	.name = "config",
	.summary = "the config names accounts, and what it points to is there",
	.run = run,
};
