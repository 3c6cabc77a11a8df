/* The external sort against qsort, in memory and spilled. */
#include "lib/base/sorter.h"

#include "tests/unit/fixture.h"

static const struct row {
	const char *name;
	size_t items, budget, payload;
} rows[] = {
	{ "nothing", 0, 1000, 10 },
	{ "one", 1, 1000, 10 },
	{ "all in memory", 500, 1u << 20, 40 },
	{ "a run for every item", 60, 1, 40 },
	{ "some runs", 3000, 4000, 30 },
	{ "payloads larger than the budget", 50, 1000, 5000 },
	{ "payloads larger than what is read ahead", 12, 1000, 40000 },
	{ "no payload", 400, 600, 0 },
};

static int compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void sorts(void **state)
{
	const struct row *row = *state;
	char **keys = calloc(row->items + 1, sizeof(*keys)), *payload = calloc(1, row->payload + 1);
	struct ks_str key, got;
	struct ks_err err = { 0 };
	struct ks_sorter sorter;
	struct fixture f;
	size_t n = 0;
	bool has;

	fixture_init(&f);
	ks_sorter_init(&sorter, row->budget, f.dir);
	for (size_t i = 0; i < row->items; i++) {
		keys[i] = malloc(32);
		/* The last digits make equal beginnings, and keys of several lengths. */
		fixture_random(&f, &n, sizeof(n));
		snprintf(keys[i], 32, "%0*zu", (int)(n % 7) + 1, n % 1000);
		memset(payload, keys[i][0], row->payload);
		assert_int_equal(ks_sorter_add(&sorter, ks_str_of(keys[i]), (struct ks_str){ payload, row->payload },
							 &err),
			0);
	}
	qsort(keys, row->items, sizeof(*keys), compare);
	for (size_t i = 0; i <= row->items; i++) {
		assert_int_equal(ks_sorter_next(&sorter, &key, &got, &has, &err), 0);
		assert_int_equal(has, i < row->items);
		if (!has)
			break;
		assert_true(ks_str_is(key, keys[i]));
		memset(payload, keys[i][0], row->payload);
		assert_true(ks_str_is_equal(got, (struct ks_str){ payload, row->payload }));
	}
	for (size_t i = 0; i < row->items; i++)
		free(keys[i]);
	free(keys);
	free(payload);
	ks_sorter_release(&sorter);
	fixture_release(&f);
}

static void leaves_no_file(void **state)
{
	struct ks_err err = { 0 };
	struct ks_sorter sorter;
	struct fixture f;

	(void)state;
	fixture_init(&f);
	ks_sorter_init(&sorter, 1, f.dir);
	for (int i = 0; i < 10; i++)
		assert_int_equal(ks_sorter_add(&sorter, KS_STR("key"), KS_STR("payload"), &err), 0);
	assert_true(sorter.fd >= 0);
	assert_int_equal(rmdir(f.dir), 0);
	ks_sorter_release(&sorter);
}

static void says_when_there_is_no_room(void **state)
{
	struct ks_err err = { 0 };
	struct ks_sorter sorter;
	int rc = 0;

	(void)state;
	ks_sorter_init(&sorter, 1, "/nonexistent");
	for (int i = 0; i < 3 && rc == 0; i++)
		rc = ks_sorter_add(&sorter, KS_STR("key"), KS_STR("payload"), &err);
	assert_int_equal(rc, -1);
	assert_non_null(strstr(err.message, "/nonexistent"));
	ks_sorter_release(&sorter);
}

int main(void)
{
	struct CMUnitTest tests[sizeof(rows) / sizeof(rows[0]) + 2];
	size_t n = 0;

	for (; n < sizeof(rows) / sizeof(rows[0]); n++)
		tests[n] = (struct CMUnitTest){ rows[n].name, sorts, NULL, NULL, (void *)(uintptr_t)&rows[n] };
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(leaves_no_file);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(says_when_there_is_no_room);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
