/* Event ids that prove that a drill made them, and others that do not. */
#include "lib/incident/drillmark.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void test_number_comes_back(void **state)
{
	static const uint32_t numbers[] = { 0, 1, 3, 4, 0x12345678 & KS_DRILLMARK_MOST, KS_DRILLMARK_MOST };

	(void)state;
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		char id[KS_DRILLMARK_SIZE + 1];
		uint32_t drill = 99;

		ks_drillmark_make(numbers[i], UINT64_C(0x123456789abcdef0) + i, id);
		assert_int_equal(strlen(id), KS_DRILLMARK_SIZE);
		assert_true(id[14] == '4' && strchr("89ab", id[19]) != NULL);
		assert_true(ks_drillmark_read(ks_str_of(id), &drill));
		assert_int_equal(drill, numbers[i]);
	}
}

static void test_others_are_none(void **state)
{
	static const char *const ids[] = { "", "9eb1bd2a-0436-4101-a19b-86a38e8e1fad",
		"b9635918-cca2-4bee-a280-f83e81a5607b", "e-1", "------------------------------------" };
	char id[KS_DRILLMARK_SIZE + 1];
	uint32_t drill;

	(void)state;
	for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++)
		assert_false(ks_drillmark_read(ks_str_of(ids[i]), &drill));
	ks_drillmark_make(7, 42, id);
	for (size_t i = 0; i < KS_DRILLMARK_SIZE; i++) {
		char kept = id[i];

		id[i] = kept == '0' ? '1' : '0';
		assert_false(ks_drillmark_read(ks_str_of(id), &drill));
		id[i] = kept;
	}
	assert_true(ks_drillmark_read(ks_str_of(id), &drill));
	assert_false(ks_drillmark_read(ks_str_sub(ks_str_of(id), 0, 35), &drill));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_number_comes_back),
		cmocka_unit_test(test_others_are_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
