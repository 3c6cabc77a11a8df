/*
 * How findings are written out: one row a format, one file a row. A rendered finding is a piece of text
 * that stands by itself, so that it can be sorted and spilled; begin, between and end go around the
 * pieces. A format for people shows an event once, below all findings about it.
 */
#ifndef KS_REPORT_FORMAT_H
#define KS_REPORT_FORMAT_H

#include "lib/base/buf.h"
#include "lib/incident/finding.h"

struct ks_formatter {
	const char *name;                  /* as --format takes it */
	const char *begin, *between, *end;
	void (*render)(const struct ks_finding *finding, bool has_color, struct ks_buf *out);
	/* What is said once for all findings about one event, behind them; NULL when each finding says it
	 * all. */
	void (*render_event)(const struct ks_finding *finding, bool has_color, struct ks_buf *out);
};

const struct ks_formatter *ks_format_find(const char *name);     /* NULL when there is none */

#endif
