/* The schedule of GetAccessKeyLastUsed, and its thread. */
#include "lib/engine/lastuse.h"

#include "lib/base/mem.h"
#include "lib/base/time.h"
#include "lib/store/schema.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define QUEUE_MOST 200                 /* keys taken up at a time */
#define ANSWERS_MOST 16u               /* written in one transaction … */
#define ANSWERS_MS 5000                /* … or when the first of them is so old */
#define IDLE_MS 15000                  /* between looks for new decoys */
#define LOCKED_MS 500
#define OPEN_MS (INT64_C(50) * 60 * 1000)        /* the keys of a role are good for an hour */
#define BROKEN_MS (INT64_C(60) * 1000)           /* before an account is tried again: at first, at most */
#define BROKEN_MOST_MS (INT64_C(3600) * 1000)
/* before a key is asked about again that IAM does not tell of */
#define DENIED_MS (INT64_C(3600) * 1000)
#define THROTTLED_MS (INT64_C(30) * 1000)        /* before anything is asked again */

/* One account, as far as it was needed. */
struct place {
	struct ks_account account;
	char id[16];
	struct ks_client *client;              /* NULL: not entered */
	struct ks_arena arena;                 /* of the client's identity */
	int64_t opened_ms;
	int64_t closed_until_ms;               /* it could not be entered */
	unsigned failures;                     /* in a row */
	bool is_told;                          /* of this outage */
};

struct ks_lastuse {
	struct ks_lastuse_config config;
	struct ks_db *db;
	struct ks_vec places;                  /* struct place * */
	struct ks_vec queue;                   /* struct ks_silentuse_key, to be asked about */
	size_t queue_at;
	struct ks_arena arena;                 /* of the queue and of the answers */
	struct ks_vec answers;                 /* struct ks_silentuse_answer: not yet written */
	int64_t answers_ms;                    /* when the first of them came */
	int64_t next_call_ms;
	int64_t judge_ms, look_ms;             /* when to judge, and to look for keys, at the latest */
	struct ks_lastuse_summary summary;
	pthread_t thread;
	pthread_mutex_t lock;                  /* of what follows */
	pthread_cond_t wakened;
	bool is_ending;
};

static int64_t now_of(const struct ks_lastuse *l)
{
	return ks_ctx_now(l->config.ctx);
}

/* ---- accounts ------------------------------------------------------------------------------------ */

static void leave(struct place *place)
{
	ks_client_free(place->client);
	place->client = NULL;
	ks_arena_release(&place->arena);
}

/* NULL: the config does not have the account. */
static struct place *find_place(struct ks_lastuse *l, struct ks_str account)
{
	const struct ks_account *listed = ks_account_find(l->config.accounts, l->config.account_count, account);
	struct place *place;

	for (size_t i = 0; i < l->places.n; i++)
		if (ks_str_is(account, (*KS_VEC_AT(&l->places, struct place *, i))->id))
			return *KS_VEC_AT(&l->places, struct place *, i);
	if ((listed == NULL && l->config.account_count > 0) || account.n >= sizeof(place->id))
		return NULL;
	place = ks_mem_alloc(sizeof(*place));
	memcpy(place->id, account.p, account.n);
	if (listed != NULL)
		place->account = *listed;
	place->account.id = ks_str_of(place->id);
	*(struct place **)ks_vec_push(&l->places) = place;
	return place;
}

static void tell(struct ks_lastuse *l, struct place *place, const struct ks_err *err)
{
	if (!place->is_told)
		l->config.problem(l->config.arg, place->account.id, err);
	place->is_told = true;
}

/* It is left alone for a while, and longer each time. */
static void shut(struct ks_lastuse *l, struct place *place)
{
	int64_t wait = BROKEN_MS;

	for (unsigned i = 0; i < place->failures && wait < BROKEN_MOST_MS; i++)
		wait *= 2;
	place->failures++;
	place->closed_until_ms = now_of(l) + (wait < BROKEN_MOST_MS ? wait : BROKEN_MOST_MS);
	leave(place);
}

static bool is_shut(const struct place *place, int64_t now)
{
	return now < place->closed_until_ms && place->closed_until_ms - now <= BROKEN_MOST_MS;
}

static int enter(struct ks_lastuse *l, struct place *place, struct ks_err *err)
{
	int64_t now = now_of(l);

	if (l->config.ask != NULL ||
		(place->client != NULL && now - place->opened_ms >= 0 && now - place->opened_ms < OPEN_MS))
		return 0;
	leave(place);
	place->opened_ms = now;
	return ks_account_open(l->config.settings, &place->account, &place->arena, &place->client, NULL, err);
}

/* ---- one key ------------------------------------------------------------------------------------- */

/* The time until the next question about a key: the interval, more or less. */
static int64_t spread(struct ks_lastuse *l, int64_t ms)
{
	struct ks_err ignored = { 0 };
	uint32_t random = 0;

	ks_ctx_random(l->config.ctx, &random, sizeof(random), &ignored);
	return ms * 4 / 5 + (int64_t)((uint64_t)random * (uint64_t)(ms * 2 / 5) >> 32);
}

static int ask(struct ks_lastuse *l, const struct ks_silentuse_key *key, struct place *place,
	struct ks_iam_last_used *out, struct ks_err *err)
{
	if (l->config.ask != NULL)
		return l->config.ask(l->config.arg, key, &l->arena, out, err);
	return ks_iam_get_access_key_last_used(place->client, ks_arena_strdup(&l->arena, key->key_id), &l->arena,
		out, err);
}

/* What a failure means for the key, for its account, and for the pace. Gives the wait until the key is asked
 * about again. */
static int64_t take_failure(struct ks_lastuse *l, struct place *place, bool is_entered,
	const struct ks_err *err)
{
	int64_t now = now_of(l);

	if (err->code == KS_ERR_THROTTLED) {
		l->next_call_ms = now + THROTTLED_MS;
		return THROTTLED_MS;
	}
	tell(l, place, err);
	/* IAM answers so of a key that was deleted, too. */
	if (is_entered && (err->code == KS_ERR_NOTFOUND || err->code == KS_ERR_DENIED))
		return DENIED_MS;
	shut(l, place);
	return place->closed_until_ms - now;
}

static struct ks_silentuse_answer *add_answer(struct ks_lastuse *l, const struct ks_silentuse_key *key)
{
	struct ks_silentuse_answer *answer = ks_vec_push(&l->answers);

	if (l->answers.n == 1)
		l->answers_ms = now_of(l);
	*answer = (struct ks_silentuse_answer){ .key_id = key->key_id, .asked_ms = now_of(l),
		.used_ms = KS_TIME_NONE, .service = KS_STR(""), .region = KS_STR("") };
	return answer;
}

static void fail(struct ks_lastuse *l, const struct ks_silentuse_key *key, const char *why, int64_t wait)
{
	struct ks_silentuse_answer *answer = add_answer(l, key);

	answer->has_failed = true;
	answer->error = ks_arena_copy(&l->arena, ks_str_of(why));
	answer->again_ms = answer->asked_ms + wait;
}

/* True when something was asked: then the pace counts. */
static bool look_at(struct ks_lastuse *l, const struct ks_silentuse_key *key)
{
	struct place *place = find_place(l, key->account);
	struct ks_silentuse_answer *answer;
	struct ks_iam_last_used used;
	struct ks_err err = { 0 };
	bool is_entered;

	if (place == NULL) {
		fail(l, key, "the config does not have its account", spread(l, l->config.interval_ms));
		return false;
	}
	if (is_shut(place, now_of(l))) {
		fail(l, key, "its account cannot be entered", place->closed_until_ms - now_of(l));
		return false;
	}
	l->summary.asked++;
	is_entered = enter(l, place, &err) == 0;
	if (!is_entered || ask(l, key, place, &used, &err) != 0) {
		l->summary.failed++;
		fail(l, key, err.message, take_failure(l, place, is_entered, &err));
		return true;
	}
	place->failures = 0;
	place->is_told = false;
	answer = add_answer(l, key);
	answer->again_ms = answer->asked_ms + spread(l, l->config.interval_ms);
	answer->used_ms = used.time_ms;
	answer->service = used.service;
	answer->region = used.region;
	return true;
}

/* ---- steps --------------------------------------------------------------------------------------- */

/* The answers live in the same arena as the keys that are still to be asked about. */
static int write_answers(struct ks_lastuse *l, struct ks_err *err)
{
	if (l->answers.n > 0 && ks_silentuse_take(l->db, l->answers.p, l->answers.n, err) != 0)
		return -1;
	ks_vec_clear(&l->answers);
	return 0;
}

static int judge(struct ks_lastuse *l, int64_t now, struct ks_err *err)
{
	struct ks_silentuse_verdict verdict;

	if (now < l->judge_ms && l->judge_ms - now <= IDLE_MS)
		return 0;
	if (ks_silentuse_judge(l->db, now, l->config.quiet_ms, &verdict, err) != 0)
		return -1;
	l->judge_ms = now + IDLE_MS;
	l->summary.raised += verdict.raised;
	l->summary.explained += verdict.explained;
	if (verdict.raised + verdict.explained > 0)
		l->config.changed(l->config.arg, &verdict);
	return 0;
}

/* Keys whose time has come, once those before are done with. */
static int refill(struct ks_lastuse *l, int64_t now, struct ks_err *err)
{
	if (l->queue_at < l->queue.n || (now < l->look_ms && l->look_ms - now <= IDLE_MS))
		return 0;
	if (write_answers(l, err) != 0)
		return -1;
	ks_vec_clear(&l->queue);
	l->queue_at = 0;
	ks_arena_release(&l->arena);
	if (ks_silentuse_due(l->db, now, l->config.interval_ms * 2 + BROKEN_MOST_MS, QUEUE_MOST, &l->arena,
		&l->queue, err) != 0)
		return -1;
	/* A full queue has more behind it. */
	l->look_ms = l->queue.n == QUEUE_MOST ? now : now + (l->config.interval_ms < IDLE_MS ?
		l->config.interval_ms : IDLE_MS);
	return 0;
}

static int step(struct ks_lastuse *l, struct ks_err *err)
{
	int64_t now = now_of(l), gap = 1000 / KS_LASTUSE_A_SECOND;
	bool has_asked = false;

	/* The clock may have been set back. */
	if (l->next_call_ms - now > THROTTLED_MS)
		l->next_call_ms = now;
	if (judge(l, now, err) != 0 || refill(l, now, err) != 0)
		return -1;
	while (!has_asked && now >= l->next_call_ms && l->queue_at < l->queue.n &&
		l->answers.n < ANSWERS_MOST) {
		has_asked = look_at(l, KS_VEC_AT(&l->queue, struct ks_silentuse_key, l->queue_at));
		l->queue_at++;
	}
	if (has_asked && l->next_call_ms < now + gap)
		l->next_call_ms = now + gap;
	if (l->answers.n >= ANSWERS_MOST || l->queue_at == l->queue.n || now - l->answers_ms >= ANSWERS_MS ||
		now < l->answers_ms)
		return write_answers(l, err);
	return 0;
}

int ks_lastuse_step(struct ks_lastuse *l, int64_t *out_wait_ms, struct ks_err *err)
{
	struct ks_err why = { 0 };
	int64_t now, wait;

	if (step(l, &why) != 0) {
		/* Both may pass, and the thread that asks is to last for years. */
		if (why.code != KS_ERR_CONFLICT && why.code != KS_ERR_FULL) {
			*err = why;
			return -1;
		}
		*out_wait_ms = LOCKED_MS;
		return 0;
	}
	now = now_of(l);
	wait = (l->queue_at < l->queue.n ? l->next_call_ms : l->look_ms) - now;
	*out_wait_ms = wait < 0 ? 0 : wait > IDLE_MS ? IDLE_MS : wait;
	return 0;
}

/* ---- life ---------------------------------------------------------------------------------------- */

int ks_lastuse_open(const struct ks_lastuse_config *config, struct ks_lastuse **out, struct ks_err *err)
{
	struct ks_lastuse *l = ks_mem_alloc(sizeof(*l));

	*l = (struct ks_lastuse){ .config = *config,
		.places = KS_VEC_OF(struct place *),
		.queue = KS_VEC_OF(struct ks_silentuse_key),
		.answers = KS_VEC_OF(struct ks_silentuse_answer) };
	if (l->config.interval_ms <= 0)
		l->config.interval_ms = KS_LASTUSE_INTERVAL_MS;
	if (ks_schema_open(config->ctx, config->store_path, KS_DB_WRITE, &l->db, err) != 0) {
		free(l);
		return -1;
	}
	*out = l;
	return 0;
}

void ks_lastuse_close(struct ks_lastuse *l, struct ks_lastuse_summary *out)
{
	struct ks_err ignored = { 0 };

	*out = (struct ks_lastuse_summary){ 0 };
	if (l == NULL)
		return;
	write_answers(l, &ignored);
	*out = l->summary;
	for (size_t i = 0; i < l->places.n; i++) {
		leave(*KS_VEC_AT(&l->places, struct place *, i));
		free(*KS_VEC_AT(&l->places, struct place *, i));
	}
	ks_vec_release(&l->places);
	ks_vec_release(&l->queue);
	ks_vec_release(&l->answers);
	ks_arena_release(&l->arena);
	ks_db_close(l->db);
	free(l);
}

static void *work(void *arg)
{
	struct ks_lastuse *l = arg;
	struct ks_err err = { 0 };
	bool is_ending = false;

	while (!is_ending && !ks_ctx_is_stopping(l->config.ctx)) {
		struct timespec until;
		int64_t wait = 0;

		if (ks_lastuse_step(l, &wait, &err) != 0) {
			l->config.problem(l->config.arg, KS_STR(""), &err);
			break;
		}
		clock_gettime(CLOCK_MONOTONIC, &until);
		until.tv_sec += wait / 1000 + (until.tv_nsec + wait % 1000 * 1000000) / 1000000000;
		until.tv_nsec = (until.tv_nsec + wait % 1000 * 1000000) % 1000000000;
		pthread_mutex_lock(&l->lock);
		if (!l->is_ending && wait > 0)
			pthread_cond_timedwait(&l->wakened, &l->lock, &until);
		is_ending = l->is_ending;
		pthread_mutex_unlock(&l->lock);
	}
	return NULL;
}

int ks_lastuse_start(const struct ks_lastuse_config *config, struct ks_lastuse **out, struct ks_err *err)
{
	struct ks_lastuse_summary ignored;
	struct ks_lastuse *l = NULL;
	pthread_condattr_t how;
	sigset_t all, before;
	bool is_started;

	if (ks_lastuse_open(config, &l, err) != 0)
		return -1;
	pthread_mutex_init(&l->lock, NULL);
	pthread_condattr_init(&how);
	pthread_condattr_setclock(&how, CLOCK_MONOTONIC);
	pthread_cond_init(&l->wakened, &how);
	pthread_condattr_destroy(&how);
	/* Signals are for the main thread, which waits for them. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	is_started = pthread_create(&l->thread, NULL, work, l) == 0;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (!is_started) {
		pthread_cond_destroy(&l->wakened);
		pthread_mutex_destroy(&l->lock);
		ks_lastuse_close(l, &ignored);
		return ks_err_set(err, KS_ERR_IO, "cannot start a thread");
	}
	*out = l;
	return 0;
}

void ks_lastuse_finish(struct ks_lastuse *l, struct ks_lastuse_summary *out)
{
	*out = (struct ks_lastuse_summary){ 0 };
	if (l == NULL)
		return;
	pthread_mutex_lock(&l->lock);
	l->is_ending = true;
	pthread_cond_signal(&l->wakened);
	pthread_mutex_unlock(&l->lock);
	pthread_join(l->thread, NULL);
	pthread_cond_destroy(&l->wakened);
	pthread_mutex_destroy(&l->lock);
	ks_lastuse_close(l, out);
}
