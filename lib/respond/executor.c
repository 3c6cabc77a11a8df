/* Carrying out a plan. */
#include "lib/respond/executor.h"

#include "lib/aws/fault.h"
#include "lib/base/mem.h"
#include "lib/base/time.h"
#include "lib/incident/journal.h"
#include "lib/respond/alarm.h"
#include "lib/respond/byhand.h"
#include "lib/respond/planpost.h"
#include "lib/respond/probe.h"
#include "lib/respond/rail.h"
#include "lib/respond/work.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define SENDS_MOST 2u /* of one step in one run: what somebody takes away is applied once more */

/* One run. */
struct run {
	struct ks_work work;
	struct ks_executor_summary *out;
	bool has_begun, is_over;     /* the first step was made; there is none any more */
	struct ks_facts facts;
	bool is_asked;               /* the guards were, and nothing was read or sent since */
	bool is_held;                /* a guard refused: nothing is sent any more, only read */
	bool needs_approval;         /* and an approval would do */
	bool is_paused;              /* and it is only the pause file */
	struct ks_err held;          /* by which guard */
};

/* Room for all steps of a wave. */
struct batch {
	struct ks_ledger_step **steps;
	struct ks_crew_job *jobs;
	struct ks_work_entry *entries;
	size_t n;
};

static void batch_init(struct batch *batch, size_t most)
{
	*batch = (struct batch){ .steps = ks_mem_alloc(most * sizeof(struct ks_ledger_step *) + 1),
		.jobs = ks_mem_alloc(most * sizeof(struct ks_crew_job) + 1),
		.entries = ks_mem_alloc(most * sizeof(struct ks_work_entry) + 1) };
}

static void batch_release(struct batch *batch)
{
	free(batch->steps);
	free(batch->jobs);
	free(batch->entries);
}

static struct ks_work_effort *effort_of(struct run *run, const struct ks_ledger_step *step)
{
	return &run->work.efforts[step - (const struct ks_ledger_step *)run->work.steps.p];
}

static void mark(struct batch *batch, size_t i, enum ks_ledger_step_state state, const char *kind,
	struct ks_str note)
{
	batch->steps[i]->state = state;
	batch->steps[i]->note = note;
	batch->entries[i] = (struct ks_work_entry){ batch->steps[i], kind };
}

/* ---- guards ---- */

static const struct ks_guard_verdict *find_verdict(const struct run *run, enum ks_guard_outcome outcome)
{
	for (size_t i = 0; i < run->out->verdicts.n; i++) {
		const struct ks_guard_verdict *v = KS_VEC_AT(&run->out->verdicts, struct ks_guard_verdict, i);

		if (v->outcome == outcome)
			return v;
	}
	return NULL;
}

static void hold(struct run *run, const char *what, const struct ks_guard_verdict *verdict)
{
	run->is_held = true;
	ks_err_set(&run->held, KS_ERR_GUARD, "plan %" PRId64 " %s: %s%s%s", run->work.plan.id, what,
		verdict != NULL ? verdict->guard : "its policy goes no further now", verdict != NULL ? ": " : "",
		verdict != NULL ? verdict->why : "");
}

/* Somebody is wanted who was not when the plan was made; at the highest level when it is the limit of keys
 * that asks for him. */
static int raise_alarm(struct run *run, const struct ks_guard_verdict *verdict, struct ks_err *err)
{
	const struct ks_mandate *mandate = run->work.mandate;
	const struct ks_alarm alarm = { .facts = &run->facts, .plan = run->work.plan.id,
		.policy = run->work.plan.policy, .verdicts = &run->out->verdicts, .notifiers = mandate->notifiers,
		.notifier_count = mandate->notifier_count, .expires_ms = run->facts.now_ms + mandate->approval_ms };
	bool raised;

	if (ks_alarm_raise(run->work.db, &alarm, &raised, err) != 0)
		return -1;
	return raised ? 0 : ks_alarm_wait(run->work.db, &alarm, verdict != NULL ? verdict->why : NULL, err);
}

/* Asks every guard again. What is held stays held. */
static int ask_guards(struct run *run, struct ks_err *err)
{
	const struct ks_ledger_plan *plan = &run->work.plan;
	bool is_approved = plan->approved_by.p != NULL, is_refused = false;
	struct ks_guard_world world;
	enum ks_policy_mode mode;

	if (run->is_held)
		return 0;
	run->facts.now_ms = ks_ctx_now(run->work.mandate->ctx);
	if (ks_mandate_world(run->work.mandate, run->work.db, &(struct ks_mandate_case){ .facts = &run->facts,
		.self = run->work.account.self, .made_ms = plan->made_ms, .is_approved = is_approved,
		.enough = run->work.request->policy->max_keys_per_hour }, &run->out->arena, &world, err) != 0)
		return -1;
	run->is_asked = true;
	ks_vec_clear(&run->out->verdicts);
	ks_guard_check(run->work.request->policy, &run->facts, &world, &run->out->arena, &run->out->verdicts);
	mode = ks_guard_limit(run->work.request->policy->mode, &run->out->verdicts, &is_refused);
	if (world.paused != NULL) {
		run->is_held = run->is_paused = true;
		ks_err_set(&run->held, KS_ERR_GUARD, "plan %" PRId64 " waits: everything is paused, %s; 'keysnare "
			"respond resume' ends that", plan->id, world.paused);
	} else if (is_refused) {
		hold(run, "is refused", find_verdict(run, KS_GUARD_REFUSE));
	} else if (mode < KS_POLICY_APPROVE) {
		hold(run, "may go no further than a dry run", find_verdict(run, KS_GUARD_DRY_RUN));
	} else if (mode < KS_POLICY_ENFORCE && !is_approved) {
		hold(run, "needs an approval", find_verdict(run, KS_GUARD_APPROVE));
		run->needs_approval = true;
		return raise_alarm(run, find_verdict(run, KS_GUARD_APPROVE), err);
	} else if (is_approved && plan->expires_ms != KS_TIME_NONE && plan->expires_ms <= run->facts.now_ms) {
		run->is_held = true;
		ks_err_set(&run->held, KS_ERR_STATE, "the approval of plan %" PRId64 " has run out, approve again "
			"with 'keysnare respond approve %" PRId64 "'", plan->id, plan->incident);
	}
	return 0;
}

/* Whether nobody has to approve the step any more. */
static bool is_free(const struct run *run, const struct ks_ledger_step *step)
{
	return run->work.plan.approved_by.p != NULL || ks_plan_is_free(&step->step);
}

/* ---- sending ---- */

static int intend(struct run *run, struct batch *batch, struct ks_wire_call *calls, struct ks_err *err)
{
	int64_t now = ks_ctx_now(run->work.mandate->ctx);

	for (size_t i = 0; i < batch->n; i++) {
		struct ks_ledger_step *step = batch->steps[i];

		calls[i] = ks_work_fill_call(&run->work.arena, &step->step.call, now, step->before);
		step->effect = ks_work_fill(&run->work.arena, ks_str_of(step->step.condition.effect), now,
			step->before);
		step->sent_ms = now;
		step->done_ms = KS_TIME_NONE;
		step->attempts++;
		step->request_id = (struct ks_str){ NULL, 0 };
		mark(batch, i, KS_LEDGER_STEP_INTENDED, "step-intended", (struct ks_str){ NULL, 0 });
		effort_of(run, step)->sends++;
	}
	return ks_work_save(&run->work, batch->entries, batch->n, err);
}

/* What came of one call that may have been sent. */
static void take_answer(struct run *run, struct batch *batch, size_t i)
{
	const struct ks_crew_job *job = &batch->jobs[i];
	struct ks_ledger_step *step = batch->steps[i];
	struct ks_str none = { NULL, 0 };

	if (!job->is_begun) {
		step->attempts--;
		step->sent_ms = KS_TIME_NONE;
		effort_of(run, step)->sends--;
		mark(batch, i, KS_LEDGER_STEP_PLANNED, "step-held", KS_STR("it was not sent: the run was stopped or "
			"paused"));
	} else if (job->rc == 0) {
		step->request_id = job->request_id.n > 0 ? ks_arena_copy(&run->work.arena, job->request_id) : none;
		mark(batch, i, KS_LEDGER_STEP_SENT, "step-sent", none);
	} else if (ks_fault_is_unknown(&job->err)) {
		mark(batch, i, KS_LEDGER_STEP_INTENDED, "step-unanswered", ks_work_note_err(&run->work, &job->err));
	} else if (job->err.code == KS_ERR_NOTFOUND && ks_str_is(ks_work_effect(step), KS_STEP_ABSENT)) {
		mark(batch, i, KS_LEDGER_STEP_SENT, "step-sent", KS_STR("somebody else had removed it just before"));
	} else {
		step->sent_ms = KS_TIME_NONE;
		mark(batch, i, KS_LEDGER_STEP_FAILED, "step-failed", ks_work_note_err(&run->work, &job->err));
	}
}

/* What was sent is read back at once: AWS's yes is one thing, the state another. */
static int read_back(struct run *run, struct batch *sent, struct ks_err *err)
{
	struct batch seen;
	int rc;

	batch_init(&seen, sent->n);
	for (size_t i = 0; i < sent->n; i++)
		if (sent->steps[i]->state == KS_LEDGER_STEP_SENT)
			seen.steps[seen.n++] = sent->steps[i];
	rc = ks_work_read(&run->work, seen.steps, seen.n, seen.jobs, err);
	for (size_t i = 0; rc == 0 && i < seen.n; i++) {
		if (!seen.jobs[i].is_begun)
			continue;
		if (seen.jobs[i].rc == 0 && ks_probe_is_same(seen.jobs[i].state, ks_work_effect(seen.steps[i])))
			continue;
		mark(&seen, i, KS_LEDGER_STEP_SENT, "step-unseen", seen.jobs[i].rc != 0 ?
			ks_work_note_err(&run->work, &seen.jobs[i].err) : KS_STR("AWS said yes, and the change is not "
			"to be seen yet"));
	}
	ks_crew_release(seen.jobs, seen.n);
	if (rc == 0)
		rc = ks_work_note_down(&run->work, seen.entries, seen.n, err);
	batch_release(&seen);
	return rc;
}

/* Whoever planned it may have been another identity than we are by now. */
static int drop_own(struct run *run, struct batch *batch, struct ks_err *err)
{
	size_t kept = 0;

	for (size_t i = 0; i < batch->n; i++) {
		struct ks_ledger_step *step = batch->steps[i];
		struct ks_work_entry entry = { step, "step-conflict" };

		if (!ks_rail_is_own(run->work.account.self, run->work.plan.account, &step->step)) {
			batch->steps[kept++] = step;
			continue;
		}
		step->state = KS_LEDGER_STEP_CONFLICT;
		step->note = KS_STR("this is keysnare itself, and it would lock itself out: nothing was sent");
		if (ks_work_save(&run->work, &entry, 1, err) != 0)
			return -1;
	}
	batch->n = kept;
	return 0;
}

/* Intent, call, answer, and a first look. */
static int send_batch(struct run *run, struct batch *batch, struct ks_err *err)
{
	struct ks_wire_call *calls = ks_arena_alloc(&run->work.arena, (batch->n + 1) * sizeof(*calls));
	int rc;

	if (drop_own(run, batch, err) != 0)
		return -1;
	if (batch->n == 0 || ks_ctx_is_stopping(run->work.mandate->ctx))
		return 0;
	if (intend(run, batch, calls, err) != 0)
		return -1;
	for (size_t i = 0; i < batch->n; i++)
		batch->jobs[i] = (struct ks_crew_job){ .call = &calls[i] };
	rc = ks_crew_run(run->work.crew, batch->jobs, batch->n, err);
	for (size_t i = 0; rc == 0 && i < batch->n; i++)
		take_answer(run, batch, i);
	ks_crew_release(batch->jobs, batch->n);
	/* Sending may have taken long: the guards are asked anew. And on the disk, with what came of it, is that
	 * the call was ours. */
	run->is_asked = false;
	if (rc == 0)
		rc = ks_work_save(&run->work, batch->entries, batch->n, err);
	if (rc == 0)
		rc = read_back(run, batch, err);
	return rc;
}

/* ---- the way forward: steps that are still to be sent ---- */

static bool is_to_do(const struct run *run, const struct ks_ledger_step *step)
{
	if (run->work.request->is_again)
		return step->state == KS_LEDGER_STEP_LOST && step->again_ms > step->sent_ms;
	return step->state == KS_LEDGER_STEP_PLANNED || step->state == KS_LEDGER_STEP_FAILED ||
		step->state == KS_LEDGER_STEP_CONFLICT || step->state == KS_LEDGER_STEP_LOST;
}

/* What an earlier run sent may have come to effect after it gave up: then it is ours to take back. */
static bool is_ours(const struct ks_ledger_step *step, struct ks_str state)
{
	return step->sent_ms != KS_TIME_NONE && step->before.p != NULL &&
		ks_probe_is_same(state, ks_work_effect(step)) && !ks_probe_is_same(state, step->before);
}

/* By the state that was read: true when the step is to be sent. */
static bool judge(struct run *run, struct batch *batch, size_t i)
{
	const struct ks_crew_job *job = &batch->jobs[i];
	struct ks_ledger_step *step = batch->steps[i];
	const struct ks_step_condition *condition = &step->step.condition;

	if (!job->is_begun)
		return false;
	if (job->rc != 0 && ks_work_is_region_off(&run->work, &condition->read, &job->err)) {
		mark(batch, i, KS_LEDGER_STEP_SKIPPED, "step-skipped", ks_work_note(&run->work, "Region " KS_STR_FMT
			" is not enabled for the account (%s)", KS_STR_ARG(condition->read.region), job->err.aws_code));
		return false;
	}
	if (job->rc != 0) {
		mark(batch, i, KS_LEDGER_STEP_FAILED, "step-failed", ks_work_note(&run->work, "its state could not "
			"be read, and nothing was sent: %s", job->err.message));
		return false;
	}
	if (is_ours(step, job->state)) {
		step->done_ms = ks_ctx_now(run->work.mandate->ctx);
		mark(batch, i, KS_LEDGER_STEP_DONE, "step-done", KS_STR("it was sent in an earlier run, and the "
			"state says that it was carried out"));
		return false;
	}
	/* Whatever the actor made of it, undoing brings back what was there before him. */
	if (run->work.request->is_again)
		return true;
	step->before = ks_arena_copy(&run->work.arena, job->state);
	if (ks_probe_is_same(job->state, ks_str_of(condition->effect))) {
		mark(batch, i, KS_LEDGER_STEP_SKIPPED, "step-skipped", KS_STR("it was so before"));
		return false;
	}
	if (condition->want != NULL && !ks_probe_is_same(job->state, ks_str_of(condition->want))) {
		mark(batch, i, KS_LEDGER_STEP_CONFLICT, "step-conflict", ks_work_note(&run->work,
			"%s is '" KS_STR_FMT
			"', not '%s': nothing was sent", condition->what, KS_STR_ARG(job->state), condition->want));
		return false;
	}
	return true;
}

static int apply_wave(struct run *run, size_t first, size_t n, struct ks_err *err)
{
	struct batch batch, go;
	int rc = 0;

	batch_init(&batch, n);
	batch_init(&go, n);
	for (size_t i = 0; i < n; i++) {
		struct ks_ledger_step *step = KS_VEC_AT(&run->work.steps, struct ks_ledger_step, first + i);

		if (is_to_do(run, step) && is_free(run, step))
			batch.steps[batch.n++] = step;
	}
	if (batch.n > 0 && !run->is_asked)
		rc = ask_guards(run, err);
	if (rc != 0 || batch.n == 0 || run->is_held)
		goto out;
	run->is_asked = false;
	rc = ks_work_read(&run->work, batch.steps, batch.n, batch.jobs, err);
	for (size_t i = 0; rc == 0 && i < batch.n; i++)
		if (judge(run, &batch, i))
			go.steps[go.n++] = batch.steps[i];
	ks_crew_release(batch.jobs, batch.n);
	if (rc == 0)
		rc = ks_work_note_down(&run->work, batch.entries, batch.n, err);
	if (rc == 0)
		rc = send_batch(run, &go, err);
out:
	batch_release(&batch);
	batch_release(&go);
	return rc;
}

/* Once a plan, whatever became of the steps before it. */
static int apply_notice(struct run *run, struct ks_ledger_step *step, struct ks_err *err)
{
	if (step->done_ms != KS_TIME_NONE || run->work.request->is_again)
		return 0;
	if (ask_guards(run, err) != 0)
		return -1;
	return run->is_held ? 0 : ks_work_tell(&run->work, step, err);
}

static int apply_all(struct run *run, struct ks_err *err)
{
	struct ks_ledger_step *step;
	size_t n;

	for (size_t i = 0; i < run->work.steps.n && !run->is_held; i += n) {
		if (ks_ctx_is_stopping(run->work.mandate->ctx))
			return 0;
		step = KS_VEC_AT(&run->work.steps, struct ks_ledger_step, i);
		n = ks_work_wave(&run->work, i);
		if ((step->state == KS_LEDGER_STEP_NOTICE ? apply_notice(run, step, err) :
													apply_wave(run, i, n, err)) != 0)
			return -1;
	}
	return 0;
}

/* ---- after the window: what was sent, or may have been ---- */

/* The effect is not there. True when the step is to be sent (again). */
static bool judge_gone(struct run *run, struct batch *batch, size_t i)
{
	const struct ks_crew_job *job = &batch->jobs[i];
	struct ks_ledger_step *step = batch->steps[i];
	const char *want = step->step.condition.want;
	bool was_sent = step->state == KS_LEDGER_STEP_SENT;
	bool is_before = want == NULL || ks_probe_is_same(job->state, ks_str_of(want)) ||
		(step->before.p != NULL && ks_probe_is_same(job->state, step->before));

	if (is_before && effort_of(run, step)->sends < SENDS_MOST)
		return true;
	if (was_sent)
		mark(batch, i, KS_LEDGER_STEP_LOST, "step-lost", ks_work_note(&run->work, "it was done%s, and now "
			"it is '"
			KS_STR_FMT "': somebody takes it back", effort_of(run, step)->sends > 1 ? " twice" : "",
			KS_STR_ARG(job->state)));
	else if (is_before)
		mark(batch, i, KS_LEDGER_STEP_FAILED, "step-failed", KS_STR("it was sent twice without an answer, "
			"and nothing has changed"));
	else
		mark(batch, i, KS_LEDGER_STEP_CONFLICT, "step-conflict", ks_work_note(&run->work, "it is now '"
			KS_STR_FMT "': neither what it was nor what it was to become", KS_STR_ARG(job->state)));
	return false;
}

static bool judge_after(struct run *run, struct batch *batch, size_t i)
{
	const struct ks_crew_job *job = &batch->jobs[i];
	struct ks_ledger_step *step = batch->steps[i];
	bool was_sent = step->state == KS_LEDGER_STEP_SENT;

	if (!job->is_begun)
		return false;
	if (job->rc != 0) {
		effort_of(run, step)->is_unread = true;
		mark(batch, i, step->state, "step-unread", ks_work_note_err(&run->work, &job->err));
		return false;
	}
	if (!ks_probe_is_same(job->state, ks_work_effect(step)))
		return judge_gone(run, batch, i);
	step->done_ms = ks_ctx_now(run->work.mandate->ctx);
	mark(batch, i, KS_LEDGER_STEP_DONE, "step-done", was_sent ? (struct ks_str){ NULL, 0 } :
		KS_STR("there was no answer, and the state says that it was carried out"));
	return false;
}

/* Steps of which it has to be found out, and since when. Those whose window is over, or all. */
static int64_t collect_open(struct run *run, bool has_all, struct batch *out)
{
	int64_t last = KS_TIME_NONE, now = ks_ctx_now(run->work.mandate->ctx);

	out->n = 0;
	for (size_t i = 0; i < run->work.steps.n; i++) {
		struct ks_ledger_step *step = KS_VEC_AT(&run->work.steps, struct ks_ledger_step, i);

		if ((step->state != KS_LEDGER_STEP_INTENDED && step->state != KS_LEDGER_STEP_SENT) ||
			run->work.efforts[i].is_unread)
			continue;
		if (!has_all && step->sent_ms + run->work.mandate->settle_ms > now)
			continue;
		out->steps[out->n++] = step;
		if (step->sent_ms > last)
			last = step->sent_ms;
	}
	return last;
}

/* What is not there, where nothing may be sent any more. */
static void mark_held(struct batch *batch, size_t i)
{
	if (batch->steps[i]->state == KS_LEDGER_STEP_SENT)
		mark(batch, i, KS_LEDGER_STEP_LOST, "step-lost", KS_STR("somebody took it back, and a guard keeps "
			"it from being sent again"));
	else
		mark(batch, i, KS_LEDGER_STEP_PLANNED, "step-held", KS_STR("it was not carried out, and a guard "
			"keeps it from being sent again"));
}

/* Reads them; sends again what is not there. */
static int confirm_batch(struct run *run, struct batch *batch, struct ks_err *err)
{
	struct batch again;
	int rc;

	run->is_asked = false;
	batch_init(&again, batch->n);
	memset(batch->entries, 0, batch->n * sizeof(*batch->entries));
	rc = ks_work_read(&run->work, batch->steps, batch->n, batch->jobs, err);
	for (size_t i = 0; rc == 0 && i < batch->n; i++)
		if (judge_after(run, batch, i))
			again.steps[again.n++] = batch->steps[i];
	ks_crew_release(batch->jobs, batch->n);
	if (rc == 0)
		rc = ks_work_note_down(&run->work, batch->entries, batch->n, err);
	if (rc == 0 && again.n > 0)
		rc = ask_guards(run, err);
	for (size_t i = 0; rc == 0 && run->is_held && i < again.n; i++)
		mark_held(&again, i);
	if (rc == 0)
		rc = run->is_held ? ks_work_save(&run->work, again.entries, again.n, err) :
			send_batch(run, &again, err);
	batch_release(&again);
	return rc;
}

/* has_all: of all that is open, whose window is over by now; else only of what was left long ago. */
static int confirm(struct run *run, bool has_all, struct ks_err *err)
{
	struct batch batch;
	int rc = 0;

	batch_init(&batch, run->work.steps.n);
	collect_open(run, has_all, &batch);
	if (batch.n > 0 && !ks_ctx_is_stopping(run->work.mandate->ctx))
		rc = confirm_batch(run, &batch, err);
	batch_release(&batch);
	return rc;
}

/* Whether there is something whose window has to be waited out, and for how long. */
static bool has_open(struct run *run, int64_t *out_wait_ms)
{
	struct batch batch;
	int64_t since;
	bool has;

	batch_init(&batch, run->work.steps.n);
	since = collect_open(run, true, &batch);
	has = batch.n > 0 && !ks_ctx_is_stopping(run->work.mandate->ctx);
	*out_wait_ms = has ? ks_work_window(&run->work, since) : 0;
	batch_release(&batch);
	return has;
}

/* ---- the end ---- */

static void count(struct run *run)
{
	struct ks_executor_summary *out = run->out;

	for (size_t i = 0; i < run->work.steps.n; i++) {
		const struct ks_ledger_step *step = KS_VEC_AT(&run->work.steps, struct ks_ledger_step, i);

		switch (step->state) {
		case KS_LEDGER_STEP_DONE:
			out->done++;
			break;
		case KS_LEDGER_STEP_SKIPPED:
			out->skipped++;
			break;
		case KS_LEDGER_STEP_FAILED:
		case KS_LEDGER_STEP_CONFLICT:
			out->failed++;
			break;
		case KS_LEDGER_STEP_LOST:
			out->lost++;
			break;
		case KS_LEDGER_STEP_PLANNED:
			out->waiting += !is_free(run, step);
			out->left++;
			break;
		case KS_LEDGER_STEP_INTENDED:
		case KS_LEDGER_STEP_SENT:
			out->left++;
			break;
		case KS_LEDGER_STEP_NOTICE:
			out->left += step->done_ms == KS_TIME_NONE;
			break;
		default:
			break;
		}
	}
}

static bool was_begun(const struct run *run)
{
	for (size_t i = 0; i < run->work.steps.n; i++) {
		enum ks_ledger_step_state state = KS_VEC_AT(&run->work.steps, struct ks_ledger_step, i)->state;

		if (state != KS_LEDGER_STEP_PLANNED && state != KS_LEDGER_STEP_NOTICE)
			return true;
	}
	return false;
}

/* A plan that nothing was done of: by what it is held, and whether that may pass. */
static enum ks_ledger_state state_when_held(const struct run *run)
{
	if (run->needs_approval)
		return KS_LEDGER_WAITING;
	if (run->held.code == KS_ERR_STATE)
		return KS_LEDGER_EXPIRED;
	if (run->is_paused)
		return run->work.was;
	return KS_LEDGER_REFUSED;
}

static enum ks_ledger_state state_after(const struct run *run)
{
	const struct ks_executor_summary *out = run->out;

	if (run->is_held && !was_begun(run))
		return state_when_held(run);
	if (out->left > out->waiting)
		return run->needs_approval ? KS_LEDGER_WAITING : KS_LEDGER_RUNNING;
	if (out->waiting > 0)
		return KS_LEDGER_WAITING;
	return out->failed > 0 || out->lost > 0 ? KS_LEDGER_PARTLY : KS_LEDGER_DONE;
}

/* Nobody sits in front of a plan that the watch carries out; who runs it by hand is told where he does. */
static int tell_refusal(const struct run *run, struct ks_err *err)
{
	const struct ks_mandate *mandate = run->work.mandate;
	const struct ks_planpost_refusal refusal = { run->work.plan.id, run->held.message, mandate->notifiers,
		mandate->notifier_count, ks_ctx_now(mandate->ctx) };

	if (run->held.code != KS_ERR_GUARD || run->is_paused || run->needs_approval ||
		!ks_str_has_prefix(mandate->who, KS_STR(KS_JOURNAL_SELF)))
		return 0;
	return ks_planpost_tell_refused(run->work.db, &refusal, err);
}

static int finish(struct run *run, struct ks_err *err)
{
	const struct ks_mandate *mandate = run->work.mandate;
	int64_t expires_ms = KS_TIME_NONE;
	bool is_held;

	count(run);
	run->out->state = state_after(run);
	if (run->out->state == KS_LEDGER_WAITING)
		expires_ms = ks_ctx_now(mandate->ctx) + mandate->approval_ms;
	/* Where nothing is left to do, nothing is held up. */
	is_held = run->is_held && run->out->state != KS_LEDGER_DONE;
	if (is_held && tell_refusal(run, err) != 0)
		return -1;
	if (ks_work_end(&run->work, run->out->state, expires_ms, is_held ? run->held.message : NULL, err) != 0)
		return -1;
	if (!is_held)
		return 0;
	*err = run->held;
	return -1;
}

static struct ks_str no_name(void *arg, struct ks_str rule_id)
{
	(void)arg;
	(void)rule_id;
	return (struct ks_str){ NULL, 0 };
}

static int load_facts(struct run *run, struct ks_err *err)
{
	const struct ks_executor_request *request = run->work.request;
	struct ks_facts_request facts = { .now_ms = ks_ctx_now(run->work.mandate->ctx),
		.rule_name = request->rule_name != NULL ? request->rule_name : no_name, .arg = request->arg,
		.is_by_hand = ks_byhand_is(run->work.plan.policy) };

	if (ks_work_find_incident(&run->work, &facts.incident, err) != 0)
		return -1;
	return ks_facts_load(run->work.db, &facts, &run->work.arena, &run->facts, err);
}

/* All that can be done before there is anything to wait for. */
static int send_all(struct run *run, struct ks_err *err)
{
	if (run->work.request->policy == NULL) {
		run->is_held = true;
		ks_err_set(&run->held, KS_ERR_GUARD, "plan %" PRId64 " is refused: its policy '" KS_STR_FMT
			"' is gone",
			run->work.plan.id, KS_STR_ARG(run->work.plan.policy));
	} else if (load_facts(run, err) != 0 || ask_guards(run, err) != 0) {
		return -1;
	}
	return confirm(run, false, err) == 0 ? apply_all(run, err) : -1;
}

static int begin(struct run *run, struct ks_err *err)
{
	const unsigned from = 1u << KS_LEDGER_READY | 1u << KS_LEDGER_RUNNING | 1u << KS_LEDGER_PARTLY;
	int rc = ks_work_open(&run->work, from, KS_LEDGER_RUNNING, err);

	run->out->state = run->work.plan.state;
	return rc == 0 ? send_all(run, err) : -1;
}

/* The store failed, or there was nothing to go by: as far as it can be said, what is written stays. */
static void let_go(struct run *run, const char *why)
{
	enum ks_ledger_state state;
	struct ks_err ignored = { 0 };

	if (!run->work.is_claimed)
		return;
	state = was_begun(run) ? KS_LEDGER_RUNNING : run->work.was;
	if (ks_work_end(&run->work, state, KS_TIME_NONE, why, &ignored) == 0)
		run->out->state = state;
}

static int step(struct run *run, int64_t *out_wait_ms, struct ks_err *err)
{
	int rc = run->has_begun ? confirm(run, true, err) : begin(run, err);

	run->has_begun = true;
	*out_wait_ms = 0;
	run->is_over = rc != 0 || !has_open(run, out_wait_ms);
	if (rc == 0 && run->is_over)
		rc = finish(run, err);
	if (rc != 0)
		let_go(run, err->message);
	return rc;
}

/* ---- piece by piece ---- */

struct ks_executor_run {
	struct run run;
	struct ks_executor_request request;
	struct ks_executor_summary summary;
};

static void summary_init(struct ks_executor_summary *out)
{
	*out = (struct ks_executor_summary){ .verdicts = KS_VEC_OF(struct ks_guard_verdict) };
	ks_arena_init(&out->arena);
}

struct ks_executor_run *ks_executor_start(const struct ks_mandate *mandate, struct ks_db *db,
	const struct ks_executor_request *request)
{
	struct ks_executor_run *run = ks_mem_alloc(sizeof(*run));

	run->request = *request;
	summary_init(&run->summary);
	run->run = (struct run){ .work = { .mandate = mandate, .db = db, .request = &run->request },
		.out = &run->summary };
	return run;
}

int ks_executor_step(struct ks_executor_run *run, bool *out_over, int64_t *out_wait_ms, struct ks_err *err)
{
	int rc = step(&run->run, out_wait_ms, err);

	*out_over = run->run.is_over;
	return rc;
}

void ks_executor_finish(struct ks_executor_run *run, struct ks_executor_summary *out)
{
	struct ks_err ignored = { 0 };

	if (run->run.has_begun && !run->run.is_over && run->run.work.is_claimed)
		finish(&run->run, &ignored);
	ks_work_close(&run->run.work);
	*out = run->summary;
	free(run);
}

int ks_executor_run(const struct ks_mandate *mandate, struct ks_db *db,
	const struct ks_executor_request *request, struct ks_executor_summary *out, struct ks_err *err)
{
	struct run run = { .work = { .mandate = mandate, .db = db, .request = request }, .out = out };
	int64_t wait_ms = 0;
	int rc;

	summary_init(out);
	rc = step(&run, &wait_ms, err);
	while (!run.is_over) {
		ks_work_wait(&run.work, wait_ms);
		rc = step(&run, &wait_ms, err);
	}
	ks_work_close(&run.work);
	return rc;
}

void ks_executor_release(struct ks_executor_summary *summary)
{
	if (summary == NULL)
		return;
	ks_vec_release(&summary->verdicts);
	ks_arena_release(&summary->arena);
}
