/*
 * The heartbeat: a notice at regular times that says how things are. It tells nobody anything by itself;
 * that it does not come tells him that nobody watches any more.
 */
#ifndef KS_ENGINE_HEARTBEAT_H
#define KS_ENGINE_HEARTBEAT_H

#include "lib/engine/vigil.h"
#include "lib/store/db.h"

/* All borrowed. */
struct ks_heartbeat {
	int64_t now_ms, every_ms;
	const char *version;
	const struct ks_vigil_feed *feeds;       /* source and health of each are looked at */
	size_t feed_count;
	const char *const *notifiers;
	size_t notifier_count;
};

/* Whether every_ms went by since the last one, whoever sent that. Errors are the store's. */
int ks_heartbeat_is_due(struct ks_db *db, const struct ks_heartbeat *beat, bool *out, struct ks_err *err);

/* Puts it into the outbox, unless somebody else just did. A transaction of its own. */
int ks_heartbeat_tell(struct ks_db *db, const struct ks_heartbeat *beat, struct ks_err *err);

#endif
