/* lib/engine/errand */
#include "lib/engine/errand.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static struct ks_errands errands;

static int begin(void **state)
{
	(void)state;
	ks_errand_init(&errands);
	return 0;
}

static int end(void **state)
{
	(void)state;
	ks_errand_release(&errands);
	return 0;
}

static int64_t fail_it(int64_t incident, int64_t plan, int64_t now)
{
	return ks_errand_fail(&errands, &(struct ks_errand){ .incident = incident, .plan = plan }, now)->due_ms -
		now;
}

static void waits_longer_and_longer(void **state)
{
	static const int64_t waits[] = { 5, 10, 20, 40, 80, 160, 300, 300 };

	(void)state;
	for (size_t i = 0; i < sizeof(waits) / sizeof(waits[0]); i++)
		assert_int_equal(fail_it(7, 3, 1000), waits[i] * 1000);
	assert_int_equal(ks_errand_find(&errands, 7, 3)->failures, 8);
	assert_int_equal(errands.list.n, 1);
}

static void begins_anew_when_it_was_done(void **state)
{
	(void)state;
	fail_it(7, 3, 0);
	fail_it(7, 3, 0);
	ks_errand_drop(&errands, 7, 3);
	assert_null(ks_errand_find(&errands, 7, 3));
	assert_int_equal(fail_it(7, 3, 0), KS_ERRAND_FIRST_MS);
}

static void gives_the_first_that_is_due(void **state)
{
	struct ks_errand out;

	(void)state;
	assert_int_equal(ks_errand_next_ms(&errands), INT64_MAX);
	assert_false(ks_errand_next(&errands, 0, &out));
	fail_it(7, 3, 2000);
	fail_it(8, 0, 1000);
	fail_it(9, 0, 3000);
	assert_int_equal(ks_errand_next_ms(&errands), 6000);
	assert_false(ks_errand_next(&errands, 5999, &out));
	assert_true(ks_errand_next(&errands, 6000, &out));
	assert_int_equal(out.incident, 8);
	/* An answer and a plan of one incident are two things. */
	ks_errand_drop(&errands, 7, 0);
	ks_errand_drop(&errands, 8, 0);
	assert_true(ks_errand_next(&errands, 99999, &out));
	assert_int_equal(out.plan, 3);
	assert_int_equal(errands.list.n, 2);
}

static void knows_whose_trouble_is_left(void **state)
{
	const struct ks_errand a = { .incident = 7, .plan = 3, .account = "111122223333" },
		b = { .incident = 8, .plan = 4, .account = "444455556666" }, answer = { .incident = 9 };

	(void)state;
	ks_errand_fail(&errands, &a, 0);
	ks_errand_fail(&errands, &b, 0);
	ks_errand_fail(&errands, &answer, 0);
	/* A failure that does not name the account, as of a store that cannot be read, changes nothing. */
	ks_errand_fail(&errands, &(struct ks_errand){ .incident = 8, .plan = 4 }, 0);
	ks_errand_drop(&errands, 7, 3);
	assert_false(ks_errand_has_account(&errands, "111122223333"));
	assert_true(ks_errand_has_account(&errands, "444455556666"));
	assert_true(ks_errand_has_account(&errands, ""));
	ks_errand_drop(&errands, 9, 0);
	assert_false(ks_errand_has_account(&errands, ""));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = { TEST(waits_longer_and_longer), TEST(begins_anew_when_it_was_done),
		TEST(gives_the_first_that_is_due), TEST(knows_whose_trouble_is_left) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
