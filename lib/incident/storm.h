/*
 * Storms: when more incidents open within a minute than anybody can look at one by one, the first are told
 * singly, and all further ones by one notice a minute that names them. They are incidents like any other.
 */
#ifndef KS_INCIDENT_STORM_H
#define KS_INCIDENT_STORM_H

#include "lib/incident/incident.h"
#include "lib/incident/outbox.h"

#define KS_STORM_SINGLY 20             /* incidents that are told one by one within KS_STORM_MS */
#define KS_STORM_MS (INT64_C(60) * 1000)
#define KS_STORM_LISTED 200u           /* incidents that one notice names */
#define KS_STORM_BYTES (64u * 1024)    /* of what it says of them; more are counted only */

struct ks_storm {
	int64_t room;                      /* more that may be told singly now */
	bool is_due;                       /* what is above that may be told now; else it waits */
	struct ks_vec incidents;           /* struct ks_incident: to be told together */
	struct ks_arena arena;
};

/* How things stand by the outbox. has_hurry: nothing waits. Close it in any case. */
int ks_storm_open(struct ks_db *db, int64_t now_ms, bool has_hurry, struct ks_storm *out,
	struct ks_err *err);
void ks_storm_close(struct ks_storm *storm);

bool ks_storm_has_room(struct ks_storm *storm);                /* and takes it */
void ks_storm_add(struct ks_storm *storm, const struct ks_incident *incident);     /* copied */

/* Puts the notice into the outbox; its level is that of the gravest. Inside the caller's transaction. */
int ks_storm_tell(struct ks_db *db, const struct ks_storm *storm, const struct ks_outbox_post *post,
	struct ks_err *err);

#endif
