/* Events and records. */
#include "lib/report/exhibit.h"

#include "lib/base/time.h"

#include <inttypes.h>

#define COLUMNS "7"
#define LONGEST_RENDERED (16u * 1024 * 1024) /* a record laid out: indentation comes to it */

static const char *const headings[] = { "#", "time (UTC)", "call", "Region", "result", "address", "stage" };

static void add_head(struct ks_html *html)
{
	ks_html_open(html, "thead");
	ks_html_open(html, "tr");
	for (size_t i = 0; i < sizeof(headings) / sizeof(headings[0]); i++) {
		ks_html_open(html, "th");
		ks_html_attr(html, "scope", KS_STR("col"));
		ks_html_text(html, ks_str_of(headings[i]));
		ks_html_close(html);
	}
	ks_html_close(html);
	ks_html_close(html);
}

static void add_cell(struct ks_html *html, const char *class_name, struct ks_str value, size_t max)
{
	ks_html_start(html, "td", class_name);
	if (value.n > 0)
		ks_html_clip(html, value, max);
	else
		ks_html_put(html, "span", "note", KS_STR("none"));
	ks_html_close(html);
}

static void add_line(const struct ks_evidence *e, const struct ks_dossier_weight *weight, size_t number,
	struct ks_html *html)
{
	const char *level = ks_rule_level_name(weight->level);
	char time[KS_TIME_TEXT];
	struct ks_buf stages;

	ks_buf_init(&stages, 256);
	ks_stage_render(weight->stages, &stages);
	ks_html_open(html, "tr");
	ks_html_putf(html, "td", "number", "%zu", number);
	ks_html_put(html, "td", "time",
		e->time_ms != KS_TIME_NONE ? ks_str_of(ks_time_render(e->time_ms, time)) : KS_STR("not readable"));
	ks_html_start(html, "td", NULL);
	ks_html_open(html, "b");
	ks_html_clip(html, e->name, 64);
	ks_html_close(html);
	ks_html_textf(html, " ");
	ks_html_start(html, "span", "note");
	ks_html_clip(html, e->source, 64);
	if (e->is_own)
		ks_html_textf(html, ", keysnare's own call");
	ks_html_close(html);
	ks_html_close(html);
	add_cell(html, NULL, e->region, 32);
	if (e->error.n > 0)
		add_cell(html, "denied", e->error, 64);
	else
		ks_html_put(html, "td", NULL, KS_STR("done"));
	add_cell(html, "code", e->ip, 64);
	ks_html_start(html, "td", NULL);
	ks_html_text(html, ks_buf_str(&stages));
	if (level != NULL) {
		ks_html_textf(html, " ");
		ks_html_start(html, "span", NULL);
		ks_html_attrf(html, "class", "badge level-%s", level);
		ks_html_text(html, ks_str_of(level));
		ks_html_close(html);
	}
	ks_html_close(html);
	ks_html_close(html);
	ks_buf_release(&stages);
}

static void add_fact(struct ks_html *html, const char *name, struct ks_str value)
{
	if (value.n == 0)
		return;
	ks_html_put(html, "dt", NULL, ks_str_of(name));
	ks_html_start(html, "dd", NULL);
	ks_html_start(html, "code", NULL);
	ks_html_clip(html, value, KS_EXHIBIT_RECORD);
	ks_html_close(html);
	ks_html_close(html);
}

static void add_raw(const struct ks_evidence *e, struct ks_html *html)
{
	struct ks_str shown = ks_str_sub(e->raw, 0, KS_EXHIBIT_RECORD);
	struct ks_buf text;

	ks_buf_init(&text, LONGEST_RENDERED);
	ks_html_layout_json(shown, &text);
	ks_html_open(html, "pre");
	ks_html_attr(html, "tabindex", KS_STR("0"));
	ks_html_attr(html, "aria-label", KS_STR("CloudTrail record"));
	ks_html_lines(html, ks_buf_str(&text));
	ks_html_close(html);
	if (shown.n < e->raw.n)
		ks_html_putf(html, "p", "alarm", "Only the first %zu of its %zu bytes are shown.", shown.n,
			e->raw.n);
	ks_buf_release(&text);
}

static void add_record(const struct ks_evidence *e, struct ks_html *html)
{
	char hex[KS_HASH_HEX];
	unsigned char hash[KS_HASH_SIZE];

	ks_hash_sha256(e->raw, hash);
	ks_hash_hex(hash, sizeof(hash), hex);
	ks_html_start(html, "tr", "record");
	ks_html_open(html, "td");
	ks_html_attr(html, "colspan", KS_STR(COLUMNS));
	ks_html_open(html, "details");
	ks_html_open(html, "summary");
	ks_html_textf(html, "record, %zu bytes", e->raw.n);
	if (e->copies > 1)
		ks_html_textf(html, ", came %" PRId64 " times", e->copies);
	ks_html_close(html);
	ks_html_start(html, "dl", "facts");
	add_fact(html, "Key", e->key_id);
	add_fact(html, "Principal", e->actor_arn);
	add_fact(html, "User agent", e->user_agent);
	add_fact(html, "Event id", e->event_id);
	add_fact(html, "From", e->where_source);
	ks_html_put(html, "dt", NULL, KS_STR("At byte"));
	ks_html_putf(html, "dd", NULL, "%" PRId64, e->where_offset);
	add_fact(html, "SHA-256", ks_str_of(hex));
	ks_html_close(html);
	add_raw(e, html);
	ks_html_close(html);
	ks_html_close(html);
	ks_html_close(html);
}

void ks_exhibit_render(const struct ks_dossier *dossier, size_t max, struct ks_html *html)
{
	size_t n = dossier->events.n < max ? dossier->events.n : max;

	if (n < dossier->events.n)
		ks_html_putf(html, "p", "alarm",
			"%zu more events are not on this page: only the first %zu of %zu are. All of them, with "
			"their records: "
			"keysnare incident export %" PRId64 " --out FILE.",
			dossier->events.n - n, n, dossier->events.n, dossier->incident.id);
	if (dossier->other_events > 0)
		ks_html_putf(html, "p", "note",
			"Its findings also list %zu event%s of other actors as evidence: those are in the "
			"incidents of "
			"these actors, or in keysnare incident show --format json.",
			dossier->other_events, dossier->other_events == 1 ? "" : "s");
	ks_html_scroll(html, "Events");
	ks_html_start(html, "table", "events");
	ks_html_put(html, "caption", NULL, KS_STR("Events by time; each record opens below its line"));
	add_head(html);
	for (size_t i = 0; i < n; i++) {
		const struct ks_evidence *event = KS_VEC_AT(&dossier->events, struct ks_evidence, i);

		ks_html_open(html, "tbody");
		add_line(event, KS_VEC_AT(&dossier->weights, struct ks_dossier_weight, i), i + 1, html);
		add_record(event, html);
		ks_html_close(html);
	}
	ks_html_close(html);
	ks_html_close(html);
}
