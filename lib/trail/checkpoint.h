/*
 * How far a source was read. The checkpoint goes into the transaction that holds what was read, so that
 * both are there or neither. Errors are the store's.
 */
#ifndef KS_TRAIL_CHECKPOINT_H
#define KS_TRAIL_CHECKPOINT_H

#include "lib/base/arena.h"
#include "lib/store/db.h"

/* part: what of the source it is about (a file, a region; may be empty). value: any bytes. */
int ks_checkpoint_put(struct ks_db *db, struct ks_str source, struct ks_str part, struct ks_str value,
	struct ks_err *err);

/* In the arena; out->p is NULL when there is none. */
int ks_checkpoint_find(struct ks_db *db, struct ks_str source, struct ks_str part, struct ks_arena *arena,
	struct ks_str *out, struct ks_err *err);

/* Some checkpoints of a source, each time others: those of what has been gone for KS_CHECKPOINT_GONE_MS are
 * dropped. What comes back meanwhile (a disk that was not there) counts as never gone. */
#define KS_CHECKPOINT_GONE_MS (INT64_C(30) * 24 * 3600 * 1000)

struct ks_checkpoint_sweep {
	int64_t now_ms;
	size_t most; /* parts to look at */
	bool (*is_gone)(void *arg, struct ks_str part); /* for sure */
	void *arg;
};

int ks_checkpoint_sweep(struct ks_db *db, struct ks_str source, const struct ks_checkpoint_sweep *sweep,
	struct ks_err *err);

#endif
