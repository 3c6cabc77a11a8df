/* The events table. */
#include "lib/incident/evidence.h"

#include "lib/base/time.h"
#include "lib/store/sql.h"

/* In the order of the enum. */
static const char *const trusts[] = { "none", "declared", "aws", "drill" };

const char *ks_evidence_trust_name(enum ks_evidence_trust trust)
{
	return trusts[trust];
}

static enum ks_evidence_trust read_trust(struct ks_str text)
{
	for (size_t i = 0; i < sizeof(trusts) / sizeof(trusts[0]); i++)
		if (ks_str_is(text, trusts[i]))
			return (enum ks_evidence_trust)i;
	return KS_EVIDENCE_UNTRUSTED;
}

bool ks_evidence_is_trusted(enum ks_evidence_trust trust)
{
	return trust == KS_EVIDENCE_DECLARED || trust == KS_EVIDENCE_FETCHED;
}

void ks_evidence_read(struct ks_db_query *query, struct ks_arena *arena, struct ks_evidence *out)
{
	*out = (struct ks_evidence){
		.identity = ks_sql_text(query, 0, arena),
		.event_id = ks_sql_text(query, 1, arena),
		.time_ms = ks_sql_time(query, 2),
		.source = ks_sql_text(query, 3, arena),
		.name = ks_sql_text(query, 4, arena),
		.region = ks_sql_text(query, 5, arena),
		.error = ks_sql_text(query, 6, arena),
		.actor_type = ks_sql_text(query, 7, arena),
		.actor_arn = ks_sql_text(query, 8, arena),
		.account = ks_sql_text(query, 9, arena),
		.key_id = ks_sql_text(query, 10, arena),
		.key_kind = ks_sql_text(query, 11, arena),
		.actor = ks_sql_text(query, 12, arena),
		.ip = ks_sql_text(query, 13, arena),
		.user_agent = ks_sql_text(query, 14, arena),
		.decoy_key = ks_sql_text(query, 15, arena),
		.decoy_match = ks_sql_text(query, 16, arena),
		.raw = ks_sql_blob(query, 17, arena),
		.where_source = ks_sql_text(query, 18, arena),
		.where_offset = ks_db_column_int(query, 19),
		.copies = ks_db_column_int(query, 20),
		.received_ms = ks_db_column_int(query, 21),
		.trust = read_trust(ks_db_column_text(query, 22)),
		.is_backlog = ks_db_column_int(query, 23) != 0,
		.is_own = ks_db_column_int(query, 24) != 0,
	};
}

static int insert(struct ks_db *db, const struct ks_evidence *e, struct ks_err *err)
{
	return ks_sql_run(db, "INSERT INTO events (identity, event_id, time_ms, source, name, region, error, "
		"actor_type, actor_arn, account, key_id, key_kind, actor, ip, user_agent, decoy_key, decoy_match, "
		"raw, where_source, where_offset, copies, received_ms, trust, backlog, own) VALUES ($1, $2, $3, $4, "
		"$5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, 1, $21, $22, $23, $24) "
		"ON CONFLICT (identity) DO NOTHING",
		KS_SQL(KS_SQL_TEXT(e->identity), KS_SQL_TEXT(e->event_id), KS_SQL_TIME(e->time_ms),
			KS_SQL_TEXT(e->source), KS_SQL_TEXT(e->name), KS_SQL_TEXT(e->region), KS_SQL_TEXT(e->error),
			KS_SQL_TEXT(e->actor_type), KS_SQL_TEXT(e->actor_arn), KS_SQL_TEXT(e->account),
			KS_SQL_TEXT(e->key_id), KS_SQL_TEXT(e->key_kind), KS_SQL_TEXT(e->actor), KS_SQL_TEXT(e->ip),
			KS_SQL_TEXT(e->user_agent), KS_SQL_TEXT(e->decoy_key), KS_SQL_TEXT(e->decoy_match),
			KS_SQL_BLOB(e->raw), KS_SQL_TEXT(e->where_source), KS_SQL_INT(e->where_offset),
			KS_SQL_INT(e->received_ms), KS_SQL_TEXT(ks_str_of(ks_evidence_trust_name(e->trust))),
			KS_SQL_INT(e->is_backlog), KS_SQL_INT(e->is_own)), err);
}

/* How the copy stands to what is stored: the trust of that, and whether there never were other bytes. */
static int compare(struct ks_db *db, const struct ks_evidence *e, enum ks_evidence_trust *out_trust,
	bool *out_is_same, struct ks_err *err)
{
	struct ks_db_query *query = NULL;
	bool has_row = false;
	int rc = ks_sql_open(db, "SELECT trust, raw = $2 AND mixed = 0 FROM events WHERE identity = $1",
		KS_SQL(KS_SQL_TEXT(e->identity), KS_SQL_BLOB(e->raw)), &query, err);

	if (rc == 0)
		rc = ks_db_step(query, &has_row, err);
	if (rc == 0 && has_row) {
		*out_trust = read_trust(ks_db_column_text(query, 0));
		*out_is_same = ks_db_column_int(query, 1) != 0;
	}
	ks_db_finish(query);
	return rc;
}

static int raise_trust(struct ks_db *db, const struct ks_evidence *e, struct ks_err *err)
{
	return ks_sql_run(db, "UPDATE events SET trust = $2 WHERE identity = $1",
		KS_SQL(KS_SQL_TEXT(e->identity), KS_SQL_TEXT(ks_str_of(ks_evidence_trust_name(e->trust)))), err);
}

static int mark_mixed(struct ks_db *db, const struct ks_evidence *e, struct ks_err *err)
{
	return ks_sql_run(db, "UPDATE events SET mixed = 1 WHERE identity = $1 AND raw <> $2",
		KS_SQL(KS_SQL_TEXT(e->identity), KS_SQL_BLOB(e->raw)), err);
}

/* A copy from another place counts; the lowest place stands for all, with the bytes that stand there. */
static int count_copy(struct ks_db *db, const struct ks_evidence *e, struct ks_err *err)
{
	if (ks_sql_run(db, "UPDATE events SET actor = $2, decoy_key = COALESCE($3, decoy_key), decoy_match = "
		"COALESCE($4, decoy_match), own = MAX(own, $5) WHERE identity = $1",
		KS_SQL(KS_SQL_TEXT(e->identity), KS_SQL_TEXT(e->actor), KS_SQL_TEXT(e->decoy_key),
			KS_SQL_TEXT(e->decoy_match), KS_SQL_INT(e->is_own)), err) != 0 ||
		ks_sql_run(db, "UPDATE events SET copies = copies + 1 WHERE identity = $1 AND NOT (where_source = "
			"$2 AND where_offset = $3)",
			KS_SQL(KS_SQL_TEXT(e->identity), KS_SQL_TEXT(e->where_source), KS_SQL_INT(e->where_offset)),
			err) != 0)
		return -1;
	return 0;
}

static int move_lower(struct ks_db *db, const struct ks_evidence *e, struct ks_err *err)
{
	return ks_sql_run(db, "UPDATE events SET where_source = $2, where_offset = $3, raw = $4 WHERE "
		"identity = $1 AND (where_source > $2 OR (where_source = $2 AND where_offset > $3))",
		KS_SQL(KS_SQL_TEXT(e->identity), KS_SQL_TEXT(e->where_source), KS_SQL_INT(e->where_offset),
			KS_SQL_BLOB(e->raw)), err);
}

/* One that is there. */
static int put_copy(struct ks_db *db, const struct ks_evidence *e, enum ks_evidence_outcome *out,
	struct ks_err *err)
{
	enum ks_evidence_trust stored = KS_EVIDENCE_UNTRUSTED;
	bool is_same = false;

	if (compare(db, e, &stored, &is_same, err) != 0 || count_copy(db, e, err) != 0)
		return -1;
	if (is_same && e->trust > stored && e->trust != KS_EVIDENCE_DRILL && raise_trust(db, e, err) != 0)
		return -1;
	/* What was found in them until now may come from either. */
	if (!is_same && stored == KS_EVIDENCE_UNTRUSTED && mark_mixed(db, e, err) != 0)
		return -1;
	if ((is_same || e->trust == stored) && move_lower(db, e, err) != 0)
		return -1;
	*out = is_same || e->trust >= stored ? KS_EVIDENCE_COPY : KS_EVIDENCE_DOUBTFUL;
	return 0;
}

int ks_evidence_put(struct ks_db *db, const struct ks_evidence *evidence,
	enum ks_evidence_outcome *out_outcome, struct ks_err *err)
{
	if (insert(db, evidence, err) != 0)
		return -1;
	if (ks_db_changes(db) != 1)
		return put_copy(db, evidence, out_outcome, err);
	*out_outcome = KS_EVIDENCE_NEW;
	return 0;
}
static void read_row(struct ks_db_query *query, struct ks_arena *arena, void *out)
{
	ks_evidence_read(query, arena, out);
}

int ks_evidence_find(struct ks_db *db, struct ks_str identity, struct ks_arena *arena,
	struct ks_evidence *out, bool *out_found, struct ks_err *err)
{
	return ks_sql_row(db, "SELECT " KS_EVIDENCE_COLUMNS " FROM events e WHERE e.identity = $1",
		KS_SQL(KS_SQL_TEXT(identity)), &(struct ks_sql_reader){ read_row, arena, out }, out_found, err);
}

int ks_evidence_by_key(struct ks_db *db, struct ks_str key_id, struct ks_arena *arena, struct ks_vec *out,
	struct ks_err *err)
{
	return ks_sql_rows(db, "SELECT " KS_EVIDENCE_COLUMNS " FROM events e WHERE e.key_id = $1 "
		"ORDER BY e.time_ms, e.identity", KS_SQL(KS_SQL_TEXT(key_id)),
		&(struct ks_sql_reader){ read_row, arena, out }, err);
}

int ks_evidence_assign(struct ks_db *db, struct ks_str key_id, struct ks_str actor, struct ks_str decoy_key,
	struct ks_err *err)
{
	return ks_sql_run(db, "UPDATE events SET actor = $2, decoy_key = COALESCE($3, decoy_key), decoy_match = "
		"CASE WHEN $3 IS NULL THEN decoy_match ELSE 'session' END WHERE key_id = $1",
		KS_SQL(KS_SQL_TEXT(key_id), KS_SQL_TEXT(actor), KS_SQL_TEXT(decoy_key)), err);
}

void ks_evidence_tell(const struct ks_evidence *e, const char *id_name, struct ks_json *json)
{
	ks_json_add_str(json, "identity", e->identity);
	ks_json_add_str(json, id_name, e->event_id);
	ks_json_add_time(json, "time", e->time_ms);
	ks_json_add_str(json, "source", e->source);
	ks_json_add_str(json, "name", e->name);
	ks_json_add_str(json, "region", e->region);
	ks_json_add_str(json, "error", e->error);
	ks_json_add_str(json, "actor_type", e->actor_type);
	ks_json_add_str(json, "actor_arn", e->actor_arn);
	ks_json_add_str(json, "account", e->account);
	ks_json_add_str(json, "key_id", e->key_id);
	ks_json_add_str(json, "key_kind", e->key_kind);
	ks_json_add_str(json, "actor", e->actor);
	ks_json_add_str(json, "ip", e->ip);
	ks_json_add_str(json, "user_agent", e->user_agent);
	ks_json_add_str(json, "decoy_key", e->decoy_key);
	ks_json_add_str(json, "decoy_match", e->decoy_match);
	ks_json_add_text(json, "trust", ks_evidence_trust_name(e->trust));
	ks_json_add_bool(json, "own", e->is_own);
	ks_json_add_int(json, "copies", e->copies);
	ks_json_add_time(json, "received", e->received_ms);
}
