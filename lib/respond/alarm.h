/*
 * The alarm: a limit holds back what would have been done. Somebody who uses three keys that do not matter
 * must not shield the fourth that does, so people are told at the highest level, at once and apart from the
 * incident's own notices, and the journal says so.
 */
#ifndef KS_RESPOND_ALARM_H
#define KS_RESPOND_ALARM_H

#include "lib/respond/guard.h"
#include "lib/store/db.h"

#define KS_ALARM_KIND "limit"        /* of the notice and of the journal's entry */

/* All borrowed. */
struct ks_alarm {
	const struct ks_facts *facts;
	int64_t plan;                            /* 0: it has no number yet */
	struct ks_str policy;
	const struct ks_vec *verdicts;           /* struct ks_guard_verdict */
	const char *const *notifiers;            /* none: "stdout", which watch has when nothing is said */
	size_t notifier_count;
	int64_t expires_ms;                      /* for ks_alarm_wait: when the approval is asked for no more */
};

/* Raises it where the guard of the limit asks for an approval, once an hour for an incident. A transaction
 * of its own: none must be open. *out_raised: this time it was. The notice: planpost.h.
 * Errors are the store's. */
int ks_alarm_raise(struct ks_db *db, const struct ks_alarm *alarm, bool *out_raised, struct ks_err *err);

/* A plan that was to be carried out waits for somebody after all: tells so, unless a notice about this plan
 * asked for an approval before. Likewise a transaction of its own. */
int ks_alarm_wait(struct ks_db *db, const struct ks_alarm *alarm, const char *why, struct ks_err *err);

#endif
