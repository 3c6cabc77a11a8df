/* What a thread of the responder does about plans: they begin, are gone on with, and come to their end. */
#include "lib/engine/responder_parts.h"

#include "lib/base/pulse.h"
#include "lib/base/time.h"
#include "lib/engine/tempo.h"
#include "lib/respond/byhand.h"

#include <inttypes.h>
#include <stdio.h>
#include <time.h>

#define NAP_MS 50                /* ms between looks at the stop flag */

int64_t ks_responder_act_clock(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

void ks_responder_act_tell(struct ks_responder *r, const struct ks_responder_news *news)
{
	if (news->what == KS_RESPONDER_WAITS)
		r->summary.waiting++;
	else if (news->what == KS_RESPONDER_ACTED)
		r->summary.carried_out++;
	else if (news->what == KS_RESPONDER_REFUSED)
		r->summary.refused++;
	else if (news->what == KS_RESPONDER_FAILED)
		r->summary.failed++;
	ks_tempo_count(r->config.mandate->ctx, news);
	r->config.tell(r->config.arg, news);
}

void ks_responder_act_tell_failure(struct ks_responder *r, int64_t incident, int64_t plan,
	const struct ks_err *err)
{
	ks_responder_act_tell(r, &(struct ks_responder_news){ .what = err->code == KS_ERR_GUARD ?
		KS_RESPONDER_REFUSED : KS_RESPONDER_FAILED, .incident = incident, .plan = plan,
		.why = err->message });
}

const struct ks_policy *ks_responder_act_policy(struct ks_responder *r, struct ks_str name,
	struct ks_arena *arena)
{
	return ks_byhand_is(name) ? ks_byhand_find(r->config.policies, name, arena) :
		ks_map_find(&r->config.policies->names, name);
}

/* What the first step that failed says; *out_denied: AWS does not let us. */
static const char *find_trouble(struct ks_responder *r, int64_t plan, struct ks_arena *arena,
	bool *out_denied)
{
	struct ks_vec steps = KS_VEC_OF(struct ks_ledger_step);
	struct ks_err ignored = { 0 };
	const char *why = NULL;

	*out_denied = false;
	if (ks_ledger_steps(r->db, plan, arena, &steps, &ignored) != 0)
		steps.n = 0;
	for (size_t i = 0; i < steps.n; i++) {
		const struct ks_ledger_step *step = KS_VEC_AT(&steps, struct ks_ledger_step, i);
		bool is_denied = step->note.p != NULL && ks_str_find(step->note, KS_STR("AccessDenied")) >= 0;

		if (step->note.p == NULL || (step->state != KS_LEDGER_STEP_FAILED && step->state !=
			KS_LEDGER_STEP_INTENDED && step->state != KS_LEDGER_STEP_SENT) || *out_denied)
			continue;
		if (why == NULL || is_denied)
			why = ks_arena_printf(arena, "plan %" PRId64 ", step %" PRId64 " (%s): " KS_STR_FMT, plan,
				step->number, step->step.action, KS_STR_ARG(step->note));
		*out_denied |= is_denied;
	}
	ks_vec_release(&steps);
	return why;
}

/* One attempt at a plan, and what came of it. */
struct attempt {
	const struct ks_ledger_plan *plan;
	int rc;
	const struct ks_executor_summary *summary;
	const struct ks_err *err;
};

/* Whether it is to be tried again. What somebody took back is not: he is at work. */
static bool may_pass(const struct attempt *a)
{
	if (a->rc == 0)
		return a->summary->lost == 0 &&
			(a->summary->failed > 0 || a->summary->left > a->summary->waiting);
	switch (a->err->code) {
	case KS_ERR_IO:
	case KS_ERR_FULL:
	case KS_ERR_AUTH:
	case KS_ERR_DENIED:
	case KS_ERR_THROTTLED:
	case KS_ERR_NET:
	case KS_ERR_REMOTE:
	case KS_ERR_CONFLICT:
		return true;
	case KS_ERR_GUARD:
		/* A pause ends; what nobody approved may be old by then, and is left to people. */
		return a->plan->approved_by.p != NULL && (a->summary->state == KS_LEDGER_READY ||
			a->summary->state == KS_LEDGER_RUNNING);
	default:
		return false;
	}
}

/* Tries it again later, or not; and says what people have to know. */
static void settle(struct ks_responder *r, const struct attempt *a)
{
	struct ks_errand what = { .incident = a->plan->incident, .plan = a->plan->id };
	bool is_held = a->rc != 0 && a->err->code == KS_ERR_GUARD, is_denied = false;
	struct ks_arena arena = { NULL };
	const char *account = ks_arena_strdup(&arena, a->plan->account), *why;
	const struct ks_errand *errand;

	if (!may_pass(a)) {
		ks_errand_drop(&r->errands, a->plan->incident, a->plan->id);
		/* Another account's trouble is its own: an alarm that stays on hides the next one. */
		if (a->rc == 0 && a->summary->failed == 0 && !ks_errand_has_account(&r->errands, account)) {
			ks_sentry_set(r->config.sentry, KS_VIGIL_DENIED, account, NULL);
			ks_sentry_set(r->config.sentry, KS_VIGIL_RESPONDER, account, NULL);
		}
		ks_arena_release(&arena);
		return;
	}
	snprintf(what.account, sizeof(what.account), "%s", account);
	errand = ks_errand_fail(&r->errands, &what, ks_responder_act_clock());
	why = a->rc == 0 ? find_trouble(r, a->plan->id, &arena, &is_denied) : a->err->message;
	is_denied |= a->rc != 0 && a->err->code == KS_ERR_DENIED;
	if (is_denied)
		ks_sentry_set(r->config.sentry, KS_VIGIL_DENIED, account, why);
	else if (!is_held && errand->failures >= KS_ERRAND_LOUD)
		ks_sentry_set(r->config.sentry, KS_VIGIL_RESPONDER, account, why != NULL ? why :
			"steps of a plan are left");
	ks_arena_release(&arena);
}

bool ks_responder_act_has(const struct ks_vec *ids, int64_t id)
{
	for (size_t i = 0; i < ids->n; i++)
		if (*KS_VEC_AT(ids, int64_t, i) == id)
			return true;
	return false;
}

static size_t count_steps(struct ks_responder *r, int64_t plan, struct ks_arena *arena)
{
	struct ks_vec steps = KS_VEC_OF(struct ks_ledger_step);
	struct ks_err ignored = { 0 };
	size_t n = 0;

	if (ks_ledger_steps(r->db, plan, arena, &steps, &ignored) != 0)
		steps.n = 0;
	for (size_t i = 0; i < steps.n; i++)
		n += KS_VEC_AT(&steps, struct ks_ledger_step, i)->state != KS_LEDGER_STEP_NOTICE;
	ks_vec_release(&steps);
	return n;
}

/* ---- under way ----------------------------------------------------------------------------------- */

/* What is tried again is told when it is over. */
static void tell_end(struct ks_responder *r, const struct ks_inflight_plan *one,
	const struct ks_executor_summary *summary, int rc, const struct ks_err *err)
{
	const struct attempt attempt = { &one->plan, rc, summary, err };
	bool is_told = one->is_again || ks_errand_find(&r->errands, one->plan.incident, one->plan.id) == NULL;

	/* What was taken back is applied again once, and not more. */
	if (!one->is_again)
		settle(r, &attempt);
	is_told |= ks_errand_find(&r->errands, one->plan.incident, one->plan.id) == NULL;
	if (rc == 0 && is_told)
		ks_responder_act_tell(r, &(struct ks_responder_news){ .what = KS_RESPONDER_ACTED,
			.incident = one->plan.incident, .plan = one->plan.id, .policy = one->plan.policy,
			.digest = one->digest, .steps = one->steps, .summary = summary });
	else if (rc != 0 && is_told)
		ks_responder_act_tell_failure(r, one->plan.incident, one->plan.id, err);
	if (one->since_ms != KS_TIME_NONE)
		ks_tempo_contained(r->config.mandate->ctx, r->db, one->plan.id, one->since_ms);
}

/* Its next step: at first the sending, later the reading back. */
static void go_on(struct ks_responder *r, struct ks_inflight_plan *one)
{
	struct ks_executor_summary summary = { 0 };
	struct ks_err err = { 0 };
	int64_t wait_ms = 0;
	bool is_over = true;
	int rc = ks_executor_step(one->run, &is_over, &wait_ms, &err);

	if (!is_over) {
		one->due_ms = ks_responder_act_clock() + wait_ms;
		ks_inflight_add(&r->inflight, one);
		return;
	}
	ks_executor_finish(one->run, &summary);
	/* An approval that has run out is a limit, too. */
	if (one->is_again && rc != 0 && err.code == KS_ERR_STATE)
		err.code = KS_ERR_GUARD;
	tell_end(r, one, &summary, rc, &err);
	ks_executor_release(&summary);
	/* News that came meanwhile may be of somebody who took it back. */
	if (one->has_news)
		ks_responder_look_stir(r, one->plan.incident);
	else
		*(struct ks_responder_acted *)ks_vec_push(&r->acted) =
			(struct ks_responder_acted){ one->plan.incident, one->plan.id };
	ks_arena_release(&one->arena);
}

void ks_responder_act_next(struct ks_responder *r)
{
	struct ks_inflight_plan one = ks_inflight_take(&r->inflight);

	go_on(r, &one);
}

/* Goes on with it, or sleeps for a moment. */
static void wait_for_next(struct ks_responder *r)
{
	int64_t wait_ms = ks_inflight_due(&r->inflight) - ks_responder_act_clock();

	ks_pulse_beat(r->config.mandate->ctx->pulse);
	if (wait_ms > 0)
		nanosleep(&(struct timespec){ .tv_nsec = (wait_ms < NAP_MS ? wait_ms : NAP_MS) * 1000000 }, NULL);
	else
		ks_responder_act_next(r);
}

void ks_responder_act_end(struct ks_responder *r)
{
	while (r->inflight.plans.n > 0 && !ks_ctx_is_stopping(r->config.mandate->ctx))
		wait_for_next(r);
	/* A step after a stop reads nothing: it writes down how far each came, and tells it. */
	while (r->inflight.plans.n > 0)
		ks_responder_act_next(r);
}

static void begin(struct ks_responder *r, const struct ks_responder_order *order,
	struct ks_inflight_plan *one)
{
	const struct ks_executor_request request = { .plan = order->plan,
		.policy = order->policy != NULL ? order->policy :
			ks_responder_act_policy(r, one->plan.policy, &one->arena),
		.rule_name = r->config.rule_name, .arg = r->config.arg, .is_again = order->is_again };

	one->digest = ks_arena_strdup(&one->arena, one->plan.digest);
	one->steps = order->steps > 0 ? order->steps : count_steps(r, order->plan, &one->arena);
	if (!order->is_again && ks_errand_find(&r->errands, one->plan.incident, one->plan.id) == NULL)
		ks_responder_act_tell(r, &(struct ks_responder_news){ .what = KS_RESPONDER_ACTS,
			.incident = one->plan.incident, .plan = one->plan.id, .policy = one->plan.policy,
			.digest = one->digest, .steps = one->steps });
	/* Room first: the oldest one's window is over soon. */
	while (ks_inflight_is_full(&r->inflight) && !ks_ctx_is_stopping(r->config.mandate->ctx))
		wait_for_next(r);
	one->run = ks_executor_start(r->config.mandate, r->db, &request);
	go_on(r, one);
}

void ks_responder_act_begin(struct ks_responder *r, const struct ks_responder_order *order)
{
	struct ks_inflight_plan one = { .since_ms = order->since_ms, .is_again = order->is_again };
	struct ks_err err = { 0 };
	bool is_found = false;

	if (ks_ledger_find(r->db, order->plan, &one.arena, &one.plan, &is_found, &err) != 0)
		ks_responder_act_tell_failure(r, one.plan.incident, order->plan, &err);
	else if (is_found) {
		begin(r, order, &one);
		return;
	}
	ks_arena_release(&one.arena);
}
