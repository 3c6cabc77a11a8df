/* The sessions table. */
#include "lib/incident/session.h"

#include "lib/base/time.h"
#include "lib/store/sql.h"

/* A parent that is a temporary key itself is none that is known. */
#define IS_WAITING "(parent_key >= 'ASIA' AND parent_key < 'ASIB')"

static int find(struct ks_db *db, struct ks_str key_id, struct ks_arena *arena, struct ks_str *out,
	struct ks_err *err)
{
	struct ks_vec found = KS_VEC_OF(struct ks_str);
	int rc = ks_sql_texts(db, "SELECT parent_key FROM sessions WHERE key_id = $1",
		KS_SQL(KS_SQL_TEXT(key_id)), (struct ks_sql_into){ arena, &found }, err);

	*out = rc == 0 && found.n > 0 ? *KS_VEC_AT(&found, struct ks_str, 0) : (struct ks_str){ NULL, 0 };
	ks_vec_release(&found);
	return rc;
}

static bool is_waiting(struct ks_str parent)
{
	return ks_str_has_prefix(parent, KS_STR("ASIA"));
}

int ks_session_find(struct ks_db *db, struct ks_str key_id, struct ks_arena *arena,
	struct ks_str *out_parent, struct ks_err *err)
{
	if (find(db, key_id, arena, out_parent, err) != 0)
		return -1;
	if (is_waiting(*out_parent))
		*out_parent = (struct ks_str){ NULL, 0 };
	return 0;
}

int ks_session_is_trusted(struct ks_db *db, struct ks_str key_id, bool *out, struct ks_err *err)
{
	int64_t trusted = 0;

	if (ks_sql_int(db, "SELECT trusted FROM sessions WHERE key_id = $1", KS_SQL(KS_SQL_TEXT(key_id)),
		&trusted,
			err) != 0)
		return -1;
	*out = trusted == 1;
	return 0;
}

/* Sessions of a session that nobody knew until now follow it to its parent. */
static int adopt(struct ks_db *db, const struct ks_session *session, struct ks_arena *arena,
	struct ks_vec *out_rooted, struct ks_err *err)
{
	struct ks_str key_id = session->key_id, parent = session->parent_key;
	size_t before = out_rooted->n;

	if (!is_waiting(parent)) {
		*(struct ks_str *)ks_vec_push(out_rooted) = ks_str_of(ks_arena_strdup(arena, key_id));
		if (ks_sql_texts(db, "SELECT key_id FROM sessions WHERE parent_key = $1 ORDER BY key_id",
				KS_SQL(KS_SQL_TEXT(key_id)), (struct ks_sql_into){ arena, out_rooted }, err) != 0)
			return -1;
		if (out_rooted->n == before + 1)
			return 0;
	}
	return ks_sql_run(db, "UPDATE sessions SET parent_key = $2, trusted = trusted * $3 WHERE parent_key = "
		"$1",
		KS_SQL(KS_SQL_TEXT(key_id), KS_SQL_TEXT(parent), KS_SQL_INT(session->is_trusted)), err);
}

/* With the first key of the chain for a parent, as far as it is known. */
static int lead_back(struct ks_db *db, struct ks_session *session, struct ks_arena *arena,
	struct ks_err *err)
{
	struct ks_str first = { NULL, 0 };
	bool is_trusted = true;

	if (!is_waiting(session->parent_key))
		return 0;
	if (find(db, session->parent_key, arena, &first, err) != 0 ||
		(first.p != NULL && ks_session_is_trusted(db, session->parent_key, &is_trusted, err) != 0))
		return -1;
	session->is_trusted = session->is_trusted && is_trusted;
	if (first.p != NULL)
		session->parent_key = first;
	return 0;
}

int ks_session_put(struct ks_db *db, const struct ks_session *given, struct ks_arena *arena,
	struct ks_vec *out_rooted, struct ks_err *err)
{
	struct ks_session session = *given;

	if (lead_back(db, &session, arena, err) != 0)
		return -1;
	/* A ring of sessions that hand out each other is nobody's. */
	if (ks_str_is_equal(session.parent_key, session.key_id))
		return 0;
	if (ks_sql_run(db,
			"INSERT INTO sessions (key_id, parent_key, learned_ms, given_ms, expires_ms, trusted) VALUES "
			"($1, $2, $3, $4, $5, $6) ON CONFLICT (key_id) DO NOTHING",
			KS_SQL(KS_SQL_TEXT(session.key_id), KS_SQL_TEXT(session.parent_key),
				KS_SQL_INT(session.learned_ms), KS_SQL_TIME(session.given_ms),
				KS_SQL_TIME(session.expires_ms), KS_SQL_INT(session.is_trusted)),
			err) != 0)
		return -1;
	if (ks_db_changes(db) == 1)
		return adopt(db, &session, arena, out_rooted, err);
	return !session.is_trusted ? 0 :
		ks_sql_run(db, "UPDATE sessions SET trusted = 1 WHERE key_id = $1 AND parent_key = $2",
			KS_SQL(KS_SQL_TEXT(session.key_id), KS_SQL_TEXT(session.parent_key)), err);
}

static int list(struct ks_db *db, const char *sql, struct ks_arena *arena, struct ks_vec *out,
	struct ks_err *err)
{
	struct ks_db_query *query = NULL;
	bool has_row = true;
	int rc = ks_sql_open(db, sql, KS_SQL_NONE, &query, err);

	while (rc == 0 && (rc = ks_db_step(query, &has_row, err)) == 0 && has_row)
		*(struct ks_session *)ks_vec_push(out) = (struct ks_session){ ks_sql_text(query, 0, arena),
			ks_sql_text(query, 1, arena), ks_db_column_int(query, 2), ks_sql_time(query, 3),
			ks_sql_time(query, 4), ks_db_column_int(query, 5) != 0 };
	ks_db_finish(query);
	return rc;
}

#define COLUMNS "key_id, parent_key, learned_ms, given_ms, expires_ms, trusted"

int ks_session_list(struct ks_db *db, struct ks_arena *arena, struct ks_vec *out, struct ks_err *err)
{
	return list(db, "SELECT " COLUMNS " FROM sessions WHERE NOT " IS_WAITING " ORDER BY key_id", arena, out,
		err);
}

int ks_session_list_decoys(struct ks_db *db, struct ks_arena *arena, struct ks_vec *out,
	struct ks_err *err)
{
	return list(db,
		"SELECT " COLUMNS " FROM sessions WHERE parent_key IN (SELECT key_id FROM decoys) ORDER BY key_id",
		arena, out, err);
}

#define IS_UNUSED "NOT EXISTS (SELECT 1 FROM events e WHERE e.key_id = sessions.key_id) AND NOT EXISTS " \
	"(SELECT 1 FROM decoys d WHERE d.key_id = sessions.parent_key)"

int ks_session_forget(struct ks_db *db, int64_t now_ms, int64_t longest_ms, struct ks_err *err)
{
	int64_t latest = KS_TIME_NONE;

	if (ks_sql_int(db, "SELECT MAX(given_ms) FROM sessions", KS_SQL_NONE, &latest, err) != 0)
		return -1;
	if (latest != KS_TIME_NONE &&
		ks_sql_run(db,
			"DELETE FROM sessions WHERE learned_ms < $1 AND COALESCE(expires_ms, given_ms + $2, 0) < $3 "
			"AND " IS_UNUSED,
			KS_SQL(KS_SQL_INT(now_ms - KS_SESSION_KEPT_MS), KS_SQL_INT(longest_ms),
				KS_SQL_INT(latest - KS_SESSION_LATE_MS)),
			err) != 0)
		return -1;
	return ks_sql_run(db,
		"DELETE FROM sessions WHERE key_id IN (SELECT key_id FROM sessions WHERE " IS_WAITING
		" ORDER BY given_ms DESC, key_id LIMIT 1000000000 OFFSET $1) AND " IS_UNUSED,
		KS_SQL(KS_SQL_INT(KS_SESSION_WAITING)), err);
}
