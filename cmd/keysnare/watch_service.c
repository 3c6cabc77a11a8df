/* Counts, pages, the service manager and its watchdog, SIGHUP. */
#include "cmd/keysnare/watch_service.h"

#include "cmd/keysnare/enrichment.h"

#include "lib/base/metrics.h"
#include "lib/base/pulse.h"
#include "lib/engine/config.h"
#include "lib/net/systemd.h"

#include <signal.h>


static volatile sig_atomic_t reload_flag;

static void on_reload(int number)
{
	(void)number;
	reload_flag = 1;
}

int ks_watch_service_init(struct ks_watch_service *service, struct ks_app *app,
	const struct ks_opt_args *args,
	struct ks_err *err)
{
	struct sigaction reload = { .sa_handler = on_reload };
	/* What runs once beside the service, out of the same config, would find the address taken. */
	const char *listen = ks_opt_value(args, "listen", ks_opt_has(args, "once") ? NULL : app->config->listen);

	*service = (struct ks_watch_service){ .app = app, .listen = listen };
	if (listen != NULL && ks_serve_check(listen, err) != 0)
		return -1;
	if (ks_enrichment_time(app, args, "stall-time", "5m", &service->stall_ms, err) != 0)
		return -1;
	if (service->stall_ms == 0)
		return ks_err_set(err, KS_ERR_USAGE,
			"option '--stall-time' takes a time such as 30s or 5m, not '%s'",
			ks_opt_value(args, "stall-time", ""));
	/* A source that reads once has no use for it: there SIGHUP ends the program as ever. */
	if (!ks_opt_has(args, "once"))
		sigaction(SIGHUP, &reload, NULL);
	app->ctx->metrics = ks_metrics_new();
	app->ctx->pulse = ks_pulse_new(service->stall_ms);
	ks_metrics_set(app->ctx->metrics, KS_METRIC_BUILD_INFO, KS_METRICS_OF(KS_VERSION), 1);
	ks_metrics_set_time(app->ctx->metrics, KS_METRIC_START_TIME, NULL, app->started_ms);
	return 0;
}

int ks_watch_service_start(struct ks_watch_service *service, struct ks_watch_config *config,
	const struct ks_watch_rules_set *rules, struct ks_err *err)
{
	const struct ks_health_config health = { .ctx = service->app->ctx, .notifiers = config->notifiers,
		.notifier_count = config->notifier_count, .sentry = config->sentry,
		.has_responder = rules->book.policies > 0, .store_path = service->app->store_path };

	service->health = config->health = ks_health_new(&health);
	ks_watch_rules_count(service->app, rules);
	ks_health_loaded(service->health, rules->book.hash, NULL);
	service->page = (struct ks_statuspage){ service->app->ctx, service->health, config->sentry };
	if (service->listen != NULL &&
		ks_serve_start(&(struct ks_serve_config){ service->listen, ks_statuspage_find, &service->page },
			&service->serve, err) != 0)
		return -1;
	if (service->serve != NULL)
		ks_log_write(&service->app->ctx->log, KS_LOG_INFO, "metrics and health at %s",
			ks_serve_address(service->serve));
	/* The loop is the calling thread. */
	ks_pulse_join(service->app->ctx->pulse, "watch");
	return config->is_once ? 0 : ks_warden_start(service->app->ctx, service->health, &service->warden, err);
}

static void tell(struct ks_watch_service *service, const char *state)
{
	struct ks_err err = { 0 };

	if (ks_systemd_notify(service->app->ctx, state, &err) != 0)
		ks_log_write(&service->app->ctx->log, KS_LOG_WARNING, "%s", err.message);
}

void ks_watch_service_ready(struct ks_watch_service *service)
{
	tell(service, "READY=1");
}

void ks_watch_service_unlisten(struct ks_watch_service *service)
{
	ks_serve_stop(service->serve);
	service->serve = NULL;
}

void ks_watch_service_stopping(struct ks_watch_service *service)
{
	ks_watch_service_unlisten(service);
	tell(service, "STOPPING=1\nSTATUS=ending");
}

bool ks_watch_service_wants_reload(struct ks_watch_service *service)
{
	struct ks_err ignored = { 0 };

	if (reload_flag == 0)
		return false;
	reload_flag = 0;
	ks_systemd_reloading(service->app->ctx, &ignored);
	return true;
}

void ks_watch_service_reloaded(struct ks_watch_service *service, const struct ks_watch_rules_set *rules,
	bool is_good)
{
	ks_metrics_add(service->app->ctx->metrics, KS_METRIC_RELOADS, KS_METRICS_OF(is_good ? "ok" :
		"failed"), 1);
	if (is_good)
		ks_watch_rules_count(service->app, rules);
	ks_health_loaded(service->health, rules->book.hash,
		is_good ? NULL : "the rules or policies have errors: what was loaded before stays in force");
	tell(service, "READY=1");
}

void ks_watch_service_release(struct ks_watch_service *service)
{
	struct ks_ctx *ctx;

	if (service->app == NULL)
		return;
	ctx = service->app->ctx;
	ks_warden_stop(service->warden);
	ks_serve_stop(service->serve);
	ks_health_free(service->health);
	ks_pulse_free(ctx->pulse);
	ks_metrics_free(ctx->metrics);
	ctx->pulse = NULL;
	ctx->metrics = NULL;
	*service = (struct ks_watch_service){ .app = NULL };
}
