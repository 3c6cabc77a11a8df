/* What AWS says now of what was done, and who changed it. */
#include "lib/base/mem.h"
#include "lib/respond/culprit.h"
#include "lib/respond/probe.h"
#include "lib/respond/work.h"

#include <stdlib.h>

/* The state that the ledger claims; p NULL: it claims none. */
static struct ks_str claimed(const struct ks_ledger_step *step)
{
	switch (step->state) {
	case KS_LEDGER_STEP_DONE:
	case KS_LEDGER_STEP_SENT:
	case KS_LEDGER_STEP_KEPT:
		return ks_work_effect(step);
	case KS_LEDGER_STEP_SKIPPED:
	case KS_LEDGER_STEP_UNDONE:
		return step->before;
	default:
		return (struct ks_str){ NULL, 0 };
	}
}

static int judge(struct ks_work *work, const struct ks_ledger_step *step, struct ks_arena *arena,
	struct ks_executor_standing *out, struct ks_err *err)
{
	struct ks_str want = claimed(step);
	struct ks_culprit who;
	bool has_effect = ks_probe_is_same(out->now, ks_work_effect(step));

	if (step->state == KS_LEDGER_STEP_INTENDED || step->state == KS_LEDGER_STEP_UNDOING) {
		out->why = KS_STR("it was interrupted, and what came of it is not written down yet: run it again");
		return 0;
	}
	if (want.p == NULL) {
		out->is_as_left = !has_effect || step->state == KS_LEDGER_STEP_PLANNED ||
			step->state == KS_LEDGER_STEP_MOVED;
		if (!out->is_as_left)
			out->why = KS_STR("it is written down as not done, and it is done: run it again to find out");
		return 0;
	}
	out->is_as_left = ks_probe_is_same(out->now, want);
	if (out->is_as_left || step->sent_ms == KS_TIME_NONE)
		return 0;
	if (ks_culprit_find(work, step, arena, &who, err) != 0)
		return -1;
	out->why = who.text.p != NULL ? who.text : KS_STR("no stored event says who did it");
	return 0;
}

static int look(struct ks_work *work, struct ks_arena *arena, struct ks_vec *out, struct ks_err *err)
{
	size_t n = work->steps.n, reads = 0;
	struct ks_ledger_step **steps = ks_mem_alloc((n + 1) * sizeof(struct ks_ledger_step *));
	struct ks_crew_job *jobs = ks_mem_alloc((n + 1) * sizeof(*jobs));
	size_t at = 0;
	int rc;

	for (size_t i = 0; i < n; i++) {
		struct ks_ledger_step *step = KS_VEC_AT(&work->steps, struct ks_ledger_step, i);

		if (step->state != KS_LEDGER_STEP_NOTICE)
			steps[reads++] = step;
	}
	rc = ks_work_read(work, steps, reads, jobs, err);
	for (size_t i = 0; rc == 0 && i < n; i++) {
		const struct ks_ledger_step *step = KS_VEC_AT(&work->steps, struct ks_ledger_step, i);
		struct ks_executor_standing *standing = ks_vec_push(out);
		struct ks_crew_job *job = &jobs[at];

		standing->number = step->number;
		if (step->state == KS_LEDGER_STEP_NOTICE) {
			standing->is_as_left = true;
			continue;
		}
		at++;
		if (job->is_begun && job->rc == 0) {
			standing->now = ks_arena_copy(arena, job->state);
			rc = judge(work, step, arena, standing, err);
		} else if (step->state == KS_LEDGER_STEP_SKIPPED && step->before.p == NULL) {
			standing->is_as_left = true;
			standing->why = step->note;
		} else {
			standing->why = job->is_begun ? ks_str_of(ks_arena_printf(arena, "%s", job->err.message)) :
				KS_STR("stopped before it was read");
		}
		if (standing->why.p != NULL)
			standing->why = ks_arena_copy(arena, standing->why);
	}
	ks_crew_release(jobs, reads);
	free(steps);
	free(jobs);
	return rc;
}

int ks_executor_look(const struct ks_mandate *mandate, struct ks_db *db, int64_t plan,
	struct ks_arena *arena, struct ks_vec *out, struct ks_err *err)
{
	const struct ks_executor_request request = { .plan = plan };
	struct ks_work work = { .mandate = mandate, .db = db, .request = &request };
	int rc = ks_work_peek(&work, err);

	if (rc == 0)
		rc = look(&work, arena, out, err);
	ks_work_close(&work);
	return rc;
}
