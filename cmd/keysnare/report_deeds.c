/* Plans and steps as strings. Nothing is escaped here: the page does that. */
#include "cmd/keysnare/report_deeds.h"

#include "lib/respond/ledger.h"

#include <inttypes.h>

/* What one would type next, if anything. */
static void say_next(const struct ks_ledger_plan *plan, bool can_undo, struct ks_arena *arena,
	struct ks_deedview_plan *out)
{
	switch (plan->state) {
	case KS_LEDGER_WAITING:
		out->next_label = "It waits for somebody";
		out->next = ks_arena_printf(arena, "keysnare respond approve %" PRId64, plan->incident);
		break;
	case KS_LEDGER_READY:
		out->next_label = "To carry it out";
		out->next = ks_arena_printf(arena, "keysnare respond run --plan %" PRId64, plan->id);
		break;
	default:
		out->next_label = "To take it back";
		out->next =
			can_undo ? ks_arena_printf(arena, "keysnare respond undo --plan %" PRId64, plan->id) : NULL;
	}
}

/* Whether the step changed something that can be taken back. */
static bool is_standing(const struct ks_ledger_step *step)
{
	return step->step.inverse.operation != NULL &&
		(step->state == KS_LEDGER_STEP_SENT || step->state == KS_LEDGER_STEP_DONE ||
			step->state == KS_LEDGER_STEP_INTENDED || step->state == KS_LEDGER_STEP_UNDOING);
}

static int load_plan(struct ks_db *db, const struct ks_ledger_plan *plan, struct ks_report_deeds *deeds,
	struct ks_err *err)
{
	struct ks_vec steps = KS_VEC_OF(struct ks_ledger_step);
	struct ks_deedview_plan view = { .number = plan->id,
		.state = ks_ledger_state_name(plan->state),
		.policy = plan->policy,
		.approved_by = plan->approved_by,
		.made_ms = plan->made_ms,
		.begun_ms = plan->begun_ms,
		.ended_ms = plan->ended_ms };
	int rc = ks_ledger_steps(db, plan->id, &deeds->arena, &steps, err);
	struct ks_deedview_step *rows =
		ks_arena_alloc(&deeds->arena, (steps.n > 0 ? steps.n : 1) * sizeof(*rows));
	bool can_undo = false;

	for (size_t i = 0; i < steps.n; i++) {
		const struct ks_ledger_step *step = KS_VEC_AT(&steps, struct ks_ledger_step, i);

		can_undo |= is_standing(step);
		rows[i] = (struct ks_deedview_step){ .number = step->number,
			.action = step->step.action,
			.target = step->step.target,
			.state = ks_ledger_step_state_name(step->state),
			.what = step->step.condition.what,
			.before = step->before,
			.effect = step->effect,
			.sent_ms = step->sent_ms,
			.done_ms = step->done_ms,
			.request_id = step->request_id,
			.note = step->note };
	}
	view.steps = rows;
	view.step_count = steps.n;
	say_next(plan, can_undo, &deeds->arena, &view);
	*(struct ks_deedview_plan *)ks_vec_push(&deeds->plans) = view;
	ks_vec_release(&steps);
	return rc;
}

int ks_report_deeds_load(struct ks_db *db, int64_t incident, struct ks_report_deeds *out, struct ks_err *err)
{
	struct ks_vec plans = KS_VEC_OF(struct ks_ledger_plan);
	int rc;

	*out = (struct ks_report_deeds){ .plans = KS_VEC_OF(struct ks_deedview_plan) };
	rc = ks_ledger_list(db, incident, &out->arena, &plans, err);
	for (size_t i = 0; rc == 0 && i < plans.n; i++)
		rc = load_plan(db, KS_VEC_AT(&plans, struct ks_ledger_plan, i), out, err);
	ks_vec_release(&plans);
	return rc;
}

void ks_report_deeds_release(struct ks_report_deeds *deeds)
{
	ks_vec_release(&deeds->plans);
	ks_arena_release(&deeds->arena);
}
