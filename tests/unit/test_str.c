/* lib/base/str */
#include "lib/base/str.h"

#include "tests/unit/rows.h"

#include <stdlib.h>
#include <string.h>

struct find_row {
	const char *name, *s, *needle;
	ptrdiff_t want;
};

static const struct find_row finds[] = {
	{ "find: at the start", "abcabc", "abc", 0 },
	{ "find: in the middle", "xxabc", "abc", 2 },
	{ "find: at the end", "xxab", "ab", 2 },
	{ "find: after a false start", "aaab", "aab", 1 },
	{ "find: overlapping prefix", "abababc", "ababc", 2 },
	{ "find: the whole", "abc", "abc", 0 },
	{ "find: empty needle", "abc", "", 0 },
	{ "find: empty in empty", "", "", 0 },
	{ "find: in empty", "", "a", -1 },
	{ "find: needle longer", "ab", "abc", -1 },
	{ "find: only the first byte", "aaaa", "ab", -1 },
	{ "find: last byte alone", "xxxa", "ab", -1 },
};

static void test_find(void **state)
{
	const struct find_row *row = *state;

	assert_int_equal(ks_str_find(ks_str_of(row->s), ks_str_of(row->needle)), row->want);
}

static const struct find_row finds_nocase[] = {
	{ "find, any case: as it is", "user/billing", "billing", 5 },
	{ "find, any case: large in small", "user/billing", "BILL", 5 },
	{ "find, any case: small in large", "USER/BILLING", "billing", 5 },
	{ "find, any case: mixed, behind others", "xBxbIlL", "bill", 3 },
	{ "find, any case: the rare letter last", "aaakaaKb", "aakb", 4 },
	{ "find, any case: at the end", "aZ", "az", 0 },
	{ "find, any case: cut off at the end", "aZ-bill", "billing", -1 },
	{ "find, any case: no letters", "12-34-56", "-56", 5 },
	{ "find, any case: a sign that differs by the same bit", "a[b", "a{b", -1 },
	{ "find, any case: nothing", "abc", "", 0 },
	{ "find, any case: longer", "ab", "abc", -1 },
	{ "find, any case: in nothing", "", "a", -1 },
};

static void test_find_nocase(void **state)
{
	const struct find_row *row = *state;

	assert_int_equal(ks_str_find_nocase(ks_str_of(row->s), ks_str_of(row->needle)), row->want);
}

struct int_row {
	const char *name;
	struct ks_str s;
	bool is_ok;
	int64_t want;
};

static const struct int_row ints[] = {
	{ "int: zero", { "0", 1 }, true, 0 },
	{ "int: plus", { "+7", 2 }, true, 7 },
	{ "int: minus", { "-7", 2 }, true, -7 },
	{ "int: leading zeros", { "007", 3 }, true, 7 },
	{ "int: largest", { "9223372036854775807", 19 }, true, INT64_MAX },
	{ "int: one past the largest", { "9223372036854775808", 19 }, false, 0 },
	{ "int: smallest", { "-9223372036854775808", 20 }, true, INT64_MIN },
	{ "int: one past the smallest", { "-9223372036854775809", 20 }, false, 0 },
	{ "int: ten times the largest", { "92233720368547758070", 20 }, false, 0 },
	{ "int: empty", { "", 0 }, false, 0 },
	{ "int: NULL", { NULL, 0 }, false, 0 },
	{ "int: sign alone", { "-", 1 }, false, 0 },
	{ "int: two signs", { "+-1", 3 }, false, 0 },
	{ "int: blank before", { " 1", 2 }, false, 0 },
	{ "int: blank after", { "1 ", 2 }, false, 0 },
	{ "int: fraction", { "1.0", 3 }, false, 0 },
	{ "int: hex", { "0x1", 3 }, false, 0 },
	{ "int: NUL inside", { "1\0002", 3 }, false, 0 },
	{ "int: ends where it says", { "123456", 3 }, true, 123 },
};

static void test_int(void **state)
{
	const struct int_row *row = *state;
	int64_t got = -42;

	assert_int_equal(ks_str_parse_int(row->s, &got), row->is_ok);
	assert_true(got == (row->is_ok ? row->want : -42));
}

struct pair_row {
	const char *name, *a, *b;
	bool is_equal, is_equal_nocase;
	int order;
};

static const struct pair_row pairs[] = {
	{ "pair: same", "abc", "abc", true, true, 0 },
	{ "pair: other case", "aBc", "AbC", false, true, 1 },
	{ "pair: prefix comes first", "ab", "abc", false, false, -1 },
	{ "pair: empty comes first", "", "a", false, false, -1 },
	{ "pair: empty", "", "", true, true, 0 },
	{ "pair: high bytes are unsigned", "\x80", "\x7f", false, false, 1 },
	{ "pair: @ and ` are no letters", "@", "`", false, false, -1 },
	{ "pair: [ and { are no letters", "[", "{", false, false, -1 },
	{ "pair: only ASCII folds", "\xc3\x84", "\xc3\xa4", false, false, -1 },
};

static int sign(int n)
{
	return (n > 0) - (n < 0);
}

static void test_pair(void **state)
{
	const struct pair_row *row = *state;
	struct ks_str a = ks_str_of(row->a), b = ks_str_of(row->b);

	assert_int_equal(ks_str_is_equal(a, b), row->is_equal);
	assert_int_equal(ks_str_is_equal(b, a), row->is_equal);
	assert_int_equal(ks_str_is(a, row->b), row->is_equal);
	assert_int_equal(ks_str_is(b, row->a), row->is_equal);
	assert_int_equal(ks_str_is_equal_nocase(b, a), row->is_equal_nocase);
	assert_int_equal(ks_str_is_equal_nocase(a, b), row->is_equal_nocase);
	assert_int_equal(sign(ks_str_compare(a, b)), row->order);
	assert_int_equal(sign(ks_str_compare(b, a)), -row->order);
	assert_int_equal(ks_str_hash(a) == ks_str_hash(b), row->is_equal);
	assert_int_equal(ks_str_hash_nocase(a) == ks_str_hash_nocase(b), row->is_equal_nocase);
}

struct cut_row {
	const char *name, *s, *want;   /* want: the pieces, with '|' after each */
};

static const struct cut_row cuts[] = {
	{ "next: three", "a,b,c", "a|b|c|" },
	{ "next: one", "a", "a|" },
	{ "next: empty is one piece", "", "|" },
	{ "next: empty last", "a,", "a||" },
	{ "next: empty first", ",a", "|a|" },
	{ "next: empty inside", "a,,b", "a||b|" },
	{ "next: only separators", ",,", "|||" },
};

static void test_next(void **state)
{
	const struct cut_row *row = *state;
	struct ks_str rest = ks_str_of(row->s), piece;
	char got[64] = "";

	while (ks_str_next(&rest, ',', &piece)) {
		strncat(got, piece.p, piece.n);
		strcat(got, "|");
	}
	assert_string_equal(got, row->want);
	assert_null(rest.p);
	assert_false(ks_str_next(&rest, ',', &piece));
}

static const struct cut_row trims[] = {
	{ "trim: both ends", " \t\r\na b\n ", "a b" },
	{ "trim: nothing", "ab", "ab" },
	{ "trim: only blanks", " \n ", "" },
	{ "trim: empty", "", "" },
	{ "trim: vertical tab stays", "\va\v", "\va\v" },
};

static void test_trim(void **state)
{
	const struct cut_row *row = *state;

	assert_true(ks_str_is(ks_str_trim(ks_str_of(row->s)), row->want));
}

static void test_next_of_null(void **state)
{
	struct ks_str rest = { NULL, 0 }, piece;

	(void)state;
	assert_false(ks_str_next(&rest, ',', &piece));
}

static void test_sub(void **state)
{
	struct ks_str s = KS_STR("hello");

	(void)state;
	assert_true(ks_str_is(ks_str_sub(s, 1, 3), "ell"));
	assert_true(ks_str_is(ks_str_sub(s, 3, 99), "lo"));
	assert_true(ks_str_is(ks_str_sub(s, 99, 1), ""));
	assert_true(ks_str_is(ks_str_sub(s, 2, SIZE_MAX), "llo"));
	assert_int_equal(ks_str_sub((struct ks_str){ NULL, 0 }, 1, 1).n, 0);
	assert_int_equal(ks_str_of(NULL).n, 0);
	assert_false(ks_str_is_equal(s, ks_str_sub(s, 0, 4)));
	assert_false(ks_str_is_equal(ks_str_sub(s, 0, 4), s));
}

static void test_prefix_and_suffix(void **state)
{
	(void)state;
	assert_true(ks_str_has_prefix(KS_STR("AKIAQ"), KS_STR("AKIA")));
	assert_true(ks_str_has_prefix(KS_STR("x"), KS_STR("")));
	assert_false(ks_str_has_prefix(KS_STR("AK"), KS_STR("AKIA")));
	assert_true(ks_str_has_suffix(KS_STR("a.json.gz"), KS_STR(".gz")));
	assert_false(ks_str_has_suffix(KS_STR("gz"), KS_STR(".gz")));
	assert_true(ks_str_has_suffix(KS_STR(""), KS_STR("")));
}

/* Keys that differ in the last byte must not share their low bits: tables index with them. */
static void test_hash_spreads(void **state)
{
	size_t buckets[256] = { 0 };
	char key[] = "AKIAQQQQQQQQQQQQ0000";

	(void)state;
	for (int i = 0; i < 4096; i++) {
		for (int d = 0, rest = i; d < 4; d++, rest /= 8)
			key[16 + d] = (char)('0' + rest % 8);
		buckets[ks_str_hash(ks_str_of(key)) & 255]++;
	}
	for (size_t i = 0; i < 256; i++)
		assert_in_range(buckets[i], 1, 48);
}

int main(void)
{
	struct rows rows = { 0 };

	ROWS_TABLE(&rows, test_find, finds);
	ROWS_TABLE(&rows, test_find_nocase, finds_nocase);
	ROWS_TABLE(&rows, test_int, ints);
	ROWS_TABLE(&rows, test_pair, pairs);
	ROWS_TABLE(&rows, test_next, cuts);
	ROWS_TABLE(&rows, test_trim, trims);
	ROWS_TEST(&rows, test_next_of_null);
	ROWS_TEST(&rows, test_sub);
	ROWS_TEST(&rows, test_prefix_and_suffix);
	ROWS_TEST(&rows, test_hash_spreads);
	return rows_run("str", &rows);
}
