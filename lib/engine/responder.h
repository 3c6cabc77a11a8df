/*
 * Responds while trails are watched: for each incident that was opened or changed it chooses the policy,
 * makes the plan, puts it into the ledger, and carries out at once what may act at once. A thread with a
 * connection of its own to the store: acting takes seconds, and reading goes on meanwhile.
 *
 * What goes into the ledger is said in answer.h. The same is never done twice for the same evidence, and
 * nothing for an incident on hold (snoozed). What a run of the program left behind without an approval does
 * not act on its own in the next: it waits for somebody.
 *
 * What somebody approves, in whatever process and also before this run, is carried out within a second or
 * so, as long as the approval is good; plans for a key that somebody named by hand are left to him. What
 * fails for a reason that may pass is tried again, later and later, while the guards let it; people are told
 * after three failures, and at once where AWS refuses (vigil.h). Of several responders on one store one does
 * it.
 *
 * What was done is looked at again when its incident gets news, every few minutes, and at the end of a run
 * that reads once: what the incident's actor took back is applied once more, all else is told
 * (ks_executor_recheck). Incidents that are closed or on hold are left alone.
 *
 * Nobody who uses a key waits for those before him. A plan that was sent is put aside until its window is
 * over, and the next one begins (inflight.h); looks and second attempts are made when no incident waits.
 * Accounts stay open between plans, so that STS is not asked for each (lib/aws/pool.h). The store is written
 * by one thread at a time, and the responder and the reader go before the others (lib/base/turn.h). What
 * each answer and plan asks of the store does not grow with the number of incidents.
 */
#ifndef KS_ENGINE_RESPONDER_H
#define KS_ENGINE_RESPONDER_H

#include "lib/engine/handover.h"
#include "lib/engine/sentry.h"
#include "lib/respond/executor.h"
#include "lib/respond/policyset.h"

struct ks_responder;

enum ks_responder_what {
	KS_RESPONDER_WAITS,          /* a plan waits for an approval */
	KS_RESPONDER_ACTS,           /* carrying out begins */
	KS_RESPONDER_ACTED,          /* and is over; summary says how */
	KS_RESPONDER_REFUSED,        /* by a guard: why */
	KS_RESPONDER_SHOWN,          /* a dry run: nothing is stored */
	KS_RESPONDER_LEFT,           /* a plan of an earlier run was ready or begun; it is left to people */
	KS_RESPONDER_GONE,           /* what a plan did does not hold any more: why */
	KS_RESPONDER_FAILED,         /* why; the watch goes on */
};

/* All borrowed for the call. */
struct ks_responder_news {
	enum ks_responder_what what;
	int64_t incident;
	int64_t plan;                /* 0: none is stored */
	struct ks_str policy;
	const char *digest;          /* hex; NULL: there is no plan */
	size_t steps;
	const char *why;             /* NULL: there is nothing to add */
	const struct ks_executor_summary *summary;       /* ACTED only */
};

/* All borrowed until finish. Nothing else may use the mandate's settings meanwhile. */
struct ks_responder_config {
	const struct ks_mandate *mandate;
	const char *store_path;
	const struct ks_policyset *policies;             /* that passed its check */
	struct ks_str (*rule_name)(void *arg, struct ks_str rule_id);    /* as in facts.h */
	void (*tell)(void *arg, const struct ks_responder_news *news);   /* called by the thread */
	void *arg;                                       /* of both */
	const char *const *notifiers;                    /* names: each is told of what waits */
	size_t notifier_count;
	struct ks_sentry *sentry;                        /* hears what cannot be carried out; or NULL */
	void (*retired)(void *arg);                      /* policies are not used any more; may be NULL */
	void *retired_arg;
};

struct ks_responder_summary {
	uint64_t waiting, carried_out, refused, failed;  /* plans, since start */
};

/* Begins, and looks at what an earlier run left. Errors: the store's; IO. */
int ks_responder_start(const struct ks_responder_config *config, struct ks_responder **out,
	struct ks_err *err);

/* The incident was opened or changed, and that is committed. From any thread; returns at once. */
void ks_responder_add(struct ks_responder *responder, int64_t incident);

/* Other policies hold from the next incident on. From any thread; returns at once. Those of the config are
 * no longer used once the next set is taken and everything that was begun is over, of which their retired
 * says. */
void ks_responder_renew(struct ks_responder *responder, const struct ks_handover_set *next);

/* Ends the thread: after everything that was added with is_draining, else after the plan at hand. NULL is
 * fine. */
void ks_responder_finish(struct ks_responder *responder, bool is_draining,
	struct ks_responder_summary *out);

#endif
