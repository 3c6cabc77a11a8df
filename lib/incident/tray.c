/* Questions to the outbox. */
#include "lib/incident/tray.h"

#include "lib/base/time.h"
#include "lib/store/sql.h"

int ks_tray_list(struct ks_db *db, struct ks_arena *arena, struct ks_vec *out, struct ks_err *err)
{
	struct ks_db_query *query = NULL;
	bool has_row = true;
	int rc = ks_sql_open(db, "SELECT o.notifier, SUM(CASE WHEN o.state IN ('waiting', 'sending') THEN 1 "
		"ELSE 0 END), SUM(CASE WHEN o.state = 'dead' AND COALESCE(i.state, '') <> 'closed' THEN 1 ELSE 0 "
		"END), "
		"MAX(CASE WHEN o.state = 'sent' AND o.attempts > 0 THEN o.next_ms END) FROM outbox o LEFT JOIN "
		"incidents i ON i.id = o.incident_id GROUP BY o.notifier ORDER BY o.notifier", KS_SQL_NONE, &query,
		err);

	while (rc == 0 && (rc = ks_db_step(query, &has_row, err)) == 0 && has_row)
		*(struct ks_tray *)ks_vec_push(out) = (struct ks_tray){
			.notifier = ks_sql_text(query, 0, arena),
			.waiting = ks_db_column_int(query, 1),
			.dead = ks_db_column_int(query, 2),
			.sent_ms = ks_sql_time(query, 3),
		};
	ks_db_finish(query);
	return rc;
}

int ks_tray_newest(struct ks_db *db, struct ks_str notifier, const char *kind, struct ks_arena *arena,
	struct ks_notice *out, struct ks_err *err)
{
	struct ks_db_query *query = NULL;
	bool has_row = false;
	int rc = ks_sql_open(db, "SELECT id, state, attempts, error FROM outbox WHERE notifier = $1 AND kind = "
		"$2 ORDER BY id DESC LIMIT 1", KS_SQL(KS_SQL_TEXT(notifier), KS_SQL_TEXT(ks_str_of(kind))), &query,
		err);

	*out = (struct ks_notice){ .notifier = notifier };
	if (rc == 0)
		rc = ks_db_step(query, &has_row, err);
	if (rc == 0 && has_row) {
		out->id = ks_db_column_int(query, 0);
		out->state = ks_sql_text(query, 1, arena);
		out->attempts = ks_db_column_int(query, 2);
		out->error = ks_sql_text(query, 3, arena);
	}
	ks_db_finish(query);
	return rc;
}

int ks_tray_drop_test(struct ks_db *db, int64_t id, struct ks_err *err)
{
	return ks_sql_run(db, "DELETE FROM outbox WHERE id = $1 AND kind = 'test' AND incident_id IS NULL",
		KS_SQL(KS_SQL_INT(id)), err);
}
