/*
 * Whether a response policy is for an incident, and why or why not.
 */
#ifndef KS_RESPOND_MATCH_H
#define KS_RESPOND_MATCH_H

#include "lib/respond/policy.h"

/* All of 'when' must hold. out_why gets one line without a newline: what held, or the first thing that
 * did not. "unless" leaves an incident out only when every event of it is covered; an incident without
 * events is covered by nothing, nor is an event without an address by a network. */
bool ks_match_is(const struct ks_policy *policy, const struct ks_facts *facts, struct ks_buf *out_why);

/* Which of two policies is the more specific one: by account, then by rule, then by level (a higher
 * level is narrower). Below 0 when a is, above 0 when b is, 0 when neither is. */
int ks_match_compare(const struct ks_policy *a, const struct ks_policy *b);

/* Whether some incident could meet both: their decoys, accounts and rules do not exclude each other.
 * "unless" is not looked at. */
bool ks_match_can_meet(const struct ks_policy *a, const struct ks_policy *b);

#endif
