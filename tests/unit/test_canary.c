/* Account lists: the shipped one, and lines that are wrong. */
#include "lib/decoy/canary.h"

#include "tests/unit/fixture.h"

static void loads_the_shipped_lists(void **state)
{
	struct ks_canary canary;
	struct ks_err err = { 0 };

	(void)state;
	ks_canary_init(&canary);
	assert_int_equal(ks_canary_load(&canary, "policies/" KS_CANARY_FILE, &err), 0);
	assert_int_equal(canary.accounts.entries.n, 26);
	assert_string_equal(ks_canary_find(&canary, "171436882533"), "thinkst");
	assert_string_equal(ks_canary_find(&canary, "052310077262"), "thinkst");
	assert_string_equal(ks_canary_find(&canary, "982842642351"), "look-alike");
	assert_null(ks_canary_find(&canary, "123456789012"));
	assert_null(ks_canary_find(&canary, ""));
	ks_canary_release(&canary);
}

static void says_where_it_is_wrong(void **state)
{
	static const struct {
		const char *text;
		int line, column;
	} bad[] = {
		{ "12345678901 x\n", 1, 1 }, { "# fine\n\n123456789012\n", 3, 13 }, { "123456789012x y\n", 1, 13 },
		{ "1234567890123 x", 1, 13 }, { "123456789012 a\nnonsense\n", 2, 1 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct ks_canary canary;
		struct ks_err err = { 0 };

		ks_canary_init(&canary);
		assert_int_equal(ks_canary_parse(&canary, ks_str_of(bad[i].text), &err), -1);
		assert_int_equal(err.code, KS_ERR_PARSE);
		assert_int_equal(err.line, bad[i].line);
		assert_int_equal(err.column, bad[i].column);
		ks_canary_release(&canary);
	}
}

static void takes_odd_white_space(void **state)
{
	struct ks_canary canary;
	struct ks_err err = { 0 };

	(void)state;
	ks_canary_init(&canary);
	assert_int_equal(ks_canary_parse(&canary, KS_STR("\r\n  123456789012\ta list \r\n"), &err), 0);
	assert_string_equal(ks_canary_find(&canary, "123456789012"), "a list");
	assert_int_equal(ks_canary_load(&canary, "/nonexistent/list", &err), -1);
	assert_int_equal(err.code, KS_ERR_NOTFOUND);
	ks_canary_release(&canary);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(loads_the_shipped_lists),
		cmocka_unit_test(says_where_it_is_wrong), cmocka_unit_test(takes_odd_white_space) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
