/*
 * Where a correlation holds: one group's hits in order of time, a window that slides over them, and the
 * chains that come out. Used by everybody who evaluates correlations, so that they agree.
 *
 * A window ends at the time of a hit and reaches back by the timespan, both ends included. Where the
 * condition holds in it (meter.h), it belongs to a chain; windows that share an instant are of one chain. So
 * the chains follow from the set of hits alone, in whatever order and however often the hits arrived. A
 * chain is told from others by the time of its first hit, its anchor.
 *
 *   borders   "within the given time frame" (Correlation Types) leaves them open; pySigma's SQLite backend
 *             (RANGE BETWEEN … PRECEDING AND CURRENT ROW) and rsigma have both ends in it, so have we
 *   no fixed  "the time frame should not be restricted to boundaries" (Temporal Proximity): it slides
 *   where     a window without a hit at its end is not looked at, so no condition ever holds by silence; in
 *             pySigma's and rsigma's windows neither
 *   ties      all hits of an instant are in the window before the condition is looked at
 *   upper     lt, lte, eq, neq, and averages or percentiles with either bound, can hold in one window and
 *   bounds    not in the next: the chain is made of those that hold. Late hits can take that away again:
 *             what counts is the set of all hits, so a finding made before they came is withdrawn
 *             (correlator.h)
 *
 * One event may be several hits: one for each rule that it met. Of those that are the same to the measure
 * (temporal types: the same rule; others: the same value) one counts, and all are listed.
 *
 * Of a window with more than KS_LIMIT_WINDOW hits the oldest fall out of it, and that is counted.
 */
#ifndef KS_SIGMA_WINDOW_H
#define KS_SIGMA_WINDOW_H

#include "lib/base/map.h"
#include "lib/sigma/meter.h"

#define KS_WINDOW_ID 33
#define KS_WINDOW_MEASURE 64

/* One event that met a rule of the correlation. Borrowed for the call. */
struct ks_window_hit {
	int64_t time_ms; /* known: KS_TIME_NONE cannot be placed */
	struct ks_str identity; /* of the event, at most KS_WINDOW_ID - 1 bytes; a copy has the same */
	struct ks_str value; /* as ks_member_read has it */
	struct ks_str name; /* what the chain calls the event; listed once in it */
	size_t part; /* which rule of the correlation it met */
	struct ks_str origin; /* group of the correlation that it comes from; empty for events */
};

struct ks_window_chain {
	int64_t anchor_ms; /* of the first hit */
	int64_t met_ms; /* of the hit with which the condition held first */
	int64_t sure_ms; /* end of the last window that holds */
	int64_t last_ms; /* of the last hit */
	char met[KS_WINDOW_ID]; /* that hit's identity */
	const struct ks_str *names; /* of the hits, in order, each once: the first KS_LIMIT_MATCHED */
	size_t name_count;
	uint64_t hits; /* all events among them */
	char measure[KS_WINDOW_MEASURE]; /* what the condition was met by, for people */
};

/* Both are called from add and end. */
struct ks_window_sink {
	/* The hit that was added last is the one with which the condition holds; NULL: not wanted. */
	void (*opened)(void *arg);
	/* The chain is complete; borrowed for the call. */
	void (*closed)(void *arg, const struct ks_window_chain *chain);
	void *arg;
	/* The condition holds in the window that ends at the hit that was added last, after opened and before
	 * closed; NULL: not wanted. */
	void (*held)(void *arg);
};

struct ks_window_entry;

struct ks_window {
	const struct ks_correlation *correlation;
	const struct ks_window_sink *sink;
	struct ks_vec entries; /* struct ks_window_entry: hits of the window, from first on */
	size_t first;
	uint64_t first_number; /* of entries[first], counted over the group */
	struct ks_meter meter;
	size_t instant; /* entries of the last instant */
	bool *parts; /* rules that they met */
	int64_t now_ms; /* time of the last hit; KS_TIME_NONE before the first */
	char last[KS_WINDOW_ID]; /* its identity */
	uint64_t told; /* hits before this number are in the chain */
	bool is_open; /* chain is being made */
	struct ks_window_chain chain;
	struct ks_vec names; /* struct ks_str in arena: of the chain */
	struct ks_map listed; /* the same */
	struct ks_arena arena;
	uint64_t overflow; /* hits that fell out of a window for want of room */
	uint64_t hits; /* of the group */
	uint64_t most; /* the largest count of the group's windows */
	char measure[KS_WINDOW_MEASURE]; /* of that window; of values: of the last one */
};

/* Begins a group; both are borrowed. */
void ks_window_init(struct ks_window *window, const struct ks_correlation *correlation,
	const struct ks_window_sink *sink);
void ks_window_release(struct ks_window *window);

/* The next hit, in order of time, identity, part and origin. False for a copy, which is ignored. */
bool ks_window_add(struct ks_window *window, const struct ks_window_hit *hit);

/* No more hits of this group: the next one begins anew. */
void ks_window_end(struct ks_window *window);

#endif
