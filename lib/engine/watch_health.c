/* What the watch says of itself: whether the store can be written, and what could not be read. */
#include "lib/engine/watch_parts.h"

#include <stdio.h>

void ks_watch_health_blocked(struct ks_watch *w, const struct ks_err *err)
{
	bool is_full = err->code == KS_ERR_FULL, *is_told = is_full ? &w->is_full : &w->is_locked;

	if (!*is_told) {
		ks_watch_news(w, is_full ? KS_WATCH_FULL : KS_WATCH_LOCKED, 0);
		ks_sentry_set(w->config->sentry, is_full ? KS_VIGIL_FULL : KS_VIGIL_LOCKED, "", err->message);
	}
	*is_told = true;
}

void ks_watch_health_stored(struct ks_watch *w)
{
	if (w->is_locked)
		ks_watch_news(w, KS_WATCH_FREE, 0);
	if (w->is_full)
		ks_watch_news(w, KS_WATCH_ROOM, 0);
	/* The first time, it may be the end of what an earlier run saw. */
	if (w->is_locked || w->summary.batches == 0)
		ks_sentry_set(w->config->sentry, KS_VIGIL_LOCKED, "", NULL);
	if (w->is_full || w->summary.batches == 0)
		ks_sentry_set(w->config->sentry, KS_VIGIL_FULL, "", NULL);
	w->is_locked = w->is_full = false;
}

void ks_watch_health_aside(struct ks_watch *w, const char *spec, const struct ks_source_aside *aside)
{
	char why[512];

	snprintf(why, sizeof(why), "%.120s: %.360s", aside->name, aside->why);
	ks_sentry_set(w->config->sentry, KS_VIGIL_ASIDE, spec, why);
}
