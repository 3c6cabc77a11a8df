/* How far a source was read. */
#include "lib/trail/checkpoint.h"

#include "lib/store/schema.h"
#include "lib/store/sql.h"
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

/* "gone…" is gone, unless everything is there. */
static bool is_gone(void *arg, struct ks_str part)
{
	return !*(const bool *)arg && ks_str_has_prefix(part, KS_STR("gone"));
}

static int64_t sweep(struct ks_db *db, int64_t now_ms, bool is_all_there)
{
	struct ks_checkpoint_sweep sweep = { now_ms, 3, is_gone, &is_all_there };
	struct ks_err err = { 0 };
	int64_t left = -1;

	/* Seven of them, three at a time. */
	for (int i = 0; i < 3; i++)
		assert_int_equal(ks_checkpoint_sweep(db, KS_STR("dir"), &sweep, &err), 0);
	assert_int_equal(ks_sql_int(db, "SELECT COUNT(*) FROM checkpoints WHERE source = 'dir'", KS_SQL_NONE,
		&left, &err), 0);
	return left;
}

static void forgets_what_is_long_gone(void **state)
{
	static const char *const parts[] = { "a", "b", "gone-1", "gone-2", "gone-3", "here", "z" };
	struct ks_err err = { 0 };
	struct fixture fixture;
	struct ks_db *db = NULL;
	const int64_t begin = FIXTURE_NOW;

	(void)state;
	fixture_init(&fixture);
	assert_int_equal(ks_schema_open(&fixture.ctx, fixture_path(&fixture, "s.db"), KS_DB_CREATE, &db, &err),
		0);
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		assert_int_equal(ks_checkpoint_put(db, KS_STR("dir"), ks_str_of(parts[i]), KS_STR("v"), &err), 0);
	assert_int_equal(ks_checkpoint_put(db, KS_STR("other"), KS_STR("gone-1"), KS_STR("v"), &err), 0);
	assert_int_equal(sweep(db, begin, false), 7);
	assert_int_equal(sweep(db, begin + KS_CHECKPOINT_GONE_MS, false), 7);
	/* It is there again, all of it or one that is read: the time begins anew. */
	assert_int_equal(sweep(db, begin + KS_CHECKPOINT_GONE_MS + 1, true), 7);
	assert_int_equal(sweep(db, begin + KS_CHECKPOINT_GONE_MS + 2, false), 7);
	assert_int_equal(ks_checkpoint_put(db, KS_STR("dir"), KS_STR("gone-2"), KS_STR("w"), &err), 0);
	assert_int_equal(sweep(db, begin + 2 * KS_CHECKPOINT_GONE_MS + 3, false), 5);
	assert_int_equal(sweep(db, begin + 4 * KS_CHECKPOINT_GONE_MS, false), 4);
	ks_db_close(db);
	fixture_release(&fixture);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(keeps_any_bytes),
		cmocka_unit_test(forgets_what_is_long_gone) };

	return cmocka_run_group_tests_name("checkpoint", tests, NULL, NULL);
}
