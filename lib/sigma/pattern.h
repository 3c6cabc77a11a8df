/*
 * Sigma strings: text with the wildcards * (any run) and ? (one character), compiled to the cheapest
 * form that does. A backslash escapes *, ? and itself and is an ordinary character before anything else
 * (Sigma 2.1, "Escape Character"). Letters match in either case (ASCII) unless the pattern is cased; ?
 * is one UTF-8 character, or one ill-formed part. A pattern never changes once compiled.
 */
#ifndef KS_SIGMA_PATTERN_H
#define KS_SIGMA_PATTERN_H

#include "lib/base/arena.h"
#include "lib/base/buf.h"

#include <stdbool.h>

enum ks_pattern_kind {
	KS_PATTERN_EXACT,
	KS_PATTERN_PREFIX,
	KS_PATTERN_SUFFIX,
	KS_PATTERN_CONTAINS,
	KS_PATTERN_GLOB,        /* wildcards elsewhere */
	KS_PATTERN_ANY,         /* a single *: everything, the empty string too */
};

struct ks_pattern {
	enum ks_pattern_kind kind;
	bool is_cased;
	/* what must be there, unescaped, in lower case unless cased; a glob's with gaps */
	struct ks_str literal;
	const unsigned char *marks;   /* of a glob: for each byte of literal what it stands for */
};

/* How modifiers widen a pattern. */
struct ks_pattern_spec {
	bool has_front;               /* as if a * stood before it */
	bool has_back;                /* as if a * stood behind it */
	bool is_cased;
};

/* Compiles source; what the pattern points to lives in arena. */
struct ks_pattern ks_pattern_compile(struct ks_str source, const struct ks_pattern_spec *spec,
	struct ks_arena *arena);

bool ks_pattern_is_match(const struct ks_pattern *pattern, struct ks_str text);

/* Whether the literal, which is that of no glob, stands in text from there on; nothing else of the pattern
 * is looked at. */
bool ks_pattern_stands(const struct ks_pattern *pattern, struct ks_str text, size_t at);

/* The longest text that all that it matches holds, in lower case unless cased; of ANY an empty one. Borrowed
 * from the pattern. */
struct ks_str ks_pattern_text(const struct ks_pattern *pattern);

/* What a character of a Sigma string stands for. */
enum ks_pattern_mark { KS_PATTERN_LITERAL, KS_PATTERN_ONE, KS_PATTERN_MANY };

/* The next byte of source, unescaped, and what it stands for; *at moves behind it. */
enum ks_pattern_mark ks_pattern_next(struct ks_str source, size_t *at, char *out);

/* Appends a byte to a Sigma string so that next reads the same again. */
void ks_pattern_put(struct ks_buf *out, enum ks_pattern_mark mark, char c);

/* Whether an unescaped wildcard stands in source. */
bool ks_pattern_has_wildcard(struct ks_str source);

#endif
