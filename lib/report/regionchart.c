/* Bars beside their numbers: who does not see the bars has lost nothing. */
#include "lib/report/regionchart.h"

#include "lib/report/actorview.h"
#include "lib/report/breakdown.h"

#define WIDTH 300 /* of the longest bar */
#define HEIGHT 14
#define LONGEST 64u /* bytes of a name */

static struct ks_str region_of(const struct ks_evidence *e, struct ks_str *out_detail)
{
	(void)out_detail;
	return e->region;
}

static void add_part(struct ks_html *html, const char *class_name, double from, double width)
{
	if (width <= 0)
		return;
	ks_html_start(html, "rect", class_name);
	ks_html_attrf(html, "x", "%.1f", from);
	ks_html_attr(html, "y", KS_STR("1"));
	ks_html_attrf(html, "width", "%.1f", width);
	ks_html_attrf(html, "height", "%d", HEIGHT - 2);
	ks_html_close(html);
}

/* At least so wide that one can see it. */
static void add_bar(struct ks_html *html, const struct ks_breakdown_row *row, size_t most)
{
	double done = (double)(row->events - row->denied) * WIDTH / (double)most;
	double denied = (double)row->denied * WIDTH / (double)most;

	if (row->events > row->denied && done < 2)
		done = 2;
	if (row->denied > 0 && denied < 2)
		denied = 2;
	ks_html_start(html, "svg", "bar");
	ks_html_attrf(html, "viewBox", "0 0 %d %d", WIDTH + 4, HEIGHT);
	ks_html_attr(html, "preserveAspectRatio", KS_STR("none"));
	ks_html_attr(html, "aria-hidden", KS_STR("true"));
	add_part(html, "done", 0, done);
	add_part(html, "refused", done + 1, denied);
	ks_html_close(html);
}

static void add_row(struct ks_html *html, const struct ks_breakdown_row *row, size_t most)
{
	ks_html_open(html, "tr");
	ks_html_open(html, "th");
	ks_html_attr(html, "scope", KS_STR("row"));
	if (row->value.n > 0)
		ks_html_clip(html, row->value, LONGEST);
	else
		ks_html_put(html, "span", "note", KS_STR("none"));
	ks_html_close(html);
	ks_html_start(html, "td", "bar-cell");
	add_bar(html, row, most);
	ks_html_close(html);
	ks_html_putf(html, "td", "count-cell", "%zu", row->events);
	ks_html_putf(html, "td", row->denied > 0 ? "count-cell denied" : "count-cell", "%zu", row->denied);
	ks_html_close(html);
}

void ks_regionchart_render(const struct ks_vec *events, struct ks_html *html)
{
	static const char *const columns[] = { "Region", "full: done, hollow: denied", "+calls", "+denied",
		NULL };
	struct ks_vec rows = KS_VEC_OF(struct ks_breakdown_row);

	ks_breakdown_make(events, (struct ks_breakdown_field){ region_of }, &rows);
	if (rows.n == 0) {
		ks_html_put(html, "p", "note", KS_STR("There is no event."));
	} else {
		ks_html_scroll(html, "Calls by Region");
		ks_actorview_table(html, "Calls by Region, the most first", columns);
		ks_html_open(html, "tbody");
		for (size_t i = 0; i < rows.n && i < KS_REGIONCHART_ROWS; i++)
			add_row(html, KS_VEC_AT(&rows, struct ks_breakdown_row, i),
				KS_VEC_AT(&rows, struct ks_breakdown_row, 0)->events);
		ks_html_close(html);
		ks_html_close(html);
		ks_html_close(html);
		if (rows.n > KS_REGIONCHART_ROWS)
			ks_html_putf(html, "p", "alarm", "%zu more are not shown.", rows.n - KS_REGIONCHART_ROWS);
	}
	ks_vec_release(&rows);
}
