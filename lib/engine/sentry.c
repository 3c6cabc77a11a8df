/* Keeping the vigil: what was seen, what the store has of it, and what time brings. */
#include "lib/engine/sentry.h"

#include "lib/base/mem.h"
#include "lib/base/time.h"
#include "lib/engine/heartbeat.h"
#include "lib/engine/outage.h"
#include "lib/incident/outbox.h"
#include "lib/incident/reminder.h"
#include "lib/respond/ledger.h"
#include "lib/respond/planpost.h"
#include "lib/store/schema.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define LOOK_MS 1000                   /* between looks */
#define RECORDS_MS 20000               /* before it is written down again that records came */
#define CHORES_MS 5000                 /* between looks at what is to be told again, or was given up */
#define AGAIN_MS 60000                 /* before the store is asked again of what has not changed */
#define STORE_MS 1000                  /* a locked store is waited for */

/* Something that holds or does not. */
struct entry {
	enum ks_vigil_kind kind;
	char *subject, *why;
	int64_t since_ms, ended_ms;
	bool holds;
	bool has_episode;                  /* that it held was not put into the store yet */
	bool is_put;                       /* the store has it as it is now */
	int64_t put_ms;
	uint64_t changes;
};

/* A source as it was seen last. */
struct feed {
	char *source, *error;
	struct ks_source_health health;
	uint64_t records, written;         /* that came; of which the store knows */
	int64_t written_ms;
	struct ks_vigil_memory memory;
	bool is_new;                       /* it was seen since the last look */
};

struct ks_sentry {
	struct ks_sentry_config config;
	struct ks_db *db;
	struct ks_seat *seat;
	int64_t began_ms, chores_ms, failed_ms;
	pthread_t thread;
	bool is_started;
	pthread_mutex_t lock;              /* of what follows */
	pthread_cond_t wakened;
	struct ks_vec entries;             /* struct entry */
	struct ks_vec feeds;               /* struct feed */
	bool is_ending;
	bool is_full, has_seen_full;       /* there is no room: so the watch says; so a look found */
};

static int64_t now_of(const struct ks_sentry *s)
{
	return ks_ctx_now(s->config.ctx);
}

static char *copy(const char *text)
{
	return text != NULL ? ks_mem_copy(text, strlen(text)) : NULL;
}

/* ---- what others say ------------------------------------------------------------------------------ */

static struct entry *find_entry(struct ks_sentry *s, enum ks_vigil_kind kind, const char *subject)
{
	struct entry *entry;

	for (size_t i = 0; i < s->entries.n; i++) {
		entry = KS_VEC_AT(&s->entries, struct entry, i);
		if (entry->kind == kind && strcmp(entry->subject, subject) == 0)
			return entry;
	}
	entry = ks_vec_push(&s->entries);
	*entry = (struct entry){ .kind = kind, .subject = copy(subject), .ended_ms = KS_TIME_NONE };
	return entry;
}

/* With the lock. True when it begins to hold. */
static bool take(struct ks_sentry *s, const struct ks_vigil_verdict *v, const char *subject)
{
	struct entry *entry = find_entry(s, v->kind, subject);
	bool begins = v->holds && (!entry->holds || ks_vigil_row(v->kind)->has_happened);

	if (begins) {
		free(entry->why);
		entry->why = copy(v->why);
		entry->since_ms = v->since_ms;
		entry->has_episode = true;
	}
	if (begins || entry->holds != v->holds) {
		entry->is_put = false;
		entry->changes++;
		entry->ended_ms = v->holds ? KS_TIME_NONE : now_of(s);
	}
	entry->holds = v->holds;
	return begins;
}

/* These keep themselves from being stored: they are said at once. */
static bool is_loud(enum ks_vigil_kind kind)
{
	return kind == KS_VIGIL_FULL || kind == KS_VIGIL_LOCKED;
}

/* With the lock: whether somebody still says that there is no room. */
static bool holds_full(const struct ks_sentry *s, enum ks_vigil_kind kind)
{
	return kind == KS_VIGIL_FULL && (s->is_full || s->has_seen_full);
}

void ks_sentry_set(struct ks_sentry *s, enum ks_vigil_kind kind, const char *subject, const char *why)
{
	const struct ks_vigil_verdict verdict = { .kind = kind, .holds = why != NULL, .why = why,
		.since_ms = s != NULL ? now_of(s) : 0 };
	bool begins;

	if (s == NULL)
		return;
	pthread_mutex_lock(&s->lock);
	if (kind == KS_VIGIL_FULL)
		s->is_full = verdict.holds;
	begins = (verdict.holds || !holds_full(s, kind)) && take(s, &verdict, subject);
	pthread_mutex_unlock(&s->lock);
	if (begins && is_loud(kind))
		ks_log_write(&s->config.ctx->log, kind == KS_VIGIL_FULL ? KS_LOG_ERROR : KS_LOG_INFO,
			"alarm '%s', which cannot be stored yet: %s", ks_vigil_row(kind)->name, why);
}

void ks_sentry_feed(struct ks_sentry *s, const char *source, const struct ks_source_health *health,
	uint64_t records)
{
	struct feed *feed = NULL;

	if (s == NULL)
		return;
	pthread_mutex_lock(&s->lock);
	for (size_t i = 0; i < s->feeds.n && feed == NULL; i++)
		if (strcmp(KS_VEC_AT(&s->feeds, struct feed, i)->source, source) == 0)
			feed = KS_VEC_AT(&s->feeds, struct feed, i);
	if (feed == NULL) {
		feed = ks_vec_push(&s->feeds);
		*feed = (struct feed){ .source = copy(source), .written_ms = KS_TIME_NONE };
	}
	free(feed->error);
	feed->error = copy(health->error);
	feed->health = *health;
	feed->health.error = feed->error;
	feed->records = records;
	feed->is_new = true;
	pthread_mutex_unlock(&s->lock);
}

/* A store that is locked for a moment is nobody's business. */
static bool is_short(const struct entry *entry, int64_t now)
{
	int64_t until = entry->holds ? now : entry->ended_ms;

	return entry->kind == KS_VIGIL_LOCKED && until - entry->since_ms < KS_VIGIL_LOCKED_MS;
}

void ks_sentry_read(struct ks_sentry *s, struct ks_arena *arena, struct ks_vec *out)
{
	if (s == NULL)
		return;
	pthread_mutex_lock(&s->lock);
	for (size_t i = 0; i < s->entries.n; i++) {
		const struct entry *entry = KS_VEC_AT(&s->entries, struct entry, i);

		if (!entry->holds || ks_vigil_row(entry->kind)->has_happened || is_short(entry, now_of(s)))
			continue;
		*(struct ks_sentry_alarm *)ks_vec_push(out) = (struct ks_sentry_alarm){
			.name = ks_vigil_row(entry->kind)->name,
			.subject = ks_arena_strdup(arena, ks_str_of(entry->subject)),
			.why = ks_arena_strdup(arena, ks_str_of(entry->why)),
			.since_ms = entry->since_ms };
	}
	pthread_mutex_unlock(&s->lock);
}

/* ---- into the store ------------------------------------------------------------------------------- */

static struct ks_outage_desk desk_of(const struct ks_sentry *s)
{
	return (struct ks_outage_desk){ s->seat, s->config.notifiers, s->config.notifier_count, now_of(s) };
}

static int put(struct ks_sentry *s, const struct entry *entry, bool holds, struct ks_err *err)
{
	const struct ks_vigil_verdict verdict = { .kind = entry->kind, .subject = ks_str_of(entry->subject),
		.holds = holds, .since_ms = entry->since_ms, .why = entry->why };
	const char *name = ks_vigil_row(entry->kind)->name;
	struct ks_outage_desk desk = desk_of(s);
	bool is_told = false;

	if (ks_outage_put(s->db, &desk, &verdict, &is_told, err) != 0)
		return -1;
	if (is_told && holds)
		ks_log_write(&s->config.ctx->log, KS_LOG_ERROR, "alarm '%s'%s%s: %s", name,
			entry->subject[0] != '\0' ? " of " : "", entry->subject, entry->why);
	else if (is_told)
		ks_log_write(&s->config.ctx->log, KS_LOG_WARNING, "alarm '%s'%s%s is over", name,
			entry->subject[0] != '\0' ? " of " : "", entry->subject);
	return 0;
}

/* What the store is to have of it: that it held, and that it is over. */
static int put_entry(struct ks_sentry *s, struct entry *entry, struct ks_err *err)
{
	bool has_happened = ks_vigil_row(entry->kind)->has_happened;

	if (entry->has_episode && is_short(entry, now_of(s))) {
		if (entry->holds)
			return 0;
		entry->has_episode = false;
	}
	if ((entry->has_episode || (entry->holds && !has_happened)) && put(s, entry, true, err) != 0)
		return -1;
	entry->has_episode = false;
	if (!entry->holds && !has_happened && put(s, entry, false, err) != 0)
		return -1;
	entry->is_put = true;
	entry->put_ms = now_of(s);
	return 0;
}

static void release_entry(struct entry *entry)
{
	free(entry->subject);
	free(entry->why);
}

/* The lock is not held while the store is written. */
static int put_all(struct ks_sentry *s, struct ks_err *err)
{
	int64_t now = now_of(s);
	int rc = 0;

	for (size_t i = 0; rc == 0; i++) {
		struct entry mine, *entry;
		bool is_due = false;

		pthread_mutex_lock(&s->lock);
		if (i >= s->entries.n) {
			pthread_mutex_unlock(&s->lock);
			break;
		}
		entry = KS_VEC_AT(&s->entries, struct entry, i);
		is_due = !entry->is_put || now - entry->put_ms >= AGAIN_MS || now < entry->put_ms;
		mine = *entry;
		mine.subject = copy(entry->subject);
		mine.why = copy(entry->why);
		pthread_mutex_unlock(&s->lock);
		if (is_due)
			rc = put_entry(s, &mine, err);
		pthread_mutex_lock(&s->lock);
		entry = KS_VEC_AT(&s->entries, struct entry, i);
		if (is_due && entry->changes == mine.changes) {
			entry->has_episode = mine.has_episode;
			entry->is_put = mine.is_put;
			entry->put_ms = mine.put_ms;
		}
		pthread_mutex_unlock(&s->lock);
		release_entry(&mine);
	}
	return rc;
}

/* ---- sources -------------------------------------------------------------------------------------- */

static int64_t stale_of(const struct ks_sentry *s, const char *source)
{
	for (size_t i = 0; i < s->config.limit_count; i++)
		if (strcmp(s->config.limits[i].source, source) == 0 && s->config.limits[i].stale_ms > 0)
			return s->config.limits[i].stale_ms;
	return s->config.stale_ms;
}

static int judge(struct ks_sentry *s, struct feed *feed, struct ks_err *err)
{
	struct ks_vigil_feed seen = { .source = ks_str_of(feed->source), .health = feed->health,
		.watched_ms = s->config.is_once ? 0 : s->began_ms, .stale_ms = stale_of(s, feed->source),
		.silent_ms = s->config.silent_ms };
	struct ks_vec verdicts = KS_VEC_OF(struct ks_vigil_verdict);
	struct ks_arena arena = { NULL };
	int64_t now = now_of(s);
	int rc = 0;

	/* While it counts as stale, its records are put down at once: that is the end of it. */
	if (feed->records != feed->written && (feed->written_ms == KS_TIME_NONE || s->config.is_once ||
		now - feed->written_ms >= RECORDS_MS || now < feed->written_ms)) {
		rc = ks_outage_feed_put(s->db, seen.source, now, err);
		feed->written = feed->records;
		feed->written_ms = now;
	}
	if (rc == 0)
		rc = ks_outage_feed_find(s->db, &seen, err);
	if (rc == 0)
		ks_vigil_judge(&seen, &feed->memory, now, &arena, &verdicts);
	pthread_mutex_lock(&s->lock);
	for (size_t i = 0; i < verdicts.n; i++)
		take(s, KS_VEC_AT(&verdicts, struct ks_vigil_verdict, i), feed->source);
	pthread_mutex_unlock(&s->lock);
	ks_vec_release(&verdicts);
	ks_arena_release(&arena);
	return rc;
}

static int judge_feeds(struct ks_sentry *s, struct ks_err *err)
{
	int rc = 0;

	for (size_t i = 0; rc == 0; i++) {
		struct feed mine, *feed;

		pthread_mutex_lock(&s->lock);
		if (i >= s->feeds.n) {
			pthread_mutex_unlock(&s->lock);
			break;
		}
		feed = KS_VEC_AT(&s->feeds, struct feed, i);
		mine = *feed;
		feed->is_new = false;
		mine.source = copy(feed->source);
		mine.error = copy(feed->error);
		mine.health.error = mine.error;
		pthread_mutex_unlock(&s->lock);
		if (mine.is_new)
			rc = judge(s, &mine, err);
		pthread_mutex_lock(&s->lock);
		feed = KS_VEC_AT(&s->feeds, struct feed, i);
		feed->memory = mine.memory;
		if (rc == 0) {
			feed->written = mine.written;
			feed->written_ms = mine.written_ms;
		}
		pthread_mutex_unlock(&s->lock);
		free(mine.source);
		free(mine.error);
	}
	return rc;
}

/* ---- what time brings ----------------------------------------------------------------------------- */

static int tell_dead(struct ks_sentry *s, struct ks_err *err)
{
	struct ks_vec names = KS_VEC_OF(struct ks_str);
	struct ks_arena arena = { NULL };
	int rc = ks_outbox_mourned(s->db, &arena, &names, err);

	for (size_t i = 0; rc == 0 && i < names.n; i++) {
		int64_t n = 0, incident = 0;
		const char *name = ks_arena_strdup(&arena, *KS_VEC_AT(&names, struct ks_str, i));

		rc = ks_outbox_dead(s->db, ks_str_of(name), &n, &incident, err);
		if (rc == 0)
			ks_sentry_set(s, KS_VIGIL_DEAD, name, ks_arena_printf(&arena, "%lld notice%s did not reach '%s' "
				"and %s given up", (long long)n, n == 1 ? "" : "s", name, n == 1 ? "was" : "were"));
	}
	for (size_t i = 0; rc == 0 && i < s->config.notifier_count; i++) {
		bool is_dead = false;

		for (size_t k = 0; k < names.n; k++)
			is_dead |= ks_str_is(*KS_VEC_AT(&names, struct ks_str, k), s->config.notifiers[i]);
		if (!is_dead)
			ks_sentry_set(s, KS_VIGIL_DEAD, s->config.notifiers[i], NULL);
	}
	ks_vec_release(&names);
	ks_arena_release(&arena);
	return rc;
}

static int remind(struct ks_sentry *s, struct ks_err *err)
{
	const struct ks_sentry_config *c = &s->config;
	bool has_some = c->remind_to_count > 0;
	size_t n;

	return ks_reminder_run(s->db, &(struct ks_reminder_request){ now_of(s), c->remind_ms, c->remind_most,
		has_some ? c->remind_to : c->notifiers, has_some ? c->remind_to_count : c->notifier_count }, &n,
			err);
}

static int beat(struct ks_sentry *s, struct ks_err *err)
{
	const struct ks_sentry_config *c = &s->config;
	bool has_some = c->heartbeat_to_count > 0;
	struct ks_heartbeat beat = { .now_ms = now_of(s), .every_ms = c->heartbeat_ms, .version = c->version,
		.notifiers = has_some ? c->heartbeat_to : c->notifiers,
		.notifier_count = has_some ? c->heartbeat_to_count : c->notifier_count };
	struct ks_vigil_feed *feeds;
	struct ks_arena arena = { NULL };
	bool is_due = false;
	int rc;

	if (c->heartbeat_ms == 0 || c->is_once)
		return 0;
	rc = ks_heartbeat_is_due(s->db, &beat, &is_due, err);
	if (rc != 0 || !is_due)
		return rc;
	pthread_mutex_lock(&s->lock);
	feeds = ks_arena_alloc(&arena, (s->feeds.n + 1) * sizeof(*feeds));
	for (size_t i = 0; i < s->feeds.n; i++) {
		const struct feed *feed = KS_VEC_AT(&s->feeds, struct feed, i);

		feeds[i] = (struct ks_vigil_feed){ .health = feed->health,
			.source = ks_arena_copy(&arena, ks_str_of(feed->source)) };
		feeds[i].health.error = NULL;
	}
	beat.feeds = feeds;
	beat.feed_count = s->feeds.n;
	pthread_mutex_unlock(&s->lock);
	rc = ks_heartbeat_tell(s->db, &beat, err);
	ks_arena_release(&arena);
	return rc;
}

static int do_chores(struct ks_sentry *s, struct ks_err *err)
{
	size_t n = 0;

	if (ks_ledger_expire(s->db, now_of(s), err) != 0 ||
		ks_planpost_tell_expired(s->db, s->config.notifiers, s->config.notifier_count, now_of(s), &n,
			err) != 0)
		return -1;
	return tell_dead(s, err) != 0 || remind(s, err) != 0 || beat(s, err) != 0 ? -1 : 0;
}

/* A store that cannot be written is said once in a while, and asked again. */
static void complain(struct ks_sentry *s, const struct ks_err *err)
{
	int64_t now = now_of(s);

	if (err->code == KS_ERR_CONFLICT || (s->failed_ms != KS_TIME_NONE && now >= s->failed_ms &&
		now - s->failed_ms < KS_VIGIL_AGAIN_MS))
		return;
	s->failed_ms = now;
	ks_log_write(&s->config.ctx->log, KS_LOG_ERROR, "alarms about keysnare itself cannot be stored: %s",
		err->message);
}

/* No record may come while there is no room, and then the watch does not notice. What a look writes first
 * afterwards is this alarm, so that its being stored is its end. why: NULL when the look could write. */
static void tell_full(struct ks_sentry *s, const char *why)
{
	const struct ks_vigil_verdict verdict = { .kind = KS_VIGIL_FULL, .holds = why != NULL, .why = why,
		.since_ms = now_of(s) };

	pthread_mutex_lock(&s->lock);
	if (s->has_seen_full != verdict.holds) {
		s->has_seen_full = verdict.holds;
		if (verdict.holds || !s->is_full)
			take(s, &verdict, "");
	}
	pthread_mutex_unlock(&s->lock);
}

void ks_sentry_look(struct ks_sentry *s)
{
	int64_t now = now_of(s);
	struct ks_err err = { 0 };
	bool has_chores = s->config.is_once || s->chores_ms == KS_TIME_NONE || now < s->chores_ms ||
		now - s->chores_ms >= CHORES_MS;

	if (judge_feeds(s, &err) != 0 || (has_chores && do_chores(s, &err) != 0) || put_all(s, &err) != 0) {
		complain(s, &err);
		if (err.code == KS_ERR_FULL)
			tell_full(s, err.message);
		return;
	}
	tell_full(s, NULL);
	s->failed_ms = KS_TIME_NONE;
	if (has_chores)
		s->chores_ms = now;
}

/* ---- the thread ------------------------------------------------------------------------------------ */

static void *work(void *arg)
{
	struct ks_sentry *s = arg;
	bool is_ending = false;

	while (!is_ending) {
		struct timespec until;

		clock_gettime(CLOCK_MONOTONIC, &until);
		until.tv_sec += LOOK_MS / 1000;
		pthread_mutex_lock(&s->lock);
		while (!s->is_ending && pthread_cond_timedwait(&s->wakened, &s->lock, &until) == 0)
			;
		is_ending = s->is_ending;
		pthread_mutex_unlock(&s->lock);
		/* The last look leaves nothing for the next run. */
		if (is_ending)
			s->chores_ms = KS_TIME_NONE;
		ks_sentry_look(s);
	}
	return NULL;
}

static void init_locks(struct ks_sentry *s)
{
	pthread_condattr_t how;

	pthread_mutex_init(&s->lock, NULL);
	pthread_condattr_init(&how);
	pthread_condattr_setclock(&how, CLOCK_MONOTONIC);
	pthread_cond_init(&s->wakened, &how);
	pthread_condattr_destroy(&how);
}

int ks_sentry_open(const struct ks_sentry_config *config, struct ks_sentry **out, struct ks_err *err)
{
	struct ks_sentry *s = ks_mem_alloc(sizeof(*s));

	*s = (struct ks_sentry){ .config = *config, .chores_ms = KS_TIME_NONE, .failed_ms = KS_TIME_NONE,
		.entries = KS_VEC_OF(struct entry), .feeds = KS_VEC_OF(struct feed) };
	init_locks(s);
	s->began_ms = now_of(s);
	if (ks_schema_open(config->ctx, config->store_path, KS_DB_WRITE, &s->db, err) != 0 ||
		ks_seat_open(config->ctx, config->store_path, &s->seat, err) != 0) {
		ks_sentry_close(s);
		return -1;
	}
	ks_db_set_busy_timeout(s->db, STORE_MS);
	*out = s;
	return 0;
}

int ks_sentry_start(struct ks_sentry *s, struct ks_err *err)
{
	sigset_t all, before;

	/* Signals are for the main thread, which waits for them. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	s->is_started = pthread_create(&s->thread, NULL, work, s) == 0;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return s->is_started ? 0 : ks_err_set(err, KS_ERR_IO, "cannot start a thread");
}

void ks_sentry_stop(struct ks_sentry *s)
{
	if (s == NULL || !s->is_started)
		return;
	pthread_mutex_lock(&s->lock);
	s->is_ending = true;
	pthread_cond_signal(&s->wakened);
	pthread_mutex_unlock(&s->lock);
	pthread_join(s->thread, NULL);
	s->is_started = false;
}

void ks_sentry_close(struct ks_sentry *s)
{
	if (s == NULL)
		return;
	ks_sentry_stop(s);
	for (size_t i = 0; i < s->entries.n; i++)
		release_entry(KS_VEC_AT(&s->entries, struct entry, i));
	for (size_t i = 0; i < s->feeds.n; i++) {
		free(KS_VEC_AT(&s->feeds, struct feed, i)->source);
		free(KS_VEC_AT(&s->feeds, struct feed, i)->error);
	}
	ks_vec_release(&s->entries);
	ks_vec_release(&s->feeds);
	ks_seat_close(s->seat);
	ks_db_close(s->db);
	pthread_cond_destroy(&s->wakened);
	pthread_mutex_destroy(&s->lock);
	free(s);
}
