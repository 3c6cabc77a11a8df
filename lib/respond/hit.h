/*
 * Who else feels a step, told to whoever approves it. With a survey these are facts (the other key, when it
 * was used last, how much mail goes out); without one they name the call that would tell.
 */
#ifndef KS_RESPOND_HIT_H
#define KS_RESPOND_HIT_H

#include "lib/respond/action.h"

/* The key stops. */
void ks_hit_add_key(struct ks_action_plan *plan, struct ks_step *step);

/* The whole user is denied: other keys, console, sessions. */
void ks_hit_add_user(struct ks_action_plan *plan, struct ks_step *step);

/* Sending stops in a Region: how much goes out there. The last of the step's hits, so that steps which
 * differ in their Region only differ in that one. */
void ks_hit_add_mail(struct ks_action_plan *plan, struct ks_step *step, struct ks_str region);

#endif
