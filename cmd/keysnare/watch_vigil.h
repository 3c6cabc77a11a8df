/*
 * What keysnare watch says of itself: the sentry, made out of the config.
 */
#ifndef KS_CMD_WATCH_VIGIL_H
#define KS_CMD_WATCH_VIGIL_H

#include "cmd/keysnare/command.h"

#include "lib/engine/sentry.h"

struct ks_watch_vigil {
	struct ks_sentry *sentry;
	struct ks_vec limits;                    /* struct ks_sentry_limit */
	bool is_once;
};

/* Who is told, and what is watched. Borrowed. */
struct ks_watch_vigil_order {
	const char *const *notifiers;
	size_t notifier_count;
	const char *const *specs;
	size_t spec_count;
	int64_t poll_ms;                 /* between two rounds of a source */
	bool is_once;
};

/* Begins; with is_once it looks when it ends. The store must be there. Release it in any case. Errors:
 * CONFIG (a name that is no notifier's); the store's; IO. */
int ks_watch_vigil_start(struct ks_watch_vigil *vigil, struct ks_app *app,
	const struct ks_watch_vigil_order *order, struct ks_err *err);
void ks_watch_vigil_look(struct ks_watch_vigil *vigil);  /* with is_once; else its thread looks by itself */
/* Ends its looks, with a last one. What holds can be read and said until it is released. */
void ks_watch_vigil_end(struct ks_watch_vigil *vigil);
void ks_watch_vigil_release(struct ks_watch_vigil *vigil);           /* zeroed is fine */

#endif
