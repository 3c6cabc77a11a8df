/* What the watch says of itself: counts, how its sources and its commits are, that its loop gets on. */
#include "lib/engine/watch_parts.h"

#include "lib/base/mem.h"
#include "lib/base/metrics.h"
#include "lib/base/pulse.h"
#include "lib/engine/health.h"

#include <stdio.h>
#include <sys/stat.h>

#define LOOK_MS 1000
#define TRIM_MS (INT64_C(600) * 1000)

static int64_t size_of(const char *path, const char *suffix)
{
	struct ks_buf whole;
	struct stat st;
	int64_t size = 0;

	ks_buf_init(&whole, 1u << 16);
	ks_buf_addf(&whole, "%s%s", path, suffix);
	if (stat(whole.p, &st) == 0)
		size = (int64_t)st.st_size;
	ks_buf_release(&whole);
	return size;
}

/* What came since the last time. */
static void add_counts(struct ks_watch *w)
{
	struct ks_metrics *metrics = w->config->ctx->metrics;
	struct ks_watch_summary now = w->summary, *before = &w->counted;

	now.ingest = ks_watch_reload_sum(w);
	ks_metrics_add(metrics, KS_METRIC_RECORDS, NULL, now.records - before->records);
	ks_metrics_add(metrics, KS_METRIC_READ_BYTES, NULL, now.bytes - before->bytes);
	ks_metrics_add(metrics, KS_METRIC_PIECES, NULL, now.pieces - before->pieces);
	ks_metrics_add(metrics, KS_METRIC_UNREADABLE, NULL, now.problems - before->problems);
	ks_metrics_add(metrics, KS_METRIC_ASIDE, NULL, now.asides - before->asides);
	ks_metrics_add(metrics, KS_METRIC_EVENTS, NULL, now.ingest.events - before->ingest.events);
	ks_metrics_add(metrics, KS_METRIC_EVENT_COPIES, NULL, now.ingest.copies - before->ingest.copies);
	ks_metrics_add(metrics, KS_METRIC_FINDINGS, NULL, now.ingest.findings - before->ingest.findings);
	ks_metrics_add(metrics, KS_METRIC_INCIDENTS, NULL, now.ingest.opened - before->ingest.opened);
	ks_metrics_add(metrics, KS_METRIC_UNDECIDED, NULL, now.ingest.undecided - before->ingest.undecided);
	*before = now;
}

/* The one look at them: metrics, health and alarms are all of what it sees. */
static void look_at_sources(struct ks_watch *w)
{
	struct ks_metrics *metrics = w->config->ctx->metrics;

	for (size_t i = 0; i < w->source_count; i++) {
		const char *const *labels = KS_METRICS_OF(w->sources[i].spec);
		struct ks_source_health now = { .failing_ms = KS_TIME_NONE };

		ks_source_health(&w->sources[i], &now);
		ks_metrics_set_time(metrics, KS_METRIC_SOURCE_HEARD, labels, now.heard_ms);
		ks_metrics_set_time(metrics, KS_METRIC_SOURCE_NEWEST, labels, now.newest_ms);
		ks_metrics_set_time(metrics, KS_METRIC_SOURCE_FAILING, labels, now.failing_ms);
		ks_metrics_set(metrics, KS_METRIC_SOURCE_FAILURES, labels, now.failures);
		if (now.behind >= 0)
			ks_metrics_set(metrics, KS_METRIC_SOURCE_BEHIND, labels, (double)now.behind);
		ks_health_source(w->config->health, w->sources[i].spec, &now);
		ks_sentry_feed(w->config->sentry, w->sources[i].spec, &now, w->records[i]);
	}
}

void ks_watch_gauge_beat(struct ks_watch *w)
{
	const struct ks_ctx *ctx = w->config->ctx;
	const char *path = ks_db_path(w->config->db);

	ks_pulse_beat(ctx->pulse);
	if (ks_watch_is_over(&w->trim_ms, ks_ctx_now(ctx), TRIM_MS))
		ks_mem_trim();
	if ((ctx->metrics == NULL && w->config->health == NULL && w->config->sentry == NULL) ||
		!ks_watch_is_over(&w->gauge_ms, ks_ctx_now(ctx), LOOK_MS))
		return;
	add_counts(w);
	look_at_sources(w);
	ks_metrics_set(ctx->metrics, KS_METRIC_DECOYS, NULL, (double)w->config->watchlist->keys.n);
	ks_metrics_set(ctx->metrics, KS_METRIC_STORE_BYTES, NULL, (double)(size_of(path,
		"") + size_of(path, "-wal")));
}

void ks_watch_gauge_committed(struct ks_watch *w, int64_t began_ms)
{
	const struct ks_ctx *ctx = w->config->ctx;
	int64_t now = ks_ctx_now(ctx);

	ks_pulse_beat(ctx->pulse);
	ks_metrics_add(ctx->metrics, KS_METRIC_BATCHES, KS_METRICS_OF("committed"), 1);
	ks_metrics_observe(ctx->metrics, KS_METRIC_COMMIT_SECONDS, NULL, now - began_ms);
	if (w->piece_ms != 0)
		ks_metrics_observe(ctx->metrics, KS_METRIC_RECORD_DELAY, NULL, now - w->piece_ms);
	w->piece_ms = 0;
	ks_metrics_set_time(ctx->metrics, KS_METRIC_LAST_COMMIT, NULL, now);
	ks_health_committed(w->config->health);
	if (ctx->metrics != NULL)
		add_counts(w);
}

/* err NULL: it is read again for another reason than a failure. */
void ks_watch_gauge_dropped(struct ks_watch *w, const struct ks_err *err)
{
	const struct ks_ctx *ctx = w->config->ctx;

	ks_pulse_beat(ctx->pulse);
	w->piece_ms = 0;
	ks_metrics_add(ctx->metrics, KS_METRIC_BATCHES, KS_METRICS_OF("dropped"), 1);
	if (err != NULL)
		ks_health_failed(w->config->health, err->message);
}

void ks_watch_gauge_caught_up(struct ks_watch *w)
{
	ks_metrics_set(w->config->ctx->metrics, KS_METRIC_READY, NULL, 1);
	ks_health_ready(w->config->health);
}
