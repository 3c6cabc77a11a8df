/*
 * A plan for people: who it is about, which policy and why, what the guards say, and each call exactly as
 * it would be sent. Safe for a terminal. Steps that differ in nothing but the Region are shown once, with
 * the names of the Regions, unless all is asked for.
 */
#ifndef KS_RESPOND_PLANTEXT_H
#define KS_RESPOND_PLANTEXT_H

#include "lib/respond/plan.h"

struct ks_plantext_view {
	const char *why;                 /* why the policy matched; NULL leaves it out */
	bool has_all;                    /* each Region's calls on their own */
	bool is_acting;                  /* it is about to be sent: not said that nothing was */
};

void ks_plantext_render(const struct ks_plan *plan, const struct ks_plantext_view *view, struct ks_buf *out);

#endif
