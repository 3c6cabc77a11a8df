/*
 * The plan of a response policy as a section of a page. Plans belong to lib/respond; whoever has one tells
 * it here in words.
 */
#ifndef KS_REPORT_PLANVIEW_H
#define KS_REPORT_PLANVIEW_H

#include "lib/report/html.h"

#include <stddef.h>

/* One step, or several that differ in nothing but the Region. Strings may be hostile; NULL: nothing. */
struct ks_planview_step {
	const char *number; /* "2", "3-18" */
	const char *action;
	const char *target;
	const char *scope; /* "key", "principal" …; NULL for a notice */
	bool is_wide; /* the scope is wider than the key */
	const char *reversal; /* "can be undone", "cannot be undone" */
	const char *fate; /* "waits for approval" */
	const char *why;
	const char *condition; /* "Status of AKIA… is Active" */
	const char *call; /* the request, on several lines */
	const char *hosts; /* the other Regions' hosts, one a line */
	const char *undo;
	const char *const *hits; /* who else feels it */
	size_t hit_count;
};

struct ks_planview_pair {
	const char *name, *text;
};

struct ks_planview {
	const char *policy;
	const char *why; /* it was chosen */
	const char *mode;
	const char *refused; /* by which guard, and why */
	const char *digest;
	const struct ks_planview_step *steps;
	size_t step_count;
	const struct ks_planview_pair *gaps; /* action, and why it cannot be done */
	size_t gap_count;
	const struct ks_planview_pair *guards; /* guard, and what it says */
	size_t guard_count;
};

/* Everything but the section's heading. */
void ks_planview_render(const struct ks_planview *plan, struct ks_html *html);

#endif
