/* Statements with their values: every kind there and back. */
#include "lib/store/sql.h"

#include "lib/base/time.h"
#include "lib/store/schema.h"
#include "tests/unit/fixture.h"

static void takes_every_kind(void **state)
{
	struct ks_vec ids = KS_VEC_OF(int64_t), texts = KS_VEC_OF(struct ks_str);
	struct ks_db_query *query = NULL;
	struct ks_arena arena = { NULL };
	struct ks_err err = { 0 };
	struct fixture fixture;
	struct ks_db *db = NULL;
	int64_t number = 42;
	bool has_row = false;

	(void)state;
	fixture_init(&fixture);
	assert_int_equal(ks_schema_open(&fixture.ctx, fixture_path(&fixture, "s.db"), KS_DB_CREATE, &db, &err),
		0);
	assert_int_equal(ks_db_exec(db, "CREATE TABLE t (i BIGINT, x TEXT, b BLOB, m BIGINT, r BIGINT)", &err),
		0);
	assert_int_equal(ks_sql_run(db, "INSERT INTO t (r, m, b, x, i) VALUES ($5, $4, $3, $2, $1)",
		KS_SQL(KS_SQL_INT(7), KS_SQL_TEXT(KS_STR("a\0b")), KS_SQL_BLOB(KS_STR("\xff")),
			KS_SQL_TIME(KS_TIME_NONE), KS_SQL_REF(0)), &err), 0);
	assert_int_equal(ks_sql_run(db, "INSERT INTO t (i, x, m, r) VALUES ($1, $2, $3, $4)",
		KS_SQL(KS_SQL_INT(INT64_MIN), KS_SQL_TEXT(((struct ks_str){ NULL, 0 })), KS_SQL_TIME(0),
			KS_SQL_REF(3)), &err), 0);
	assert_int_equal(ks_sql_open(db, "SELECT i, x, b, m, r FROM t ORDER BY i DESC", KS_SQL_NONE, &query,
		&err), 0);
	assert_int_equal(ks_db_step(query, &has_row, &err), 0);
	assert_true(ks_str_is_equal(ks_sql_text(query, 1, &arena), KS_STR("a\0b")));
	assert_true(ks_str_is_equal(ks_sql_blob(query, 2, &arena), KS_STR("\xff")));
	assert_true(ks_sql_time(query, 3) == KS_TIME_NONE);
	assert_null(ks_sql_text(query, 4, &arena).p);
	assert_int_equal(ks_db_step(query, &has_row, &err), 0);
	assert_null(ks_sql_text(query, 1, &arena).p);
	assert_null(ks_sql_blob(query, 2, &arena).p);
	assert_true(ks_sql_time(query, 3) == 0);
	assert_int_equal(ks_db_column_int(query, 4), 3);
	ks_db_finish(query);
	/* No row, and NULL, leave what was there. */
	assert_int_equal(ks_sql_int(db, "SELECT i FROM t WHERE i = 8", KS_SQL_NONE, &number, &err), 0);
	assert_int_equal(ks_sql_int(db, "SELECT m FROM t WHERE i = $1", KS_SQL(KS_SQL_INT(7)), &number, &err),
		0);
	assert_int_equal(number, 42);
	assert_int_equal(ks_sql_ints(db, "SELECT i FROM t ORDER BY i", KS_SQL_NONE, &ids, &err), 0);
	assert_int_equal(ids.n, 2);
	assert_true(*KS_VEC_AT(&ids, int64_t, 0) == INT64_MIN);
	assert_int_equal(ks_sql_texts(db, "SELECT x FROM t ORDER BY i", KS_SQL_NONE,
		(struct ks_sql_into){ &arena, &texts }, &err), 0);
	assert_null(KS_VEC_AT(&texts, struct ks_str, 0)->p);
	assert_int_equal(ks_sql_run(db, "INSERT INTO nowhere VALUES (1)", KS_SQL_NONE, &err), -1);
	assert_int_equal(err.code, KS_ERR_STATE);
	ks_vec_release(&ids);
	ks_vec_release(&texts);
	ks_arena_release(&arena);
	ks_db_close(db);
	fixture_release(&fixture);
}

struct pair {
	int64_t i;
	struct ks_str x;
};

static void read_pair(struct ks_db_query *query, struct ks_arena *arena, void *out)
{
	*(struct pair *)out = (struct pair){ ks_db_column_int(query, 0), ks_sql_text(query, 1, arena) };
}

static void reads_rows_as_structs(void **state)
{
	struct ks_vec pairs = KS_VEC_OF(struct pair);
	struct pair pair = { 42, KS_STR("as it was") };
	struct ks_arena arena = { NULL };
	struct ks_err err = { 0 };
	struct fixture fixture;
	struct ks_db *db = NULL;
	bool is_found = true;

	(void)state;
	fixture_init(&fixture);
	assert_int_equal(ks_schema_open(&fixture.ctx, fixture_path(&fixture, "s.db"), KS_DB_CREATE, &db, &err),
		0);
	assert_int_equal(ks_db_exec(db, "CREATE TABLE t (i BIGINT, x TEXT); INSERT INTO t VALUES (1, 'one'), "
		"(2, 'two')", &err), 0);
	assert_int_equal(ks_sql_row(db, "SELECT i, x FROM t WHERE i = $1", KS_SQL(KS_SQL_INT(3)),
		&(struct ks_sql_reader){ read_pair, &arena, &pair }, &is_found, &err), 0);
	assert_false(is_found);
	assert_int_equal(pair.i, 42);
	assert_int_equal(ks_sql_row(db, "SELECT i, x FROM t WHERE i = $1", KS_SQL(KS_SQL_INT(2)),
		&(struct ks_sql_reader){ read_pair, &arena, &pair }, &is_found, &err), 0);
	assert_true(is_found && pair.i == 2 && ks_str_is(pair.x, "two"));
	assert_int_equal(ks_sql_rows(db, "SELECT i, x FROM t ORDER BY i", KS_SQL_NONE,
		&(struct ks_sql_reader){ read_pair, &arena, &pairs }, &err), 0);
	assert_int_equal(pairs.n, 2);
	assert_true(ks_str_is(KS_VEC_AT(&pairs, struct pair, 1)->x, "two"));
	/* A failure leaves what there was. */
	is_found = true;
	assert_int_equal(ks_sql_row(db, "SELECT i FROM nowhere", KS_SQL_NONE,
		&(struct ks_sql_reader){ read_pair, &arena, &pair }, &is_found, &err), -1);
	assert_true(is_found);
	ks_vec_release(&pairs);
	ks_arena_release(&arena);
	ks_db_close(db);
	fixture_release(&fixture);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(takes_every_kind),
		cmocka_unit_test(reads_rows_as_structs) };

	return cmocka_run_group_tests_name("sql", tests, NULL, NULL);
}
