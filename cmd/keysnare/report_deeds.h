/*
 * The kept plans of an incident in the words of a report: between lib/respond, which keeps them, and
 * lib/report, which shows them.
 */
#ifndef KS_CMD_REPORT_DEEDS_H
#define KS_CMD_REPORT_DEEDS_H

#include "lib/base/arena.h"
#include "lib/base/vec.h"
#include "lib/report/deedview.h"
#include "lib/store/db.h"

/* Release it in any case. */
struct ks_report_deeds {
	struct ks_vec plans; /* struct ks_deedview_plan, oldest first */
	struct ks_arena arena; /* owns all that they point to */
};

/* Errors: the store's. */
int ks_report_deeds_load(struct ks_db *db, int64_t incident, struct ks_report_deeds *out,
	struct ks_err *err);
void ks_report_deeds_release(struct ks_report_deeds *deeds);

#endif
