/*
 * Plans: the ordered steps for an incident under a policy, what the guards say, and what cannot be done.
 * A plan is a function of policy and facts. Its digest stands for all that would be sent: an approval is
 * given to the digest and is void when anything of that changes.
 */
#ifndef KS_RESPOND_PLAN_H
#define KS_RESPOND_PLAN_H

#include "lib/codec/hash.h"
#include "lib/codec/json.h"
#include "lib/respond/guard.h"

struct ks_plan {
	const struct ks_policy *policy;
	const struct ks_facts *facts;
	struct ks_vec steps;             /* struct ks_step, in the order in which they are sent */
	struct ks_vec gaps;              /* struct ks_action_gap: what cannot be done */
	struct ks_vec verdicts;          /* struct ks_guard_verdict */
	enum ks_policy_mode mode;        /* how far it may go, guards considered */
	bool is_refused;                 /* by a guard */
	char digest[KS_HASH_HEX];
	struct ks_arena arena;
};

/* Policy, facts and world must outlive the plan; world as in guard.h. Where it says who we are, steps that
 * would hit ourselves become gaps. Release it also when nothing came of
 * it. */
void ks_plan_make(const struct ks_policy *policy, const struct ks_facts *facts,
	const struct ks_guard_world *world, struct ks_plan *out);
/* What a survey for a plan of this policy should ask for: KS_SURVEY_…, 0: nothing. */
unsigned ks_plan_needs(const struct ks_policy *policy);

void ks_plan_release(struct ks_plan *plan);

/* The digest of steps (struct ks_step) under a policy and its mode, for an incident and an account. */
struct ks_plan_name {
	int64_t incident;
	struct ks_str account;
	struct ks_str policy;
	const char *mode;
};
void ks_plan_digest(const struct ks_plan_name *name, const struct ks_vec *steps, char out[KS_HASH_HEX]);

/* What would happen to a step now, with the reason: "needs approval: …", "would be sent: …". The text
 * lives in the plan. */
enum ks_plan_fate {
	KS_PLAN_NOTICE,                  /* told, since it touches nothing */
	KS_PLAN_SENT,                    /* at once */
	KS_PLAN_WAITS,                   /* for an approval */
	KS_PLAN_SHOWN,                   /* only shown: dry run */
	KS_PLAN_REFUSED,                 /* by a guard */
};
enum ks_plan_fate ks_plan_judge(const struct ks_plan *plan, const struct ks_step *step,
	const char **out_why);
/* Whether a policy that enforces may send the step with nobody's approval: it reaches no further than the
 * key and can be taken back, or the policy says "without_approval: true" for it. */
bool ks_plan_is_free(const struct ks_step *step);
const char *ks_plan_fate_name(enum ks_plan_fate fate);       /* "notice", "sent", "waits" … */

/* Whether it only tells people: no step of it touches AWS. */
bool ks_plan_is_word(const struct ks_plan *plan);

/* The whole plan with every request in full; free it with ks_json_free. */
struct ks_json *ks_plan_to_json(const struct ks_plan *plan);

#endif
