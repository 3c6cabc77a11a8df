/* What an incident adds up to. */
#include "lib/incident/tally.h"

#include "lib/codec/ip.h"
#include "lib/incident/stage.h"
#include "lib/store/sql.h"

#define LISTED_EVENTS "FROM findings f JOIN finding_events fe ON fe.finding_id = f.id JOIN events e ON " \
	"e.identity = fe.event_identity WHERE f.incident_id = $1"
#define ITS_EVENTS LISTED_EVENTS " AND (e.actor = incidents.actor OR e.identity = f.event_identity)"

/* Services call by name ("ses.amazonaws.com"): that is where nobody is, and links nothing. */
static int add_address(struct ks_db *db, int64_t incident_id, struct ks_str address, struct ks_err *err)
{
	struct ks_ip ip;

	if (!ks_ip_parse(address, &ip))
		return 0;
	return ks_sql_run(db,
		"INSERT INTO incident_addresses (incident_id, address) VALUES ($1, $2) ON CONFLICT "
		"(incident_id, address) DO NOTHING",
		KS_SQL(KS_SQL_INT(incident_id), KS_SQL_TEXT(address)), err);
}

/* The decoy, when it is the actor itself. */
static struct ks_str decoy_of(const struct ks_evidence *e)
{
	if (ks_str_is(e->decoy_match, "key") || ks_str_is(e->decoy_match, "session") ||
		ks_str_is(e->decoy_match, "user"))
		return e->decoy_key;
	return (struct ks_str){ NULL, 0 };
}

int ks_tally_add(struct ks_db *db, int64_t incident_id, const struct ks_evidence *e, struct ks_err *err)
{
	if (ks_sql_run(db,
			"UPDATE incidents SET events = events + 1, "
			"first_ms = CASE WHEN $2 IS NOT NULL AND (first_ms IS NULL OR first_ms > $2) THEN $2 ELSE "
			"first_ms END, "
			"last_ms = CASE WHEN $2 IS NOT NULL AND (last_ms IS NULL OR last_ms < $2) THEN $2 ELSE "
			"last_ms END, "
			"stages = stages | $3, account = COALESCE(account, $4), decoy_key = CASE WHEN actor = "
			"'key:' || $5 "
			"THEN $5 ELSE decoy_key END WHERE id = $1",
			KS_SQL(KS_SQL_INT(incident_id), KS_SQL_TIME(e->time_ms),
				KS_SQL_INT((int64_t)ks_stage_of(e->source, e->name)), KS_SQL_TEXT(e->account),
				KS_SQL_TEXT(decoy_of(e))),
			err) != 0)
		return -1;
	return add_address(db, incident_id, e->ip, err);
}

int ks_tally_add_other(struct ks_db *db, int64_t incident_id, const struct ks_evidence *e,
	struct ks_err *err)
{
	return add_address(db, incident_id, e->ip, err);
}

int ks_tally_know_decoy(struct ks_db *db, int64_t incident_id, const struct ks_evidence *e,
	struct ks_err *err)
{
	if (decoy_of(e).p == NULL)
		return 0;
	return ks_sql_run(db,
		"UPDATE incidents SET decoy_key = $2 WHERE id = $1 AND decoy_key IS NULL AND actor = 'key:' || $2",
		KS_SQL(KS_SQL_INT(incident_id), KS_SQL_TEXT(decoy_of(e))), err);
}

int ks_tally_has(struct ks_db *db, int64_t incident_id, struct ks_str identity, bool *out,
	struct ks_err *err)
{
	int64_t n = 0;

	/* An event has few findings, an incident may have very many: this order of looking is no accident. */
	if (ks_sql_int(db, "SELECT COUNT(*) FROM finding_events fe WHERE fe.event_identity = $1 AND (SELECT "
		"f.incident_id FROM findings f WHERE f.id = fe.finding_id) = $2",
		KS_SQL(KS_SQL_TEXT(identity), KS_SQL_INT(incident_id)), &n, err) != 0)
		return -1;
	*out = n > 0;
	return 0;
}

/* The stages of its events, and the addresses of all that its findings list. */
static int gather(struct ks_db *db, int64_t incident_id, unsigned *out_stages, struct ks_vec *out_addresses,
	struct ks_arena *arena, struct ks_err *err)
{
	struct ks_db_query *query = NULL;
	bool has_row = true;
	int rc = ks_sql_open(db,
		"SELECT DISTINCT e.source, e.name, e.ip, CASE WHEN e.identity = f.event_identity OR e.actor = "
		"(SELECT i.actor FROM incidents i WHERE i.id = $1) THEN 1 ELSE 0 END " LISTED_EVENTS,
		KS_SQL(KS_SQL_INT(incident_id)), &query, err);

	while (rc == 0 && (rc = ks_db_step(query, &has_row, err)) == 0 && has_row) {
		if (ks_db_column_int(query, 3) != 0)
			*out_stages |= ks_stage_of(ks_db_column_text(query, 0), ks_db_column_text(query, 1));
		*(struct ks_str *)ks_vec_push(out_addresses) = ks_sql_text(query, 2, arena);
	}
	ks_db_finish(query);
	return rc;
}

static int renew_sums(struct ks_db *db, int64_t incident_id, unsigned stages, struct ks_err *err)
{
	return ks_sql_run(db, "UPDATE incidents SET stages = $2, "
		"events = (SELECT COUNT(DISTINCT e.identity) " ITS_EVENTS "), "
		"first_ms = (SELECT MIN(e.time_ms) " ITS_EVENTS "), "
		"last_ms = (SELECT MAX(e.time_ms) " ITS_EVENTS "), "
		"level = (SELECT COALESCE(MAX(f.level), 0) FROM findings f WHERE f.incident_id = $1), "
		"decoy_key = (SELECT MAX(e.decoy_key) " ITS_EVENTS " AND e.decoy_match IN ('key', 'session', "
		"'user') AND incidents.actor = 'key:' || e.decoy_key) WHERE id = $1",
		KS_SQL(KS_SQL_INT(incident_id), KS_SQL_INT((int64_t)stages)), err);
}

int ks_tally_renew(struct ks_db *db, int64_t incident_id, int64_t *out_findings, struct ks_err *err)
{
	struct ks_vec addresses = KS_VEC_OF(struct ks_str);
	struct ks_arena arena = { NULL };
	unsigned stages = 0;
	int64_t findings = 0;
	int rc = ks_sql_int(db, "SELECT COUNT(*) FROM findings WHERE incident_id = $1",
		KS_SQL(KS_SQL_INT(incident_id)), &findings, err);

	if (rc == 0)
		rc = gather(db, incident_id, &stages, &addresses, &arena, err);
	/* What has no findings left is a part of another one: what it was stays readable. */
	if (rc == 0 && findings > 0)
		rc = renew_sums(db, incident_id, stages, err);
	if (rc == 0)
		rc = ks_sql_run(db, "DELETE FROM incident_addresses WHERE incident_id = $1",
			KS_SQL(KS_SQL_INT(incident_id)), err);
	for (size_t i = 0; rc == 0 && i < addresses.n; i++)
		rc = add_address(db, incident_id, *KS_VEC_AT(&addresses, struct ks_str, i), err);
	if (rc == 0)
		*out_findings = findings;
	ks_vec_release(&addresses);
	ks_arena_release(&arena);
	return rc;
}
