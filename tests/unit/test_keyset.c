/* lib/trail/keyset: what was put in is found, and nothing that only nearly is. */
#include "lib/trail/keyset.h"

#include "tests/unit/rows.h"

#include <stdio.h>
#include <string.h>

#define MANY 100000u

static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/* The id of a number: all of one account, so that only the last characters differ. */
static struct ks_str id_of(uint32_t number, char out[KS_KEYSET_ID + 1])
{
	snprintf(out, KS_KEYSET_ID + 1, "%s", number % 3 == 0 ? "ASIAQYLPMN5HAAAAAAAA" : "AKIAQYLPMN5HAAAAAAAA");
	for (int i = KS_KEYSET_ID - 1; number > 0; i--, number /= 32)
		out[i] = letters[number % 32];
	return (struct ks_str){ out, KS_KEYSET_ID };
}

static void test_many(void **state)
{
	char id[KS_KEYSET_ID + 1];
	struct ks_keyset set;
	struct ks_err err;

	(void)state;
	ks_keyset_init(&set);
	for (uint32_t i = 0; i < MANY; i++) {
		assert_int_equal(ks_keyset_add(&set, id_of(i, id), i * 2 + 1, &err), 0);
		if ((i & (i - 1)) == 0)
			for (uint32_t j = 0; j <= i; j++)
				assert_int_equal(ks_keyset_find(&set, id_of(j, id)), j * 2 + 1);
	}
	assert_int_equal(set.n, MANY);
	for (uint32_t i = 0; i < MANY; i++) {
		assert_int_equal(ks_keyset_find(&set, id_of(i, id)), i * 2 + 1);
		assert_true(ks_keyset_has(&set, id));
		assert_int_equal(ks_keyset_find(&set, id_of(i + MANY, id)), -1);
		assert_false(ks_keyset_has(&set, id));
	}
	assert_true(set.has_akia);
	assert_true(set.has_asia);
	ks_keyset_release(&set);
	assert_int_equal(set.n, 0);
}

/* Every id that differs in one character, wherever. */
static void test_near_misses(void **state)
{
	char id[KS_KEYSET_ID + 1];
	struct ks_keyset set;
	struct ks_err err;

	(void)state;
	ks_keyset_init(&set);
	assert_int_equal(ks_keyset_add(&set, KS_STR("AKIAQYLPMN5HHHFPZAM2"), 7, &err), 0);
	for (size_t at = 0; at < KS_KEYSET_ID; at++) {
		for (int c = 0; c < 256; c++) {
			memcpy(id, "AKIAQYLPMN5HHHFPZAM2", sizeof(id));
			id[at] = (char)c;
			assert_int_equal(ks_keyset_has(&set, id), "AKIAQYLPMN5HHHFPZAM2"[at] == (char)c);
		}
	}
	for (size_t n = 0; n < KS_KEYSET_ID; n++)
		assert_int_equal(ks_keyset_find(&set, (struct ks_str){ "AKIAQYLPMN5HHHFPZAM2", n }), -1);
	assert_int_equal(ks_keyset_find(&set, KS_STR("AKIAQYLPMN5HHHFPZAM2A")), -1);
	assert_int_equal(ks_keyset_find(&set, KS_STR("akiaqylpmn5hhhfpzam2")), -1);
	ks_keyset_release(&set);
}

/* Ids that share the last eight characters fall on the same place of the table. */
static void test_same_tail(void **state)
{
	char id[KS_KEYSET_ID + 1];
	struct ks_keyset set;
	struct ks_err err;

	(void)state;
	ks_keyset_init(&set);
	for (uint32_t i = 0; i < 1024; i++) {
		snprintf(id, sizeof(id), "AKIAQYLPMN%c%cSAMETAIL", letters[i % 32], letters[i / 32]);
		assert_int_equal(ks_keyset_add(&set, ks_str_of(id), i, &err), 0);
	}
	for (uint32_t i = 0; i < 1024; i++) {
		snprintf(id, sizeof(id), "AKIAQYLPMN%c%cSAMETAIL", letters[i % 32], letters[i / 32]);
		assert_int_equal(ks_keyset_find(&set, ks_str_of(id)), i);
	}
	assert_int_equal(ks_keyset_find(&set, KS_STR("ASIAQYLPMNAASAMETAIL")), -1);
	ks_keyset_release(&set);
}

static void test_empty_and_twice(void **state)
{
	struct ks_keyset set;
	struct ks_err err;

	(void)state;
	ks_keyset_init(&set);
	assert_int_equal(ks_keyset_find(&set, KS_STR("AKIAQYLPMN5HHHFPZAM2")), -1);
	assert_false(ks_keyset_has(&set, "AKIAQYLPMN5HHHFPZAM2"));
	assert_int_equal(ks_keyset_add(&set, KS_STR("AKIAQYLPMN5HHHFPZAM2"), 1, &err), 0);
	assert_int_equal(ks_keyset_add(&set, KS_STR("AKIAQYLPMN5HHHFPZAM2"), 2, &err), 0);
	assert_int_equal(ks_keyset_find(&set, KS_STR("AKIAQYLPMN5HHHFPZAM2")), 1);
	assert_int_equal(set.n, 1);
	assert_true(set.has_akia);
	assert_false(set.has_asia);
	ks_keyset_release(&set);
	ks_keyset_release(&set);
	ks_keyset_release(NULL);
}

struct refused {
	const char *name, *id;
};

static void test_refused(void **state)
{
	const struct refused *row = *state;
	struct ks_keyset set;
	struct ks_err err = { 0 };

	ks_keyset_init(&set);
	assert_int_equal(ks_keyset_add(&set, ks_str_of(row->id), 1, &err), -1);
	assert_int_equal(err.code, KS_ERR_USAGE);
	assert_int_equal(set.n, 0);
	ks_keyset_release(&set);
}

int main(void)
{
	static const struct refused refused[] = {
		{ "empty", "" },
		{ "short", "AKIAQYLPMN5HHHFPZAM" },
		{ "long", "AKIAQYLPMN5HHHFPZAM22" },
		{ "another prefix", "AIDAQYLPMN5HHHFPZAM2" },
		{ "lower case", "akiaQYLPMN5HHHFPZAM2" },
	};
	static struct rows all;

	ROWS_TEST(&all, test_many);
	ROWS_TEST(&all, test_near_misses);
	ROWS_TEST(&all, test_same_tail);
	ROWS_TEST(&all, test_empty_and_twice);
	ROWS_TABLE(&all, test_refused, refused);
	return rows_run("keyset", &all);
}
