/*
 * Novelty (novelty.h) in the store: rows are read when an actor is first seen and written with the caller's
 * batch, so that what a batch saw and what it made of it are one transaction. Others may write at the
 * same time: rows only ever grow together.
 *
 * Rows that nothing touched for KS_NOVELTYSTORE_KEEP_MS of event time are dropped; what comes back after so
 * long is new again.
 */
#ifndef KS_INTEL_NOVELTYSTORE_H
#define KS_INTEL_NOVELTYSTORE_H

#include "lib/intel/novelty.h"
#include "lib/store/db.h"

#define KS_NOVELTYSTORE_KEEP_MS (400 * KS_TIME_DAY)

struct ks_noveltystore;

/* Both are borrowed. With is_whole novelty holds all that the store knows (load); otherwise it is empty.
 * Errors: the store's. */
struct ks_noveltystore *ks_noveltystore_new(struct ks_db *db, struct ks_novelty *novelty, bool is_whole);
void ks_noveltystore_free(struct ks_noveltystore *store);      /* NULL is fine */

/* Reads all rows of the store into novelty. Errors: the store's. */
int ks_noveltystore_load(struct ks_db *db, struct ks_novelty *novelty, struct ks_err *err);

/* The same of one actor; of "": since when it is learned. */
int ks_noveltystore_read(struct ks_db *db, struct ks_str actor, struct ks_novelty *novelty,
	struct ks_err *err);

/* Takes in an event and judges it. */
int ks_noveltystore_take(struct ks_noveltystore *store, const struct ks_novelty_sight *sight,
	struct ks_novelty_verdict *out, struct ks_err *err);

/* Writes what is new since the last commit; belongs into the batch's transaction. now_ms is the clock:
 * times behind it age nothing. */
int ks_noveltystore_save(struct ks_noveltystore *store, int64_t now_ms, struct ks_err *err);

/* The transaction was committed, or it was not: then what it brought is forgotten. */
void ks_noveltystore_committed(struct ks_noveltystore *store);
void ks_noveltystore_aborted(struct ks_noveltystore *store);

#endif
