/*
 * Regular expressions through PCRE2, eight bits wide, in UTF mode that bears invalid UTF-8 (an
 * ill-formed byte matches nothing). A struct ks_regex is compiled once and never changes, so threads
 * share it; what a match needs to work in is a struct ks_regex_scratch, one for each thread. A match
 * searches: it is not anchored unless the pattern is.
 *
 * What all matches with one scratch cost is bounded, whatever the expressions and the subjects: it has a
 * budget for one record, and ks_regex_scratch_begin fills it up for the next. Once it is spent, what is not
 * sure to be cheap is undecided. The verdict depends on nothing but the calls since then: not on time.
 */
#ifndef KS_CODEC_REGEX_H
#define KS_CODEC_REGEX_H

#include "lib/base/err.h"
#include "lib/base/str.h"

#include <stddef.h>

struct ks_regex;
struct ks_regex_scratch;

enum ks_regex_flag {
	KS_REGEX_NOCASE = 1, /* letters match in either case */
	KS_REGEX_MULTILINE = 2, /* ^ and $ match at every line */
	KS_REGEX_DOTALL = 4, /* . matches a newline too */
};

enum ks_regex_verdict {
	KS_REGEX_NO,
	KS_REGEX_YES,
	KS_REGEX_UNDECIDED, /* a limit of limits.h was hit: neither proved nor refuted */
};

/* Compiles pattern (KS_LIMIT_REGEX_PATTERN bytes at most) with a set of flags. On failure *out_offset
 * is where in the pattern it went wrong. Errors: PARSE with PCRE2's own words, LIMIT. */
int ks_regex_new(
	struct ks_str pattern, unsigned flags, struct ks_regex **out, size_t *out_offset, struct ks_err *err);
void ks_regex_free(struct ks_regex *regex);

struct ks_regex_scratch *ks_regex_scratch_new(void);
void ks_regex_scratch_free(struct ks_regex_scratch *scratch);

/* A new record: the budget is whole again. */
void ks_regex_scratch_begin(struct ks_regex_scratch *scratch);

enum ks_regex_verdict ks_regex_match(
	const struct ks_regex *regex, struct ks_regex_scratch *scratch, struct ks_str subject);

#endif
