/* The database: modes, values, transactions, and what is said when the file is not what it should be. */
#include "lib/store/db.h"

#include "tests/unit/fixture.h"

#include <fcntl.h>
#include <sys/wait.h>

#define APPLICATION 77

static void assert_mode(const char *path, mode_t mode)
{
	struct stat st;

	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, mode);
}

static struct ks_db *open_new(struct fixture *f, const char *name)
{
	struct ks_err err = { 0 };
	struct ks_db *db = NULL;

	assert_int_equal(ks_db_open(fixture_path(f, name), KS_DB_CREATE, APPLICATION, &db, &err), 0);
	return db;
}

static int64_t count(struct ks_db *db)
{
	struct ks_db_query *query = NULL;
	struct ks_err err = { 0 };
	bool has_row;
	int64_t n;

	assert_int_equal(ks_db_prepare(db, "SELECT COUNT(*) FROM t", &query, &err), 0);
	assert_int_equal(ks_db_step(query, &has_row, &err), 0);
	n = ks_db_column_int(query, 0);
	ks_db_finish(query);
	return n;
}

static void assert_refused(const char *path, enum ks_db_mode mode, enum ks_err_code code, const char *part)
{
	struct ks_err err = { 0 };
	struct ks_db *db = NULL;

	assert_int_equal(ks_db_open(path, mode, APPLICATION, &db, &err), -1);
	assert_null(db);
	assert_int_equal(err.code, code);
	if (strstr(err.message, part) == NULL)
		fail_msg("'%s' lacks '%s'", err.message, part);
}

static void is_private(void **state)
{
	struct fixture *f = *state;
	struct ks_err err = { 0 };
	struct ks_db *db;
	mode_t mask = umask(0);

	db = open_new(f, "a/b/store.db");
	umask(mask);
	assert_int_equal(ks_db_exec(db, "CREATE TABLE t (x BIGINT)", &err), 0);
	assert_int_equal(ks_db_set_version(db, 1, &err), 0);
	assert_mode(fixture_path(f, "a"), 0700);
	assert_mode(fixture_path(f, "a/b"), 0700);
	assert_mode(fixture_path(f, "a/b/store.db"), 0600);
	assert_mode(fixture_path(f, "a/b/store.db-wal"), 0600);
	assert_mode(fixture_path(f, "a/b/store.db-shm"), 0600);
	ks_db_close(db);
	assert_int_equal(chmod(fixture_path(f, "a/b/store.db"), 0644), 0);
	assert_int_equal(ks_db_open(f->path, KS_DB_WRITE, APPLICATION, &db, &err), 0);
	ks_db_close(db);
	assert_mode(fixture_path(f, "a/b/store.db"), 0600);
}

static void keeps_values(void **state)
{
	struct fixture *f = *state;
	struct ks_db *db = open_new(f, "v.db");
	struct ks_db_query *query = NULL;
	struct ks_err err = { 0 };
	bool has_row = false;

	assert_int_equal(ks_db_exec(db, "CREATE TABLE t (a TEXT, b BLOB, c BIGINT, d TEXT, e TEXT)", &err), 0);
	assert_int_equal(ks_db_prepare(db, "INSERT INTO t (c, a, b, d, e) VALUES ($3, $1, $2, $4, $5)",
		&query, &err), 0);
	ks_db_bind_text(query, 1, KS_STR("it's; \xc3\xa9"));
	ks_db_bind_blob(query, 2, KS_STR("\0\xff\0"));
	ks_db_bind_int(query, 3, INT64_MIN);
	ks_db_bind_text(query, 4, (struct ks_str){ NULL, 0 });
	ks_db_bind_text(query, 5, KS_STR(""));
	assert_int_equal(ks_db_run(query, &err), 0);
	assert_int_equal(ks_db_changes(db), 1);
	ks_db_finish(query);
	assert_int_equal(ks_db_prepare(db, "SELECT a, b, c, d, e FROM t", &query, &err), 0);
	assert_int_equal(ks_db_step(query, &has_row, &err), 0);
	assert_true(has_row);
	assert_true(ks_str_is(ks_db_column_text(query, 0), "it's; \xc3\xa9"));
	assert_true(ks_str_is_equal(ks_db_column_blob(query, 1), KS_STR("\0\xff\0")));
	assert_true(ks_db_column_int(query, 2) == INT64_MIN);
	assert_null(ks_db_column_text(query, 3).p);
	assert_non_null(ks_db_column_text(query, 4).p);
	assert_int_equal(ks_db_step(query, &has_row, &err), 0);
	assert_false(has_row);
	ks_db_finish(query);
	ks_db_close(db);
}

static void rejects_a_wrong_number(void **state)
{
	struct fixture *f = *state;
	struct ks_db *db = open_new(f, "n.db");
	struct ks_db_query *query = NULL;
	struct ks_err err = { 0 };

	assert_int_equal(ks_db_prepare(db, "SELECT $1", &query, &err), 0);
	ks_db_bind_int(query, 2, 1);
	assert_int_equal(ks_db_run(query, &err), -1);
	ks_db_finish(query);
	ks_db_close(db);
}

/* Compiled once; values and places of one use are nothing to the next; two uses at once keep apart. */
static void compiles_once(void **state)
{
	const char *sql = "SELECT x, $1 FROM t ORDER BY x";
	struct ks_db *db = open_new(*state, "once.db");
	struct ks_db_query *outer = NULL, *inner = NULL;
	struct ks_err err = { 0 };
	bool has_row = false;
	int64_t before;

	assert_int_equal(ks_db_exec(db, "CREATE TABLE t (x BIGINT); INSERT INTO t VALUES (1), (2), (3)",
		&err), 0);
	before = ks_db_prepared(db);
	for (int round = 0; round < 3; round++) {
		assert_int_equal(ks_db_prepare(db, sql, &outer, &err), 0);
		if (round == 0)
			ks_db_bind_text(outer, 1, KS_STR("value"));
		assert_int_equal(ks_db_step(outer, &has_row, &err), 0);
		assert_int_equal(ks_db_column_int(outer, 0), 1);
		assert_int_equal(ks_db_column_text(outer, 1).n, round == 0 ? 5 : 0);
		ks_db_finish(outer);
	}
	assert_int_equal(ks_db_prepared(db) - before, 1);
	assert_int_equal(ks_db_prepare(db, sql, &outer, &err), 0);
	assert_int_equal(ks_db_step(outer, &has_row, &err), 0);
	assert_int_equal(ks_db_prepare(db, sql, &inner, &err), 0);
	assert_ptr_not_equal(inner, outer);
	assert_int_equal(ks_db_run(inner, &err), 0);
	ks_db_finish(inner);
	assert_int_equal(ks_db_step(outer, &has_row, &err), 0);
	assert_int_equal(ks_db_column_int(outer, 0), 2);
	/* A table that changes its form meanwhile is no trouble, nor is a text that went wrong. */
	ks_db_finish(outer);
	assert_int_equal(ks_db_exec(db, "ALTER TABLE t ADD y TEXT", &err), 0);
	assert_int_equal(ks_db_prepare(db, sql, &outer, &err), 0);
	ks_db_bind_int(outer, 7, 1);
	assert_int_equal(ks_db_run(outer, &err), -1);
	ks_db_finish(outer);
	assert_int_equal(ks_db_prepare(db, sql, &outer, &err), 0);
	assert_int_equal(ks_db_run(outer, &err), 0);
	ks_db_finish(outer);
	/* More texts than are kept. */
	for (int i = 0; i < 600; i++) {
		char text[40];

		snprintf(text, sizeof(text), "SELECT %d", i % 300);
		assert_int_equal(ks_db_prepare(db, text, &outer, &err), 0);
		assert_int_equal(ks_db_step(outer, &has_row, &err), 0);
		assert_int_equal(ks_db_column_int(outer, 0), i % 300);
		ks_db_finish(outer);
	}
	ks_db_close(db);
}

static void takes_transactions_back(void **state)
{
	struct fixture *f = *state;
	struct ks_db *db = open_new(f, "t.db");
	struct ks_err err = { 0 };

	assert_int_equal(ks_db_exec(db, "CREATE TABLE t (x BIGINT UNIQUE)", &err), 0);
	assert_int_equal(ks_db_begin(db, &err), 0);
	assert_int_equal(ks_db_exec(db, "INSERT INTO t VALUES (1)", &err), 0);
	ks_db_rollback(db);
	ks_db_rollback(db);
	assert_int_equal(count(db), 0);
	assert_int_equal(ks_db_begin(db, &err), 0);
	assert_int_equal(ks_db_exec(db, "INSERT INTO t VALUES (1)", &err), 0);
	assert_int_equal(ks_db_commit(db, &err), 0);
	assert_int_equal(count(db), 1);
	assert_int_equal(ks_db_exec(db, "INSERT INTO t VALUES (1)", &err), -1);
	assert_int_equal(err.code, KS_ERR_EXISTS);
	ks_db_close(db);
}

static void checks_foreign_keys(void **state)
{
	struct fixture *f = *state;
	struct ks_db *db = open_new(f, "f.db");
	struct ks_err err = { 0 };

	assert_int_equal(ks_db_exec(db, "CREATE TABLE p (x BIGINT PRIMARY KEY); CREATE TABLE t (x BIGINT "
		"REFERENCES p (x))", &err), 0);
	assert_int_equal(ks_db_exec(db, "INSERT INTO t VALUES (1)", &err), -1);
	assert_int_equal(err.code, KS_ERR_STATE);
	ks_db_close(db);
}

static void survives_close(void **state)
{
	struct fixture *f = *state;
	struct ks_db *db = open_new(f, "c.db");
	struct ks_err err = { 0 };
	int version = -1;

	assert_int_equal(ks_db_version(db, &version, &err), 0);
	assert_int_equal(version, 0);
	assert_int_equal(ks_db_exec(db, "CREATE TABLE t (x BIGINT); INSERT INTO t VALUES (5)", &err), 0);
	assert_int_equal(ks_db_set_version(db, 3, &err), 0);
	ks_db_close(db);
	assert_int_equal(ks_db_open(f->path, KS_DB_READ, APPLICATION, &db, &err), 0);
	assert_int_equal(ks_db_version(db, &version, &err), 0);
	assert_int_equal(version, 3);
	assert_int_equal(count(db), 1);
	assert_int_equal(ks_db_exec(db, "INSERT INTO t VALUES (6)", &err), -1);
	assert_non_null(strstr(err.message, "read-only"));
	ks_db_close(db);
	assert_int_equal(access(fixture_path(f, "c.db-wal"), F_OK), -1);
}

static void says_what_is_wrong(void **state)
{
	struct fixture *f = *state;
	struct ks_db *db = open_new(f, "bad.db");
	struct ks_err err = { 0 };
	FILE *file;

	ks_db_close(db);
	assert_refused(fixture_path(f, "none.db"), KS_DB_READ, KS_ERR_NOTFOUND, "there is no store");
	assert_refused(fixture_path(f, "none.db"), KS_DB_WRITE, KS_ERR_NOTFOUND, "there is no store");
	assert_int_equal(access(f->path, F_OK), -1);
	assert_refused(f->dir, KS_DB_CREATE, KS_ERR_IO, "not a regular file");
	fixture_write(fixture_path(f, "text.db"), "just some text that is long enough to be read as a "
		"header of a file\n"
		"and then some more of it, so that there are more than one hundred bytes of it\n", 0644);
	assert_refused(f->path, KS_DB_WRITE, KS_ERR_PARSE, "not a store");

	/* Somebody else's database stays as it is. */
	assert_int_equal(ks_db_open(fixture_path(f, "other.db"), KS_DB_CREATE, APPLICATION + 1, &db, &err), 0);
	assert_int_equal(ks_db_exec(db, "CREATE TABLE t (x BIGINT)", &err), 0);
	assert_int_equal(ks_db_set_version(db, 1, &err), 0);
	ks_db_close(db);
	assert_int_equal(chmod(fixture_path(f, "other.db"), 0644), 0);
	assert_refused(f->path, KS_DB_CREATE, KS_ERR_UNSUPPORTED, "another program");
	assert_mode(f->path, 0644);

	/* A page in the middle overwritten. */
	db = open_new(f, "torn.db");
	assert_int_equal(ks_db_set_version(db, 1, &err), 0);
	assert_int_equal(ks_db_exec(db, "CREATE TABLE t (x BIGINT); INSERT INTO t VALUES (1)", &err), 0);
	ks_db_close(db);
	file = fopen(fixture_path(f, "torn.db"), "r+");
	assert_non_null(file);
	fseek(file, 4096, SEEK_SET);
	for (int i = 0; i < 4096; i++)
		fputc(0x5a, file);
	fclose(file);
	assert_int_equal(ks_db_open(f->path, KS_DB_WRITE, APPLICATION, &db, &err), 0);
	assert_int_equal(ks_db_exec(db, "SELECT * FROM t", &err), -1);
	assert_int_equal(err.code, KS_ERR_PARSE);
	assert_non_null(strstr(err.message, "damaged"));
	ks_db_close(db);
}

static void waits_and_then_says_locked(void **state)
{
	struct fixture *f = *state;
	struct ks_db *one = open_new(f, "l.db"), *two = open_new(f, "l.db");
	struct ks_err err = { 0 };

	ks_db_set_busy_timeout(two, 10);
	assert_int_equal(ks_db_begin(one, &err), 0);
	assert_int_equal(ks_db_begin(two, &err), -1);
	assert_int_equal(err.code, KS_ERR_CONFLICT);
	assert_non_null(strstr(err.message, "locked"));
	ks_db_rollback(one);
	assert_int_equal(ks_db_begin(two, &err), 0);
	ks_db_close(one);
	ks_db_close(two);
}

/* A child without root's rights, on files that it may only read. */
static void says_read_only(void **state)
{
	struct fixture *f = *state;
	struct ks_db *db = open_new(f, "r.db");
	struct ks_err err = { 0 };
	int status = -1;
	pid_t child;

	assert_int_equal(ks_db_set_version(db, 1, &err), 0);
	assert_int_equal(ks_db_exec(db, "CREATE TABLE t (x BIGINT)", &err), 0);
	ks_db_close(db);
	if (geteuid() == 0) {
		assert_int_equal(chmod(f->dir, 0755), 0);
		assert_int_equal(chmod(f->path, 0444), 0);
	} else {
		assert_int_equal(chmod(f->path, 0400), 0);
	}
	child = fork();
	if (child == 0) {
		if (geteuid() == 0 && (setgid(65534) != 0 || setuid(65534) != 0))
			_exit(2);
		if (ks_db_open(f->path, KS_DB_WRITE, APPLICATION, &db, &err) == 0)
			_exit(3);
		_exit(strstr(err.message, "read-only") != NULL || strstr(err.message,
			"directory cannot be written") != NULL || strstr(err.message, "denied") != NULL ? 0 : 4);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(WEXITSTATUS(status), 0);
}

/* A database that may not grow, which is what a full disk looks like to SQLite. */
static void says_full(void **state)
{
	struct fixture *f = *state;
	struct ks_db *db = open_new(f, "full.db");
	struct ks_err err = { 0 };

	assert_int_equal(ks_db_exec(db, "CREATE TABLE t (x BLOB); PRAGMA max_page_count=3", &err), 0);
	assert_int_equal(ks_db_exec(db, "INSERT INTO t VALUES (zeroblob(100000))", &err), -1);
	assert_int_equal(err.code, KS_ERR_FULL);
	assert_non_null(strstr(err.message, "no space left"));
	ks_db_close(db);
}

/* ---- when the disk is waited for: SQLite's own calls are counted on their way ---- */

static int syncs;

/* In place of the system's. */
int fdatasync(int fd)
{
	(void)fd;
	syncs++;
	return 0;
}

int fsync(int fd)
{
	return fdatasync(fd);
}

static void must(int rc, const struct ks_err *err)
{
	if (rc != 0)
		fail_msg("%s", err->message);
}

static struct ks_db *open_synced(struct fixture *f)
{
	struct ks_err err = { 0 };
	struct ks_db *db = NULL;

	must(ks_db_open(fixture_path(f, "s.db"), KS_DB_CREATE, APPLICATION, &db, &err), &err);
	must(ks_db_exec(db, "CREATE TABLE t (x BLOB)", &err), &err);
	must(ks_db_set_version(db, 1, &err), &err);
	return db;
}

static int insert(struct ks_db *db, bool is_light, bool is_kept)
{
	int before = syncs;
	struct ks_err err = { 0 };

	must(is_light ? ks_db_begin_light(db, &err) : ks_db_begin(db, &err), &err);
	must(ks_db_exec(db, "INSERT INTO t VALUES (1)", &err), &err);
	if (is_kept)
		must(ks_db_commit(db, &err), &err);
	else
		ks_db_rollback(db);
	return syncs - before;
}

static void a_light_commit_does_not_wait(void **state)
{
	struct ks_db *db = open_synced(*state);
	struct ks_err err = { 0 };
	int before;

	assert_int_equal(insert(db, false, true), 1);
	assert_int_equal(insert(db, true, true), 0);
	assert_int_equal(insert(db, false, true), 1);
	/* Neither does one that was taken back change what comes after it. */
	assert_int_equal(insert(db, true, false), 0);
	assert_int_equal(insert(db, false, true), 1);
	before = syncs;
	must(ks_db_sync(db, &err), &err);
	assert_int_equal(syncs - before, 1);
	must(ks_db_relax(db, &err), &err);
	assert_int_equal(insert(db, true, true), 0);
	assert_int_equal(insert(db, false, true), 0);
	ks_db_close(db);
}

/* One that could not begin has changed nothing. */
static void a_light_begin_that_fails(void **state)
{
	struct fixture *f = *state;
	struct ks_db *db = open_synced(f), *other = NULL;
	struct ks_err err = { 0 };

	must(ks_db_open(f->path, KS_DB_WRITE, APPLICATION, &other, &err), &err);
	must(ks_db_begin(other, &err), &err);
	ks_db_set_busy_timeout(db, 1);
	assert_int_equal(ks_db_begin_light(db, &err), -1);
	assert_int_equal(err.code, KS_ERR_CONFLICT);
	ks_db_rollback(other);
	ks_db_close(other);
	assert_int_equal(insert(db, false, true), 1);
	ks_db_close(db);
}

static int64_t size_of(struct fixture *f)
{
	struct stat st;

	assert_int_equal(stat(fixture_path(f, "s.db"), &st), 0);
	return st.st_size;
}

static void grow(struct ks_db *db, int pages)
{
	struct ks_err err = { 0 };
	char sql[80];

	snprintf(sql, sizeof(sql), "INSERT INTO t VALUES (zeroblob(%d))", pages * 4096);
	must(ks_db_exec(db, sql, &err), &err);
}

static void a_log_is_merged_when_there_is_time(void **state)
{
	struct fixture *f = *state;
	struct ks_db *db = open_synced(f);
	int64_t before;

	ks_db_keep_log(db);
	before = size_of(f);
	grow(db, 900);
	ks_db_tidy(db, false);
	assert_int_equal(size_of(f), before);
	grow(db, 900);
	assert_int_equal(size_of(f), before);
	ks_db_tidy(db, true);
	assert_int_equal(size_of(f), before);
	ks_db_tidy(db, false);
	assert_true(size_of(f) > before + 1700 * 4096);
	/* Where there is never time, a very long one is merged all the same. */
	before = size_of(f);
	grow(db, 3900);
	ks_db_tidy(db, true);
	assert_int_equal(size_of(f), before);
	grow(db, 200);
	ks_db_tidy(db, true);
	assert_true(size_of(f) > before + 4000 * 4096);
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
	const struct CMUnitTest tests[] = { ROW(is_private), ROW(keeps_values), ROW(rejects_a_wrong_number),
		ROW(compiles_once), ROW(takes_transactions_back), ROW(checks_foreign_keys), ROW(survives_close),
		ROW(says_what_is_wrong), ROW(waits_and_then_says_locked), ROW(says_read_only), ROW(says_full),
		ROW(a_light_commit_does_not_wait), ROW(a_light_begin_that_fails),
		ROW(a_log_is_merged_when_there_is_time) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
