/*
 * The events that a correlation's finding lists: each once, in order of time and identity, those of the
 * correlations that it is built on included. The same for who has hits in memory and who has them in a
 * store.
 *
 * A name is what a window calls a hit (window.h): for an event, time, identity and event id in a form that
 * sorts; for a correlation that held, the id of its finding.
 */
#ifndef KS_ENGINE_MATCHED_H
#define KS_ENGINE_MATCHED_H

#include "lib/sigma/window.h"
#include "lib/trail/event.h"

struct ks_matched {
	struct ks_arena arena;
	struct ks_vec names; /* struct ks_str: of events, sorted once listed */
	struct ks_map seen;
	bool is_cut; /* there are more events than names */
	bool has_inner;
};

void ks_matched_init(struct ks_matched *matched);
void ks_matched_release(struct ks_matched *matched);

/* Appends the name of a hit; finding is empty for an event, of which time, identity and event id are
 * read. */
void ks_matched_name(struct ks_buf *out, struct ks_str finding, const struct ks_event *event);

/* The name of an event, once; past many times KS_LIMIT_MATCHED it is left out. */
void ks_matched_add(struct ks_matched *matched, struct ks_str name);

/* Adds the events of the chain, and the one that met its condition. inner adds those of a finding. */
void ks_matched_list(struct ks_matched *matched, const struct ks_window_chain *chain,
	const struct ks_event *met, void (*inner)(void *arg, struct ks_str finding, struct ks_matched *out),
	void *arg);

/* The first KS_LIMIT_MATCHED, by event id, or identity where there is none: borrowed from matched. */
const struct ks_str *ks_matched_ids(struct ks_matched *matched, size_t *out_count);

/* How many events the chain is about. */
uint64_t ks_matched_count(const struct ks_matched *matched, const struct ks_window_chain *chain);

/* The identity in the name of an event. */
struct ks_str ks_matched_identity(struct ks_str name);

#endif
