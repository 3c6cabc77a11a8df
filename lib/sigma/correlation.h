/*
 * Sigma correlations: what several events make together (Sigma 2.1, "Sigma Correlation Rules
 * Specification"). All types of the specification, and correlations of correlations.
 *
 * Where the specification leaves something open, what decides:
 *   generate    a rule that a correlation refers to makes no findings of its own, unless a correlation that
 *               refers to it says "generate: true" (in the document, where the schema has it, or in the
 *               correlation, where pySigma reads it): one that says so is enough. Where a rule of another
 *               file is silenced, or one that looks at decoy.* and is not informational, a warning
 *               says so, unless "generate: false" stands there
 *   timespan    s, m, h, d as "Time Selection" has them; w, M and y as pySigma has them (a month is 2629746
 *               seconds, a year twelve of those); at most a century
 *   condition   several bounds are an "and" ("Condition"; pySigma takes one only). Temporal types without
 *               one want all rules (pySigma). Boolean expressions over rules are pySigma's, not the
 *               specification's ("It is a map"): an error
 *   count       of temporal types: different rules met; of temporal_ordered, those in the listed order, so
 *               that a rule out of order between them spoils nothing (pySigma, for gt and gte)
 *   order       hits of one instant are in order, as in rsigma, and against pySigma's SQLite backend, which
 *               wants each later: CloudTrail's times are whole seconds, and "Compatibility" would rather
 *               have false positives than false negatives. An event that meets two rules counts for both
 *   group-by    without it, all events are one group; an event without one of the fields is in no group and
 *               does not count, or all strangers would make up one actor (pySigma; rsigma has them as a
 *               group of their own); of several values the first counts; ASCII letters compare without
 *               case, as rules do (pySigma)
 *   field       likewise; an event without it does not count; of several fields, all count as one value
 *   numbers     value_sum, value_avg, value_percentile: one field; a number, or a string that is one
 *               (pySigma), within decimal.h; an event with anything else does not count, and is not listed
 *   percentile  "percentile: 95" in the condition, as pySigma reads it: 0 to 100, whole. Without it, which
 *               the specification's example leaves out, the median, with a warning (rsigma). Between two
 *               values it is interpolated (both)
 *   rules       an event that meets two of the rules counts once, unless it has a different value for each
 *   chains      a correlation that is referred to counts at every hit at which its condition holds, with the
 *               fields of that hit (pySigma); event_count counts its findings, not those hits (a finding
 *               is one whole chain)
 */
#ifndef KS_SIGMA_CORRELATION_H
#define KS_SIGMA_CORRELATION_H

#include "lib/sigma/decimal.h"
#include "lib/sigma/rule.h"

#define KS_CORRELATION_HASH 33 /* 32 hex digits and a NUL */
#define KS_CORRELATION_FIELDS 16u /* most fields of a group-by or a condition */
#define KS_CORRELATION_ORDER 64u /* most rules of a temporal_ordered */
#define KS_CORRELATION_DEPTH 8u /* correlations of correlations of … */

enum ks_correlation_type {
	KS_CORRELATION_EVENT_COUNT,
	KS_CORRELATION_VALUE_COUNT,
	KS_CORRELATION_TEMPORAL,
	KS_CORRELATION_TEMPORAL_ORDERED,
	KS_CORRELATION_VALUE_SUM,
	KS_CORRELATION_VALUE_AVG,
	KS_CORRELATION_VALUE_PERCENTILE,
};

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
	struct ks_decimal number; /* instead of count, for what is numeric */
	struct ks_str text; /* the number as the rule has it */
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
	unsigned percentile;
	unsigned depth; /* 0: all its parts are rules; else one more than its deepest part */
	size_t number; /* among the correlations that were resolved, from 0 on */
	bool is_generating; /* its rules make findings of their own as well */
	bool has_generate; /* it says so, or that they do not */
	bool is_resolved;
	bool is_tried; /* whether it could be resolved or not */
};

/* Reads the document of a correlation, with the names of rules as they stand. False when there were errors;
 * they, and warnings, are in env->problems. */
bool ks_correlation_parse(const struct ks_yaml_node *document, struct ks_item_env *env,
	struct ks_correlation *out);

/* Looks the rules up: ids and names lead to struct ks_rule. False when there were errors. Correlations among
 * the rules must have been resolved before (ks_correlation_order). */
bool ks_correlation_resolve(struct ks_correlation *correlation, struct ks_item_env *env,
	const struct ks_map *ids, const struct ks_map *names);

/* Resolves correlations, n of them, parts before what is built of them, each with file as the file of its
 * problems. Cycles are errors. Gives the number that could be resolved; these come first, in order of their
 * depth, with their numbers. Those before first were resolved by an earlier call. */
size_t ks_correlation_order(struct ks_correlation **correlations, size_t n, size_t first,
	struct ks_item_env *env, const struct ks_map *ids, const struct ks_map *names);

const char *ks_correlation_type_name(enum ks_correlation_type type);
const char *ks_correlation_op_name(enum ks_correlation_op op);
bool ks_correlation_is_numeric(enum ks_correlation_type type);       /* sum, avg, percentile */
bool ks_correlation_is_temporal(enum ks_correlation_type type);

/* Whether a count meets all bounds. */
bool ks_correlation_holds(const struct ks_correlation *correlation, uint64_t count);

/* Whether something meets a bound, by how it compares with it (as memcmp). */
bool ks_correlation_compare(enum ks_correlation_op op, int comparison);

#endif
