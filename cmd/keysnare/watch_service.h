/*
 * What makes keysnare watch a service: counts, pages on the loopback, word to the service manager, the
 * watchdog, and SIGHUP.
 */
#ifndef KS_CMD_WATCH_SERVICE_H
#define KS_CMD_WATCH_SERVICE_H

#include "cmd/keysnare/watch_rules.h"

#include "lib/engine/statuspage.h"
#include "lib/engine/warden.h"
#include "lib/engine/watch.h"

struct ks_watch_service {
	struct ks_app *app;
	const char *listen;              /* NULL: no pages */
	int64_t stall_ms;
	struct ks_health *health;
	struct ks_statuspage page;
	struct ks_serve *serve;
	struct ks_warden *warden;
};

/* Reads the options, and has everything counted from here on. Belongs before any thread is started; release
 * is fine at any time, behind the last of them. Errors: USAGE. */
int ks_watch_service_init(struct ks_watch_service *service, struct ks_app *app,
	const struct ks_opt_args *args,
	struct ks_err *err);
void ks_watch_service_release(struct ks_watch_service *service);

/* Begins: listens, and watches over the threads that join. config is borrowed, and gets its health; rules
 * are counted. Errors: as ks_serve_start. */
int ks_watch_service_start(struct ks_watch_service *service, struct ks_watch_config *config,
	const struct ks_watch_rules_set *rules, struct ks_err *err);

/* The sources are open: the service has started, whatever there is still to be read. */
void ks_watch_service_ready(struct ks_watch_service *service);
/* No pages from here on: what they show goes. */
void ks_watch_service_unlisten(struct ks_watch_service *service);
/* It ends, and shows no pages any more. */
void ks_watch_service_stopping(struct ks_watch_service *service);

/* Whether SIGHUP came since it was asked last. Then reloaded says what came of it: what is in force, and
 * whether that is what there is now. */
bool ks_watch_service_wants_reload(struct ks_watch_service *service);
void ks_watch_service_reloaded(struct ks_watch_service *service, const struct ks_watch_rules_set *rules,
	bool is_good);

/* Rows for the table of options. */
#define KS_WATCH_SERVICE_OPTIONS \
	{ .kind = KS_OPT_VALUE, \
		.name = "listen", \
		.metavar = "ADDRESS", \
		.help = "show /metrics, /healthz and /readyz there: 127.0.0.1:PORT, [::1]:PORT or unix:/PATH" }, \
	{ .kind = KS_OPT_VALUE, \
		.name = "stall-time", \
		.metavar = "TIME", \
		.fallback = "5m", \
		.help = "a thread without progress for so long is hung: the watchdog is told no more" }

#endif
