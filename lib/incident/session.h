/*
 * Temporary keys and the long-term key behind them: what was learned from the answers of STS. A session
 * of a session counts as its first key's. One that was handed out by a temporary key of which nothing is
 * known yet waits until that one is.
 *
 * Calls that write belong into the caller's transaction. Errors are the store's.
 */
#ifndef KS_INCIDENT_SESSION_H
#define KS_INCIDENT_SESSION_H

#include "lib/base/arena.h"
#include "lib/base/vec.h"
#include "lib/store/db.h"

/* What is forgotten, and when, for ks_session_forget. Trails are read in any order, so what was learned
 * lately by the clock stays, whatever the time of its event. */
#define KS_SESSION_LATE_MS (INT64_C(7) * 24 * 3600 * 1000)     /* records may come so late, in event time */
#define KS_SESSION_KEPT_MS (INT64_C(24) * 3600 * 1000)         /* since it was learned, by the clock */
#define KS_SESSION_WAITING 20000u                              /* rows that wait for their asker */

struct ks_session {
	struct ks_str key_id;            /* ASIA… */
	struct ks_str parent_key;        /* the first key of the chain, as far as it is known */
	int64_t learned_ms;
	int64_t given_ms, expires_ms;    /* by the record, or KS_TIME_NONE */
	bool is_trusted;                 /* the record is (evidence.h), and all others up to the long-term key */
};

/* One that is known keeps its parent, and becomes trusted by a trusted record that says the same. The
 * temporary keys whose first key became known by it are pushed on
 * out_rooted (struct ks_str, in the arena): itself, and those that waited for it. */
int ks_session_put(struct ks_db *db, const struct ks_session *session, struct ks_arena *arena,
	struct ks_vec *out_rooted, struct ks_err *err);

/* The long-term key behind a temporary key, in the arena; p NULL when it is not known. */
int ks_session_find(struct ks_db *db, struct ks_str key_id, struct ks_arena *arena,
	struct ks_str *out_parent, struct ks_err *err);

/* Whether a temporary key is known, and trusted. */
int ks_session_is_trusted(struct ks_db *db, struct ks_str key_id, bool *out, struct ks_err *err);

/* Those with a long-term key behind them, in order of key id, pushed on out (struct ks_session). */
int ks_session_list(struct ks_db *db, struct ks_arena *arena, struct ks_vec *out, struct ks_err *err);

/* Those of the store's decoys alone: costs by the number of decoys, whatever the number of sessions. */
int ks_session_list_decoys(struct ks_db *db, struct ks_arena *arena, struct ks_vec *out,
	struct ks_err *err);

/* Drops what can matter no more: sessions that ended long before the latest one was handed out, and of those
 * that wait for their asker all but the latest. What a stored event was signed with stays, and so do the
 * sessions of the store's decoys. longest_ms: that a session can live when nothing is said. */
int ks_session_forget(struct ks_db *db, int64_t now_ms, int64_t longest_ms, struct ks_err *err);

#endif
