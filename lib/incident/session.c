/* The sessions table. */
#include "lib/incident/session.h"

#include "lib/store/sql.h"

int ks_session_find(struct ks_db *db, struct ks_str key_id, struct ks_arena *arena,
	struct ks_str *out_parent, struct ks_err *err)
{
	struct ks_vec found = KS_VEC_OF(struct ks_str);
	int rc = ks_sql_texts(db, "SELECT parent_key FROM sessions WHERE key_id = $1",
		KS_SQL(KS_SQL_TEXT(key_id)), (struct ks_sql_into){ arena, &found }, err);

	if (rc == 0)
		*out_parent = found.n > 0 ? *KS_VEC_AT(&found, struct ks_str, 0) : (struct ks_str){ NULL, 0 };
	ks_vec_release(&found);
	return rc;
}

/* Sessions of a session that nobody knew until now follow it to its parent. */
static int adopt(struct ks_db *db, struct ks_str key_id, struct ks_str parent, struct ks_err *err)
{
	return ks_sql_run(db, "UPDATE sessions SET parent_key = $2 WHERE parent_key = $1",
		KS_SQL(KS_SQL_TEXT(key_id), KS_SQL_TEXT(parent)), err);
}

int ks_session_put(struct ks_db *db, const struct ks_session *session, bool *out_is_new,
	struct ks_err *err)
{
	struct ks_arena arena = { NULL };
	struct ks_str parent = { NULL, 0 };
	bool is_new = false;
	int rc = ks_session_find(db, session->parent_key, &arena, &parent, err);

	if (parent.p == NULL)
		parent = session->parent_key;
	if (rc == 0)
		rc = ks_sql_run(db, "INSERT INTO sessions (key_id, parent_key, learned_ms) VALUES ($1, $2, $3) ON "
			"CONFLICT (key_id) DO NOTHING", KS_SQL(KS_SQL_TEXT(session->key_id), KS_SQL_TEXT(parent),
			KS_SQL_INT(session->learned_ms)), err);
	if (rc == 0)
		is_new = ks_db_changes(db) == 1;
	if (rc == 0 && is_new)
		rc = adopt(db, session->key_id, parent, err);
	if (rc == 0)
		*out_is_new = is_new;
	ks_arena_release(&arena);
	return rc;
}

int ks_session_list(struct ks_db *db, struct ks_arena *arena, struct ks_vec *out, struct ks_err *err)
{
	struct ks_db_query *query = NULL;
	bool has_row = true;
	int rc = ks_sql_open(db, "SELECT key_id, parent_key, learned_ms FROM sessions ORDER BY key_id",
		KS_SQL_NONE, &query, err);

	while (rc == 0 && (rc = ks_db_step(query, &has_row, err)) == 0 && has_row)
		*(struct ks_session *)ks_vec_push(out) = (struct ks_session){ ks_sql_text(query, 0, arena),
			ks_sql_text(query, 1, arena), ks_db_column_int(query, 2) };
	ks_db_finish(query);
	return rc;
}
