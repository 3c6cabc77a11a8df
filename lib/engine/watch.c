/* The loop: sources, reader, ingest, commit; then sources again. */
#include "lib/engine/watch.h"

#include "lib/base/mem.h"
#include "lib/decoy/registry.h"
#include "lib/engine/correlator.h"
#include "lib/engine/firstrun.h"
#include "lib/engine/reader.h"
#include "lib/trail/checkpoint.h"
#include "lib/trail/source.h"

#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define BATCH_EVENTS 500u              /* a batch is committed with so many events */
#define BATCH_TEXT (1u << 20)          /* or when so much text was read since its first */
#define BATCH_MS 100                   /* or after that, since it keeps others from writing */
#define QUIET_TEXT (64u << 20)         /* text without an event, before how far it was read is committed */
#define BATCH_PIECES 256u              /* files without an event, likewise */
#define WAKE_MS 1000                   /* for decoys that were planted meanwhile */
#define TICK_MS 1000                   /* between looks at what time brings: snoozes that end */
#define PAGES_MS 60000                 /* likewise, notices that wait for their page */
#define LOCKED_MS 200                  /* before a locked store is asked again */
#define SWEEP_MS 60000                 /* likewise, at checkpoints of files that are gone */
#define SWEEP_PARTS 2000u              /* looked at each time */
#define OWN_SOURCE "watch"             /* checkpoints of our own */
#define LOOKED_PART "looked-back"

struct watch {
	const struct ks_watch_config *config;
	const struct ks_watch_sink *sink;
	struct ks_watch_summary summary;
	struct ks_correlator *correlator;
	struct ks_ingest *ingest;
	struct ks_wants wants;
	struct ks_novelty *novelty;        /* NULL: no rule asks for it */
	struct ks_noveltystore *novelties;
	struct ks_wants_times times;       /* of events that tell it nothing new */
	struct ks_anchors anchors;         /* what the reader looks for at the moment */
	struct ks_reader reader;
	struct ks_source *sources;
	size_t source_count;
	bool *is_first;                    /* of each source: it never had nothing more */
	bool has_first, must_end_first;   /* some are; they are over, and it is not written down */

	volatile sig_atomic_t halt;        /* ends the reading of the piece at hand */
	struct ks_source *source;          /* where that comes from */
	struct ks_source_piece piece;
	uint64_t last_offset;              /* of the event taken last */
	bool has_broken_off;               /* the disk or the network gave up in the middle of it */

	bool is_open;                      /* a transaction is */
	size_t events, pieces;             /* in the batch */
	uint64_t batch_from, text; /* text of the piece that belongs to earlier batches; of pieces before it */
	int64_t open_ms;

	int64_t foreign;                   /* the store's number for others' changes */
	char newest[KS_KEYSET_ID + 1];     /* decoy that was added last */
	struct ks_keyset fresh;            /* ids that are still to be looked back for */
	bool looks_for_all;                /* all of them are */
	bool must_save_looked;             /* the look back is done, and not written down */
	char looked[32];                   /* the ids that it was for */
	bool is_locked, is_caught_up;
	int64_t tick_ms, pages_ms;         /* when time was looked at last, and pages */
	int64_t sweep_ms;                  /* likewise checkpoints */
	bool is_drained;                   /* is_once: all that waited was told */
	bool has_failed;
	struct ks_err err;                 /* why */
};

static bool is_stopping(const struct watch *w)
{
	return w->has_failed || ks_ctx_is_stopping(w->config->ctx) ||
		(w->sink->goes_on != NULL && !w->sink->goes_on(w->sink->arg));
}

static void news(struct watch *w, enum ks_watch_news what, int64_t n)
{
	w->sink->news(w->sink->arg, what, n);
}

static void tell_problem(void *arg, const char *name, const struct ks_err *err)
{
	struct watch *w = arg;

	w->summary.problems++;
	w->sink->problem(w->sink->arg, name, 0, err);
}

static void nap(int64_t ms)
{
	nanosleep(&(struct timespec){ .tv_sec = ms / 1000, .tv_nsec = (long)(ms % 1000) * 1000000 }, NULL);
}

/* Behind whatever may have changed what is known of actors, or have made it forgotten. */
static void update_times(struct watch *w)
{
	if (w->anchors.times != NULL)
		ks_wants_update(w->novelty, &w->times);
}

/* The batch is lost: everything since the last commit is read again. A locked store is asked again later;
 * anything else ends the watch. */
static void give_up_batch(struct watch *w, const struct ks_err *err)
{
	ks_ingest_abort(w->ingest);
	update_times(w);
	w->is_open = false;
	w->events = w->pieces = 0;
	w->text = 0;
	w->halt = 1;
	for (size_t i = 0; i < w->source_count; i++)
		ks_source_settle(&w->sources[i], false);
	if (err == NULL)
		return;
	if (err->code != KS_ERR_CONFLICT) {
		w->err = *err;
		w->has_failed = true;
		return;
	}
	if (!w->is_locked)
		news(w, KS_WATCH_LOCKED, 0);
	w->is_locked = true;
	nap(LOCKED_MS);
}

/* All ids that are known, as a number: another one says that some became known or were forgotten. */
static uint64_t sum_of_ids(const struct ks_keyset *keys)
{
	uint64_t sum = keys->n;

	for (size_t i = 0; i < keys->n; i++)
		sum ^= ks_str_hash((struct ks_str){ keys->ids + i * KS_KEYSET_ID, KS_KEYSET_ID });
	return sum;
}

static void render_looked(const struct watch *w, char out[32])
{
	snprintf(out, 32, "%016" PRIx64, sum_of_ids(&w->config->watchlist->keys));
}

/* Adds decoys that the store got since it was looked at, and sessions of decoys: what others learned, and
 * what was known before their key was a decoy's. *out_has when there are some. */
static int take_new_decoys(struct watch *w, bool *out_has, struct ks_err *err)
{
	struct ks_watchlist *list = w->config->watchlist;
	struct ks_str newest = { NULL, 0 };
	struct ks_arena arena;
	size_t before = list->keys.n, users = list->user_ids, decoys = 0;
	int64_t foreign;
	int rc;

	*out_has = false;
	if (ks_db_foreign_changes(w->config->db, &foreign, err) != 0)
		return -1;
	if (foreign == w->foreign)
		return 0;
	ks_arena_init(&arena);
	rc = ks_registry_newest(w->config->db, &arena, &newest, err);
	if (rc == 0 && !ks_str_is(newest, w->newest)) {
		rc = ks_watchlist_load(list, w->config->db, &w->fresh, err);
		decoys = list->keys.n - before - (list->user_ids - users);
	}
	if (rc == 0)
		rc = ks_watchlist_load_own(list, w->config->db, ks_ctx_now(w->config->ctx), &w->fresh, err);
	if (rc == 0)
		rc = ks_watchlist_follow(list, w->config->db, KS_WATCHLIST_STORED, &w->fresh, err);
	*out_has = list->keys.n > before;
	if (rc == 0) {
		w->foreign = foreign;
		snprintf(w->newest, sizeof(w->newest), KS_STR_FMT, KS_STR_ARG(newest));
	}
	if (rc == 0 && decoys > 0 && w->is_caught_up)
		news(w, KS_WATCH_DECOYS, (int64_t)decoys);
	ks_arena_release(&arena);
	return rc;
}

static int open_batch(struct watch *w, struct ks_err *err)
{
	if (w->is_open)
		return 0;
	if (ks_ingest_begin(w->ingest, err) != 0)
		return -1;
	w->is_open = true;
	w->open_ms = ks_ctx_now(w->config->ctx);
	return 0;
}

struct saving {
	struct watch *watch;
	const char *spec;
};

static int save_checkpoint(void *arg, struct ks_str part, struct ks_str value, struct ks_err *err)
{
	const struct saving *saving = arg;

	return ks_ingest_checkpoint(saving->watch->ingest, ks_str_of(saving->spec), part, value, err);
}

static bool is_over(int64_t *last_ms, int64_t now, int64_t pause)
{
	if (now >= *last_ms && now - *last_ms < pause)
		return false;
	*last_ms = now;
	return true;
}

static bool is_gone(void *arg, struct ks_str part)
{
	return ks_source_is_gone(arg, part);
}

/* How far files were read that are gone, now and then. */
static int sweep(struct watch *w, struct ks_err *err)
{
	int64_t now = ks_ctx_now(w->config->ctx);

	if (!is_over(&w->sweep_ms, now, SWEEP_MS))
		return 0;
	for (size_t i = 0; i < w->source_count; i++)
		if (ks_checkpoint_sweep(w->config->db, ks_str_of(w->sources[i].spec),
				&(struct ks_checkpoint_sweep){ now, SWEEP_PARTS, is_gone, &w->sources[i] }, err) != 0)
			return -1;
	return 0;
}

static int save_all(struct watch *w, struct ks_err *err)
{
	for (size_t i = 0; i < w->source_count; i++) {
		struct saving saving = { w, w->sources[i].spec };

		if (ks_source_save(&w->sources[i], save_checkpoint, &saving, err) != 0 ||
			(w->must_end_first && w->is_first[i] && ks_firstrun_end(w->ingest, saving.spec, err) != 0))
			return -1;
	}
	if (sweep(w, err) != 0)
		return -1;
	if (!w->must_save_looked)
		return 0;
	return ks_ingest_checkpoint(w->ingest, KS_STR(OWN_SOURCE), KS_STR(LOOKED_PART), ks_str_of(w->looked),
		err);
}

/* What the commit brought: sessions to look back for, incidents to tell of. */
static void take_outcome(struct watch *w)
{
	struct ks_vec learned = ks_ingest_learned(w->ingest), touched = ks_ingest_touched(w->ingest);
	struct ks_err err;

	for (size_t i = 0; i < learned.n; i++)
		ks_keyset_add(&w->fresh, ks_str_of((const char *)learned.p + i * learned.size), 0, &err);
	for (size_t i = 0; i < touched.n; i++)
		news(w, KS_WATCH_INCIDENT, *KS_VEC_AT(&touched, int64_t, i));
	w->summary.batches++;
	if (w->sink->committed != NULL)
		w->sink->committed(w->sink->arg);
}

/* Commits what was read, unless it was read without a decoy that the store has by now. */
static void commit(struct watch *w)
{
	struct ks_err err = { 0 };
	bool has_new = false;

	if (open_batch(w, &err) != 0 || take_new_decoys(w, &has_new, &err) != 0) {
		give_up_batch(w, &err);
		return;
	}
	if (has_new) {
		give_up_batch(w, NULL);
		return;
	}
	if (save_all(w, &err) != 0 || ks_ingest_commit(w->ingest, &err) != 0) {
		give_up_batch(w, &err);
		return;
	}
	for (size_t i = 0; i < w->source_count; i++)
		ks_source_settle(&w->sources[i], true);
	update_times(w);
	w->is_open = w->must_save_looked = false;
	w->events = w->pieces = 0;
	w->text = 0;
	if (w->is_locked)
		news(w, KS_WATCH_FREE, 0);
	w->is_locked = false;
	take_outcome(w);
}

/* In the middle of a piece: what begins before done was taken. */
static void commit_partly(struct watch *w, uint64_t done)
{
	struct ks_cutter_reach reach = ks_cutter_reach(&w->reader.cutter);

	ks_source_reached(w->source,
		&(struct ks_source_reach){ .end = KS_SOURCE_PARTLY,
			.top = reach.top,
			.done = done > w->piece.done ? done : w->piece.done,
			.is_gzip = w->reader.stream.is_gzip });
	commit(w);
	w->batch_from = done;
}

static bool is_batch_old(const struct watch *w)
{
	int64_t age = ks_ctx_now(w->config->ctx) - w->open_ms;

	return w->is_open && (age >= BATCH_MS || age < 0);
}

static void take_event(void *arg, struct ks_event *event, uint64_t offset)
{
	struct watch *w = arg;
	struct ks_err err = { 0 };

	if (w->halt || offset < w->piece.done)
		return;
	/* One record may hold several events: they stay together. */
	if (offset != w->last_offset && (w->events >= BATCH_EVENTS || is_batch_old(w)))
		commit_partly(w, offset);
	if (w->halt)
		return;
	w->last_offset = offset;
	w->events++;
	if (open_batch(w, &err) != 0 || ks_ingest_event(w->ingest, event, w->piece.name, offset, &err) != 0)
		give_up_batch(w, &err);
	update_times(w);
}

static void take_problem(void *arg, uint64_t offset, const struct ks_err *err)
{
	struct watch *w = arg;

	if (err->code == KS_ERR_IO)
		w->has_broken_off = true;
	if (w->halt || w->piece.is_again || offset < w->piece.done ||
		(w->piece.is_retry && err->code == KS_ERR_IO))
		return;
	w->summary.problems++;
	w->sink->problem(w->sink->arg, w->piece.name, offset, err);
}

/* Between two chunks of text. */
static void pulse(void *arg)
{
	struct watch *w = arg;
	struct ks_cutter_reach reach = ks_cutter_reach(&w->reader.cutter);
	uint64_t text = w->text + (reach.done > w->batch_from ? reach.done - w->batch_from : 0);

	if (is_stopping(w))
		w->halt = 1;
	if (w->halt)
		return;
	if ((w->is_open && (text >= BATCH_TEXT || is_batch_old(w))) || text >= QUIET_TEXT)
		commit_partly(w, reach.done);
}

/* Says what is the matter with the end of a text that nobody writes any more. */
static void tell_end(struct watch *w, const struct ks_cutter_reach *reach)
{
	struct ks_err err = { 0 };

	if (w->reader.stream.is_truncated)
		ks_err_set(&err, KS_ERR_PARSE, "truncated gzip: it ends after %" PRIu64 " compressed bytes",
			w->reader.stream.bytes_in);
	else
		ks_err_set(&err, KS_ERR_PARSE, "the text ends in the middle of a record");
	w->summary.problems++;
	w->sink->problem(w->sink->arg, w->piece.name, reach->done, &err);
}

static void end_piece(struct watch *w, int rc, const struct ks_err *err)
{
	struct ks_cutter_reach at = ks_cutter_reach(&w->reader.cutter);
	struct ks_source_reach reach = { .end = at.is_open ? KS_SOURCE_OPEN : KS_SOURCE_READ,
		.top = at.top,
		.done = at.done,
		.is_gzip = w->reader.stream.is_gzip };

	w->summary.records += w->piece.is_again ? 0 : w->reader.records;
	w->summary.bytes += w->reader.stream.bytes_out;
	if (rc != 0) {
		/* A disk or a network may do better the next time; what it holds does not change by itself. */
		reach = (struct ks_source_reach){ .end = err->code == KS_ERR_PARSE ||
					err->code == KS_ERR_UNSUPPORTED ?
				KS_SOURCE_OTHER :
				KS_SOURCE_LATER };
		/* What is no trail at all is nobody's mistake. */
		if (err->code != KS_ERR_PARSE && !w->piece.is_again && !w->piece.is_retry)
			tell_problem(w, w->piece.name, err);
	} else if (w->has_broken_off) {
		reach.end = KS_SOURCE_LATER;
	} else if (at.is_open && w->piece.is_settled && !w->piece.is_again) {
		tell_end(w, &at);
		reach.is_told = true;
	}
	w->summary.pieces += !w->piece.is_again && rc == 0;
	ks_source_reached(w->source, &reach);
	w->text += at.done > w->batch_from ? at.done - w->batch_from : 0;
	if (++w->pieces >= BATCH_PIECES || w->events >= BATCH_EVENTS || w->text >= BATCH_TEXT || is_batch_old(w))
		commit(w);
}

static void read_piece(struct watch *w, struct ks_source *source, const struct ks_source_piece *piece)
{
	const struct ks_cutter_live live = { piece->from, pulse, w };
	struct ks_err err = { 0 };
	int rc;

	w->source = source;
	ks_ingest_set_origin(w->ingest, &(struct ks_ingest_origin){
		w->config->trusts != NULL ? w->config->trusts[source - w->sources] : KS_EVIDENCE_UNTRUSTED,
		w->is_first[source - w->sources] });
	w->piece = *piece;
	w->halt = 0;
	w->batch_from = piece->from;
	w->last_offset = UINT64_MAX;
	w->reader.records = 0;
	w->has_broken_off = false;
	rc = ks_reader_follow(&w->reader, piece->fd, &live, &err);
	if (!w->halt && !is_stopping(w))
		end_piece(w, rc, &err);
}

static void look_for(struct watch *w, const struct ks_keyset *keys)
{
	w->anchors = keys != NULL ? (struct ks_anchors){ .keys = keys } :
								ks_wants_anchors(&w->wants, &w->config->watchlist->keys);
	if (keys == NULL && w->novelty != NULL)
		ks_wants_learn(&w->wants, &w->anchors, &w->times);
	update_times(w);
}

/* One source's share of a look back; what it hands out behind that is read as usual. *out_n counts. */
static void look_back_in(struct watch *w, struct ks_source *source, const struct ks_keyset *keys,
	int64_t *out_n)
{
	int64_t since = ks_ctx_now(w->config->ctx) - KS_WATCH_LOOK_BACK_MS;
	struct ks_err err = { 0 };

	if (!ks_source_look_back(source, since, KS_WATCH_LOOK_BACK_BYTES))
		news(w, KS_WATCH_LOOKED_SHORT, 0);
	while (!is_stopping(w)) {
		struct ks_source_piece piece;
		bool has_piece;

		if (ks_source_next(source, &piece, &has_piece, &err) != 0) {
			give_up_batch(w, &err);
			return;
		}
		if (!has_piece)
			return;
		look_for(w, piece.is_again ? keys : NULL);
		read_piece(w, source, &piece);
		*out_n += piece.is_again;
		if (!piece.is_again || w->halt)
			return;
	}
}

/* The stored events of sessions that were not known when these came. */
static bool look_back_in_store(struct watch *w, const struct ks_keyset *keys)
{
	struct ks_err err = { 0 };

	if (open_batch(w, &err) == 0 && ks_ingest_look_back(w->ingest, keys, &err) == 0)
		return true;
	give_up_batch(w, &err);
	return false;
}

/* Looks at what was read lately, and at what is stored, for ids that were not known then. */
static void look_back(struct watch *w)
{
	struct ks_keyset fresh = w->fresh;
	const struct ks_keyset *keys = w->looks_for_all ? &w->config->watchlist->keys : &fresh;
	bool is_done;
	int64_t n = 0;

	ks_keyset_init(&w->fresh);
	w->looks_for_all = false;
	render_looked(w, w->looked);
	is_done = look_back_in_store(w, keys);
	for (size_t i = 0; is_done && i < w->source_count; i++) {
		w->halt = 0;
		look_back_in(w, &w->sources[i], keys, &n);
		is_done = !w->halt && !is_stopping(w);
	}
	look_for(w, NULL);
	w->must_save_looked = is_done;
	if (is_done)
		commit(w);
	if (!is_done || w->must_save_looked) {
		/* Again, and for all: the ids of this time and those that came meanwhile. */
		w->looks_for_all = true;
		w->must_save_looked = false;
	} else if (n > 0) {
		news(w, KS_WATCH_LOOKED_BACK, n);
	}
	ks_keyset_release(&fresh);
}

/* One piece of each source in turn. False when none of them has any. */
static bool read_round(struct watch *w)
{
	struct ks_err err = { 0 };
	bool has_any = false;

	for (size_t i = 0; i < w->source_count && !is_stopping(w); i++) {
		struct ks_source_piece piece;
		bool has_piece;

		if (ks_source_next(&w->sources[i], &piece, &has_piece, &err) != 0) {
			give_up_batch(w, &err);
			return true;
		}
		if (has_piece)
			read_piece(w, &w->sources[i], &piece);
		has_any |= has_piece;
	}
	return has_any;
}

/* Until a source has news, wants to be asked, or a second is over. */
static void wait_for_news(struct watch *w)
{
	struct pollfd *fds = ks_mem_alloc((w->source_count + 1) * sizeof(*fds));
	int64_t now = ks_ctx_now(w->config->ctx), wait = WAKE_MS;

	for (size_t i = 0; i < w->source_count; i++) {
		int64_t next = ks_source_next_ms(&w->sources[i]);

		fds[i] = (struct pollfd){ .fd = ks_source_poll_fd(&w->sources[i]), .events = POLLIN };
		if (next < now + wait)
			wait = next > now ? next - now : 0;
	}
	poll(fds, w->source_count, (int)wait);
	free(fds);
}

static int recall(void *arg, struct ks_str part, struct ks_arena *arena, struct ks_str *out,
	struct ks_err *err)
{
	const struct saving *saving = arg;

	return ks_ingest_checkpoint_get(saving->watch->ingest, ks_str_of(saving->spec), part, arena, out, err);
}

static void source_problem(void *arg, const char *name, const struct ks_err *err)
{
	const struct saving *saving = arg;

	tell_problem(saving->watch, name, err);
}

static int open_sources(struct watch *w, struct saving *savings, struct ks_err *err)
{
	for (size_t i = 0; i < w->config->spec_count; i++) {
		savings[i] = (struct saving){ w, w->config->specs[i] };
		if (ks_source_open(&(struct ks_source_config){ .ctx = w->config->ctx,
							   .poll_ms = w->config->poll_ms,
							   .is_once = w->config->is_once,
							   .recall = recall,
							   .problem = source_problem,
							   .arg = &savings[i] },
				w->config->specs[i], &w->sources[i], err) != 0)
			return -1;
		if (ks_firstrun_is(w->ingest, w->config->specs[i], &w->is_first[w->source_count++], err) != 0)
			return -1;
		w->has_first = w->has_first || w->is_first[i];
	}
	return 0;
}

/* Whether ids became known that were not looked back for: before a crash, or while nobody watched. */
static int compare_looked(struct watch *w, struct ks_err *err)
{
	struct ks_str stored = { NULL, 0 };
	struct ks_arena arena;
	char looked[32];
	int rc;

	ks_arena_init(&arena);
	rc = ks_ingest_checkpoint_get(w->ingest, KS_STR(OWN_SOURCE), KS_STR(LOOKED_PART), &arena, &stored, err);
	render_looked(w, looked);
	w->looks_for_all = rc == 0 && !ks_str_is(stored, looked);
	ks_arena_release(&arena);
	return rc;
}

static int begin(struct watch *w, struct saving *savings, struct ks_err *err)
{
	const struct ks_watch_config *config = w->config;
	struct ks_ingest_config ingest = { .ctx = config->ctx,
		.db = config->db,
		.program = config->program,
		.wants = &w->wants,
		.watchlist = config->watchlist,
		.correlator = ks_correlator_row(w->correlator),
		.sources = config->sources,
		.novelty = w->novelties,
		.notifiers = config->notifiers,
		.notifier_count = config->notifier_count,
		.undecided = w->sink->undecided,
		.undecided_arg = w->sink->arg,
		.quiet_ms = config->quiet_ms };
	bool has_new;

	/* No number yet: the first look is one for sure. */
	w->foreign = -1;
	snprintf(w->newest, sizeof(w->newest), "?");
	/* Sessions follow the decoys that they belong to. */
	if (take_new_decoys(w, &has_new, err) != 0 || ks_ingest_open(&ingest, &w->ingest, err) != 0 ||
		open_sources(w, savings, err) != 0 || compare_looked(w, err) != 0)
		return -1;
	news(w, KS_WATCH_STARTED, 0);
	ks_keyset_release(&w->fresh);
	return 0;
}

/* An empty batch for what time brings. True when it is to be seen whether it brought anything to read. */
static bool tick(struct watch *w)
{
	int64_t now = ks_ctx_now(w->config->ctx);
	bool is_once = w->config->is_once, is_due = false, with_pages;
	uint64_t before = w->summary.batches;
	struct ks_err err = { 0 };

	if (is_once ? w->is_drained : !is_over(&w->tick_ms, now, TICK_MS))
		return false;
	if (is_once)
		ks_ingest_hurry(w->ingest);
	with_pages = is_once || is_over(&w->pages_ms, now, PAGES_MS);
	if (ks_ingest_is_due(w->ingest, with_pages, &is_due, &err) != 0) {
		give_up_batch(w, &err);
		return true;
	}
	if (is_due)
		commit(w);
	w->is_drained = !is_due || w->summary.batches > before;
	return is_due;
}

/* All that the sources had is committed: their first runs are over with this commit. */
static void end_first(struct watch *w)
{
	uint64_t before = w->summary.batches;

	w->must_end_first = true;
	commit(w);
	w->must_end_first = false;
	if (w->summary.batches == before)
		return;
	memset(w->is_first, 0, w->source_count * sizeof(*w->is_first));
	w->has_first = false;
}

static void loop(struct watch *w)
{
	struct ks_err err = { 0 };

	while (!is_stopping(w)) {
		bool has_new;

		if (take_new_decoys(w, &has_new, &err) != 0) {
			give_up_batch(w, &err);
			err = (struct ks_err){ 0 };
			continue;
		}
		if (w->fresh.n > 0 || w->looks_for_all) {
			look_back(w);
			continue;
		}
		if (read_round(w))
			continue;
		if (w->is_open || w->pieces > 0) {
			commit(w);
			continue;
		}
		if (w->has_first && !is_stopping(w)) {
			end_first(w);
			continue;
		}
		if (!w->is_caught_up)
			news(w, KS_WATCH_CAUGHT_UP, (int64_t)w->summary.records);
		w->is_caught_up = true;
		if (tick(w))
			continue;
		if (w->config->is_once)
			return;
		wait_for_news(w);
	}
	/* What was read before the stop need not be read again. */
	if (!w->has_failed && (w->is_open || w->pieces > 0))
		commit(w);
}

static void learn_actors(struct watch *w)
{
	if ((ks_enrich_wanted(w->config->program) & KS_ENRICH_NOVELTY) == 0)
		return;
	w->novelty = ks_novelty_new(w->config->learn_ms != 0 ? w->config->learn_ms : KS_NOVELTY_LEARN_MS);
	ks_wants_limit(&w->wants, w->novelty);
	w->novelties = ks_noveltystore_new(w->config->db, w->novelty, false);
}

int ks_watch_run(const struct ks_watch_config *config, const struct ks_watch_sink *sink,
	struct ks_watch_summary *out, struct ks_err *err)
{
	struct saving *savings = ks_mem_alloc((config->spec_count + 1) * sizeof(*savings));
	struct watch w = { .config = config,
		.sink = sink,
		.sources = ks_mem_alloc((config->spec_count + 1) * sizeof(*w.sources)),
		.is_first = ks_mem_alloc((config->spec_count + 1) * sizeof(*w.is_first)) };
	int rc;

	ks_keyset_init(&w.fresh);
	w.correlator = ks_correlator_new(config->program, config->watchlist);
	ks_wants_init(&w.wants, config->program);
	ks_wants_grants(&w.wants);
	learn_actors(&w);
	ks_correlator_enrich(w.correlator, &config->sources, w.novelties);
	ks_reader_init(&w.reader,
		&(struct ks_reader_config){ .inflate = ks_inflate_find(NULL),
			.fill = ks_mask_pick(false),
			.stop = &w.halt },
		&w.anchors, &(struct ks_reader_sink){ take_event, take_problem, &w });
	look_for(&w, NULL);
	rc = begin(&w, savings, err);
	if (rc == 0)
		loop(&w);
	if (w.has_failed) {
		*err = w.err;
		rc = -1;
	}
	if (w.ingest != NULL)
		w.summary.ingest = ks_ingest_summary(w.ingest);
	/* It was said in the log which groups were too full. */
	w.summary.problems += ks_correlator_overflow(w.correlator) > 0;
	*out = w.summary;
	ks_reader_release(&w.reader);
	ks_ingest_close(w.ingest);
	ks_noveltystore_free(w.novelties);
	ks_novelty_free(w.novelty);
	ks_correlator_free(w.correlator);
	ks_wants_release(&w.wants);
	ks_keyset_release(&w.fresh);
	for (size_t i = 0; i < w.source_count; i++)
		ks_source_close(&w.sources[i]);
	free(w.sources);
	free(w.is_first);
	free(savings);
	return rc;
}
