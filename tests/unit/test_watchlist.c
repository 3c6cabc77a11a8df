/* Decoys by key id: named, unnamed, and the sessions that are learned. */
#include "lib/engine/watchlist.h"

#include "tests/unit/engine.h"

static void add(struct ks_watchlist *list, const char *id, const char *name)
{
	struct ks_err err = { 0 };

	assert_int_equal(ks_watchlist_add(list, &(struct ks_watched){ .key_id = id, .name = name,
		.placement = name != NULL ? "/srv/.env" : NULL }, &err), 0);
}

static void finds(void **state)
{
	struct ks_arena arena = { NULL };
	struct ks_watchlist list;
	struct ks_watched found;

	(void)state;
	ks_watchlist_init(&list);
	add(&list, DECOY, "web");
	add(&list, OTHER, NULL);
	assert_true(ks_watchlist_find(&list, KS_STR(DECOY), &arena, &found));
	assert_string_equal(found.name, "web");
	assert_string_equal(found.placement, "/srv/.env");
	assert_true(ks_watchlist_find(&list, KS_STR(OTHER), &arena, &found));
	assert_string_equal(found.name, OTHER);
	assert_null(found.placement);
	assert_false(ks_watchlist_find(&list, KS_STR(SESSION), &arena, &found));
	assert_false(ks_watchlist_find(&list, KS_STR(""), &arena, &found));
	ks_arena_release(&arena);
	ks_watchlist_release(&list);
}

static void keeps_the_first_name(void **state)
{
	struct ks_arena arena = { NULL };
	struct ks_watchlist list;
	struct ks_watched found;

	(void)state;
	ks_watchlist_init(&list);
	add(&list, DECOY, "web");
	add(&list, DECOY, "mail");
	assert_int_equal(list.keys.n, 1);
	assert_true(ks_watchlist_find(&list, KS_STR(DECOY), &arena, &found));
	assert_string_equal(found.name, "web");
	ks_watchlist_release(&list);
}

static void learns_sessions(void **state)
{
	struct ks_arena arena = { NULL };
	struct ks_watchlist list;
	struct ks_watched found;

	(void)state;
	ks_watchlist_init(&list);
	add(&list, DECOY, NULL);
	assert_false(ks_watchlist_learn(&list, KS_STR(SESSION), KS_STR(OTHER)));
	assert_true(ks_watchlist_learn(&list, KS_STR(SESSION), KS_STR(DECOY)));
	assert_false(ks_watchlist_learn(&list, KS_STR(SESSION), KS_STR(DECOY)));
	/* A session of a session belongs to the same decoy. */
	assert_true(ks_watchlist_learn(&list, KS_STR("ASIARTX3GSDS5JX55JEP"), KS_STR(SESSION)));
	assert_true(ks_watchlist_find(&list, KS_STR("ASIARTX3GSDS5JX55JEP"), &arena, &found));
	assert_string_equal(found.key_id, DECOY);
	ks_watchlist_release(&list);
}

static void refuses_what_is_no_id(void **state)
{
	static const char *const bad[] = { "", "AKIA", "akiartx3gsdssfj45c3o", "AIDARTX3GSDSSFJ45C3O",
		DECOY "X" };
	struct ks_watchlist list;
	struct ks_err err = { 0 };

	(void)state;
	ks_watchlist_init(&list);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(ks_watchlist_add(&list, &(struct ks_watched){ .key_id = bad[i] }, &err), -1);
		assert_int_equal(err.code, KS_ERR_USAGE);
	}
	ks_watchlist_release(&list);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds), cmocka_unit_test(keeps_the_first_name), cmocka_unit_test(learns_sessions),
		cmocka_unit_test(refuses_what_is_no_id),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
