/* The sentry of keysnare watch. */
#include "cmd/keysnare/watch_vigil.h"

#include "lib/engine/config.h"

#include <string.h>

#define SILENT_POLLS 5           /* rounds that a source may miss */

/* A name that leads nowhere would keep its notices for ever. */
static int check_names(const char *key, const char *const *names, size_t n,
	const struct ks_watch_vigil_order *order, struct ks_err *err)
{
	for (size_t i = 0; i < n; i++) {
		bool is_known = false;

		for (size_t k = 0; k < order->notifier_count; k++)
			is_known |= strcmp(names[i], order->notifiers[k]) == 0;
		if (!is_known)
			return ks_err_set(err, KS_ERR_CONFIG, "'%s' of the config names '%s', and no notifier is called "
				"so", key, names[i]);
	}
	return 0;
}

int ks_watch_vigil_start(struct ks_watch_vigil *vigil, struct ks_app *app,
	const struct ks_watch_vigil_order *order, struct ks_err *err)
{
	const struct ks_config *config = app->config;
	struct ks_sentry_config sentry = { .ctx = app->ctx, .store_path = app->store_path, .version = KS_VERSION,
		.notifiers = order->notifiers, .notifier_count = order->notifier_count, .stale_ms = config->stale_ms,
		.silent_ms = SILENT_POLLS * order->poll_ms,
		.heartbeat_ms = config->heartbeat_ms, .heartbeat_to = config->heartbeat_to,
		.heartbeat_to_count = config->heartbeat_to_count, .remind_ms = config->remind_ms,
		.remind_most = config->remind_most, .remind_to = config->remind_to,
		.remind_to_count = config->remind_to_count, .is_once = order->is_once };

	*vigil = (struct ks_watch_vigil){ .limits = KS_VEC_OF(struct ks_sentry_limit),
		.is_once = order->is_once };
	for (size_t i = 0; i < order->spec_count; i++)
		*(struct ks_sentry_limit *)ks_vec_push(&vigil->limits) = (struct ks_sentry_limit){ order->specs[i],
			ks_config_stale_after(config, order->specs[i]) };
	sentry.limits = vigil->limits.p;
	sentry.limit_count = vigil->limits.n;
	if (check_names("heartbeat_to", config->heartbeat_to, config->heartbeat_to_count, order, err) != 0 ||
		check_names("remind_to", config->remind_to, config->remind_to_count, order, err) != 0 ||
		ks_sentry_open(&sentry, &vigil->sentry, err) != 0)
		return -1;
	return order->is_once ? 0 : ks_sentry_start(vigil->sentry, err);
}

void ks_watch_vigil_look(struct ks_watch_vigil *vigil)
{
	if (vigil->is_once && vigil->sentry != NULL)
		ks_sentry_look(vigil->sentry);
}

void ks_watch_vigil_end(struct ks_watch_vigil *vigil)
{
	ks_watch_vigil_look(vigil);
	ks_sentry_stop(vigil->sentry);
}

void ks_watch_vigil_release(struct ks_watch_vigil *vigil)
{
	ks_sentry_close(vigil->sentry);
	ks_vec_release(&vigil->limits);
}
