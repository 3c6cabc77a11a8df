/*
 * One Sigma rule, read from its YAML document and compiled (Sigma 2.1, "Sigma Rules Specification").
 * Keys that the specification does not know are allowed and left alone; a near miss of a known key is a
 * warning.
 */
#ifndef KS_SIGMA_RULE_H
#define KS_SIGMA_RULE_H

#include "lib/sigma/detection.h"

/* A rule may have no level: it is written as null, and ranks below all others where levels are compared. */
enum ks_level {
	KS_LEVEL_NONE,
	KS_LEVEL_INFORMATIONAL,
	KS_LEVEL_LOW,
	KS_LEVEL_MEDIUM,
	KS_LEVEL_HIGH,
	KS_LEVEL_CRITICAL,
};

const char *ks_rule_level_name(enum ks_level level);             /* NULL for NONE */
bool ks_rule_parse_level(struct ks_str name, enum ks_level *out);

struct ks_rule_list {
	const struct ks_str *p;
	size_t n;
};

struct ks_correlation;

/* A correlation that builds on a rule. */
struct ks_rule_use {
	const struct ks_correlation *correlation;
	size_t part;                             /* which of the correlation's rules this one is */
	const struct ks_rule_use *next;
};

/* Every string is borrowed from the rule set; what is absent is empty. */
struct ks_rule {
	struct ks_str title;
	struct ks_str id;
	struct ks_str name;
	struct ks_str status;
	struct ks_str description;
	struct ks_str author;
	struct ks_str date;
	struct ks_str modified;
	struct ks_str license;
	enum ks_level level;
	struct ks_rule_list tags;
	struct ks_rule_list references;
	struct ks_rule_list falsepositives;
	struct ks_rule_list fields;
	struct {
		struct ks_str category;
		struct ks_str product;
		struct ks_str service;
	} logsource;
	const struct ks_yaml_node *document;     /* the whole rule, custom keys included */
	const char *file;
	int line;                                /* where the document starts */
	struct ks_detection detection;
	const struct ks_rule_use *uses; /* in no order that matters; NULL: no correlation builds on it */
	bool is_silent;                          /* it only feeds correlations and makes no finding of its own */
	const struct ks_correlation *correlation;    /* this is the head of a correlation; NULL: a rule */
};

/* Reads the document of a rule. False when there were errors; they, and warnings, are in env->problems. */
bool ks_rule_parse(const struct ks_yaml_node *document, struct ks_item_env *env, struct ks_rule *out);

/* Likewise the part that rules and correlations share: all but logsource and detection. */
bool ks_rule_parse_head(const struct ks_yaml_node *document, struct ks_item_env *env, struct ks_rule *out);

/* Likewise the key "logsource", which rules and filters must have. Errors are in problems. */
void ks_rule_parse_logsource(const struct ks_yaml_node *document, struct ks_problems *problems,
	struct ks_rule *rule);

#endif
