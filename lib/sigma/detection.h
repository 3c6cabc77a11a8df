/*
 * The detection of one Sigma rule, compiled: a plain graph of all-of, any-of, not and items that a
 * matcher evaluates and other back ends can render. A selection that the condition names twice is one
 * node with two parents.
 */
#ifndef KS_SIGMA_DETECTION_H
#define KS_SIGMA_DETECTION_H

#include "lib/sigma/item.h"

enum ks_node_kind {
	KS_NODE_ALL,                 /* and */
	KS_NODE_ANY,                 /* or */
	KS_NODE_NOT,
	KS_NODE_ITEM,
};

struct ks_node {
	enum ks_node_kind kind;
	const uint32_t *children;    /* of ALL, ANY, NOT: nodes, the cheapest first */
	size_t n;
	uint32_t item;               /* of ITEM */
	uint32_t cost;
};

struct ks_rule;

struct ks_detection {
	const struct ks_node *nodes;     /* children come before their parents */
	size_t node_count;
	uint32_t root;
	const struct ks_item *items;     /* in source order, selection by selection */
	size_t item_count;
	/* Sigma filters that narrow the rule, whose conditions the verdict needs as well: shared by the rules */
	const struct ks_rule **filters;
	size_t filter_count;
};

/* Compiles the value of a rule's key "detection". False when there were errors; they, and warnings, are in
 * env->problems. */
bool ks_detection_parse(const struct ks_yaml_node *detection, struct ks_item_env *env,
	struct ks_detection *out);

/* All that a verdict depends on: part 0 is the detection itself, the others are those of its filters; NULL
 * past the last. */
const struct ks_detection *ks_detection_part(const struct ks_detection *detection, size_t part);

/* Whether an item of the rule itself, no filter's, reads a field whose path begins with prefix. */
bool ks_detection_reads(const struct ks_detection *detection, const struct ks_paths *paths,
	struct ks_str prefix);

/* Joins a filter on by "and"; it is borrowed, the list of them lives in arena. */
void ks_detection_narrow(struct ks_detection *detection, const struct ks_rule *filter,
	struct ks_arena *arena);

#endif
