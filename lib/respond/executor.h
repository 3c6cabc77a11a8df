/*
 * The executor: the only way in which anything is sent to contain. For every step: claim it, ask the guards
 * again, read the state, write down intent and that state, send, read back, wait out IAM's consistency
 * window, read back again, write down. The promise is "no effect twice and no effect unknown": what was not
 * answered is read back after the window before it is sent again, also by the next run after a crash, and
 * what somebody took away within the window is applied once more, then told.
 *
 * Steps that differ in their Region only go out together, each Region at its own pace of one call a second.
 * A step that fails does not keep the next ones from being sent. Running a plan again completes it.
 */
#ifndef KS_RESPOND_EXECUTOR_H
#define KS_RESPOND_EXECUTOR_H

#include "lib/respond/ledger.h"
#include "lib/respond/mandate.h"

/* What happens, as it happens: for progress on a terminal. */
struct ks_executor_news {
	const struct ks_ledger_step *step;       /* as it is now; NULL: the wait for IAM's window begins */
	int64_t wait_ms;
};

struct ks_executor_run;

struct ks_executor_request {
	int64_t plan;
	const struct ks_policy *policy;          /* as it is now, of the plan's name; NULL: it is gone, and the
	                                          * plan is refused */
	struct ks_str (*rule_name)(void *arg, struct ks_str rule_id);   /* as in facts.h */
	void (*tell)(void *arg, const struct ks_executor_news *news);    /* NULL: nobody wants to know */
	void *arg;                               /* of both */
	int64_t pace_ms;                         /* between calls to one SES API and Region; 0: AWS's second */
	bool is_again;                           /* run: only what the incident's actor took back (recheck) */
	bool is_later;                           /* recheck: what he took back is left to the caller to run */
	int64_t hold_until_ms;                   /* undo: until when the incident is on hold; 0: a day */
};

/* Filled as far as it came, also with an error: release it in any case. failed counts conflicts too, and
 * when undoing what moved; left is what still has to be sent or read back. When undoing, done counts what
 * was taken back and skipped what is kept. */
struct ks_executor_summary {
	enum ks_ledger_state state;              /* of the plan afterwards */
	size_t done, skipped, failed, lost, left;
	size_t waiting;                          /* of those left: for an approval */
	struct ks_vec verdicts;                  /* struct ks_guard_verdict, of the last time they were asked;
	                                          * release it */
	struct ks_arena arena;                   /* owns their texts; release it */
};

/* Carries out a plan that is ready, was begun, or came to its end with steps that failed: those are tried
 * again. Errors: NOTFOUND; STATE (it is none of these, it is late, or another program is at it); GUARD (not
 * an account of the mandate, refused, or no longer further than a dry run: err says which guard); PARSE (the
 * stored plan is damaged); the store's; and what opening the account meets. Failures of single steps are no
 * error: the summary counts them. What was sent before a guard refused is still read back. */
int ks_executor_run(const struct ks_mandate *mandate, struct ks_db *db,
	const struct ks_executor_request *request, struct ks_executor_summary *out, struct ks_err *err);

/* The same piece by piece, for those who have other things to do while IAM's window lasts: the first step
 * sends, and each later one, not before its time, reads back what was sent. Any number of plans may be under
 * way in one thread, each at its own pace; none of it waits but for answers. A plan that is not at its end
 * when it is finished stays as it is written down, and running it again completes it.
 *
 * The request is copied; what it points to, the mandate and db are borrowed until the finish. */
struct ks_executor_run *ks_executor_start(const struct ks_mandate *mandate, struct ks_db *db,
	const struct ks_executor_request *request);
/* *out_over: there is no next step, else it is to be made in *out_wait_ms. An error ends it, too; errors as
 * of run. */
int ks_executor_step(struct ks_executor_run *run, bool *out_over, int64_t *out_wait_ms, struct ks_err *err);
/* Fills out as run does, and frees. Before its end: lets go of the plan first. */
void ks_executor_finish(struct ks_executor_run *run, struct ks_executor_summary *out);

/* Takes back what was done, last step first, to the state that was read at the time. A step whose effect is
 * no longer there is left alone. Puts the incident on hold first (snoozed), so that it is not contained
 * again at once. Errors as above; STATE when nothing was done. */
int ks_executor_undo(const struct ks_mandate *mandate, struct ks_db *db,
	const struct ks_executor_request *request, struct ks_executor_summary *out, struct ks_err *err);

/* Reads how things stand now and changes nothing, in AWS or here: for each step (struct
 * ks_executor_standing) what AWS says. */
struct ks_executor_standing {
	int64_t number;
	struct ks_str now;                       /* the state; p NULL: it could not be read, and why says so */
	bool is_as_left;                         /* it is what the ledger says */
	struct ks_str why;
};
int ks_executor_look(const struct ks_mandate *mandate, struct ks_db *db, int64_t plan,
	struct ks_arena *arena, struct ks_vec *out, struct ks_err *err);

void ks_executor_release(struct ks_executor_summary *summary);

/* Whether what a plan did still holds. What the incident's actor took back, as events of trusted sources
 * say, is applied again, once, with every guard asked as before any step; a second time, and where somebody
 * else did it, the step is lost and people are told. Where no event says who, nothing is done yet. The plan
 * is done or partly done; only steps that are done are looked at. Errors: as of run. Release out in any
 * case. */
struct ks_executor_recheck {
	size_t gone;                             /* steps that do not hold, and nobody knows who did it */
	size_t taken, lost;                      /* by the actor for the first time; all others */
	const char *why;                         /* of the first of taken and lost; NULL: there is none */
	bool has_summary;                        /* what was taken was carried out again, or was to be; not with
	                                          * is_later */
	struct ks_executor_summary summary;
	struct ks_arena arena;
};
int ks_executor_recheck(const struct ks_mandate *mandate, struct ks_db *db,
	const struct ks_executor_request *request, struct ks_executor_recheck *out, struct ks_err *err);
void ks_executor_recheck_release(struct ks_executor_recheck *recheck);

#endif
