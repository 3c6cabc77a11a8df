/*
 * Fills an inquiry (lib/report/inquiry.h) from trail files or from the store.
 *
 * Files are read once, by several threads, and what matters of each record is noted (notepad.h): the
 * subject's own events, and those who share an address, an agent or the issuer of a session with it, are
 * told by the notes. Files that the notes have no room for are read again for each of these. A key's
 * sessions count as the key where the trails show how they were handed out.
 */
#ifndef KS_ENGINE_INVESTIGATOR_H
#define KS_ENGINE_INVESTIGATOR_H

#include "lib/base/ctx.h"
#include "lib/base/walk.h"
#include "lib/engine/firstuse.h"
#include "lib/report/inquiry.h"
#include "lib/store/db.h"
#include "lib/trail/keyset.h"

#define KS_INVESTIGATOR_ROOM ((size_t)256 << 20)

struct ks_investigator {
	const struct ks_ctx *ctx;
	struct ks_inquiry *inquiry;
	int64_t since_ms, until_ms;      /* KS_TIME_NONE: no bound; both inclusive, by event time */
	struct ks_firstuse *firsts;      /* shown what it needs; may be NULL */
	unsigned jobs;                   /* threads; at least 1 */
	size_t room;                     /* bytes for notes; 0: KS_INVESTIGATOR_ROOM */
	const struct ks_keyset *decoys;  /* ids of decoys; may be NULL */
	/* What could not be read; from any thread, one at a time. */
	void (*problem)(void *arg, const char *path, uint64_t offset, const struct ks_err *err);
	void *arg;
};

/* Whether an event of that time is asked for. */
bool ks_investigator_is_in_time(const struct ks_investigator *of, int64_t time_ms);

/* Plain files. Errors: STATE (stopped). What cannot be read is no error but a problem. */
int ks_investigator_read(const struct ks_investigator *of, const struct ks_walk *files, struct ks_err *err);

/* Errors: the store's. */
int ks_investigator_store_ask(const struct ks_investigator *of, struct ks_db *db, struct ks_err *err);

#endif
