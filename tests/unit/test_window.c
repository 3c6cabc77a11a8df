/* lib/sigma/window: which windows hold, how they join to chains, and that nothing but the set of hits
 * matters. */
#include "lib/base/buf.h"
#include "lib/base/limits.h"
#include "lib/base/time.h"
#include "lib/sigma/window.h"

#include "tests/unit/rows.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SPAN 100

#define GT(n)                                 \
	{                                         \
		.op = KS_CORRELATION_GT, .count = (n) \
	}
#define GTE(n)                                 \
	{                                          \
		.op = KS_CORRELATION_GTE, .count = (n) \
	}
#define LT(n)                                 \
	{                                         \
		.op = KS_CORRELATION_LT, .count = (n) \
	}
#define LTE(n)                                 \
	{                                          \
		.op = KS_CORRELATION_LTE, .count = (n) \
	}
#define EQ(n)                                 \
	{                                         \
		.op = KS_CORRELATION_EQ, .count = (n) \
	}
#define NEQ(n)                                 \
	{                                          \
		.op = KS_CORRELATION_NEQ, .count = (n) \
	}

/* A hit "time" or "time=value" or "time=value#identity"; hits of a table are in order. */
static const struct row {
	const char *name;
	enum ks_correlation_type type;
	struct ks_correlation_bound bounds[2];
	const char *hits;
	/* Chains: anchor(time at which it was met)last:number of hits */
	const char *want;
} rows[] = {
	{ "none", KS_CORRELATION_EVENT_COUNT, { GTE(3) }, "", "" },
	{ "too few", KS_CORRELATION_EVENT_COUNT, { GTE(3) }, "10 20", "" },
	{ "three", KS_CORRELATION_EVENT_COUNT, { GTE(3) }, "10 20 30", "10(30)30:3" },
	{ "gt", KS_CORRELATION_EVENT_COUNT, { GT(3) }, "10 20 30", "" },
	{ "exactly the timespan", KS_CORRELATION_EVENT_COUNT, { GTE(3) }, "10 20 110", "10(110)110:3" },
	{ "a millisecond more", KS_CORRELATION_EVENT_COUNT, { GTE(3) }, "10 20 111", "" },
	{ "the window slides", KS_CORRELATION_EVENT_COUNT, { GTE(3) }, "10 60 115 120", "60(120)120:3" },
	{ "a chain grows", KS_CORRELATION_EVENT_COUNT, { GTE(3) }, "10 20 30 100 110 200 210", "10(30)210:7" },
	{ "a window that does not hold in between", KS_CORRELATION_EVENT_COUNT, { GTE(3) }, "0 50 100 151 180",
		"0(100)180:5" },
	{ "windows that touch", KS_CORRELATION_EVENT_COUNT, { GTE(2) }, "0 10 110 200", "0(10)200:4" },
	{ "a gap makes two", KS_CORRELATION_EVENT_COUNT, { GTE(3) }, "1 2 3 104 105 106",
		"1(3)3:3 104(106)106:3" },
	{ "a lone hit is of no chain", KS_CORRELATION_EVENT_COUNT, { GTE(3) }, "1 2 3 150 300 301 302",
		"1(3)3:3 300(302)302:3" },
	{ "one instant", KS_CORRELATION_EVENT_COUNT, { GTE(3) }, "7=#a 7=#b 7=#c", "7(7)7:3" },
	{ "a copy is no event", KS_CORRELATION_EVENT_COUNT, { GTE(3) }, "7=#a 7=#a 7=#b", "" },
	{ "values", KS_CORRELATION_VALUE_COUNT, { GTE(3) }, "1=a 2=b 3=c", "1(3)3:3" },
	{ "the same value is one", KS_CORRELATION_VALUE_COUNT, { GTE(3) }, "1=a 2=b 3=a 4=b 5=a", "" },
	{ "all hits of the window are matched", KS_CORRELATION_VALUE_COUNT, { GTE(3) }, "1=a 2=a 3=b 4=c 5=a",
		"1(4)5:5" },
	{ "a value leaves", KS_CORRELATION_VALUE_COUNT, { GTE(3) }, "1=a 50=b 102=c", "" },
	{ "a value stays with its last hit", KS_CORRELATION_VALUE_COUNT, { GTE(3) }, "1=a 40=a 50=b 102=c",
		"40(102)102:3" },
	{ "a range is passed on the way up", KS_CORRELATION_EVENT_COUNT, { GT(1), LT(3) }, "1 2 3 4",
		"1(2)2:2" },
	{ "eq", KS_CORRELATION_EVENT_COUNT, { EQ(1) }, "1 2 300", "1(1)1:1 300(300)300:1" },
	{ "lt holds where there is one hit", KS_CORRELATION_EVENT_COUNT, { LT(2) }, "5 500",
		"5(5)5:1 500(500)500:1" },
	{ "lte and neq", KS_CORRELATION_EVENT_COUNT, { LTE(2), NEQ(1) }, "1 2 3", "1(2)2:2" },
	{ "before 1970", KS_CORRELATION_EVENT_COUNT, { GTE(2) }, "-50 50", "-50(50)50:2" },
};

struct got {
	struct ks_buf text;
	size_t opened;
	uint64_t listed;
	char last_name[64];
};

static void opened(void *arg)
{
	((struct got *)arg)->opened++;
}

static void closed(void *arg, const struct ks_window_chain *chain)
{
	struct got *got = arg;

	ks_buf_addf(&got->text, "%s%lld(%lld)%lld:%llu", got->text.n > 0 ? " " : "", (long long)chain->anchor_ms,
		(long long)chain->met_ms, (long long)chain->last_ms, (unsigned long long)chain->hits);
	got->listed += chain->name_count;
	assert_true(chain->name_count <= KS_LIMIT_MATCHED);
	snprintf(got->last_name, sizeof(got->last_name), KS_STR_FMT,
		KS_STR_ARG(chain->names[chain->name_count - 1]));
}

static struct ks_correlation make(enum ks_correlation_type type, const struct ks_correlation_bound *bounds)
{
	return (struct ks_correlation){ .type = type,
		.timespan_ms = SPAN,
		.bounds = bounds,
		.bound_count = bounds[1].count > 0 ? 2 : 1,
		.part_count = 1 };
}

static void test_row(void **state)
{
	const struct row *row = *state;
	struct ks_correlation correlation = make(row->type, row->bounds);
	struct got got = { .opened = 0 };
	struct ks_window_sink sink = { .opened = opened, .closed = closed, .arg = &got };
	struct ks_str rest = ks_str_of(row->hits), word;
	struct ks_window window;
	char name[16];

	ks_buf_init(&got.text, 4096);
	ks_window_init(&window, &correlation, &sink);
	for (int round = 0; round < 2; round++) {
		rest = ks_str_of(row->hits);
		ks_buf_clear(&got.text);
		for (int i = 0; row->hits[0] != '\0' && ks_str_next(&rest, ' ', &word); i++) {
			struct ks_str time = word, value = { NULL, 0 };
			struct ks_window_hit hit = { .name = ks_str_of(name) };

			snprintf(name, sizeof(name), "n%d", i);
			if (ks_str_find(word, KS_STR("=")) >= 0) {
				value = word;
				ks_str_next(&value, '=', &time);
			}
			hit.identity = ks_str_of(name);
			hit.value = value;
			if (value.p != NULL && ks_str_find(value, KS_STR("#")) >= 0) {
				hit.identity = value;
				ks_str_next(&hit.identity, '#', &hit.value);
			}
			assert_true(ks_str_parse_int(time, &hit.time_ms));
			ks_window_add(&window, &hit);
		}
		/* The next group begins anew. */
		ks_window_end(&window);
		assert_string_equal(ks_buf_str(&got.text).n > 0 ? got.text.p : "", row->want);
	}
	ks_window_release(&window);
	ks_buf_release(&got.text);
}

static uint32_t draw(uint32_t *seed, uint32_t below)
{
	*seed = *seed * 1664525u + 1013904223u;
	return (*seed >> 8) % below;
}

struct hit {
	int64_t time_ms;
	unsigned value, number;
};

static int compare_hits(const void *a, const void *b)
{
	const struct hit *x = a, *y = b;

	if (x->time_ms != y->time_ms)
		return x->time_ms < y->time_ms ? -1 : 1;
	return (x->number > y->number) - (x->number < y->number);
}

/* By the definition: every window that ends at a hit, looked at by itself; then joined. */
static void work_out(const struct hit *hits, size_t n, const struct ks_correlation *correlation,
	struct ks_buf *out)
{
	int64_t anchor = 0, met = 0, sure = 0;
	bool is_open = false;

	for (size_t i = 0; i <= n; i++) {
		uint64_t count = 0, chain = 0;
		bool seen[64] = { false };
		int64_t first = 0;

		for (size_t j = n; i < n && j-- > 0;) {
			if (hits[j].time_ms > hits[i].time_ms || hits[j].time_ms < hits[i].time_ms - SPAN)
				continue;
			count += correlation->type == KS_CORRELATION_EVENT_COUNT || !seen[hits[j].value];
			seen[hits[j].value] = true;
			first = hits[j].time_ms;
		}
		if (i < n && !ks_correlation_holds(correlation, count))
			continue;
		if (is_open && (i == n || hits[i].time_ms - SPAN > sure)) {
			for (size_t j = 0; j < n; j++)
				chain += hits[j].time_ms >= anchor && hits[j].time_ms <= sure;
			ks_buf_addf(out, "%s%lld(%lld)%lld:%llu", out->n > 0 ? " " : "", (long long)anchor,
				(long long)met, (long long)sure, (unsigned long long)chain);
			is_open = false;
		}
		if (i < n && !is_open) {
			is_open = true;
			anchor = first;
			met = hits[i].time_ms;
		}
		if (i < n)
			sure = hits[i].time_ms;
	}
}

static void run(const struct hit *hits, size_t n, const struct ks_correlation *correlation, struct got *got)
{
	struct ks_window_sink sink = { .opened = opened, .closed = closed, .arg = got };
	struct ks_window window;
	char name[16], value[16];

	ks_window_init(&window, correlation, &sink);
	for (size_t i = 0; i < n; i++) {
		snprintf(name, sizeof(name), "%08u", hits[i].number);
		snprintf(value, sizeof(value), "%u", hits[i].value);
		ks_window_add(&window,
			&(struct ks_window_hit){ .time_ms = hits[i].time_ms,
				.identity = ks_str_of(name),
				.value = ks_str_of(correlation->type == KS_CORRELATION_EVENT_COUNT ? "" : value),
				.name = ks_str_of(name) });
	}
	ks_window_end(&window);
	assert_int_equal(window.overflow, 0);
	ks_window_release(&window);
}

/* Random hits, duplicated and shuffled as deliveries may be, and brought into order as every caller does:
 * always what the definition says. */
static void test_property(void **state)
{
	uint32_t seed = 20261122;

	(void)state;
	for (int round = 0; round < 3000; round++) {
		const struct ks_correlation_bound bounds[2] = {
			{ .op = (enum ks_correlation_op)draw(&seed, 6), .count = 1 + draw(&seed, 6) },
			{ .op = (enum ks_correlation_op)draw(&seed, 6),
				.count = draw(&seed, 3) > 0 ? 0 : 1 + draw(&seed, 8) },
		};
		struct ks_correlation correlation = make((enum ks_correlation_type)draw(&seed, 2), bounds);
		struct got got = { .opened = 0 };
		struct hit hits[80], copies[160];
		size_t n = draw(&seed, 40), count = 0;
		uint32_t range = 1 + draw(&seed, 900);
		struct ks_buf want;

		ks_buf_init(&got.text, 1u << 16);
		ks_buf_init(&want, 1u << 16);
		for (size_t i = 0; i < n; i++)
			hits[i] = (struct hit){ draw(&seed, range), draw(&seed, 6), (unsigned)i };
		for (size_t i = 0; i < n; i++)
			for (size_t j = draw(&seed, 3) + 1; j-- > 0;)
				copies[count++] = hits[i];
		for (size_t i = count; i-- > 1;) {
			size_t j = draw(&seed, (uint32_t)i + 1);
			struct hit kept = copies[i];

			copies[i] = copies[j];
			copies[j] = kept;
		}
		qsort(hits, n, sizeof(hits[0]), compare_hits);
		qsort(copies, count, sizeof(copies[0]), compare_hits);
		work_out(hits, n, &correlation, &want);
		run(copies, count, &correlation, &got);
		assert_string_equal(got.text.n > 0 ? got.text.p : "", want.n > 0 ? want.p : "");
		ks_buf_release(&got.text);
		ks_buf_release(&want);
	}
}

/* Far more hits than a finding lists, in a window that always moves. */
static void test_long(void **state)
{
	const struct ks_correlation_bound bounds[2] = { GTE(3), GT(0) };
	struct ks_correlation correlation = make(KS_CORRELATION_VALUE_COUNT, bounds);
	size_t n = 300000;
	struct hit *hits = malloc(n * sizeof(*hits));
	struct got got = { .opened = 0 };

	(void)state;
	ks_buf_init(&got.text, 1u << 16);
	for (size_t i = 0; i < n; i++)
		hits[i] = (struct hit){ (int64_t)i, (unsigned)i, (unsigned)i };
	run(hits, n, &correlation, &got);
	assert_string_equal(got.text.p, "0(2)299999:300000");
	assert_int_equal(got.listed, KS_LIMIT_MATCHED);
	assert_string_equal(got.last_name, "00000999");
	assert_int_equal(got.opened, 1);
	free(hits);
	ks_buf_release(&got.text);
}

/* What has no room is counted, and the count stays above the bound. */
static void test_overflow(void **state)
{
	const struct ks_correlation_bound bounds[2] = { { .op = KS_CORRELATION_GTE,
		.count = KS_LIMIT_WINDOW - 1 } };
	struct ks_correlation correlation = make(KS_CORRELATION_EVENT_COUNT, bounds);
	struct got got = { .opened = 0 };
	struct ks_window_sink sink = { .closed = closed, .arg = &got };
	struct ks_window window;
	char name[16];

	(void)state;
	ks_buf_init(&got.text, 1u << 16);
	ks_window_init(&window, &correlation, &sink);
	for (unsigned i = 0; i < KS_LIMIT_WINDOW + 10; i++) {
		snprintf(name, sizeof(name), "%08u", i);
		assert_true(ks_window_add(&window,
			&(struct ks_window_hit){ .time_ms = 5, .identity = ks_str_of(name), .name = ks_str_of(name) }));
	}
	ks_window_end(&window);
	assert_int_equal(window.overflow, 10);
	assert_string_equal(got.text.p, "5(5)5:65536");
	ks_window_release(&window);
	ks_buf_release(&got.text);
}

int main(void)
{
	struct rows all = { 0 };

	ROWS_TABLE(&all, test_row, rows);
	ROWS_TEST(&all, test_property);
	ROWS_TEST(&all, test_long);
	ROWS_TEST(&all, test_overflow);
	return rows_run("window", &all);
}
