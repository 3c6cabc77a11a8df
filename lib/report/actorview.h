/*
 * Who did it and from where, as tables of counted values, and the incidents on the same page.
 */
#ifndef KS_REPORT_ACTORVIEW_H
#define KS_REPORT_ACTORVIEW_H

#include "lib/report/dossier.h"
#include "lib/report/html.h"

/* Keys, principals, addresses, calls, agents: the first rows of each, and how many more. */
void ks_actorview_render(const struct ks_dossier *dossier, struct ks_html *html);

/* The incidents that share an address. */
void ks_actorview_render_linked(const struct ks_dossier *dossier, struct ks_html *html);

/* The head of a table: its column names, NULL-terminated; those that start with '+' are numbers. */
void ks_actorview_table(struct ks_html *html, const char *caption, const char *const *columns);

#endif
