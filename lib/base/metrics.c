/* Series in a map, one lock, and the text format. */
#include "lib/base/metrics.h"

#include "lib/base/map.h"
#include "lib/base/mem.h"
#include "lib/base/time.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LABEL_LONGEST 200u             /* bytes of a label's value; the rest is cut off */
#define BUCKETS (sizeof(bounds_ms) / sizeof(bounds_ms[0]))

enum kind { COUNTER, GAUGE, HISTOGRAM };

struct row {
	enum kind kind;
	const char *name, *help;
	const char *labels[KS_METRICS_LABELS];
};

static const struct row rows[] = {
#define KS_METRIC(id, kind, name, help, ...) \
	[KS_METRIC_##id] = { kind, name, help, { __VA_ARGS__ } },
#include "lib/base/metrics.def"
#undef KS_METRIC
};

/* Upper ends of the buckets: from a fast loopback to a receiver that was down for an hour. */
static const int64_t bounds_ms[] = { 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000, 30000,
	60000, 300000, 3600000 };

struct series {
	char *labels[KS_METRICS_LABELS];
	double value;                      /* of a histogram the sum, in seconds */
	uint64_t count;
	uint64_t buckets[BUCKETS];
};

struct family {
	struct ks_map by_labels;           /* the values, a NUL behind each, to struct series * */
};

struct ks_metrics {
	pthread_mutex_t lock;
	struct family families[KS_METRIC_COUNT];
};

struct ks_metrics *ks_metrics_new(void)
{
	struct ks_metrics *metrics = ks_mem_alloc(sizeof(*metrics));

	pthread_mutex_init(&metrics->lock, NULL);
	for (size_t i = 0; i < KS_METRIC_COUNT; i++)
		ks_map_init(&metrics->families[i].by_labels);
	return metrics;
}

static void release_family(struct family *family)
{
	for (size_t i = 0; i < family->by_labels.entries.n; i++) {
		struct series *series = KS_VEC_AT(&family->by_labels.entries, struct ks_map_entry, i)->value;

		for (size_t k = 0; k < KS_METRICS_LABELS; k++)
			free(series->labels[k]);
		free(series);
	}
	ks_map_release(&family->by_labels);
}

void ks_metrics_free(struct ks_metrics *metrics)
{
	if (metrics == NULL)
		return;
	for (size_t i = 0; i < KS_METRIC_COUNT; i++)
		release_family(&metrics->families[i]);
	pthread_mutex_destroy(&metrics->lock);
	free(metrics);
}

/* ---- counting ------------------------------------------------------------------------------------ */

static size_t label_length(const char *value)
{
	return strnlen(value, LABEL_LONGEST);
}

static void make_key(enum ks_metric metric, const char *const *labels, struct ks_buf *key)
{
	for (size_t i = 0; i < KS_METRICS_LABELS && rows[metric].labels[i] != NULL; i++) {
		const char *value = labels != NULL && labels[i] != NULL ? labels[i] : "";

		ks_buf_add(key, (struct ks_str){ value, label_length(value) });
		ks_buf_addc(key, '\0');
	}
}

static struct series *find_series(struct ks_metrics *metrics, enum ks_metric metric,
	const char *const *labels)
{
	struct ks_buf key;
	struct series *series;

	ks_buf_init(&key, (LABEL_LONGEST + 1) * KS_METRICS_LABELS + 1);
	make_key(metric, labels, &key);
	series = ks_map_find(&metrics->families[metric].by_labels, ks_buf_str(&key));
	ks_buf_release(&key);
	return series;
}

/* The series of these labels, made when it is new. */
static struct series *take_series(struct ks_metrics *metrics, enum ks_metric metric,
	const char *const *labels)
{
	const char *const *rest = KS_METRICS_OF("other", "other", "other");
	struct family *family = &metrics->families[metric];
	struct series *series = find_series(metrics, metric, labels);
	struct ks_buf key;

	if (series == NULL && family->by_labels.entries.n >= KS_METRICS_SERIES) {
		labels = rest;
		series = find_series(metrics, metric, labels);
	}
	if (series != NULL)
		return series;
	series = ks_mem_alloc(sizeof(*series));
	for (size_t i = 0; i < KS_METRICS_LABELS && rows[metric].labels[i] != NULL; i++) {
		const char *value = labels != NULL && labels[i] != NULL ? labels[i] : "";

		series->labels[i] = ks_mem_copy(value, label_length(value));
	}
	ks_buf_init(&key, (LABEL_LONGEST + 1) * KS_METRICS_LABELS + 1);
	make_key(metric, labels, &key);
	ks_map_put(&family->by_labels, ks_buf_str(&key), series);
	ks_buf_release(&key);
	return series;
}

void ks_metrics_add(struct ks_metrics *metrics, enum ks_metric metric, const char *const *labels,
	uint64_t n)
{
	if (metrics == NULL)
		return;
	pthread_mutex_lock(&metrics->lock);
	take_series(metrics, metric, labels)->value += (double)n;
	pthread_mutex_unlock(&metrics->lock);
}

void ks_metrics_set(struct ks_metrics *metrics, enum ks_metric metric, const char *const *labels,
	double value)
{
	if (metrics == NULL)
		return;
	pthread_mutex_lock(&metrics->lock);
	take_series(metrics, metric, labels)->value = value;
	pthread_mutex_unlock(&metrics->lock);
}

void ks_metrics_set_time(struct ks_metrics *metrics, enum ks_metric metric, const char *const *labels,
	int64_t time_ms)
{
	ks_metrics_set(metrics, metric, labels, time_ms == KS_TIME_NONE ? 0 : (double)time_ms / 1000);
}

void ks_metrics_observe(struct ks_metrics *metrics, enum ks_metric metric, const char *const *labels,
	int64_t took_ms)
{
	struct series *series;

	if (metrics == NULL)
		return;
	if (took_ms < 0)
		took_ms = 0;
	pthread_mutex_lock(&metrics->lock);
	series = take_series(metrics, metric, labels);
	series->value += (double)took_ms / 1000;
	series->count++;
	for (size_t i = 0; i < BUCKETS; i++)
		series->buckets[i] += took_ms <= bounds_ms[i];
	pthread_mutex_unlock(&metrics->lock);
}

void ks_metrics_clear(struct ks_metrics *metrics, enum ks_metric metric)
{
	if (metrics == NULL)
		return;
	pthread_mutex_lock(&metrics->lock);
	release_family(&metrics->families[metric]);
	ks_map_init(&metrics->families[metric].by_labels);
	pthread_mutex_unlock(&metrics->lock);
}

double ks_metrics_value(struct ks_metrics *metrics, enum ks_metric metric, const char *const *labels)
{
	const struct series *series;
	double value = 0;

	if (metrics == NULL)
		return 0;
	pthread_mutex_lock(&metrics->lock);
	series = find_series(metrics, metric, labels);
	if (series != NULL)
		value = rows[metric].kind == HISTOGRAM ? (double)series->count : series->value;
	pthread_mutex_unlock(&metrics->lock);
	return value;
}

/* ---- the text format ----------------------------------------------------------------------------- */

/* UTF-8 that is not valid would spoil the whole page: such bytes become a question mark each. */
static void add_value(struct ks_buf *out, const char *value)
{
	for (const unsigned char *p = (const unsigned char *)value; *p != '\0'; p++) {
		size_t n = *p >= 0xF0 ? 4 : *p >= 0xE0 ? 3 : *p >= 0xC2 ? 2 : 1, i = 1;

		if (*p == '\\' || *p == '"')
			ks_buf_addc(out, '\\');
		if (*p == '\n') {
			ks_buf_adds(out, "\\n");
			continue;
		}
		while (i < n && p[i] >= 0x80 && p[i] < 0xC0)
			i++;
		if ((n == 1 && *p >= 0x80) || i < n) {
			ks_buf_addc(out, '?');
			continue;
		}
		ks_buf_add(out, (struct ks_str){ (const char *)p, n });
		p += n - 1;
	}
}

/* extra: a label that the format itself adds, as text; NULL for none. */
static void add_name(struct ks_buf *out, const struct row *row, const char *suffix,
	const struct series *series, const char *extra)
{
	bool is_first = true;

	ks_buf_addf(out, "%s%s", row->name, suffix);
	for (size_t i = 0; i < KS_METRICS_LABELS && row->labels[i] != NULL; i++) {
		ks_buf_addf(out, "%s%s=\"", is_first ? "{" : ",", row->labels[i]);
		add_value(out, series->labels[i]);
		ks_buf_addc(out, '"');
		is_first = false;
	}
	if (extra != NULL)
		ks_buf_addf(out, "%s%s", is_first ? "{" : ",", extra);
	ks_buf_adds(out, extra != NULL || !is_first ? "} " : " ");
}

static void render_histogram(struct ks_buf *out, const struct row *row, const struct series *series)
{
	char bound[48];

	for (size_t i = 0; i < BUCKETS; i++) {
		snprintf(bound, sizeof(bound), "le=\"%.10g\"", (double)bounds_ms[i] / 1000);
		add_name(out, row, "_bucket", series, bound);
		ks_buf_addf(out, "%" PRIu64 "\n", series->buckets[i]);
	}
	add_name(out, row, "_bucket", series, "le=\"+Inf\"");
	ks_buf_addf(out, "%" PRIu64 "\n", series->count);
	add_name(out, row, "_sum", series, NULL);
	ks_buf_addf(out, "%.10g\n", series->value);
	add_name(out, row, "_count", series, NULL);
	ks_buf_addf(out, "%" PRIu64 "\n", series->count);
}

static void render_family(struct ks_buf *out, const struct row *row, const struct ks_vec *entries)
{
	static const char *const kinds[] = { "counter", "gauge", "histogram" };

	ks_buf_addf(out, "# HELP %s %s\n# TYPE %s %s\n", row->name, row->help, row->name, kinds[row->kind]);
	for (size_t i = 0; i < entries->n; i++) {
		const struct series *series = KS_VEC_AT(entries, struct ks_map_entry, i)->value;

		if (row->kind == HISTOGRAM) {
			render_histogram(out, row, series);
		} else {
			add_name(out, row, "", series, NULL);
			ks_buf_addf(out, "%.16g\n", series->value);
		}
	}
}

void ks_metrics_render(struct ks_metrics *metrics, struct ks_buf *out)
{
	if (metrics == NULL)
		return;
	pthread_mutex_lock(&metrics->lock);
	for (size_t i = 0; i < KS_METRIC_COUNT; i++) {
		/* A counter that is 0 from the start shows its first increase as one. */
		if (rows[i].labels[0] == NULL)
			take_series(metrics, (enum ks_metric)i, NULL);
		if (metrics->families[i].by_labels.entries.n > 0)
			render_family(out, &rows[i], &metrics->families[i].by_labels.entries);
	}
	pthread_mutex_unlock(&metrics->lock);
}
