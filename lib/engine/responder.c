/* A queue of incidents, and the thread that answers them. */
#include "lib/engine/responder.h"

#include "lib/base/mem.h"
#include "lib/base/pulse.h"
#include "lib/base/time.h"
#include "lib/engine/answer.h"
#include "lib/engine/errand.h"
#include "lib/engine/leftover.h"
#include "lib/engine/tempo.h"
#include "lib/incident/incident.h"
#include "lib/respond/byhand.h"
#include "lib/store/schema.h"
#include "lib/store/seat.h"
#include "lib/trail/checkpoint.h"

#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define LOCKED_MS 200            /* before a locked store is asked again */
#define LOCKED_TRIES 50u
#define LOOK_MS (INT64_C(300) * 1000)    /* between looks at all that was done */
#define LOOK_SOON_MS (INT64_C(10) * 1000)       /* and at what belongs to incidents that got news */
#define ASK_MS 1000              /* between looks whether somebody approved something */
#define MERGES_MOST 64
#define SOURCE KS_STR("respond") /* checkpoints of our own: which change of an incident was answered */
#define PART KS_STR("changed")   /* and what is older than all of that, and history */

struct ks_responder {
	struct ks_responder_config config;
	struct ks_handover handover;
	struct ks_db *db;
	struct ks_responder_summary summary;     /* the thread's alone until it ended, like all above */
	struct ks_vec stirred;       /* int64_t: incidents that got news since they were looked at */
	struct ks_vec acted;         /* int64_t: plans that were carried out just now, with no news since */
	struct ks_vec told;          /* int64_t: plans of which it was told that nobody knows who changed it */
	int64_t look_ms, soon_ms;    /* when to look at all, at the stirred; of the monotonic clock */
	int64_t ask_ms;              /* likewise at approvals */
	int64_t foreign;             /* the store's number for others' changes */
	struct ks_seat *seat;
	struct ks_errands errands;   /* by the monotonic clock */
	pthread_t thread;
	bool is_started;
	pthread_mutex_t lock;        /* of what follows */
	pthread_cond_t wakened;
	struct ks_vec queue;         /* struct task, each incident once, oldest first */
	bool is_ending, is_draining;
};

struct task {
	int64_t incident;
	int64_t since_ms;
};

static int64_t steady_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void tell(struct ks_responder *r, const struct ks_responder_news *news)
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

static void tell_failure(struct ks_responder *r, int64_t incident, int64_t plan, const struct ks_err *err)
{
	tell(r, &(struct ks_responder_news){ .what = err->code == KS_ERR_GUARD ? KS_RESPONDER_REFUSED :
		KS_RESPONDER_FAILED, .incident = incident, .plan = plan, .why = err->message });
}

/* ---- one incident -------------------------------------------------------------------------------- */

static const struct ks_policy *find_policy(struct ks_responder *r, struct ks_str name,
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
	const struct ks_errand what = { .incident = a->plan->incident, .plan = a->plan->id };
	bool is_held = a->rc != 0 && a->err->code == KS_ERR_GUARD, is_denied = false;
	struct ks_arena arena = { NULL };
	const char *account = ks_arena_strdup(&arena, a->plan->account), *why;
	const struct ks_errand *errand;

	if (!may_pass(a)) {
		ks_errand_drop(&r->errands, a->plan->incident, a->plan->id);
		if (a->rc == 0 && r->errands.list.n == 0) {
			ks_sentry_set(r->config.sentry, KS_VIGIL_DENIED, account, NULL);
			ks_sentry_set(r->config.sentry, KS_VIGIL_RESPONDER, account, NULL);
		}
		ks_arena_release(&arena);
		return;
	}
	errand = ks_errand_fail(&r->errands, &what, steady_now());
	why = a->rc == 0 ? find_trouble(r, a->plan->id, &arena, &is_denied) : a->err->message;
	is_denied |= a->rc != 0 && a->err->code == KS_ERR_DENIED;
	if (is_denied)
		ks_sentry_set(r->config.sentry, KS_VIGIL_DENIED, account, why);
	else if (!is_held && errand->failures >= KS_ERRAND_LOUD)
		ks_sentry_set(r->config.sentry, KS_VIGIL_RESPONDER, account, why != NULL ? why :
			"steps of a plan are left");
	ks_arena_release(&arena);
}

/* steps: how many there are to carry out. What is tried again is told when it is over. */
static void carry_out(struct ks_responder *r, const struct ks_ledger_plan *plan,
	const struct ks_policy *policy, size_t steps)
{
	const struct ks_executor_request request = { .plan = plan->id, .policy = policy,
		.rule_name = r->config.rule_name, .arg = r->config.arg };
	struct ks_arena arena = { NULL };
	struct ks_responder_news news = { .what = KS_RESPONDER_ACTS, .incident = plan->incident,
		.plan = plan->id, .policy = plan->policy, .digest = ks_arena_strdup(&arena, plan->digest),
		.steps = steps };
	bool is_first = ks_errand_find(&r->errands, plan->incident, plan->id) == NULL;
	struct ks_executor_summary summary = { 0 };
	struct ks_err err = { 0 };
	struct attempt attempt = { plan, 0, &summary, &err };

	if (is_first)
		tell(r, &news);
	*(int64_t *)ks_vec_push(&r->acted) = plan->id;
	attempt.rc = ks_executor_run(r->config.mandate, r->db, &request, &summary, &err);
	settle(r, &attempt);
	is_first |= ks_errand_find(&r->errands, plan->incident, plan->id) == NULL;
	if (attempt.rc == 0 && is_first) {
		news.what = KS_RESPONDER_ACTED;
		news.summary = &summary;
		tell(r, &news);
	} else if (attempt.rc != 0 && is_first) {
		tell_failure(r, plan->incident, plan->id, &err);
	}
	ks_executor_release(&summary);
	ks_arena_release(&arena);
}

static void act(struct ks_responder *r, const struct task *task, const struct ks_answer *answer)
{
	struct ks_ledger_plan plan = { 0 };
	struct ks_arena arena = { NULL };
	struct ks_err err = { 0 };
	bool is_found = false;

	if (ks_ledger_find(r->db, answer->plan, &arena, &plan, &is_found, &err) != 0)
		tell_failure(r, task->incident, answer->plan, &err);
	else if (is_found)
		carry_out(r, &plan, answer->policy, answer->ready);
	ks_tempo_contained(r->config.mandate->ctx, r->db, answer->plan, task->since_ms);
	ks_arena_release(&arena);
}

static void tell_answer(struct ks_responder *r, const struct task *task, const struct ks_answer *answer)
{
	struct ks_responder_news news = { .incident = task->incident, .why = answer->why,
		.policy = answer->policy != NULL ? answer->policy->name : (struct ks_str){ NULL, 0 } };

	if (answer->kind == KS_ANSWER_SHOWN || answer->kind == KS_ANSWER_REFUSED) {
		news.what = answer->kind == KS_ANSWER_SHOWN ? KS_RESPONDER_SHOWN : KS_RESPONDER_REFUSED;
		tell(r, &news);
	}
	if (answer->kind != KS_ANSWER_STORED || answer->waiting == 0)
		return;
	news.what = KS_RESPONDER_WAITS;
	news.plan = answer->plan;
	news.digest = answer->digest;
	news.steps = answer->waiting;
	tell(r, &news);
}

/* A store that is locked is asked again for a while. */
static int make_answer(struct ks_responder *r, const struct task *task, struct ks_answer *out,
	struct ks_err *err)
{
	const struct ks_answer_request request = { .mandate = r->config.mandate, .db = r->db,
		.policies = r->config.policies, .rule_name = r->config.rule_name, .arg = r->config.arg,
		.notifiers = r->config.notifiers, .notifier_count = r->config.notifier_count,
		.incident = task->incident, .since_ms = task->since_ms };

	for (unsigned i = 0;; i++) {
		int rc = ks_answer_make(&request, out, err);

		if (rc == 0 || err->code != KS_ERR_CONFLICT || i == LOCKED_TRIES ||
			ks_ctx_is_stopping(r->config.mandate->ctx))
			return rc;
		ks_answer_release(out);
		*err = (struct ks_err){ 0 };
		nanosleep(&(struct timespec){ .tv_nsec = LOCKED_MS * 1000000L }, NULL);
	}
}

static int put_time(struct ks_responder *r, struct ks_str part, int64_t ms, struct ks_err *err)
{
	char text[32];

	snprintf(text, sizeof(text), "%" PRId64, ms);
	return ks_checkpoint_put(r->db, SOURCE, part, ks_str_of(text), err);
}

/* False: there is none, or it cannot be had. */
static bool find_time(struct ks_responder *r, struct ks_str part, int64_t *out, struct ks_err *err)
{
	struct ks_arena arena = { NULL };
	struct ks_str value = { NULL, 0 };
	bool has = ks_checkpoint_find(r->db, SOURCE, part, &arena, &value, err) == 0 && value.p != NULL &&
		ks_str_parse_int(value, out);

	ks_arena_release(&arena);
	return has;
}

/* A later run need not look at the incident again for this change. Each has its own mark: which of several
 * that changed at the same moment was answered is not to be told by the moment. */
static void save(struct ks_responder *r, int64_t incident, int64_t changed_ms)
{
	struct ks_err err = { 0 };
	char part[32];

	snprintf(part, sizeof(part), "%" PRId64, incident);
	if (put_time(r, ks_str_of(part), changed_ms, &err) != 0)
		ks_log_write(&r->config.mandate->ctx->log, KS_LOG_WARNING, "what was answered cannot be written "
			"down: %s", err.message);
}

/* An incident without an answer is worse than a late one. */
static void fail_answer(struct ks_responder *r, const struct task *task, const struct ks_err *err)
{
	const struct ks_errand *errand = ks_errand_fail(&r->errands,
		&(struct ks_errand){ .incident = task->incident, .since_ms = task->since_ms }, steady_now());

	if (errand->failures == 1)
		tell_failure(r, task->incident, 0, err);
	if (errand->failures == KS_ERRAND_LOUD)
		ks_sentry_set(r->config.sentry, KS_VIGIL_RESPONDER, "", err->message);
}

static void answer_one(struct ks_responder *r, const struct task *task)
{
	struct ks_answer answer;
	struct ks_err err = { 0 };

	if (make_answer(r, task, &answer, &err) != 0) {
		fail_answer(r, task, &err);
	} else {
		ks_errand_drop(&r->errands, task->incident, 0);
		if (r->errands.list.n == 0)
			ks_sentry_set(r->config.sentry, KS_VIGIL_RESPONDER, "", NULL);
		tell_answer(r, task, &answer);
		if (answer.kind == KS_ANSWER_STORED && answer.ready > 0)
			act(r, task, &answer);
		save(r, task->incident, answer.changed_ms);
	}
	ks_answer_release(&answer);
}

/* ---- what was done before ------------------------------------------------------------------------ */

static bool has(const struct ks_vec *ids, int64_t id)
{
	for (size_t i = 0; i < ids->n; i++)
		if (*KS_VEC_AT(ids, int64_t, i) == id)
			return true;
	return false;
}

static void tell_recheck(struct ks_responder *r, const struct ks_ledger_plan *plan,
	const struct ks_executor_recheck *recheck, bool is_carried_out, struct ks_arena *arena)
{
	struct ks_responder_news news = { .what = KS_RESPONDER_GONE, .incident = plan->incident,
		.plan = plan->id, .policy = plan->policy, .digest = ks_arena_strdup(arena, plan->digest),
		.steps = recheck->taken + recheck->lost, .why = recheck->why };

	if (news.steps > 0) {
		tell(r, &news);
	} else if (recheck->gone > 0 && !has(&r->told, plan->id)) {
		*(int64_t *)ks_vec_push(&r->told) = plan->id;
		news.steps = recheck->gone;
		news.why = "somebody took it back, and no stored event says who yet";
		tell(r, &news);
	}
	if (recheck->has_summary && is_carried_out) {
		news.what = KS_RESPONDER_ACTED;
		news.why = NULL;
		news.summary = &recheck->summary;
		tell(r, &news);
	}
}

static void look_at_plan(struct ks_responder *r, const struct ks_ledger_plan *plan, struct ks_arena *arena)
{
	const struct ks_executor_request request = { .plan = plan->id,
		.policy = find_policy(r, plan->policy, arena), .rule_name = r->config.rule_name,
		.arg = r->config.arg };
	struct ks_executor_recheck recheck;
	struct ks_err err = { 0 };
	int rc = ks_executor_recheck(r->config.mandate, r->db, &request, &recheck, &err);

	if (rc == 0 || recheck.taken + recheck.lost > 0)
		tell_recheck(r, plan, &recheck, rc == 0, arena);
	/* An approval that has run out is a limit, too. */
	if (rc != 0 && recheck.taken > 0 && err.code == KS_ERR_STATE)
		err.code = KS_ERR_GUARD;
	if (rc != 0 && recheck.taken > 0)
		tell_failure(r, plan->incident, plan->id, &err);
	else if (rc != 0)
		ks_log_write(&r->config.mandate->ctx->log, KS_LOG_WARNING, "plan %" PRId64 " could not be looked "
			"at: %s", plan->id, err.message);
	ks_executor_recheck_release(&recheck);
}

/* An incident that is not merged, closed or on hold. */
static bool is_looked_after(struct ks_responder *r, int64_t id, struct ks_arena *arena)
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

/* has_all: of all incidents, else of those with news. */
static void look(struct ks_responder *r, bool has_all)
{
	struct ks_vec plans = KS_VEC_OF(struct ks_ledger_plan);
	struct ks_arena arena = { NULL };
	struct ks_err err = { 0 };

	if (ks_ledger_list(r->db, 0, &arena, &plans, &err) != 0)
		ks_log_write(&r->config.mandate->ctx->log, KS_LOG_WARNING, "what was done could not be looked at: "
			"%s", err.message);
	for (size_t i = 0; i < plans.n && !ks_ctx_is_stopping(r->config.mandate->ctx); i++) {
		const struct ks_ledger_plan *plan = KS_VEC_AT(&plans, struct ks_ledger_plan, i);

		if ((plan->state == KS_LEDGER_DONE || plan->state == KS_LEDGER_PARTLY) &&
			!has(&r->acted, plan->id) && (has_all || has(&r->stirred, plan->incident)) &&
			is_looked_after(r, plan->incident, &arena))
			look_at_plan(r, plan, &arena);
	}
	ks_vec_clear(&r->stirred);
	ks_vec_clear(&r->acted);
	r->soon_ms = INT64_MAX;
	if (has_all)
		r->look_ms = steady_now() + LOOK_MS;
	ks_vec_release(&plans);
	ks_arena_release(&arena);
}

static void stir(struct ks_responder *r, int64_t incident)
{
	if (!has(&r->stirred, incident))
		*(int64_t *)ks_vec_push(&r->stirred) = incident;
	if (r->soon_ms == INT64_MAX)
		r->soon_ms = steady_now() + LOOK_SOON_MS;
}

static void look_if_due(struct ks_responder *r)
{
	int64_t now = steady_now();

	if (now >= r->look_ms)
		look(r, true);
	else if (now >= r->soon_ms)
		look(r, false);
}

/* ---- what somebody approved, and what is to be tried again ----------------------------------------- */

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

/* Whether it is ours to carry out: nobody else is at it, and nobody will be. */
static bool is_ours(const struct ks_responder *r, const struct ks_ledger_plan *plan)
{
	return !ks_byhand_is(plan->policy) && (plan->owner == 0 || !ks_seat_is_taken(r->seat, plan->owner));
}

static void run_approved(struct ks_responder *r)
{
	struct ks_vec plans = KS_VEC_OF(struct ks_ledger_plan);
	const struct ks_mandate *mandate = r->config.mandate;
	struct ks_arena arena = { NULL };
	struct ks_err err = { 0 };
	int64_t foreign;

	r->ask_ms = steady_now() + ASK_MS;
	if (ks_db_foreign_changes(r->db, &foreign, &err) != 0 || foreign == r->foreign)
		return;
	if (ks_ledger_approved(r->db, ks_ctx_now(mandate->ctx), &arena, &plans, &err) == 0)
		r->foreign = foreign;
	for (size_t i = 0; i < plans.n && !ks_ctx_is_stopping(mandate->ctx); i++) {
		const struct ks_ledger_plan *plan = KS_VEC_AT(&plans, struct ks_ledger_plan, i);

		if (is_ours(r, plan) && ks_errand_find(&r->errands, plan->incident, plan->id) == NULL)
			carry_out(r, plan, find_policy(r, plan->policy, &arena), count_steps(r, plan->id, &arena));
	}
	ks_vec_release(&plans);
	ks_arena_release(&arena);
}

static void run_plan_again(struct ks_responder *r, const struct ks_errand *errand)
{
	const unsigned open = 1u << KS_LEDGER_READY | 1u << KS_LEDGER_RUNNING | 1u << KS_LEDGER_PARTLY;
	struct ks_ledger_plan plan = { 0 };
	struct ks_arena arena = { NULL };
	struct ks_err err = { 0 };
	bool is_found = false;

	if (ks_ledger_find(r->db, errand->plan, &arena, &plan, &is_found, &err) != 0)
		ks_errand_fail(&r->errands, errand, steady_now());
	else if (!is_found || (1u << plan.state & open) == 0 || !is_ours(r, &plan) ||
		!is_looked_after(r, plan.incident, &arena))
		ks_errand_drop(&r->errands, errand->incident, errand->plan);
	else
		carry_out(r, &plan, find_policy(r, plan.policy, &arena), count_steps(r, plan.id, &arena));
	ks_arena_release(&arena);
}

/* One of them: news go first. */
static void run_errand(struct ks_responder *r)
{
	struct ks_errand errand;

	if (!ks_errand_next(&r->errands, steady_now(), &errand))
		return;
	if (errand.plan != 0)
		run_plan_again(r, &errand);
	else
		answer_one(r, &(struct task){ errand.incident, errand.since_ms });
}

/* ---- the thread ---------------------------------------------------------------------------------- */

/* The next incident, once there is one, or when it is time to look; false when it is over. */
static bool next(struct ks_responder *r, struct task *out)
{
	int64_t due_ms = r->soon_ms < r->look_ms ? r->soon_ms : r->look_ms;
	int64_t errand_ms = ks_errand_next_ms(&r->errands);
	struct timespec due;
	bool has = false;

	due_ms = errand_ms < due_ms ? errand_ms : due_ms;
	due_ms = r->ask_ms < due_ms ? r->ask_ms : due_ms;
	due = (struct timespec){ due_ms / 1000, due_ms % 1000 * 1000000 };

	out->incident = 0;
	ks_pulse_rest(r->config.mandate->ctx->pulse);
	pthread_mutex_lock(&r->lock);
	while (r->queue.n == 0 && !r->is_ending && !has)
		has = pthread_cond_timedwait(&r->wakened, &r->lock, &due) == ETIMEDOUT;
	if (r->queue.n > 0 && (!r->is_ending || r->is_draining) &&
		!ks_ctx_is_stopping(r->config.mandate->ctx)) {
		struct task *tasks = r->queue.p;

		*out = tasks[0];
		for (size_t i = 1; i < r->queue.n; i++)
			tasks[i - 1] = tasks[i];
		r->queue.n--;
		has = true;
	}
	pthread_mutex_unlock(&r->lock);
	return has;
}

static bool is_idle(struct ks_responder *r)
{
	bool idle;

	pthread_mutex_lock(&r->lock);
	idle = r->queue.n == 0;
	pthread_mutex_unlock(&r->lock);
	return idle;
}

static void *work(void *arg)
{
	struct ks_responder *r = arg;
	struct ks_pulse *pulse = r->config.mandate->ctx->pulse;
	struct task task;

	ks_pulse_join(pulse, "respond");
	while (next(r, &task)) {
		ks_pulse_beat(pulse);
		/* Nothing of an earlier round is under way here. */
		if (ks_handover_take(&r->handover, &r->config.policies))
			ks_handover_drop(&r->handover);
		if (task.incident != 0) {
			/* News that came after a plan was carried out may be of somebody who took it back. */
			ks_vec_clear(&r->acted);
			answer_one(r, &task);
			stir(r, task.incident);
		}
		if (steady_now() >= r->ask_ms)
			run_approved(r);
		if (is_idle(r))
			run_errand(r);
		look_if_due(r);
	}
	if (r->is_draining) {
		r->foreign = -1;
		run_approved(r);
		look(r, true);
	}
	ks_pulse_leave(pulse);
	return NULL;
}

static void push(struct ks_responder *r, const struct task *task)
{
	pthread_mutex_lock(&r->lock);
	for (size_t i = 0; i < r->queue.n; i++)
		if (KS_VEC_AT(&r->queue, struct task, i)->incident == task->incident) {
			/* News of this run make it one of this run. */
			KS_VEC_AT(&r->queue, struct task, i)->since_ms = task->since_ms;
			pthread_mutex_unlock(&r->lock);
			return;
		}
	*(struct task *)ks_vec_push(&r->queue) = *task;
	pthread_cond_signal(&r->wakened);
	pthread_mutex_unlock(&r->lock);
}

void ks_responder_add(struct ks_responder *r, int64_t incident)
{
	push(r, &(struct task){ incident, ks_ctx_now(r->config.mandate->ctx) });
}

/* ---- what an earlier run left -------------------------------------------------------------------- */

/* Plans that were ready or begun: they are named, and left to people. */
static int tell_left(struct ks_responder *r, struct ks_err *err)
{
	const struct ks_mandate *mandate = r->config.mandate;
	int64_t now = ks_ctx_now(mandate->ctx);
	struct ks_vec plans = KS_VEC_OF(struct ks_ledger_plan);
	struct ks_arena arena = { NULL };
	int rc = ks_ledger_list(r->db, 0, &arena, &plans, err);

	for (size_t i = 0; rc == 0 && i < plans.n; i++) {
		const struct ks_ledger_plan *plan = KS_VEC_AT(&plans, struct ks_ledger_plan, i);

		/* Somebody is at it. */
		if (plan->owner != 0 && ks_seat_is_taken(r->seat, plan->owner))
			continue;
		/* What somebody approved is carried out while that is good. */
		if (plan->approved_by.p != NULL && !ks_byhand_is(plan->policy) &&
			(plan->expires_ms == KS_TIME_NONE || plan->expires_ms > now))
			continue;
		if (plan->state == KS_LEDGER_READY || plan->state == KS_LEDGER_RUNNING)
			rc = ks_leftover_tell(r->db, mandate, plan, err);
		if (plan->state == KS_LEDGER_READY || plan->state == KS_LEDGER_RUNNING)
			tell(r, &(struct ks_responder_news){ .what = KS_RESPONDER_LEFT, .incident = plan->incident,
				.plan = plan->id, .policy = plan->policy,
				.digest = ks_arena_strdup(&arena, plan->digest),
				.why = plan->state == KS_LEDGER_READY ? "ready" : "begun" });
	}
	ks_vec_release(&plans);
	ks_arena_release(&arena);
	return rc;
}

static bool is_answered(struct ks_responder *r, const struct ks_incident *incident, struct ks_err *err)
{
	int64_t answered_ms;
	char part[32];

	snprintf(part, sizeof(part), "%" PRId64, incident->id);
	return find_time(r, ks_str_of(part), &answered_ms, err) && answered_ms >= incident->changed_ms;
}

/* Incidents with changes that were not answered: a run ended in between. Where none ever was answered, what
 * is in the store is history. */
static int find_unanswered(struct ks_responder *r, struct ks_err *err)
{
	const struct ks_incident_filter filter = { .states = 1u << KS_INCIDENT_OPEN |
		1u << KS_INCIDENT_ACKNOWLEDGED,
		.since_ms = KS_TIME_NONE };
	struct ks_vec incidents = KS_VEC_OF(struct ks_incident);
	struct ks_arena arena = { NULL };
	int64_t began_ms = 0;
	int rc = 0;

	if (!find_time(r, PART, &began_ms, err))
		rc = err->code != KS_ERR_NONE ? -1 : put_time(r, PART, r->config.mandate->started_ms, err);
	else
		rc = ks_incident_list(r->db, &filter, &arena, &incidents, err);
	for (size_t i = 0; rc == 0 && i < incidents.n; i++) {
		const struct ks_incident *incident = KS_VEC_AT(&incidents, struct ks_incident, i);

		if (incident->changed_ms > began_ms && !is_answered(r, incident, err))
			push(r, &(struct task){ incident->id, incident->changed_ms });
		rc = err->code != KS_ERR_NONE ? -1 : 0;
	}
	ks_vec_release(&incidents);
	ks_arena_release(&arena);
	return rc;
}

static void release(struct ks_responder *r)
{
	ks_handover_release(&r->handover);
	ks_db_close(r->db);
	ks_seat_close(r->seat);
	ks_errand_release(&r->errands);
	ks_vec_release(&r->queue);
	ks_vec_release(&r->stirred);
	ks_vec_release(&r->acted);
	ks_vec_release(&r->told);
	pthread_cond_destroy(&r->wakened);
	pthread_mutex_destroy(&r->lock);
	free(r);
}

int ks_responder_start(const struct ks_responder_config *config, struct ks_responder **out,
	struct ks_err *err)
{
	struct ks_responder *r = ks_mem_alloc(sizeof(*r));
	pthread_condattr_t how;
	sigset_t all, before;

	*r = (struct ks_responder){ .config = *config, .queue = KS_VEC_OF(struct task),
		.stirred = KS_VEC_OF(int64_t), .acted = KS_VEC_OF(int64_t),
		.told = KS_VEC_OF(int64_t), .look_ms = steady_now() + LOOK_MS, .soon_ms = INT64_MAX,
		.ask_ms = steady_now(), .foreign = -1 };
	ks_errand_init(&r->errands);
	pthread_mutex_init(&r->lock, NULL);
	pthread_condattr_init(&how);
	pthread_condattr_setclock(&how, CLOCK_MONOTONIC);
	pthread_cond_init(&r->wakened, &how);
	pthread_condattr_destroy(&how);
	ks_handover_init(&r->handover, &(struct ks_handover_set){ config->policies, NULL, config->retired,
		config->retired_arg });
	if (ks_schema_open(config->mandate->ctx, config->store_path, KS_DB_WRITE, &r->db, err) != 0 ||
		ks_seat_open(config->mandate->ctx, config->store_path, &r->seat, err) != 0 ||
		ks_seat_serve(r->seat, err) != 0 || tell_left(r, err) != 0 || find_unanswered(r, err) != 0) {
		release(r);
		return -1;
	}
	/* Signals are for the main thread, which waits for them. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	r->is_started = pthread_create(&r->thread, NULL, work, r) == 0;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (!r->is_started) {
		release(r);
		return ks_err_set(err, KS_ERR_IO, "cannot start a thread");
	}
	*out = r;
	return 0;
}

void ks_responder_renew(struct ks_responder *r, const struct ks_handover_set *next)
{
	ks_handover_give(&r->handover, next);
}

void ks_responder_finish(struct ks_responder *r, bool is_draining, struct ks_responder_summary *out)
{
	*out = (struct ks_responder_summary){ 0 };
	if (r == NULL)
		return;
	pthread_mutex_lock(&r->lock);
	r->is_ending = true;
	r->is_draining = is_draining;
	pthread_cond_signal(&r->wakened);
	pthread_mutex_unlock(&r->lock);
	pthread_join(r->thread, NULL);
	*out = r->summary;
	release(r);
}
