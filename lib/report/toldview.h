/*
 * Who was told what, when, and whether it arrived: the incident's notices as a table; and whether the heads
 * of the journal that they carry are in it.
 */
#ifndef KS_REPORT_TOLDVIEW_H
#define KS_REPORT_TOLDVIEW_H

#include "lib/report/html.h"
#include "lib/store/db.h"

#define KS_TOLDVIEW_ROWS 200u /* the newest; how many more there are is said */

/* Errors: the store's. */
int ks_toldview_render(struct ks_db *db, int64_t incident, struct ks_html *html, struct ks_err *err);

/* How many heads that notices carry are in the journal, and how many are not. */
struct ks_toldview_heads {
	size_t hold, fail;
};
int ks_toldview_compare(struct ks_db *db, int64_t incident, struct ks_toldview_heads *out,
	struct ks_err *err);

#endif
