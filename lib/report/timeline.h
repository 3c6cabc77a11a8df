/*
 * Events by time as an inline SVG picture: one lane for each stage that was reached, the shape and color of
 * a mark say the level, a hollow one was denied. Events that fall together share a mark with their number.
 * The size of the picture does not grow with the number of events. Where events share marks there are closer
 * looks, wider pictures that scroll, chosen by radio buttons and the style sheet alone: no script.
 */
#ifndef KS_REPORT_TIMELINE_H
#define KS_REPORT_TIMELINE_H

#include "lib/incident/stage.h"
#include "lib/report/html.h"
#include "lib/sigma/rule.h"

/* One event. */
struct ks_timeline_mark {
	int64_t time_ms; /* KS_TIME_NONE: it is counted and not drawn */
	unsigned stages; /* bits of enum ks_stage; stands in the lane of each */
	enum ks_level level; /* of the gravest finding about it */
	bool is_denied;
	struct ks_str label; /* for the tooltip of its mark */
};

/* The picture with its legend; a sentence where there is nothing to draw. In any order. Once on a page. */
void ks_timeline_render(const struct ks_timeline_mark *marks, size_t n, struct ks_html *html);

#endif
