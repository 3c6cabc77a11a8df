/*
 * How a watch is: its loop says what it sees of sources and commits, and whoever asks gets a verdict.
 * Healthy is a watch of which no source is failing and whose store can be written, by the alarms of the
 * sentry (sentry.h), so that a page and a notice never differ, and whose threads all get on. A receiver
 * that does not take its notices is shown, and is no reason to call the watch ill: nothing is lost of those.
 * Any thread may ask.
 */
#ifndef KS_ENGINE_HEALTH_H
#define KS_ENGINE_HEALTH_H

#include "lib/base/ctx.h"
#include "lib/codec/json.h"
#include "lib/engine/sentry.h"
#include "lib/trail/source.h"

struct ks_health;

/* ctx is borrowed: its clock, its pulse and its metrics. notifiers: names, borrowed. sentry: borrowed; NULL:
 * nobody keeps watch over sources and store. */
struct ks_health_config {
	const struct ks_ctx *ctx;
	const char *const *notifiers;
	size_t notifier_count;
	struct ks_sentry *sentry;
	bool has_responder;
	const char *store_path;
};
struct ks_health *ks_health_new(const struct ks_health_config *config);
void ks_health_free(struct ks_health *health);               /* NULL is fine */

/* What the loop sees; all is copied. NULL is fine for all of them. */
void ks_health_source(struct ks_health *health, const char *spec, const struct ks_source_health *now);
void ks_health_committed(struct ks_health *health);
void ks_health_failed(struct ks_health *health, const char *why);    /* a commit */
void ks_health_ready(struct ks_health *health);      /* every source was read to its end once */
/* What was loaded, or what is wrong with what was to be loaded and was not. */
void ks_health_loaded(struct ks_health *health, const char *hash, const char *error);

bool ks_health_is_ready(struct ks_health *health);

/* Whether it is healthy. With out, an object with all that is known; free it. */
bool ks_health_look(struct ks_health *health, struct ks_json **out);

/* One line for the service manager: "2 sources, 1 failing: …". */
void ks_health_line(struct ks_health *health, struct ks_buf *out);

#endif
