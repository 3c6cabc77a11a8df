/*
 * A plan for people: who it is about, which policy and why, what the guards say, and each call exactly as
 * it would be sent. Safe for a terminal. Steps that differ in nothing but the Region are shown once, with
 * every host, unless all is asked for.
 */
#ifndef KS_RESPOND_PLANTEXT_H
#define KS_RESPOND_PLANTEXT_H

#include "lib/respond/plan.h"

/* why: why the policy matched; NULL leaves it out. */
void ks_plantext_render(const struct ks_plan *plan, const char *why, bool has_all, struct ks_buf *out);

#endif
