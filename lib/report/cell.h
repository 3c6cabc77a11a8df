/*
 * A cell of a CSV file (RFC 4180) for spreadsheets. One that begins as a formula would, also behind blanks,
 * gets an apostrophe in front, so that it is text to Excel, LibreOffice and Google Sheets; every cell stands
 * in quotes, and what controls or hides is shown as \xNN, so that no cell can end early. Source: OWASP, "CSV
 * Injection".
 */
#ifndef KS_REPORT_CELL_H
#define KS_REPORT_CELL_H

#include "lib/base/buf.h"

#define KS_CELL_MOST 30000u /* bytes that are shown: a cell of Excel holds 32,767 characters */

/* is_first: no comma before it. */
void ks_cell_add(struct ks_buf *out, struct ks_str value, bool is_first);

#endif
