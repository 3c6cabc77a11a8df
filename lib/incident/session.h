/*
 * Temporary keys and the long-term key behind them: what was learned from the answers of STS. A session
 * of a session counts as its first key's.
 *
 * Calls that write belong into the caller's transaction. Errors are the store's.
 */
#ifndef KS_INCIDENT_SESSION_H
#define KS_INCIDENT_SESSION_H

#include "lib/base/arena.h"
#include "lib/base/vec.h"
#include "lib/store/db.h"

struct ks_session {
	struct ks_str key_id;            /* ASIA… */
	struct ks_str parent_key;        /* the first key of the chain */
	int64_t learned_ms;
};

/* *out_is_new is false when it was known; it then keeps its parent. */
int ks_session_put(struct ks_db *db, const struct ks_session *session, bool *out_is_new,
	struct ks_err *err);

/* The key behind a temporary key, in the arena; p NULL when nothing is known of it. */
int ks_session_find(struct ks_db *db, struct ks_str key_id, struct ks_arena *arena,
	struct ks_str *out_parent, struct ks_err *err);

/* All of them, in order of key id, pushed on out (struct ks_session). */
int ks_session_list(struct ks_db *db, struct ks_arena *arena, struct ks_vec *out, struct ks_err *err);

#endif
