/* The part of the watch that its rules make: built at the start, and anew when there are other rules. */
#include "lib/engine/watch_parts.h"

#include <time.h>

#define LOCKED_MS 200                  /* before a locked store is asked again */

static void learn_actors(struct ks_watch *w)
{
	if ((ks_enrich_wanted(w->config->program) & KS_ENRICH_NOVELTY) == 0)
		return;
	w->novelty = ks_novelty_new(w->config->learn_ms != 0 ? w->config->learn_ms : KS_NOVELTY_LEARN_MS);
	ks_wants_limit(&w->wants, w->novelty);
	w->novelties = ks_noveltystore_new(w->config->db, w->novelty, false);
}

void ks_watch_reload_build(struct ks_watch *w)
{
	w->correlator = ks_correlator_new(w->config->program, w->config->watchlist);
	ks_wants_init(&w->wants, w->config->program);
	ks_wants_grants(&w->wants);
	learn_actors(w);
	ks_correlator_enrich(w->correlator, &w->config->sources, w->novelties);
	ks_watch_piece_begin(w);
	ks_watch_lookback_aim(w, NULL);
}

int ks_watch_reload_open(struct ks_watch *w, struct ks_err *err)
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
		.quiet_ms = config->quiet_ms,
		.is_light = true };

	return ks_ingest_open(&ingest, &w->ingest, err);
}

struct ks_ingest_summary ks_watch_reload_sum(const struct ks_watch *w)
{
	struct ks_ingest_summary sum = w->earlier, now = { 0 };

	if (w->ingest != NULL)
		now = ks_ingest_summary(w->ingest);
	ks_ingest_add_summary(&sum, &now);
	return sum;
}

void ks_watch_reload_release(struct ks_watch *w)
{
	w->earlier = ks_watch_reload_sum(w);
	/* It was said in the log which groups were too full. */
	w->has_overflow |= ks_correlator_overflow(w->correlator) > 0;
	ks_reader_release(&w->reader);
	ks_ingest_close(w->ingest);
	ks_noveltystore_free(w->novelties);
	ks_novelty_free(w->novelty);
	ks_correlator_free(w->correlator);
	ks_wants_release(&w->wants);
	w->ingest = NULL;
	w->novelties = NULL;
	w->novelty = NULL;
	w->correlator = NULL;
}

/* There is no way back once the former parts are gone: a store that is locked is waited for. */
static void reopen(struct ks_watch *w)
{
	struct ks_err err = { 0 };

	while (ks_watch_reload_open(w, &err) != 0) {
		if (err.code != KS_ERR_CONFLICT) {
			w->err = err;
			w->has_failed = true;
			return;
		}
		if (ks_watch_is_stopping(w))
			return;
		err = (struct ks_err){ 0 };
		ks_watch_gauge_beat(w);
		nanosleep(&(struct timespec){ .tv_nsec = LOCKED_MS * 1000000L }, NULL);
	}
}

bool ks_watch_reload_run(struct ks_watch *w)
{
	const struct ks_watch_sink *sink = w->sink;
	struct ks_watch_rules rules = { w->config->program, w->config->sources };

	if (sink->reload == NULL || !sink->reload(sink->arg, &rules))
		return false;
	/* What was read under the former rules is judged by them. */
	if (w->is_open || w->pieces > 0)
		ks_watch_batch_commit(w);
	if (w->has_failed)
		return true;
	ks_watch_reload_release(w);
	w->now.program = rules.program;
	w->now.sources = rules.sources;
	w->times = (struct ks_wants_times){ .range = { 0 } };
	ks_watch_reload_build(w);
	reopen(w);
	if (sink->reloaded != NULL)
		sink->reloaded(sink->arg);
	return true;
}
