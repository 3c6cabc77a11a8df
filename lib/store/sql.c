/* Statements and their values in one call. */
#include "lib/store/sql.h"

#include "lib/base/time.h"

int ks_sql_open(struct ks_db *db, const char *sql, const struct ks_sql_value *values, size_t n,
	struct ks_db_query **out, struct ks_err *err)
{
	if (ks_db_prepare(db, sql, out, err) != 0)
		return -1;
	for (size_t i = 0; i < n; i++) {
		int number = (int)i + 1;

		if (values[i].kind == KS_SQL_IS_INT)
			ks_db_bind_int(*out, number, values[i].number);
		else if (values[i].kind == KS_SQL_IS_BLOB)
			ks_db_bind_blob(*out, number, values[i].text);
		else
			ks_db_bind_text(*out, number, values[i].text);
	}
	return 0;
}

int ks_sql_run(struct ks_db *db, const char *sql, const struct ks_sql_value *values, size_t n,
	struct ks_err *err)
{
	struct ks_db_query *query = NULL;
	int rc = ks_sql_open(db, sql, values, n, &query, err);

	if (rc == 0)
		rc = ks_db_run(query, err);
	ks_db_finish(query);
	return rc;
}

int ks_sql_int(struct ks_db *db, const char *sql, const struct ks_sql_value *values, size_t n, int64_t *out,
	struct ks_err *err)
{
	struct ks_db_query *query = NULL;
	bool has_row = false;
	int rc = ks_sql_open(db, sql, values, n, &query, err);

	if (rc == 0)
		rc = ks_db_step(query, &has_row, err);
	if (rc == 0 && has_row && ks_db_column_text(query, 0).p != NULL)
		*out = ks_db_column_int(query, 0);
	ks_db_finish(query);
	return rc;
}

int ks_sql_ints(struct ks_db *db, const char *sql, const struct ks_sql_value *values, size_t n,
	struct ks_vec *out, struct ks_err *err)
{
	struct ks_db_query *query = NULL;
	bool has_row = true;
	int rc = ks_sql_open(db, sql, values, n, &query, err);

	while (rc == 0 && (rc = ks_db_step(query, &has_row, err)) == 0 && has_row)
		*(int64_t *)ks_vec_push(out) = ks_db_column_int(query, 0);
	ks_db_finish(query);
	return rc;
}

int ks_sql_texts(struct ks_db *db, const char *sql, const struct ks_sql_value *values, size_t n,
	struct ks_sql_into into, struct ks_err *err)
{
	struct ks_db_query *query = NULL;
	bool has_row = true;
	int rc = ks_sql_open(db, sql, values, n, &query, err);

	while (rc == 0 && (rc = ks_db_step(query, &has_row, err)) == 0 && has_row)
		*(struct ks_str *)ks_vec_push(into.out) = ks_sql_text(query, 0, into.arena);
	ks_db_finish(query);
	return rc;
}

int ks_sql_row(struct ks_db *db, const char *sql, const struct ks_sql_value *values, size_t n,
	const struct ks_sql_reader *reader, bool *out_found, struct ks_err *err)
{
	struct ks_db_query *query = NULL;
	bool has_row = false;
	int rc = ks_sql_open(db, sql, values, n, &query, err);

	if (rc == 0)
		rc = ks_db_step(query, &has_row, err);
	if (rc == 0 && has_row)
		reader->read(query, reader->arena, reader->out);
	if (rc == 0)
		*out_found = has_row;
	ks_db_finish(query);
	return rc;
}

int ks_sql_rows(struct ks_db *db, const char *sql, const struct ks_sql_value *values, size_t n,
	const struct ks_sql_reader *reader, struct ks_err *err)
{
	struct ks_db_query *query = NULL;
	bool has_row = true;
	int rc = ks_sql_open(db, sql, values, n, &query, err);

	while (rc == 0 && (rc = ks_db_step(query, &has_row, err)) == 0 && has_row)
		reader->read(query, reader->arena, ks_vec_push(reader->out));
	ks_db_finish(query);
	return rc;
}

struct ks_str ks_sql_text(struct ks_db_query *query, int column, struct ks_arena *arena)
{
	struct ks_str text = ks_db_column_text(query, column);

	return text.p != NULL ? ks_arena_copy(arena, text) : text;
}

struct ks_str ks_sql_blob(struct ks_db_query *query, int column, struct ks_arena *arena)
{
	struct ks_str bytes = ks_db_column_blob(query, column);

	return bytes.p != NULL ? ks_arena_copy(arena, bytes) : bytes;
}

int64_t ks_sql_time(struct ks_db_query *query, int column)
{
	return ks_db_column_is_null(query, column) ? KS_TIME_NONE : ks_db_column_int(query, column);
}
