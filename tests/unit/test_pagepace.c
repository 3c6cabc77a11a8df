/* lib/incident/pagepace: how long a look may be followed by none. */
#include "lib/incident/pagepace.h"

#include "tests/unit/fixture.h"

/* When the next look is due behind one of this long. */
static int64_t pause_behind(int64_t took_ms)
{
	struct ks_pagepace pace = { 0 };
	int64_t ms = 0;

	ks_pagepace_looked(&pace, FIXTURE_NOW, took_ms);
	while (!ks_pagepace_is_due(&pace, FIXTURE_NOW + ms))
		ms += 100;
	return ms;
}

static void looks_at_once(void **state)
{
	const struct ks_pagepace pace = { 0 };

	(void)state;
	assert_true(ks_pagepace_is_due(&pace, FIXTURE_NOW));
}

static void pauses_in_proportion(void **state)
{
	(void)state;
	assert_int_equal(pause_behind(0), 1000);
	assert_int_equal(pause_behind(99), 1000);
	assert_int_equal(pause_behind(700), 7000);
	assert_int_equal(pause_behind(5999), 60000);
}

static void looks_when_asked(void **state)
{
	struct ks_pagepace pace = { 0 };

	(void)state;
	ks_pagepace_looked(&pace, FIXTURE_NOW, 3000);
	assert_false(ks_pagepace_is_due(&pace, FIXTURE_NOW + 100));
	ks_pagepace_hasten(&pace);
	assert_true(ks_pagepace_is_due(&pace, FIXTURE_NOW + 100));
	ks_pagepace_looked(&pace, FIXTURE_NOW + 100, 0);
	assert_false(ks_pagepace_is_due(&pace, FIXTURE_NOW + 200));
}

static void bears_a_clock_that_is_set(void **state)
{
	struct ks_pagepace pace = { 0 };

	(void)state;
	assert_int_equal(pause_behind(INT64_MAX), 60000);
	assert_int_equal(pause_behind(-3600000), 1000);
	ks_pagepace_looked(&pace, FIXTURE_NOW, 0);
	assert_true(ks_pagepace_is_due(&pace, FIXTURE_NOW - 1));
	assert_false(ks_pagepace_is_due(&pace, FIXTURE_NOW));
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(looks_at_once),
		cmocka_unit_test(pauses_in_proportion), cmocka_unit_test(looks_when_asked),
		cmocka_unit_test(bears_a_clock_that_is_set) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
