/* The keepsakes table. A place is the number of bytes that were kept up to there; at place 0 it is written
 * when the youngest was read that is not kept. */
#include "lib/trail/keepsake.h"

#include "lib/store/sql.h"

#include <string.h>

static int lose(struct ks_db *db, struct ks_str source, int64_t read_ms, struct ks_err *err)
{
	return ks_sql_run(db, "INSERT INTO keepsakes (source, place, read_ms, name, account, bytes) "
		"VALUES ($1, 0, $2, '', '', $3) ON CONFLICT (source, place) DO UPDATE SET read_ms = "
		"CASE WHEN excluded.read_ms > keepsakes.read_ms THEN excluded.read_ms ELSE keepsakes.read_ms END",
		KS_SQL(KS_SQL_TEXT(source), KS_SQL_INT(read_ms), KS_SQL_BLOB(KS_STR(""))), err);
}

int ks_keepsake_put(struct ks_db *db, struct ks_str source, const struct ks_source_keepsake *kept,
	int64_t now_ms, struct ks_err *err)
{
	struct ks_str name = ks_str_of(kept->name);

	if (kept->bytes.p == NULL || kept->bytes.n > (size_t)KS_KEEPSAKE_LARGEST)
		return lose(db, source, now_ms, err);
	return ks_sql_run(db, "INSERT INTO keepsakes (source, place, read_ms, name, account, bytes) "
		"SELECT $1, COALESCE(MAX(place), 0) + $2, $3, $4, $5, $6 FROM keepsakes WHERE source = $1",
		KS_SQL(KS_SQL_TEXT(source), KS_SQL_INT((int64_t)(kept->bytes.n + name.n + 1)), KS_SQL_INT(now_ms),
			KS_SQL_TEXT(name), KS_SQL_TEXT(kept->account.p != NULL ? kept->account : KS_STR("")),
			KS_SQL_BLOB(kept->bytes)), err);
}

static void read_row(struct ks_db_query *query, struct ks_arena *arena, void *out)
{
	*(struct ks_source_keepsake *)out = (struct ks_source_keepsake){ .place = ks_db_column_int(query, 0),
		.name = ks_sql_text(query, 1, arena).p,
		.account = ks_sql_text(query, 2, arena),
		.bytes = ks_sql_blob(query, 3, arena) };
}

int ks_keepsake_find(struct ks_db *db, struct ks_str source, int64_t since_ms, struct ks_arena *arena,
	struct ks_source_keepsake *inout, bool *out_has, struct ks_err *err)
{
	return ks_sql_row(db, "SELECT place, name, account, bytes FROM keepsakes WHERE source = $1 AND "
		"place > 0 AND place < $2 AND read_ms >= $3 ORDER BY place DESC LIMIT 1",
		KS_SQL(KS_SQL_TEXT(source), KS_SQL_INT(inout->place != 0 ? inout->place : INT64_MAX),
			KS_SQL_INT(since_ms)),
		&(struct ks_sql_reader){ read_row, arena, inout }, out_has, err);
}

int ks_keepsake_is_whole(struct ks_db *db, struct ks_str source, int64_t since_ms, bool *out,
	struct ks_err *err)
{
	int64_t lost = 0;

	if (ks_sql_int(db, "SELECT COUNT(*) FROM keepsakes WHERE source = $1 AND place = 0 AND read_ms >= $2",
			KS_SQL(KS_SQL_TEXT(source), KS_SQL_INT(since_ms)), &lost, err) != 0)
		return -1;
	*out = lost == 0;
	return 0;
}

int ks_keepsake_prune(struct ks_db *db, struct ks_str source, int64_t before_ms, struct ks_err *err)
{
	int64_t last = 0, lost_ms = INT64_MIN;

	if (ks_sql_run(db, "DELETE FROM keepsakes WHERE read_ms < $1", KS_SQL(KS_SQL_INT(before_ms)),
			err) != 0 ||
		ks_sql_int(db, "SELECT MAX(place) FROM keepsakes WHERE source = $1", KS_SQL(KS_SQL_TEXT(source)),
			&last, err) != 0)
		return -1;
	last -= KS_KEEPSAKE_BYTES;
	if (last <= 0)
		return 0;
	if (ks_sql_int(db, "SELECT MAX(read_ms) FROM keepsakes WHERE source = $1 AND place > 0 AND place <= $2",
			KS_SQL(KS_SQL_TEXT(source), KS_SQL_INT(last)), &lost_ms, err) != 0)
		return -1;
	if (lost_ms == INT64_MIN)
		return 0;
	if (lose(db, source, lost_ms, err) != 0)
		return -1;
	return ks_sql_run(db, "DELETE FROM keepsakes WHERE source = $1 AND place > 0 AND place <= $2",
		KS_SQL(KS_SQL_TEXT(source), KS_SQL_INT(last)), err);
}
