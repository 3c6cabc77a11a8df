/* Findings as CSV, one a line, for spreadsheets (cell.h). */
#include "lib/report/cell.h"
#include "lib/report/format.h"

#include "lib/base/time.h"

#include <inttypes.h>
#include <stdio.h>

extern const struct ks_formatter ks_format_csv;

static void add_text(struct ks_buf *out, const char *text)
{
	ks_cell_add(out, ks_str_of(text != NULL ? text : ""), false);
}

static void add_number(struct ks_buf *out, uint64_t number)
{
	char text[24];

	snprintf(text, sizeof(text), "%" PRIu64, number);
	add_text(out, text);
}

static void render(const struct ks_finding *finding, bool has_color, struct ks_buf *out)
{
	const struct ks_event *e = finding->event;
	const struct ks_rule *rule = finding->rule;
	const struct ks_str texts[] = { e->source, e->name, e->region, e->error, e->actor_type, e->actor_arn,
		e->actor_account, e->key_id };
	char time[KS_TIME_TEXT], id[KS_FINDING_ID];

	(void)has_color;
	ks_finding_identify(finding, id);
	ks_cell_add(out, e->time_ms != KS_TIME_NONE ? ks_str_of(ks_time_render(e->time_ms, time)) : e->time_text,
		true);
	add_text(out, ks_rule_level_name(rule->level));
	ks_cell_add(out, rule->title, false);
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		ks_cell_add(out, texts[i], false);
	add_text(out, finding->key_kind);
	ks_cell_add(out, e->ip, false);
	ks_cell_add(out, e->user_agent, false);
	add_text(out, finding->decoy_name);
	add_text(out, finding->decoy_placement);
	add_number(out, finding->correlated != NULL ? finding->correlated->events : 1);
	ks_cell_add(out, rule->id, false);
	add_text(out, id);
	ks_cell_add(out, e->event_id, false);
	add_text(out, finding->source);
	add_number(out, finding->offset);
	ks_buf_adds(out, "\r\n");
}

const struct ks_formatter ks_format_csv = {
	.name = "csv",
	.begin = "time,level,rule,event_source,event_name,region,error,actor_type,actor_arn,account,key_id,"
		"key_kind,ip,user_agent,decoy,placement,events,rule_id,finding_id,event_id,where_source,"
		"where_offset\r\n",
	.between = "", .end = "", .render = render,
};
