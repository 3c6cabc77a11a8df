/* The checkpoints table. */
#include "lib/trail/checkpoint.h"

#include "lib/store/sql.h"

#define SWEPT "swept" /* checkpoints of our own: how far a source's were looked at */

int ks_checkpoint_put(struct ks_db *db, struct ks_str source, struct ks_str part, struct ks_str value,
	struct ks_err *err)
{
	/* Bytes without an address would be no value at all. */
	if (value.p == NULL)
		value = KS_STR("");
	return ks_sql_run(db, "INSERT INTO checkpoints (source, part, value) VALUES ($1, $2, $3) ON CONFLICT "
		"(source, part) DO UPDATE SET value = excluded.value, gone_ms = NULL",
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

/* One part: what it is about is gone, or is there. */
static int judge(struct ks_db *db, struct ks_str source, struct ks_str part,
	const struct ks_checkpoint_sweep *sweep, struct ks_err *err)
{
	if (!sweep->is_gone(sweep->arg, part))
		return ks_sql_run(db,
			"UPDATE checkpoints SET gone_ms = NULL WHERE source = $1 AND part = $2 AND gone_ms IS NOT NULL",
			KS_SQL(KS_SQL_TEXT(source), KS_SQL_TEXT(part)), err);
	if (ks_sql_run(db, "DELETE FROM checkpoints WHERE source = $1 AND part = $2 AND gone_ms < $3",
			KS_SQL(KS_SQL_TEXT(source), KS_SQL_TEXT(part),
				KS_SQL_INT(sweep->now_ms - KS_CHECKPOINT_GONE_MS)),
			err) != 0)
		return -1;
	return ks_sql_run(db,
		"UPDATE checkpoints SET gone_ms = $3 WHERE source = $1 AND part = $2 AND gone_ms IS NULL",
		KS_SQL(KS_SQL_TEXT(source), KS_SQL_TEXT(part), KS_SQL_INT(sweep->now_ms)), err);
}

int ks_checkpoint_sweep(struct ks_db *db, struct ks_str source, const struct ks_checkpoint_sweep *sweep,
	struct ks_err *err)
{
	struct ks_vec parts = KS_VEC_OF(struct ks_str);
	struct ks_arena arena = { NULL };
	struct ks_str last = { NULL, 0 };
	int rc = ks_checkpoint_find(db, KS_STR(SWEPT), source, &arena, &last, err);

	if (rc == 0)
		rc = ks_sql_texts(db,
			"SELECT part FROM checkpoints WHERE source = $1 AND part > $2 ORDER BY part LIMIT $3",
			KS_SQL(KS_SQL_TEXT(source), KS_SQL_TEXT(last.p != NULL ? last : KS_STR("")),
				KS_SQL_INT((int64_t)sweep->most)),
			(struct ks_sql_into){ &arena, &parts }, err);
	for (size_t i = 0; rc == 0 && i < parts.n; i++)
		rc = judge(db, source, *KS_VEC_AT(&parts, struct ks_str, i), sweep, err);
	/* All the way round: from the beginning the next time. */
	if (rc == 0)
		rc = ks_checkpoint_put(db, KS_STR(SWEPT), source,
			parts.n < sweep->most ? KS_STR("") : *KS_VEC_AT(&parts, struct ks_str, parts.n - 1), err);
	ks_vec_release(&parts);
	ks_arena_release(&arena);
	return rc;
}
