/*
 * Tests as tables: every row of a table becomes a CMUnitTest of its own, so that a failure names the row. A
 * row type begins with "const char *name"; the test function finds its row in *state.
 */
#ifndef KS_TESTS_UNIT_ROWS_H
#define KS_TESTS_UNIT_ROWS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define ROWS_MAX 1024

struct rows {
	struct CMUnitTest tests[ROWS_MAX];
	size_t n;
};

static inline void rows_add_one(struct rows *rows, const char *name, CMUnitTestFunction test,
	const void *row)
{
	assert_true(rows->n < ROWS_MAX);
	/* cmocka hands the state on as it is; a test reads it as const. */
	rows->tests[rows->n++] = (struct CMUnitTest){ name, test, NULL, NULL, (void *)(uintptr_t)row };
}

static inline void rows_add_table(struct rows *rows, CMUnitTestFunction test, const void *table, size_t size,
	size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const char *row = (const char *)table + i * size;

		rows_add_one(rows, *(const char *const *)(const void *)row, test, row);
	}
}

/* A whole table, or a single test under its function's name. */
#define ROWS_TABLE(rows, test, table) \
	rows_add_table((rows), (test), (table), sizeof((table)[0]), sizeof(table) / sizeof((table)[0]))
#define ROWS_TEST(rows, test) rows_add_one((rows), #test, (test), NULL)

static inline int rows_run(const char *name, const struct rows *rows)
{
	return _cmocka_run_group_tests(name, rows->tests, rows->n, NULL, NULL);
}

#endif
