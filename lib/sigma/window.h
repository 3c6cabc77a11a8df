/*
 * Where a correlation holds: one group's hits in order of time, a window that slides over them, and the
 * chains that come out. Used by everybody who evaluates correlations, so that they agree.
 *
 * A window ends at the time of a hit and reaches back by the timespan, both ends included. Where the
 * condition holds in it, it belongs to a chain; windows that share an instant are of one chain. So the
 * chains follow from the set of hits alone, in whatever order and however often the hits arrived. A chain
 * is told from others by the time of its first hit, its anchor.
 *
 * Of a window with more than KS_LIMIT_WINDOW hits the oldest fall out of it, and that is counted.
 */
#ifndef KS_SIGMA_WINDOW_H
#define KS_SIGMA_WINDOW_H

#include "lib/base/map.h"
#include "lib/sigma/correlation.h"

#define KS_WINDOW_ID 33

/* One event that met a rule of the correlation. Borrowed for the call. */
struct ks_window_hit {
	int64_t time_ms; /* known: KS_TIME_NONE cannot be placed */
	struct ks_str identity; /* of the event, at most KS_WINDOW_ID - 1 bytes; a copy has the same */
	struct ks_str value; /* what value_count counts; empty for event_count */
	struct ks_str name; /* what the chain calls the event */
};

struct ks_window_chain {
	int64_t anchor_ms; /* of the first hit */
	int64_t met_ms; /* of the hit with which the condition held first */
	int64_t sure_ms; /* end of the last window that holds */
	int64_t last_ms; /* of the last hit */
	char met[KS_WINDOW_ID]; /* that hit's identity */
	const struct ks_str *names; /* of the hits, in order: the first KS_LIMIT_MATCHED */
	size_t name_count;
	uint64_t hits; /* all of them */
};

/* Both are called from add and end. */
struct ks_window_sink {
	/* The hit that was added last is the one with which the condition holds; NULL: not wanted. */
	void (*opened)(void *arg);
	/* The chain is complete; borrowed for the call. */
	void (*closed)(void *arg, const struct ks_window_chain *chain);
	void *arg;
};

struct ks_window_entry;

struct ks_window {
	const struct ks_correlation *correlation;
	const struct ks_window_sink *sink;
	struct ks_vec entries; /* struct ks_window_entry: hits of the window, from first on */
	size_t first;
	uint64_t first_number; /* of entries[first], counted over the group */
	struct ks_map values; /* value to its place in counts, + 1 */
	struct ks_vec counts; /* uint64_t: hits of the window by value */
	uint64_t distinct; /* values in the window */
	int64_t now_ms; /* time of the last hit; KS_TIME_NONE before the first */
	char last[KS_WINDOW_ID]; /* its identity */
	uint64_t told; /* hits before this number are in the chain */
	bool is_open; /* chain is being made */
	struct ks_window_chain chain;
	struct ks_vec names; /* struct ks_str in arena: of the chain */
	struct ks_arena arena;
	uint64_t overflow; /* hits that fell out of a window for want of room */
};

/* Begins a group; both are borrowed. */
void ks_window_init(struct ks_window *window, const struct ks_correlation *correlation,
	const struct ks_window_sink *sink);
void ks_window_release(struct ks_window *window);

/* The next hit, in order of time, then of identity. False for a copy of the last one, which is ignored. */
bool ks_window_add(struct ks_window *window, const struct ks_window_hit *hit);

/* No more hits of this group: the next one begins anew. */
void ks_window_end(struct ks_window *window);

#endif
