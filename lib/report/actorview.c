/* Tables of who, where from and what. */
#include "lib/report/actorview.h"

#include "lib/base/time.h"
#include "lib/report/breakdown.h"

#include <inttypes.h>

#define ROWS 20u /* of one table */
#define LONGEST 200u /* bytes of a value */
#define LINKED 100u

static struct ks_str key_of(const struct ks_evidence *e, struct ks_str *out_detail)
{
	*out_detail = e->key_kind;
	return e->key_id;
}

static struct ks_str principal_of(const struct ks_evidence *e, struct ks_str *out_detail)
{
	*out_detail = e->actor_type;
	return e->actor_arn;
}

static struct ks_str address_of(const struct ks_evidence *e, struct ks_str *out_detail)
{
	(void)out_detail;
	return e->ip;
}

static struct ks_str call_of(const struct ks_evidence *e, struct ks_str *out_detail)
{
	*out_detail = e->source;
	return e->name;
}

static struct ks_str agent_of(const struct ks_evidence *e, struct ks_str *out_detail)
{
	(void)out_detail;
	return e->user_agent;
}

static const struct section {
	const char *caption, *column;
	struct ks_breakdown_field field;
	bool is_code;
} sections[] = {
	{ "Addresses", "address", { address_of }, true },
	{ "Keys", "access key id", { key_of }, true },
	{ "Principals", "ARN", { principal_of }, true },
	{ "Calls", "call", { call_of }, false },
	{ "User agents", "user agent, as the caller claims", { agent_of }, true },
};

void ks_actorview_table(struct ks_html *html, const char *caption, const char *const *columns)
{
	ks_html_open(html, "table");
	ks_html_put(html, "caption", NULL, ks_str_of(caption));
	ks_html_open(html, "thead");
	ks_html_open(html, "tr");
	for (; *columns != NULL; columns++) {
		bool is_number = (*columns)[0] == '+';

		ks_html_start(html, "th", is_number ? "count-cell" : NULL);
		ks_html_attr(html, "scope", KS_STR("col"));
		ks_html_text(html, ks_str_of(*columns + is_number));
		ks_html_close(html);
	}
	ks_html_close(html);
	ks_html_close(html);
}

static void add_row(const struct section *section, const struct ks_breakdown_row *row, struct ks_html *html)
{
	ks_html_open(html, "tr");
	ks_html_start(html, "td", section->is_code ? "code" : NULL);
	if (row->value.n > 0)
		ks_html_clip(html, row->value, LONGEST);
	else
		ks_html_put(html, "span", "note", KS_STR("none"));
	if (row->detail.n > 0) {
		ks_html_textf(html, " ");
		ks_html_start(html, "span", "note");
		ks_html_clip(html, row->detail, LONGEST);
		ks_html_close(html);
	}
	ks_html_close(html);
	ks_html_putf(html, "td", "count-cell", "%zu", row->events);
	ks_html_putf(html, "td", row->denied > 0 ? "count-cell denied" : "count-cell", "%zu", row->denied);
	ks_html_close(html);
}

static void add_section(const struct section *section, const struct ks_dossier *d, struct ks_html *html)
{
	const char *const columns[] = { section->column, "+events", "+denied", NULL };
	struct ks_vec rows = KS_VEC_OF(struct ks_breakdown_row);

	ks_breakdown_make(&d->events, section->field, &rows);
	ks_html_open(html, "div");
	ks_actorview_table(html, section->caption, columns);
	ks_html_open(html, "tbody");
	for (size_t i = 0; i < rows.n && i < ROWS; i++)
		add_row(section, KS_VEC_AT(&rows, struct ks_breakdown_row, i), html);
	ks_html_close(html);
	ks_html_close(html);
	if (rows.n > ROWS)
		ks_html_putf(html, "p", "note", "and %zu more", rows.n - ROWS);
	ks_html_close(html);
	ks_vec_release(&rows);
}

void ks_actorview_render(const struct ks_dossier *d, struct ks_html *html)
{
	ks_html_start(html, "div", "tables");
	for (size_t i = 0; i < sizeof(sections) / sizeof(sections[0]); i++)
		add_section(&sections[i], d, html);
	ks_html_close(html);
}

/* ---- linked incidents ---- */

static void add_time(struct ks_html *html, int64_t ms)
{
	char time[KS_TIME_TEXT];

	ks_html_put(html, "td", "time",
		ms != KS_TIME_NONE ? ks_str_of(ks_time_render(ms, time)) : KS_STR("not known"));
}

static void add_linked(const struct ks_incident *one, struct ks_html *html)
{
	const char *level = ks_rule_level_name(one->level);
	struct ks_buf stages;

	ks_buf_init(&stages, 256);
	ks_stage_render(one->stages, &stages);
	ks_html_open(html, "tr");
	ks_html_putf(html, "td", "number", "%" PRId64, one->id);
	ks_html_start(html, "td", "code");
	ks_html_clip(html, one->actor, LONGEST);
	ks_html_close(html);
	ks_html_put(html, "td", "word", ks_str_of(level != NULL ? level : "unrated"));
	ks_html_put(html, "td", "word", ks_str_of(ks_incident_state_name(one->state)));
	ks_html_put(html, "td", NULL, ks_buf_str(&stages));
	ks_html_putf(html, "td", "count-cell", "%" PRId64, one->events);
	add_time(html, one->first_ms);
	add_time(html, one->last_ms);
	ks_html_close(html);
	ks_buf_release(&stages);
}

void ks_actorview_render_linked(const struct ks_dossier *d, struct ks_html *html)
{
	static const char *const columns[] = { "+#", "actor", "level", "state", "stages", "+events", "first",
		"last", NULL };

	if (d->linked.n == 0) {
		ks_html_put(html, "p", "note", KS_STR("No other incident shares an address with this one."));
		return;
	}
	ks_html_scroll(html, "Linked incidents");
	ks_actorview_table(html, "They share an address with this one, or with one that does", columns);
	ks_html_open(html, "tbody");
	for (size_t i = 0; i < d->linked.n && i < LINKED; i++)
		add_linked(KS_VEC_AT(&d->linked, struct ks_incident, i), html);
	ks_html_close(html);
	ks_html_close(html);
	ks_html_close(html);
	if (d->linked.n + d->more_linked > LINKED)
		ks_html_putf(html, "p", "alarm", "%zu more are not listed here.",
			d->linked.n + d->more_linked - LINKED);
}
