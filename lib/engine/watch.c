/* The loop: sources, reader, ingest, commit; then sources again. */
#include "lib/engine/watch_parts.h"

#include "lib/base/mem.h"
#include "lib/engine/firstrun.h"
#include "lib/trail/aside.h"
#include "lib/trail/keepsake.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WAKE_MS 1000                   /* for decoys that were planted meanwhile */
#define TICK_MS 1000                   /* between looks at what time brings: snoozes that end */
#define PAGES_MS 60000                 /* likewise, notices that wait for their page */

bool ks_watch_is_stopping(const struct ks_watch *w)
{
	return w->has_failed || ks_ctx_is_stopping(w->config->ctx) ||
		(w->sink->goes_on != NULL && !w->sink->goes_on(w->sink->arg));
}

void ks_watch_news(struct ks_watch *w, enum ks_watch_news what, int64_t n)
{
	w->sink->news(w->sink->arg, what, n);
}

void ks_watch_tell_problem(void *arg, const char *name, const struct ks_err *err)
{
	struct ks_watch *w = arg;

	w->summary.problems++;
	w->sink->problem(w->sink->arg, name, 0, err);
}

/* Behind whatever may have changed what is known of actors, or have made it forgotten. */
void ks_watch_update_times(struct ks_watch *w)
{
	if (w->anchors.times != NULL)
		ks_wants_update(w->novelty, &w->times);
}

bool ks_watch_is_over(int64_t *last_ms, int64_t now, int64_t pause)
{
	if (now >= *last_ms && now - *last_ms < pause)
		return false;
	*last_ms = now;
	return true;
}

/* One piece of each source in turn. False when none of them has any. */
static bool read_round(struct ks_watch *w)
{
	struct ks_err err = { 0 };
	bool has_any = false;

	for (size_t i = 0; i < w->source_count && !ks_watch_is_stopping(w); i++) {
		struct ks_source_piece piece;
		bool has_piece;

		if (ks_source_next(&w->sources[i], &piece, &has_piece, &err) != 0) {
			ks_watch_batch_drop(w, &err);
			return true;
		}
		if (has_piece)
			ks_watch_piece_read(w, &w->sources[i], &piece);
		has_any |= has_piece;
	}
	return has_any;
}

/* Until a source has news, wants to be asked, or a second is over. */
static void wait_for_news(struct ks_watch *w)
{
	struct pollfd *fds = ks_mem_alloc((w->source_count + 1) * sizeof(*fds));
	int64_t now = ks_ctx_now(w->config->ctx), wait = WAKE_MS;

	ks_db_tidy(w->config->db, false);
	ks_watch_batch_settle(w);
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
	const struct ks_watch_saving *saving = arg;

	return ks_ingest_checkpoint_get(saving->watch->ingest, ks_str_of(saving->spec), part, arena, out, err);
}

/* What to look at, where the message is only what a service or the network said. */
static const char *advise(const struct ks_err *err)
{
	if (strstr(err->aws_code, "NoSuchBucket") != NULL || strstr(err->aws_code, "NonExistentQueue") != NULL ||
		strstr(err->aws_code, "QueueDoesNotExist") != NULL || err->http_status == 404)
		return ": is its name right, and its Region? 'keysnare doctor' looks";
	if (err->code == KS_ERR_NET)
		return ": is its address right, and does this machine reach it? 'keysnare doctor' looks; it is "
			"tried again";
	if (err->http_status >= 500)
		return ": the service fails, or an endpoint that is not AWS's: 'keysnare doctor' looks; it is tried "
			"again";
	return "";
}

static void source_problem(void *arg, const char *name, const struct ks_err *err)
{
	const struct ks_watch_saving *saving = arg;
	struct ks_err told = *err;

	snprintf(told.message, sizeof(told.message), "%.380s%s", err->message, advise(err));
	ks_watch_tell_problem(saving->watch, name, advise(err)[0] != '\0' ? &told : err);
}

static int set_aside(void *arg, const struct ks_source_aside *aside, struct ks_err *err)
{
	const struct ks_watch_saving *saving = arg;
	const struct ks_watch_config *config = saving->watch->config;

	saving->watch->asides++;
	ks_watch_health_aside(saving->watch, saving->spec, aside);
	return ks_aside_put(config->db, ks_str_of(saving->spec), aside, ks_ctx_now(config->ctx), err);
}

static int keep(void *arg, const struct ks_source_keepsake *kept, struct ks_err *err)
{
	const struct ks_watch_saving *saving = arg;
	const struct ks_watch_config *config = saving->watch->config;

	saving->watch->kept += kept->bytes.n;
	return ks_keepsake_put(config->db, ks_str_of(saving->spec), kept, ks_ctx_now(config->ctx), err);
}

static int kept(void *arg, int64_t since_ms, struct ks_arena *arena, struct ks_source_keepsake *inout,
	bool *out_has, struct ks_err *err)
{
	const struct ks_watch_saving *saving = arg;

	return ks_keepsake_find(saving->watch->config->db, ks_str_of(saving->spec), since_ms, arena, inout,
		out_has, err);
}

static int source_settings(void *arg, struct ks_settings *out, struct ks_err *err)
{
	const struct ks_watch_config *config = ((const struct ks_watch_saving *)arg)->watch->config;

	return config->settings(config->settings_arg, out, err);
}

static int source_decoys(void *arg, struct ks_arena *arena, struct ks_vec *out, struct ks_err *err)
{
	const struct ks_watch *w = ((const struct ks_watch_saving *)arg)->watch;

	return ks_watch_batch_decoys(w->config->db, arena, out, err);
}

static int open_sources(struct ks_watch *w, struct ks_watch_saving *savings, struct ks_err *err)
{
	for (size_t i = 0; i < w->config->spec_count; i++) {
		savings[i] = (struct ks_watch_saving){ w, w->config->specs[i] };
		if (ks_source_open(&(struct ks_source_config){ .ctx = w->config->ctx,
							   .poll_ms = w->config->poll_ms,
							   .is_once = w->config->is_once,
							   .recall = recall,
							   .problem = source_problem,
							   .aside = set_aside,
							   .keep = keep,
							   .kept = kept,
							   .settings = w->config->settings != NULL ? source_settings : NULL,
							   .decoys = source_decoys,
							   .accounts = w->config->accounts,
							   .account_count = w->config->account_count,
							   .buckets = w->config->buckets != NULL ? w->config->buckets[i] :
								(struct ks_source_buckets){ NULL, 0 },
							   .is_declared = w->config->trusts != NULL &&
								w->config->trusts[i] == KS_EVIDENCE_DECLARED,
							   .arg = &savings[i] },
				w->config->specs[i], &w->sources[i], err) != 0)
			return -1;
		if (ks_firstrun_is(w->ingest, w->config->specs[i], &w->is_first[w->source_count++], err) != 0)
			return -1;
	}
	return 0;
}

static int begin(struct ks_watch *w, struct ks_watch_saving *savings, struct ks_err *err)
{
	bool has_new;

	/* No number yet: the first look is one for sure. */
	w->foreign = -1;
	snprintf(w->newest, sizeof(w->newest), "?");
	/* Sessions follow the decoys that they belong to. */
	if (ks_watch_batch_renew(w, &has_new, err) != 0 || ks_watch_reload_open(w, err) != 0 ||
		/* What a killed watch committed counts as kept from here on: messages are deleted by it. */
		ks_db_sync(w->config->db, err) != 0 || open_sources(w, savings, err) != 0 ||
		ks_watch_lookback_compare(w, err) != 0)
		return -1;
	ks_watch_news(w, KS_WATCH_STARTED, 0);
	ks_keyset_release(&w->fresh);
	return 0;
}

/* Nothing is to come any more: it was to read what is there, or all sources have ended. */
static bool is_ending(const struct ks_watch *w)
{
	for (size_t i = 0; i < w->source_count; i++)
		if (!w->config->is_once && !ks_source_is_over(&w->sources[i]))
			return false;
	return true;
}

/* An empty batch for what time brings. True when it is to be seen whether it brought anything to read. */
static bool tick(struct ks_watch *w)
{
	int64_t now = ks_ctx_now(w->config->ctx);
	bool is_once = is_ending(w), is_due = false, with_pages;
	uint64_t before = w->summary.batches;
	struct ks_err err = { 0 };

	if (is_once ? w->is_drained : !ks_watch_is_over(&w->tick_ms, now, TICK_MS))
		return false;
	if (is_once)
		ks_ingest_hurry(w->ingest);
	with_pages = is_once || ks_watch_is_over(&w->pages_ms, now, PAGES_MS);
	if (ks_ingest_is_due(w->ingest, with_pages, &is_due, &err) != 0) {
		ks_watch_batch_drop(w, &err);
		return true;
	}
	if (is_due)
		ks_watch_batch_commit(w);
	w->is_drained = !is_due || w->summary.batches > before;
	return is_due;
}

/* All that some sources had is committed: their first runs are over with this commit. False when there is
 * none of them. */
static bool end_first(struct ks_watch *w)
{
	uint64_t before = w->summary.batches;
	bool has_any = false;

	for (size_t i = 0; i < w->source_count; i++) {
		w->must_end_first[i] = w->is_first[i] && ks_source_is_drained(&w->sources[i]);
		has_any |= w->must_end_first[i];
	}
	if (has_any)
		ks_watch_batch_commit(w);
	for (size_t i = 0; has_any && i < w->source_count; i++) {
		w->is_first[i] &= w->summary.batches == before || !w->must_end_first[i];
		w->must_end_first[i] = false;
	}
	return has_any;
}

static bool is_drained(const struct ks_watch *w)
{
	for (size_t i = 0; i < w->source_count; i++)
		if (!ks_source_is_drained(&w->sources[i]))
			return false;
	return true;
}

static bool must_save(const struct ks_watch *w)
{
	for (size_t i = 0; i < w->source_count; i++)
		if (ks_source_must_save(&w->sources[i]))
			return true;
	return false;
}

/* What failed so far was not read, however little there is to wait for. */
static void tell_caught_up(struct ks_watch *w)
{
	struct ks_source_health health;
	size_t unread = 0;

	for (size_t i = 0; i < w->source_count; i++) {
		ks_source_health(&w->sources[i], &health);
		if (health.failing_ms == KS_TIME_NONE)
			continue;
		unread++;
		ks_watch_news(w, KS_WATCH_UNREAD, (int64_t)i);
	}
	if (unread < w->source_count || w->source_count == 0)
		ks_watch_news(w, KS_WATCH_CAUGHT_UP, (int64_t)w->summary.records);
}

static void loop(struct ks_watch *w)
{
	struct ks_err err = { 0 };

	while (!ks_watch_is_stopping(w)) {
		bool has_new;

		ks_watch_gauge_beat(w);
		if (ks_watch_reload_run(w))
			continue;
		if (ks_watch_batch_renew(w, &has_new, &err) != 0) {
			ks_watch_batch_drop(w, &err);
			err = (struct ks_err){ 0 };
			continue;
		}
		if (w->fresh.n > 0 || w->looks_for_all) {
			/* Sessions of an open batch are known already, and would count as looked back for. */
			if (w->is_open)
				ks_watch_batch_commit(w);
			else
				ks_watch_lookback_run(w);
			continue;
		}
		if (read_round(w) || ks_watch_lookback_end(w))
			continue;
		if (w->is_open || w->pieces > 0 || must_save(w)) {
			ks_watch_batch_commit(w);
			continue;
		}
		if (ks_watch_is_stopping(w) || end_first(w))
			continue;
		if (!is_drained(w)) {
			if (w->config->is_once || !tick(w))
				wait_for_news(w);
			continue;
		}
		if (!w->is_caught_up)
			tell_caught_up(w);
		ks_watch_gauge_caught_up(w);
		w->is_caught_up = true;
		if (tick(w))
			continue;
		if (!is_ending(w))
			wait_for_news(w);
		/* Some may only have been drained since they were looked at. */
		else if (!end_first(w))
			break;
	}
	/* What was read before the stop need not be read again. */
	if (!w->has_failed && (w->is_open || w->pieces > 0))
		ks_watch_batch_commit(w);
	w->gauge_ms = 0;
	ks_watch_gauge_beat(w);
}

int ks_watch_run(const struct ks_watch_config *config, const struct ks_watch_sink *sink,
	struct ks_watch_summary *out, struct ks_err *err)
{
	struct ks_watch_saving *savings = ks_mem_alloc((config->spec_count + 1) * sizeof(*savings));
	struct ks_watch w = { .now = *config,
		.unsynced_ms = KS_TIME_NONE,
		.sink = sink,
		.sources = ks_mem_alloc((config->spec_count + 1) * sizeof(*w.sources)),
		.is_first = ks_mem_alloc((config->spec_count + 1) * sizeof(*w.is_first)),
		.must_end_first = ks_mem_alloc((config->spec_count + 1) * sizeof(*w.must_end_first)),
		.records = ks_mem_alloc((config->spec_count + 1) * sizeof(*w.records)) };
	int rc;

	ks_keyset_init(&w.fresh);
	w.config = &w.now;
	ks_watch_reload_build(&w);
	rc = begin(&w, savings, err);
	if (rc == 0)
		loop(&w);
	if (w.has_failed) {
		*err = w.err;
		rc = -1;
	}
	w.summary.ingest = ks_watch_reload_sum(&w);
	ks_watch_reload_release(&w);
	w.summary.problems += w.has_overflow;
	*out = w.summary;
	ks_keyset_release(&w.fresh);
	for (size_t i = 0; i < w.source_count; i++)
		ks_source_close(&w.sources[i]);
	free(w.sources);
	free(w.is_first);
	free(w.must_end_first);
	free(w.records);
	free(savings);
	return rc;
}
