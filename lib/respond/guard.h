/*
 * Guards: what may lower how far a policy goes on its own, or refuse altogether. They are asked on the
 * whole plan before its first step, and all of them again whenever a step is about to be sent; those that
 * need to know more than the records do answer LATER where nothing is to be sent.
 *
 * The guard "source" goes by a mark that each event has since it was stored (lib/incident/evidence.h): who
 * marks it knows what the program had opened. The name of a source or a file is never believed.
 */
#ifndef KS_RESPOND_GUARD_H
#define KS_RESPOND_GUARD_H

#include "lib/aws/account.h"
#include "lib/intel/netlist.h"
#include "lib/respond/policy.h"

enum ks_guard_outcome {
	KS_GUARD_PASS,
	KS_GUARD_LATER,          /* cannot be told offline: asked when a step is sent */
	KS_GUARD_APPROVE,        /* no further than approve */
	KS_GUARD_DRY_RUN,        /* no further than a dry run */
	KS_GUARD_REFUSE,         /* nothing may be sent, also not with an approval */
};

/* What is known only to whoever is about to act: the accounts of the config, who we are, what was done
 * already. All borrowed. */
struct ks_guard_world {
	const struct ks_account *accounts;       /* outside of these nothing is touched */
	size_t account_count;
	const struct ks_account_self *self;      /* in the account of the plan; NULL: not asked yet */
	const struct ks_pattern *protect;        /* of the config, beside the policy's */
	const struct ks_str *protect_texts;      /* as they are written there */
	size_t protect_count;
	const struct ks_netlist *lists;          /* of addresses; NULL: there are none */
	int64_t keys;                            /* real keys acted on within the hour, but for this one */
	int64_t most_keys;                       /* of the config, beside the policy's; 0: it has none */
	const char *paused;                      /* what the pause file says; NULL: there is none */
	bool is_leftover;                        /* the plan is of an earlier run of the program */
};

struct ks_guard_verdict {
	const char *guard;       /* "max_event_age" */
	enum ks_guard_outcome outcome;
	const char *why;
};

/* Asks every guard, in a fixed order, and pushes struct ks_guard_verdict on out; strings live in arena.
 * world: NULL where nothing is about to be sent; then those that need it answer LATER. */
void ks_guard_check(const struct ks_policy *policy, const struct ks_facts *facts,
	const struct ks_guard_world *world, struct ks_arena *arena, struct ks_vec *out);

/* How far the policy may go under these verdicts; *out_refused says whether one of them refused. */
enum ks_policy_mode ks_guard_limit(enum ks_policy_mode mode, const struct ks_vec *verdicts,
	bool *out_refused);

/* Whether addresses of the category are one's own machines: "internal", "own", "own-scanner". */
bool ks_guard_is_own(struct ks_str category);

const char *ks_guard_outcome_name(enum ks_guard_outcome outcome);   /* "pass", "later", "approve" … */

#endif
