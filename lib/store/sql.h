/*
 * Statements with their values in one call, for the modules that keep SQL: what lib/store/db.h does in
 * four steps. Errors are those of lib/store/db.h.
 *
 *   ks_sql_run(db, "UPDATE t SET a = $1 WHERE id = $2", KS_SQL(KS_SQL_TEXT(a), KS_SQL_INT(id)), err)
 */
#ifndef KS_STORE_SQL_H
#define KS_STORE_SQL_H

#include "lib/base/arena.h"
#include "lib/base/vec.h"
#include "lib/store/db.h"

#include <stddef.h>

enum ks_sql_kind { KS_SQL_IS_INT, KS_SQL_IS_TEXT, KS_SQL_IS_BLOB, KS_SQL_IS_NULL };

struct ks_sql_value {
	enum ks_sql_kind kind;
	int64_t number;
	struct ks_str text;
};

#define KS_SQL_INT(value) ((struct ks_sql_value){ KS_SQL_IS_INT, (value), { NULL, 0 } })
#define KS_SQL_TEXT(value) ((struct ks_sql_value){ KS_SQL_IS_TEXT, 0, (value) })   /* p NULL: NULL */
#define KS_SQL_BLOB(value) ((struct ks_sql_value){ KS_SQL_IS_BLOB, 0, (value) })
/* KS_TIME_NONE is NULL */
#define KS_SQL_TIME(ms) \
	((struct ks_sql_value){ (ms) == INT64_MIN ? KS_SQL_IS_NULL : KS_SQL_IS_INT, (ms), { NULL, 0 } })
/* 0 is NULL */
#define KS_SQL_REF(id) \
	((struct ks_sql_value){ (id) == 0 ? KS_SQL_IS_NULL : KS_SQL_IS_INT, (id), { NULL, 0 } })

/* The values of $1, $2 … as an argument. */
#define KS_SQL(...) \
	((const struct ks_sql_value[]){ __VA_ARGS__ }), \
		sizeof((const struct ks_sql_value[]){ __VA_ARGS__ }) / sizeof(struct ks_sql_value)
#define KS_SQL_NONE NULL, 0

/* Prepares and binds; the caller steps and finishes. */
int ks_sql_open(struct ks_db *db, const char *sql, const struct ks_sql_value *values, size_t n,
	struct ks_db_query **out, struct ks_err *err);

/* Runs it to its end. */
int ks_sql_run(struct ks_db *db, const char *sql, const struct ks_sql_value *values, size_t n,
	struct ks_err *err);

/* The first column of the first row; *out stays as it is when there is no row or it is NULL. */
int ks_sql_int(struct ks_db *db, const char *sql, const struct ks_sql_value *values, size_t n, int64_t *out,
	struct ks_err *err);

/* The first column of every row, pushed on out: int64_t, or struct ks_str in the arena. */
int ks_sql_ints(struct ks_db *db, const char *sql, const struct ks_sql_value *values, size_t n,
	struct ks_vec *out, struct ks_err *err);

struct ks_sql_into {
	struct ks_arena *arena;
	struct ks_vec *out;
};
int ks_sql_texts(struct ks_db *db, const char *sql, const struct ks_sql_value *values, size_t n,
	struct ks_sql_into into, struct ks_err *err);

/* Rows as structs: read fills one of them from the row at hand, its strings in the arena. */
struct ks_sql_reader {
	void (*read)(struct ks_db_query *query, struct ks_arena *arena, void *out);
	struct ks_arena *arena;
	void *out;           /* the struct; of ks_sql_rows, a struct ks_vec of such, to which it is pushed */
};

/* The first row; *out_found says whether there is one, and the struct is written only then. */
int ks_sql_row(struct ks_db *db, const char *sql, const struct ks_sql_value *values, size_t n,
	const struct ks_sql_reader *reader, bool *out_found, struct ks_err *err);
int ks_sql_rows(struct ks_db *db, const char *sql, const struct ks_sql_value *values, size_t n,
	const struct ks_sql_reader *reader, struct ks_err *err);

/* Columns copied into the arena, p NULL for NULL; a time, KS_TIME_NONE for NULL. */
struct ks_str ks_sql_text(struct ks_db_query *query, int column, struct ks_arena *arena);
struct ks_str ks_sql_blob(struct ks_db_query *query, int column, struct ks_arena *arena);
int64_t ks_sql_time(struct ks_db_query *query, int column);

#endif
