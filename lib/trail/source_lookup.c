/*
 * Event history as a source: LookupEvents in every account and Region, where nobody has built a trail.
 *
 * One round after the other in each Region: the events of SES, those of each decoy's key (or user) while
 * there are few decoys, and where IAM is recorded, IAM's and STS's too (lookupbook.c). How far each of these
 * was looked up is a checkpoint of its own; what is so young that more of it may come is looked up again in
 * the next round. A window is read to its end before its checkpoint moves; one that is long is cut into
 * slices, oldest first. The asking is in lookuplane.c.
 */
#include "lib/trail/source.h"

#include "lib/aws/cloudtrail.h"
#include "lib/base/mem.h"
#include "lib/base/time.h"
#include "lib/trail/lookupbook.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define THREADS 8u                               /* each is one Region's, for as long as it has pages */
#define SLICE_LEAST_MS (INT64_C(60) * 1000)
#define PAGES_FEW 4u
#define AGAIN_MS 5000                            /* before a Region that failed is asked again: at first */
#define AGAIN_MOST_MS (INT64_C(600) * 1000)      /* at most */
#define REFUSED_MS (INT64_C(3600) * 1000)        /* before one that is not for us */
#define FAILURES_ONCE 3u                         /* for a run that reads once */
#define FAILURES_THROTTLED 3u                    /* before people are told: it passes, mostly */
#define SAVE_MS (INT64_C(600) * 1000)            /* how far it came is stored so often, without news too */

/* A question on its way, and what came of it. */
struct job {
	struct ks_lookuplane_job ask;
	struct ks_lookupbook_lane *lane;
	struct ks_lookupbook_cursor *cursor;     /* NULL: who we are */
	unsigned epoch;
};

struct lookup {
	struct ks_lookupbook book;
	struct ks_lookupbook_lane *who;          /* asks whose keys they are; NULL: that is known */
	struct ks_fetcher *fetcher;
	struct job *current;                     /* its piece is at hand */
	int64_t saved_ms;                        /* when something was handed out last */
	int64_t back_ms;                         /* a look back that waits for lanes; INT64_MAX: none does */
	int64_t heard_ms, newest_ms;
};

static int64_t now_of(const struct lookup *l)
{
	return ks_ctx_now(l->book.config.ctx);
}

static bool is_mine(const char *spec)
{
	return strncmp(spec, KS_LOOKUPBOOK_PREFIX, strlen(KS_LOOKUPBOOK_PREFIX)) == 0;
}

/* ---- asking -------------------------------------------------------------------------------------- */

static void give(struct lookup *l, struct ks_lookupbook_lane *lane, struct ks_lookupbook_cursor *cursor)
{
	struct job *job = ks_mem_alloc(sizeof(*job));
	int64_t now = now_of(l), oldest = now - KS_CLOUDTRAIL_KEPT_MS;

	*job = (struct job){ .lane = lane, .cursor = cursor,
		.ask = { .lane = &lane->lane, .until_ms = KS_TIME_NONE, .asked_ms = now, .newest_ms = KS_TIME_NONE,
			.ids = KS_VEC_OF(struct ks_str) } };
	if (cursor != NULL) {
		job->epoch = cursor->epoch;
		job->ask.attribute = cursor->attribute;
		job->ask.value = cursor->value;
		job->ask.from_ms = cursor->reached_ms > oldest ? cursor->reached_ms : oldest;
		/* What is a little longer is not worth a second question. */
		if (now - job->ask.from_ms > cursor->slice_ms + cursor->slice_ms / 4)
			job->ask.until_ms = job->ask.from_ms + cursor->slice_ms;
	}
	lane->is_out = true;
	ks_fetcher_add(l->fetcher, &job->ask);
}

static void free_job(struct job *job)
{
	if (job == NULL)
		return;
	ks_vec_release(&job->ask.ids);
	ks_arena_release(&job->ask.arena);
	free(job);
}

static void drop_job(void *arg, void *what)
{
	(void)arg;
	/* The question is the first of it. */
	free_job(what);
}

/* A Region that is not for us, or fails in a run that reads once, holds up nobody. */
static bool is_given_up(const struct lookup *l, const struct ks_lookupbook_lane *lane)
{
	return lane->is_refused || (l->book.config.is_once && lane->failures >= FAILURES_ONCE);
}

static bool has_todo(const struct ks_lookupbook_lane *lane)
{
	return lane->todo_at < lane->todo.n;
}

static bool is_due(const struct lookup *l, const struct ks_lookupbook_lane *lane, int64_t now)
{
	if (has_todo(lane) || lane->is_out || (l->book.config.is_once && lane->is_over))
		return false;
	return now >= lane->round_ms || lane->round_ms - now > l->book.every_ms || lane->back_ms != INT64_MAX;
}

static int begin_rounds(struct lookup *l, int64_t now, struct ks_err *err)
{
	const struct ks_source_config *config = &l->book.config;
	struct ks_vec decoys = KS_VEC_OF(struct ks_source_decoy);
	struct ks_arena arena = { NULL };
	bool is_listed = false;
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < l->book.lanes.n; i++) {
		struct ks_lookupbook_lane *lane = KS_LOOKUPBOOK_LANE(&l->book, i);

		if (!is_due(l, lane, now))
			continue;
		if (!is_listed && config->decoys != NULL)
			rc = config->decoys(config->arg, &arena, &decoys, err);
		is_listed = true;
		if (rc == 0)
			rc = ks_lookupbook_begin_round(&l->book, lane, &decoys, err);
	}
	ks_vec_release(&decoys);
	ks_arena_release(&arena);
	return rc;
}

static bool may_ask(const struct lookup *l, const struct ks_lookupbook_lane *lane, int64_t now)
{
	bool must_wait = now < lane->again_ms && lane->again_ms - now <= REFUSED_MS;

	/* No thread is to wait for the pace of one Region while another could be asked. */
	return !lane->is_out && !must_wait && ks_lookuplane_pause(&lane->lane) == 0 &&
		ks_fetcher_has_room(l->fetcher);
}

/* Asks wherever nobody asks and something is left. */
static void give_all(struct lookup *l, int64_t now)
{
	if (l->who != NULL && may_ask(l, l->who, now) && !(l->book.config.is_once && is_given_up(l, l->who)))
		give(l, l->who, NULL);
	for (size_t i = 0; i < l->book.lanes.n; i++) {
		struct ks_lookupbook_lane *lane = KS_LOOKUPBOOK_LANE(&l->book, i);

		if (has_todo(lane) && may_ask(l, lane, now) && !(l->book.config.is_once && is_given_up(l, lane)))
			give(l, lane, *KS_VEC_AT(&lane->todo, struct ks_lookupbook_cursor *, lane->todo_at));
	}
}

/* ---- answers ------------------------------------------------------------------------------------- */

/* Not for us: the account's organization says so, or the Region is not in use. */
static bool is_refusal(const struct ks_lookupbook_lane *lane, const struct ks_err *err)
{
	return err->code == KS_ERR_DENIED || err->code == KS_ERR_UNSUPPORTED || err->code == KS_ERR_GUARD ||
		strcmp(err->aws_code, "UnsupportedOperationException") == 0 ||
		strcmp(err->aws_code, "OperationNotPermittedException") == 0 ||
		(!lane->is_named && strcmp(err->aws_code, "UnrecognizedClientException") == 0);
}

/* Told once for each outage; a Region that nobody asked for and that is not in use is no problem. */
static void tell(struct lookup *l, const struct ks_lookupbook_lane *lane, const struct ks_err *err)
{
	const struct ks_source_config *config = &l->book.config;
	struct ks_err told = *err;

	if (err->code == KS_ERR_AUTH && lane->is_refused) {
		ks_log_write(&config->ctx->log, KS_LOG_WARNING, "%s: %s; the Region seems not to be in use",
			lane->lane.name, err->message);
		return;
	}
	if (err->code == KS_ERR_DENIED && strstr(err->message, "LookupEvents") != NULL)
		ks_err_set(&told, KS_ERR_DENIED, "%s: allow cloudtrail:LookupEvents, or name the Regions to look "
			"in: "
			"lookup:REGION,…", err->message);
	config->problem(config->arg, lane->lane.name, &told);
}

static void take_failure(struct lookup *l, struct job *job, const struct ks_err *err)
{
	struct ks_lookupbook_lane *lane = job->lane;
	bool was_refused = lane->is_refused, is_throttled = err->code == KS_ERR_THROTTLED;
	int64_t now = now_of(l), wait = AGAIN_MS;

	/* A token that did not last until the end of the window: a shorter one may. */
	if (job->cursor != NULL && job->ask.pages > 1 && job->cursor->slice_ms > SLICE_LEAST_MS && !is_throttled)
		job->cursor->slice_ms /= 2;
	for (unsigned i = 0; i < lane->failures && wait < AGAIN_MOST_MS; i++)
		wait *= 2;
	lane->is_refused = is_refusal(lane, err);
	lane->failures++;
	lane->again_ms = now + (lane->is_refused ? REFUSED_MS : wait < AGAIN_MOST_MS ? wait : AGAIN_MOST_MS);
	lane->err = *err;
	if (lane->failing_ms == KS_TIME_NONE)
		lane->failing_ms = now;
	if (lane->is_refused ? !was_refused : lane->failures == (is_throttled ? FAILURES_THROTTLED : 1))
		tell(l, lane, err);
	if (is_given_up(l, lane))
		lane->is_over = true;
}

/* The window was read; what is next? */
static void advance(struct job *job)
{
	struct ks_lookupbook_cursor *cursor = job->cursor;
	struct ks_lookupbook_lane *lane = job->lane;
	int64_t settled = job->ask.asked_ms - KS_LOOKUPLANE_LATE_MS, until = job->ask.until_ms;
	bool is_last = until == KS_TIME_NONE;

	if (is_last || until > settled)
		until = settled;
	if (until > cursor->reached_ms)
		cursor->reached_ms = until;
	/* Where little happens, a longer one is as good. */
	if (job->ask.pages <= PAGES_FEW && cursor->slice_ms < KS_CLOUDTRAIL_KEPT_MS)
		cursor->slice_ms *= 2;
	cursor->is_touched = true;
	/* The round may be another one by now. */
	if (is_last && has_todo(lane) &&
		*KS_VEC_AT(&lane->todo, struct ks_lookupbook_cursor *, lane->todo_at) == cursor)
		lane->todo_at++;
	if (!has_todo(lane) && lane->back_ms == INT64_MAX) {
		lane->is_over = true;
		lane->looks_back = false;
	}
}

/* INT64_MAX: not at all. */
static void start_back(struct ks_lookupbook_lane *lane, int64_t since_ms)
{
	if (since_ms < lane->back_ms)
		lane->back_ms = since_ms;
	lane->looks_back |= since_ms != INT64_MAX;
}

static void end_who(struct lookup *l, const struct job *job)
{
	ks_lookupbook_know_own(&l->book, job->ask.account);
	for (size_t i = 0; i < l->book.lanes.n; i++)
		start_back(KS_LOOKUPBOOK_LANE(&l->book, i), l->back_ms);
	ks_lookupbook_free_lane(l->who);
	l->who = NULL;
}

static void take_success(struct lookup *l, struct job *job)
{
	struct ks_lookupbook_lane *lane = job->lane;

	l->heard_ms = now_of(l);
	lane->was_answered = true;
	lane->failures = 0;
	lane->is_refused = false;
	lane->again_ms = 0;
	lane->failing_ms = KS_TIME_NONE;
}

static void forget_current(struct lookup *l)
{
	free_job(l->current);
	l->current = NULL;
}

/* What came of a question. True when it makes a piece. */
static bool take(struct lookup *l, struct ks_fetcher_job *done, struct ks_source_piece *out)
{
	struct job *job = done->what;
	bool is_stale = job->cursor != NULL && job->epoch != job->cursor->epoch, must_save = false;
	int64_t now = now_of(l);

	job->lane->is_out = false;
	if (done->rc != 0 && done->err.code != KS_ERR_STATE)
		take_failure(l, job, &done->err);
	if (done->rc == 0)
		take_success(l, job);
	if (done->rc == 0 && job->cursor == NULL)
		end_who(l, job);
	if (done->rc == 0 && job->cursor != NULL && !is_stale) {
		/* How far it came is stored with what is handed out: now and then that is nothing. */
		must_save = !job->cursor->is_stored || now - l->saved_ms >= SAVE_MS || now < l->saved_ms;
		if (done->fd < 0 && must_save)
			done->fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
		if (done->fd < 0)
			advance(job);
	}
	if (done->fd < 0 || job->cursor == NULL || is_stale) {
		if (done->fd >= 0)
			close(done->fd);
		free_job(job);
		return false;
	}
	l->saved_ms = now;
	l->current = job;
	*out = (struct ks_source_piece){ .name = job->lane->lane.name, .fd = done->fd, .is_settled = true,
		.account = job->lane->lane.account->id };
	return true;
}

static int next(void *state, struct ks_source_piece *out, bool *out_has, struct ks_err *err)
{
	struct lookup *l = state;
	struct ks_fetcher_job done;
	int64_t now = now_of(l);

	*out_has = false;
	forget_current(l);
	while (!*out_has && ks_fetcher_take(l->fetcher, &done))
		*out_has = take(l, &done, out);
	if (begin_rounds(l, now, err) != 0)
		return -1;
	give_all(l, now);
	return 0;
}

static void reached(void *state, const struct ks_source_reach *reach)
{
	struct lookup *l = state;
	struct job *job = l->current;

	if (job == NULL || reach->end == KS_SOURCE_PARTLY || reach->end == KS_SOURCE_LATER)
		return;
	if (job->ask.newest_ms > l->newest_ms)
		l->newest_ms = job->ask.newest_ms;
	for (size_t i = 0; i < job->ask.ids.n; i++)
		*(struct ks_str *)ks_vec_push(&job->lane->fresh) = ks_arena_copy(&job->lane->arena,
			*KS_VEC_AT(&job->ask.ids, struct ks_str, i));
	advance(job);
	forget_current(l);
}

/* ---- checkpoints --------------------------------------------------------------------------------- */

static int save(void *state, ks_source_save_fn *keep, void *arg, struct ks_err *err)
{
	const struct lookup *l = state;
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < l->book.cursors.entries.n; i++) {
		const struct ks_lookupbook_cursor *cursor = KS_LOOKUPBOOK_CURSOR(&l->book, i);
		char text[32];

		if (!cursor->is_touched)
			continue;
		snprintf(text, sizeof(text), "%" PRId64, cursor->reached_ms);
		rc = keep(arg, ks_str_of(cursor->part), ks_str_of(text), err);
	}
	return rc;
}

/* The lane looks again at once. */
static void renew(struct ks_lookupbook_lane *lane)
{
	ks_vec_clear(&lane->todo);
	lane->todo_at = 0;
	lane->round_ms = 0;
	lane->is_over = false;
}

/* What was not committed is looked up again, from where it was. */
static void settle(void *state, bool is_committed)
{
	struct lookup *l = state;

	for (size_t i = 0; i < l->book.cursors.entries.n; i++) {
		struct ks_lookupbook_cursor *cursor = KS_LOOKUPBOOK_CURSOR(&l->book, i);

		if (cursor->is_touched && is_committed) {
			cursor->committed_ms = cursor->reached_ms;
			cursor->is_stored = true;
		} else if (cursor->is_touched) {
			cursor->reached_ms = cursor->committed_ms;
			cursor->epoch++;
			renew(cursor->lane);
		}
		cursor->is_touched = false;
	}
	for (size_t i = 0; i < l->book.lanes.n; i++) {
		struct ks_lookupbook_lane *lane = KS_LOOKUPBOOK_LANE(&l->book, i);

		if (is_committed && lane->fresh.n > 0)
			ks_lookuplane_know(&lane->lane, &lane->fresh, now_of(l));
		ks_vec_clear(&lane->fresh);
		ks_arena_release(&lane->arena);
	}
	if (is_committed)
		return;
	if (l->current != NULL)
		renew(l->current->lane);
	forget_current(l);
}

/* A decoy that is new is looked up by itself; what came before it was known is asked for again. */
static bool look_back(void *state, int64_t since_ms, uint64_t budget)
{
	struct lookup *l = state;

	(void)budget;
	if (l->who != NULL && since_ms < l->back_ms)
		l->back_ms = since_ms;
	for (size_t i = 0; i < l->book.lanes.n; i++) {
		struct ks_lookupbook_lane *lane = KS_LOOKUPBOOK_LANE(&l->book, i);

		start_back(lane, since_ms);
		lane->is_over = false;
		ks_lookuplane_forget(&lane->lane);
	}
	return true;
}

/* Nobody waits for a Region that never was for us: nothing was read there. */
static bool is_looking(const void *state)
{
	const struct lookup *l = state;

	if (l->who != NULL)
		return l->back_ms != INT64_MAX && !(l->book.config.is_once && is_given_up(l, l->who));
	for (size_t i = 0; i < l->book.lanes.n; i++) {
		const struct ks_lookupbook_lane *lane = KS_LOOKUPBOOK_LANE(&l->book, i);

		if (lane->looks_back && (lane->was_answered || !is_given_up(l, lane)))
			return true;
	}
	return false;
}

static bool is_gone(const void *state, struct ks_str part)
{
	const struct lookup *l = state;
	const struct ks_lookupbook_cursor *cursor = ks_map_find(&l->book.cursors, part);

	for (size_t i = 0; cursor == NULL && i < l->book.lanes.n; i++)
		if (KS_LOOKUPBOOK_LANE(&l->book, i)->round == 0)
			return false;
	return cursor == NULL ? l->book.lanes.n > 0 : cursor->round < cursor->lane->round;
}

/* ---- how it is ----------------------------------------------------------------------------------- */

static int poll_fd(const void *state)
{
	return ks_fetcher_poll_fd(((const struct lookup *)state)->fetcher);
}

static int64_t next_ms(const void *state)
{
	const struct lookup *l = state;
	int64_t now = now_of(l), at = l->who != NULL && !l->who->is_out ? l->who->again_ms : INT64_MAX;

	for (size_t i = 0; i < l->book.lanes.n; i++) {
		const struct ks_lookupbook_lane *lane = KS_LOOKUPBOOK_LANE(&l->book, i);
		int64_t his = has_todo(lane) ? lane->again_ms : lane->round_ms;

		if (lane->is_out)
			continue;
		if (has_todo(lane) && his < now + ks_lookuplane_pause(&lane->lane))
			his = now + ks_lookuplane_pause(&lane->lane);
		if (his < at)
			at = his;
	}
	return at;
}

static bool is_drained(const void *state)
{
	const struct lookup *l = state;

	if (l->current != NULL || ks_fetcher_waiting(l->fetcher) > 0)
		return false;
	if (l->who != NULL)
		return l->book.config.is_once && is_given_up(l, l->who);
	for (size_t i = 0; i < l->book.lanes.n; i++) {
		const struct ks_lookupbook_lane *lane = KS_LOOKUPBOOK_LANE(&l->book, i);

		if (!lane->is_over || (has_todo(lane) && !is_given_up(l, lane)))
			return false;
	}
	return true;
}

/* A Region that nobody named, that never answered, and that is not in use or is closed to the whole account:
 * it was told once, and is no outage. */
static bool is_elsewhere(const struct ks_lookupbook_lane *lane)
{
	return lane->is_refused && !lane->is_named && !lane->was_answered &&
		(lane->err.code != KS_ERR_DENIED || strstr(lane->err.message, "service control policy") != NULL);
}

static void health(const void *state, struct ks_source_health *out)
{
	const struct lookup *l = state;
	const struct ks_lookupbook_lane *worst = l->who != NULL && l->who->failures > 0 ? l->who : NULL;

	for (size_t i = 0; i < l->book.lanes.n; i++) {
		const struct ks_lookupbook_lane *lane = KS_LOOKUPBOOK_LANE(&l->book, i);

		if (lane->failures > 0 && !is_elsewhere(lane) && (worst == NULL ||
			lane->failing_ms < worst->failing_ms))
			worst = lane;
	}
	*out = (struct ks_source_health){ .heard_ms = l->heard_ms,
		.newest_ms = l->newest_ms,
		.behind = -1,
		.failing_ms = worst != NULL ? worst->failing_ms : KS_TIME_NONE,
		.failures = worst != NULL ? worst->failures : 0,
		.error = worst != NULL ? worst->err.message : NULL };
}

/* ---- life ---------------------------------------------------------------------------------------- */

static void close_lookup(void *state)
{
	struct lookup *l = state;

	if (l == NULL)
		return;
	ks_fetcher_finish(l->fetcher, drop_job, NULL);
	forget_current(l);
	ks_lookupbook_free_lane(l->who);
	ks_lookupbook_release(&l->book);
	free(l);
}

static int open_lookup(const struct ks_source_config *config, const char *spec, void **out,
	struct ks_err *err)
{
	struct lookup *l = ks_mem_alloc(sizeof(*l));
	const struct ks_fetcher_config fetcher = { .threads = THREADS, .open = ks_lookuplane_open,
		.close = ks_lookuplane_close, .work = ks_lookuplane_work, .arg = &l->book.config };

	*l = (struct lookup){ .back_ms = INT64_MAX, .heard_ms = KS_TIME_NONE, .newest_ms = KS_TIME_NONE };
	if (ks_lookupbook_init(&l->book, config, spec, err) != 0 ||
		ks_fetcher_start(&fetcher, &l->fetcher, err) != 0) {
		close_lookup(l);
		return -1;
	}
	/* Without an account in the config, AWS is asked first whose keys they are. */
	if (config->account_count == 0)
		l->who = ks_lookupbook_new_lane(&l->book.own, l->book.partition->iam_region, "lookup");
	*out = l;
	return 0;
}

const struct ks_source_row ks_source_lookup = {
	.name = "lookup",
	.usage = "lookup:",
	.is_mine = is_mine,
	.open = open_lookup,
	.close = close_lookup,
	.next = next,
	.reached = reached,
	.save = save,
	.settle = settle,
	.look_back = look_back,
	.is_looking = is_looking,
	.is_gone = is_gone,
	.poll_fd = poll_fd,
	.next_ms = next_ms,
	.is_drained = is_drained,
	.health = health,
};
