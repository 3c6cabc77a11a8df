/* The asides table. */
#include "lib/trail/aside.h"

#include "lib/store/sql.h"

int ks_aside_put(struct ks_db *db, struct ks_str source, const struct ks_source_aside *aside, int64_t now_ms,
	struct ks_err *err)
{
	struct ks_str body = ks_str_sub(aside->body, 0, KS_ASIDE_BODY);

	/* Bytes without an address would be no value at all. */
	if (body.p == NULL)
		body = KS_STR("");
	if (ks_sql_run(db, "DELETE FROM asides WHERE source = $1 AND name = $2",
			KS_SQL(KS_SQL_TEXT(source), KS_SQL_TEXT(ks_str_of(aside->name))), err) != 0 ||
		ks_sql_run(db, "INSERT INTO asides (id, source, name, why, body, size, set_ms) SELECT "
			"COALESCE(MAX(id), 0) + 1, $1, $2, $3, $4, $5, $6 FROM asides",
			KS_SQL(KS_SQL_TEXT(source), KS_SQL_TEXT(ks_str_of(aside->name)),
				KS_SQL_TEXT(ks_str_of(aside->why)), KS_SQL_BLOB(body),
				KS_SQL_INT((int64_t)aside->body.n), KS_SQL_INT(now_ms)), err) != 0)
		return -1;
	return ks_sql_run(db, "DELETE FROM asides WHERE id <= (SELECT MAX(id) FROM asides) - $1",
		KS_SQL(KS_SQL_INT(KS_ASIDE_MOST)), err);
}

static void read_row(struct ks_db_query *query, struct ks_arena *arena, void *out)
{
	*(struct ks_aside *)out = (struct ks_aside){ .id = ks_db_column_int(query, 0),
		.source = ks_sql_text(query, 1, arena),
		.name = ks_sql_text(query, 2, arena),
		.why = ks_sql_text(query, 3, arena),
		.body = ks_sql_blob(query, 4, arena),
		.size = ks_db_column_int(query, 5),
		.set_ms = ks_sql_time(query, 6) };
}

int ks_aside_list(struct ks_db *db, size_t most, struct ks_arena *arena, struct ks_vec *out,
	struct ks_err *err)
{
	return ks_sql_rows(db, "SELECT id, source, name, why, body, size, set_ms FROM asides ORDER BY id DESC "
		"LIMIT $1", KS_SQL(KS_SQL_INT((int64_t)most)), &(struct ks_sql_reader){ read_row, arena, out }, err);
}

int ks_aside_count(struct ks_db *db, int64_t since_ms, int64_t *out, struct ks_err *err)
{
	return ks_sql_int(db, "SELECT COUNT(*) FROM asides WHERE set_ms >= $1", KS_SQL(KS_SQL_INT(since_ms)),
		out,
		err);
}
