/* Taking back what was done. */
#include "lib/aws/fault.h"
#include "lib/base/mem.h"
#include "lib/base/time.h"
#include "lib/incident/incident.h"
#include "lib/respond/pause.h"
#include "lib/respond/probe.h"
#include "lib/respond/work.h"

#include <inttypes.h>
#include <stdlib.h>

#define SENDS_MOST 2u

struct undo {
	struct ks_work work;
	struct ks_executor_summary *out;
	struct ks_ledger_step **steps;       /* of the batch in hand */
	struct ks_crew_job *jobs;
	struct ks_work_entry *entries;
	size_t n;
	const char *paused;          /* what the pause file says; NULL: nothing holds us */
};

static void mark(struct undo *undo, size_t i, enum ks_ledger_step_state state, const char *kind,
	struct ks_str note)
{
	undo->steps[i]->state = state;
	undo->steps[i]->note = note;
	undo->entries[i] = (struct ks_work_entry){ undo->steps[i], kind };
}

static void clear(struct undo *undo)
{
	for (size_t i = 0; i < undo->n; i++)
		undo->entries[i] = (struct ks_work_entry){ 0 };
}

static struct ks_work_effort *effort_of(struct undo *undo, const struct ks_ledger_step *step)
{
	return &undo->work.efforts[step - (const struct ks_ledger_step *)undo->work.steps.p];
}

/* Puts back what was there: the call for a state that was, or for one where nothing was. */
static const struct ks_wire_call *inverse_of(const struct ks_ledger_step *step)
{
	const struct ks_step *planned = &step->step;

	return planned->inverse_absent.operation != NULL && ks_str_is(step->before, KS_STEP_ABSENT) ?
		&planned->inverse_absent : &planned->inverse;
}

/* A call of which nobody knows what came of it counts as sent: the state is read before anything is done. */
static bool is_to_undo(const struct ks_ledger_step *step)
{
	return step->state == KS_LEDGER_STEP_DONE || step->state == KS_LEDGER_STEP_SENT ||
		step->state == KS_LEDGER_STEP_INTENDED || step->state == KS_LEDGER_STEP_UNDOING;
}

/* ---- sending ---- */

static void take_answer(struct undo *undo, size_t i, enum ks_ledger_step_state was)
{
	const struct ks_crew_job *job = &undo->jobs[i];
	struct ks_ledger_step *step = undo->steps[i];

	if (!job->is_begun) {
		step->attempts--;
		effort_of(undo, step)->sends--;
		mark(undo, i, was, "undo-held", KS_STR("it was not taken back yet: the run was stopped or paused"));
	} else if (job->rc == 0) {
		if (job->request_id.n > 0)
			step->request_id = ks_arena_copy(&undo->work.arena, job->request_id);
		mark(undo, i, KS_LEDGER_STEP_UNDOING, "undo-sent", (struct ks_str){ NULL, 0 });
	} else if (ks_fault_is_unknown(&job->err)) {
		mark(undo, i, KS_LEDGER_STEP_UNDOING, "undo-unanswered", ks_work_note_err(&undo->work, &job->err));
	} else {
		mark(undo, i, was, "undo-failed", ks_work_note(&undo->work, "it could not be taken back: %s",
			job->err.message));
		effort_of(undo, step)->is_unread = true;
	}
}

/* Sends the inverse of every step of the batch. */
static int send_batch(struct undo *undo, struct ks_err *err)
{
	struct ks_wire_call *calls = ks_arena_alloc(&undo->work.arena, (undo->n + 1) * sizeof(*calls));
	enum ks_ledger_step_state *was = ks_arena_alloc(&undo->work.arena, (undo->n + 1) * sizeof(*was));
	int64_t now = ks_ctx_now(undo->work.mandate->ctx);
	int rc;

	if (undo->n == 0)
		return 0;
	for (size_t i = 0; i < undo->n; i++) {
		struct ks_ledger_step *step = undo->steps[i];

		was[i] = step->state == KS_LEDGER_STEP_UNDOING ? KS_LEDGER_STEP_UNDOING : KS_LEDGER_STEP_DONE;
		calls[i] = ks_work_fill_call(&undo->work.arena, inverse_of(step), now, step->before);
		step->sent_ms = now;
		step->attempts++;
		effort_of(undo, step)->sends++;
		mark(undo, i, KS_LEDGER_STEP_UNDOING, "undo-intended", (struct ks_str){ NULL, 0 });
	}
	if (ks_work_save(&undo->work, undo->entries, undo->n, err) != 0)
		return -1;
	for (size_t i = 0; i < undo->n; i++)
		undo->jobs[i] = (struct ks_crew_job){ .call = &calls[i] };
	rc = ks_crew_run(undo->work.crew, undo->jobs, undo->n, err);
	for (size_t i = 0; rc == 0 && i < undo->n; i++)
		take_answer(undo, i, was[i]);
	ks_crew_release(undo->jobs, undo->n);
	return rc == 0 ? ks_work_save(&undo->work, undo->entries, undo->n, err) : -1;
}

/* ---- the way back ---- */

static bool judge(struct undo *undo, size_t i)
{
	const struct ks_crew_job *job = &undo->jobs[i];
	struct ks_ledger_step *step = undo->steps[i];
	bool was_tried = step->state == KS_LEDGER_STEP_UNDOING;

	if (!job->is_begun)
		return false;
	if (job->rc != 0) {
		effort_of(undo, step)->is_unread = true;
		mark(undo, i, step->state, "undo-unread", ks_work_note_err(&undo->work, &job->err));
		return false;
	}
	if (was_tried && ks_probe_is_same(job->state, step->before)) {
		step->done_ms = ks_ctx_now(undo->work.mandate->ctx);
		mark(undo, i, KS_LEDGER_STEP_UNDONE, "step-undone", (struct ks_str){ NULL, 0 });
		return false;
	}
	if (!ks_probe_is_same(job->state, ks_work_effect(step))) {
		mark(undo, i, KS_LEDGER_STEP_MOVED, "step-moved", step->before.p != NULL &&
			ks_probe_is_same(job->state, step->before) ?
			KS_STR("it is again as it was before; nothing was sent") :
			ks_work_note(&undo->work, "it is now '" KS_STR_FMT "', which is not what was left; it was not "
				"touched", KS_STR_ARG(job->state)));
		return false;
	}
	if (inverse_of(step)->operation == NULL) {
		mark(undo, i, KS_LEDGER_STEP_KEPT, "step-kept", ks_str_of(step->step.inverse_note != NULL ?
			step->step.inverse_note : "it cannot be taken back"));
		return false;
	}
	return effort_of(undo, step)->sends < SENDS_MOST;
}

/* Reads the batch; what is to be sent stays in it. A second round that finds the effect gives up. */
static int judge_batch(struct undo *undo, struct ks_err *err)
{
	size_t kept = 0;

	clear(undo);
	if (ks_work_read(&undo->work, undo->steps, undo->n, undo->jobs, err) != 0)
		return -1;
	for (size_t i = 0; i < undo->n; i++) {
		bool is_to_send = judge(undo, i);

		if (!is_to_send && undo->jobs[i].is_begun && undo->entries[i].kind == NULL) {
			effort_of(undo, undo->steps[i])->is_unread = true;
			mark(undo, i, KS_LEDGER_STEP_DONE, "undo-failed", KS_STR("taking it back was sent twice, and "
				"its effect is still there"));
		}
	}
	if (ks_work_save(&undo->work, undo->entries, undo->n, err) != 0) {
		ks_crew_release(undo->jobs, undo->n);
		return -1;
	}
	for (size_t i = 0; i < undo->n; i++)
		if (undo->jobs[i].is_begun && undo->entries[i].kind == NULL)
			undo->steps[kept++] = undo->steps[i];
	ks_crew_release(undo->jobs, undo->n);
	undo->n = kept;
	return 0;
}

static bool is_paused(struct undo *undo)
{
	if (undo->paused == NULL && undo->work.mandate->pause_path != NULL)
		undo->paused = ks_pause_read(undo->work.mandate->pause_path, &undo->out->arena);
	return undo->paused != NULL;
}

/* Whether the state can be believed: a call that was sent a moment ago, or may have been, is waited for. */
static bool settle_open(struct undo *undo)
{
	int64_t last = KS_TIME_NONE;

	for (size_t i = 0; i < undo->n; i++) {
		const struct ks_ledger_step *step = undo->steps[i];

		if ((step->state == KS_LEDGER_STEP_INTENDED || step->state == KS_LEDGER_STEP_SENT ||
			step->state == KS_LEDGER_STEP_UNDOING) && step->sent_ms > last)
			last = step->sent_ms;
	}
	return last == KS_TIME_NONE || ks_work_settle(&undo->work, last);
}

static int undo_wave(struct undo *undo, size_t first, size_t n, struct ks_err *err)
{
	undo->n = 0;
	for (size_t i = n; i > 0; i--) {
		struct ks_ledger_step *step = KS_VEC_AT(&undo->work.steps, struct ks_ledger_step, first + i - 1);

		if (is_to_undo(step))
			undo->steps[undo->n++] = step;
	}
	if (undo->n == 0 || is_paused(undo) || !settle_open(undo))
		return 0;
	if (judge_batch(undo, err) != 0)
		return -1;
	return send_batch(undo, err);
}

/* Where waves begin, last one first. */
static int undo_all(struct undo *undo, struct ks_err *err)
{
	size_t *firsts = ks_arena_alloc(&undo->work.arena, (undo->work.steps.n + 1) * sizeof(*firsts));
	size_t waves = 0;

	for (size_t i = 0; i < undo->work.steps.n; i += ks_work_wave(&undo->work, i))
		firsts[waves++] = i;
	while (waves > 0 && !ks_ctx_is_stopping(undo->work.mandate->ctx)) {
		size_t first = firsts[--waves];

		if (undo_wave(undo, first, ks_work_wave(&undo->work, first), err) != 0)
			return -1;
	}
	return 0;
}

/* After the window everything is read again; what is still as we left it is taken back once more. */
static int confirm(struct undo *undo, struct ks_err *err)
{
	for (;;) {
		int64_t last = KS_TIME_NONE;

		undo->n = 0;
		for (size_t i = 0; i < undo->work.steps.n; i++) {
			struct ks_ledger_step *step = KS_VEC_AT(&undo->work.steps, struct ks_ledger_step, i);

			if (step->state != KS_LEDGER_STEP_UNDOING || undo->work.efforts[i].is_unread)
				continue;
			undo->steps[undo->n++] = step;
			last = step->sent_ms > last ? step->sent_ms : last;
		}
		if (undo->n == 0 || !ks_work_settle(&undo->work, last))
			return 0;
		if (judge_batch(undo, err) != 0)
			return -1;
		if (is_paused(undo))
			return 0;
		if (send_batch(undo, err) != 0)
			return -1;
	}
}

/* ---- the end ---- */

static void count(struct undo *undo)
{
	struct ks_executor_summary *out = undo->out;

	for (size_t i = 0; i < undo->work.steps.n; i++) {
		const struct ks_ledger_step *step = KS_VEC_AT(&undo->work.steps, struct ks_ledger_step, i);

		out->done += step->state == KS_LEDGER_STEP_UNDONE;
		out->skipped += step->state == KS_LEDGER_STEP_KEPT;
		out->failed += step->state == KS_LEDGER_STEP_MOVED;
		out->left += is_to_undo(step);
	}
}

static int refuse_paused(const struct undo *undo, struct ks_err *err)
{
	return ks_err_set(err, KS_ERR_GUARD, "plan %" PRId64 " is not taken back, or not all of it: everything "
		"is paused, %s; 'keysnare respond resume' ends that", undo->work.plan.id, undo->paused);
}

static int finish(struct undo *undo, struct ks_err *err)
{
	struct ks_executor_summary *out = undo->out;

	count(undo);
	out->state = out->left > 0 || out->failed > 0 ? KS_LEDGER_UNDONE_PARTLY : KS_LEDGER_UNDONE;
	if (ks_work_end(&undo->work, out->state, KS_TIME_NONE, NULL, err) != 0)
		return -1;
	return undo->paused != NULL ? refuse_paused(undo, err) : 0;
}

/* First of all, so that a watch does not contain at once what is being taken back. A closed incident is not
 * contained on its own anyway. */
static int put_on_hold(struct undo *undo, struct ks_err *err)
{
	const struct ks_mandate *mandate = undo->work.mandate;
	int64_t now = ks_ctx_now(mandate->ctx), until = undo->work.request->hold_until_ms;
	struct ks_incident_change change = { .now_ms = now, .who = mandate->who,
		.text = KS_STR("containment is taken back"), .until_ms = until != 0 ? until : now + KS_TIME_DAY };
	struct ks_err why = { 0 };

	if (ks_work_find_incident(&undo->work, &change.id, err) != 0)
		return -1;
	if (ks_incident_snooze(undo->work.db, &change, &why) == 0 || why.code == KS_ERR_STATE)
		return 0;
	*err = why;
	return -1;
}

/* Or is left to be ended, behind the last step, by one that was killed. */
static int check_something_was_done(const struct undo *undo, struct ks_err *err)
{
	if (undo->work.was == KS_LEDGER_UNDOING)
		return 0;
	for (size_t i = 0; i < undo->work.steps.n; i++)
		if (is_to_undo(KS_VEC_AT(&undo->work.steps, struct ks_ledger_step, i)))
			return 0;
	return ks_err_set(err, KS_ERR_STATE, "plan %" PRId64 " has no step that could be taken back",
		undo->work.plan.id);
}

static int take_back(struct undo *undo, struct ks_err *err)
{
	size_t most = undo->work.steps.n + 1;
	int rc = -1;

	undo->steps = ks_mem_alloc(most * sizeof(struct ks_ledger_step *));
	undo->jobs = ks_mem_alloc(most * sizeof(*undo->jobs));
	undo->entries = ks_mem_alloc(most * sizeof(*undo->entries));
	if (is_paused(undo))
		rc = refuse_paused(undo, err);
	else if (check_something_was_done(undo, err) == 0 && put_on_hold(undo, err) == 0 &&
		undo_all(undo, err) == 0 && confirm(undo, err) == 0)
		rc = finish(undo, err);
	free(undo->steps);
	free(undo->jobs);
	free(undo->entries);
	return rc;
}

int ks_executor_undo(const struct ks_mandate *mandate, struct ks_db *db,
	const struct ks_executor_request *request, struct ks_executor_summary *out, struct ks_err *err)
{
	struct undo undo = { .work = { .mandate = mandate, .db = db, .request = request }, .out = out };
	struct ks_err ignored = { 0 };
	int rc;

	*out = (struct ks_executor_summary){ .verdicts = KS_VEC_OF(struct ks_guard_verdict) };
	ks_arena_init(&out->arena);
	/* Also one whose rest nobody approved in time, or was about to be carried out: its steps say what was
	 * done. */
	rc = ks_work_open(&undo.work, ~(1u << KS_LEDGER_UNDONE), KS_LEDGER_UNDOING, err);
	out->state = undo.work.plan.state;
	if (rc == 0)
		rc = take_back(&undo, err);
	if (undo.work.is_claimed && ks_work_end(&undo.work, undo.work.was, KS_TIME_NONE, err->message,
		&ignored) == 0)
		out->state = undo.work.was;
	ks_work_close(&undo.work);
	return rc;
}
