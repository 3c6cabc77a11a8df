/* lib/base/arena */
#include "lib/base/arena.h"

#include "tests/unit/rows.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void test_zeroed_and_aligned(void **state)
{
	struct ks_arena arena;

	(void)state;
	ks_arena_init(&arena);
	for (size_t n = 0; n < 3000; n += 7) {
		char *p = ks_arena_alloc(&arena, n);

		assert_non_null(p);
		assert_int_equal((uintptr_t)p % _Alignof(max_align_t), 0);
		for (size_t i = 0; i < n; i++)
			assert_int_equal(p[i], 0);
		memset(p, 0xAA, n);
	}
	ks_arena_release(&arena);
	ks_arena_release(&arena);
	ks_arena_release(NULL);
}

/* What was given out stays as it is, whatever comes later. */
static void test_nothing_moves(void **state)
{
	enum { COUNT = 20000 };
	static unsigned *given[COUNT];
	struct ks_arena arena;

	(void)state;
	ks_arena_init(&arena);
	for (unsigned i = 0; i < COUNT; i++) {
		given[i] = ks_arena_alloc(&arena, sizeof(unsigned) + i % 100);
		*given[i] = i;
	}
	for (unsigned i = 0; i < COUNT; i++)
		assert_int_equal(*given[i], i);
	ks_arena_release(&arena);
}

static void test_giant(void **state)
{
	struct ks_arena arena;
	char *p, *q;

	(void)state;
	ks_arena_init(&arena);
	p = ks_arena_alloc(&arena, 5u << 20);
	p[(5u << 20) - 1] = 'x';
	q = ks_arena_alloc(&arena, 10);
	q[0] = 'y';
	assert_int_equal(p[(5u << 20) - 1], 'x');
	ks_arena_release(&arena);
}

static void test_clear(void **state)
{
	struct ks_arena arena;

	(void)state;
	ks_arena_init(&arena);
	ks_arena_clear(&arena);
	for (int batch = 0; batch < 5; batch++) {
		for (int i = 0; i < 1000; i++) {
			char *p = ks_arena_alloc(&arena, 100);

			/* Memory of the last batch comes back zeroed. */
			assert_int_equal(p[0] | p[99], 0);
			memset(p, 'x', 100);
		}
		ks_arena_clear(&arena);
	}
	ks_arena_alloc(&arena, 5u << 20);
	ks_arena_clear(&arena);
	assert_non_null(ks_arena_alloc(&arena, 1));
	ks_arena_release(&arena);
}

static void test_strings(void **state)
{
	struct ks_arena arena;
	struct ks_str copy;

	(void)state;
	ks_arena_init(&arena);
	copy = ks_arena_copy(&arena, (struct ks_str){ "a\0b", 3 });
	assert_int_equal(copy.n, 3);
	assert_memory_equal(copy.p, "a\0b", 4);
	copy = ks_arena_copy(&arena, (struct ks_str){ NULL, 0 });
	assert_int_equal(copy.n, 0);
	assert_string_equal(copy.p, "");
	assert_string_equal(ks_arena_strdup(&arena, ks_str_sub(KS_STR("hello"), 1, 3)), "ell");
	assert_string_equal(ks_arena_printf(&arena, "%d-%s", 7, "x"), "7-x");
	assert_string_equal(ks_arena_printf(&arena, "%s", ""), "");
	ks_arena_release(&arena);
}

/* Short strings without gaps, and what is behind them is aligned again. */
static void test_pack(void **state)
{
	enum { COUNT = 20000 };
	static const char *given[COUNT];
	struct ks_arena arena;
	char text[16];

	(void)state;
	ks_arena_init(&arena);
	for (int i = 0; i < COUNT; i++) {
		snprintf(text, sizeof(text), "%d", i);
		given[i] = ks_arena_pack(&arena, ks_str_of(text));
		if (i % 1000 == 999)
			assert_int_equal((uintptr_t)ks_arena_alloc(&arena, 1) % _Alignof(max_align_t), 0);
	}
	for (int i = 0; i < COUNT; i++) {
		snprintf(text, sizeof(text), "%d", i);
		assert_string_equal(given[i], text);
	}
	assert_ptr_equal(given[3], given[2] + 2);
	assert_string_equal(ks_arena_pack(&arena, (struct ks_str){ NULL, 0 }), "");
	ks_arena_release(&arena);
}

/* What one gave out lives as long as the other. */
static void test_join(void **state)
{
	const char *first, *second, *third;
	struct ks_arena arena, from;

	(void)state;
	ks_arena_init(&arena);
	ks_arena_init(&from);
	ks_arena_join(&arena, &from);
	first = ks_arena_pack(&from, KS_STR("first"));
	ks_arena_join(&arena, &from);
	second = ks_arena_strdup(&arena, KS_STR("second"));
	for (int i = 0; i < 1000; i++)
		third = ks_arena_strdup(&from, KS_STR("third"));
	ks_arena_join(&arena, &from);
	ks_arena_release(&from);
	ks_arena_pack(&arena, KS_STR("fourth"));
	assert_string_equal(first, "first");
	assert_string_equal(second, "second");
	assert_string_equal(third, "third");
	ks_arena_release(&arena);
}

int main(void)
{
	struct rows rows = { 0 };

	ROWS_TEST(&rows, test_zeroed_and_aligned);
	ROWS_TEST(&rows, test_nothing_moves);
	ROWS_TEST(&rows, test_giant);
	ROWS_TEST(&rows, test_clear);
	ROWS_TEST(&rows, test_strings);
	ROWS_TEST(&rows, test_pack);
	ROWS_TEST(&rows, test_join);
	return rows_run("arena", &rows);
}
