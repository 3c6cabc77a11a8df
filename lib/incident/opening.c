/* Incidents without a finding. */
#include "lib/incident/opening.h"

#include "lib/incident/journal.h"
#include "lib/store/sql.h"

int ks_opening_find(struct ks_db *db, struct ks_str actor, int64_t *out_id, int64_t *out_next,
	struct ks_err *err)
{
	int64_t id = 0, next = 1;

	if (ks_sql_int(db, "SELECT id FROM incidents WHERE actor = $1 AND merged_into IS NULL ORDER BY "
			"COALESCE(last_ms, opened_ms) DESC, id DESC LIMIT 1", KS_SQL(KS_SQL_TEXT(actor)), &id,
			err) != 0 ||
		ks_sql_int(db, "SELECT COALESCE(MAX(id), 0) + 1 FROM incidents", KS_SQL_NONE, &next, err) != 0)
		return -1;
	*out_id = id;
	*out_next = next;
	return 0;
}

int ks_opening_add(struct ks_db *db, const struct ks_opening *opening, int64_t *out_id, struct ks_err *err)
{
	struct ks_json *body;
	int64_t id = 1;

	if (ks_sql_int(db, "SELECT COALESCE(MAX(id), 0) + 1 FROM incidents", KS_SQL_NONE, &id, err) != 0 ||
		ks_sql_run(db, "INSERT INTO incidents (id, actor, state, level, stages, decoy_key, account, "
			"opened_ms, changed_ms, events, muted, notified_level, pending) VALUES ($1, $2, 'open', $3, "
			"0, $4, $5, $6, $6, 0, 0, 0, 0)",
			KS_SQL(KS_SQL_INT(id), KS_SQL_TEXT(opening->actor), KS_SQL_INT(opening->level),
				KS_SQL_TEXT(opening->decoy_key), KS_SQL_TEXT(opening->account), KS_SQL_INT(opening->now_ms)),
			err) != 0)
		return -1;
	body = ks_json_new_object();
	ks_json_add_str(body, "actor", opening->actor);
	ks_json_add_bool(body, "by_hand", !opening->is_by_program);
	ks_json_add_str(body, "reason", opening->reason);
	if (ks_journal_add_json(db, id, opening->now_ms, opening->who, "opened", body, err) != 0)
		return -1;
	*out_id = id;
	return 0;
}
