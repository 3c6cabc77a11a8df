/* The same tables three times: text, JSON, HTML. */
#include "lib/report/inquiryview.h"

#include "lib/base/text.h"
#include "lib/report/actorview.h"
#include "lib/report/html.h"
#include "lib/report/pagestyle.h"

#include <inttypes.h>
#include <stdio.h>

#define BAR 20u                        /* columns of a bar */
#define EIGHTHS 8u
#define BUCKETS_MOST 48
#define HOUR_MS INT64_C(3600000)
#define LONGEST 300u                   /* bytes of a value on a page */

/* What is shown, in this order. */
static const struct section {
	enum ks_inquiry_table table;
	const char *name, *title;
	bool has_new;                      /* it is known of each whether it was new for who used it */
	bool has_via;                      /* what is shared stands beside who shares it */
} sections[] = {
	{ KS_INQUIRY_SERVICES, "services", "Services", true, false },
	{ KS_INQUIRY_CALLS, "operations", "Calls", false, false },
	{ KS_INQUIRY_ERRORS, "errors", "Errors", false, false },
	{ KS_INQUIRY_REGIONS, "regions", "Regions", true, false },
	{ KS_INQUIRY_ADDRESSES, "addresses", "Addresses", true, false },
	{ KS_INQUIRY_AGENTS, "agents", "Agents", false, false },
	{ KS_INQUIRY_PRINCIPALS, "principals", "Principals", false, false },
	{ KS_INQUIRY_KEYS, "keys", "Keys", false, false },
	{ KS_INQUIRY_ISSUERS, "issuers", "Issuers of sessions", false, false },
	{ KS_INQUIRY_DECOYS, "decoys", "Decoys", false, false },
	{ KS_INQUIRY_OTHERS_BY_ADDRESS, "others_by_address", "Others from the same address", false, true },
	{ KS_INQUIRY_OTHERS_BY_AGENT, "others_by_agent", "Others with the same agent", false, true },
	{ KS_INQUIRY_OTHERS_BY_ISSUER, "others_by_issuer", "Others of the same issuer", false, true },
	{ KS_INQUIRY_OTHER_DECOYS, "other_decoys", "Other decoys that met the same actor", false, true },
};
#define SECTIONS (sizeof(sections) / sizeof(sections[0]))

/* A stretch of the timeline. */
struct bucket {
	int64_t from_ms;
	uint64_t calls, denied;
};

static const char *time_text(int64_t ms, char out[KS_TIME_TEXT])
{
	return ms == KS_TIME_NONE ? "not known" : ks_time_render(ms, out);
}

/* The categories of an address, with commas between; nothing for what is in no list. */
static void add_categories(const struct ks_inquiryview *view, struct ks_str address, struct ks_buf *out)
{
	const struct ks_str *found;
	struct ks_ip ip;
	size_t n = view->lists != NULL && ks_ip_parse(address, &ip) ?
		ks_netlist_find(view->lists, &ip, &found) : 0;

	for (size_t i = 0; i < n; i++) {
		if (i > 0)
			ks_buf_adds(out, ", ");
		ks_buf_add(out, found[i]);
	}
}

/* Hours folded into as many stretches as there is room for. *out_ms: how long each is. */
static void fold(const struct ks_inquiry *inquiry, struct ks_vec *out, int64_t *out_ms)
{
	static const int64_t steps[] = { 1, 6, 24, 7 * 24, 30 * 24, 365 * 24 };
	struct ks_inquiry_total total = ks_inquiry_total(inquiry);
	struct ks_vec hours = KS_VEC_OF(struct ks_inquiry_row);
	int64_t step = 0;

	ks_inquiry_rows(inquiry, KS_INQUIRY_HOURS, &hours);
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		step = steps[i] * HOUR_MS;
		if ((total.last_ms - total.first_ms) / step < BUCKETS_MOST)
			break;
	}
	for (size_t i = 0; i < hours.n; i++) {
		const struct ks_inquiry_row *hour = KS_VEC_AT(&hours, struct ks_inquiry_row, i);
		int64_t from = hour->first_ms - ((hour->first_ms % step) + step) % step;
		struct bucket *last = out->n > 0 ? KS_VEC_AT(out, struct bucket, out->n - 1) : NULL;

		if (last == NULL || last->from_ms != from) {
			last = ks_vec_push(out);
			last->from_ms = from;
		}
		last->calls += hour->calls;
		last->denied += hour->denied;
	}
	*out_ms = step;
	ks_vec_release(&hours);
}

static uint64_t most_of(const struct ks_vec *buckets)
{
	uint64_t most = 0;

	for (size_t i = 0; i < buckets->n; i++)
		if (KS_VEC_AT(buckets, struct bucket, i)->calls > most)
			most = KS_VEC_AT(buckets, struct bucket, i)->calls;
	return most;
}

/* ---- text ---------------------------------------------------------------------------------------- */

static void add_bar(const struct ks_inquiryview *view, uint64_t n, uint64_t most, struct ks_buf *out)
{
	static const char *const parts[] = { "", "▏", "▎", "▍", "▌", "▋", "▊", "▉" };
	uint64_t eighths = most > 0 ? (n * BAR * EIGHTHS + most - 1) / most : 0, full = eighths / EIGHTHS;
	unsigned used = 0;

	for (; used < full; used++)
		ks_buf_adds(out, view->has_blocks ? "█" : "#");
	if (view->has_blocks && eighths % EIGHTHS > 0) {
		ks_buf_adds(out, parts[eighths % EIGHTHS]);
		used++;
	} else if (!view->has_blocks && used == 0 && n > 0) {
		ks_buf_adds(out, "#");
		used++;
	}
	for (; used < BAR; used++)
		ks_buf_addc(out, ' ');
}

static void add_row(const struct ks_inquiryview *view, const struct section *section,
	const struct ks_inquiry_row *row, uint64_t most, struct ks_buf *out)
{
	ks_buf_addf(out, "  %8" PRIu64 "  ", row->calls);
	add_bar(view, row->calls, most, out);
	ks_buf_adds(out, "  ");
	ks_text_add_terminal(out, ks_str_sub(row->value, 0, LONGEST));
	if (section->has_via) {
		ks_buf_adds(out, "  by ");
		ks_text_add_terminal(out, ks_str_sub(row->via, 0, LONGEST));
	}
	if (section->table == KS_INQUIRY_ADDRESSES) {
		size_t before = out->n;

		ks_buf_adds(out, "  (");
		add_categories(view, row->value, out);
		if (out->n == before + 3)
			out->n = before;
		else
			ks_buf_addc(out, ')');
	}
	if (row->denied > 0 && section->table != KS_INQUIRY_ERRORS)
		ks_buf_addf(out, "  %" PRIu64 " denied", row->denied);
	if (section->has_new && row->new_ms != KS_TIME_NONE) {
		char time[KS_TIME_TEXT];

		ks_buf_addf(out, "  new at %s", time_text(row->new_ms, time));
	}
	ks_buf_addc(out, '\n');
}

static void add_section(const struct ks_inquiryview *view, const struct section *section, struct ks_buf *out)
{
	struct ks_vec rows = KS_VEC_OF(struct ks_inquiry_row);
	uint64_t left_out = ks_inquiry_rows(view->inquiry, section->table, &rows);

	if (rows.n > 0)
		ks_buf_addf(out, "\n%s\n", section->title);
	for (size_t i = 0; i < rows.n && i < view->most; i++)
		add_row(view, section, KS_VEC_AT(&rows, struct ks_inquiry_row, i),
			KS_VEC_AT(&rows, struct ks_inquiry_row, 0)->calls, out);
	if (rows.n > view->most)
		ks_buf_addf(out, "  … and %zu more; --most shows them\n", rows.n - view->most);
	if (left_out > 0)
		ks_buf_addf(out, "  … and %" PRIu64 " calls with other values, for which there was no room\n",
			left_out);
	ks_vec_release(&rows);
}

static void add_timeline(const struct ks_inquiryview *view, struct ks_buf *out)
{
	struct ks_vec buckets = KS_VEC_OF(struct bucket);
	char time[KS_TIME_TEXT];
	int64_t step;
	uint64_t most;

	fold(view->inquiry, &buckets, &step);
	most = most_of(&buckets);
	if (buckets.n > 0)
		ks_buf_addf(out, "\nTimeline, a line for %" PRId64 " %s in which something was called\n",
			step % (24 * HOUR_MS) == 0 ? step / (24 * HOUR_MS) : step / HOUR_MS,
			step % (24 * HOUR_MS) == 0 ? "d" : "h");
	for (size_t i = 0; i < buckets.n; i++) {
		const struct bucket *bucket = KS_VEC_AT(&buckets, struct bucket, i);

		ks_buf_addf(out, "  %8" PRIu64 "  ", bucket->calls);
		add_bar(view, bucket->calls, most, out);
		ks_buf_addf(out, "  %.16s", time_text(bucket->from_ms, time));
		if (bucket->denied > 0)
			ks_buf_addf(out, "  %" PRIu64 " denied", bucket->denied);
		ks_buf_addc(out, '\n');
	}
	ks_vec_release(&buckets);
}

/* Why nothing is called new. */
static void add_unjudged(const struct ks_inquiryview *view, struct ks_buf *out)
{
	bool is_days = view->learn_ms % (24 * HOUR_MS) == 0;

	ks_buf_addf(out, "cannot be told: it takes records from the %" PRId64 " %s before",
		view->learn_ms / (is_days ? 24 * HOUR_MS : HOUR_MS), is_days ? "d" : "h");
}

static void add_unjudged_line(const struct ks_inquiryview *view, struct ks_buf *out)
{
	ks_buf_adds(out, "  new         ");
	add_unjudged(view, out);
	ks_buf_addc(out, '\n');
}

static void add_name(const struct ks_inquiryview *view, struct ks_buf *out)
{
	const struct ks_inquiry_subject *subject = ks_inquiry_subject(view->inquiry);

	ks_buf_addf(out, "%s ", ks_inquiry_kind_name(subject->kind));
	ks_text_add_terminal(out, subject->value);
}

/* " since … until …", as far as that was asked for. */
static void add_bounds(const struct ks_inquiryview *view, struct ks_buf *out)
{
	char time[KS_TIME_TEXT];

	if (view->since_ms != KS_TIME_NONE)
		ks_buf_addf(out, " since %s", time_text(view->since_ms, time));
	if (view->until_ms != KS_TIME_NONE)
		ks_buf_addf(out, " until %s", time_text(view->until_ms, time));
}

/* Where else one could look. */
static void add_advice(const struct ks_inquiryview *view, struct ks_buf *out)
{
	if (view->since_ms != KS_TIME_NONE || view->until_ms != KS_TIME_NONE)
		ks_buf_addf(out, "\nOther times were left out: ask again without %s%s%s.",
			view->since_ms != KS_TIME_NONE ? "--since" : "",
			view->since_ms != KS_TIME_NONE && view->until_ms != KS_TIME_NONE ? " and " : "",
			view->until_ms != KS_TIME_NONE ? "--until" : "");
	ks_buf_adds(out, view->is_store ?
		"\nThe store only has the events that rules cared for: give trail files as PATH to look at every "
		"record." :
		"\nThe trails may not reach far enough: give those of other days, Regions and accounts as well.");
}

void ks_inquiryview_nothing(const struct ks_inquiryview *view, struct ks_buf *out)
{
	struct ks_inquiry_total total = ks_inquiry_total(view->inquiry);
	char first[KS_TIME_TEXT], last[KS_TIME_TEXT];

	ks_buf_adds(out, "nothing of ");
	add_name(view, out);
	ks_buf_addf(out, " in %s", view->where);
	add_bounds(view, out);
	ks_buf_addf(out, ": looked at %" PRIu64 " record%s", total.looked, total.looked == 1 ? "" : "s");
	if (total.looked_first_ms != KS_TIME_NONE)
		ks_buf_addf(out, " from %s to %s", time_text(total.looked_first_ms, first),
			time_text(total.looked_last_ms, last));
	add_advice(view, out);
}

void ks_inquiryview_text(const struct ks_inquiryview *view, struct ks_buf *out)
{
	struct ks_inquiry_total total = ks_inquiry_total(view->inquiry);
	char first[KS_TIME_TEXT], last[KS_TIME_TEXT];

	if (total.calls == 0) {
		ks_inquiryview_nothing(view, out);
		ks_buf_addc(out, '\n');
		return;
	}
	add_name(view, out);
	ks_buf_addf(out,
		" in %s\n  first seen  %s\n  last seen   %s\n  calls       %" PRIu64 ", %" PRIu64 " of them "
		"denied or failed\n", view->where, time_text(total.first_ms, first), time_text(total.last_ms, last),
		total.calls, total.denied);
	if (total.untimed > 0)
		ks_buf_addf(out, "  untimed     %" PRIu64 " whose time cannot be read\n", total.untimed);
	if (!ks_inquiry_is_judged(view->inquiry))
		add_unjudged_line(view, out);
	if (total.copies > 0)
		ks_buf_addf(out, "  copies      %" PRIu64 " that came more than once, counted once\n", total.copies);
	for (size_t i = 0; i < SECTIONS; i++)
		add_section(view, &sections[i], out);
	add_timeline(view, out);
}

/* ---- JSON ---------------------------------------------------------------------------------------- */

static struct ks_json *row_json(const struct ks_inquiryview *view, const struct section *section,
	const struct ks_inquiry_row *row)
{
	struct ks_json *json = ks_json_new_object(), *list;
	const struct ks_str *found;
	struct ks_ip ip;
	size_t n = 0;

	ks_json_add_str(json, "value", row->value);
	if (section->has_via)
		ks_json_add_str(json, "shares", row->via);
	ks_json_add_int(json, "calls", (int64_t)row->calls);
	ks_json_add_int(json, "denied", (int64_t)row->denied);
	ks_json_add_time(json, "first", row->first_ms);
	ks_json_add_time(json, "last", row->last_ms);
	if (section->has_new && row->is_judged)
		ks_json_add_bool(json, "new", row->new_ms != KS_TIME_NONE);
	else if (section->has_new)
		ks_json_add_text(json, "new", NULL);
	if (section->has_new)
		ks_json_add_time(json, "new_at", row->new_ms);
	if (section->table == KS_INQUIRY_ADDRESSES) {
		list = ks_json_new_array();
		if (view->lists != NULL && ks_ip_parse(row->value, &ip))
			n = ks_netlist_find(view->lists, &ip, &found);
		for (size_t i = 0; i < n; i++)
			ks_json_add_str(list, NULL, found[i]);
		ks_json_add(json, "categories", list);
	}
	return json;
}

static struct ks_json *timeline_json(const struct ks_inquiryview *view)
{
	struct ks_json *list = ks_json_new_array();
	struct ks_vec buckets = KS_VEC_OF(struct bucket);
	int64_t step;

	fold(view->inquiry, &buckets, &step);
	for (size_t i = 0; i < buckets.n; i++) {
		const struct bucket *bucket = KS_VEC_AT(&buckets, struct bucket, i);
		struct ks_json *one = ks_json_new_object();

		ks_json_add_time(one, "from", bucket->from_ms);
		ks_json_add_time(one, "to", bucket->from_ms + step);
		ks_json_add_int(one, "calls", (int64_t)bucket->calls);
		ks_json_add_int(one, "denied", (int64_t)bucket->denied);
		ks_json_add(list, NULL, one);
	}
	ks_vec_release(&buckets);
	return list;
}

struct ks_json *ks_inquiryview_json(const struct ks_inquiryview *view)
{
	const struct ks_inquiry_subject *subject = ks_inquiry_subject(view->inquiry);
	struct ks_inquiry_total total = ks_inquiry_total(view->inquiry);
	struct ks_json *json = ks_json_new_object(), *left = ks_json_new_object();

	ks_json_add_int(json, "v", 1);
	ks_json_add_text(json, "kind", ks_inquiry_kind_name(subject->kind));
	ks_json_add_str(json, "value", subject->value);
	ks_json_add_text(json, "where", view->where);
	ks_json_add_time(json, "first", total.first_ms);
	ks_json_add_time(json, "last", total.last_ms);
	ks_json_add_int(json, "calls", (int64_t)total.calls);
	ks_json_add_int(json, "denied", (int64_t)total.denied);
	ks_json_add_int(json, "copies", (int64_t)total.copies);
	ks_json_add_int(json, "untimed", (int64_t)total.untimed);
	ks_json_add_int(json, "looked_at", (int64_t)total.looked);
	for (size_t s = 0; s < SECTIONS; s++) {
		struct ks_vec rows = KS_VEC_OF(struct ks_inquiry_row);
		struct ks_json *list = ks_json_new_array();
		uint64_t left_out = ks_inquiry_rows(view->inquiry, sections[s].table, &rows);

		for (size_t i = 0; i < rows.n; i++)
			ks_json_add(list, NULL, row_json(view, &sections[s], KS_VEC_AT(&rows,
				struct ks_inquiry_row, i)));
		ks_json_add(json, sections[s].name, list);
		if (left_out > 0)
			ks_json_add_int(left, sections[s].name, (int64_t)left_out);
		ks_vec_release(&rows);
	}
	ks_json_add(json, "timeline", timeline_json(view));
	ks_json_add(json, "calls_left_out", left);
	return json;
}

/* ---- HTML ---------------------------------------------------------------------------------------- */

static void add_meter(struct ks_html *html, uint64_t n, uint64_t most)
{
	ks_html_open(html, "td");
	ks_html_open(html, "svg");
	ks_html_attr(html, "class", KS_STR("meter"));
	ks_html_attrf(html, "height", "10");
	ks_html_attr(html, "viewBox", KS_STR("0 0 100 10"));
	ks_html_attr(html, "preserveAspectRatio", KS_STR("none"));
	ks_html_attr(html, "aria-hidden", KS_STR("true"));
	ks_html_open(html, "rect");
	ks_html_attrf(html, "width", "%" PRIu64, most > 0 ? 1 + n * 99 / most : 0);
	ks_html_attrf(html, "height", "10");
	ks_html_attr(html, "fill", KS_STR("currentColor"));
	ks_html_close(html);
	ks_html_close(html);
	ks_html_close(html);
}

static void add_cells(const struct ks_inquiryview *view, const struct section *section,
	const struct ks_inquiry_row *row, uint64_t most, struct ks_html *html)
{
	char time[KS_TIME_TEXT];
	struct ks_buf notes;

	ks_buf_init(&notes, 1u << 16);
	if (section->table == KS_INQUIRY_ADDRESSES)
		add_categories(view, row->value, &notes);
	if (section->has_new && row->new_ms != KS_TIME_NONE)
		ks_buf_addf(&notes, "%snew at %s", notes.n > 0 ? ", " : "", time_text(row->new_ms, time));
	if (section->has_via)
		ks_buf_add(&notes, row->via);
	ks_html_open(html, "tr");
	ks_html_start(html, "td", "value");
	ks_html_clip(html, row->value, LONGEST);
	ks_html_close(html);
	ks_html_putf(html, "td", "number", "%" PRIu64, row->calls);
	add_meter(html, row->calls, most);
	ks_html_putf(html, "td", "number", "%" PRIu64, row->denied);
	ks_html_put(html, "td", "time", ks_str_of(time_text(row->first_ms, time)));
	ks_html_put(html, "td", "time", ks_str_of(time_text(row->last_ms, time)));
	ks_html_open(html, "td");
	ks_html_clip(html, ks_buf_str(&notes), LONGEST);
	ks_html_close(html);
	ks_html_close(html);
	ks_buf_release(&notes);
}

static void add_table(const struct ks_inquiryview *view, const struct section *section, struct ks_html *html)
{
	const char *const columns[] = { section->has_via ? "Who" : "Value", "+Calls", "Share", "+Denied",
		"First", "Last",
		section->has_via ? "Shares" : "Notes", NULL };
	struct ks_vec rows = KS_VEC_OF(struct ks_inquiry_row);
	uint64_t left_out = ks_inquiry_rows(view->inquiry, section->table, &rows);

	if (rows.n > 0) {
		ks_html_open(html, "section");
		ks_html_put(html, "h2", NULL, ks_str_of(section->title));
		ks_html_scroll(html, section->title);
		ks_actorview_table(html, "The most calls first", columns);
		ks_html_open(html, "tbody");
		for (size_t i = 0; i < rows.n && i < view->most; i++)
			add_cells(view, section, KS_VEC_AT(&rows, struct ks_inquiry_row, i),
				KS_VEC_AT(&rows, struct ks_inquiry_row, 0)->calls, html);
		ks_html_close(html);
		ks_html_close(html);
		ks_html_close(html);
		if (rows.n > view->most || left_out > 0)
			ks_html_putf(html, "p", "note", "… and %" PRIu64 " more", rows.n > view->most ?
				(uint64_t)(rows.n - view->most) + left_out : left_out);
		ks_html_close(html);
	}
	ks_vec_release(&rows);
}

static void add_page_timeline(const struct ks_inquiryview *view, struct ks_html *html)
{
	static const char *const columns[] = { "From", "+Calls", "Share", "+Denied", NULL };
	struct ks_vec buckets = KS_VEC_OF(struct bucket);
	char time[KS_TIME_TEXT];
	int64_t step;
	uint64_t most;

	fold(view->inquiry, &buckets, &step);
	most = most_of(&buckets);
	if (buckets.n > 0) {
		ks_html_open(html, "section");
		ks_html_put(html, "h2", NULL, KS_STR("Timeline"));
		ks_html_scroll(html, "Timeline");
		ks_actorview_table(html, "When something was called", columns);
		ks_html_open(html, "tbody");
		for (size_t i = 0; i < buckets.n; i++) {
			const struct bucket *bucket = KS_VEC_AT(&buckets, struct bucket, i);

			ks_html_open(html, "tr");
			ks_html_put(html, "td", "time", ks_str_of(time_text(bucket->from_ms, time)));
			ks_html_putf(html, "td", "number", "%" PRIu64, bucket->calls);
			add_meter(html, bucket->calls, most);
			ks_html_putf(html, "td", "number", "%" PRIu64, bucket->denied);
			ks_html_close(html);
		}
		ks_html_close(html);
		ks_html_close(html);
		ks_html_close(html);
		ks_html_close(html);
	}
	ks_vec_release(&buckets);
}

static void add_head(const struct ks_inquiryview *view, struct ks_html *html)
{
	struct ks_inquiry_total total = ks_inquiry_total(view->inquiry);
	char first[KS_TIME_TEXT], last[KS_TIME_TEXT];
	struct ks_buf text;

	ks_buf_init(&text, 1u << 16);
	ks_html_open(html, "header");
	ks_html_put(html, "h1", NULL, KS_STR("keysnare investigate"));
	ks_html_start(html, "div", "verdict");
	add_name(view, &text);
	ks_html_text(html, ks_buf_str(&text));
	ks_buf_clear(&text);
	if (total.calls == 0)
		ks_inquiryview_nothing(view, &text);
	else
		ks_buf_addf(&text, "In %s: %" PRIu64 " calls, %" PRIu64 " of them denied or failed, from %s to %s.",
			view->where, total.calls, total.denied, time_text(total.first_ms, first),
			time_text(total.last_ms, last));
	if (total.calls > 0 && !ks_inquiry_is_judged(view->inquiry)) {
		ks_buf_adds(&text, " What was new ");
		add_unjudged(view, &text);
		ks_buf_addc(&text, '.');
	}
	ks_html_put(html, "span", "more", ks_buf_str(&text));
	ks_html_close(html);
	ks_html_close(html);
	ks_buf_release(&text);
}

void ks_inquiryview_page(const struct ks_inquiryview *view, struct ks_buf *out)
{
	char made[KS_TIME_TEXT];
	struct ks_html html;
	struct ks_buf name;

	ks_buf_init(&name, 1u << 16);
	add_name(view, &name);
	ks_html_begin(&html, out, ks_buf_str(&name), ks_pagestyle);
	add_head(view, &html);
	ks_html_open(&html, "main");
	for (size_t i = 0; i < SECTIONS; i++)
		add_table(view, &sections[i], &html);
	add_page_timeline(view, &html);
	ks_html_put(&html, "footer", NULL, ks_str_of(view->now_ms != KS_TIME_NONE ?
		time_text(view->now_ms, made) : ""));
	ks_html_close(&html);
	ks_html_end(&html);
	ks_buf_release(&name);
}
