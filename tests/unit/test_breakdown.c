/* lib/report/breakdown: counting by a field. */
#include "lib/report/breakdown.h"

#include "lib/base/time.h"

#include "tests/unit/rows.h"

static struct ks_str region_of(const struct ks_evidence *evidence, struct ks_str *out_detail)
{
	*out_detail = evidence->source;
	return evidence->region;
}

static void rows_come_by_count_then_time_then_value(void **state)
{
	static struct ks_evidence events[] = {
		{ .region = { "b", 1 }, .time_ms = 50, .source = { "first", 5 } },
		{ .region = { "d", 1 }, .time_ms = 40 },
		{ .region = { "c", 1 }, .time_ms = 40 },
		{ .region = { "b", 1 }, .time_ms = 10, .error = { "AccessDenied", 12 }, .source = { "second", 6 } },
		{ .region = { NULL, 0 }, .time_ms = KS_TIME_NONE },
		{ .region = { "a", 1 }, .time_ms = 60 },
	};
	static const char *const order[] = { "b", "", "c", "d", "a" };
	struct ks_vec list = { .p = events, .n = 6, .cap = 6, .size = sizeof(events[0]) };
	struct ks_vec rows = KS_VEC_OF(struct ks_breakdown_row);
	struct ks_breakdown_row *first;

	(void)state;
	ks_breakdown_make(&list, (struct ks_breakdown_field){ region_of }, &rows);
	assert_int_equal(rows.n, 5);
	for (size_t i = 0; i < rows.n; i++)
		assert_true(ks_str_is(KS_VEC_AT(&rows, struct ks_breakdown_row, i)->value, order[i]));
	first = KS_VEC_AT(&rows, struct ks_breakdown_row, 0);
	assert_int_equal(first->events, 2);
	assert_int_equal(first->denied, 1);
	assert_true(first->first_ms == 10 && first->last_ms == 50);
	assert_true(ks_str_is(first->detail, "first"));
	assert_true(KS_VEC_AT(&rows, struct ks_breakdown_row, 1)->first_ms == KS_TIME_NONE);
	ks_vec_release(&rows);
}

static void no_events_make_no_rows(void **state)
{
	struct ks_vec list = KS_VEC_OF(struct ks_evidence), rows = KS_VEC_OF(struct ks_breakdown_row);

	(void)state;
	ks_breakdown_make(&list, (struct ks_breakdown_field){ region_of }, &rows);
	assert_int_equal(rows.n, 0);
	ks_vec_release(&rows);
}

int main(void)
{
	struct rows tests = { .n = 0 };

	ROWS_TEST(&tests, rows_come_by_count_then_time_then_value);
	ROWS_TEST(&tests, no_events_make_no_rows);
	return rows_run("breakdown", &tests);
}
