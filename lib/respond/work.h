/*
 * A plan that is being worked on: claimed, in an account that is open, its steps as they now are. What the
 * executor does to carry plans out and to take them back is made of these: read states, write intents, send,
 * wait, read again.
 */
#ifndef KS_RESPOND_WORK_H
#define KS_RESPOND_WORK_H

#include "lib/respond/crew.h"
#include "lib/respond/executor.h"

/* What this run has done to a step. */
struct ks_work_effort {
	unsigned sends;
	bool is_unread;              /* its state could not be read: it is left for the next run */
};

struct ks_work {
	const struct ks_mandate *mandate;
	struct ks_db *db;
	const struct ks_executor_request *request;
	struct ks_arena arena;
	struct ks_ledger_plan plan;
	enum ks_ledger_state was;    /* its state before it was claimed */
	struct ks_vec steps;         /* struct ks_ledger_step */
	struct ks_work_effort *efforts;      /* one for each step */
	struct ks_seat *seat;
	bool is_claimed;
	struct ks_pool_lease account;        /* zeroed: it is not open */
	struct ks_crew *crew;
};

/* A step that changed, and how the journal calls that. */
struct ks_work_entry {
	struct ks_ledger_step *step;
	const char *kind;            /* NULL: it did not change */
};

/* Finds the plan, opens its account, then claims it. from, to: as in ks_ledger_claim. Close it in any case.
 * Errors: as ks_executor_run's. */
int ks_work_open(struct ks_work *work, unsigned from, enum ks_ledger_state to, struct ks_err *err);
void ks_work_close(struct ks_work *work);

/* The same without a claim: to look only. */
int ks_work_peek(struct ks_work *work, struct ks_err *err);

/* The plan's incident, or the one that it has turned out to be a part of. */
int ks_work_find_incident(struct ks_work *work, int64_t *out, struct ks_err *err);

/* Lets go of the plan. */
int ks_work_end(struct ks_work *work, enum ks_ledger_state state, int64_t expires_ms, const char *why,
	struct ks_err *err);

/* Writes what changed in one transaction, then tells it. On the disk when it returns: an intent is to be
 * there before the call goes out. */
int ks_work_save(struct ks_work *work, const struct ks_work_entry *entries, size_t n, struct ks_err *err);
/* The same for what came of a call, which can be read back: it is on the disk with the next that is saved,
 * or with the end, at the latest. */
int ks_work_note_down(struct ks_work *work, const struct ks_work_entry *entries, size_t n,
	struct ks_err *err);

/* Carries out a step that tells people: its notice goes into the outbox with the ledger's row and the
 * journal's entry. */
int ks_work_tell(struct ks_work *work, struct ks_ledger_step *step, struct ks_err *err);

/* Reads the states of n steps: one job each, to be released by the caller with ks_crew_release. */
int ks_work_read(struct ks_work *work, struct ks_ledger_step *const *steps, size_t n,
	struct ks_crew_job *jobs, struct ks_err *err);

/* The text with KS_STEP_NOW and KS_STEP_BEFORE filled in. */
struct ks_str ks_work_fill(struct ks_arena *arena, struct ks_str text, int64_t now_ms, struct ks_str before);
struct ks_wire_call ks_work_fill_call(struct ks_arena *arena, const struct ks_wire_call *call,
	int64_t now_ms, struct ks_str before);

/* The state that a step brings about, or brought about. */
struct ks_str ks_work_effect(const struct ks_ledger_step *step);

/* How long IAM's window since that time still lasts; 0 when it is over. */
int64_t ks_work_window(const struct ks_work *work, int64_t since_ms);
/* Waits, which is told. False when a stop signal came first. settle: waits out the window. */
bool ks_work_wait(struct ks_work *work, int64_t wait_ms);
bool ks_work_settle(struct ks_work *work, int64_t since_ms);

/* Steps that may go out together with the one at first: the same call in several Regions. */
size_t ks_work_wave(const struct ks_work *work, size_t first);

/* Whether a refusal means that the account does not use that Region, and not that the keys are bad. */
bool ks_work_is_region_off(struct ks_work *work, const struct ks_wire_call *call, const struct ks_err *err);

struct ks_str ks_work_note(struct ks_work *work, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
struct ks_str ks_work_note_err(struct ks_work *work, const struct ks_err *err);

#endif
