/* Migrations: a new store, an old reader, a newer store, and a step that is interrupted; and that the
 * indexes are those that watching needs. */
#include "lib/store/schema.h"

#include "tests/unit/crowd.h"

static void makes_a_store(void **state)
{
	struct fixture *f = *state;
	unsigned char key[KS_SCHEMA_HASH_KEY_SIZE], again[KS_SCHEMA_HASH_KEY_SIZE],
		zero[KS_SCHEMA_HASH_KEY_SIZE] = { 0 };
	struct ks_err err = { 0 };
	struct ks_db *db = NULL;
	int version = 0;

	assert_int_equal(ks_schema_open(&f->ctx, fixture_path(f, "s.db"), KS_DB_CREATE, &db, &err), 0);
	assert_int_equal(ks_db_version(db, &version, &err), 0);
	assert_int_equal(version, ks_schema_version());
	assert_int_equal(ks_schema_hash_key(db, key, &err), 0);
	assert_memory_not_equal(key, zero, sizeof(key));
	ks_db_close(db);
	assert_int_equal(ks_schema_open(&f->ctx, f->path, KS_DB_CREATE, &db, &err), 0);
	assert_int_equal(ks_schema_hash_key(db, again, &err), 0);
	assert_memory_equal(key, again, sizeof(key));
	ks_db_close(db);
	assert_int_equal(ks_schema_open(&f->ctx, fixture_path(f, "two.db"), KS_DB_CREATE, &db, &err), 0);
	assert_int_equal(ks_schema_hash_key(db, again, &err), 0);
	assert_memory_not_equal(key, again, sizeof(key));
	ks_db_close(db);
}

static void reader_brings_an_empty_store_up(void **state)
{
	struct fixture *f = *state;
	struct ks_err err = { 0 };
	struct ks_db *db = NULL;
	int version = 0;

	fixture_write(fixture_path(f, "e.db"), "", 0600);
	assert_int_equal(ks_schema_open(&f->ctx, f->path, KS_DB_READ, &db, &err), 0);
	assert_int_equal(ks_db_version(db, &version, &err), 0);
	assert_int_equal(version, ks_schema_version());
	assert_int_equal(ks_db_exec(db, "DELETE FROM decoys", &err), -1);
	ks_db_close(db);
}

static void refuses_a_newer_store(void **state)
{
	static const enum ks_db_mode modes[] = { KS_DB_READ, KS_DB_WRITE, KS_DB_CREATE };
	struct fixture *f = *state;
	struct ks_err err = { 0 };
	struct ks_db *db = NULL;

	assert_int_equal(ks_schema_open(&f->ctx, fixture_path(f, "n.db"), KS_DB_CREATE, &db, &err), 0);
	assert_int_equal(ks_db_set_version(db, ks_schema_version() + 1, &err), 0);
	ks_db_close(db);
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(ks_schema_open(&f->ctx, f->path, modes[i], &db, &err), -1);
		assert_int_equal(err.code, KS_ERR_UNSUPPORTED);
		assert_non_null(strstr(err.message, "newer keysnare"));
	}
}

static int no_random(void *arg, void *out, size_t n)
{
	(void)arg;
	(void)out;
	(void)n;
	return -1;
}

/* All of a step or nothing: the tables are gone again when the key could not be made. */
static void takes_a_step_back(void **state)
{
	struct fixture *f = *state;
	struct ks_ctx broken = f->ctx;
	struct ks_err err = { 0 };
	struct ks_db *db = NULL;

	broken.random = no_random;
	assert_int_equal(ks_schema_open(&broken, fixture_path(f, "b.db"), KS_DB_CREATE, &db, &err), -1);
	assert_int_equal(ks_schema_open(&f->ctx, f->path, KS_DB_CREATE, &db, &err), 0);
	ks_db_close(db);
}

/* A store as the first version made it, with one decoy in it. */
static void keeps_decoys_of_the_first_version(void **state)
{
	struct fixture *f = *state;
	struct ks_db_query *query = NULL;
	struct ks_err err = { 0 };
	struct ks_db *db = NULL;
	bool has_row = false;
	int version = 0;

	assert_int_equal(ks_db_open(fixture_path(f, "one.db"), KS_DB_CREATE, KS_SCHEMA_APPLICATION, &db,
		&err), 0);
	assert_int_equal(ks_db_begin(db, &err), 0);
	assert_int_equal(ks_db_exec(db, "CREATE TABLE meta (name TEXT PRIMARY KEY, value BLOB NOT NULL);"
		"CREATE TABLE decoys (id BIGINT PRIMARY KEY, name TEXT NOT NULL UNIQUE, key_id TEXT NOT NULL UNIQUE,"
		"  kind TEXT NOT NULL CHECK (kind IN ('offline', 'live')),"
		"  state TEXT NOT NULL CHECK (state IN ('planned', 'planted', 'printed', 'retired')),"
		"  account TEXT NOT NULL, user_name TEXT NOT NULL, region TEXT NOT NULL, label TEXT NOT NULL,"
		"  bait TEXT NOT NULL, placement TEXT NOT NULL,"
		"  form TEXT NOT NULL CHECK (form IN ('file', 'section', 'printed')), made_dir TEXT,"
		"  file_mode BIGINT NOT NULL, written_offset BIGINT NOT NULL, written_size BIGINT NOT NULL,"
		"  written_hash BLOB NOT NULL, secret_hash BLOB NOT NULL, smtp_hash BLOB NOT NULL,"
		"  created_ms BIGINT NOT NULL, changed_ms BIGINT NOT NULL);"
		"CREATE INDEX decoys_placement ON decoys (placement);"
		"INSERT INTO decoys VALUES (7, 'web', 'AKIA1', 'offline', 'planted', '123456789012', 'svc',"
		"  'us-east-1', '', 'dotenv', '/p', 'file', NULL, 416, 0, 9, x'01', x'02', x'03', 5, 6)", &err), 0);
	assert_int_equal(ks_db_set_version(db, 1, &err), 0);
	assert_int_equal(ks_db_commit(db, &err), 0);
	ks_db_close(db);

	assert_int_equal(ks_schema_open(&f->ctx, f->path, KS_DB_WRITE, &db, &err), 0);
	assert_int_equal(ks_db_version(db, &version, &err), 0);
	assert_int_equal(version, ks_schema_version());
	assert_int_equal(ks_db_prepare(db, "SELECT name, smtp_hash, changed_ms FROM decoys WHERE id = 7", &query,
		&err), 0);
	assert_int_equal(ks_db_step(query, &has_row, &err), 0);
	assert_true(has_row);
	assert_true(ks_str_is(ks_db_column_text(query, 0), "web"));
	assert_true(ks_str_is(ks_db_column_blob(query, 1), "\x03"));
	assert_int_equal(ks_db_column_int(query, 2), 6);
	ks_db_finish(query);
	assert_int_equal(ks_db_exec(db, "UPDATE decoys SET state = 'imported', form = 'elsewhere'", &err), 0);
	assert_int_equal(ks_db_exec(db, "UPDATE decoys SET state = 'lost'", &err), -1);
	ks_db_close(db);
}

/* The last version with hits in the order of the rules, and what keeps them apart. */
#define BY_RULE 24
#define COLUMNS "rule, part, event_identity, origin, group_key, time_ms, value, finding, put_ms"

static int64_t count(struct ks_db *db, const char *sql)
{
	struct ks_err err = { 0 };
	int64_t n = -1;

	crowd_must(ks_sql_int(db, sql, KS_SQL_NONE, &n, &err), &err);
	return n;
}

/* Hits of 600 events, as that version had them: none is lost or changed, and no event is a hit of the
 * same rule twice. */
static void keeps_hits_that_were_by_rule(void **state)
{
	struct fixture *f = *state;
	struct ks_err err = { 0 };
	struct ks_db *db = NULL;

	crowd_must(ks_schema_open(&f->ctx, fixture_path(f, "h.db"), KS_DB_CREATE, &db, &err), &err);
	crowd_must(ks_db_exec(db, "DROP TABLE hits;"
		"CREATE TABLE hits (rule TEXT NOT NULL, part TEXT NOT NULL,"
		"  event_identity TEXT NOT NULL REFERENCES events (identity), origin TEXT NOT NULL,"
		"  group_key TEXT NOT NULL, time_ms BIGINT NOT NULL, value TEXT NOT NULL,"
		"  finding TEXT, put_ms BIGINT,"
		"  PRIMARY KEY (rule, part, event_identity, origin));"
		"CREATE INDEX hits_window ON hits (rule, group_key, time_ms);"
		"CREATE INDEX hits_value ON hits (rule, group_key, part, value, time_ms);"
		"CREATE INDEX hits_event ON hits (event_identity);"
		"CREATE INDEX hits_time ON hits (time_ms);"
		"CREATE INDEX hits_origin ON hits (part, origin, time_ms) WHERE origin <> '';"
		"CREATE INDEX hits_finding ON hits (finding) WHERE finding IS NOT NULL;"
		"WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 600)"
		"  INSERT INTO events (identity, key_kind, actor, raw, where_source, where_offset, copies,"
		"    received_ms)"
		"  SELECT printf('e%03d', i * 7 % 601), 'long-term', 'key:A', x'7b7d', 't', i, 1, 5 FROM n;"
		"INSERT INTO hits SELECT 'r' || (rowid % 3), 'p' || (rowid % 2), identity,"
		"  CASE rowid % 5 WHEN 0 THEN 'g' ELSE '' END, 'g' || (rowid % 9), 1000 + rowid, 'v' || rowid,"
		"  CASE rowid % 5 WHEN 0 THEN 'f' || rowid END, CASE rowid % 4 WHEN 0 THEN rowid END FROM events;"
		"INSERT INTO hits SELECT 'r9', part, event_identity, origin, group_key, time_ms, value,"
		"  finding, put_ms FROM hits;"
		"CREATE TABLE kept AS SELECT * FROM hits", &err), &err);
	crowd_must(ks_db_set_version(db, BY_RULE, &err), &err);
	ks_db_close(db);

	crowd_must(ks_schema_open(&f->ctx, f->path, KS_DB_WRITE, &db, &err), &err);
	assert_int_equal(count(db, "SELECT COUNT(*) FROM hits"), 1200);
	assert_int_equal(count(db, "SELECT COUNT(*) FROM (SELECT " COLUMNS " FROM kept EXCEPT SELECT " COLUMNS
		" FROM hits)"), 0);
	assert_int_equal(count(db, "SELECT COUNT(*) FROM pragma_table_info('hits') WHERE pk = 1 AND "
		"name = 'event_identity'"), 1);
	assert_int_equal(count(db, "SELECT COUNT(*) FROM sqlite_master WHERE type = 'index' AND "
		"tbl_name = 'hits' AND sql IS NOT NULL"), 5);
	assert_int_equal(ks_db_exec(db, "INSERT INTO hits SELECT * FROM hits LIMIT 1", &err), -1);
	ks_db_close(db);
}

static int setup(void **state)
{
	static struct fixture f;

	fixture_init(&f);
	*state = &f;
	return 0;
}

static int teardown(void **state)
{
	fixture_release(*state);
	return 0;
}

#define ROW(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = { ROW(makes_a_store), ROW(reader_brings_an_empty_store_up),
		ROW(refuses_a_newer_store), ROW(takes_a_step_back),
		ROW(keeps_decoys_of_the_first_version), ROW(keeps_hits_that_were_by_rule) };

	struct rows rows = { .n = 0 };
	int failed = cmocka_run_group_tests(tests, NULL, NULL);

	crowd_add(&rows);
	return failed + rows_run("crowd", &rows);
}
