/*
 * What the store forgets, so that traffic which means no harm does not fill it: hits that no window can
 * reach any more, and events that neither a finding (so no incident) nor a hit refers to. The events of
 * findings are never dropped. The room is used again; the file does not shrink.
 *
 * A hit has had its time when it is older, by the time of events, than the latest event that is stored (and
 * not of the future) less the reach of its correlation and KS_PRUNER_LATE_MS, and was put there more than
 * KS_PRUNER_KEPT_MS ago by the clock: old trails may be read behind new ones. The reach is all that an
 * evaluation reads, KS_PRUNER_SPANS timespans, and that of the correlations built on it in addition. Hits of
 * a chain stay until the whole chain has had its time, and what others are built on goes a pass behind them.
 * An event that no hit holds goes when it is KS_PRUNER_LATE_MS older than the latest, and was there for
 * KS_PRUNER_KEPT_MS. Records that come even later are judged without what was dropped.
 *
 * A turn looks at so many rows, and the next one goes on behind them, also in another process: the place is
 * a checkpoint. Errors are the store's.
 */
#ifndef KS_ENGINE_PRUNER_H
#define KS_ENGINE_PRUNER_H

#include "lib/sigma/program.h"
#include "lib/store/db.h"

#define KS_PRUNER_LATE_MS (INT64_C(7) * 24 * 3600 * 1000)
#define KS_PRUNER_KEPT_MS (INT64_C(24) * 3600 * 1000)
#define KS_PRUNER_SPANS 3
#define KS_PRUNER_UNKNOWN_MS (INT64_C(90) * 24 * 3600 * 1000) /* reach of correlations that are no more */

struct ks_pruner_request {
	const struct ks_program *program;
	int64_t now_ms;
	size_t most; /* rows to look at */
	bool is_fresh; /* from the beginning, wherever the last turn ended */
};

struct ks_pruner_result {
	uint64_t hits, events; /* dropped */
	bool is_through; /* everything was looked at: the next turn begins anew */
};

/* Within the caller's transaction. */
int ks_pruner_turn(struct ks_db *db, const struct ks_pruner_request *request, struct ks_pruner_result *out,
	struct ks_err *err);

#endif
