/* lib/base/map */
#include "lib/base/map.h"

#include "tests/unit/rows.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int values[4];

static void test_empty(void **state)
{
	struct ks_map map;

	(void)state;
	ks_map_init(&map);
	assert_null(ks_map_find(&map, KS_STR("a")));
	assert_null(ks_map_find(&map, KS_STR("")));
	ks_map_release(&map);
	ks_map_release(&map);
	ks_map_release(NULL);
}

static void test_put_and_replace(void **state)
{
	struct ks_map map;

	(void)state;
	ks_map_init(&map);
	assert_null(ks_map_put(&map, KS_STR("a"), &values[0]));
	assert_null(ks_map_put(&map, KS_STR(""), &values[1]));
	assert_null(ks_map_put(&map, (struct ks_str){ "a\0b", 3 }, &values[2]));
	assert_ptr_equal(ks_map_find(&map, KS_STR("a")), &values[0]);
	assert_ptr_equal(ks_map_find(&map, (struct ks_str){ NULL, 0 }), &values[1]);
	assert_ptr_equal(ks_map_find(&map, (struct ks_str){ "a\0b", 3 }), &values[2]);
	assert_null(ks_map_find(&map, (struct ks_str){ "a\0c", 3 }));
	assert_null(ks_map_find(&map, KS_STR("A")));
	assert_ptr_equal(ks_map_put(&map, KS_STR("a"), &values[3]), &values[0]);
	assert_ptr_equal(ks_map_find(&map, KS_STR("a")), &values[3]);
	assert_int_equal(map.entries.n, 3);
	ks_map_release(&map);
}

/* The map keeps its own copy of a key. */
static void test_keys_are_copied(void **state)
{
	struct ks_map map;
	char key[] = "key";

	(void)state;
	ks_map_init(&map);
	ks_map_put(&map, ks_str_of(key), &values[0]);
	memset(key, 'x', 3);
	assert_ptr_equal(ks_map_find(&map, KS_STR("key")), &values[0]);
	assert_null(ks_map_find(&map, KS_STR("xxx")));
	ks_map_release(&map);
}

static void test_many(void **state)
{
	enum { COUNT = 100000 };
	static int numbers[COUNT];
	struct ks_map map;
	char key[32];

	(void)state;
	ks_map_init(&map);
	for (int i = 0; i < COUNT; i++) {
		snprintf(key, sizeof(key), "AKIA%d", i * 7919 % COUNT);
		numbers[i] = i;
		assert_null(ks_map_put(&map, ks_str_of(key), &numbers[i]));
	}
	assert_int_equal(map.entries.n, COUNT);
	for (int i = 0; i < COUNT; i++) {
		snprintf(key, sizeof(key), "AKIA%d", i * 7919 % COUNT);
		assert_ptr_equal(ks_map_find(&map, ks_str_of(key)), &numbers[i]);
		/* Iteration goes in order of insertion. */
		assert_ptr_equal(KS_VEC_AT(&map.entries, struct ks_map_entry, i)->value, &numbers[i]);
		snprintf(key, sizeof(key), "ASIA%d", i);
		assert_null(ks_map_find(&map, ks_str_of(key)));
	}
	ks_map_release(&map);
	assert_null(ks_map_find(&map, KS_STR("AKIA1")));
}

int main(void)
{
	struct rows rows = { 0 };

	ROWS_TEST(&rows, test_empty);
	ROWS_TEST(&rows, test_put_and_replace);
	ROWS_TEST(&rows, test_keys_are_copied);
	ROWS_TEST(&rows, test_many);
	return rows_run("map", &rows);
}
