/* One transaction of the watch: opened, filled, committed, or given up. */
#include "lib/engine/watch_parts.h"

#include "lib/base/arena.h"
#include "lib/decoy/registry.h"
#include "lib/engine/firstrun.h"
#include "lib/trail/checkpoint.h"
#include "lib/trail/keepsake.h"

#include <stdio.h>
#include <time.h>

#define LOCKED_MS 200                  /* before a locked store is asked again */
#define FULL_MS 1000                   /* likewise a full one */
#define SYNC_MS 1000                   /* a commit may wait for the disk */
#define SWEEP_MS 60000                 /* between looks at checkpoints of files that are gone */
#define SWEEP_PARTS 2000u              /* looked at each time */
#define KEPT_BYTES (KS_KEEPSAKE_BYTES / 16)        /* kept for a look back before some is dropped */

static void nap(int64_t ms)
{
	nanosleep(&(struct timespec){ .tv_sec = ms / 1000, .tv_nsec = (long)(ms % 1000) * 1000000 }, NULL);
}

/* The batch is lost: everything since the last commit is read again. A locked or full store is asked again
 * later; anything else ends the watch. */
void ks_watch_batch_drop(struct ks_watch *w, const struct ks_err *err)
{
	ks_ingest_abort(w->ingest);
	ks_watch_update_times(w);
	w->is_open = false;
	w->events = w->pieces = 0;
	w->text = 0;
	w->halt = 1;
	/* What a look back had brought may be in it, and is not handed out again. */
	w->looks_for_all |= w->waits_for_looked;
	w->waits_for_looked = false;
	ks_watch_gauge_dropped(w, err);
	for (size_t i = 0; i < w->source_count; i++)
		ks_source_settle(&w->sources[i], false);
	if (err == NULL)
		return;
	if (err->code != KS_ERR_CONFLICT && (err->code != KS_ERR_FULL || w->config->is_once)) {
		w->err = *err;
		w->has_failed = true;
		return;
	}
	ks_watch_health_blocked(w, err);
	nap(err->code == KS_ERR_FULL ? FULL_MS : LOCKED_MS);
}

/* Adds decoys that the store got since it was looked at, and sessions of decoys: what others learned, and
 * what was known before their key was a decoy's. *out_has when there are some. */
int ks_watch_batch_renew(struct ks_watch *w, bool *out_has, struct ks_err *err)
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
		ks_watch_news(w, KS_WATCH_DECOYS, (int64_t)decoys);
	ks_arena_release(&arena);
	return rc;
}

int ks_watch_batch_decoys(struct ks_db *db, struct ks_arena *arena, struct ks_vec *out, struct ks_err *err)
{
	struct ks_vec live = KS_VEC_OF(struct ks_registry_live);
	int rc = ks_registry_live(db, arena, &live, err);

	for (size_t i = 0; rc == 0 && i < live.n; i++) {
		const struct ks_registry_live *decoy = KS_VEC_AT(&live, struct ks_registry_live, i);

		*(struct ks_source_decoy *)ks_vec_push(out) =
			(struct ks_source_decoy){ decoy->key_id, decoy->account, decoy->user_name };
	}
	ks_vec_release(&live);
	return rc;
}

int ks_watch_batch_open(struct ks_watch *w, struct ks_err *err)
{
	if (w->is_open)
		return 0;
	if (ks_ingest_begin(w->ingest, err) != 0)
		return -1;
	w->is_open = true;
	w->open_ms = ks_ctx_now(w->config->ctx);
	return 0;
}

static int save_checkpoint(void *arg, struct ks_str part, struct ks_str value, struct ks_err *err)
{
	const struct ks_watch_saving *saving = arg;

	return ks_ingest_checkpoint(saving->watch->ingest, ks_str_of(saving->spec), part, value, err);
}

static bool is_gone(void *arg, struct ks_str part)
{
	return ks_source_is_gone(arg, part);
}

/* How far files were read that are gone, and what is kept for a look back, now and then. */
static int sweep(struct ks_watch *w, struct ks_err *err)
{
	int64_t now = ks_ctx_now(w->config->ctx);
	bool is_over = ks_watch_is_over(&w->sweep_ms, now, SWEEP_MS);

	for (size_t i = 0; (is_over || w->kept >= KEPT_BYTES) && i < w->source_count; i++)
		if (ks_keepsake_prune(w->config->db, ks_str_of(w->sources[i].spec), now - KS_WATCH_LOOK_BACK_MS,
				err) != 0)
			return -1;
	w->kept = is_over || w->kept >= KEPT_BYTES ? 0 : w->kept;
	for (size_t i = 0; is_over && i < w->source_count; i++)
		if (ks_checkpoint_sweep(w->config->db, ks_str_of(w->sources[i].spec),
				&(struct ks_checkpoint_sweep){ now, SWEEP_PARTS, is_gone, &w->sources[i] }, err) != 0)
			return -1;
	return 0;
}

static int save_all(struct ks_watch *w, struct ks_err *err)
{
	for (size_t i = 0; i < w->source_count; i++) {
		struct ks_watch_saving saving = { w, w->sources[i].spec };

		if (ks_source_save(&w->sources[i], save_checkpoint, &saving, err) != 0)
			return -1;
		if (w->must_end_first[i] && ks_firstrun_end(w->ingest, saving.spec, err) != 0)
			return -1;
	}
	if (sweep(w, err) != 0)
		return -1;
	if (!w->must_save_looked)
		return 0;
	return ks_ingest_checkpoint(w->ingest, KS_STR(KS_WATCH_OWN_SOURCE), KS_STR(KS_WATCH_LOOKED_PART),
		ks_str_of(w->looked), err);
}

static int sync_now(struct ks_watch *w, struct ks_err *err)
{
	if (ks_db_sync(w->config->db, err) != 0)
		return -1;
	w->unsynced_ms = KS_TIME_NONE;
	return 0;
}

/* A file may be gone when it is to be read again, so the disk has it all soon. */
static int sync_late(struct ks_watch *w, struct ks_err *err)
{
	int64_t now = ks_ctx_now(w->config->ctx);
	bool is_late = w->unsynced_ms != KS_TIME_NONE &&
		(now < w->unsynced_ms || now - w->unsynced_ms >= SYNC_MS);

	return is_late ? sync_now(w, err) : 0;
}

void ks_watch_batch_settle(struct ks_watch *w)
{
	struct ks_err err = { 0 };

	if (!w->is_open && sync_late(w, &err) != 0)
		ks_watch_batch_drop(w, &err);
}

/* The incidents of the commit are told first, and the disk is waited for while they are answered: no call
 * goes out before its intent is on the disk, and with it all that was committed before. What can be read
 * again need not be on the disk at once: how far it was read is lost together with it. */
static int keep(struct ks_watch *w, struct ks_err *err)
{
	struct ks_vec touched = ks_ingest_touched(w->ingest);
	bool must_sync = touched.n > 0;

	if (w->unsynced_ms == KS_TIME_NONE)
		w->unsynced_ms = ks_ctx_now(w->config->ctx);

	for (size_t i = 0; i < touched.n; i++)
		ks_watch_news(w, KS_WATCH_INCIDENT, *KS_VEC_AT(&touched, int64_t, i));
	for (size_t i = 0; i < w->source_count; i++)
		must_sync |= w->sources[i].row->is_consumed;
	if (!must_sync ? sync_late(w, err) == 0 : sync_now(w, err) == 0)
		return 0;
	/* What was learned is in the store, and read again it is nothing new. */
	w->looks_for_all = true;
	return -1;
}

/* What else the commit brought: sessions to look back for. */
static void take_outcome(struct ks_watch *w)
{
	struct ks_vec learned = ks_ingest_learned(w->ingest);
	struct ks_err err;

	for (size_t i = 0; i < learned.n; i++)
		ks_keyset_add(&w->fresh, ks_str_of((const char *)learned.p + i * learned.size), 0, &err);
	w->summary.batches++;
	if (w->sink->committed != NULL)
		w->sink->committed(w->sink->arg);
}

/* Commits what was read, unless it was read without a decoy that the store has by now. */
void ks_watch_batch_commit(struct ks_watch *w)
{
	int64_t began_ms = ks_ctx_now(w->config->ctx);
	struct ks_err err = { 0 };
	bool has_new = false;

	if (ks_watch_batch_open(w, &err) != 0 || ks_watch_batch_renew(w, &has_new, &err) != 0) {
		ks_watch_batch_drop(w, &err);
		return;
	}
	if (has_new) {
		ks_watch_batch_drop(w, NULL);
		return;
	}
	w->asides = 0;
	if (save_all(w, &err) != 0 || ks_ingest_commit(w->ingest, &err) != 0 || keep(w, &err) != 0) {
		ks_watch_batch_drop(w, &err);
		return;
	}
	ks_watch_gauge_committed(w, began_ms);
	for (size_t i = 0; i < w->source_count; i++)
		ks_source_settle(&w->sources[i], true);
	ks_watch_update_times(w);
	w->summary.asides += w->asides;
	w->is_open = w->must_save_looked = false;
	w->events = w->pieces = 0;
	w->text = 0;
	ks_watch_health_stored(w);
	take_outcome(w);
	ks_db_tidy(w->config->db, true);
}
