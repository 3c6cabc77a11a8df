/*
 * Sigma correlations: what several events make together (Sigma 2.1, "Sigma Correlation Rules
 * Specification"). Types event_count and value_count; the others, and correlations of correlations, are
 * UNSUPPORTED errors.
 *
 * Where the specification leaves something open:
 *   generate    a rule that a correlation refers to makes no findings of its own, unless a correlation that
 *               refers to it says "generate: true" (in the document, where the schema has it, or in the
 *               correlation, where pySigma reads it): one that says so is enough
 *   timespan    s, m, h, d as the specification has them, and w; M and y have no fixed length and are errors
 *   group-by    without it, all events are one group; an event without the field is in the group of those
 *               that lack it, as in SQL; of several values the first counts; compared by bytes
 *   field       likewise; an event without it does not count; of several fields, all count as one value
 *   rules       an event that meets two of the rules counts once
 * /
 */
#ifndef KS_SIGMA_CORRELATION_H
#define KS_SIGMA_CORRELATION_H

#include "lib/sigma/rule.h"
#include "lib/sigma/value.h"

#define KS_CORRELATION_HASH 33 /* 32 hex digits and a NUL */
#define KS_CORRELATION_FIELDS 16u /* most fields of a group-by or a condition */

enum ks_correlation_type { KS_CORRELATION_EVENT_COUNT, KS_CORRELATION_VALUE_COUNT };

/* How the count must stand to a number: all bounds of a condition must hold. */
enum ks_correlation_op {
	KS_CORRELATION_GT,
	KS_CORRELATION_GTE,
	KS_CORRELATION_LT,
	KS_CORRELATION_LTE,
	KS_CORRELATION_EQ,
	KS_CORRELATION_NEQ,
};

struct ks_correlation_bound {
	enum ks_correlation_op op;
	uint64_t count;
};

/* One of the rules that a correlation builds on. The paths are those that stand for the group-by and the
 * condition's fields in events of this rule, aliases resolved. */
struct ks_correlation_part {
	const struct ks_yaml_node *node; /* the reference: an id or a name */
	const struct ks_rule *rule; /* NULL until resolved */
	uint32_t *group; /* group_count paths */
	uint32_t *fields; /* field_count paths */
};

/* All borrowed from the rule set. */
struct ks_correlation {
	struct ks_rule head; /* title, id, level …: its detection is empty and never met */
	enum ks_correlation_type type;
	struct ks_correlation_part *parts;
	size_t part_count;
	const struct ks_yaml_node *const *group; /* names of fields and aliases */
	size_t group_count;
	const struct ks_yaml_node *const *fields;
	size_t field_count;
	const struct ks_yaml_node *aliases; /* NULL when there are none */
	int64_t timespan_ms;
	const struct ks_correlation_bound *bounds;
	size_t bound_count;
	bool is_generating; /* its rules make findings of their own as well */
};

/* Reads the document of a correlation, with the names of rules as they stand. False when there were errors;
 * they, and warnings, are in env->problems. */
bool ks_correlation_parse(const struct ks_yaml_node *document, struct ks_item_env *env,
	struct ks_correlation *out);

/* Looks the rules up: ids and names lead to struct ks_rule. Adds a use to each rule. False when there were
 * errors. */
bool ks_correlation_resolve(struct ks_correlation *correlation, struct ks_item_env *env,
	const struct ks_map *ids, const struct ks_map *names);

/* What an event that met a rule of the correlation counts as: the group that it is in, and its value
 * ("" for event_count), both hashed. False when it does not count, since it has no value. */
bool ks_correlation_read(const struct ks_correlation *correlation, size_t part, const struct ks_view *view,
	char out_group[KS_CORRELATION_HASH], char out_value[KS_CORRELATION_HASH]);

/* Whether a count meets all bounds. */
bool ks_correlation_holds(const struct ks_correlation *correlation, uint64_t count);

#endif
