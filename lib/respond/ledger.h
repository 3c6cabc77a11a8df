/*
 * The ledger: plans that are to be carried out, or were, and every step of them, in the store. A step's row
 * says how far it came and which state was there before; the incident's journal says the same in words, in
 * the same transaction. A plan is kept as it was shown: what is carried out is what was approved, whatever
 * policies and records have become.
 *
 * States of a step: planned -> intended (the state before is read and written down; from here on the call
 * may have been sent) -> sent (AWS said yes, and the state was read back) -> done (the state still holds
 * after IAM's consistency window). Or: skipped (it was so before; nothing was sent, nothing is taken back),
 * conflict (neither the state that was wanted nor the effect), failed (AWS refused; nothing changed),
 * lost (the effect was there and somebody took it away). Undoing: undoing -> undone, or moved (the world
 * moved on; nothing was touched), kept (it cannot be taken back). A step that touches nothing in AWS is a
 * notice from the start and stays one; done_ms says that it is in the outbox.
 */
#ifndef KS_RESPOND_LEDGER_H
#define KS_RESPOND_LEDGER_H

#include "lib/respond/plan.h"
#include "lib/store/db.h"
#include "lib/store/seat.h"

enum ks_ledger_state {
	KS_LEDGER_WAITING,           /* for an approval */
	KS_LEDGER_READY,             /* approved, or enforced: may be carried out */
	KS_LEDGER_RUNNING,           /* begun; also what a crash leaves behind */
	KS_LEDGER_DONE,              /* every step is done or skipped */
	KS_LEDGER_PARTLY,            /* over, and some step failed, was lost or is in conflict */
	KS_LEDGER_UNDOING,
	KS_LEDGER_UNDONE,            /* everything that can be taken back was */
	KS_LEDGER_UNDONE_PARTLY,
	KS_LEDGER_EXPIRED,           /* nobody approved it in time, or the approval ran out */
	KS_LEDGER_REFUSED,           /* by a guard */
};

enum ks_ledger_step_state {
	KS_LEDGER_STEP_PLANNED, KS_LEDGER_STEP_INTENDED, KS_LEDGER_STEP_SENT, KS_LEDGER_STEP_DONE,
	KS_LEDGER_STEP_SKIPPED, KS_LEDGER_STEP_CONFLICT, KS_LEDGER_STEP_FAILED, KS_LEDGER_STEP_LOST,
	KS_LEDGER_STEP_UNDOING, KS_LEDGER_STEP_UNDONE, KS_LEDGER_STEP_MOVED, KS_LEDGER_STEP_KEPT,
	KS_LEDGER_STEP_NOTICE,
};

/* Strings live in the arena that it was read into. */
struct ks_ledger_plan {
	int64_t id;
	int64_t incident;
	struct ks_str digest;        /* hex */
	struct ks_str policy;        /* its name; "by hand" where somebody named the key himself */
	struct ks_str mode;          /* of the policy, when the plan was made: "approve" … */
	struct ks_str account;
	struct ks_str actor;         /* "key:AKIA…" or "principal:arn…" */
	struct ks_str key_id;        /* that it is about; empty: a principal without one */
	bool is_decoy;
	enum ks_ledger_state state;
	int64_t made_ms;
	struct ks_str approved_by;   /* p NULL: nobody */
	int64_t approved_ms, expires_ms;     /* KS_TIME_NONE: not yet, never */
	int64_t begun_ms, ended_ms;          /* KS_TIME_NONE: not yet */
	int64_t owner;               /* number of the seat (seat.h) of who is at it; 0: nobody */
};

struct ks_ledger_step {
	int64_t plan, number;        /* number from 1 */
	struct ks_step step;         /* whole, as it was planned; without its hits */
	enum ks_ledger_step_state state;
	struct ks_str before;        /* the state that was read; p NULL: not yet */
	struct ks_str effect;        /* that it was sent for, the time filled in; p NULL: not yet */
	int64_t sent_ms;             /* when it was sent last, or was about to be; KS_TIME_NONE */
	int64_t done_ms;             /* when the state was last found to hold; KS_TIME_NONE */
	int64_t again_ms;            /* when it was found that the incident's actor had taken it back, and that
	                              * it is to be applied again; KS_TIME_NONE: never */
	int64_t attempts;            /* how often it was sent, to take it back too */
	struct ks_str request_id, note;      /* AWS's; what went wrong, for people; p NULL: nothing */
};

/* Stores the plan, inside the caller's transaction, as waiting, or ready when it may act at once. The same
 * plan (its digest) of the same incident that still waits or is ready is not stored twice: *out_id is that
 * one's. */
int ks_ledger_add(struct ks_db *db, const struct ks_plan *plan, bool is_ready, int64_t now_ms,
	int64_t expires_ms, int64_t *out_id, struct ks_err *err);

int ks_ledger_find(struct ks_db *db, int64_t id, struct ks_arena *arena, struct ks_ledger_plan *out,
	bool *out_found, struct ks_err *err);
/* struct ks_ledger_plan, oldest first; incident 0: of all. */
int ks_ledger_list(struct ks_db *db, int64_t incident, struct ks_arena *arena, struct ks_vec *out,
	struct ks_err *err);
/* Plans that somebody approved, that are not begun or not over, and whose time has not run out: struct
 * ks_ledger_plan, oldest first. */
int ks_ledger_approved(struct ks_db *db, int64_t now_ms, struct ks_arena *arena, struct ks_vec *out,
	struct ks_err *err);
/* struct ks_ledger_step, in order. */
int ks_ledger_steps(struct ks_db *db, int64_t plan, struct ks_arena *arena, struct ks_vec *out,
	struct ks_err *err);

/* Moves a waiting plan to ready, or approves one that was ready without: then its wide steps go too. Inside
 * the caller's transaction. Errors: NOTFOUND; CONFLICT (another digest); STATE (neither, or too late). */
int ks_ledger_approve(struct ks_db *db, int64_t id, struct ks_str digest, struct ks_str who, int64_t now_ms,
	int64_t expires_ms, struct ks_err *err);

/* A plan that waits, or is ready and was not approved, and that nobody is at, gives way: to is EXPIRED, or
 * WAITING with the time until which it waits (else KS_TIME_NONE). Inside the caller's transaction; in any
 * other state nothing happens. why: for the journal. */
struct ks_ledger_yield {
	int64_t plan;
	enum ks_ledger_state to;
	int64_t now_ms, expires_ms;
	const char *why;
};
int ks_ledger_yield(struct ks_db *db, const struct ks_ledger_yield *yield, struct ks_err *err);

/* What still waits or is ready and whose time has run out is expired from here on. */
int ks_ledger_expire(struct ks_db *db, int64_t now_ms, struct ks_err *err);

/* How many real keys (not decoys; a principal without a key counts as one) have steps that were sent since
 * that time or plans that were begun then and are running, one left out: by the key's id,
 * the actor, or the principal's ARN. Counting ends at enough, so that it costs no more than that. */
int ks_ledger_count_keys(struct ks_db *db, int64_t since_ms, struct ks_str except, int64_t enough,
	int64_t *out, struct ks_err *err);

/* Makes the plan the seat's own, so that no other process works on it: compare-and-set. A plan whose owner
 * is gone is taken over. Errors: NOTFOUND; STATE (in none of the states, or somebody alive is at it). */
struct ks_ledger_claim {
	int64_t plan;
	const struct ks_seat *seat;
	unsigned from;               /* states that it may be in: bits 1u << enum ks_ledger_state */
	enum ks_ledger_state to;
	struct ks_str who;
	int64_t now_ms;
};
int ks_ledger_claim(struct ks_db *db, const struct ks_ledger_claim *claim, struct ks_err *err);

/* Writes a step's row as it now is, and kind ("step-sent") into the journal, inside the caller's
 * transaction. Errors: STATE (the plan is not the owner's any more). */
struct ks_ledger_change {
	const struct ks_ledger_plan *plan;
	int64_t owner;
	struct ks_str who;
	int64_t now_ms;
};
int ks_ledger_put(struct ks_db *db, const struct ks_ledger_change *change, const struct ks_ledger_step *step,
	const char *kind, struct ks_err *err);

/* Lets go of the plan, in that state. expires_ms: KS_TIME_NONE leaves it as it is. why: NULL, or for the
 * journal. */
int ks_ledger_end(struct ks_db *db, const struct ks_ledger_change *change, enum ks_ledger_state state,
	int64_t expires_ms, const char *why, struct ks_err *err);

const char *ks_ledger_state_name(enum ks_ledger_state state);
const char *ks_ledger_step_state_name(enum ks_ledger_step_state state);

#endif
