/* lib/sigma/decimal: exact sums, whatever the order, and where numbers end. */
#include "lib/sigma/decimal.h"

#include "tests/unit/rows.h"

/* Numbers that are added up; what the sum is, divided. */
static const struct row {
	const char *name, *numbers;
	int64_t divisor;
	const char *want;
	int sign;
} rows[] = {
	{ "nothing", "", 1, "0", 0 },
	{ "whole", "1 2 3", 1, "6", 1 },
	{ "tenths", "0.1 0.2 -0.3", 1, "0", 0 },
	{ "past 2^53", "9007199254740993 -9007199254740992", 1, "1", 1 },
	{ "large and small", "1e44 1e-36 -1e44", 1, "0", 1 },
	{ "below the last digit", "1e-37", 1, "0", 0 },
	{ "carries", "999999999 1", 1, "1000000000", 1 },
	{ "borrows", "1000000000 -1", 1, "999999999", 1 },
	{ "negative", "-0.5 -0.25", 1, "-0.75", -1 },
	{ "an average", "1 2 4", 3, "2.333333", 1 },
	{ "a negative one", "-1 0 0", 3, "-0.333333", -1 },
	{ "exponents", "1e3 25E-1 +4", 1, "1006.5", 1 },
	{ "no digits past the sixth", "0.1234567", 1, "0.123456", 1 },
	{ "all nines", "999999999999999999999999999999999999999999999", 1,
		"999999999999999999999999999999999999999999999", 1 },
};

static void test_row(void **state)
{
	const struct row *row = *state;
	struct ks_str rest = ks_str_of(row->numbers), word;
	struct ks_decimal sum = { { 0 } }, back = { { 0 } }, number;
	struct ks_buf text;

	ks_buf_init(&text, 1u << 10);
	while (rest.n > 0 && ks_str_next(&rest, ' ', &word)) {
		assert_true(ks_decimal_parse(word, &number));
		ks_decimal_add(&sum, &number, 1);
		/* Many come and go. */
		for (int i = 0; i < 1000; i++) {
			ks_decimal_add(&sum, &number, 999983);
			ks_decimal_add(&sum, &number, -999983);
		}
		ks_decimal_add(&back, &number, 1);
	}
	assert_int_equal(ks_decimal_sign(&sum), row->sign);
	assert_int_equal(ks_decimal_compare(&sum, &back), 0);
	ks_decimal_render(&sum, row->divisor, &text);
	assert_string_equal(text.p, row->want);
	ks_buf_release(&text);
}

static const struct bad_row {
	const char *name, *text;
} bad_rows[] = {
	{ "empty", "" },
	{ "a word", "much" },
	{ "hexadecimal", "0x10" },
	{ "behind it", "1 " },
	{ "too large", "1e45" },
	{ "far too large", "1e999999999999999999999" },
	{ "too long",
		"0.000000000000000000000000000000000000000000000000000000000000000000000000000000"
		"0000000000000000000000000000000000000000000000000001" },
};

static void test_bad(void **state)
{
	const struct bad_row *row = *state;
	struct ks_decimal number;

	assert_false(ks_decimal_parse(ks_str_of(row->text), &number));
}

int main(void)
{
	struct rows all = { 0 };

	ROWS_TABLE(&all, test_row, rows);
	ROWS_TABLE(&all, test_bad, bad_rows);
	return rows_run("decimal", &all);
}
