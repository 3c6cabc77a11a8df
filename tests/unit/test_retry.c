/* lib/net/retry */
#include "lib/net/retry.h"

#include "tests/unit/rows.h"

#include <stdbool.h>

struct wait_row {
	const char *name;
	int64_t first, most;
	unsigned attempt;
	uint64_t random;
	int64_t after;
	int64_t want;
};

static const struct wait_row wait_rows[] = {
	{ "the first, least", 1000, 60000, 1, 0, 0, 500 },
	{ "the first, most", 1000, 60000, 1, 500, 0, 1000 },
	{ "the second, least", 1000, 60000, 2, 0, 0, 1000 },
	{ "the fourth, most", 1000, 60000, 4, 4000, 0, 8000 },
	{ "never more than the most", 1000, 60000, 40, 30000, 0, 60000 },
	{ "a great many attempts", 1000, 60000, 4000000000u, 0, 0, 30000 },
	{ "no overflow", 1, INT64_MAX, 4000, 0, 0, INT64_MAX / 2 },
	{ "what was asked for is longer", 1000, 60000, 1, 0, 90000, 90000 },
	{ "what was asked for is shorter", 1000, 60000, 4, 4000, 1, 8000 },
	{ "first above most", 5000, 1000, 1, 500, 0, 1000 },
	{ "one millisecond", 1, 1, 9, 12345, 0, 1 },
};

static void test_wait(void **state)
{
	const struct wait_row *row = *state;
	struct ks_retry retry = { row->first, row->most };

	assert_int_equal(ks_retry_wait(&retry, row->attempt, row->random, row->after), row->want);
}

/* Whatever the chance, between half and all of the exponential value; and chance makes a difference. */
static void test_bounds(void **state)
{
	const struct ks_retry retry = { 100, 1000000 };
	int64_t full = 100, before = 0;
	bool differs = false;

	(void)state;
	for (unsigned attempt = 1; attempt < 30; attempt++) {
		for (uint64_t i = 0; i < 1000; i++) {
			int64_t wait = ks_retry_wait(&retry, attempt, i * UINT64_C(0x9E3779B97F4A7C15), 0);

			assert_true(wait >= full / 2 && wait <= full);
			differs |= wait != before;
			before = wait;
		}
		full = full * 2 < 1000000 ? full * 2 : 1000000;
	}
	assert_true(differs);
}

int main(void)
{
	struct rows rows = { .n = 0 };

	ROWS_TABLE(&rows, test_wait, wait_rows);
	ROWS_TEST(&rows, test_bounds);
	return rows_run("retry", &rows);
}
