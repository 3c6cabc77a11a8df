/*
 * Guards that know the world: the accounts of the config, who keysnare is in AWS, what was done within the
 * hour, whether somebody has paused. guard.h says how they are asked; each has its row in guard.c.
 */
#ifndef KS_RESPOND_RAIL_H
#define KS_RESPOND_RAIL_H

#include "lib/respond/guard.h"
#include "lib/respond/step.h"

/* What a guard looks at, and where its verdict goes. */
struct ks_rail {
	const struct ks_policy *policy;
	const struct ks_facts *facts;
	const struct ks_guard_world *world;      /* NULL: only planning */
	struct ks_arena *arena;
	struct ks_guard_verdict *out;
};

/* Whether the step would hit one of our own two identities in the account: its user, its role, its key. */
bool ks_rail_is_own(const struct ks_account_self *self, struct ks_str account, const struct ks_step *step);

/* why: static, or of the rail's arena. */
void ks_rail_answer(struct ks_rail *rail, enum ks_guard_outcome outcome, const char *why);

void ks_rail_ask_account(struct ks_rail *rail);
void ks_rail_ask_caller(struct ks_rail *rail);
void ks_rail_ask_cap(struct ks_rail *rail);
void ks_rail_ask_pause(struct ks_rail *rail);
void ks_rail_ask_leftover(struct ks_rail *rail);
void ks_rail_ask_internal(struct ks_rail *rail);

#endif
