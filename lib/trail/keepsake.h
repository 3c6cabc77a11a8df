/*
 * What was read lately and cannot be had again, kept in the store for a look back: it goes into the
 * transaction that holds what was read, so that a look back after a crash finds it as well. Bounded, the
 * oldest first to go. Errors are the store's.
 */
#ifndef KS_TRAIL_KEEPSAKE_H
#define KS_TRAIL_KEEPSAKE_H

#include "lib/base/arena.h"
#include "lib/store/db.h"
#include "lib/trail/source.h"

#include <stdbool.h>
#include <stdint.h>

#define KS_KEEPSAKE_BYTES (INT64_C(64) << 20)      /* of a source, as soon as it is pruned */
#define KS_KEEPSAKE_LARGEST (KS_KEEPSAKE_BYTES / 8)

/* What is too large, or has no bytes (p NULL), is lost at once. */
int ks_keepsake_put(struct ks_db *db, struct ks_str source, const struct ks_source_keepsake *kept,
	int64_t now_ms, struct ks_err *err);

/* The last that was read since then, and of those before inout->place, unless that is 0: in the arena.
 * *out_has false when there is none. */
int ks_keepsake_find(struct ks_db *db, struct ks_str source, int64_t since_ms, struct ks_arena *arena,
	struct ks_source_keepsake *inout, bool *out_has, struct ks_err *err);

/* Whether all that was read since then and was to be kept is there. */
int ks_keepsake_is_whole(struct ks_db *db, struct ks_str source, int64_t since_ms, bool *out,
	struct ks_err *err);

/* Drops what this source has too much of, and what any source read before then. */
int ks_keepsake_prune(struct ks_db *db, struct ks_str source, int64_t before_ms, struct ks_err *err);

#endif
