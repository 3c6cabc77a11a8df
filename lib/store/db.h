/*
 * The database behind the store: SQLite, and the only file that knows so. SQL stays in the domain
 * modules and in the subset that PostgreSQL shares: parameters are $1, $2 …; types TEXT, BIGINT, BLOB
 * (BYTEA there); times are milliseconds UTC.
 *
 * A store file is private to its owner (0600, in a directory made 0700), in WAL mode with
 * synchronous=FULL where it is not said otherwise, foreign keys checked. Every call that touches the
 * file can fail with: IO (read-only, unreadable), FULL (no space left), CONFLICT (locked by somebody else
 * for longer than the busy timeout), PARSE (damaged, or no database at all), EXISTS (a unique value is
 * taken), STATE (another constraint is broken).
 */
#ifndef KS_STORE_DB_H
#define KS_STORE_DB_H

#include "lib/base/err.h"
#include "lib/base/str.h"
#include "lib/base/turn.h"
#include "lib/base/vec.h"

#include <stdbool.h>
#include <stdint.h>

enum ks_db_mode {
	KS_DB_READ,      /* must be there; nothing can be changed through it */
	KS_DB_WRITE,     /* must be there */
	KS_DB_CREATE,    /* made when it is missing, with the directories above it */
};

struct ks_db;
struct ks_db_query;

/* Opens path. A database that is neither empty nor marked with this application number is somebody
 * else's and is refused before a byte of it changes (UNSUPPORTED). A missing file is NOTFOUND. */
int ks_db_open(const char *path, enum ks_db_mode mode, int application, struct ks_db **out,
	struct ks_err *err);
/* NULL is fine; rolls back what is open */
void ks_db_close(struct ks_db *db);
const char *ks_db_path(const struct ks_db *db);
void ks_db_set_busy_timeout(struct ks_db *db, int ms);             /* 5000 from the start */

/* Connections of one program that are given the same turn (borrowed) write one after the other in the order
 * in which they wanted to. Without it each sleeps and tries again, longer every time, as it does while
 * another program writes. */
void ks_db_set_turn(struct ks_db *db, struct ks_turn *turn);
void ks_db_hurry(struct ks_db *db);            /* it goes before those that are in no hurry */
/* Whether one of them waits for the transaction of another to end. */
bool ks_db_is_wanted(const struct ks_db *db);

/* From here on a commit survives the end of the program, however it ends, and what comes after it on this
 * connection does not wait for the disk. A machine that loses power may lose it, unless somebody else has
 * committed since. Errors: as above. */
int ks_db_relax(struct ks_db *db, struct ks_err *err);

/* The same for one transaction: begin it so, and its commit does not wait for the disk. What is committed
 * later, by whatever connection, never outlives it: an ordinary commit or ks_db_sync behind it keeps it. */
int ks_db_begin_light(struct ks_db *db, struct ks_err *err);
/* Waits until all that was committed so far is on the disk. Outside a transaction. Errors: IO. */
int ks_db_sync(struct ks_db *db, struct ks_err *err);

/* The log is merged into the file now and then, which takes a while: from here on not by a commit of this
 * connection, but by ks_db_tidy, when its log is long. in_passing: there is other work, so only a very long
 * one. Outside a transaction. Merging that does not succeed comes again, and is no error of anybody's. */
void ks_db_keep_log(struct ks_db *db);
void ks_db_tidy(struct ks_db *db, bool in_passing);

/* The number of the last migration, 0 for a new database. set also marks the database as the
 * application's; it belongs into the migration's transaction. */
int ks_db_version(struct ks_db *db, int *out, struct ks_err *err);
int ks_db_set_version(struct ks_db *db, int version, struct ks_err *err);

/* A number that changes when another connection has committed something since this one asked last. */
int ks_db_foreign_changes(struct ks_db *db, int64_t *out, struct ks_err *err);

/* Transactions take the write lock at once, so that what was read inside one still holds at its commit. */
int ks_db_begin(struct ks_db *db, struct ks_err *err);
/* One that only reads, and does not keep anybody from writing: all that is read in it is of one moment. End
 * it by rollback. */
int ks_db_begin_reading(struct ks_db *db, struct ks_err *err);
int ks_db_commit(struct ks_db *db, struct ks_err *err);            /* rolls back when it fails */
void ks_db_rollback(struct ks_db *db);                             /* nothing when none is open */

/* one or more statements without values */
int ks_db_exec(struct ks_db *db, const char *sql, struct ks_err *err);

/* Prepared statements: prepare, bind (number as in $number), step until there is no row, finish. A bind
 * that fails is reported by the next step. The database must outlive the query. A connection compiles a
 * text once and keeps it until it is closed; the same text in use twice at once is compiled for the second
 * user alone. */
int ks_db_prepare(struct ks_db *db, const char *sql, struct ks_db_query **out, struct ks_err *err);
void ks_db_finish(struct ks_db_query *query);                      /* NULL is fine */
/* how many statements were compiled so far */
int64_t ks_db_prepared(const struct ks_db *db);
/* What the statements that a connection keeps have cost so far, in steps of SQLite's machine: a count that
 * is the same on every computer. Pushed on out; the texts live as long as the connection. */
struct ks_db_effort {
	const char *sql;
	int64_t runs, steps;
};
void ks_db_efforts(const struct ks_db *db, struct ks_vec *out);    /* struct ks_db_effort */
/* for another round; forgets the values */
void ks_db_reset(struct ks_db_query *query);

/* copied; p NULL gives NULL */
void ks_db_bind_text(struct ks_db_query *query, int number, struct ks_str value);
/* copied; p NULL gives NULL */
void ks_db_bind_blob(struct ks_db_query *query, int number, struct ks_str value);
void ks_db_bind_int(struct ks_db_query *query, int number, int64_t value);

/* *out_row says whether there is a row to read. */
int ks_db_step(struct ks_db_query *query, bool *out_row, struct ks_err *err);
/* steps to the end, for statements without rows */
int ks_db_run(struct ks_db_query *query, struct ks_err *err);
/* rows touched by the last INSERT, UPDATE, DELETE */
int64_t ks_db_changes(const struct ks_db *db);

/* Columns from 0. Text and blobs are borrowed until the next step, reset or finish; NULL gives p NULL,
 * 0 as a number. */
struct ks_str ks_db_column_text(struct ks_db_query *query, int column);
struct ks_str ks_db_column_blob(struct ks_db_query *query, int column);
bool ks_db_column_is_null(struct ks_db_query *query, int column);
int64_t ks_db_column_int(struct ks_db_query *query, int column);

#endif
