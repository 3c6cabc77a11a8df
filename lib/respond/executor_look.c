/* What AWS says now of what was done, and who changed it. */
#include "lib/base/mem.h"
#include "lib/base/time.h"
#include "lib/incident/evidence.h"
#include "lib/respond/probe.h"
#include "lib/respond/work.h"
#include "lib/store/sql.h"

#include <inttypes.h>
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

/* Whether the record's text names what the step was about. */
static bool names_target(const struct ks_step *step, struct ks_str raw)
{
	const struct ks_wire_call *read = &step->condition.read;

	if (step->condition.item.n > 0 && ks_str_find(raw, step->condition.item) < 0)
		return false;
	for (size_t i = 0; i < read->parameter_count; i++)
		if (ks_str_find(raw, read->parameters[i].value) < 0)
			return false;
	return read->region.n == 0 || ks_str_find(raw, read->region) >= 0;
}

static const char *name_of(const struct ks_wire_call *call)
{
	return call->operation != NULL ? call->operation->name : "";
}

/* The first stored event after the step that undoes it: "UpdateAccessKey by ARN at TIME (event ID)". */
static int find_who(struct ks_work *work, const struct ks_ledger_step *step, struct ks_arena *arena,
	struct ks_str *out, struct ks_err *err)
{
	struct ks_db_query *query = NULL;
	bool has_row = true;
	int rc = ks_sql_open(work->db, "SELECT " KS_EVIDENCE_COLUMNS " FROM events e WHERE e.time_ms > $1 AND "
		"e.name IN ($2, $3, $4) AND e.error IS NULL ORDER BY e.time_ms, e.identity",
		KS_SQL(KS_SQL_INT(step->sent_ms), KS_SQL_TEXT(ks_str_of(name_of(&step->step.inverse))),
			KS_SQL_TEXT(ks_str_of(name_of(&step->step.inverse_absent))),
			KS_SQL_TEXT(ks_str_of(name_of(&step->step.call)))), &query, err);

	while (rc == 0 && (rc = ks_db_step(query, &has_row, err)) == 0 && has_row) {
		struct ks_evidence e;
		char text[KS_TIME_TEXT];

		ks_evidence_read(query, &work->arena, &e);
		if (!names_target(&step->step, e.raw) ||
			ks_str_is_equal(e.actor_arn, work->self.acting.arn))
			continue;
		*out = ks_str_of(ks_arena_printf(arena, KS_STR_FMT " by " KS_STR_FMT " at %s (event " KS_STR_FMT ")",
			KS_STR_ARG(e.name), KS_STR_ARG(e.actor_arn), ks_time_render(e.time_ms, text),
			KS_STR_ARG(e.event_id)));
		break;
	}
	ks_db_finish(query);
	return rc;
}

static int judge(struct ks_work *work, const struct ks_ledger_step *step, struct ks_arena *arena,
	struct ks_executor_standing *out, struct ks_err *err)
{
	struct ks_str want = claimed(step), who = { NULL, 0 };
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
	if (find_who(work, step, arena, &who, err) != 0)
		return -1;
	out->why = who.p != NULL ? who : KS_STR("no stored event says who did it");
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
