/* lib/report/timescale: where the axis is cut, and that order and room are kept. */
#include "lib/report/timescale.h"

#include "tests/unit/rows.h"

#define LEFT 100.0
#define RIGHT 900.0
#define MOST 8

struct row {
	const char *name;
	int64_t seconds[MOST]; /* up to the first negative one */
	size_t segments;
};

static const struct row rows[] = {
	{ "one event", { 5, -1 }, 1 },
	{ "the same instant", { 5, 5, 5, -1 }, 1 },
	{ "half a minute apart", { 0, 30, -1 }, 1 },
	{ "evenly", { 0, 100, 200, 300, 400, 500, 600, -1 },
		7 > KS_TIMESCALE_SEGMENTS ? KS_TIMESCALE_SEGMENTS : 7 },
	{ "evenly, and often", { 0, 10, 20, 30, 40, 50, 60, -1 }, 1 },
	{ "two bursts", { 0, 5, 9, 3000, 3003, -1 }, 2 },
	{ "out of order", { 3003, 9, 0, 3000, 5, -1 }, 2 },
	{ "two weeks of quiet", { 0, 1, 86400 * 14, -1 }, 2 },
};

static void test_scale(void **state)
{
	const struct row *row = *state;
	struct ks_timescale scale;
	int64_t times[MOST];
	double before = LEFT;
	size_t n = 0;

	for (; n < MOST && row->seconds[n] >= 0; n++)
		times[n] = row->seconds[n] * 1000;
	ks_timescale_build(times, n, LEFT, RIGHT, &scale);
	assert_int_equal(scale.n, row->segments);
	for (size_t i = 0; i < n; i++) {
		double x = ks_timescale_position(&scale, times[i]);

		assert_true(x >= before - 0.01);
		assert_true(x <= RIGHT + 0.01);
		assert_true(i == 0 || times[i] == times[i - 1] || x > before);
		before = x;
	}
	for (size_t i = 1; i < scale.n; i++)
		assert_true(scale.segments[i].x - scale.segments[i - 1].x - scale.segments[i - 1].width > 63.9);
}

int main(void)
{
	struct rows tests = { .n = 0 };

	ROWS_TABLE(&tests, test_scale, rows);
	return rows_run("timescale", &tests);
}
