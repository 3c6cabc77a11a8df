/* Findings for people: what, who, from where, and which placement leaked. Everything from the record is
 * escaped. */
#include "lib/base/text.h"
#include "lib/incident/drillmark.h"
#include "lib/report/format.h"

#include <string.h>

#define LONGEST 72u             /* bytes of a hostile value that are shown */

extern const struct ks_formatter ks_format_text;

static void add_color(struct ks_buf *out, bool has_color, const char *code)
{
	if (has_color)
		ks_buf_addf(out, "\033[%sm", code);
}

static const char *color_of(const char *level)
{
	if (strcmp(level, "critical") == 0)
		return "1;97;41";
	if (strcmp(level, "high") == 0)
		return "1;31";
	if (strcmp(level, "medium") == 0)
		return "33";
	return "36";
}

/* A value of the record, or another word where there is none. */
static void add_value(struct ks_buf *out, struct ks_str value, const char *fallback)
{
	if (value.n == 0) {
		ks_buf_adds(out, fallback);
		return;
	}
	ks_text_add_terminal(out, ks_str_sub(value, 0, LONGEST));
	if (value.n > LONGEST)
		ks_buf_adds(out, "…");
}

/* How long a correlation's chain is. */
static void add_chain(const struct ks_correlated *chain, struct ks_buf *out)
{
	char first[KS_TIME_TEXT], last[KS_TIME_TEXT];

	ks_buf_addf(out, "    over   %llu event%s from %s to %s\n", (unsigned long long)chain->events,
		chain->events == 1 ? "" : "s", ks_time_render(chain->anchor_ms, first),
		ks_time_render(chain->last_ms, last));
}

static void render(const struct ks_finding *finding, bool has_color, struct ks_buf *out)
{
	const struct ks_event *event = finding->event;
	const char *name = ks_rule_level_name(finding->rule->level), *level = name != NULL ? name : "unrated";
	char time[KS_TIME_TEXT];

	if (event->time_ms != KS_TIME_NONE)
		ks_buf_adds(out, ks_time_render(event->time_ms, time));
	else
		add_value(out, event->time_text, "(no time)           ");
	ks_buf_adds(out, "  ");
	add_color(out, has_color, color_of(level));
	ks_buf_addf(out, "%-13s", level);
	add_color(out, has_color, "0");
	ks_buf_addc(out, ' ');
	add_color(out, has_color, "1");
	ks_text_add_terminal(out, finding->rule->title);
	add_color(out, has_color, "0");
	ks_buf_addc(out, '\n');
	if (finding->correlated != NULL)
		add_chain(finding->correlated, out);
}

static void render_event(const struct ks_finding *finding, bool has_color, struct ks_buf *out)
{
	const struct ks_event *event = finding->event;
	uint32_t drill;

	ks_buf_adds(out, "    call   ");
	add_value(out, event->source, "(no source)");
	ks_buf_adds(out, " ");
	add_color(out, has_color, "1");
	add_value(out, event->name, "(no name)");
	add_color(out, has_color, "0");
	if (event->region.n > 0) {
		ks_buf_adds(out, " in ");
		add_value(out, event->region, "");
	}
	if (event->error.n > 0) {
		ks_buf_adds(out, ": ");
		add_value(out, event->error, "");
	}
	ks_buf_adds(out, "\n    by     ");
	add_value(out, event->key_id, "(no key)");
	ks_buf_addf(out, " (%s)  ", finding->key_kind);
	add_value(out, event->actor_arn.n > 0 ? event->actor_arn : event->actor_type, "(unknown principal)");
	ks_buf_adds(out, "\n    from   ");
	add_value(out, event->ip, "(no address)");
	ks_buf_adds(out, "  ");
	add_value(out, event->user_agent, "(no user agent)");
	if (finding->decoy_name != NULL) {
		ks_buf_adds(out, "\n    decoy  ");
		add_color(out, has_color, "1;35");
		ks_text_add_terminal(out, ks_str_of(finding->decoy_name));
		add_color(out, has_color, "0");
		ks_buf_adds(out, "  planted in ");
		add_value(out, ks_str_of(finding->decoy_placement), "(placement not known)");
	}
	if (ks_drillmark_read(event->event_id, &drill))
		ks_buf_adds(out, "\n    drill  an exercise made this record: nothing of it is real");
	ks_buf_adds(out, "\n    where  ");
	ks_text_add_terminal(out, ks_str_of(finding->source));
	ks_buf_addf(out, " at %llu\n", (unsigned long long)finding->offset);
}

const struct ks_formatter ks_format_text = {
	.name = "text", .begin = "", .between = "\n", .end = "", .render = render,
	.render_event = render_event,
};
