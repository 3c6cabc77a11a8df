/* What was done, long after: whether it still holds, and what is done where somebody took it back. */
#include "lib/base/mem.h"
#include "lib/base/time.h"
#include "lib/respond/culprit.h"
#include "lib/respond/probe.h"
#include "lib/respond/work.h"

#include <inttypes.h>
#include <stdlib.h>

/* What was found of a step. */
struct finding {
	int64_t number, sent_ms;
	struct ks_culprit who;
};

struct recheck {
	const struct ks_mandate *mandate;
	struct ks_db *db;
	const struct ks_executor_request *request;
	struct ks_executor_recheck *out;
	struct ks_vec findings;      /* struct finding: of whom somebody is known */
};

/* ---- looking ---- */

static int judge(struct recheck *r, struct ks_work *work, const struct ks_ledger_step *step,
	const struct ks_crew_job *job, struct ks_err *err)
{
	struct ks_culprit who;

	if (!job->is_begun || job->rc != 0 || ks_probe_is_same(job->state, ks_work_effect(step)))
		return 0;
	if (ks_culprit_find(work, step, &r->out->arena, &who, err) != 0)
		return -1;
	if (who.text.p == NULL)
		r->out->gone++;
	else
		*(struct finding *)ks_vec_push(&r->findings) = (struct finding){ step->number, step->sent_ms, who };
	return 0;
}

static int look(struct recheck *r, struct ks_work *work, struct ks_err *err)
{
	struct ks_ledger_step **steps = ks_mem_alloc((work->steps.n + 1) * sizeof(struct ks_ledger_step *));
	struct ks_crew_job *jobs = ks_mem_alloc((work->steps.n + 1) * sizeof(*jobs));
	size_t n = 0;
	int rc;

	for (size_t i = 0; i < work->steps.n; i++) {
		struct ks_ledger_step *step = KS_VEC_AT(&work->steps, struct ks_ledger_step, i);

		if (step->state == KS_LEDGER_STEP_DONE)
			steps[n++] = step;
	}
	rc = ks_work_read(work, steps, n, jobs, err);
	for (size_t i = 0; rc == 0 && i < n; i++)
		rc = judge(r, work, steps[i], &jobs[i], err);
	ks_crew_release(jobs, n);
	free(steps);
	free(jobs);
	return rc;
}

/* ---- writing it down ---- */

static bool goes_again(const struct ks_ledger_step *step, const struct ks_culprit *who)
{
	return who->is_actor && who->is_trusted && step->again_ms == KS_TIME_NONE;
}

static const char *say(const struct ks_ledger_step *step, const struct ks_culprit *who)
{
	if (!who->is_actor)
		return "it was taken back, and not by the incident's actor as far as events say; it is left so";
	if (!who->is_trusted)
		return "it was taken back, and the records that say by whom could be forged; it is left so";
	return step->again_ms == KS_TIME_NONE ?
		"the incident's actor took it back: it is to be applied once more" :
		"the incident's actor took it back again; it is left so";
}

static int put_down(struct recheck *r, struct ks_work *work, const struct finding *finding,
	struct ks_err *err)
{
	for (size_t i = 0; i < work->steps.n; i++) {
		struct ks_ledger_step *step = KS_VEC_AT(&work->steps, struct ks_ledger_step, i);
		struct ks_work_entry entry = { step, "step-lost" };
		const struct ks_culprit *who = &finding->who;

		/* Somebody may have been at it since. */
		if (step->number != finding->number || step->state != KS_LEDGER_STEP_DONE ||
			step->sent_ms != finding->sent_ms)
			continue;
		step->note = ks_work_note(work, "%s: " KS_STR_FMT, say(step, who), KS_STR_ARG(who->text));
		if (r->out->why == NULL)
			r->out->why = ks_arena_strdup(&r->out->arena, step->note);
		if (goes_again(step, who)) {
			step->again_ms = ks_ctx_now(r->mandate->ctx);
			entry.kind = "step-taken-back";
			r->out->taken++;
		} else {
			r->out->lost++;
		}
		step->state = KS_LEDGER_STEP_LOST;
		return ks_work_save(work, &entry, 1, err);
	}
	return 0;
}

static int put_all_down(struct recheck *r, struct ks_err *err)
{
	struct ks_work work = { .mandate = r->mandate, .db = r->db, .request = r->request };
	struct ks_err ignored = { 0 };
	int rc = ks_work_open(&work, 1u << KS_LEDGER_DONE | 1u << KS_LEDGER_PARTLY, KS_LEDGER_RUNNING, err);

	for (size_t i = 0; rc == 0 && i < r->findings.n; i++)
		rc = put_down(r, &work, KS_VEC_AT(&r->findings, struct finding, i), err);
	if (rc == 0)
		rc = ks_work_end(&work, KS_LEDGER_PARTLY, KS_TIME_NONE, r->out->why, err);
	else if (work.is_claimed)
		ks_work_end(&work, KS_LEDGER_PARTLY, KS_TIME_NONE, err->message, &ignored);
	ks_work_close(&work);
	return rc;
}

int ks_executor_recheck(const struct ks_mandate *mandate, struct ks_db *db,
	const struct ks_executor_request *request, struct ks_executor_recheck *out, struct ks_err *err)
{
	struct recheck r = { .mandate = mandate, .db = db, .request = request, .out = out,
		.findings = KS_VEC_OF(struct finding) };
	struct ks_work work = { .mandate = mandate, .db = db, .request = request };
	struct ks_executor_request again = *request;
	int rc;

	*out = (struct ks_executor_recheck){ .why = NULL };
	ks_arena_init(&out->arena);
	rc = ks_work_peek(&work, err);
	if (rc == 0)
		rc = look(&r, &work, err);
	ks_work_close(&work);
	if (rc == 0 && r.findings.n > 0)
		rc = put_all_down(&r, err);
	again.is_again = true;
	if (rc == 0 && out->taken > 0 && !request->is_later) {
		out->has_summary = true;
		rc = ks_executor_run(mandate, db, &again, &out->summary, err);
	}
	ks_vec_release(&r.findings);
	return rc;
}

void ks_executor_recheck_release(struct ks_executor_recheck *recheck)
{
	if (recheck->has_summary)
		ks_executor_release(&recheck->summary);
	ks_arena_release(&recheck->arena);
}
