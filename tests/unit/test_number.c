/* lib/sigma/number */
#include "lib/sigma/number.h"

#include "tests/unit/rows.h"

struct row {
	const char *name, *a, *b;
	int want;
};

static const struct row rows[] = {
	{ "equal", "1", "1", 0 },
	{ "trailing zeros", "1", "1.000", 0 },
	{ "leading zeros", "0001", "1", 0 },
	{ "no digit before the point", ".5", "0.5", 0 },
	{ "no digit behind the point", "5.", "5", 0 },
	{ "exponents", "10e-1", "0.01e2", 0 },
	{ "exponent with a plus", "1E+2", "100", 0 },
	{ "zeros", "0", "-0.000e7", 0 },
	{ "zero and a small one", "0", "1e-300", -1 },
	{ "less", "1", "2", -1 },
	{ "longer is more", "9", "10", -1 },
	{ "fraction", "1.09", "1.1", -1 },
	{ "prefix of the digits", "12", "123e-1", -1 },
	{ "past 2^53", "9007199254740992", "9007199254740993", -1 },
	{ "past 2^64", "99999999999999999999999999999", "99999999999999999999999999998", 1 },
	{ "negative", "-1", "1", -1 },
	{ "both negative", "-1", "-2", 1 },
	{ "negative and zero", "-1", "0", -1 },
	{ "huge exponents", "1e999999999999999999999", "2e5", 1 },
	{ "tiny exponents", "1e-999999999999999999999", "2e-5", -1 },
	{ "point among the digits", "123.456", "0.123456e3", 0 },
};

static void test_row(void **state)
{
	const struct row *row = *state;
	struct ks_number a, b;
	int got;

	assert_true(ks_number_parse(ks_str_of(row->a), &a));
	assert_true(ks_number_parse(ks_str_of(row->b), &b));
	got = ks_number_compare(&a, &b);
	assert_int_equal((got > 0) - (got < 0), row->want);
	got = ks_number_compare(&b, &a);
	assert_int_equal((got > 0) - (got < 0), -row->want);
}

static void test_no_number(void **state)
{
	static const char *const texts[] = { "", "-", ".", "+.", "1.2.3", "1e", "1e+", "e5", "1 ", " 1",
		"0x10", "1,5",
		"--1", "1e5.0", "nan", "inf" };
	struct ks_number number;

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (ks_number_parse(ks_str_of(texts[i]), &number))
			fail_msg("'%s' was taken for a number", texts[i]);
}

int main(void)
{
	struct rows all = { 0 };

	ROWS_TABLE(&all, test_row, rows);
	ROWS_TEST(&all, test_no_number);
	return rows_run("number", &all);
}
