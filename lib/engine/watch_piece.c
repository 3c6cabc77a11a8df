/* The watch reads one piece: its events into the batch, its damage to people. */
#include "lib/engine/watch_parts.h"

#include <inttypes.h>

#define QUIET_TEXT (64u << 20)         /* text without an event, before how far it was read is committed */

/* In the middle of a piece: what begins before done was taken. */
static void commit_partly(struct ks_watch *w, uint64_t done)
{
	struct ks_cutter_reach reach = ks_cutter_reach(&w->reader.cutter);

	ks_source_reached(w->source,
		&(struct ks_source_reach){ .end = KS_SOURCE_PARTLY,
			.top = reach.top,
			.done = done > w->piece.done ? done : w->piece.done,
			.is_gzip = w->reader.stream.is_gzip });
	ks_watch_batch_commit(w);
	w->batch_from = done;
}

static bool is_batch_old(const struct ks_watch *w)
{
	int64_t age = ks_ctx_now(w->config->ctx) - w->open_ms;

	return w->is_open && (age >= KS_WATCH_BATCH_MS || age < 0 ||
		(age >= KS_WATCH_BATCH_WANTED_MS && ks_db_is_wanted(w->config->db)));
}

static void take_event(void *arg, struct ks_event *event, uint64_t offset)
{
	struct ks_watch *w = arg;
	struct ks_err err = { 0 };

	if (w->halt || offset < w->piece.done)
		return;
	/* One record may hold several events: they stay together. */
	if (offset != w->last_offset &&
		(w->events >= KS_WATCH_BATCH_EVENTS || is_batch_old(w)))
		commit_partly(w, offset);
	if (w->halt)
		return;
	w->last_offset = offset;
	w->events++;
	if (ks_watch_batch_open(w, &err) != 0 ||
		ks_ingest_event(w->ingest, event, w->piece.name, offset, &err) != 0)
		ks_watch_batch_drop(w, &err);
	ks_watch_update_times(w);
}

static void take_problem(void *arg, uint64_t offset, const struct ks_err *err)
{
	struct ks_watch *w = arg;

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
	struct ks_watch *w = arg;
	struct ks_cutter_reach reach = ks_cutter_reach(&w->reader.cutter);
	uint64_t text = w->text + (reach.done > w->batch_from ? reach.done - w->batch_from : 0);

	ks_watch_gauge_beat(w);
	if (ks_watch_is_stopping(w))
		w->halt = 1;
	if (w->halt)
		return;
	if ((w->is_open && (text >= KS_WATCH_BATCH_TEXT || is_batch_old(w))) || text >= QUIET_TEXT)
		commit_partly(w, reach.done);
}

/* Says what is the matter with the end of a text that nobody writes any more. */
static void tell_end(struct ks_watch *w, const struct ks_cutter_reach *reach)
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

static void end_piece(struct ks_watch *w, int rc, const struct ks_err *err)
{
	struct ks_cutter_reach at = ks_cutter_reach(&w->reader.cutter);
	struct ks_source_reach reach = { .end = at.is_open ? KS_SOURCE_OPEN : KS_SOURCE_READ,
		.top = at.top,
		.done = at.done,
		.is_gzip = w->reader.stream.is_gzip };

	w->summary.records += w->piece.is_again ? 0 : w->reader.records;
	w->records[w->source - w->sources] += w->piece.is_again ? 0 : w->reader.records;
	w->summary.bytes += w->reader.stream.bytes_out;
	if (rc != 0) {
		/* A disk or a network may do better the next time; what it holds does not change by itself. */
		reach = (struct ks_source_reach){ .end = err->code == KS_ERR_PARSE ||
					err->code == KS_ERR_UNSUPPORTED ?
				KS_SOURCE_OTHER :
				KS_SOURCE_LATER };
		/* What is no trail at all is nobody's mistake. */
		if (err->code != KS_ERR_PARSE && !w->piece.is_again && !w->piece.is_retry)
			ks_watch_tell_problem(w, w->piece.name, err);
	} else if (w->has_broken_off) {
		reach.end = KS_SOURCE_LATER;
	} else if (at.is_open && w->piece.is_settled && !w->piece.is_again) {
		tell_end(w, &at);
		reach.is_told = true;
	}
	w->summary.pieces += !w->piece.is_again && rc == 0;
	ks_source_reached(w->source, &reach);
	w->text += at.done > w->batch_from ? at.done - w->batch_from : 0;
	w->pieces++;
	if (w->pieces >= KS_WATCH_BATCH_PIECES || w->events >= KS_WATCH_BATCH_EVENTS ||
		w->text >= KS_WATCH_BATCH_TEXT || is_batch_old(w))
		ks_watch_batch_commit(w);
}

/* The account that AWS wrote something as of, when it is one of the config's; else empty. */
static struct ks_str believed(const struct ks_watch *w, struct ks_str account)
{
	const struct ks_account *found = ks_account_find(w->config->accounts, w->config->account_count, account);

	return found != NULL ? found->id : (struct ks_str){ NULL, 0 };
}

void ks_watch_piece_read(struct ks_watch *w, struct ks_source *source, const struct ks_source_piece *piece)
{
	const struct ks_cutter_live live = { piece->from, pulse, w };
	struct ks_err err = { 0 };
	int rc;

	w->source = source;
	if (w->piece_ms == 0)
		w->piece_ms = ks_ctx_now(w->config->ctx);
	ks_ingest_set_origin(w->ingest, &(struct ks_ingest_origin){
		.trust = w->config->trusts != NULL ? w->config->trusts[source - w->sources] : KS_EVIDENCE_UNTRUSTED,
		.is_backlog = w->is_first[source - w->sources],
		.account = believed(w, piece->account) });
	w->piece = *piece;
	w->halt = 0;
	w->batch_from = piece->from;
	w->last_offset = UINT64_MAX;
	w->reader.records = 0;
	w->has_broken_off = false;
	rc = ks_reader_follow(&w->reader, piece->fd, &live, &err);
	if (!w->halt && !ks_watch_is_stopping(w))
		end_piece(w, rc, &err);
}

void ks_watch_piece_begin(struct ks_watch *w)
{
	ks_reader_init(&w->reader,
		&(struct ks_reader_config){ .inflate = ks_inflate_find(NULL),
			.fill = ks_mask_pick(KS_MASK_FASTEST),
			.stop = &w->halt },
		&w->anchors, &(struct ks_reader_sink){ take_event, take_problem, w });
}
