/*
 * One line of a selection, "field|modifier|modifier: value or list of values", compiled: a field and
 * the tests that its values are put to. An item holds when any of its tests does (all of them with
 * |all), and the other way round when it is negated (|neq).
 *
 * Without a field the values are keywords: they are searched for in every string, number and boolean of the
 * record, at any depth, as if * stood at both ends; names of members, and what enrichment adds, are not
 * searched. A number is searched for as its text. (Sigma 2.1, "Keywords search": "across an entire event";
 * pySigma leaves the rest to back ends, and refuses booleans, nulls and everything that compares.)
 *
 * What the tests mean, over the values v of a field (zero, one or several of them):
 *   string     some v that is not null matches the pattern: its text, or compact JSON for an object or array
 *   number     some v is a number of this value, or a string of the same text
 *   bool       some v is this boolean, or a string of the same text
 *   null       the field is absent, or some v is null
 *   exists     the field is there at all (a null counts), or is not
 *   regex      some v that is not null holds a match
 *   cidr       some v is a string that is an IP address within the network
 *   compare    some v is a number, or a string that is one, and less or greater
 *   time       a number or comparison of a part: as above, of the hour (day …) of some v that is a time
 *   field      some v equals (or contains …) some value of the other field; nulls equal nothing
 */
#ifndef KS_SIGMA_ITEM_H
#define KS_SIGMA_ITEM_H

#include "lib/codec/ip.h"
#include "lib/codec/regex.h"
#include "lib/codec/yaml.h"
#include "lib/sigma/number.h"
#include "lib/sigma/path.h"
#include "lib/sigma/pattern.h"
#include "lib/sigma/placeholder.h"
#include "lib/sigma/problem.h"
#include "lib/sigma/shortlist.h"
#include "lib/sigma/timepart.h"

#include <stdint.h>

enum ks_test_kind {
	KS_TEST_STRING,
	KS_TEST_NUMBER,
	KS_TEST_BOOL,
	KS_TEST_NULL,
	KS_TEST_EXISTS,
	KS_TEST_REGEX,
	KS_TEST_CIDR,
	KS_TEST_COMPARE,
	KS_TEST_FIELD,
};

enum ks_compare { KS_COMPARE_LT, KS_COMPARE_LTE, KS_COMPARE_GT, KS_COMPARE_GTE };

struct ks_test {
	enum ks_test_kind kind;
	bool is_or;                          /* another form of the value before: any is enough, with |all too */
	enum ks_timepart part;               /* NUMBER, COMPARE: the part of a time that is meant */
	int line;
	int column;
	struct ks_str text;                  /* the value as the rule has it */
	union {
		struct ks_pattern pattern;       /* STRING */
		struct {
			struct ks_number value;
			enum ks_compare compare;
		} number;                        /* NUMBER, COMPARE */
		bool boolean;                    /* BOOL, EXISTS */
		struct {
			const struct ks_regex *code;
			/* CONTAINS: text that stands in all that it matches, or NULL */
			const struct ks_pattern *literal;
		} regex;                         /* REGEX */
		struct ks_ip_net net;            /* CIDR */
		struct {
			uint32_t path;
			bool has_front, has_back;    /* contains, endswith (front), startswith (back) */
			bool is_cased;
		} other;                         /* FIELD */
	} u;
};

struct ks_item {
	uint32_t field;                      /* its number among the paths; of keywords that of the empty path */
	bool is_keyword;
	const struct ks_test *tests;
	size_t test_count;
	const struct ks_shortlist *shortlist; /* of the tests, where any is enough and they are many; or NULL */
	bool is_all;
	bool is_negated;
	uint32_t cost;                       /* a rough price of one evaluation */
	struct ks_str selection;             /* where it stands */
	struct ks_str text;                  /* "eventName|startswith: Get, List", for people */
	int line;
	int column;
};

/* What compiling takes from, and adds to, the set of rules. */
struct ks_item_env {
	struct ks_arena *arena;              /* owns what items point to */
	struct ks_paths *paths;
	struct ks_vec *regexes;              /* struct ks_regex *: owned by whoever owns the vector */
	struct ks_problems *problems;
	const struct ks_placeholders *placeholders;      /* for |expand; NULL: there are none */
	size_t budget;                       /* KS_LIMIT_RULE_NODES less what the rule took so far */
	size_t *bytes;                       /* KS_LIMIT_RULE_BYTES less what the rule's file took so far */
};

/* Takes n from the budget. False, with an error at the node, when that is more than is left. */
bool ks_item_spend(struct ks_item_env *env, size_t n, const struct ks_yaml_node *node);

/* Takes n bytes from those of the file: for every form of a value, before it is made. Errors: LIMIT, at the
 * node. */
int ks_item_spend_bytes(const struct ks_item_env *env, size_t n, const struct ks_yaml_node *node,
	struct ks_err *err);

/* Compiles one entry of a selection. False when there were errors; they, and warnings, are in
 * env->problems. */
bool ks_item_parse(const struct ks_yaml_node *key, const struct ks_yaml_node *value, struct ks_str selection,
	struct ks_item_env *env, struct ks_item *out);

/* The same for values that stand alone, one or a list: keywords. */
bool ks_item_parse_keywords(const struct ks_yaml_node *value, struct ks_str selection,
	struct ks_item_env *env, struct ks_item *out);

/* Puts the tests of an item of which any is enough on a shortlist, however few they are; parsing does it
 * where they are many. */
void ks_item_shorten(struct ks_item *item, struct ks_arena *arena);

#endif
