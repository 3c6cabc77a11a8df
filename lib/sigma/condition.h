/*
 * The condition of a Sigma rule as a tree: "not" binds tighter than "and", that tighter than "or";
 * parentheses; "1 of", "any of" and "all of" with a name, a name with * or "them". Names are not looked
 * up here. Sigma 2.1, "Condition".
 */
#ifndef KS_SIGMA_CONDITION_H
#define KS_SIGMA_CONDITION_H

#include "lib/base/arena.h"
#include "lib/base/err.h"
#include "lib/base/str.h"

#include <stdbool.h>
#include <stddef.h>

enum ks_condition_kind {
	KS_CONDITION_AND,
	KS_CONDITION_OR,
	KS_CONDITION_NOT,
	KS_CONDITION_NAME,           /* one selection */
	KS_CONDITION_OF,             /* any or all of several */
};

struct ks_condition {
	enum ks_condition_kind kind;
	const struct ks_condition *const *children;     /* of AND, OR, NOT */
	size_t n;
	struct ks_str name;          /* of NAME; of OF the pattern, or "them" */
	bool is_all;                 /* of OF: all, not any */
	size_t offset;               /* of name, or of the operator's first operand, in the text */
};

/* Parses text; the tree lives in arena and borrows text. On failure *out_offset is where in text it
 * went wrong. Errors: PARSE, LIMIT (nesting past KS_LIMIT_CONDITION), UNSUPPORTED for the old
 * aggregations behind a |. */
int ks_condition_parse(struct ks_str text, struct ks_arena *arena, const struct ks_condition **out,
	size_t *out_offset, struct ks_err *err);

/* Whether a selection is meant by the pattern of an OF. Selections that start with _ are left out
 * unless the pattern starts with one, too. */
bool ks_condition_is_meant(struct ks_str pattern, struct ks_str selection);

#endif
