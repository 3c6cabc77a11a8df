/*
 * The pages of a running watch, for lib/net/serve.h:
 *   /metrics   for Prometheus, text format 0.0.4
 *   /healthz   JSON of how sources, notifiers, threads and the store are; 200, or 503 where the watch is ill
 *   /readyz    200 once every source was read to its end for the first time, else 503
 */
#ifndef KS_ENGINE_STATUSPAGE_H
#define KS_ENGINE_STATUSPAGE_H

#include "lib/engine/health.h"
#include "lib/engine/sentry.h"
#include "lib/net/serve.h"

/* All borrowed. */
struct ks_statuspage {
	const struct ks_ctx *ctx;
	struct ks_health *health;
	struct ks_sentry *sentry;                /* knows which alarms are on; NULL: nobody does */
};

/* For ks_serve_config.page; arg is a struct ks_statuspage. */
bool ks_statuspage_find(void *arg, const char *path, struct ks_serve_answer *answer);

#endif
