/* The order of the page, and its smaller sections: findings, triage, journal. */
#include "lib/report/incidentpage.h"

#include "lib/base/time.h"
#include "lib/codec/yaml.h"
#include "lib/incident/suppress.h"
#include "lib/report/actorview.h"
#include "lib/report/exhibit.h"
#include "lib/report/findinggroup.h"
#include "lib/report/pagestyle.h"
#include "lib/report/regionchart.h"
#include "lib/report/timeline.h"
#include "lib/report/toldview.h"
#include "lib/report/verdict.h"

#include <inttypes.h>
#include <stdio.h>

#define LONGEST 300u /* bytes of a value in a table */
#define OPEN_RULES 2u /* whose triage steps are not folded away */
#define ENTRIES 500u /* of the journal: the newest */
#define HASH_SHOWN 16u /* hex digits of an entry's hash: the head stands there in full */

/* A page under construction. */
struct making {
	const struct ks_incidentpage *page;
	struct ks_dossier dossier;
	struct ks_vec groups; /* struct ks_findinggroup: the gravest first */
	struct ks_buf told; /* the section about notices */
	struct ks_toldview_heads heads;
	struct ks_html html;
};

/* ---- sections ---- */

static void add_level(struct ks_html *html, enum ks_level level)
{
	const char *name = ks_rule_level_name(level);

	ks_html_open(html, "span");
	ks_html_attrf(html, "class", "badge level-%s", name != NULL ? name : "unrated");
	ks_html_text(html, ks_str_of(name != NULL ? name : "unrated"));
	ks_html_close(html);
}

static void add_time_cell(struct ks_html *html, int64_t ms)
{
	char time[KS_TIME_TEXT];

	ks_html_put(html, "td", "time",
		ms != KS_TIME_NONE ? ks_str_of(ks_time_render(ms, time)) : KS_STR("not known"));
}

static size_t shown_of(const struct ks_incidentpage *page)
{
	return page->max_events > 0 ? page->max_events : KS_EXHIBIT_EVENTS;
}

static void add_state(struct making *m)
{
	ks_verdict_render_state(&m->dossier, m->page->now_ms, &m->html);
}

static void add_placement(struct making *m)
{
	ks_verdict_render_placement(&m->dossier, &m->html);
}

static void add_chain(struct making *m)
{
	ks_verdict_render_chain(&m->dossier, &m->html);
}

static void add_timeline(struct making *m)
{
	const struct ks_dossier *d = &m->dossier;
	struct ks_vec marks = KS_VEC_OF(struct ks_timeline_mark);

	for (size_t i = 0; i < d->events.n; i++) {
		const struct ks_evidence *event = KS_VEC_AT(&d->events, struct ks_evidence, i);
		const struct ks_dossier_weight *weight = KS_VEC_AT(&d->weights, struct ks_dossier_weight, i);

		*(struct ks_timeline_mark *)ks_vec_push(&marks) =
			(struct ks_timeline_mark){ .time_ms = event->time_ms,
				.stages = weight->stages,
				.level = weight->level,
				.is_denied = event->error.n > 0,
				.label = event->name };
	}
	ks_timeline_render(marks.p, marks.n, &m->html);
	ks_vec_release(&marks);
}

static void add_plan(struct making *m)
{
	if (m->page->plan != NULL)
		ks_planview_render(m->page->plan, &m->html);
	else if (m->page->plan_note != NULL)
		ks_html_put(&m->html, "p", "note", ks_str_of(m->page->plan_note));
	else
		ks_html_putf(&m->html, "p", NULL,
			"keysnare respond plan %" PRId64 " shows what the response policies say.", m->page->id);
}

static void add_deeds(struct making *m)
{
	if (m->page->deeds_note != NULL)
		ks_html_put(&m->html, "p", "note", ks_str_of(m->page->deeds_note));
	else
		ks_deedview_render(m->page->deeds, m->page->deed_count, &m->html);
}

static void add_regions(struct making *m)
{
	ks_regionchart_render(&m->dossier.events, &m->html);
}

static void add_told(struct making *m)
{
	ks_html_raw(&m->html, ks_buf_str(&m->told));
}

/* The rule of a group among those in use, or NULL. */
static const struct ks_rule *find_rule(const struct making *m, const struct ks_findinggroup *group)
{
	return m->page->rules != NULL && group->rule_id.n > 0 ?
		ks_map_find(&m->page->rules->ids, group->rule_id) :
		NULL;
}

static const struct ks_yaml_node *find_steps(const struct ks_rule *rule)
{
	const struct ks_yaml_node *steps =
		rule != NULL && rule->document != NULL ? ks_yaml_find(rule->document, "triage") : NULL;

	return steps != NULL && steps->kind == KS_YAML_SEQUENCE && steps->n > 0 ? steps : NULL;
}

/* The gravest rules are open, the others one click away. */
static void add_steps(struct making *m, const struct ks_findinggroup *group, const struct ks_rule *rule,
	bool is_open)
{
	const struct ks_yaml_node *steps = find_steps(rule);

	ks_html_open(&m->html, "details");
	if (is_open)
		ks_html_attr(&m->html, "open", KS_STR("open"));
	ks_html_start(&m->html, "summary", "rule");
	add_level(&m->html, group->level);
	ks_html_textf(&m->html, " ");
	ks_html_clip(&m->html, group->title, LONGEST);
	ks_html_close(&m->html);
	ks_html_start(&m->html, "ol", "triage");
	for (size_t i = 0; i < steps->n; i++)
		ks_html_put(&m->html, "li", NULL, steps->items[i]->text);
	ks_html_close(&m->html);
	for (size_t i = 0; i < rule->falsepositives.n; i++) {
		ks_html_start(&m->html, "p", "note");
		ks_html_textf(&m->html, "May be harmless: ");
		ks_html_text(&m->html, rule->falsepositives.p[i]);
		ks_html_close(&m->html);
	}
	ks_html_close(&m->html);
}

static void add_triage(struct making *m)
{
	size_t with = 0;

	for (size_t i = 0; i < m->groups.n; i++) {
		const struct ks_findinggroup *group = KS_VEC_AT(&m->groups, struct ks_findinggroup, i);
		const struct ks_rule *rule = find_rule(m, group);

		if (find_steps(rule) != NULL)
			add_steps(m, group, rule, with++ < OPEN_RULES);
	}
	if (m->groups.n == 0)
		ks_html_put(&m->html, "p", "note", KS_STR("There is no finding."));
	else if (with < m->groups.n)
		ks_html_putf(&m->html, "p", "note",
			"%zu of %zu rules have no triage steps, or are not among the rules in use.", m->groups.n - with,
			m->groups.n);
}

static void add_actor(struct making *m)
{
	ks_actorview_render(&m->dossier, &m->html);
}

static void add_linked(struct making *m)
{
	ks_actorview_render_linked(&m->dossier, &m->html);
}

static void add_findings(struct making *m)
{
	static const char *const columns[] = { "level", "rule", "+findings", "first", "last", NULL };
	struct ks_html *html = &m->html;

	ks_html_scroll(html, "Findings");
	ks_actorview_table(html, "Findings by rule, the gravest first", columns);
	ks_html_open(html, "tbody");
	for (size_t i = 0; i < m->groups.n; i++) {
		const struct ks_findinggroup *group = KS_VEC_AT(&m->groups, struct ks_findinggroup, i);

		ks_html_open(html, "tr");
		ks_html_open(html, "td");
		add_level(html, group->level);
		ks_html_close(html);
		ks_html_open(html, "td");
		ks_html_clip(html, group->title, LONGEST);
		ks_html_open(html, "br");
		ks_html_close(html);
		ks_html_put(html, "span", "note code", group->rule_id);
		ks_html_close(html);
		ks_html_putf(html, "td", "count-cell", "%zu", group->findings);
		add_time_cell(html, group->first_ms);
		add_time_cell(html, group->last_ms);
		ks_html_close(html);
	}
	ks_html_close(html);
	ks_html_close(html);
	ks_html_close(html);
}

static void add_evidence(struct making *m)
{
	ks_exhibit_render(&m->dossier, shown_of(m->page),
		&m->html);
}

static void add_entry(struct ks_html *html, const struct ks_journal_entry *entry)
{
	char hex[KS_HASH_HEX] = "";

	if (entry->hash.n == KS_HASH_SIZE)
		ks_hash_hex((const unsigned char *)entry->hash.p, KS_HASH_SIZE, hex);
	ks_html_open(html, "tr");
	ks_html_putf(html, "td", "number", "%" PRId64, entry->number);
	add_time_cell(html, entry->time_ms);
	ks_html_start(html, "td", "word");
	ks_html_clip(html, entry->who, LONGEST);
	ks_html_close(html);
	ks_html_put(html, "td", "word", entry->kind);
	ks_html_start(html, "td", "code");
	if (!ks_str_is(entry->body, "{}"))
		ks_html_clip(html, entry->body, 2048);
	ks_html_close(html);
	ks_html_put(html, "td", "code", ks_str_sub(ks_str_of(hex), 0, HASH_SHOWN));
	ks_html_close(html);
}

/* What the chain says of itself, and what notices say of it. */
static void add_chain_state(struct making *m)
{
	const struct ks_journal_check *check = &m->dossier.check;
	struct ks_html *html = &m->html;

	if (check->bad_number != 0)
		ks_html_putf(html, "p", "alarm", "The journal does not hold from entry %" PRId64 " on: %s.",
			check->bad_number, check->problem);
	else
		ks_html_putf(html, "p", "good", "Every entry is bound to the one before it: the chain holds.");
	if (m->heads.fail > 0)
		ks_html_putf(html, "p", "alarm",
			"%zu head%s that notices carry %s in no entry: entries were changed, or cut off at the end.",
			m->heads.fail, m->heads.fail == 1 ? "" : "s", m->heads.fail == 1 ? "is" : "are");
	else if (m->heads.hold > 0)
		ks_html_putf(html, "p", "good", "%zu head%s that notices carry: %s in the chain.", m->heads.hold,
			m->heads.hold == 1 ? "" : "s", m->heads.hold == 1 ? "it is" : "all are");
	ks_html_start(html, "dl", "facts");
	ks_html_put(html, "dt", NULL, KS_STR("Head"));
	ks_html_start(html, "dd", NULL);
	ks_html_put(html, "code", NULL, ks_str_of(check->head[0] != '\0' ? check->head : "none"));
	ks_html_close(html);
	ks_html_close(html);
	ks_html_put(html, "p", "note",
		KS_STR("A journal that was cut short shows only by its head: compare it with the one in "
			   "the last notice, or let keysnare incident verify --notices FILE do so."));
}

static void add_journal(struct making *m)
{
	static const char *const columns[] = { "+#", "time (UTC)", "who", "what", "details", "hash", NULL };
	const struct ks_vec *journal = &m->dossier.journal;
	size_t first = journal->n > ENTRIES ? journal->n - ENTRIES : 0;
	struct ks_html *html = &m->html;

	add_chain_state(m);
	if (first > 0)
		ks_html_putf(html, "p", "alarm",
			"The first %zu entries are not on this page: keysnare incident export %" PRId64
			" --out FILE has all of them.",
			first, m->page->id);
	ks_html_scroll(html, "Journal");
	ks_actorview_table(html, "What was done about it, by people and by the program", columns);
	ks_html_open(html, "tbody");
	for (size_t i = first; i < journal->n; i++)
		add_entry(html, KS_VEC_AT(journal, struct ks_journal_entry, i));
	ks_html_close(html);
	ks_html_close(html);
	ks_html_close(html);
}

/* ---- the page ---- */

/* What one needs first comes first. */
static const struct section {
	const char *id, *title;
	void (*add)(struct making *m);
} sections[] = {
	{ "state", "State", add_state },
	{ "placement", "Leaked placement", add_placement },
	{ "stages", "How far it went", add_chain },
	{ "timeline", "Timeline", add_timeline },
	{ "triage", "What to do", add_triage },
	{ "done", "What was done", add_deeds },
	{ "plan", "Containment plan", add_plan },
	{ "told", "Who was told", add_told },
	{ "regions", "Calls by Region", add_regions },
	{ "actor", "Who and from where", add_actor },
	{ "linked", "Linked incidents", add_linked },
	{ "findings", "Findings", add_findings },
	{ "evidence", "Evidence", add_evidence },
	{ "journal", "Journal", add_journal },
};
#define SECTIONS (sizeof(sections) / sizeof(sections[0]))

static void add_contents(struct ks_html *html)
{
	ks_html_open(html, "nav");
	ks_html_attr(html, "aria-label", KS_STR("Contents"));
	ks_html_open(html, "ul");
	for (size_t i = 0; i < SECTIONS; i++) {
		ks_html_open(html, "li");
		ks_html_open(html, "a");
		ks_html_attrf(html, "href", "#%s", sections[i].id);
		ks_html_text(html, ks_str_of(sections[i].title));
		ks_html_close(html);
		ks_html_close(html);
	}
	ks_html_close(html);
	ks_html_close(html);
}

static void add_section(struct making *m, const struct section *section)
{
	ks_html_open(&m->html, "section");
	ks_html_attr(&m->html, "id", ks_str_of(section->id));
	ks_html_attrf(&m->html, "aria-labelledby", "%s-head", section->id);
	ks_html_open(&m->html, "h2");
	ks_html_attrf(&m->html, "id", "%s-head", section->id);
	ks_html_text(&m->html, ks_str_of(section->title));
	ks_html_close(&m->html);
	section->add(m);
	ks_html_close(&m->html);
}

static void add_exercise(struct making *m)
{
	struct ks_buf text;

	if (m->dossier.drillcase.kind == KS_DRILLCASE_NONE)
		return;
	ks_buf_init(&text, 1024);
	ks_drillcase_add_text(&m->dossier.drillcase, &text);
	ks_html_put(&m->html, "p", "alarm", ks_buf_str(&text));
	ks_buf_release(&text);
}

static void add_page(struct making *m, struct ks_buf *out)
{
	struct ks_html *html = &m->html;
	char title[64], time[KS_TIME_TEXT];

	snprintf(title, sizeof(title), "%s %" PRId64 " - keysnare",
		m->dossier.drillcase.kind == KS_DRILLCASE_WHOLE ? "Exercise: incident" : "Incident", m->page->id);
	ks_time_render(m->page->now_ms / KS_TIME_SECOND * KS_TIME_SECOND, time);
	ks_html_begin(html, out, ks_str_of(title), ks_pagestyle);
	ks_html_open(html, "header");
	ks_html_putf(html, "h1", NULL, "keysnare incident %" PRId64, m->page->id);
	add_exercise(m);
	ks_verdict_render(&m->dossier, html);
	add_contents(html);
	ks_html_close(html);
	ks_html_open(html, "main");
	for (size_t i = 0; i < SECTIONS; i++)
		add_section(m, &sections[i]);
	ks_html_close(html);
	ks_html_putf(html, "footer", NULL,
		"Made at %s by keysnare %s. Everything that comes from a record was written by the "
		"caller and is shown as text; characters that cannot be seen are marked, such as \\x1b or "
		"\\u{202e}. All times "
		"are UTC.",
		time, m->page->version);
	ks_html_end(html);
}

int ks_incidentpage_render(struct ks_db *db, const struct ks_incidentpage *page, struct ks_buf *out,
	struct ks_err *err)
{
	struct making m = { .page = page, .groups = KS_VEC_OF(struct ks_findinggroup) };
	struct ks_html told = { .out = &m.told };
	int rc = ks_dossier_load(db, page->id, shown_of(page), &m.dossier, err);

	ks_buf_init(&m.told, KS_INCIDENTPAGE_SIZE);
	if (rc == 0)
		rc = ks_toldview_render(db, page->id, &told, err);
	if (rc == 0)
		rc = ks_toldview_compare(db, page->id, &m.heads, err);
	if (rc == 0)
		rc = ks_suppress_check(db, page->now_ms, &m.dossier.incident.suppressed_by, err);
	if (rc == 0) {
		ks_findinggroup_make(&m.dossier, &m.groups);
		add_page(&m, out);
		if (out->is_full)
			rc = ks_err_set(err, KS_ERR_LIMIT,
				"the page of incident %" PRId64 " would be larger than %zu bytes", page->id, out->max);
	}
	ks_dossier_release(&m.dossier);
	ks_buf_release(&m.told);
	ks_vec_release(&m.groups);
	return rc;
}
