/*
 * Trips: harmless calls that were made with a decoy on purpose, to see that the alarm works. Each is written
 * down, so that its record is known again by AWS's request id and nobody takes it for a thief's.
 */
#ifndef KS_INCIDENT_TRIP_H
#define KS_INCIDENT_TRIP_H

#include "lib/base/arena.h"
#include "lib/store/db.h"

struct ks_trip {
	struct ks_str key_id;
	struct ks_str call;              /* "GetCallerIdentity" */
	struct ks_str request_id;        /* AWS's; "" when it did not say */
	int64_t sent_ms;
};

/* What the store knows of one. */
struct ks_trip_outcome {
	bool has_event;
	struct ks_str identity;          /* of the event; in arena */
	int64_t received_ms;             /* when the event was stored */
	int64_t incident;                /* 0: none */
	int64_t notices, sent;           /* of that incident: all, and those that were delivered */
};

int ks_trip_add(struct ks_db *db, const struct ks_trip *trip, struct ks_err *err);

/* The event is the one with that request id or, where the record has none, one of the call and not from
 * before it. Errors are the store's. */
int ks_trip_look(struct ks_db *db, const struct ks_trip *trip, struct ks_arena *arena,
	struct ks_trip_outcome *out, struct ks_err *err);

#endif
