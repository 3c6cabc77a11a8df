/* SQLite behind a few verbs. What tables there are is the schema's affair. */
#include "lib/store/db.h"

#include "lib/base/file.h"
#include "lib/base/map.h"
#include "lib/base/mem.h"

#include <sqlite3.h>

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define BUSY_TIMEOUT_MS 5000
#define MOST_KEPT 256          /* statements that a connection keeps compiled; the program has about 100 */
#define LOG_PAGES 1000        /* a log that is worth merging */
#define LONG_LOG 4            /* times that: one that is merged whoever waits */
#define SLOTS 32               /* numbers of values whose slots are remembered */
/* What a connection that writes keeps of pages, and sorts in memory: 16 MiB each at most. Rows go all over
 * the indexes, whose keys are hashes, and with SQLite's 2 MiB a large batch reads the same pages again and
 * again: a fifth of its time. */
#define CACHE "PRAGMA cache_size=-16384"

struct ks_db {
	sqlite3 *handle;
	char *path;
	int application;
	struct ks_turn *turn;    /* NULL: there is no line */
	bool has_turn, in_hurry;
	bool is_relaxed, is_light;   /* no commit waits for the disk; this transaction's does not */
	bool is_unsure;              /* the disk failed: what the system says is written may not be */
	int log_pages, next_tidy;    /* of the log at the last commit; so many are too many */
	int busy_ms;
	struct ks_map kept;      /* by its text: struct ks_db_query, compiled once and used again */
	int64_t prepared;
};

struct ks_db_query {
	struct ks_db *db;
	sqlite3_stmt *statement;
	int bind_rc;             /* the first bind that failed */
	bool is_kept, is_used;   /* a kept one serves one caller at a time */
	unsigned char slots[SLOTS];   /* of $1, $2 …; 0: not asked for yet */
};

static bool is_writable(const char *path)
{
	return faccessat(AT_FDCWD, path, W_OK, AT_EACCESS) == 0 || errno == ENOENT;
}

/* Which of the files that a log takes is in the way, and what is to be done about it. */
static int fail_to_write(const struct ks_db *db, struct ks_err *err)
{
	static const char *const beside[] = { "-wal", "-shm" };
	const char *slash = strrchr(db->path, '/');
	char *dir = slash == NULL ? ks_mem_copy(".", 1) :
								ks_mem_copy(db->path, slash == db->path ? 1 : (size_t)(slash - db->path));
	char file[PATH_MAX];
	bool is_dir_writable = is_writable(dir);

	free(dir);
	if (!is_dir_writable)
		return ks_err_set(err, KS_ERR_IO, "store '%s': its directory cannot be written, and its log has to "
			"stand there; make the directory writable, or copy the store to one that is", db->path);
	if (!is_writable(db->path))
		return ks_err_set(err, KS_ERR_IO, "store '%s' is read-only: make it writable, or take another store",
			db->path);
	for (size_t i = 0; i < sizeof(beside) / sizeof(beside[0]); i++) {
		snprintf(file, sizeof(file), "%s%s", db->path, beside[i]);
		if (!is_writable(file))
			return ks_err_set(err, KS_ERR_IO, "store '%s': '%s' is read-only, make it writable, too",
				db->path, file);
	}
	return ks_err_set(err, KS_ERR_IO, "store '%s' is read-only, or the file system that it is on", db->path);
}

/* What the code of SQLite means for the person at the keyboard. */
static int fail(const struct ks_db *db, int rc, struct ks_err *err)
{
	const char *path = db->path;
	int system = db->handle != NULL ? sqlite3_system_errno(db->handle) : 0;
	bool is_taken;

	switch (rc & 0xff) {
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return ks_err_set(err, KS_ERR_CONFLICT, "store '%s' is locked by another process, try again",
			path);
	case SQLITE_READONLY:
		return fail_to_write(db, err);
	case SQLITE_FULL:
		return ks_err_set(err, KS_ERR_FULL, "no space left for store '%s'", path);
	case SQLITE_CORRUPT:
		return ks_err_set(err, KS_ERR_PARSE, "store '%s' is damaged, restore it from a copy", path);
	case SQLITE_NOTADB:
		return ks_err_set(err, KS_ERR_PARSE, "'%s' is not a store: it is no SQLite database", path);
	case SQLITE_CANTOPEN:
	case SQLITE_PERM:
	case SQLITE_AUTH:
		if (faccessat(AT_FDCWD, path, R_OK, AT_EACCESS) == 0)
			return fail_to_write(db, err);
		return ks_err_set(err, KS_ERR_IO, "cannot open store '%s': %s", path,
			system != 0 ? strerror(system) : "not a file that can be opened");
	case SQLITE_IOERR:
		/* SQLite does not always keep the reason; a write that was refused is one that may pass. */
		if (system == ENOSPC || system == EDQUOT || system == EFBIG ||
			(system == 0 && rc == SQLITE_IOERR_WRITE))
			return ks_err_set(err, KS_ERR_FULL, "no space left for store '%s'%s%s", path,
				system != 0 ? ": " : "", system != 0 ? strerror(system) : "");
		return ks_err_set(err, KS_ERR_IO, "cannot read or write store '%s': %s", path,
			system != 0 ? strerror(system) : sqlite3_errstr(rc));
	case SQLITE_CONSTRAINT:
		is_taken = rc == SQLITE_CONSTRAINT_UNIQUE || rc == SQLITE_CONSTRAINT_PRIMARYKEY;
		return ks_err_set(err, is_taken ? KS_ERR_EXISTS : KS_ERR_STATE, "store '%s': %s", path,
			sqlite3_errmsg(db->handle));
	case SQLITE_TOOBIG:
		return ks_err_set(err, KS_ERR_LIMIT, "store '%s': a value is too big", path);
	default:
		return ks_err_set(err, KS_ERR_STATE, "store '%s': %s", path,
			db->handle != NULL ? sqlite3_errmsg(db->handle) : sqlite3_errstr(rc));
	}
}

int ks_db_exec(struct ks_db *db, const char *sql, struct ks_err *err)
{
	int rc = sqlite3_exec(db->handle, sql, NULL, NULL, NULL);

	return rc == SQLITE_OK ? 0 : fail(db, rc, err);
}

/* The one value that a PRAGMA or a count gives. */
static int get_number(struct ks_db *db, const char *sql, int64_t *out, struct ks_err *err)
{
	struct ks_db_query *query = NULL;
	bool has_row = false;
	int rc = ks_db_prepare(db, sql, &query, err);

	if (rc == 0)
		rc = ks_db_step(query, &has_row, err);
	if (rc == 0)
		*out = has_row ? ks_db_column_int(query, 0) : 0;
	ks_db_finish(query);
	return rc;
}

static int check_owner(struct ks_db *db, struct ks_err *err)
{
	int64_t application, tables;

	if (get_number(db, "PRAGMA application_id", &application, err) != 0 ||
		get_number(db, "SELECT COUNT(*) FROM sqlite_master", &tables, err) != 0)
		return -1;
	if (application != db->application && (application != 0 || tables != 0))
		return ks_err_set(err, KS_ERR_UNSUPPORTED, "'%s' is the database of another program", db->path);
	return 0;
}

/* WAL survives in the file; the rest is per connection. */
static int configure(struct ks_db *db, enum ks_db_mode mode, struct ks_err *err)
{
	struct ks_db_query *query = NULL;
	bool has_row = false;
	int rc;

	if (ks_db_exec(db, "PRAGMA foreign_keys=ON; PRAGMA synchronous=FULL; PRAGMA trusted_schema=OFF",
		err) != 0)
		return -1;
	if (mode == KS_DB_READ)
		return ks_db_exec(db, "PRAGMA query_only=ON", err);
	if (sqlite3_db_readonly(db->handle, "main") == 1)
		return fail(db, SQLITE_READONLY, err);
	rc = ks_db_exec(db, CACHE, err);
	if (rc == 0)
		rc = ks_db_prepare(db, "PRAGMA journal_mode=WAL", &query, err);
	if (rc == 0)
		rc = ks_db_step(query, &has_row, err);
	if (rc == 0 && (!has_row || !ks_str_is(ks_db_column_text(query, 0), "wal")))
		rc = ks_err_set(err, KS_ERR_UNSUPPORTED, "the file system of '%s' does not support a "
			"write-ahead log", db->path);
	ks_db_finish(query);
	return rc;
}

/* The file is made before SQLite sees it: its log and index files inherit the mode. */
static int make_file(const char *path, struct ks_err *err)
{
	const char *slash = strrchr(path, '/');
	int fd;

	if (slash != NULL && slash != path) {
		char *dir = ks_mem_copy(path, (size_t)(slash - path));
		int rc = ks_file_make_dirs(dir, 0700, err);

		free(dir);
		if (rc != 0)
			return -1;
	}
	fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0 && errno != EEXIST)
		return ks_err_set_errno(err, "cannot make store '%s'", path);
	if (fd >= 0)
		close(fd);
	return 0;
}

static int check_file(const char *path, struct ks_err *err)
{
	struct stat st;

	if (stat(path, &st) != 0) {
		if (errno == ENOENT)
			return ks_err_set(err, KS_ERR_NOTFOUND, "there is no store at '%s': 'keysnare init' makes one; "
				"one that is elsewhere is named with --store FILE", path);
		return ks_err_set_errno(err, "cannot open store '%s'", path);
	}
	if (!S_ISREG(st.st_mode))
		return ks_err_set(err, KS_ERR_IO, "cannot open store '%s': it is not a regular file", path);
	return 0;
}

/* A store that is going to hold more is nobody else's to read. */
static int make_private(const char *path, struct ks_err *err)
{
	struct stat st;

	if (stat(path, &st) == 0 && (st.st_mode & 077) != 0 && st.st_uid == geteuid() &&
		chmod(path, st.st_mode & 0700) != 0)
		return ks_err_set_errno(err, "cannot make store '%s' private", path);
	return 0;
}

/* A reader of a store that was read-only at the time left its files beside it as read-only as that: they go
 * with the store, whose mode they had from the start. */
static void free_files_beside(const char *path)
{
	static const char *const beside[] = { "-wal", "-shm" };
	struct stat store, st;
	char file[PATH_MAX];

	for (size_t i = 0; i < sizeof(beside) / sizeof(beside[0]); i++) {
		snprintf(file, sizeof(file), "%s%s", path, beside[i]);
		if (stat(path, &store) == 0 && (store.st_mode & 0600) == 0600 && lstat(file, &st) == 0 &&
			S_ISREG(st.st_mode) && st.st_uid == geteuid() && (st.st_mode & 0200) == 0)
			(void)!chmod(file, 0600);
	}
}

int ks_db_open(const char *path, enum ks_db_mode mode, int application, struct ks_db **out,
	struct ks_err *err)
{
	struct ks_db *db;
	int rc;

	if ((mode == KS_DB_CREATE && make_file(path, err) != 0) || check_file(path, err) != 0)
		return -1;
	if (mode != KS_DB_READ)
		free_files_beside(path);
	db = ks_mem_alloc(sizeof(*db));
	db->path = ks_mem_copy(path, strlen(path));
	db->application = application;
	db->busy_ms = BUSY_TIMEOUT_MS;
	ks_map_init(&db->kept);
	/* Readers open for writing too where they may: SQLite then tidies its log away. query_only keeps
	 * them honest. */
	rc = sqlite3_open_v2(path, &db->handle, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL);
	if (rc != SQLITE_OK) {
		fail(db, rc, err);
		ks_db_close(db);
		return -1;
	}
	sqlite3_extended_result_codes(db->handle, 1);
	sqlite3_db_config(db->handle, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	sqlite3_busy_timeout(db->handle, BUSY_TIMEOUT_MS);
	if (check_owner(db, err) != 0 || (mode != KS_DB_READ && make_private(path, err) != 0) ||
		configure(db, mode, err) != 0) {
		ks_db_close(db);
		return -1;
	}
	*out = db;
	return 0;
}

void ks_db_close(struct ks_db *db)
{
	if (db == NULL)
		return;
	for (size_t i = 0; i < db->kept.entries.n; i++) {
		struct ks_db_query *query = KS_VEC_AT(&db->kept.entries, struct ks_map_entry, i)->value;

		sqlite3_finalize(query->statement);
		free(query);
	}
	ks_map_release(&db->kept);
	if (db->handle != NULL)
		ks_db_rollback(db);
	sqlite3_close_v2(db->handle);
	free(db->path);
	free(db);
}

const char *ks_db_path(const struct ks_db *db)
{
	return db->path;
}

void ks_db_set_busy_timeout(struct ks_db *db, int ms)
{
	sqlite3_busy_timeout(db->handle, ms);
	db->busy_ms = ms;
}

void ks_db_set_turn(struct ks_db *db, struct ks_turn *turn)
{
	db->turn = turn;
}

void ks_db_hurry(struct ks_db *db)
{
	db->in_hurry = true;
}

bool ks_db_is_wanted(const struct ks_db *db)
{
	return db->turn != NULL && ks_turn_is_wanted(db->turn);
}

int ks_db_relax(struct ks_db *db, struct ks_err *err)
{
	db->is_relaxed = true;
	return ks_db_exec(db, "PRAGMA synchronous=NORMAL", err);
}

/* After a failure the system takes what it could not write for written, and a further try would succeed
 * without doing anything. All of the log is merged into the file instead. */
static int write_again(struct ks_db *db, struct ks_err *err)
{
	int pages = 0, merged = 0;
	int rc = sqlite3_wal_checkpoint_v2(db->handle, "main", SQLITE_CHECKPOINT_TRUNCATE, &pages, &merged);

	if (rc != SQLITE_OK || pages != merged)
		return ks_err_set(err, KS_ERR_IO, "'%s': the disk does not say that it has what was written",
			db->path);
	db->is_unsure = false;
	return 0;
}

int ks_db_sync(struct ks_db *db, struct ks_err *err)
{
	sqlite3_file *log = NULL;
	int rc = sqlite3_file_control(db->handle, "main", SQLITE_FCNTL_JOURNAL_POINTER, &log);

	if (db->is_unsure)
		return write_again(db, err);
	if (rc == SQLITE_OK && log != NULL && log->pMethods != NULL)
		rc = log->pMethods->xSync(log, SQLITE_SYNC_NORMAL);
	if (rc == SQLITE_OK)
		return 0;
	db->is_unsure = true;
	return ks_err_set(err, KS_ERR_IO, "'%s': the disk does not say that it has what was written", db->path);
}

/* ---- the log ---- */

static int note_log(void *arg, sqlite3 *handle, const char *name, int pages)
{
	struct ks_db *db = arg;

	(void)handle;
	(void)name;
	db->log_pages = pages;
	return SQLITE_OK;
}

void ks_db_keep_log(struct ks_db *db)
{
	db->next_tidy = LOG_PAGES;
	sqlite3_wal_hook(db->handle, note_log, db);
}

/* A thread that has the turn by another connection leaves the rest to SQLite. */
static int take_turn(struct ks_db *db, struct ks_err *err)
{
	enum ks_turn_outcome outcome;

	if (db->turn == NULL || db->has_turn)
		return 0;
	outcome = ks_turn_take(db->turn, db->in_hurry, db->busy_ms);
	if (outcome == KS_TURN_LATE)
		return fail(db, SQLITE_BUSY, err);
	db->has_turn = outcome == KS_TURN_TAKEN;
	return 0;
}

static void give_turn(struct ks_db *db)
{
	if (db->has_turn)
		ks_turn_give(db->turn);
	db->has_turn = false;
}

/* Others write meanwhile, and then it does not come to the log's end: what is left, which is little, is
 * merged the next time, while nobody writes. */
void ks_db_tidy(struct ks_db *db, bool in_passing)
{
	struct ks_err ignored = { 0 };
	int pages = 0, merged = 0;

	if (db->next_tidy == 0 || db->log_pages < db->next_tidy ||
		(in_passing && db->log_pages < LOG_PAGES * LONG_LOG) ||
		(db->next_tidy > LOG_PAGES && take_turn(db, &ignored) != 0))
		return;
	if (sqlite3_wal_checkpoint_v2(db->handle, "main", SQLITE_CHECKPOINT_PASSIVE, &pages, &merged) !=
			SQLITE_OK || merged < pages)
		db->next_tidy = db->log_pages + LOG_PAGES / 4;
	else
		db->next_tidy = LOG_PAGES;
	db->log_pages = 0;
	give_turn(db);
}

int ks_db_version(struct ks_db *db, int *out, struct ks_err *err)
{
	int64_t version;

	if (get_number(db, "PRAGMA user_version", &version, err) != 0)
		return -1;
	*out = (int)version;
	return 0;
}

int ks_db_set_version(struct ks_db *db, int version, struct ks_err *err)
{
	char sql[96];

	snprintf(sql, sizeof(sql), "PRAGMA application_id=%d; PRAGMA user_version=%d", db->application,
		version);
	return ks_db_exec(db, sql, err);
}

int ks_db_foreign_changes(struct ks_db *db, int64_t *out, struct ks_err *err)
{
	return get_number(db, "PRAGMA data_version", out, err);
}

/* How a connection writes can be changed only between transactions; what fails is tried again with the
 * next. */
static void end_light(struct ks_db *db)
{
	if (db->is_light && (db->is_relaxed ||
		sqlite3_exec(db->handle, "PRAGMA synchronous=FULL", NULL, NULL, NULL) == SQLITE_OK))
		db->is_light = false;
}

int ks_db_begin(struct ks_db *db, struct ks_err *err)
{
	if (sqlite3_get_autocommit(db->handle) != 0)
		end_light(db);
	if (db->is_light)
		return ks_err_set(err, KS_ERR_STATE, "'%s': a light transaction is not over", db->path);
	if (take_turn(db, err) != 0)
		return -1;
	if (ks_db_exec(db, "BEGIN IMMEDIATE", err) == 0)
		return 0;
	if (sqlite3_get_autocommit(db->handle) != 0)
		give_turn(db);
	return -1;
}

int ks_db_begin_reading(struct ks_db *db, struct ks_err *err)
{
	return ks_db_exec(db, "BEGIN DEFERRED", err);
}


int ks_db_begin_light(struct ks_db *db, struct ks_err *err)
{
	if (take_turn(db, err) != 0)
		return -1;
	db->is_light = true;
	if (ks_db_exec(db, "PRAGMA synchronous=NORMAL; BEGIN IMMEDIATE", err) == 0)
		return 0;
	if (sqlite3_get_autocommit(db->handle) != 0) {
		end_light(db);
		give_turn(db);
	}
	return -1;
}

int ks_db_commit(struct ks_db *db, struct ks_err *err)
{
	if (ks_db_exec(db, "COMMIT", err) == 0) {
		end_light(db);
		give_turn(db);
		return 0;
	}
	ks_db_rollback(db);
	return -1;
}

void ks_db_rollback(struct ks_db *db)
{
	if (sqlite3_get_autocommit(db->handle) == 0)
		sqlite3_exec(db->handle, "ROLLBACK", NULL, NULL, NULL);
	end_light(db);
	give_turn(db);
}

static int compile(struct ks_db *db, const char *sql, bool is_kept, struct ks_db_query **out,
	struct ks_err *err)
{
	sqlite3_stmt *statement = NULL;
	int rc = sqlite3_prepare_v3(db->handle, sql, -1, is_kept ? SQLITE_PREPARE_PERSISTENT : 0, &statement,
		NULL);

	if (rc != SQLITE_OK)
		return fail(db, rc, err);
	db->prepared++;
	*out = ks_mem_alloc(sizeof(**out));
	**out = (struct ks_db_query){ .db = db, .statement = statement, .is_kept = is_kept };
	return 0;
}

/* Compiling costs several times what most statements take to run, so that each is compiled once. One that
 * is in use by now, further up the stack, is left alone. A PRAGMA may act as it is compiled. */
int ks_db_prepare(struct ks_db *db, const char *sql, struct ks_db_query **out, struct ks_err *err)
{
	struct ks_str text = ks_str_of(sql);
	struct ks_db_query *query = ks_map_find(&db->kept, text);
	bool can_keep = query == NULL && db->kept.entries.n < MOST_KEPT &&
		!ks_str_has_prefix(text, KS_STR("PRAGMA"));

	if (query == NULL || query->is_used) {
		if (compile(db, sql, can_keep, &query, err) != 0)
			return -1;
		if (can_keep)
			ks_map_put(&db->kept, text, query);
	}
	query->is_used = true;
	*out = query;
	return 0;
}

void ks_db_finish(struct ks_db_query *query)
{
	if (query == NULL)
		return;
	if (query->is_kept) {
		ks_db_reset(query);
		query->is_used = false;
		return;
	}
	sqlite3_finalize(query->statement);
	free(query);
}

int64_t ks_db_prepared(const struct ks_db *db)
{
	return db->prepared;
}

void ks_db_efforts(const struct ks_db *db, struct ks_vec *out)
{
	for (size_t i = 0; i < db->kept.entries.n; i++) {
		struct ks_db_query *query = KS_VEC_AT(&db->kept.entries, struct ks_map_entry, i)->value;
		sqlite3_stmt *statement = query->statement;

		*(struct ks_db_effort *)ks_vec_push(out) = (struct ks_db_effort){ sqlite3_sql(statement),
			sqlite3_stmt_status(statement, SQLITE_STMTSTATUS_RUN, 0),
			sqlite3_stmt_status(statement, SQLITE_STMTSTATUS_VM_STEP, 0) };
	}
}

void ks_db_reset(struct ks_db_query *query)
{
	sqlite3_reset(query->statement);
	sqlite3_clear_bindings(query->statement);
	query->bind_rc = SQLITE_OK;
}

/* "$2" is a name to SQLite, and names are numbered by their first use: look it up. */
static int slot(struct ks_db_query *query, int number)
{
	char name[16];
	int index;

	if (number < SLOTS && query->slots[number] != 0)
		return query->slots[number];
	snprintf(name, sizeof(name), "$%d", number);
	index = sqlite3_bind_parameter_index(query->statement, name);
	if (number < SLOTS && index <= UCHAR_MAX)
		query->slots[number] = (unsigned char)index;
	return index;
}

static void note(struct ks_db_query *query, int rc)
{
	if (query->bind_rc == SQLITE_OK)
		query->bind_rc = rc;
}

void ks_db_bind_text(struct ks_db_query *query, int number, struct ks_str value)
{
	note(query, sqlite3_bind_text64(query->statement, slot(query, number), value.p, value.n,
		SQLITE_TRANSIENT, SQLITE_UTF8));
}

void ks_db_bind_blob(struct ks_db_query *query, int number, struct ks_str value)
{
	note(query, sqlite3_bind_blob64(query->statement, slot(query, number), value.p, value.n,
		SQLITE_TRANSIENT));
}

void ks_db_bind_int(struct ks_db_query *query, int number, int64_t value)
{
	note(query, sqlite3_bind_int64(query->statement, slot(query, number), value));
}

int ks_db_step(struct ks_db_query *query, bool *out_row, struct ks_err *err)
{
	int rc = query->bind_rc != SQLITE_OK ? query->bind_rc : sqlite3_step(query->statement);

	if (rc != SQLITE_ROW && rc != SQLITE_DONE)
		return fail(query->db, rc, err);
	*out_row = rc == SQLITE_ROW;
	return 0;
}

int ks_db_run(struct ks_db_query *query, struct ks_err *err)
{
	struct ks_db *db = query->db;
	bool is_alone = sqlite3_get_autocommit(db->handle) != 0 && sqlite3_stmt_readonly(query->statement) == 0;
	bool has_row = true;
	int rc = 0;

	if (is_alone && take_turn(db, err) != 0)
		return -1;
	while (rc == 0 && has_row)
		rc = ks_db_step(query, &has_row, err);
	if (is_alone)
		give_turn(db);
	return rc;
}

int64_t ks_db_changes(const struct ks_db *db)
{
	return sqlite3_changes64(db->handle);
}

struct ks_str ks_db_column_text(struct ks_db_query *query, int column)
{
	const char *p = (const char *)sqlite3_column_text(query->statement, column);

	return (struct ks_str){ p, p != NULL ? (size_t)sqlite3_column_bytes(query->statement, column) : 0 };
}

struct ks_str ks_db_column_blob(struct ks_db_query *query, int column)
{
	const char *p = sqlite3_column_blob(query->statement, column);

	return (struct ks_str){ p, p != NULL ? (size_t)sqlite3_column_bytes(query->statement, column) : 0 };
}

bool ks_db_column_is_null(struct ks_db_query *query, int column)
{
	return sqlite3_column_type(query->statement, column) == SQLITE_NULL;
}

int64_t ks_db_column_int(struct ks_db_query *query, int column)
{
	return sqlite3_column_int64(query->statement, column);
}
