/* Our own calls with decoys, and what came of them. */
#include "lib/incident/trip.h"

#include "lib/incident/evidence.h"
#include "lib/store/sql.h"

#define SECOND INT64_C(1000)

int ks_trip_add(struct ks_db *db, const struct ks_trip *trip, struct ks_err *err)
{
	return ks_sql_run(db, "INSERT INTO trips (id, key_id, call, request_id, sent_ms) "
		"SELECT COALESCE(MAX(id), 0) + 1, $1, $2, $3, $4 FROM trips",
		KS_SQL(KS_SQL_TEXT(trip->key_id), KS_SQL_TEXT(trip->call), KS_SQL_TEXT(trip->request_id),
			KS_SQL_INT(trip->sent_ms)), err);
}

static bool is_ours(const struct ks_trip *trip, const struct ks_evidence *e)
{
	if (trip->request_id.n > 0 && ks_str_find(e->raw, trip->request_id) >= 0)
		return true;
	/* A thief's call of the same name, at the same time, has another. */
	if (trip->request_id.n > 0 && ks_str_find(e->raw, KS_STR("\"requestID\"")) >= 0)
		return false;
	/* Records have whole seconds, and AWS's clock is not ours. */
	return ks_str_is_equal(e->name, trip->call) && e->time_ms >= trip->sent_ms - 2 * SECOND;
}

static int look_at_incident(struct ks_db *db, struct ks_trip_outcome *out, struct ks_err *err)
{
	if (ks_sql_int(db, "SELECT COALESCE(MAX(f.incident_id), 0) FROM finding_events fe JOIN findings f "
		"ON f.id = fe.finding_id WHERE fe.event_identity = $1", KS_SQL(KS_SQL_TEXT(out->identity)),
		&out->incident, err) != 0)
		return -1;
	if (out->incident == 0)
		return 0;
	return ks_sql_int(db, "SELECT COUNT(*) FROM outbox WHERE incident_id = $1",
			   KS_SQL(KS_SQL_INT(out->incident)), &out->notices, err) != 0 ||
			ks_sql_int(db, "SELECT COUNT(*) FROM outbox WHERE incident_id = $1 AND state = 'sent'",
				KS_SQL(KS_SQL_INT(out->incident)), &out->sent, err) != 0 ?
		-1 :
		0;
}

int ks_trip_look(struct ks_db *db, const struct ks_trip *trip, struct ks_arena *arena,
	struct ks_trip_outcome *out, struct ks_err *err)
{
	struct ks_vec events = KS_VEC_OF(struct ks_evidence);
	struct ks_trip_outcome outcome = { .has_event = false };
	int rc = ks_evidence_by_key(db, trip->key_id, arena, &events, err);

	for (size_t i = 0; rc == 0 && i < events.n && !outcome.has_event; i++) {
		const struct ks_evidence *e = KS_VEC_AT(&events, struct ks_evidence, i);

		if (!is_ours(trip, e))
			continue;
		outcome = (struct ks_trip_outcome){ .has_event = true, .identity = e->identity,
			.received_ms = e->received_ms };
		rc = look_at_incident(db, &outcome, err);
	}
	if (rc == 0)
		*out = outcome;
	ks_vec_release(&events);
	return rc;
}
