/* lib/base/time */
#include "lib/base/time.h"

#include "tests/unit/rows.h"

#include <stdlib.h>

#define BAD INT64_MIN

struct parse_row {
	const char *name;   /* what is parsed */
	int64_t want;       /* milliseconds, or BAD */
};

static const struct parse_row parses[] = {
	{ "1970-01-01T00:00:00Z", 0 },
	{ "1969-12-31T23:59:59Z", -1000 },
	{ "2026-11-21T10:15:00Z", INT64_C(1795256100000) },
	{ "2026-11-21t10:15:00z", INT64_C(1795256100000) },
	{ "2026-11-21 10:15:00", INT64_C(1795256100000) },
	{ "2026-11-21T10:15Z", INT64_C(1795256100000) },
	{ "2026-11-21T10:15:00.5Z", INT64_C(1795256100500) },
	{ "2026-11-21T10:15:00.123Z", INT64_C(1795256100123) },
	{ "2026-11-21T10:15:00.123456789Z", INT64_C(1795256100123) },
	{ "2026-11-21T10:15:00.000999Z", INT64_C(1795256100000) },
	{ "2026-11-21T21:15:00+11:00", INT64_C(1795256100000) },
	{ "2026-11-21T21:15:00+1100", INT64_C(1795256100000) },
	{ "2026-11-21T21:15:00+11", INT64_C(1795256100000) },
	{ "2026-11-21T05:45:00-04:30", INT64_C(1795256100000) },
	{ "2026-11-22T00:00:00+23:59", INT64_C(1795305600000) - INT64_C(86340000) },
	{ "20131102T010628Z", INT64_C(1383354388000) },
	{ "2026-11-21", INT64_C(1795219200000) },
	{ "20261121", INT64_C(1795219200000) },
	{ "2024-02-29", INT64_C(1709164800000) },
	{ "2000-02-29", INT64_C(951782400000) },
	{ "2023-02-29", BAD },
	{ "1900-02-29", BAD },
	{ "2100-02-29", BAD },
	{ "2026-04-31", BAD },
	{ "2026-00-10", BAD },
	{ "2026-13-10", BAD },
	{ "2026-01-00", BAD },
	{ "2026-01-32", BAD },
	{ "0001-01-01", INT64_C(-62135596800000) },
	{ "9999-12-31T23:59:59.999Z", INT64_C(253402300799999) },
	{ "2016-12-31T23:59:60Z", INT64_C(1483228800000) },
	{ "2026-11-21T24:00:00Z", BAD },
	{ "2026-11-21T23:60:00Z", BAD },
	{ "2026-11-21T23:59:61Z", BAD },
	{ "2026-11-21T10:15:00.Z", BAD },
	{ "2026-11-21T10:15:00,5Z", BAD },
	{ "2026-11-21T10:15:00+24:00", BAD },
	{ "2026-11-21T10:15:00+11:60", BAD },
	{ "2026-11-21T10:15:00+11:", BAD },
	{ "2026-11-21T10:15:00+1", BAD },
	{ "2026-11-21T10:15:00ZZ", BAD },
	{ "2026-11-21T10:15:00Z ", BAD },
	{ " 2026-11-21T10:15:00Z", BAD },
	{ "2026-11-21T", BAD },
	{ "2026-11-21T10", BAD },
	{ "2026-11-21T1015Z", BAD },
	{ "2026-1121", BAD },
	{ "202611-21", BAD },
	{ "2026-11", BAD },
	{ "-026-11-21", BAD },
	{ "", BAD },
	{ "now", BAD },
};

static void test_parse(void **state)
{
	const struct parse_row *row = *state;
	int64_t got = 42;

	assert_int_equal(ks_time_parse(ks_str_of(row->name), &got), row->want != BAD);
	assert_true(got == (row->want != BAD ? row->want : 42));
}

struct user_row {
	const char *name, *text;
	bool end_of_day;
	int64_t want;       /* with a clock at 1,000,000,000,000 */
};

#define NOW INT64_C(1000000000000)
static const struct user_row users[] = {
	{ "age: seconds", "90s", false, NOW - 90000 },
	{ "age: minutes", "15m", false, NOW - 900000 },
	{ "age: hours", "24h", false, NOW - 86400000 },
	{ "age: days", "7d", false, NOW - 7 * KS_TIME_DAY },
	{ "age: weeks", "2w", false, NOW - 14 * KS_TIME_DAY },
	{ "age: none", "0s", true, NOW },
	{ "age: end of day changes nothing", "1d", true, NOW - KS_TIME_DAY },
	{ "age: negative", "-1d", false, BAD },
	{ "age: too large", "1000000000w", false, BAD },
	{ "age: past 64 bits", "99999999999999999999d", false, BAD },
	{ "age: no number", "d", false, BAD },
	{ "age: no unit", "7", false, BAD },
	{ "age: unknown unit", "7y", false, BAD },
	{ "age: fraction", "1.5h", false, BAD },
	{ "date: its first instant", "1970-01-02", false, KS_TIME_DAY },
	{ "date: its last instant", "1970-01-02", true, 2 * KS_TIME_DAY - 1 },
	{ "date: basic form, last instant", "19700102", true, 2 * KS_TIME_DAY - 1 },
	{ "time: end of day changes nothing", "1970-01-02T00:00:00Z", true, KS_TIME_DAY },
	{ "nothing", "", false, BAD },
	{ "words", "yesterday", false, BAD },
};

static void test_user(void **state)
{
	const struct user_row *row = *state;
	struct ks_err err = { 0 };
	int64_t got = 42;

	assert_int_equal(ks_time_parse_user(ks_str_of(row->text), NOW, row->end_of_day, &got, &err),
		row->want != BAD ? 0 : -1);
	assert_true(got == (row->want != BAD ? row->want : 42));
	assert_int_equal(err.code, row->want != BAD ? KS_ERR_NONE : KS_ERR_USAGE);
}

struct render_row {
	const char *name;   /* what comes out */
	int64_t ms;
};

static const struct render_row renders[] = {
	{ "1970-01-01T00:00:00Z", 0 },
	{ "1969-12-31T23:59:59.999Z", -1 },
	{ "2026-11-21T10:15:00Z", INT64_C(1795256100000) },
	{ "2026-11-21T10:15:00.007Z", INT64_C(1795256100007) },
	{ "2000-02-29T12:00:00Z", INT64_C(951825600000) },
	{ "2000-03-01T00:00:00Z", INT64_C(951868800000) },
	{ "1900-03-01T00:00:00Z", INT64_C(-2203891200000) },
	{ "0001-01-01T00:00:00Z", INT64_C(-62135596800000) },
	{ "9999-12-31T23:59:59.999Z", INT64_C(253402300799999) },
};

static void test_render(void **state)
{
	const struct render_row *row = *state;
	char text[KS_TIME_TEXT];

	assert_ptr_equal(ks_time_render(row->ms, text), text);
	assert_string_equal(text, row->name);
}

/* Every day of four centuries, and then some, there and back. */
static void test_every_day(void **state)
{
	(void)state;
	for (int64_t day = -200000; day < 200000; day++) {
		int64_t ms = day * KS_TIME_DAY + 45296789, back = 0;
		char text[KS_TIME_TEXT];

		assert_true(ks_time_parse(ks_str_of(ks_time_render(ms, text)), &back));
		assert_true(back == ms);
	}
}

/* No time at all must not overrun its text. */
static void test_extremes(void **state)
{
	char text[KS_TIME_TEXT];

	(void)state;
	ks_time_render(INT64_MIN, text);
	ks_time_render(INT64_MAX, text);
	assert_true(ks_str_of(text).n < KS_TIME_TEXT);
}

/* The form that CloudTrail writes is read at once, and other spellings of the same step by step. */
static void test_usual_form(void **state)
{
	static const char bytes[] = "00112233456789:/-T ";
	unsigned seed = 1;

	(void)state;
	for (int i = 0; i < 200000; i++) {
		char usual[] = "2026-11-21T10:15:00Z", other[] = "2026-11-21T10:15:00.000Z";
		int64_t a = BAD, b = BAD;

		for (int changes = (int)((unsigned)rand_r(&seed) % 4); changes >= 0; changes--) {
			size_t at = (unsigned)rand_r(&seed) % 19;

			usual[at] = other[at] = bytes[(unsigned)rand_r(&seed) % (sizeof(bytes) - (i % 8 == 0 ? 1 : 6))];
		}
		if (ks_time_parse(ks_str_of(usual), &a) != ks_time_parse(ks_str_of(other), &b) || a != b)
			fail_msg("'%s' and '%s'", usual, other);
	}
}

int main(void)
{
	struct rows rows = { 0 };

	ROWS_TABLE(&rows, test_parse, parses);
	ROWS_TABLE(&rows, test_user, users);
	ROWS_TABLE(&rows, test_render, renders);
	ROWS_TEST(&rows, test_every_day);
	ROWS_TEST(&rows, test_usual_form);
	ROWS_TEST(&rows, test_extremes);
	return rows_run("time", &rows);
}
