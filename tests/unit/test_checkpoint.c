/* How far a source was read. */
#include "lib/trail/checkpoint.h"

#include "lib/store/schema.h"
#include "tests/unit/fixture.h"

static void keeps_any_bytes(void **state)
{
	struct ks_arena arena = { NULL };
	struct ks_err err = { 0 };
	struct fixture fixture;
	struct ks_db *db = NULL;
	struct ks_str value;

	(void)state;
	fixture_init(&fixture);
	assert_int_equal(ks_schema_open(&fixture.ctx, fixture_path(&fixture, "s.db"), KS_DB_CREATE, &db, &err),
		0);
	assert_int_equal(ks_checkpoint_find(db, KS_STR("dir"), KS_STR(""), &arena, &value, &err), 0);
	assert_null(value.p);
	assert_int_equal(ks_checkpoint_put(db, KS_STR("dir"), KS_STR(""), KS_STR("a\0b\xff"), &err), 0);
	assert_int_equal(ks_checkpoint_put(db, KS_STR("dir"), KS_STR("x"), (struct ks_str){ NULL, 0 }, &err), 0);
	assert_int_equal(ks_checkpoint_find(db, KS_STR("dir"), KS_STR(""), &arena, &value, &err), 0);
	assert_true(ks_str_is_equal(value, KS_STR("a\0b\xff")));
	assert_int_equal(ks_checkpoint_put(db, KS_STR("dir"), KS_STR(""), KS_STR("later"), &err), 0);
	assert_int_equal(ks_checkpoint_find(db, KS_STR("dir"), KS_STR(""), &arena, &value, &err), 0);
	assert_true(ks_str_is(value, "later"));
	assert_int_equal(ks_checkpoint_find(db, KS_STR("dir"), KS_STR("x"), &arena, &value, &err), 0);
	assert_non_null(value.p);
	assert_int_equal(value.n, 0);
	ks_db_close(db);
	ks_arena_release(&arena);
	fixture_release(&fixture);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(keeps_any_bytes) };

	return cmocka_run_group_tests_name("checkpoint", tests, NULL, NULL);
}
