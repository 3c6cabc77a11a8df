/* lib/base/lexicon */
#include "lib/base/lexicon.h"

#include "tests/unit/rows.h"

#include <stdio.h>
#include <string.h>

static void test_once(void **state)
{
	char text[] = "eu-west-1";
	struct ks_arena arena = { NULL };
	struct ks_lexicon lexicon;
	struct ks_str first, empty;

	(void)state;
	ks_lexicon_init(&lexicon, &arena);
	first = ks_lexicon_keep(&lexicon, ks_str_of(text));
	assert_ptr_not_equal(first.p, text);
	assert_ptr_equal(ks_lexicon_keep(&lexicon, KS_STR("eu-west-1")).p, first.p);
	assert_ptr_not_equal(ks_lexicon_keep(&lexicon, KS_STR("eu-west-2")).p, first.p);
	empty = ks_lexicon_keep(&lexicon, KS_STR(""));
	assert_non_null(empty.p);
	assert_int_equal(empty.n, 0);
	assert_null(ks_lexicon_keep(&lexicon, (struct ks_str){ NULL, 0 }).p);
	memset(text, 'x', sizeof(text) - 1);
	ks_lexicon_release(&lexicon);
	assert_true(ks_str_is(first, "eu-west-1"));
	ks_arena_release(&arena);
}

/* Past the limit a text is still right, only not the same one again. */
static void test_many(void **state)
{
	struct ks_arena arena = { NULL };
	struct ks_lexicon lexicon;
	char text[16];

	(void)state;
	ks_lexicon_init(&lexicon, &arena);
	for (unsigned i = 0; i < KS_LEXICON_TEXTS + 10; i++) {
		snprintf(text, sizeof(text), "%u", i);
		assert_true(ks_str_is(ks_lexicon_keep(&lexicon, ks_str_of(text)), text));
	}
	assert_int_equal(lexicon.texts.entries.n, KS_LEXICON_TEXTS);
	assert_ptr_not_equal(ks_lexicon_keep(&lexicon, ks_str_of(text)).p,
		ks_lexicon_keep(&lexicon, ks_str_of(text)).p);
	ks_lexicon_release(&lexicon);
	ks_arena_release(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_once), cmocka_unit_test(test_many) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
