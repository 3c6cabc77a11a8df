/*
 * An inquiry for people and programs: plain text with bars, one JSON object, one HTML page. Nothing of a
 * record gets out of its place in any of them.
 */
#ifndef KS_REPORT_INQUIRYVIEW_H
#define KS_REPORT_INQUIRYVIEW_H

#include "lib/base/buf.h"
#include "lib/codec/json.h"
#include "lib/intel/netlist.h"
#include "lib/report/inquiry.h"

struct ks_inquiryview {
	const struct ks_inquiry *inquiry;
	const struct ks_netlist *lists;  /* categories of addresses; NULL: none */
	const char *where;               /* what was looked at: "the store", "3 files" */
	bool is_store;                   /* it was the store: trail files may have more */
	int64_t since_ms, until_ms;      /* what was asked for; KS_TIME_NONE: no bound */
	int64_t learn_ms;                /* what lies before anything is called new */
	unsigned most;                   /* rows of a table */
	bool has_blocks;                 /* text: bars of Unicode's blocks, else of '#' */
	int64_t now_ms;
};

/* "nothing of key … in 3 files since …: looked at 7 records from … to …", and what to try next: lines
 * without the last one's end. */
void ks_inquiryview_nothing(const struct ks_inquiryview *view, struct ks_buf *out);

void ks_inquiryview_text(const struct ks_inquiryview *view, struct ks_buf *out);
struct ks_json *ks_inquiryview_json(const struct ks_inquiryview *view);        /* free it */
void ks_inquiryview_page(const struct ks_inquiryview *view, struct ks_buf *out);

#endif
