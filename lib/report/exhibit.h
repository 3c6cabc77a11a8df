/*
 * The evidence as a table: each event on a line, its record in full one click below it.
 */
#ifndef KS_REPORT_EXHIBIT_H
#define KS_REPORT_EXHIBIT_H

#include "lib/report/dossier.h"
#include "lib/report/html.h"

#define KS_EXHIBIT_EVENTS 500u /* shown when nothing else is asked for */
#define KS_EXHIBIT_RECORD (64u * 1024) /* bytes of a record that are shown */

/* At most max events, the first by time; where there are more, a loud note says how many. */
void ks_exhibit_render(const struct ks_dossier *dossier, size_t max, struct ks_html *html);

#endif
