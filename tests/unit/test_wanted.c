/* lib/engine/wanted: few patterns and many, and any value at all. */
#include "lib/engine/wanted.h"

#include "tests/unit/rows.h"

#include <stdio.h>

/* "a0" to "a(n-1)", every third one as the end of a text. */
static void build(struct ks_wanted *wanted, unsigned n, bool has_any, struct ks_arena *arena)
{
	char text[20];

	ks_wanted_init(wanted);
	for (unsigned i = 0; i < n; i++) {
		const struct ks_pattern_spec spec = { .has_front = i % 3 == 0 };
		struct ks_pattern *pattern = ks_arena_alloc(arena, sizeof(*pattern));

		snprintf(text, sizeof(text), "a%u", i);
		*pattern = ks_pattern_compile(ks_str_of(text), &spec, arena);
		ks_wanted_add(wanted, pattern);
		if (has_any && i == n / 2)
			ks_wanted_add(wanted, NULL);
	}
	ks_wanted_build(wanted, arena);
}

static void test_any_of(void **state)
{
	static const unsigned sizes[] = { 1, KS_SHORTLIST_LEAST - 1, KS_SHORTLIST_LEAST, 500 };
	struct ks_wanted wanted;
	char text[20];

	(void)state;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		struct ks_arena arena = { NULL };

		build(&wanted, sizes[i], false, &arena);
		for (unsigned j = 0; j < 600; j++) {
			snprintf(text, sizeof(text), "A%u", j);
			assert_int_equal(ks_wanted_is_met(&wanted, ks_str_of(text)), j < sizes[i]);
			snprintf(text, sizeof(text), "-a%u", j);
			assert_int_equal(ks_wanted_is_met(&wanted, ks_str_of(text)), j < sizes[i] && j % 3 == 0);
		}
		ks_wanted_release(&wanted);
		build(&wanted, sizes[i], true, &arena);
		assert_true(ks_wanted_is_met(&wanted, KS_STR("other")));
		assert_true(ks_wanted_is_met(&wanted, KS_STR("")));
		ks_wanted_release(&wanted);
		ks_arena_release(&arena);
	}
	ks_wanted_init(&wanted);
	assert_false(ks_wanted_is_met(&wanted, KS_STR("a1")));
}

int main(void)
{
	struct rows rows = { 0 };

	ROWS_TEST(&rows, test_any_of);
	return rows_run("wanted", &rows);
}
