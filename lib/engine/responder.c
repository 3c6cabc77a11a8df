/* A queue of incidents, and the thread that answers them. */
#include "lib/engine/responder_parts.h"

#include "lib/base/mem.h"
#include "lib/base/pulse.h"
#include "lib/base/time.h"
#include "lib/engine/answer.h"
#include "lib/engine/leftover.h"
#include "lib/incident/incident.h"
#include "lib/respond/byhand.h"
#include "lib/store/schema.h"
#include "lib/trail/checkpoint.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define LOCKED_MS 200            /* before a locked store is asked again */
#define LOCKED_TRIES 50u
#define SAVE_MS 1000             /* between words on how far it was answered */
#define LATE_MS 1000             /* what was sent may be read back so late, when there is more to send */
#define ASK_MS 1000              /* between looks whether somebody approved something */
#define SOURCE KS_STR("respond") /* checkpoints of our own: which change of an incident was answered */
#define PART KS_STR("changed")   /* and what is older than all of that, and history */

/* ---- one incident -------------------------------------------------------------------------------- */

static void tell_answer(struct ks_responder *r, const struct ks_responder_task *task,
	const struct ks_answer *answer)
{
	struct ks_responder_news news = { .incident = task->incident, .why = answer->why,
		.policy = answer->policy != NULL ? answer->policy->name : (struct ks_str){ NULL, 0 } };

	if (answer->kind == KS_ANSWER_SHOWN || answer->kind == KS_ANSWER_REFUSED) {
		news.what = answer->kind == KS_ANSWER_SHOWN ? KS_RESPONDER_SHOWN : KS_RESPONDER_REFUSED;
		ks_responder_act_tell(r, &news);
	}
	if (answer->kind != KS_ANSWER_STORED || answer->waiting == 0)
		return;
	news.what = KS_RESPONDER_WAITS;
	news.plan = answer->plan;
	news.digest = answer->digest;
	news.steps = answer->waiting;
	ks_responder_act_tell(r, &news);
}

/* A store that is locked is asked again for a while. */
static int make_answer(struct ks_responder *r, const struct ks_responder_task *task, struct ks_answer *out,
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

/* A later run need not look at these incidents again for these changes. Each has its own mark: which of
 * several that changed at the same moment was answered is not to be told by the moment. */
static int put_answered(struct ks_responder *r, struct ks_err *err)
{
	char part[32];

	if (ks_db_begin(r->db, err) != 0)
		return -1;
	for (size_t i = 0; i < r->answered.n; i++) {
		const struct ks_responder_answered *one = KS_VEC_AT(&r->answered, struct ks_responder_answered, i);

		snprintf(part, sizeof(part), "%" PRId64, one->incident);
		if (put_time(r, ks_str_of(part), one->changed_ms, err) != 0) {
			ks_db_rollback(r->db);
			return -1;
		}
	}
	return ks_db_commit(r->db, err);
}

/* All that were answered since the last time, in one transaction: the disk is not to be waited for behind
 * each. After a crash the last ones are answered again, which changes nothing. */
static void save(struct ks_responder *r)
{
	struct ks_err err = { 0 };

	r->save_ms = ks_responder_act_clock() + SAVE_MS;
	if (r->answered.n > 0 && put_answered(r, &err) != 0)
		ks_log_write(&r->config.mandate->ctx->log, KS_LOG_WARNING, "what was answered cannot be written "
			"down: %s", err.message);
	else
		ks_vec_clear(&r->answered);
}

/* An incident without an answer is worse than a late one. */
static void fail_answer(struct ks_responder *r, const struct ks_responder_task *task,
	const struct ks_err *err)
{
	const struct ks_errand *errand = ks_errand_fail(&r->errands,
		&(struct ks_errand){ .incident = task->incident, .since_ms = task->since_ms },
		ks_responder_act_clock());

	if (errand->failures == 1)
		ks_responder_act_tell_failure(r, task->incident, 0, err);
	if (errand->failures == KS_ERRAND_LOUD)
		ks_sentry_set(r->config.sentry, KS_VIGIL_RESPONDER, "", err->message);
}

static void answer_one(struct ks_responder *r, const struct ks_responder_task *task)
{
	struct ks_answer answer;
	struct ks_err err = { 0 };

	if (make_answer(r, task, &answer, &err) != 0) {
		fail_answer(r, task, &err);
	} else {
		ks_errand_drop(&r->errands, task->incident, 0);
		if (!ks_errand_has_account(&r->errands, ""))
			ks_sentry_set(r->config.sentry, KS_VIGIL_RESPONDER, "", NULL);
		tell_answer(r, task, &answer);
		if (answer.kind == KS_ANSWER_STORED && answer.ready > 0)
			ks_responder_act_begin(r, &(struct ks_responder_order){ .plan = answer.plan,
				.policy = answer.policy, .steps = answer.ready, .since_ms = task->since_ms });
		*(struct ks_responder_answered *)ks_vec_push(&r->answered) =
			(struct ks_responder_answered){ task->incident, answer.changed_ms };
	}
	ks_answer_release(&answer);
}

/* ---- what somebody approved, and what is to be tried again ----------------------------------------- */

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

	r->ask_ms = ks_responder_act_clock() + ASK_MS;
	if (ks_db_foreign_changes(r->db, &foreign, &err) != 0 || foreign == r->foreign)
		return;
	if (ks_ledger_approved(r->db, ks_ctx_now(mandate->ctx), &arena, &plans, &err) == 0)
		r->foreign = foreign;
	for (size_t i = 0; i < plans.n && !ks_ctx_is_stopping(mandate->ctx); i++) {
		const struct ks_ledger_plan *plan = KS_VEC_AT(&plans, struct ks_ledger_plan, i);

		if (is_ours(r, plan) && ks_errand_find(&r->errands, plan->incident, plan->id) == NULL)
			ks_responder_act_begin(r, &(struct ks_responder_order){ .plan = plan->id,
				.since_ms = KS_TIME_NONE });
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
		ks_errand_fail(&r->errands, errand, ks_responder_act_clock());
	else if (!is_found || (1u << plan.state & open) == 0 || !is_ours(r, &plan) ||
		!ks_responder_look_is_due(r, plan.incident, &arena))
		ks_errand_drop(&r->errands, errand->incident, errand->plan);
	else {
		ks_errand_begin(&r->errands, errand->incident, errand->plan);
		ks_responder_act_begin(r, &(struct ks_responder_order){ .plan = plan.id, .since_ms = KS_TIME_NONE });
	}
	ks_arena_release(&arena);
}

/* One of them: news go first. */
static void run_errand(struct ks_responder *r)
{
	struct ks_errand errand;

	if (!ks_errand_next(&r->errands, ks_responder_act_clock(), &errand))
		return;
	if (errand.plan != 0)
		run_plan_again(r, &errand);
	else
		answer_one(r, &(struct ks_responder_task){ errand.incident, errand.since_ms });
}

/* ---- the thread ---------------------------------------------------------------------------------- */

static int64_t next_due(const struct ks_responder *r)
{
	const int64_t dues[] = { ks_inflight_due(&r->inflight), ks_errand_next_ms(&r->errands), r->soon_ms,
		r->look_ms, r->ask_ms, r->answered.n > 0 ? r->save_ms : INT64_MAX,
		r->looking.n > 0 ? 0 : INT64_MAX };
	int64_t first = INT64_MAX;

	for (size_t i = 0; i < sizeof(dues) / sizeof(dues[0]); i++)
		first = dues[i] < first ? dues[i] : first;
	return first;
}

/* The next incident, once there is one, or when it is time to look; false when it is over. */
static bool next(struct ks_responder *r, struct ks_responder_task *out)
{
	int64_t due_ms = next_due(r);
	struct timespec due = { due_ms / 1000, due_ms % 1000 * 1000000 };
	bool has = false;

	out->incident = 0;
	ks_pulse_rest(r->config.mandate->ctx->pulse);
	pthread_mutex_lock(&r->lock);
	while (r->queue.n == 0 && !r->is_ending && !has)
		has = pthread_cond_timedwait(&r->wakened, &r->lock, &due) == ETIMEDOUT;
	if (r->queue.n > 0 && (!r->is_ending || r->is_draining) &&
		!ks_ctx_is_stopping(r->config.mandate->ctx)) {
		struct ks_responder_task *tasks = r->queue.p;

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

/* What can wait: the next piece of it, unless somebody uses a key meanwhile. */
static void do_other_things(struct ks_responder *r)
{
	int64_t now = ks_responder_act_clock();
	bool idle = is_idle(r);

	if (now >= r->ask_ms)
		run_approved(r);
	ks_responder_look_plan(r);
	if (ks_inflight_due(&r->inflight) <= (idle ? now : now - LATE_MS))
		ks_responder_act_next(r);
	else if (idle && r->looking.n > 0)
		ks_responder_look_next(r);
	if (idle)
		run_errand(r);
	ks_db_tidy(r->db, !idle);
	if (now >= (idle ? r->save_ms : r->save_ms + LATE_MS))
		save(r);
}

/* Policies that were loaded anew hold for all that begins from here on; what is under way has its own. */
static void take_policies(struct ks_responder *r)
{
	ks_handover_take(&r->handover, &r->config.policies);
	if (r->inflight.plans.n == 0)
		ks_handover_drop(&r->handover);
}

static void drain(struct ks_responder *r)
{
	r->foreign = -1;
	run_approved(r);
	ks_responder_act_end(r);
	ks_responder_look_all(r);
}

static void *work(void *arg)
{
	struct ks_responder *r = arg;
	struct ks_pulse *pulse = r->config.mandate->ctx->pulse;
	struct ks_responder_task task;

	ks_pulse_join(pulse, "respond");
	while (next(r, &task)) {
		ks_pulse_beat(pulse);
		take_policies(r);
		if (task.incident != 0) {
			ks_responder_look_forget(r, task.incident);
			ks_inflight_stir(&r->inflight, task.incident);
			answer_one(r, &task);
			ks_responder_look_stir(r, task.incident);
		}
		do_other_things(r);
	}
	ks_responder_act_end(r);
	if (r->is_draining)
		drain(r);
	ks_responder_act_end(r);
	save(r);
	ks_pulse_leave(pulse);
	return NULL;
}

static void push(struct ks_responder *r, const struct ks_responder_task *task)
{
	pthread_mutex_lock(&r->lock);
	for (size_t i = 0; i < r->queue.n; i++)
		if (KS_VEC_AT(&r->queue, struct ks_responder_task, i)->incident == task->incident) {
			/* News of this run make it one of this run. */
			KS_VEC_AT(&r->queue, struct ks_responder_task, i)->since_ms = task->since_ms;
			pthread_mutex_unlock(&r->lock);
			return;
		}
	*(struct ks_responder_task *)ks_vec_push(&r->queue) = *task;
	pthread_cond_signal(&r->wakened);
	pthread_mutex_unlock(&r->lock);
}

void ks_responder_add(struct ks_responder *r, int64_t incident)
{
	push(r, &(struct ks_responder_task){ incident, ks_ctx_now(r->config.mandate->ctx) });
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
			ks_responder_act_tell(r, &(struct ks_responder_news){ .what = KS_RESPONDER_LEFT,
				.incident = plan->incident,
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
	return find_time(r, ks_str_of(part), &answered_ms, err) && answered_ms == incident->changed_ms;
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
			push(r, &(struct ks_responder_task){ incident->id, incident->changed_ms });
		rc = err->code != KS_ERR_NONE ? -1 : 0;
	}
	ks_vec_release(&incidents);
	ks_arena_release(&arena);
	return rc;
}

static void release(struct ks_responder *r)
{
	ks_inflight_release(&r->inflight);
	ks_handover_release(&r->handover);
	ks_db_close(r->db);
	ks_seat_close(r->seat);
	ks_errand_release(&r->errands);
	ks_vec_release(&r->queue);
	ks_vec_release(&r->stirred);
	ks_vec_release(&r->acted);
	ks_vec_release(&r->told);
	ks_vec_release(&r->looking);
	ks_vec_release(&r->answered);
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

	*r = (struct ks_responder){ .config = *config, .queue = KS_VEC_OF(struct ks_responder_task),
		.stirred = KS_VEC_OF(int64_t), .acted = KS_VEC_OF(struct ks_responder_acted),
		.looking = KS_VEC_OF(int64_t), .answered = KS_VEC_OF(struct ks_responder_answered),
		.told = KS_VEC_OF(int64_t), .look_ms = ks_responder_act_clock() + KS_RESPONDER_LOOK_MS,
		.soon_ms = INT64_MAX,
		.ask_ms = ks_responder_act_clock(), .foreign = -1 };
	ks_errand_init(&r->errands);
	ks_inflight_init(&r->inflight);
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
	ks_db_hurry(r->db);
	ks_db_keep_log(r->db);
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
