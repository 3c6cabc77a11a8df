/* lib/sigma/meter: the measure of every type, while hits come and go. */
#include "lib/sigma/meter.h"

#include "tests/unit/rows.h"

#include <string.h>

#define MOST 16

/* Hits "part=value", each at the next instant, or with "&" at the same; "-" drops the oldest. since: where
 * the window begins, counted in instants. */
static const struct row {
	const char *name;
	enum ks_correlation_type type;
	unsigned percentile;
	const char *hits;
	int64_t since;
	const char *want;
} rows[] = {
	{ "events", KS_CORRELATION_EVENT_COUNT, 0, "0= 1= 0=", 0, "3" },
	{ "findings", KS_CORRELATION_EVENT_COUNT, 0, "0=f 0=f 1= 0=g", 0, "3" },
	{ "one left", KS_CORRELATION_EVENT_COUNT, 0, "0= 0= - -", 0, "0" },
	{ "values", KS_CORRELATION_VALUE_COUNT, 0, "0=a 0=b 0=a", 0, "2" },
	{ "a value stays", KS_CORRELATION_VALUE_COUNT, 0, "0=a 0=b 0=a - -", 0, "1" },
	{ "rules", KS_CORRELATION_TEMPORAL, 0, "2= 0= 2=", 0, "2" },
	{ "in order", KS_CORRELATION_TEMPORAL_ORDERED, 0, "0= 1= 2=", 0, "3" },
	{ "the other way round", KS_CORRELATION_TEMPORAL_ORDERED, 0, "2= 1= 0=", 0, "1" },
	{ "one out of order spoils nothing", KS_CORRELATION_TEMPORAL_ORDERED, 0, "0= 2= 1=", 0, "2" },
	{ "one left out", KS_CORRELATION_TEMPORAL_ORDERED, 0, "0= 2=", 0, "2" },
	{ "at one instant", KS_CORRELATION_TEMPORAL_ORDERED, 0, "2= &1= &0=", 0, "3" },
	{ "the latest start counts", KS_CORRELATION_TEMPORAL_ORDERED, 0, "0= 1= 0= 1= 2=", 2, "3" },
	{ "begun before the window", KS_CORRELATION_TEMPORAL_ORDERED, 0, "0= 1= 2=", 1, "2" },
	{ "a sum", KS_CORRELATION_VALUE_SUM, 0, "0=0.1 0=0.2 0=1e2", 0, "100.3" },
	{ "a sum that shrinks", KS_CORRELATION_VALUE_SUM, 0, "0=9007199254740993 0=1 -", 0, "1" },
	{ "an average", KS_CORRELATION_VALUE_AVG, 0, "0=1 0=2 0=2", 0, "1.666666" },
	{ "a median", KS_CORRELATION_VALUE_PERCENTILE, 50, "0=40 0=10 0=30 0=20", 0, "25" },
	{ "the least", KS_CORRELATION_VALUE_PERCENTILE, 0, "0=40 0=10 0=30", 0, "10" },
	{ "the most", KS_CORRELATION_VALUE_PERCENTILE, 100, "0=40 0=10 0=30", 0, "40" },
	{ "in between", KS_CORRELATION_VALUE_PERCENTILE, 25, "0=4 0=1 0=2 0=3 0=0.5", 0, "1" },
	{ "in proportion", KS_CORRELATION_VALUE_PERCENTILE, 1, "0=0 0=10", 0, "0.1" },
	{ "of those that are left", KS_CORRELATION_VALUE_PERCENTILE, 50, "0=40 0=10 0=30 -", 0, "20" },
	{ "of one", KS_CORRELATION_VALUE_PERCENTILE, 99, "0=7", 0, "7" },
};

static void test_row(void **state)
{
	const struct row *row = *state;
	const struct ks_correlation correlation = { .type = row->type,
		.percentile = row->percentile,
		.part_count = 3 };
	struct ks_str rest = ks_str_of(row->hits), word;
	struct ks_meter_hit hits[MOST];
	size_t n = 0, first = 0;
	struct ks_meter meter;
	struct ks_buf text;
	bool parts[3] = { false };
	int64_t now = -1;

	ks_meter_init(&meter, &correlation);
	ks_buf_init(&text, 1u << 10);
	while (ks_str_next(&rest, ' ', &word)) {
		bool is_same = word.p[0] == '&';

		if (word.p[0] == '-') {
			ks_meter_drop(&meter, &hits[first++]);
			continue;
		}
		if (!is_same && now >= 0)
			ks_meter_settle(&meter, now, parts);
		if (!is_same)
			memset(parts, 0, sizeof(parts));
		now += !is_same;
		word = ks_str_sub(word, is_same, word.n);
		hits[n] =
			(struct ks_meter_hit){ .part = (size_t)(word.p[0] - '0'), .value = ks_str_sub(word, 2, word.n) };
		parts[hits[n].part] = true;
		ks_meter_add(&meter, &hits[n++]);
	}
	ks_meter_settle(&meter, now, parts);
	ks_meter_render(&meter, row->since, &text);
	assert_string_equal(text.p, row->want);
	while (first < n)
		ks_meter_drop(&meter, &hits[first++]);
	assert_false(ks_meter_holds(&meter, row->since));
	ks_buf_release(&text);
	ks_meter_release(&meter);
}

/* Bounds that a double would round. */
static void test_exact(void **state)
{
	static const struct {
		enum ks_correlation_type type;
		enum ks_correlation_op op;
		const char *bound, *values[2];
		bool holds;
	} cases[] = {
		{ KS_CORRELATION_VALUE_SUM, KS_CORRELATION_EQ, "0.3", { "0.1", "0.2" }, true },
		{ KS_CORRELATION_VALUE_SUM, KS_CORRELATION_GT, "0.3", { "0.1", "0.2" }, false },
		{ KS_CORRELATION_VALUE_SUM, KS_CORRELATION_NEQ, "9007199254740992", { "9007199254740992", "1" },
			true },
		{ KS_CORRELATION_VALUE_AVG, KS_CORRELATION_GT, "9007199254740992",
			{ "9007199254740992", "9007199254740993" }, true },
		{ KS_CORRELATION_VALUE_AVG, KS_CORRELATION_LTE, "-0.05", { "-0.1", "0" }, true },
		{ KS_CORRELATION_VALUE_PERCENTILE, KS_CORRELATION_EQ, "0.15", { "0.1", "0.2" }, true },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct ks_correlation_bound bound = { .op = cases[i].op };
		const struct ks_correlation correlation = { .type = cases[i].type,
			.percentile = 50,
			.part_count = 1,
			.bounds = &bound,
			.bound_count = 1 };
		struct ks_meter_hit hits[2] = { { .part = 0 } };
		struct ks_meter meter;

		assert_true(ks_decimal_parse(ks_str_of(cases[i].bound), &bound.number));
		ks_meter_init(&meter, &correlation);
		for (size_t j = 0; j < 2; j++) {
			hits[j].value = ks_str_of(cases[i].values[j]);
			ks_meter_add(&meter, &hits[j]);
		}
		assert_int_equal(ks_meter_holds(&meter, 0), cases[i].holds);
		for (size_t j = 0; j < 2; j++)
			ks_meter_drop(&meter, &hits[j]);
		ks_meter_release(&meter);
	}
}

int main(void)
{
	struct rows all = { 0 };

	ROWS_TABLE(&all, test_row, rows);
	ROWS_TEST(&all, test_exact);
	return rows_run("meter", &all);
}
