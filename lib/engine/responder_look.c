/* What was done before: whether it still holds. */
#include "lib/engine/responder_parts.h"

#include "lib/base/time.h"
#include "lib/incident/incident.h"

#include <inttypes.h>

#define LOOK_SOON_MS (INT64_C(10) * 1000)       /* until incidents that got news are looked at */
#define MERGES_MOST 64

void ks_responder_look_stir(struct ks_responder *r, int64_t incident)
{
	if (!ks_responder_act_has(&r->stirred, incident))
		*(int64_t *)ks_vec_push(&r->stirred) = incident;
	if (r->soon_ms == INT64_MAX)
		r->soon_ms = ks_responder_act_clock() + LOOK_SOON_MS;
}

static void tell_recheck(struct ks_responder *r, const struct ks_ledger_plan *plan,
	const struct ks_executor_recheck *recheck, struct ks_arena *arena)
{
	struct ks_responder_news news = { .what = KS_RESPONDER_GONE, .incident = plan->incident,
		.plan = plan->id, .policy = plan->policy, .digest = ks_arena_strdup(arena, plan->digest),
		.steps = recheck->taken + recheck->lost, .why = recheck->why };

	if (news.steps > 0) {
		ks_responder_act_tell(r, &news);
	} else if (recheck->gone > 0 && !ks_responder_act_has(&r->told, plan->id)) {
		*(int64_t *)ks_vec_push(&r->told) = plan->id;
		news.steps = recheck->gone;
		news.why = "somebody took it back, and no stored event says who yet";
		ks_responder_act_tell(r, &news);
	}
}

static void look_at_plan(struct ks_responder *r, const struct ks_ledger_plan *plan, struct ks_arena *arena)
{
	const struct ks_executor_request request = { .plan = plan->id,
		.policy = ks_responder_act_policy(r, plan->policy, arena), .rule_name = r->config.rule_name,
		.arg = r->config.arg, .is_later = true };
	struct ks_executor_recheck recheck;
	struct ks_err err = { 0 };
	int rc = ks_executor_recheck(r->config.mandate, r->db, &request, &recheck, &err);

	if (rc == 0 || recheck.taken + recheck.lost > 0)
		tell_recheck(r, plan, &recheck, arena);
	if (rc == 0 && recheck.taken > 0)
		ks_responder_act_begin(r, &(struct ks_responder_order){ .plan = plan->id, .steps = recheck.taken,
			.since_ms = KS_TIME_NONE, .is_again = true });
	else if (rc != 0 && recheck.taken > 0)
		ks_responder_act_tell_failure(r, plan->incident, plan->id, &err);
	else if (rc != 0)
		ks_log_write(&r->config.mandate->ctx->log, KS_LOG_WARNING, "plan %" PRId64 " could not be looked "
			"at: %s", plan->id, err.message);
	ks_executor_recheck_release(&recheck);
}

/* An incident that is not merged, closed or on hold. */
bool ks_responder_look_is_due(struct ks_responder *r, int64_t id, struct ks_arena *arena)
{
	struct ks_incident incident = { 0 };
	struct ks_err ignored = { 0 };
	bool is_found = false;

	for (int i = 0; i < MERGES_MOST && (id != 0); i++) {
		if (ks_incident_find(r->db, id, arena, &incident, &is_found, &ignored) != 0 || !is_found)
			return false;
		id = incident.merged_into;
	}
	return incident.state == KS_INCIDENT_OPEN || incident.state == KS_INCIDENT_ACKNOWLEDGED;
}

static bool was_acted(const struct ks_responder *r, int64_t plan)
{
	for (size_t i = 0; i < r->acted.n; i++)
		if (KS_VEC_AT(&r->acted, struct ks_responder_acted, i)->plan == plan)
			return true;
	return false;
}

void ks_responder_look_forget(struct ks_responder *r, int64_t incident)
{
	struct ks_responder_acted *all = r->acted.p;
	size_t kept = 0;

	for (size_t i = 0; i < r->acted.n; i++)
		if (all[i].incident != incident)
			all[kept++] = all[i];
	r->acted.n = kept;
}

/* Which plans to look at; incident 0: of all. The oldest one's turn comes first. */
static void list_plans(struct ks_responder *r, int64_t incident)
{
	struct ks_vec plans = KS_VEC_OF(struct ks_ledger_plan);
	struct ks_arena arena = { NULL };
	struct ks_err err = { 0 };

	if (ks_ledger_list(r->db, incident, &arena, &plans, &err) != 0)
		ks_log_write(&r->config.mandate->ctx->log, KS_LOG_WARNING, "what was done could not be looked at: "
			"%s", err.message);
	for (size_t i = plans.n; i > 0; i--) {
		const struct ks_ledger_plan *plan = KS_VEC_AT(&plans, struct ks_ledger_plan, i - 1);

		if ((plan->state == KS_LEDGER_DONE || plan->state == KS_LEDGER_PARTLY) && !was_acted(r, plan->id) &&
			!ks_responder_act_has(&r->looking, plan->id))
			*(int64_t *)ks_vec_push(&r->looking) = plan->id;
	}
	ks_vec_release(&plans);
	ks_arena_release(&arena);
}

/* has_all: of all incidents, else of those with news. */
static void plan_look(struct ks_responder *r, bool has_all)
{
	if (has_all)
		list_plans(r, 0);
	for (size_t i = 0; i < r->stirred.n && !has_all; i++)
		list_plans(r, *KS_VEC_AT(&r->stirred, int64_t, i));
	ks_vec_clear(&r->stirred);
	ks_vec_clear(&r->acted);
	r->soon_ms = INT64_MAX;
	if (has_all)
		r->look_ms = ks_responder_act_clock() + KS_RESPONDER_LOOK_MS;
}

/* At one of them: more is not done while somebody may be waiting. */
void ks_responder_look_next(struct ks_responder *r)
{
	int64_t id = *KS_VEC_AT(&r->looking, int64_t, r->looking.n - 1);
	struct ks_ledger_plan plan = { 0 };
	struct ks_arena arena = { NULL };
	struct ks_err err = { 0 };
	bool is_found = false;

	r->looking.n--;
	if (ks_ledger_find(r->db, id, &arena, &plan, &is_found, &err) != 0)
		ks_log_write(&r->config.mandate->ctx->log, KS_LOG_WARNING, "plan %" PRId64 " could not be looked "
			"at: %s", id, err.message);
	else if (is_found && (plan.state == KS_LEDGER_DONE || plan.state == KS_LEDGER_PARTLY) &&
		ks_responder_look_is_due(r, plan.incident, &arena))
		look_at_plan(r, &plan, &arena);
	ks_arena_release(&arena);
}

void ks_responder_look_plan(struct ks_responder *r)
{
	int64_t now = ks_responder_act_clock();

	if (now >= r->look_ms)
		plan_look(r, true);
	else if (now >= r->soon_ms)
		plan_look(r, false);
}

/* Everything, whoever waits. */
void ks_responder_look_all(struct ks_responder *r)
{
	plan_look(r, true);
	while (r->looking.n > 0 && !ks_ctx_is_stopping(r->config.mandate->ctx))
		ks_responder_look_next(r);
}
