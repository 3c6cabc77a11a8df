/*
 * The head of an incident's page: what happened in a line, its state, what leaked, how far the actor got.
 */
#ifndef KS_REPORT_VERDICT_H
#define KS_REPORT_VERDICT_H

#include "lib/report/dossier.h"
#include "lib/report/html.h"

/* The verdict and, below it, size and times. */
void ks_verdict_render(const struct ks_dossier *dossier, struct ks_html *html);

/* State, owner, times; now_ms tells how long ago the last event was. */
void ks_verdict_render_state(const struct ks_dossier *dossier, int64_t now_ms, struct ks_html *html);

/* The placement that leaked, or the decoys that the calls name. */
void ks_verdict_render_placement(const struct ks_dossier *dossier, struct ks_html *html);

/* The stages in order, the reached ones with first time and number of events. */
void ks_verdict_render_chain(const struct ks_dossier *dossier, struct ks_html *html);

/* "4 d 3 h", "7 min 26 s": the two largest units. */
#define KS_VERDICT_SPAN 48
const char *ks_verdict_span(int64_t ms, char out[KS_VERDICT_SPAN]);

#endif
