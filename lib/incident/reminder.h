/*
 * Reminders: what is grave, was told, and has nobody who took it on is told again, a few times. Whoever
 * acknowledges, snoozes or closes the incident ends that.
 */
#ifndef KS_INCIDENT_REMINDER_H
#define KS_INCIDENT_REMINDER_H

#include "lib/incident/outbox.h"

#define KS_REMINDER_AFTER_MS (INT64_C(15) * 60 * 1000)         /* of a critical incident */
#define KS_REMINDER_HIGH 4             /* one of level high waits so many times as long */
#define KS_REMINDER_MOST 3
#define KS_REMINDER_OLD_MS (INT64_C(24) * 3600 * 1000)         /* what was told before that is left alone */

/* All borrowed. */
struct ks_reminder_request {
	int64_t now_ms;
	int64_t after_ms;
	int64_t most;                      /* of one incident, until there is news; 0: none at all */
	const char *const *notifiers;
	size_t notifier_count;
};

/* Puts the reminders that are due into the outbox, and says so in the journals. A transaction of its own,
 * and only where there is something to do. *out_n: incidents. Errors are the store's. */
int ks_reminder_run(struct ks_db *db, const struct ks_reminder_request *request, size_t *out_n,
	struct ks_err *err);

#endif
