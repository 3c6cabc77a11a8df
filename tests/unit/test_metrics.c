/* lib/base/metrics */
#include "lib/base/metrics.h"

#include "lib/base/time.h"

#include "tests/unit/rows.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

static struct ks_buf rendered(struct ks_metrics *metrics)
{
	struct ks_buf out;

	ks_buf_init(&out, KS_METRICS_RENDERED);
	ks_metrics_render(metrics, &out);
	return out;
}

static void assert_line(struct ks_metrics *metrics, const char *line)
{
	struct ks_buf text = rendered(metrics), want;

	ks_buf_init(&want, 4096);
	ks_buf_addf(&want, "\n%s\n", line);
	if (strstr(text.p, want.p) == NULL)
		fail_msg("no line '%s' in:\n%s", line, text.p);
	ks_buf_release(&want);
	ks_buf_release(&text);
}

static void test_counts(void **state)
{
	struct ks_metrics *metrics = ks_metrics_new();

	(void)state;
	assert_line(metrics, "keysnare_records_total 0");
	ks_metrics_add(metrics, KS_METRIC_RECORDS, NULL, 3);
	ks_metrics_add(metrics, KS_METRIC_RECORDS, NULL, UINT64_C(1) << 40);
	ks_metrics_set(metrics, KS_METRIC_SOURCE_BEHIND, KS_METRICS_OF("a"), 7);
	ks_metrics_set(metrics, KS_METRIC_SOURCE_BEHIND, KS_METRICS_OF("b"), 8);
	ks_metrics_set(metrics, KS_METRIC_SOURCE_BEHIND, KS_METRICS_OF("a"), 6);
	ks_metrics_set_time(metrics, KS_METRIC_LAST_COMMIT, NULL, INT64_C(1795342500123));
	ks_metrics_set_time(metrics, KS_METRIC_SOURCE_HEARD, KS_METRICS_OF("a"), KS_TIME_NONE);
	assert_line(metrics, "# TYPE keysnare_records_total counter");
	assert_line(metrics, "keysnare_records_total 1099511627779");
	assert_line(metrics, "keysnare_source_behind{source=\"a\"} 6");
	assert_line(metrics, "keysnare_source_behind{source=\"b\"} 8");
	assert_line(metrics, "keysnare_last_commit_timestamp_seconds 1795342500.123");
	assert_line(metrics, "keysnare_source_heard_timestamp_seconds{source=\"a\"} 0");
	ks_metrics_clear(metrics, KS_METRIC_SOURCE_BEHIND);
	assert_true(ks_metrics_value(metrics, KS_METRIC_SOURCE_BEHIND, KS_METRICS_OF("a")) == 0);
	ks_metrics_free(metrics);
}

static void test_histogram(void **state)
{
	struct ks_metrics *metrics = ks_metrics_new();

	(void)state;
	ks_metrics_observe(metrics, KS_METRIC_NOTICE_DELAY, KS_METRICS_OF("x"), 20);
	ks_metrics_observe(metrics, KS_METRIC_NOTICE_DELAY, KS_METRICS_OF("x"), 21);
	ks_metrics_observe(metrics, KS_METRIC_NOTICE_DELAY, KS_METRICS_OF("x"), -5);
	ks_metrics_observe(metrics, KS_METRIC_NOTICE_DELAY, KS_METRICS_OF("x"), INT64_C(10) * 3600 * 1000);
	assert_line(metrics, "keysnare_notice_delay_seconds_bucket{notifier=\"x\",le=\"0.001\"} 1");
	assert_line(metrics, "keysnare_notice_delay_seconds_bucket{notifier=\"x\",le=\"0.02\"} 2");
	assert_line(metrics, "keysnare_notice_delay_seconds_bucket{notifier=\"x\",le=\"0.05\"} 3");
	assert_line(metrics, "keysnare_notice_delay_seconds_bucket{notifier=\"x\",le=\"3600\"} 3");
	assert_line(metrics, "keysnare_notice_delay_seconds_bucket{notifier=\"x\",le=\"+Inf\"} 4");
	assert_line(metrics, "keysnare_notice_delay_seconds_count{notifier=\"x\"} 4");
	assert_line(metrics, "keysnare_notice_delay_seconds_sum{notifier=\"x\"} 36000.041");
	assert_true(ks_metrics_value(metrics, KS_METRIC_NOTICE_DELAY, KS_METRICS_OF("x")) == 4);
	ks_metrics_free(metrics);
}

struct label_row {
	const char *name, *value, *want;
};

static const struct label_row label_rows[] = {
	{ "plain", "s3://bucket/prefix", "s3://bucket/prefix" },
	{ "quote and backslash", "a\"b\\c", "a\\\"b\\\\c" },
	{ "new line", "a\nb", "a\\nb" },
	{ "two and three bytes", "\xC3\xA9\xE2\x82\xAC", "\xC3\xA9\xE2\x82\xAC" },
	{ "a byte that is no UTF-8", "a\xFF""b", "a?b" },
	{ "a start without an end", "a\xE2\x82", "a??" },
	{ "a start before a letter", "\xE2z", "?z" },
};

static void test_label(void **state)
{
	const struct label_row *row = *state;
	struct ks_metrics *metrics = ks_metrics_new();
	char line[200];

	ks_metrics_set(metrics, KS_METRIC_SOURCE_FAILURES, KS_METRICS_OF(row->value), 1);
	snprintf(line, sizeof(line), "keysnare_source_failures{source=\"%s\"} 1", row->want);
	assert_line(metrics, line);
	ks_metrics_free(metrics);
}

static void test_bounded(void **state)
{
	struct ks_metrics *metrics = ks_metrics_new();
	char name[300];

	(void)state;
	for (unsigned i = 0; i < KS_METRICS_SERIES + 10; i++) {
		snprintf(name, sizeof(name), "n%u", i);
		ks_metrics_add(metrics, KS_METRIC_AWS_CALLS, KS_METRICS_OF("iam", name, "ok"), 1);
	}
	assert_line(metrics, "keysnare_aws_requests_total{service=\"other\",operation=\"other\","
		"outcome=\"other\"} 10");
	assert_line(metrics, "keysnare_aws_requests_total{service=\"iam\",operation=\"n0\",outcome=\"ok\"} 1");
	memset(name, 'x', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	ks_metrics_set(metrics, KS_METRIC_SOURCE_FAILURES, KS_METRICS_OF(name), 5);
	name[200] = '\0';
	assert_true(ks_metrics_value(metrics, KS_METRIC_SOURCE_FAILURES, KS_METRICS_OF(name)) == 5);
	ks_metrics_free(metrics);
}

static void *count_much(void *arg)
{
	for (int i = 0; i < 20000; i++) {
		ks_metrics_add(arg, KS_METRIC_FINDINGS, NULL, 1);
		ks_metrics_observe(arg, KS_METRIC_COMMIT_SECONDS, NULL, i % 50);
	}
	return NULL;
}

static void test_threads(void **state)
{
	struct ks_metrics *metrics = ks_metrics_new();
	pthread_t threads[4];

	(void)state;
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, count_much, metrics), 0);
	for (size_t i = 0; i < 4; i++)
		pthread_join(threads[i], NULL);
	assert_true(ks_metrics_value(metrics, KS_METRIC_FINDINGS, NULL) == 80000);
	assert_true(ks_metrics_value(metrics, KS_METRIC_COMMIT_SECONDS, NULL) == 80000);
	ks_metrics_free(metrics);
}

static void test_nobody(void **state)
{
	struct ks_buf out;

	(void)state;
	ks_buf_init(&out, 100);
	ks_metrics_add(NULL, KS_METRIC_RECORDS, NULL, 1);
	ks_metrics_observe(NULL, KS_METRIC_COMMIT_SECONDS, NULL, 1);
	ks_metrics_clear(NULL, KS_METRIC_RECORDS);
	ks_metrics_render(NULL, &out);
	assert_int_equal(out.n, 0);
	ks_metrics_free(NULL);
	ks_buf_release(&out);
}

int main(void)
{
	struct rows rows = { .n = 0 };

	ROWS_TEST(&rows, test_counts);
	ROWS_TEST(&rows, test_histogram);
	ROWS_TABLE(&rows, test_label, label_rows);
	ROWS_TEST(&rows, test_bounded);
	ROWS_TEST(&rows, test_threads);
	ROWS_TEST(&rows, test_nobody);
	return rows_run("metrics", &rows);
}
