/*
 * What the rules of a program say of an event. Not all are evaluated: those that its name, its service
 * or the values of its fields rule out are no (wants.h), which is the same and takes less time, but for
 * one thing: expressions of rules that could not be met may use up what may be spent on a record. So
 * where a limit leaves a rule or a filter of it undecided, those that are no whatever an expression says
 * are left out, and the others evaluated once more. What comes of an event then depends on the event
 * alone, and not on what a thread has seen before it, or on what was known beforehand. An event may cost
 * twice what expressions may spend on a record.
 */
#ifndef KS_ENGINE_JUDGE_H
#define KS_ENGINE_JUDGE_H

#include "lib/engine/wants.h"
#include "lib/sigma/matcher.h"

struct ks_judge_verdict {
	uint32_t rule;
	enum ks_verdict verdict;
};

/* One thread's. */
struct ks_judge {
	struct ks_routes routes;
	struct ks_matcher matcher;
	struct ks_vec verdicts;            /* struct ks_judge_verdict */
	struct ks_vec rest;                /* uint32_t: rules to evaluate once more */
	bool is_plain;
};

/* wants is borrowed. is_plain: nothing is ruled out by it and no shortlist asked, for proving that they
 * lose nothing. */
void ks_judge_init(struct ks_judge *judge, const struct ks_wants *wants, bool is_plain);
void ks_judge_release(struct ks_judge *judge);

/* The verdicts (struct ks_judge_verdict) of the rules that were evaluated, ascending; all others are no.
 * Valid until the next call. known: bits of enum ks_wants_known. */
const struct ks_vec *ks_judge_event(struct ks_judge *judge, const struct ks_view *view, unsigned known);

#endif
