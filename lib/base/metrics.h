/*
 * Counters, gauges and histograms for Prometheus: what is counted is a row of metrics.def, and this renders
 * all of it in the text format 0.0.4 ("Exposition formats"). Any thread may count. A NULL set counts
 * nothing, so that callers need not ask.
 *
 * The value of a label comes from the program, its config or its command line, never from a record: those
 * are hostile and without end. A metric has at most KS_METRICS_SERIES of them, and all further ones count
 * as "other".
 */
#ifndef KS_BASE_METRICS_H
#define KS_BASE_METRICS_H

#include "lib/base/buf.h"

#include <stdint.h>

#define KS_METRICS_LABELS 3u
#define KS_METRICS_SERIES 512u
#define KS_METRICS_RENDERED (16u << 20)      /* enough for whatever render writes */

enum ks_metric {
#define KS_METRIC(id, kind, name, help, ...) KS_METRIC_##id,
#include "lib/base/metrics.def"
#undef KS_METRIC
	KS_METRIC_COUNT
};

struct ks_metrics;

struct ks_metrics *ks_metrics_new(void);
void ks_metrics_free(struct ks_metrics *metrics);            /* NULL is fine */

/* Values for the labels of a metric, in the order of its row: KS_METRICS_OF("iam", "GetUser", "ok"). Copied.
 * NULL for a metric without labels. */
#define KS_METRICS_OF(...) ((const char *const[KS_METRICS_LABELS]){ __VA_ARGS__ })

/* Of a counter, or of a gauge that goes up. */
void ks_metrics_add(struct ks_metrics *metrics, enum ks_metric metric, const char *const *labels,
	uint64_t n);
/* Of a gauge. */
void ks_metrics_set(struct ks_metrics *metrics, enum ks_metric metric, const char *const *labels,
	double value);
/* The same for a moment, which is written in seconds; KS_TIME_NONE as 0. */
void ks_metrics_set_time(struct ks_metrics *metrics, enum ks_metric metric, const char *const *labels,
	int64_t time_ms);
/* Of a histogram. Less than nothing, after a clock went back, counts as nothing. */
void ks_metrics_observe(struct ks_metrics *metrics, enum ks_metric metric, const char *const *labels,
	int64_t took_ms);
/* Forgets all of a metric: for a gauge whose labels changed. */
void ks_metrics_clear(struct ks_metrics *metrics, enum ks_metric metric);

/* What was counted so far; of a histogram, how often. 0 for what was never counted. */
double ks_metrics_value(struct ks_metrics *metrics, enum ks_metric metric, const char *const *labels);

/* All of it. Metrics that were never counted are left out, unless they have no labels. */
void ks_metrics_render(struct ks_metrics *metrics, struct ks_buf *out);

#endif
