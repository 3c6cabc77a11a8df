/*
 * What was done to contain an incident, as a section of a page: plans that were kept, each of their steps
 * with how far it came, and the command that takes a plan back. Plans belong to lib/respond; whoever has
 * them tells them here in words.
 */
#ifndef KS_REPORT_DEEDVIEW_H
#define KS_REPORT_DEEDVIEW_H

#include "lib/report/html.h"

/* Strings may be hostile; p NULL: nothing. */
struct ks_deedview_step {
	int64_t number;
	const char *action, *target, *state;
	const char *what; /* is changed: "Status of AKIA…" */
	struct ks_str before, effect; /* states: read before it was sent, and what it was sent for */
	int64_t sent_ms, done_ms; /* KS_TIME_NONE */
	struct ks_str request_id, note;
};

struct ks_deedview_plan {
	int64_t number;
	const char *state;
	struct ks_str policy, approved_by;
	int64_t made_ms, begun_ms, ended_ms; /* KS_TIME_NONE */
	const char *next; /* the command that goes on with it or takes it back; NULL: there is none */
	const char *next_label; /* "To take it back" */
	const struct ks_deedview_step *steps;
	size_t step_count;
};

#define KS_DEEDVIEW_STEPS 200u /* of a plan */

void ks_deedview_render(const struct ks_deedview_plan *plans, size_t n, struct ks_html *html);

#endif
