/*
 * Calls by Region as a table of bars: how many were done, and how many were denied.
 */
#ifndef KS_REPORT_REGIONCHART_H
#define KS_REPORT_REGIONCHART_H

#include "lib/base/vec.h"
#include "lib/report/html.h"

#define KS_REGIONCHART_ROWS 40u /* AWS has fewer Regions; what a record says may be anything */

/* events: struct ks_evidence. A sentence where there are none. */
void ks_regionchart_render(const struct ks_vec *events, struct ks_html *html);

#endif
