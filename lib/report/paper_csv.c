/* The events as CSV, for spreadsheets. */
#include "lib/report/cell.h"
#include "lib/report/paper.h"

#include "lib/base/time.h"

#include <inttypes.h>
#include <stdio.h>

extern const struct ks_paper ks_paper_csv;

static void add_text(struct ks_buf *out, const char *text)
{
	ks_cell_add(out, ks_str_of(text), false);
}

static void add_event(const struct ks_paper_subject *subject, size_t i, struct ks_buf *out)
{
	const struct ks_evidence *e = KS_VEC_AT(&subject->dossier->events, struct ks_evidence, i);
	const struct ks_dossier_weight *weight =
		KS_VEC_AT(&subject->dossier->weights, struct ks_dossier_weight, i);
	const struct ks_str texts[] = { e->source, e->name, e->region, e->error, e->actor_type, e->actor_arn,
		e->account, e->key_id, e->ip, e->user_agent };
	char time[KS_TIME_TEXT], number[24];
	struct ks_buf stages;

	ks_cell_add(out, ks_str_of(e->time_ms != KS_TIME_NONE ? ks_time_render(e->time_ms, time) : ""), true);
	for (size_t k = 0; k < sizeof(texts) / sizeof(texts[0]); k++)
		ks_cell_add(out, texts[k], false);
	add_text(out, weight->level != KS_LEVEL_NONE ? ks_rule_level_name(weight->level) : "");
	ks_buf_init(&stages, 1024);
	ks_stage_render(weight->stages, &stages);
	ks_cell_add(out, ks_buf_str(&stages), false);
	ks_buf_release(&stages);
	ks_cell_add(out, e->decoy_key, false);
	ks_cell_add(out, e->event_id, false);
	ks_cell_add(out, e->identity, false);
	ks_cell_add(out, e->where_source, false);
	snprintf(number, sizeof(number), "%" PRId64, e->where_offset);
	add_text(out, number);
	snprintf(number, sizeof(number), "%" PRId64, e->copies);
	add_text(out, number);
	add_text(out, subject->dossier->drillcase.is_of_drill || e->trust == KS_EVIDENCE_DRILL ? "yes" : "");
	ks_buf_adds(out, "\r\n");
}

static void render(const struct ks_paper_subject *subject, struct ks_buf *out)
{
	ks_buf_adds(out, "time,event_source,event_name,region,error,actor_type,actor_arn,account,key_id,ip,"
		"user_agent,level,stages,decoy_key,event_id,identity,where_source,where_offset,copies,"
		"exercise\r\n");
	for (size_t i = 0; i < subject->dossier->events.n; i++)
		add_event(subject, i, out);
}

const struct ks_paper ks_paper_csv = { .name = "csv", .render = render };
