/* The threads of a queue: some receive, some keep, give back and delete. */
#include "lib/trail/mailbox.h"

#include "lib/base/flag.h"
#include "lib/base/mem.h"
#include "lib/base/time.h"
#include "lib/net/retry.h"
#include "lib/trail/queuepolicy.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#define RECEIVERS 3u                 /* all but one only while the queue is full */
#define KEEPERS 2u
#define ONCE_WAIT_S 1u               /* any wait at all asks every part of the queue */
#define LOOK_MS 60000                /* between looks at the queue's attributes */
#define RECENT_MS 10000              /* a letter that is no older is no backlog */
#define WAITED_MS 500                /* an answer that took so long found the queue empty at first */
#define FINISH_TRIES 3u              /* of each letter, at the end */
#define NAP_MS 250                   /* most that a thread sleeps while something is due */

enum fate { HELD, DOOMED, RETURNED };

struct letter {
	struct ks_mailbox_letter open;   /* what the owner sees; the first of it */
	struct ks_arena arena;
	struct ks_str receipt;
	enum fate fate;
	bool is_taken, is_busy;          /* by the owner; by a keeper */
	bool is_lost;                    /* its receipt is good no longer: it comes again */
	int64_t until_ms;                /* nobody else gets it before */
	int64_t due_ms, after_s;         /* RETURNED, DOOMED: tried again then; RETURNED: comes again in */
	unsigned failures;
	struct letter *prev, *next;
};

struct thread {
	pthread_t id;
	struct ks_mailbox *mailbox;
	unsigned number;                 /* of its kind */
	struct ks_ctx ctx;               /* with a stop flag of ours */
	struct ks_settings settings;
	const struct ks_settings_witness *outer;
	struct ks_settings_witness witness;      /* tells that one what it should know */
	struct ks_client *client;        /* NULL: not made yet */
};

struct ks_mailbox {
	struct ks_mailbox_config config;
	struct ks_arena arena;
	struct ks_sqs_queue queue;
	struct thread receivers[RECEIVERS], keepers[KEEPERS];
	unsigned receiver_count, keeper_count;
	int event;
	volatile sig_atomic_t stop, give_up; /* of receivers; of keepers */
	pthread_mutex_t lock;            /* of what follows */
	pthread_cond_t changed;
	struct letter *first, *last;     /* all that are here */
	struct letter *inbox;            /* the first that was not taken */
	size_t held;                     /* not DOOMED */
	uint64_t bytes;
	int64_t visibility_s, look_ms;
	bool has_attributes;             /* the queue was looked at, or cannot be */
	bool is_full;                    /* the last answer was: there may be more */
	bool is_finishing;
	unsigned keepers_left;
	unsigned most;                   /* letters to ask for */
	int64_t queued;                  /* in the queue; -1 */
	enum ks_queuepolicy_verdict verdict;
	struct ks_mailbox_state state;
};

/* ---- small things -------------------------------------------------------------------------------- */

static int64_t now_of(const struct ks_mailbox *m)
{
	return ks_ctx_now(m->config.ctx);
}

/* Under the lock. Naps are real time, whatever the clock says. */
static void nap(struct ks_mailbox *m, int64_t ms)
{
	struct timespec until;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += (time_t)(ms / 1000);
	until.tv_nsec += (long)(ms % 1000) * 1000000;
	if (until.tv_nsec >= 1000000000) {
		until.tv_sec++;
		until.tv_nsec -= 1000000000;
	}
	pthread_cond_timedwait(&m->changed, &m->lock, &until);
}

static bool is_past(int64_t at_ms, int64_t now, int64_t most_ahead_ms)
{
	/* The clock may have been set back. */
	return now >= at_ms || at_ms - now > most_ahead_ms;
}

static void signal_owner(struct ks_mailbox *m)
{
	uint64_t one = 1;
	ssize_t n = write(m->event, &one, sizeof(one));

	(void)n;
}

/* What moves messages stands in no trail, unless somebody records the data events of this queue, and
 * there is too much of it to remember: a letter would cost a transaction. */
static void called(void *arg, const struct ks_settings_call *call)
{
	const struct thread *t = arg;

	if (strcmp(call->service, "sqs") != 0 || strcmp(call->operation, "GetQueueAttributes") == 0)
		t->outer->called(t->outer->arg, call);
}

static void acted(void *arg, struct ks_str key_id, struct ks_str arn, struct ks_str unique_id)
{
	const struct thread *t = arg;

	t->outer->acted(t->outer->arg, key_id, arn, unique_id);
}

static int open_client(struct thread *t, struct ks_err *err)
{
	const struct ks_mailbox_config *config = &t->mailbox->config;

	if (t->client != NULL)
		return 0;
	if (config->settings == NULL)
		return ks_err_set(err, KS_ERR_CONFIG, "there are no settings to ask AWS with");
	if (config->settings(config->arg, &t->settings, err) != 0)
		return -1;
	t->settings.ctx = &t->ctx;
	t->outer = t->settings.witness;
	t->witness = (struct ks_settings_witness){ called, acted, t };
	if (t->outer != NULL)
		t->settings.witness = &t->witness;
	t->client = ks_client_new(&t->settings);
	return 0;
}

/* Under the lock. */
static void take_trouble(struct ks_mailbox *m, struct ks_mailbox_trouble *trouble, const struct ks_err *err)
{
	if (trouble->failures++ == 0)
		trouble->since_ms = now_of(m);
	trouble->err = *err;
	signal_owner(m);
}

static int64_t pause_of(struct ks_mailbox *m, unsigned failures)
{
	const struct ks_retry retry = { .first_ms = 1000, .most_ms = 60000 };
	struct ks_err ignored;
	uint64_t random = 0;

	ks_ctx_random(m->config.ctx, &random, sizeof(random), &ignored);
	return ks_retry_wait(&retry, failures < 16 ? failures : 16, random, 0);
}

/* Under the lock. */
static void unlink_letter(struct ks_mailbox *m, struct letter *letter)
{
	if (letter->prev != NULL)
		letter->prev->next = letter->next;
	else
		m->first = letter->next;
	if (letter->next != NULL)
		letter->next->prev = letter->prev;
	else
		m->last = letter->prev;
	if (m->inbox == letter)
		m->inbox = letter->next;
	m->bytes -= letter->open.body.n;
	m->held -= letter->fate != DOOMED;
	ks_arena_release(&letter->arena);
	free(letter);
	pthread_cond_broadcast(&m->changed);
}

/* ---- receiving ----------------------------------------------------------------------------------- */

/* The first thread asks how the queue is before it receives; whoever may not ask does without. */
static void look_at_queue(struct thread *t)
{
	struct ks_mailbox *m = t->mailbox;
	struct ks_sqs_attributes attributes = { .waiting = -1, .visibility_s = -1 };
	struct ks_arena arena = { NULL };
	struct ks_err err = { 0 };
	enum ks_queuepolicy_verdict verdict = KS_QUEUEPOLICY_OPEN;
	bool is_known = ks_sqs_get_attributes(t->client, &m->queue, &arena, &attributes, &err) == 0;

	if (is_known)
		verdict = ks_queuepolicy_judge(attributes.policy, attributes.arn, m->config.accounts,
			m->config.account_count);
	pthread_mutex_lock(&m->lock);
	m->look_ms = now_of(m);
	if (is_known || !m->has_attributes || err.code == KS_ERR_DENIED) {
		m->verdict = verdict;
		m->queued = attributes.waiting;
		m->state.has_dead_letters = attributes.has_dead_letters;
		if (attributes.visibility_s > 0)
			m->visibility_s = attributes.visibility_s;
	}
	m->has_attributes |= is_known || err.code == KS_ERR_DENIED;
	pthread_cond_broadcast(&m->changed);
	pthread_mutex_unlock(&m->lock);
	ks_arena_release(&arena);
}

/* A role's session is no service. */
static bool is_service(struct ks_str sender)
{
	return sender.n == 0 || memchr(sender.p, ':', sender.n) == NULL;
}

/* Under the lock. */
static void add_letter(struct ks_mailbox *m, const struct ks_sqs_message *message, int64_t until_ms)
{
	struct letter *letter = ks_mem_alloc(sizeof(*letter));

	letter->open = (struct ks_mailbox_letter){ .id = ks_arena_copy(&letter->arena, message->id),
		.body = ks_arena_copy(&letter->arena, message->body),
		.sent_ms = message->sent_ms,
		.receives = message->receives,
		.is_from_aws = m->verdict == KS_QUEUEPOLICY_CLOSED && is_service(message->sender) };
	letter->receipt = ks_arena_copy(&letter->arena, message->receipt);
	letter->until_ms = until_ms;
	letter->prev = m->last;
	if (m->last != NULL)
		m->last->next = letter;
	else
		m->first = letter;
	m->last = letter;
	if (m->inbox == NULL)
		m->inbox = letter;
	m->held++;
	m->bytes += letter->open.body.n;
	m->state.waiting++;
}

/* Under the lock: what an answer says of the queue. */
static void take_answer(struct ks_mailbox *m, const struct ks_vec *messages, unsigned most, int64_t asked_ms)
{
	int64_t now = now_of(m), oldest = now;

	for (size_t i = 0; i < messages->n; i++) {
		const struct ks_sqs_message *message = KS_VEC_AT(messages, struct ks_sqs_message, i);

		add_letter(m, message, asked_ms + m->visibility_s * 1000);
		oldest = message->sent_ms < oldest ? message->sent_ms : oldest;
	}
	m->state.heard_ms = now;
	m->state.empty = messages->n == 0 ? m->state.empty + 1 : 0;
	m->state.is_level = messages->n == 0 || now - asked_ms >= WAITED_MS ||
		(messages->n < most && oldest >= now - RECENT_MS);
	m->is_full = messages->n >= most;
	m->most = KS_SQS_BATCH;
	m->state.receiving = (struct ks_mailbox_trouble){ .failures = 0 };
	/* Also of an answer that is empty: the owner may have waited for it. */
	signal_owner(m);
	pthread_cond_broadcast(&m->changed);
}

static void receive(struct thread *t, unsigned wait_s)
{
	struct ks_mailbox *m = t->mailbox;
	struct ks_vec messages = KS_VEC_OF(struct ks_sqs_message);
	struct ks_arena arena = { NULL };
	struct ks_err err = { 0 };
	struct ks_sqs_wish wish;
	int64_t asked_ms;
	int rc = open_client(t, &err);

	/* Only the first thread changes what it looks at here. */
	if (rc == 0 && t->number == 0 && (!m->has_attributes || is_past(m->look_ms + LOOK_MS, now_of(m),
		LOOK_MS)))
		look_at_queue(t);
	pthread_mutex_lock(&m->lock);
	asked_ms = now_of(m);
	wish = (struct ks_sqs_wish){ m->most, wait_s, m->visibility_s };
	pthread_mutex_unlock(&m->lock);
	if (rc == 0)
		rc = ks_sqs_receive(t->client, &m->queue, &wish, &arena, &messages, &err);
	pthread_mutex_lock(&m->lock);
	if (rc == 0) {
		take_answer(m, &messages, wish.most, asked_ms);
	} else if (err.code == KS_ERR_LIMIT && m->most > 1) {
		m->most = 1;
	} else if (m->stop == 0) {
		take_trouble(m, &m->state.receiving, &err);
		m->is_full = false;
		/* Whoever waits for room or for the end is waken all the same. */
		for (int64_t left = pause_of(m, m->state.receiving.failures); left > 0 &&
			m->stop == 0; left -= NAP_MS)
			nap(m, left < NAP_MS ? left : NAP_MS);
	}
	pthread_mutex_unlock(&m->lock);
	ks_vec_release(&messages);
	ks_arena_release(&arena);
}

/* Under the lock. */
static bool may_receive(const struct thread *t)
{
	const struct ks_mailbox *m = t->mailbox;

	/* A question that nobody waits for any more could take a letter away from others. */
	if (m->config.is_once && m->state.empty >= KS_MAILBOX_EMPTY_ONCE)
		return false;
	return m->held < KS_MAILBOX_LETTERS && m->bytes < KS_MAILBOX_BYTES &&
		(t->number == 0 || (m->is_full && m->has_attributes));
}

static void *receiver(void *arg)
{
	struct thread *t = arg;
	struct ks_mailbox *m = t->mailbox;

	pthread_mutex_lock(&m->lock);
	while (m->stop == 0) {
		unsigned wait_s = m->config.is_once ? ONCE_WAIT_S : t->number == 0 && !m->is_full ?
			KS_SQS_WAIT_MOST : 0;

		if (!may_receive(t)) {
			nap(m, 1000);
			continue;
		}
		pthread_mutex_unlock(&m->lock);
		receive(t, wait_s);
		pthread_mutex_lock(&m->lock);
	}
	pthread_mutex_unlock(&m->lock);
	ks_client_free(t->client);
	ks_settings_release(&t->settings);
	return NULL;
}

/* ---- keeping ------------------------------------------------------------------------------------- */

/* Under the lock: whether something is to be done about a letter now. */
static bool wants_work(const struct ks_mailbox *m, const struct letter *letter, enum fate fate, int64_t now)
{
	int64_t span = m->visibility_s * 1000;

	if (letter->is_busy || letter->fate != fate)
		return false;
	if (fate != HELD)
		return m->is_finishing ? letter->failures < FINISH_TRIES : is_past(letter->due_ms, now, 120000);
	return !letter->is_lost && !m->is_finishing && is_past(letter->until_ms - span * 2 / 3, now, span);
}

/* Under the lock. Up to a batch of letters of one fate. */
static size_t gather(struct ks_mailbox *m, enum fate fate, struct letter *out[KS_SQS_BATCH])
{
	int64_t now = now_of(m);
	size_t n = 0;

	for (struct letter *at = m->first; at != NULL && n < KS_SQS_BATCH; at = at->next)
		if (wants_work(m, at, fate, now)) {
			at->is_busy = true;
			out[n++] = at;
		}
	return n;
}

/* Under the lock: what became of one. */
static void settle_letter(struct ks_mailbox *m, struct letter *letter, enum fate fate,
	const struct ks_sqs_entry *entry, bool has_failed, int64_t asked_ms)
{
	letter->is_busy = false;
	if (fate == HELD) {
		/* It may have been done with meanwhile. */
		if (!has_failed)
			letter->until_ms = asked_ms + entry->visibility_s * 1000;
		letter->is_lost |= has_failed && entry->is_over;
		return;
	}
	if (!has_failed || entry->is_over) {
		unlink_letter(m, letter);
		return;
	}
	letter->failures++;
	letter->due_ms = now_of(m) + pause_of(m, letter->failures);
}

static void work_on(struct thread *t, enum fate fate, struct letter *letters[], size_t n)
{
	struct ks_mailbox *m = t->mailbox;
	struct ks_sqs_entry entries[KS_SQS_BATCH];
	struct ks_err err = { 0 };
	int64_t asked_ms = now_of(m), visibility_s;
	int rc = open_client(t, &err);

	pthread_mutex_lock(&m->lock);
	visibility_s = m->visibility_s;
	pthread_mutex_unlock(&m->lock);
	for (size_t i = 0; i < n; i++)
		entries[i] = (struct ks_sqs_entry){ .receipt = letters[i]->receipt,
			.visibility_s = fate == RETURNED ? letters[i]->after_s : visibility_s };
	if (rc == 0)
		rc = fate == DOOMED ? ks_sqs_delete(t->client, &m->queue, entries, n, &err) :
			ks_sqs_extend(t->client, &m->queue, entries, n, &err);
	pthread_mutex_lock(&m->lock);
	if (rc != 0)
		take_trouble(m, &m->state.keeping, &err);
	else
		m->state.keeping = (struct ks_mailbox_trouble){ .failures = 0 };
	for (size_t i = 0; i < n; i++)
		settle_letter(m, letters[i], fate, &entries[i], rc != 0 || entries[i].has_failed, asked_ms);
	/* A visibility that cannot be had now is asked for again, but not at once. */
	if (rc != 0 && fate == HELD)
		nap(m, NAP_MS);
	pthread_mutex_unlock(&m->lock);
}

static void *keeper(void *arg)
{
	static const enum fate order[] = { HELD, DOOMED, RETURNED };
	struct thread *t = arg;
	struct ks_mailbox *m = t->mailbox;
	struct letter *letters[KS_SQS_BATCH];

	pthread_mutex_lock(&m->lock);
	while (m->give_up == 0) {
		size_t n = 0, i = 0;

		while (n == 0 && i < sizeof(order) / sizeof(order[0]))
			n = gather(m, order[i++], letters);
		if (n == 0 && m->is_finishing)
			break;
		if (n == 0) {
			nap(m, m->first != NULL ? NAP_MS : 1000);
			continue;
		}
		pthread_mutex_unlock(&m->lock);
		work_on(t, order[i - 1], letters, n);
		pthread_mutex_lock(&m->lock);
	}
	m->keepers_left--;
	pthread_cond_broadcast(&m->changed);
	pthread_mutex_unlock(&m->lock);
	ks_client_free(t->client);
	ks_settings_release(&t->settings);
	return NULL;
}

/* ---- the owner's --------------------------------------------------------------------------------- */

static int start_threads(struct ks_mailbox *m, struct thread *threads, unsigned n, void *(*run)(void *),
	const volatile sig_atomic_t *stop, unsigned *out_n)
{
	sigset_t all, before;
	int code = 0;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	for (unsigned i = 0; i < n && code == 0; i++) {
		threads[i] = (struct thread){ .mailbox = m, .number = i, .ctx = *m->config.ctx };
		threads[i].ctx.stop = stop;
		code = pthread_create(&threads[i].id, NULL, run, &threads[i]);
		*out_n += code == 0;
	}
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	errno = code;
	return *out_n > 0 ? 0 : -1;
}

static void init_locks(struct ks_mailbox *m)
{
	pthread_condattr_t attributes;

	pthread_mutex_init(&m->lock, NULL);
	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_cond_init(&m->changed, &attributes);
	pthread_condattr_destroy(&attributes);
}

int ks_mailbox_start(const struct ks_mailbox_config *config, struct ks_mailbox **out, struct ks_err *err)
{
	struct ks_mailbox *m = ks_mem_alloc(sizeof(*m));

	m->config = *config;
	m->visibility_s = KS_MAILBOX_VISIBILITY_S;
	m->most = KS_SQS_BATCH;
	m->queued = -1;
	m->verdict = KS_QUEUEPOLICY_OPEN;
	m->state.heard_ms = KS_TIME_NONE;
	m->keepers_left = KEEPERS;
	init_locks(m);
	m->event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (ks_sqs_parse_url(config->url, config->ctx, &m->arena, &m->queue, err) != 0)
		goto fail;
	if (m->event < 0) {
		ks_err_set_errno(err, "cannot be told of messages");
		goto fail;
	}
	if (start_threads(m, m->keepers, KEEPERS, keeper, &m->give_up, &m->keeper_count) != 0 ||
		start_threads(m, m->receivers, config->is_once ? 1 : RECEIVERS, receiver, &m->stop,
			&m->receiver_count) != 0) {
		ks_err_set_errno(err, "cannot start a thread");
		goto fail;
	}
	*out = m;
	return 0;
fail:
	ks_mailbox_finish(m);
	return -1;
}

/* Under the lock: all that is held is given back, and the keepers have a while for it. */
static void wind_up(struct ks_mailbox *m)
{
	struct timespec begin, at;

	m->is_finishing = true;
	for (struct letter *letter = m->first; letter != NULL; letter = letter->next) {
		letter->failures = 0;
		if (letter->fate == HELD) {
			letter->fate = RETURNED;
			letter->after_s = 0;
		}
	}
	pthread_cond_broadcast(&m->changed);
	clock_gettime(CLOCK_MONOTONIC, &begin);
	at = begin;
	while (m->keepers_left > KEEPERS - m->keeper_count && at.tv_sec -
		begin.tv_sec < KS_MAILBOX_FINISH_MS / 1000) {
		nap(m, NAP_MS);
		clock_gettime(CLOCK_MONOTONIC, &at);
	}
	ks_flag_raise(&m->give_up);
	pthread_cond_broadcast(&m->changed);
}

void ks_mailbox_finish(struct ks_mailbox *m)
{
	if (m == NULL)
		return;
	pthread_mutex_lock(&m->lock);
	ks_flag_raise(&m->stop);
	pthread_cond_broadcast(&m->changed);
	pthread_mutex_unlock(&m->lock);
	for (unsigned i = 0; i < m->receiver_count; i++)
		pthread_join(m->receivers[i].id, NULL);
	pthread_mutex_lock(&m->lock);
	wind_up(m);
	pthread_mutex_unlock(&m->lock);
	for (unsigned i = 0; i < m->keeper_count; i++)
		pthread_join(m->keepers[i].id, NULL);
	while (m->first != NULL)
		unlink_letter(m, m->first);
	if (m->event >= 0)
		close(m->event);
	pthread_cond_destroy(&m->changed);
	pthread_mutex_destroy(&m->lock);
	ks_arena_release(&m->arena);
	free(m);
}

const struct ks_sqs_queue *ks_mailbox_queue(const struct ks_mailbox *m)
{
	return &m->queue;
}

void ks_mailbox_hear(struct ks_mailbox *m)
{
	uint64_t ignored;
	ssize_t n = read(m->event, &ignored, sizeof(ignored));

	/* Nobody had signalled anything: as well. */
	(void)n;
}

struct ks_mailbox_letter *ks_mailbox_take(struct ks_mailbox *m)
{
	struct letter *letter;

	pthread_mutex_lock(&m->lock);
	letter = m->inbox;
	if (letter != NULL) {
		m->inbox = letter->next;
		m->state.waiting--;
		letter->is_taken = true;
	}
	pthread_mutex_unlock(&m->lock);
	return letter != NULL ? &letter->open : NULL;
}

static void seal(struct ks_mailbox *m, struct ks_mailbox_letter *open, enum fate fate, int64_t after_s)
{
	/* What the owner sees is the first of it. */
	struct letter *letter = (struct letter *)(void *)open;

	pthread_mutex_lock(&m->lock);
	letter->fate = fate;
	letter->after_s = after_s;
	letter->due_ms = 0;
	m->held -= fate == DOOMED;
	pthread_cond_broadcast(&m->changed);
	pthread_mutex_unlock(&m->lock);
}

void ks_mailbox_done(struct ks_mailbox *m, struct ks_mailbox_letter *letter)
{
	seal(m, letter, DOOMED, 0);
}

void ks_mailbox_give_back(struct ks_mailbox *m, struct ks_mailbox_letter *letter, int64_t after_s)
{
	seal(m, letter, RETURNED, after_s < KS_SQS_VISIBILITY_MOST ? after_s : KS_SQS_VISIBILITY_MOST);
}

int ks_mailbox_poll_fd(const struct ks_mailbox *m)
{
	return m->event;
}

void ks_mailbox_get_state(const struct ks_mailbox *m, struct ks_mailbox_state *out)
{
	/* The lock is no part of what a reader may change. */
	pthread_mutex_t *lock = (pthread_mutex_t *)(uintptr_t)&m->lock;

	pthread_mutex_lock(lock);
	*out = m->state;
	out->behind = m->queued < 0 ? -1 : m->queued + (int64_t)m->state.waiting;
	out->visibility_s = m->visibility_s;
	out->is_open_to_others = m->has_attributes && m->verdict != KS_QUEUEPOLICY_CLOSED;
	pthread_mutex_unlock(lock);
}
