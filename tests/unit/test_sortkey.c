/* lib/base/sortkey: the order of the bytes is that of the numbers and times, and they come back. */
#include "lib/base/sortkey.h"

#include "tests/unit/fixture.h"

static void keeps_the_order_of_numbers(void **state)
{
	static const uint64_t numbers[] = { 0, 1, 127, 128, 255, 256, 65535, 65536, UINT32_MAX,
		UINT64_C(1) << 63, UINT64_MAX };
	char before[8], now[8];

	(void)state;
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		ks_sortkey_put(now, numbers[i], 8);
		assert_true(ks_sortkey_read(now, 8) == numbers[i]);
		if (i > 0)
			assert_true(memcmp(before, now, sizeof(now)) < 0);
		memcpy(before, now, sizeof(now));
	}
}

static void takes_the_lowest_bytes(void **state)
{
	struct ks_buf out;

	(void)state;
	ks_buf_init(&out, 100);
	ks_sortkey_add(&out, UINT64_C(0x0102030405), 4);
	ks_sortkey_add(&out, 6, 1);
	assert_int_equal(out.n, 5);
	assert_memory_equal(out.p, "\2\3\4\5\6", 5);
	assert_true(ks_sortkey_read(out.p, 4) == 0x02030405);
	ks_buf_release(&out);
}

static void keeps_the_order_of_times(void **state)
{
	static const int64_t times[] = { INT64_MIN, -1000, -1, 0, 1, 1795000000000, INT64_MAX };

	(void)state;
	for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
		assert_true(ks_sortkey_time(ks_sortkey_of_time(times[i])) == times[i]);
		if (i > 0)
			assert_true(ks_sortkey_of_time(times[i - 1]) < ks_sortkey_of_time(times[i]));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keeps_the_order_of_numbers),
		cmocka_unit_test(takes_the_lowest_bytes),
		cmocka_unit_test(keeps_the_order_of_times),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
