/* The checkpoints table. */
#include "lib/trail/checkpoint.h"

#include "lib/store/sql.h"

int ks_checkpoint_put(struct ks_db *db, struct ks_str source, struct ks_str part, struct ks_str value,
	struct ks_err *err)
{
	/* Bytes without an address would be no value at all. */
	if (value.p == NULL)
		value = KS_STR("");
	return ks_sql_run(db, "INSERT INTO checkpoints (source, part, value) VALUES ($1, $2, $3) ON CONFLICT "
		"(source, part) DO UPDATE SET value = excluded.value",
		KS_SQL(KS_SQL_TEXT(source), KS_SQL_TEXT(part), KS_SQL_BLOB(value)), err);
}

int ks_checkpoint_find(struct ks_db *db, struct ks_str source, struct ks_str part, struct ks_arena *arena,
	struct ks_str *out, struct ks_err *err)
{
	struct ks_db_query *query = NULL;
	bool has_row = false;
	int rc = ks_sql_open(db, "SELECT value FROM checkpoints WHERE source = $1 AND part = $2",
		KS_SQL(KS_SQL_TEXT(source), KS_SQL_TEXT(part)), &query, err);

	if (rc == 0)
		rc = ks_db_step(query, &has_row, err);
	if (rc == 0)
		*out = has_row ? ks_arena_copy(arena, ks_db_column_blob(query, 0)) : (struct ks_str){ NULL, 0 };
	ks_db_finish(query);
	return rc;
}
