/* Threads that empty the outbox. */
#include "lib/notify/delivery.h"

#include "lib/base/mem.h"
#include "lib/base/metrics.h"
#include "lib/base/pulse.h"
#include "lib/base/time.h"
#include "lib/codec/hash.h"
#include "lib/incident/collapse.h"
#include "lib/net/http.h"
#include "lib/net/retry.h"
#include "lib/store/schema.h"
#include "lib/store/seat.h"

#include <inttypes.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define AT_ONCE 500u               /* notices looked at in one go */
#define PAUSE_MS 500               /* between looks when nobody wakes us */
#define DRAIN_PAUSE_MS 50
#define LOCKED_MS 100              /* before a locked store is asked again */
#define FULL_MS 1000               /* likewise a full one */

/* Above the outbox's own waits, which are certain. */
static const struct ks_retry backoff = { .first_ms = 2000, .most_ms = 600 * 1000 };

struct worker {
	struct ks_delivery *delivery;
	const struct ks_notifier *notifier;
	struct ks_db *db;
	pthread_t thread;
	bool is_started;
	uint64_t drained;              /* the last drain that it is through with; with the lock, as is_gone */
	bool is_gone;
};

struct ks_delivery {
	struct ks_delivery_config config;
	struct ks_seat *seat;          /* what this process owns notices by */
	int64_t began_ms;
	struct ks_notifier_office office;
	struct worker *workers;
	size_t count;
	pthread_mutex_t lock;          /* of what follows */
	pthread_cond_t wakened;
	uint64_t wakes, drains;
	bool is_ending, is_draining;
	int64_t drain_until;
	struct ks_delivery_summary summary;
	struct ks_err err;
	atomic_bool has_failed;
};

static int64_t now_of(const struct ks_delivery *delivery)
{
	return ks_ctx_now(delivery->config.ctx);
}

/* Waits for a wake after the one that was seen last, or a while. */
static void rest(const struct worker *worker, uint64_t *seen, int64_t ms)
{
	struct ks_delivery *delivery = worker->delivery;
	struct timespec until;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_nsec += (long)(ms % 1000) * 1000000;
	until.tv_sec += ms / 1000 + until.tv_nsec / 1000000000;
	until.tv_nsec %= 1000000000;
	pthread_mutex_lock(&delivery->lock);
	while (delivery->wakes == *seen && delivery->drains == worker->drained && !delivery->is_ending &&
		pthread_cond_timedwait(&delivery->wakened, &delivery->lock, &until) == 0)
		;
	*seen = delivery->wakes;
	pthread_mutex_unlock(&delivery->lock);
}

static void nap(int64_t ms)
{
	nanosleep(&(struct timespec){ .tv_sec = ms / 1000, .tv_nsec = (long)(ms % 1000) * 1000000 }, NULL);
}

/* What a worker is to do. */
struct order {
	bool is_ending;                /* after the attempt at hand */
	bool is_draining;              /* or first all that is due until then */
	int64_t until;
};

static struct order order_of(const struct worker *worker)
{
	struct ks_delivery *delivery = worker->delivery;
	struct order order;

	pthread_mutex_lock(&delivery->lock);
	order = (struct order){ delivery->is_ending,
		delivery->is_ending ? delivery->is_draining : delivery->drains != worker->drained,
		delivery->drain_until };
	pthread_mutex_unlock(&delivery->lock);
	if (ks_ctx_is_stopping(delivery->config.ctx))
		order = (struct order){ .is_ending = true };
	return order;
}

static void note_drained(struct worker *worker, bool is_gone)
{
	struct ks_delivery *delivery = worker->delivery;

	pthread_mutex_lock(&delivery->lock);
	worker->drained = delivery->drains;
	worker->is_gone = is_gone;
	pthread_cond_broadcast(&delivery->wakened);
	pthread_mutex_unlock(&delivery->lock);
}

static void count(struct ks_delivery *delivery, uint64_t *counter)
{
	pthread_mutex_lock(&delivery->lock);
	(*counter)++;
	pthread_mutex_unlock(&delivery->lock);
}

/* A store that is locked or full is so for a while. */
static bool may_pass(const struct ks_err *err)
{
	return err->code == KS_ERR_CONFLICT || err->code == KS_ERR_FULL;
}

/* A locked store is waited for, since nobody else can note how an attempt ended; a full one until the end,
 * which it must not hold up: what is not noted may have been sent, and is repeated. */
static bool is_waited_for(const struct worker *worker, const struct ks_err *err)
{
	return may_pass(err) && !ks_ctx_is_stopping(worker->delivery->config.ctx) &&
		!(err->code == KS_ERR_FULL && order_of(worker).is_ending);
}

/* Notes the end of an attempt. */
static int note_end(struct worker *worker, const struct ks_outbox_failure *failure, int64_t id,
	bool *out_is_dead, struct ks_err *err)
{
	for (;;) {
		int rc = failure != NULL ? ks_outbox_failed(worker->db, failure, out_is_dead, err) :
								   ks_outbox_sent(worker->db, id, now_of(worker->delivery), err);

		/* Somebody else has it by now, since this took too long: it is his. */
		if (rc != 0 && failure != NULL && err->code == KS_ERR_STATE) {
			*err = (struct ks_err){ 0 };
			return 0;
		}
		if (rc == 0 || !is_waited_for(worker, err))
			return rc;
		*err = (struct ks_err){ 0 };
		nap(LOCKED_MS);
	}
}

static int note_failure(struct worker *worker, const struct ks_notice *notice,
	const struct ks_notifier_answer *answer, const struct ks_err *why, struct ks_err *err)
{
	struct ks_delivery *delivery = worker->delivery;
	const struct ks_ctx *ctx = delivery->config.ctx;
	unsigned attempt = notice->attempts < 64 ? (unsigned)notice->attempts + 1 : 64;
	struct ks_outbox_failure failure = { .id = notice->id,
		.owner = ks_seat_number(delivery->seat),
		.now_ms = now_of(delivery),
		.error = why->message,
		.is_final = answer->is_final,
		.is_unsent = answer->is_unsent };
	struct ks_err ignored = { 0 };
	uint64_t random = 0;
	char about[48] = "";
	bool is_dead = false;

	/* Without a random number it waits just as long as it must. */
	pthread_mutex_lock(&delivery->lock);
	if (ks_ctx_random(ctx, &random, sizeof(random), &ignored) != 0)
		random = 0;
	pthread_mutex_unlock(&delivery->lock);
	failure.retry_after_ms = ks_retry_wait(&backoff, attempt, random, answer->retry_after_ms);
	if (note_end(worker, &failure, notice->id, &is_dead, err) != 0)
		return -1;
	count(delivery, &delivery->summary.failed);
	ks_metrics_add(ctx->metrics, KS_METRIC_NOTICES_FAILED, KS_METRICS_OF(worker->notifier->name), 1);
	if (is_dead)
		count(delivery, &delivery->summary.dead);
	ks_metrics_add(ctx->metrics, KS_METRIC_NOTICES_DEAD, KS_METRICS_OF(worker->notifier->name), is_dead);
	if (notice->incident_id != 0)
		snprintf(about, sizeof(about), "incident %" PRId64 ": ", notice->incident_id);
	ks_log_write(&ctx->log, is_dead ? KS_LOG_ERROR : KS_LOG_WARNING,
		"%snotice %" PRId64 " ('%.*s') did not reach '%s'%s: %s", about, notice->id,
			KS_STR_ARG(notice->kind), worker->notifier->name, is_dead ? " and is given up" : "",
		why->message);
	return 0;
}

static void note_arrival(const struct worker *worker, const struct ks_notice *notice)
{
	struct ks_metrics *metrics = worker->delivery->config.ctx->metrics;
	const char *const *labels = KS_METRICS_OF(worker->notifier->name);

	ks_metrics_add(metrics, KS_METRIC_NOTICES_SENT, labels, 1);
	ks_metrics_observe(metrics, KS_METRIC_NOTICE_DELAY, labels,
		now_of(worker->delivery) - notice->created_ms);
}

/* One attempt, if the notice is still there to be sent. */
static int deliver(struct worker *worker, const struct ks_notice *notice, struct ks_err *err)
{
	struct ks_delivery *delivery = worker->delivery;
	struct ks_notifier_answer answer = { 0 };
	struct ks_err why = { 0 };
	bool is_taken = false;

	if (!ks_notifier_wants(worker->notifier, notice))
		return ks_outbox_pass(worker->db, notice->id, now_of(delivery), err);
	if (ks_outbox_sending(worker->db, notice->id, ks_seat_number(delivery->seat), now_of(delivery),
			&is_taken, err) != 0)
		return -1;
	if (!is_taken)
		return 0;
	ks_pulse_beat(delivery->config.ctx->pulse);
	if (ks_notifier_send(worker->notifier, &delivery->office, notice, &answer, &why) != 0)
		return note_failure(worker, notice, &answer, &why, err);
	if (note_end(worker, NULL, notice->id, NULL, err) != 0)
		return -1;
	count(delivery, &delivery->summary.sent);
	note_arrival(worker, notice);
	return 0;
}

static bool is_alive(void *arg, int64_t number)
{
	return ks_seat_is_taken(arg, number);
}

/* Notices that somebody was sending who is gone. */
static int recover(struct ks_delivery *delivery, struct ks_db *db, struct ks_err *err)
{
	const struct ks_outbox_owner owner = { ks_seat_number(delivery->seat), is_alive, delivery->seat };
	int64_t n = 0;

	if (ks_outbox_recover(db, &owner, now_of(delivery), &n, err) != 0)
		return -1;
	if (n > 0)
		ks_log_write(&delivery->config.ctx->log, KS_LOG_INFO,
			"%" PRId64 " notice%s may have been sent before a keysnare ended, and will be repeated", n,
			n == 1 ? "" : "s");
	return 0;
}

/* Tries all that is due for this notifier; *out_waits says whether more is due until then. */
static int deliver_due(struct worker *worker, int64_t until, bool *out_has, bool *out_waits,
	struct ks_err *err)
{
	struct ks_str name = ks_str_of(worker->notifier->name);
	struct ks_delivery *delivery = worker->delivery;
	struct ks_vec due = KS_VEC_OF(struct ks_notice);
	int64_t folded, next = KS_TIME_NONE;
	struct ks_arena arena;
	int rc;

	ks_arena_init(&arena);
	*out_has = *out_waits = false;
	rc = recover(delivery, worker->db, err);
	if (rc == 0)
		rc = ks_collapse_run(worker->db, name, &folded, err);
	if (rc == 0)
		rc = ks_outbox_due(worker->db, name, now_of(delivery), AT_ONCE, &arena, &due, err);
	for (size_t i = 0; rc == 0 && i < due.n; i++) {
		struct order order = order_of(worker);

		if (order.is_ending && !order.is_draining)
			break;
		*out_has = true;
		rc = deliver(worker, KS_VEC_AT(&due, struct ks_notice, i), err);
	}
	if (rc == 0 && due.n == 0)
		rc = ks_outbox_next(worker->db, name, &next, err);
	*out_waits = next != KS_TIME_NONE && next <= until;
	ks_vec_release(&due);
	ks_arena_release(&arena);
	return rc;
}

/* A run that ends gives everything one try, also what waits since an earlier one failed. */
static int hurry(struct worker *worker, struct ks_err *err)
{
	struct ks_delivery *delivery = worker->delivery;

	return ks_outbox_hurry(worker->db, ks_str_of(worker->notifier->name), delivery->began_ms,
		now_of(delivery), err);
}

/* Whether a store that said this is asked again. One that drains does not wait for room. */
static bool is_asked_again(const struct order *order, const struct ks_err *err)
{
	if (!may_pass(err) || (order->is_draining && err->code == KS_ERR_FULL))
		return false;
	nap(err->code == KS_ERR_FULL ? FULL_MS : LOCKED_MS);
	return true;
}

static void run(struct worker *worker)
{
	struct ks_delivery *delivery = worker->delivery;
	bool is_hurried = false;
	uint64_t seen = 0;

	for (;;) {
		struct order order = order_of(worker);
		bool has = false, waits = false;
		struct ks_err err = { 0 };

		ks_pulse_beat(delivery->config.ctx->pulse);
		if (order.is_ending && !order.is_draining)
			return;
		if ((order.is_draining && !is_hurried && hurry(worker, &err) != 0) ||
			deliver_due(worker, order.is_draining ? order.until : 0, &has, &waits, &err) != 0) {
			if (is_asked_again(&order, &err))
				continue;
			pthread_mutex_lock(&delivery->lock);
			delivery->err = err;
			pthread_mutex_unlock(&delivery->lock);
			atomic_store(&delivery->has_failed, true);
			return;
		}
		is_hurried |= order.is_draining;
		if (has)
			continue;
		if (!order.is_draining)
			rest(worker, &seen, PAUSE_MS);
		else if (waits && now_of(delivery) <= order.until)
			nap(DRAIN_PAUSE_MS);
		else if (order.is_ending)
			return;
		else
			note_drained(worker, false);
	}
}

static void *work(void *arg)
{
	struct worker *worker = arg;
	struct ks_pulse *pulse = worker->delivery->config.ctx->pulse;
	char name[KS_PULSE_NAME];

	snprintf(name, sizeof(name), "notify %s", worker->notifier->name);
	ks_pulse_join(pulse, name);
	run(worker);
	note_drained(worker, true);
	ks_pulse_leave(pulse);
	return NULL;
}

static void release(struct ks_delivery *delivery)
{
	for (size_t i = 0; i < delivery->count; i++) {
		ks_db_close(delivery->workers[i].db);
		if (delivery->workers[i].notifier != NULL)
			ks_notifier_rest(delivery->workers[i].notifier);
	}
	free(delivery->workers);
	pthread_cond_destroy(&delivery->wakened);
	pthread_mutex_destroy(&delivery->lock);
	ks_seat_close(delivery->seat);
	free(delivery);
	ks_http_end();
}

static int start_worker(struct ks_delivery *delivery, size_t i, struct ks_err *err)
{
	struct worker *worker = &delivery->workers[i];
	sigset_t all, before;

	worker->delivery = delivery;
	worker->notifier = KS_VEC_AT(&delivery->config.notifiers->list, struct ks_notifier, i);
	if (ks_schema_open(delivery->config.ctx, delivery->config.store_path, KS_DB_WRITE, &worker->db, err) !=
		0)
		return -1;
	/* Signals are for the main thread, which waits for them. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	worker->is_started = pthread_create(&worker->thread, NULL, work, worker) == 0;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return worker->is_started ? 0 : ks_err_set(err, KS_ERR_IO, "cannot start a thread");
}

/* What nobody was told must not be forgotten: every run says it, until the incident is closed. */
static int tell_dead(const struct ks_delivery_config *config, struct ks_db *db, struct ks_err *err)
{
	int64_t n = 0, incident = 0;

	if (ks_outbox_dead(db, KS_STR(""), &n, &incident, err) != 0)
		return -1;
	if (n > 0)
		ks_log_write(&config->ctx->log, KS_LOG_ERROR,
			"%" PRId64 " notice%s of open incidents reached nobody and %s given up: see incident %" PRId64
			"%s, and close what is done", n, n == 1 ? "" : "s", n == 1 ? "was" : "were", incident,
			n == 1 ? "" : " first");
	return 0;
}

int ks_delivery_office(struct ks_db *db, const char *store_path, struct ks_notifier_office *out,
	struct ks_err *err)
{
	unsigned char key[KS_SCHEMA_HASH_KEY_SIZE], digest[KS_HASH_SIZE];

	if (ks_schema_hash_key(db, key, err) != 0)
		return -1;
	ks_hash_hmac((struct ks_str){ (const char *)key, sizeof(key) }, KS_STR("notifier-origin/1"), digest);
	out->store_path = store_path;
	ks_hash_hex(digest, (KS_NOTIFIER_ORIGIN - 1) / 2, out->origin);
	explicit_bzero(key, sizeof(key));
	return 0;
}

static int take_up(struct ks_delivery *delivery, struct ks_err *err)
{
	const struct ks_delivery_config *config = &delivery->config;
	struct ks_db *db = NULL;
	int rc = ks_schema_open(config->ctx, config->store_path, KS_DB_WRITE, &db, err);

	if (rc == 0)
		rc = ks_delivery_office(db, config->store_path, &delivery->office, err);
	if (rc == 0)
		rc = ks_seat_open(config->ctx, config->store_path, &delivery->seat, err);
	if (rc == 0)
		rc = recover(delivery, db, err);
	if (rc == 0)
		rc = tell_dead(config, db, err);
	ks_db_close(db);
	return rc;
}

static void init_locks(struct ks_delivery *delivery)
{
	pthread_condattr_t attributes;

	pthread_mutex_init(&delivery->lock, NULL);
	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_cond_init(&delivery->wakened, &attributes);
	pthread_condattr_destroy(&attributes);
}

int ks_delivery_start(const struct ks_delivery_config *config, struct ks_delivery **out, struct ks_err *err)
{
	struct ks_delivery *delivery;

	if (ks_http_start(err) != 0)
		return -1;
	delivery = ks_mem_alloc(sizeof(*delivery));
	delivery->config = *config;
	delivery->began_ms = ks_ctx_now(config->ctx);
	delivery->workers = ks_mem_alloc((config->notifiers->list.n + 1) * sizeof(struct worker));
	init_locks(delivery);
	if (take_up(delivery, err) != 0) {
		release(delivery);
		return -1;
	}
	delivery->count = config->notifiers->list.n;
	for (size_t i = 0; i < delivery->count; i++) {
		struct ks_delivery_summary summary;
		struct ks_err ignored = { 0 };

		if (start_worker(delivery, i, err) == 0)
			continue;
		ks_delivery_finish(delivery, false, 0, &summary, &ignored);
		return -1;
	}
	*out = delivery;
	return 0;
}

void ks_delivery_wake(struct ks_delivery *delivery)
{
	pthread_mutex_lock(&delivery->lock);
	delivery->wakes++;
	pthread_cond_broadcast(&delivery->wakened);
	pthread_mutex_unlock(&delivery->lock);
}

bool ks_delivery_has_failed(struct ks_delivery *delivery)
{
	return atomic_load(&delivery->has_failed);
}

/* What is still to be sent, whenever it is due. */
static int count_left(struct ks_delivery *delivery, struct ks_delivery_summary *out, struct ks_err *err)
{
	struct ks_vec waiting = KS_VEC_OF(struct ks_outbox_waiting);
	struct ks_arena arena;
	struct ks_db *db = NULL;
	int rc;

	ks_arena_init(&arena);
	rc = ks_schema_open(delivery->config.ctx, delivery->config.store_path, KS_DB_READ, &db, err);
	if (rc == 0)
		rc = ks_outbox_waiting(db, &arena, &waiting, err);
	for (size_t i = 0; rc == 0 && i < waiting.n; i++) {
		const struct ks_outbox_waiting *row = KS_VEC_AT(&waiting, struct ks_outbox_waiting, i);

		if (ks_notifier_find(delivery->config.notifiers, row->notifier) != NULL)
			out->left += (uint64_t)row->incidents;
		else
			out->strange += (uint64_t)row->incidents;
	}
	ks_db_close(db);
	ks_vec_release(&waiting);
	ks_arena_release(&arena);
	return rc;
}

void ks_delivery_drain(struct ks_delivery *delivery, int64_t drain_ms)
{
	pthread_mutex_lock(&delivery->lock);
	delivery->drains++;
	delivery->drain_until = now_of(delivery) + drain_ms;
	pthread_cond_broadcast(&delivery->wakened);
	for (size_t i = 0; i < delivery->count; i++)
		while (!delivery->workers[i].is_gone && delivery->workers[i].drained != delivery->drains)
			pthread_cond_wait(&delivery->wakened, &delivery->lock);
	pthread_mutex_unlock(&delivery->lock);
}

int ks_delivery_finish(struct ks_delivery *delivery, bool is_draining, int64_t drain_ms,
	struct ks_delivery_summary *out, struct ks_err *err)
{
	int rc = 0;

	*out = (struct ks_delivery_summary){ 0 };
	if (delivery == NULL)
		return 0;
	pthread_mutex_lock(&delivery->lock);
	delivery->is_ending = true;
	delivery->is_draining = is_draining;
	delivery->drain_until = now_of(delivery) + drain_ms;
	pthread_cond_broadcast(&delivery->wakened);
	pthread_mutex_unlock(&delivery->lock);
	for (size_t i = 0; i < delivery->count; i++)
		if (delivery->workers[i].is_started)
			pthread_join(delivery->workers[i].thread, NULL);
	*out = delivery->summary;
	if (atomic_load(&delivery->has_failed)) {
		*err = delivery->err;
		rc = -1;
	} else {
		rc = count_left(delivery, out, err);
	}
	release(delivery);
	return rc;
}
