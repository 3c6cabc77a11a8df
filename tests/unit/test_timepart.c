/* lib/sigma/timepart: what the calendar says. Weeks are those that "date +%V" prints. */
#include "lib/sigma/timepart.h"

#include "tests/unit/rows.h"

struct row {
	const char *name, *text;
	int64_t minute, hour, day, week, month, year;
};

static const struct row rows[] = {
	{ "a day of the week", "2026-11-22T04:05:06Z", 5, 4, 22, 47, 11, 2026 },
	{ "the first, in the last week of the year before", "2021-01-01T00:00:00Z", 0, 0, 1, 53, 1, 2021 },
	{ "a Monday, in the first week of the next year", "2024-12-30T23:59:59Z", 59, 23, 30, 1, 12, 2024 },
	{ "leap day", "2024-02-29", 0, 0, 29, 9, 2, 2024 },
	{ "an offset", "2026-01-01T01:30:00+02:00", 30, 23, 31, 1, 12, 2025 },
	{ "before 1970", "1969-12-29T00:00:00Z", 0, 0, 29, 1, 12, 1969 },
	{ "a Sunday", "2026-01-04T12:00:00Z", 0, 12, 4, 1, 1, 2026 },
};

static void test_row(void **state)
{
	const struct row *row = *state;
	const int64_t want[] = { row->minute, row->hour, row->day, row->week, row->month, row->year };

	for (int part = KS_TIMEPART_MINUTE; part <= KS_TIMEPART_YEAR; part++) {
		int64_t got = -1, least, most;

		assert_true(ks_timepart_read((enum ks_timepart)part, ks_str_of(row->text), &got));
		assert_int_equal(got, want[part - KS_TIMEPART_MINUTE]);
		ks_timepart_range((enum ks_timepart)part, &least, &most);
		assert_in_range(got, least, most);
	}
}

static void test_no_time(void **state)
{
	int64_t got;

	(void)state;
	assert_false(ks_timepart_read(KS_TIMEPART_HOUR, KS_STR("yesterday"), &got));
	assert_false(ks_timepart_read(KS_TIMEPART_HOUR, KS_STR(""), &got));
	assert_false(ks_timepart_read(KS_TIMEPART_HOUR, KS_STR("1763784306"), &got));
}

int main(void)
{
	struct rows all = { 0 };

	ROWS_TABLE(&all, test_row, rows);
	ROWS_TEST(&all, test_no_time);
	return rows_run("timepart", &all);
}
