/* lib/trail/backlist */
#include "lib/trail/backlist.h"

#include "tests/unit/rows.h"

#include <stdio.h>
#include <string.h>

static void add(struct ks_backlist *list, unsigned from, unsigned n)
{
	char key[24];

	for (unsigned i = from; i < from + n; i++) {
		snprintf(key, sizeof(key), "k%06u", i);
		ks_backlist_add(list, key, 10, i);
	}
}

static void expect_next(struct ks_backlist *list, const char *key, unsigned failures)
{
	const struct ks_backlist_item *item = ks_backlist_next(list);

	assert_non_null(item);
	assert_string_equal(item->key, key);
	assert_int_equal(item->failures, failures);
}

/* The latest first, since then, as far as the budget goes. */
static void looks_back(void **state)
{
	struct ks_backlist list;

	(void)state;
	ks_backlist_init(&list);
	add(&list, 0, 9);
	assert_true(ks_backlist_look(&list, 7, 20));
	expect_next(&list, "k000008", 0);
	expect_next(&list, "k000007", 0);
	assert_null(ks_backlist_next(&list));
	ks_backlist_answer(&list);
	assert_true(ks_backlist_is_busy(&list));
	ks_backlist_answer(&list);
	assert_false(ks_backlist_is_busy(&list));
	assert_false(ks_backlist_look(&list, 0, 15));
	expect_next(&list, "k000008", 0);
	assert_null(ks_backlist_next(&list));
	ks_backlist_release(&list);
}

/* After a look back, too, the oldest is forgotten. */
static void forgets_the_oldest(void **state)
{
	struct ks_backlist list;

	(void)state;
	ks_backlist_init(&list);
	add(&list, 0, KS_BACKLIST_MOST + 5);
	assert_true(ks_backlist_look(&list, KS_BACKLIST_MOST + 5, UINT64_MAX));
	add(&list, KS_BACKLIST_MOST + 5, KS_BACKLIST_MOST - 5);
	assert_int_equal(list.recent.n, KS_BACKLIST_MOST);
	assert_true(ks_backlist_look(&list, 0, UINT64_MAX));
	assert_int_equal(list.again.n, KS_BACKLIST_MOST);
	expect_next(&list, "k039999", 0);
	assert_string_equal(KS_VEC_AT(&list.again, struct ks_backlist_item, list.again.n - 1)->key, "k020000");
	ks_backlist_release(&list);
}

/* What is too much is said, and what was handed out keeps its place. */
static void wants_too_much(void **state)
{
	struct ks_backlist list;

	(void)state;
	ks_backlist_init(&list);
	add(&list, 0, KS_BACKLIST_MOST * 2 - 1);
	assert_true(ks_backlist_look(&list, 0, UINT64_MAX));
	expect_next(&list, "k039998", 0);
	assert_false(ks_backlist_look(&list, 0, UINT64_MAX));
	assert_int_equal(list.again.n, KS_BACKLIST_MOST * 2);
	expect_next(&list, "k039997", 0);
	ks_backlist_answer(&list);
	ks_backlist_answer(&list);
	assert_true(ks_backlist_want(&list, "more", 1, 1));
	assert_int_equal(list.again.n, KS_BACKLIST_MOST * 2 - 1);
	expect_next(&list, "k039996", 0);
	ks_backlist_release(&list);
}

/* One that fails is tried five times, wherever the list grows; so is each of very many. */
static void fails(void **state)
{
	struct ks_backlist list;

	(void)state;
	for (unsigned n = 1; n <= 64; n++) {
		ks_backlist_init(&list);
		add(&list, 0, n);
		assert_true(ks_backlist_look(&list, 0, UINT64_MAX));
		for (unsigned i = 1; i < n; i++) {
			assert_non_null(ks_backlist_next(&list));
			ks_backlist_answer(&list);
		}
		for (unsigned i = 0; i < KS_BACKLIST_TRIES; i++) {
			expect_next(&list, "k000000", i);
			assert_int_equal(ks_backlist_fail(&list, KS_STR("k000000")), i);
		}
		assert_false(ks_backlist_is_busy(&list));
		ks_backlist_release(&list);
	}
}

int main(void)
{
	struct rows rows = { 0 };

	ROWS_TEST(&rows, looks_back);
	ROWS_TEST(&rows, forgets_the_oldest);
	ROWS_TEST(&rows, wants_too_much);
	ROWS_TEST(&rows, fails);
	return rows_run("backlist", &rows);
}
