/*
 * Who is told what: the notices of a batch. Incidents that share an address are one page, and a page is told
 * once: when its first incident opens, when its level rises or its first decoy is used, when a closed
 * incident of it opens again or a snooze ends with news, and, not more than once in a while, which incidents
 * joined it since. Exercises (drillcase.h) are told apart: a real incident never waits behind one, nor is
 * it told by the notice of one. Of pages that open, more than a few within a minute are told together
 * (storm.h).
 */
#ifndef KS_INCIDENT_PAGE_H
#define KS_INCIDENT_PAGE_H

#include "lib/base/vec.h"
#include "lib/codec/json.h"
#include "lib/incident/incident.h"
#include "lib/store/db.h"

#include <stddef.h>
#include <stdint.h>

struct ks_page_request {
	int64_t now_ms;
	int64_t quiet_ms;                /* a page that was told longer ago is told anew */
	int64_t page_ms;                 /* pause before those that joined a page are told */
	const char *const *notifiers;
	size_t notifier_count;
	bool has_hurry;                  /* nothing waits for a minute to be over */
	/* The incidents of this batch, in any order (int64_t): where more than KS_PAGE_FEW wait, only their
	 * pages are looked at. NULL: all are, as has to be done now and then. */
	const struct ks_vec *touched;
	/* As the plan before said. Then what touched opens takes no room, and no storm, from who waited longer
	 * or is graver: all are looked at instead, once there is any. */
	bool has_left;
};

#define KS_PAGE_FEW 50u

struct ks_page_outcome {
	uint64_t notices;                /* rows of the outbox */
	bool was_whole;                  /* all that wait were looked at */
	bool has_left;                   /* who would open a page found no room, and waits */
};

/* Puts the notices of all incidents that wait to be told into the outbox, and journals them. Belongs into
 * the caller's transaction. Errors are the store's. */
int ks_page_plan(struct ks_db *db, const struct ks_page_request *request, struct ks_page_outcome *out,
	struct ks_err *err);

/* What a notice says of an incident as it is, added to a notice's body (outbox.h). */
int ks_page_describe(struct ks_db *db, const struct ks_incident *incident, struct ks_json *json,
	struct ks_err *err);

#endif
