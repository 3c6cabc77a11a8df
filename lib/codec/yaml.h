/*
 * YAML documents as small trees with positions, through libyaml's event API. For files that people
 * write: rules, policies, configuration. Anchors, aliases and foreign tags are refused, so are
 * duplicate keys and keys that are not scalars; size and nesting have caps.
 *
 * Plain scalars become null (empty, ~, null), booleans (true, false) and numbers where YAML 1.1
 * (PyYAML, and so pySigma) and the core schema of YAML 1.2 agree, in the usual spellings of case.
 * Hexadecimal integers become decimal. Where the two versions differ (yes, no, on, off, 010, 1_000,
 * 1e3, 1:30) the scalar stays a string and is marked ambiguous: the account id 012345670123 must not
 * turn into an octal number. Quoted scalars are strings.
 */
#ifndef KS_CODEC_YAML_H
#define KS_CODEC_YAML_H

#include "lib/base/arena.h"
#include "lib/base/err.h"
#include "lib/base/str.h"
#include "lib/base/vec.h"

#include <stdbool.h>
#include <stddef.h>

enum ks_yaml_kind {
	KS_YAML_NULL,
	KS_YAML_BOOL,
	KS_YAML_NUMBER,
	KS_YAML_STRING,
	KS_YAML_SEQUENCE,
	KS_YAML_MAPPING,
};

struct ks_yaml_node {
	enum ks_yaml_kind kind;
	int line;           /* 1-based, of the first character */
	int column;         /* 1-based, in bytes */
	struct ks_str text; /* of a scalar; a number in decimal, all digits kept */
	/* where text stands byte for byte on that line; 0 when it does not */
	int text_column;
	bool boolean;                       /* the value of a KS_YAML_BOOL */
	bool is_plain;                      /* a scalar without quotes */
	bool is_ambiguous;                  /* a string that YAML 1.1 or 1.2 reads as something else */
	struct ks_yaml_node *const *items;  /* of a sequence; the values of a mapping */
	struct ks_yaml_node *const *keys;   /* of a mapping: scalars, in source order, no two alike; else NULL */
	size_t n;                           /* items */
};

/* Parses every document of text and pushes the roots on out_documents (a vector of struct ks_yaml_node
 * *); a document without content is left out. All nodes live in arena and borrow nothing from text. On
 * failure the vector is as it was. Errors, with line and column: PARSE, LIMIT (KS_LIMIT_RULE_FILE,
 * KS_LIMIT_YAML_DEPTH), UNSUPPORTED. */
int ks_yaml_parse(
	struct ks_str text, struct ks_arena *arena, struct ks_vec *out_documents, struct ks_err *err);

/* The value of a key of a mapping; NULL when it is absent or the node is no mapping. */
const struct ks_yaml_node *ks_yaml_find(const struct ks_yaml_node *mapping, const char *key);

/* Line and column of the byte at offset in a scalar's text: exact where text_column is known, else its
 * start. */
void ks_yaml_locate(const struct ks_yaml_node *scalar, size_t offset, int *out_line, int *out_column);

/* What a node is, for messages: "a list", "a mapping", "a string", "a number", "true or false", "null". */
const char *ks_yaml_kind_name(enum ks_yaml_kind kind);

#endif
