/*
 * The culprit: who took a step back, by the events that are stored. Records are hostile text: what a call
 * was about is read out of its parameters, and never found anywhere in its text.
 */
#ifndef KS_RESPOND_CULPRIT_H
#define KS_RESPOND_CULPRIT_H

#include "lib/respond/work.h"

struct ks_culprit {
	struct ks_str text;          /* "UpdateAccessKey by ARN at TIME (event ID)"; p NULL: no event says */
	bool is_actor;               /* the incident's actor: his key, its sessions, its user; and nobody else */
	bool is_trusted;             /* and no record of it could have been forged */
};

/* Of the calls since the step was sent that could have taken it back: the first one of somebody else, else
 * the first one of the actor. Our own do not count. Text lives in arena. Errors are the store's. */
int ks_culprit_find(struct ks_work *work, const struct ks_ledger_step *step, struct ks_arena *arena,
	struct ks_culprit *out, struct ks_err *err);

#endif
