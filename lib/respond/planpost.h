/*
 * Notices about plans: one body for all of them, as lib/incident/outbox.h has it: what it would send in
 * short, by when somebody has to say yes, and how that is said.
 */
#ifndef KS_RESPOND_PLANPOST_H
#define KS_RESPOND_PLANPOST_H

#include "lib/incident/outbox.h"
#include "lib/respond/ledger.h"

#define KS_PLANPOST_CALLS 20u          /* calls that a notice names */

/* All borrowed. */
struct ks_planpost {
	const char *kind;                  /* "approval", "limit", "refused", "expired" */
	enum ks_level level;
	int64_t incident;
	struct ks_str actor, account, policy;
	int64_t plan;                      /* 0: none is stored, and there is nothing to approve */
	const char *digest;                /* hex; NULL: not known */
	int64_t steps;                     /* that it is about */
	const struct ks_vec *calls;        /* struct ks_step: those of the plan; NULL: not known */
	int64_t expires_ms;                /* KS_TIME_NONE: never */
	const char *why;                   /* NULL: nothing to add */
	bool can_approve;
	const char *const *notifiers;
	size_t notifier_count;
	int64_t now_ms;
};

/* Inside the caller's transaction. Errors are the store's. */
int ks_planpost_tell(struct ks_db *db, const struct ks_planpost *post, struct ks_err *err);

/* Fills in from the ledger what the plan says itself: all but kind, level, why, can_approve, the notifiers
 * and now. calls (of struct ks_step) is filled for it. */
int ks_planpost_load(struct ks_db *db, int64_t plan, struct ks_arena *arena, struct ks_vec *calls,
	struct ks_planpost *out, struct ks_err *err);

/* Tells of the plans whose time ran out (ks_ledger_expire), each once. A transaction of its own. *out_n: how
 * many. */
int ks_planpost_tell_expired(struct ks_db *db, const char *const *notifiers, size_t notifier_count,
	int64_t now_ms, size_t *out_n, struct ks_err *err);

/* Tells, once a plan, that a guard stopped it while it was about to be carried out; the notice has the level
 * of its incident. A transaction of its own. */
struct ks_planpost_refusal {
	int64_t plan;
	const char *why;
	const char *const *notifiers;
	size_t notifier_count;
	int64_t now_ms;
};
int ks_planpost_tell_refused(struct ks_db *db, const struct ks_planpost_refusal *refusal,
	struct ks_err *err);

#endif
