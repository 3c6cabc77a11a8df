/*
 * Correlations over the store: what the events of a batch are to them becomes rows of the table "hits", and
 * at the end of the batch the groups that got rows are evaluated, from the stored hits alone. So late,
 * duplicate and out-of-order events, restarts and several batches come to the same findings as one hunt
 * over everything.
 *
 * A finding is known by the time of its chain's first event. When a late event moves that, or joins two
 * chains, the finding that it made before goes, in the same transaction, and the new one takes its place.
 * A finding whose condition no longer holds (lt, lte, eq, neq, a range, an average, after a late event) is
 * withdrawn: it leaves the store, and its incident's journal says so. The incident stays, as people may have
 * been told of it.
 *
 * Hits live until no window can reach them any more, KS_PRUNER_LATE_MS of lateness included (pruner.h).
 * Records that come later than that are judged without the hits that were dropped: they can make a finding
 * less, or a smaller one beside that of before, which stays. Within it, a hunt over everything and a watch
 * come to the same findings. Which chains the hits make stands in the table "chains". A correlation
 * that others are built on is a hit to them at each instant at which its condition holds. One batch reads,
 * of each group that it touched, the hits of the chains that it changed and a few timespans around them.
 */
#ifndef KS_ENGINE_CORRELATOR_H
#define KS_ENGINE_CORRELATOR_H

#include "lib/engine/ingest.h"

struct ks_correlator;

/* For ks_ingest_config.correlator: rows is valid as long as the correlator. All arguments are borrowed. */
struct ks_correlator *ks_correlator_new(const struct ks_program *program,
	const struct ks_watchlist *watchlist);
/* What the fields beyond key and decoy come from, where correlations group by these: as in the ingest.
 * Borrowed; novelty may be NULL. */
void ks_correlator_enrich(struct ks_correlator *correlator, const struct ks_enrich_sources *sources,
	struct ks_noveltystore *novelty);
void ks_correlator_free(struct ks_correlator *correlator); /* NULL is fine */
const struct ks_ingest_correlator *ks_correlator_row(const struct ks_correlator *correlator);

/* The parts, for who needs no ingest. Within a transaction; errors are the store's. hit: the event met the
 * rule, and its evidence is stored. eval: evaluates the groups that got hits since the last eval or
 * forget. */
int ks_correlator_hit(struct ks_correlator *correlator, struct ks_db *db, size_t rule,
	const struct ks_event *event, const struct ks_view *view, struct ks_err *err);
struct ks_correlator_sink {
	/* The finding is new, or lists other events than before. Borrowed for the call. */
	int (*found)(void *arg, const struct ks_ingest_correlated *found, struct ks_err *err);
	/* The finding is no more: heir took its place, or (NULL) the condition does not hold any longer. */
	int (*gone)(void *arg, const char *id, const char *heir, struct ks_err *err);
	void *arg;
};
int ks_correlator_eval(struct ks_correlator *correlator, struct ks_db *db,
	const struct ks_correlator_sink *sink, struct ks_err *err);
void ks_correlator_forget(struct ks_correlator *correlator);

/* A group in which a window had no room. */
#define KS_CORRELATOR_CUTS 16u /* most that are named for a batch */
struct ks_correlator_cut {
	const struct ks_rule *rule;
	const char *label; /* of the group */
	uint64_t overflow; /* hits that were not counted */
};

/* Hits for which a window had no room, since the correlator was made; one can count several times. */
uint64_t ks_correlator_overflow(const struct ks_correlator *correlator);

#endif
