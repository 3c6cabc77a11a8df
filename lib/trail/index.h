/*
 * Our own index over the raw bytes of one JSON text. Verdicts, identity and evidence all come from here,
 * so there is one rule for what other parsers disagree on:
 *
 *   repeated members   all are kept; a rule sees every value, whoever needs one value takes the first
 *   NUL                \u0000 and a raw NUL in a string are bytes like others; nothing is cut there
 *   control characters allowed raw inside strings; invalid escapes stand for themselves
 *   invalid UTF-8      kept as it is; replaced by U+FFFD only where it is written out
 *   lone surrogates    \ud800 alone becomes U+FFFD
 *   numbers            kept as their text, of any size
 *   nesting            any depth (there is no recursion); the size of the text bounds it
 *
 * Grammar: RFC 8259, apart from that.
 */
#ifndef KS_TRAIL_INDEX_H
#define KS_TRAIL_INDEX_H

#include "lib/base/err.h"
#include "lib/base/vec.h"
#include "lib/sigma/value.h"

#include <stdbool.h>
#include <stdint.h>

#define KS_INDEX_NONE UINT32_MAX

struct ks_index_node {
	uint32_t key, key_n; /* the member's name in the text, without quotes; 0, 0 for elements */
	uint32_t at, n; /* the value in the text: strings without quotes, the rest as it stands */
	uint32_t first, next; /* first child and next sibling, or KS_INDEX_NONE */
	uint8_t kind; /* enum ks_value_kind */
	bool has_key_escape, has_escape; /* a backslash is in the name, in the string */
};

#define KS_INDEX_SLOTS 64u     /* a power of two */
#define KS_INDEX_TABLE 40u     /* most members that stand in the table */

struct ks_index {
	struct ks_str text; /* borrowed */
	struct ks_vec nodes; /* struct ks_index_node; the value itself is node 0 */
	struct ks_vec open; /* uint32_t: scratch of build */
	/* Members of node 0 by name, from ks_index_slot on; 0: none. Only when no name of them is empty, has a
	 * backslash, or stands there twice, and they are not too many. */
	uint32_t slots[KS_INDEX_SLOTS];
	bool has_table;
};

void ks_index_init(struct ks_index *index);
void ks_index_release(struct ks_index *index);

/* Indexes one JSON value with blanks around it. The text is borrowed for as long as the index is used;
 * memory is reused. Errors: PARSE with err->column as 1-based byte position in the text; LIMIT past 4
 * GiB or KS_LIMIT_VALUES. is_cut, when given, says whether the text is a good beginning that merely ends too
 * early. */
int ks_index_build(struct ks_index *index, struct ks_str text, bool *is_cut, struct ks_err *err);

/* Where the table begins to look for a name, which is not empty: lengths and three letters tell CloudTrail's
 * apart. */
static inline size_t ks_index_slot(const char *name, size_t n)
{
	const unsigned char *letters = (const unsigned char *)name;

	return (n + 2 * letters[0] + 4 * letters[n * 5 / 8] + letters[n - 1]) % KS_INDEX_SLOTS;
}

static inline const struct ks_index_node *ks_index_node(const struct ks_index *index, uint32_t node)
{
	return KS_VEC_AT(&index->nodes, struct ks_index_node, node);
}

#endif
