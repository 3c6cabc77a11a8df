/*
 * Evaluates rules against records, one thread at a time: a matcher is cheap, holds what a thread needs
 * to match regular expressions, and shares the program with others.
 *
 * Verdicts are three-valued (Kleene): undecided comes up where a regular expression, or the comparison
 * of two large fields, hits its limit, and goes away only where the rest settles the matter ("yes" or
 * anything, "no" and anything). Filters are the exception: what a filter cannot decide it lets through, so
 * that nobody gets out of a finding by text that wears out somebody's filter; the verdict is the rule's own.
 *
 * What regular expressions cost is bounded for one record, over all rules: ks_matcher_begin starts a record,
 * and whoever does not call it bounds all that the matcher ever does. The explaining calls start by
 * themselves, so that a record may be undecided among many rules and decided by itself. In a long list of
 * which any is enough (shortlist.h) expressions come last, in order.
 */
#ifndef KS_SIGMA_MATCHER_H
#define KS_SIGMA_MATCHER_H

#include "lib/base/buf.h"
#include "lib/sigma/program.h"
#include "lib/sigma/value.h"

enum ks_verdict { KS_VERDICT_NO, KS_VERDICT_UNDECIDED, KS_VERDICT_YES };   /* in the order of truth */

struct ks_matcher {
	const struct ks_program *program;
	struct ks_regex_scratch *scratch;
	struct ks_buf folded[2];         /* two texts in lower case */
	struct ks_vec late;              /* expressions of a list, each with a value that it may match */
	bool has_doubt;                  /* since the record began: a filter that is undecided let a rule pass */
	bool is_plain;                   /* the caller's: no shortlist is asked, every test in turn */
	bool is_blind;                   /* the caller's: no expression is matched, each may be or not */
};

/* What one item of a rule came to. */
struct ks_reason {
	const struct ks_item *item;      /* borrowed from the program */
	const struct ks_rule *filter;    /* that it belongs to, and not to the rule; or NULL */
	enum ks_verdict verdict;
};

void ks_matcher_init(struct ks_matcher *matcher, const struct ks_program *program);
void ks_matcher_release(struct ks_matcher *matcher);

/* The next record. */
void ks_matcher_begin(struct ks_matcher *matcher);

enum ks_verdict ks_matcher_eval(struct ks_matcher *matcher, size_t rule, const struct ks_view *view);

/* The same, and pushes a struct ks_reason for every item of the rule, in source order, and of its filters on
 * out_reasons. */
enum ks_verdict ks_matcher_explain(struct ks_matcher *matcher, size_t rule, const struct ks_view *view,
	struct ks_vec *out_reasons);

/* The first filter that holds back what the rule itself would match; NULL when none does. */
const struct ks_rule *ks_matcher_held_back_by(struct ks_matcher *matcher, size_t rule,
	const struct ks_view *view);

/* What a filter of the program says by itself: no, and nothing else, means that it holds the record back. */
enum ks_verdict ks_matcher_eval_filter(struct ks_matcher *matcher, size_t filter, const struct ks_view *view,
	struct ks_vec *out_reasons);

const char *ks_matcher_verdict_name(enum ks_verdict verdict);    /* "no", "undecided", "yes" */

#endif
