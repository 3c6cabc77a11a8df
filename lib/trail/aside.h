/*
 * What a source handed over and nobody can read: it is kept for people, the latest KS_ASIDE_MOST of them,
 * and the feed goes on. Errors are the store's.
 */
#ifndef KS_TRAIL_ASIDE_H
#define KS_TRAIL_ASIDE_H

#include "lib/base/arena.h"
#include "lib/base/vec.h"
#include "lib/store/db.h"
#include "lib/trail/source.h"

#define KS_ASIDE_MOST 1000u
#define KS_ASIDE_BODY (64u * 1024)   /* bytes of a body that are kept */

struct ks_aside {
	int64_t id;
	struct ks_str source, name;      /* the source's spec; a message's id */
	struct ks_str why;
	struct ks_str body;              /* its beginning: hostile */
	int64_t size;                    /* of all of it */
	int64_t set_ms;
};

/* Within the transaction that is open. What has the same source and name is replaced. */
int ks_aside_put(struct ks_db *db, struct ks_str source, const struct ks_source_aside *aside, int64_t now_ms,
	struct ks_err *err);

/* Pushes struct ks_aside, the latest first, at most so many; texts live in the arena. */
int ks_aside_list(struct ks_db *db, size_t most, struct ks_arena *arena, struct ks_vec *out,
	struct ks_err *err);

int ks_aside_count(struct ks_db *db, int64_t since_ms, int64_t *out, struct ks_err *err);

#endif
