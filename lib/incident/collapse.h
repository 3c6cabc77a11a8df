/*
 * Notices that pile up while a receiver is down become one: what an incident is by now says all that the
 * older ones said. Approvals and all else that asks for something stay as they are. The one that is left is
 * of the kind that matters most among them (one that never heard of the incident hears that it was opened),
 * and says for which it stands: outbox.h.
 */
#ifndef KS_INCIDENT_COLLAPSE_H
#define KS_INCIDENT_COLLAPSE_H

#include "lib/incident/outbox.h"

#define KS_COLLAPSE_LISTED 200         /* numbers of others that a notice names */

/* Folds what waits for that notifier, where something of the same incident or topic was tried
 * KS_OUTBOX_IN_ORDER times. A transaction of its own, and only where there is something to do. *out_n: how
 * many were folded into others. Errors are the store's. */
int ks_collapse_run(struct ks_db *db, struct ks_str notifier, int64_t *out_n, struct ks_err *err);

#endif
