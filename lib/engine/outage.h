/*
 * Outages: what does not work as it should, as the store has it, so that each is told once and its end once,
 * whatever is restarted and however many watch. Who saw it begin says when it is over; when he is gone,
 * anybody does.
 */
#ifndef KS_ENGINE_OUTAGE_H
#define KS_ENGINE_OUTAGE_H

#include "lib/engine/vigil.h"
#include "lib/store/db.h"
#include "lib/store/seat.h"

struct ks_outage {
	struct ks_str name, subject, why;
	int64_t since_ms, raised_ms;
};

/* Who tells whom. All borrowed. */
struct ks_outage_desk {
	const struct ks_seat *seat;
	const char *const *notifiers;
	size_t notifier_count;
	int64_t now_ms;
};

/* Puts down what the verdict says, and tells it where that is news: *out_told. A transaction of its own,
 * only where something changes; none must be open. Errors are the store's. */
int ks_outage_put(struct ks_db *db, const struct ks_outage_desk *desk,
	const struct ks_vigil_verdict *verdict, bool *out_told, struct ks_err *err);

/* Those that are not over, oldest first, pushed on out (struct ks_outage). */
int ks_outage_list(struct ks_db *db, struct ks_arena *arena, struct ks_vec *out, struct ks_err *err);

/* When records came from a source, and how long its longest pause was: read, and put down that there were
 * some now. A pause that was told of is not learned. KS_TIME_NONE where nothing is known. */
int ks_outage_feed_find(struct ks_db *db, struct ks_vigil_feed *feed, struct ks_err *err);
int ks_outage_feed_put(struct ks_db *db, struct ks_str source, int64_t now_ms, struct ks_err *err);

#endif
