/*
 * What an incident adds up to from its events: counts, times, stages, addresses, level. Its events are those
 * of its actor among what its findings list, and those that say whose a finding is; of others only the
 * addresses count. Not for anyone but grouping.c. All of it belongs into the caller's transaction.
 */
#ifndef KS_INCIDENT_TALLY_H
#define KS_INCIDENT_TALLY_H

#include "lib/incident/evidence.h"

/* One more event of an incident that it had not before. */
int ks_tally_add(struct ks_db *db, int64_t incident_id, const struct ks_evidence *evidence,
	struct ks_err *err);

/* One more event of another actor among what its findings list. */
int ks_tally_add_other(struct ks_db *db, int64_t incident_id, const struct ks_evidence *evidence,
	struct ks_err *err);

/* One of its events turned out to be a decoy's doing. */
int ks_tally_know_decoy(struct ks_db *db, int64_t incident_id, const struct ks_evidence *evidence,
	struct ks_err *err);

/* Whether the event is among those that the incident's findings list. */
int ks_tally_has(struct ks_db *db, int64_t incident_id, struct ks_str identity, bool *out,
	struct ks_err *err);

/* All of it anew, from the findings that it has now. *out_findings: how many. */
int ks_tally_renew(struct ks_db *db, int64_t incident_id, int64_t *out_findings, struct ks_err *err);

#endif
