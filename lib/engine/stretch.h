/*
 * One group of a correlation, out of the store: the chains over a stretch of time as the stored hits make
 * them, beside those that were made of fewer hits before (table "chains"). Not for anyone but correlator.c.
 */
#ifndef KS_ENGINE_STRETCH_H
#define KS_ENGINE_STRETCH_H

#include "lib/engine/matched.h"
#include "lib/incident/finding.h"
#include "lib/store/db.h"

#define KS_STRETCH_DIGEST 33

/* A chain as it is now. */
struct ks_stretch_chain {
	struct ks_window_chain window;
	char id[KS_FINDING_ID];
};

/* A chain as the store knows it. */
struct ks_stretch_old {
	char id[KS_FINDING_ID];
	int64_t anchor_ms, last_ms;
	char digest[KS_STRETCH_DIGEST]; /* of what its finding says */
};

/* An instant at which the condition holds. */
struct ks_stretch_held {
	int64_t time_ms;
	char identity[KS_EVENT_ID]; /* of its last event */
	char id[KS_FINDING_ID]; /* of the chain */
};

struct ks_stretch {
	const struct ks_correlation *correlation;
	const char *group;
	struct ks_db *db;
	struct ks_arena arena;
	struct ks_vec chains, olds, held; /* of the structs above, by time */
	struct ks_window window;
	int64_t from_ms, until_ms; /* hits that were read */
	int64_t first_ms, last_ms; /* whole chains are known in here */
	uint64_t overflow; /* hits for which a window had no room */
};

/* The chains that hits between the two times can have changed, whole. All is borrowed. */
int ks_stretch_open(struct ks_stretch *stretch, int64_t first_ms, int64_t last_ms, struct ks_err *err);
void ks_stretch_release(struct ks_stretch *stretch);

/* Whether a chain from anchor to last reaches into the stretch. */
bool ks_stretch_has(const struct ks_stretch *stretch, int64_t anchor_ms, int64_t last_ms);

/* What a chain's finding lists. met: the event with which the condition held first. */
int ks_stretch_list(const struct ks_stretch *stretch, const struct ks_stretch_chain *chain,
	const struct ks_event *met, struct ks_matched *out, struct ks_err *err);

/* What the store calls a correlation, or one of its rules. */
struct ks_str ks_stretch_rule(const struct ks_rule *rule);

#endif
