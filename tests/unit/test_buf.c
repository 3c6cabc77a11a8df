/* lib/base/buf */
#include "lib/base/buf.h"

#include "tests/unit/rows.h"

#include <stdlib.h>
#include <string.h>

static void test_empty(void **state)
{
	struct ks_buf buf;

	(void)state;
	ks_buf_init(&buf, 10);
	assert_string_equal(ks_buf_str(&buf).p, "");
	assert_int_equal(ks_buf_str(&buf).n, 0);
	ks_buf_release(&buf);
	ks_buf_release(&buf);
	ks_buf_release(NULL);
	ks_buf_wipe(NULL);
	ks_buf_wipe(&buf);
}

static void test_appends_end_in_nul(void **state)
{
	struct ks_buf buf;

	(void)state;
	ks_buf_init(&buf, 1000);
	ks_buf_adds(&buf, "ab");
	ks_buf_addc(&buf, 'c');
	ks_buf_add(&buf, (struct ks_str){ "d\0e", 3 });
	ks_buf_add(&buf, (struct ks_str){ NULL, 0 });
	ks_buf_adds(&buf, NULL);
	ks_buf_addf(&buf, "%d-%s", 42, "x");
	assert_int_equal(buf.n, 10);
	assert_memory_equal(buf.p, "abcd\0e42-x", 11);
	assert_false(buf.is_full);
	ks_buf_release(&buf);
	assert_int_equal(buf.max, 1000);
}

/* Up to the cap, not past it; and once refused, nothing more, so that no hole is left in the middle. */
static void test_cap(void **state)
{
	struct ks_buf buf;

	(void)state;
	ks_buf_init(&buf, 5);
	ks_buf_adds(&buf, "abcde");
	assert_false(buf.is_full);
	ks_buf_addc(&buf, 'f');
	assert_true(buf.is_full);
	assert_string_equal(buf.p, "abcde");
	ks_buf_clear(&buf);
	ks_buf_adds(&buf, "abcd");
	ks_buf_addf(&buf, "%s", "ef");
	ks_buf_addc(&buf, 'e');
	assert_true(buf.is_full);
	assert_string_equal(buf.p, "abcd");
	ks_buf_clear(&buf);
	assert_false(buf.is_full);
	assert_string_equal(buf.p, "");
	ks_buf_release(&buf);
}

static void test_cap_of_zero(void **state)
{
	struct ks_buf buf;

	(void)state;
	ks_buf_init(&buf, 0);
	ks_buf_adds(&buf, "");
	assert_false(buf.is_full);
	ks_buf_addc(&buf, 'a');
	assert_true(buf.is_full);
	assert_int_equal(buf.n, 0);
	ks_buf_release(&buf);
}

static void test_growth(void **state)
{
	struct ks_buf buf;

	(void)state;
	ks_buf_init(&buf, 1u << 20);
	for (unsigned i = 0; i < 1u << 20; i++)
		ks_buf_addc(&buf, (char)('a' + i % 26));
	assert_false(buf.is_full);
	assert_int_equal(buf.n, 1u << 20);
	for (unsigned i = 0; i < 1u << 20; i++)
		assert_int_equal(buf.p[i], 'a' + i % 26);
	ks_buf_addc(&buf, '!');
	assert_true(buf.is_full);
	ks_buf_release(&buf);
}

static void test_reserve(void **state)
{
	struct ks_buf buf;
	char *to;

	(void)state;
	ks_buf_init(&buf, 100);
	/* Room that nobody fills leaves an empty string behind. */
	assert_non_null(ks_buf_reserve(&buf, 10));
	assert_string_equal(ks_buf_str(&buf).p, "");
	ks_buf_adds(&buf, "ab");
	to = ks_buf_reserve(&buf, 98);
	assert_non_null(to);
	memset(to, 'x', 98);
	buf.n += 98;
	assert_null(ks_buf_reserve(&buf, 1));
	assert_true(buf.is_full);
	ks_buf_clear(&buf);
	assert_null(ks_buf_reserve(&buf, SIZE_MAX));
	ks_buf_release(&buf);
}

int main(void)
{
	struct rows rows = { 0 };

	ROWS_TEST(&rows, test_empty);
	ROWS_TEST(&rows, test_appends_end_in_nul);
	ROWS_TEST(&rows, test_cap);
	ROWS_TEST(&rows, test_cap_of_zero);
	ROWS_TEST(&rows, test_growth);
	ROWS_TEST(&rows, test_reserve);
	return rows_run("buf", &rows);
}
