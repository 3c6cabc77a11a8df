/*
 * What people are told of what people did: "acknowledged" and "closed" go to the notifiers that were told
 * of the incident, by itself or among those of a storm, so that what pages does not go on paging, and what
 * shows it as open shows its end.
 */
#ifndef KS_INCIDENT_CLOSING_H
#define KS_INCIDENT_CLOSING_H

#include "lib/incident/incident.h"

/* Puts the notices into the outbox, inside the caller's transaction and behind the change and its entry in
 * the journal. Where nobody was told, there is nothing to add. Errors are the store's. */
int ks_closing_tell(struct ks_db *db, const struct ks_incident_change *change, const char *kind,
	struct ks_err *err);

#endif
