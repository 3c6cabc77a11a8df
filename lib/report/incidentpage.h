/*
 * An incident as one self-contained HTML page, for somebody who has to decide at night: the verdict in a
 * line, which placement leaked, how far the actor got, what to do, what was done, who was told, and the
 * evidence. It fetches nothing, runs nothing, and is the same for the same store, rules and time. Its size
 * is bounded, however large the incident is: what it leaves out it says, and where that is.
 */
#ifndef KS_REPORT_INCIDENTPAGE_H
#define KS_REPORT_INCIDENTPAGE_H

#include "lib/report/deedview.h"
#include "lib/report/planview.h"
#include "lib/sigma/ruleset.h"
#include "lib/store/db.h"

struct ks_incidentpage {
	int64_t id;
	int64_t now_ms; /* said to be the time of making */
	const char *version; /* of the program */
	const struct ks_ruleset *rules; /* in use: their triage steps are shown; NULL: none */
	const struct ks_planview *plan; /* NULL: see plan_note */
	const char *plan_note; /* why there is no plan; NULL: how to get one is said */
	const struct ks_deedview_plan *deeds; /* plans that were kept */
	size_t deed_count;
	const char *deeds_note; /* said in their place, or NULL */
	size_t max_events; /* 0: KS_EXHIBIT_EVENTS */
};

#define KS_INCIDENTPAGE_SIZE (256u * 1024 * 1024) /* largest page */

/* Errors: NOTFOUND; LIMIT when the page would be larger than out may grow; the store's. */
int ks_incidentpage_render(struct ks_db *db, const struct ks_incidentpage *page, struct ks_buf *out,
	struct ks_err *err);

#endif
