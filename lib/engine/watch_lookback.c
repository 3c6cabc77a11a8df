/* The second look: at what was read or stored before a decoy, or a session of one, was known. */
#include "lib/engine/watch_parts.h"

#include "lib/trail/keepsake.h"

#include <inttypes.h>
#include <stdio.h>

/* All ids that are known, as a number: another one says that some became known or were forgotten. */
static uint64_t sum_of_ids(const struct ks_keyset *keys)
{
	uint64_t sum = keys->n;

	for (size_t i = 0; i < keys->n; i++)
		sum ^= ks_str_hash((struct ks_str){ keys->ids + i * KS_KEYSET_ID, KS_KEYSET_ID });
	return sum;
}

static void render_looked(const struct ks_watch *w, char out[32])
{
	snprintf(out, 32, "%016" PRIx64, sum_of_ids(&w->config->watchlist->keys));
}

void ks_watch_lookback_aim(struct ks_watch *w, const struct ks_keyset *keys)
{
	w->anchors = keys != NULL ? (struct ks_anchors){ .keys = keys } :
								ks_wants_anchors(&w->wants, &w->config->watchlist->keys);
	if (keys == NULL && w->novelty != NULL)
		ks_wants_learn(&w->wants, &w->anchors, &w->times);
	ks_watch_update_times(w);
}

/* One source's share of a look back; what it hands out behind that is read as usual. *out_n counts. */
static void look_back_in(struct ks_watch *w, struct ks_source *source, const struct ks_keyset *keys,
	int64_t *out_n)
{
	int64_t since = ks_ctx_now(w->config->ctx) - KS_WATCH_LOOK_BACK_MS;
	struct ks_err err = { 0 };
	bool is_whole = true;

	if (ks_keepsake_is_whole(w->config->db, ks_str_of(source->spec), since, &is_whole, &err) != 0) {
		ks_watch_batch_drop(w, &err);
		return;
	}
	if (!ks_source_look_back(source, since, KS_WATCH_LOOK_BACK_BYTES) || !is_whole)
		ks_watch_news(w, KS_WATCH_LOOKED_SHORT, 0);
	while (!ks_watch_is_stopping(w)) {
		struct ks_source_piece piece;
		bool has_piece;

		if (ks_source_next(source, &piece, &has_piece, &err) != 0) {
			ks_watch_batch_drop(w, &err);
			return;
		}
		if (!has_piece)
			return;
		ks_watch_lookback_aim(w, piece.is_again ? keys : NULL);
		ks_watch_piece_read(w, source, &piece);
		*out_n += piece.is_again;
		if (!piece.is_again || w->halt)
			return;
	}
}

/* The stored events of sessions that were not known when these came. */
static bool look_back_in_store(struct ks_watch *w, const struct ks_keyset *keys)
{
	struct ks_err err = { 0 };

	if (ks_watch_batch_open(w, &err) == 0 && ks_ingest_look_back(w->ingest, keys, &err) == 0)
		return true;
	ks_watch_batch_drop(w, &err);
	return false;
}

/* What a source fetches for it comes later, and is read with everything else. */
static bool is_looking(const struct ks_watch *w)
{
	for (size_t i = 0; i < w->source_count; i++)
		if (ks_source_is_looking(&w->sources[i]))
			return true;
	return false;
}

bool ks_watch_lookback_end(struct ks_watch *w)
{
	if (!w->waits_for_looked || is_looking(w))
		return false;
	w->waits_for_looked = false;
	w->must_save_looked = true;
	ks_watch_batch_commit(w);
	w->looks_for_all |= w->must_save_looked;
	w->must_save_looked = false;
	return true;
}

/* Looks at what was read lately, and at what is stored, for ids that were not known then. */
void ks_watch_lookback_run(struct ks_watch *w)
{
	struct ks_keyset fresh = w->fresh;
	const struct ks_keyset *all = &w->config->watchlist->keys, *keys = w->looks_for_all ? all : &fresh;
	/* What a source still fetches for an earlier look back comes in this one: it is for those ids, too. */
	const struct ks_keyset *aimed = w->waits_for_looked ? all : keys;
	bool is_done;
	int64_t n = 0;

	ks_keyset_init(&w->fresh);
	w->looks_for_all = false;
	render_looked(w, w->looked);
	is_done = look_back_in_store(w, keys);
	for (size_t i = 0; is_done && i < w->source_count; i++) {
		w->halt = 0;
		look_back_in(w, &w->sources[i], aimed, &n);
		is_done = !w->halt && !ks_watch_is_stopping(w);
	}
	ks_watch_lookback_aim(w, NULL);
	w->waits_for_looked = is_done && is_looking(w);
	w->must_save_looked = is_done && !w->waits_for_looked;
	if (is_done)
		ks_watch_batch_commit(w);
	if (!is_done || w->must_save_looked) {
		/* Again, and for all: the ids of this time and those that came meanwhile. */
		w->looks_for_all = true;
		w->must_save_looked = false;
	} else if (n > 0) {
		ks_watch_news(w, KS_WATCH_LOOKED_BACK, n);
	}
	ks_keyset_release(&fresh);
}

/* Whether ids became known that were not looked back for: before a crash, or while nobody watched. */
int ks_watch_lookback_compare(struct ks_watch *w, struct ks_err *err)
{
	struct ks_str stored = { NULL, 0 };
	struct ks_arena arena;
	char looked[32];
	int rc;

	ks_arena_init(&arena);
	rc = ks_ingest_checkpoint_get(w->ingest, KS_STR(KS_WATCH_OWN_SOURCE), KS_STR(KS_WATCH_LOOKED_PART),
		&arena, &stored, err);
	render_looked(w, looked);
	w->looks_for_all = rc == 0 && !ks_str_is(stored, looked);
	ks_arena_release(&arena);
	return rc;
}
