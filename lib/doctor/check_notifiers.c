/* The notifiers of the config, each by itself, as far as can be told without a message. */
#include "lib/doctor/check.h"

#include "lib/notify/notifier.h"

static const char *advice_for(struct ks_check_state *state, const struct ks_notifier_order *order,
	const struct ks_err *err)
{
	if (err->code == KS_ERR_CONFIG && order->secret != NULL)
		return ks_arena_printf(&state->arena, "put it there, for the user that runs watch; 'secret' of the "
			"notifier says where it is looked for: '%s'", order->secret);
	return "see the notifier in the config; 'keysnare notify -h' shows what each kind takes";
}

static void check_one(struct ks_check_state *state, const struct ks_notifier_order *order)
{
	const char *name = order->name != NULL ? order->name : order->kind;
	struct ks_vec none = KS_VEC_OF(const char *);
	struct ks_notifiers set;
	struct ks_err err = { 0 };

	ks_notifier_init(&set);
	if (ks_notifier_add_order(&set, state->ctx, order, &err) != 0 ||
		ks_notifier_set_secrets(&set, state->ctx, &none, NULL, &err) != 0)
		ks_check_add(state, KS_CHECK_FAILED, advice_for(state, order, &err), "'%s' (%s) reaches nobody, and "
			"watch does not start with it: %s", name, order->kind, err.message);
	else
		ks_check_add(state, KS_CHECK_OK, ks_arena_printf(&state->arena, "'keysnare notify test %s' sends a "
			"marked message", name), "'%s' (%s) is complete%s; whether it arrives was not tried", name,
			order->kind, order->secret != NULL ? " and has its secret" : "");
	ks_notifier_release(&set);
	ks_vec_release(&none);
}

static void run(struct ks_check_state *state)
{
	const struct ks_config *config = state->config;

	for (size_t i = 0; i < config->notifier_count; i++)
		check_one(state, &config->notifiers[i]);
	if (config->notifier_count == 0)
		ks_check_add(state, KS_CHECK_OK, "name 'notifiers' in the config, or give watch --notify: 'keysnare "
			"notify -h'", "the config names no notifiers: watch writes its notices to standard output");
}

const struct ks_check ks_check_notifiers = {
	.name = "notifiers",
	.summary = "each notifier of the config can be used and has its secret",
	.run = run,
};
