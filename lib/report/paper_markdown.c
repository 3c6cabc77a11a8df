/*
 * For a ticket: what happened, what to look at first, the events, and how to go on, in Markdown as GitHub,
 * GitLab and Jira's importers read it (GFM). Every value from outside stands in a code span (markdown.h),
 * where nothing is markup, link or mention.
 */
#include "lib/report/findinggroup.h"
#include "lib/report/markdown.h"
#include "lib/report/paper.h"

#include "lib/base/time.h"

#include <inttypes.h>
#include <string.h>

#define EVENTS_MOST 100u
#define ENTRIES_MOST 50u
#define VALUE_MOST 200u /* bytes of a value */
#define LINKED_MOST 20u

extern const struct ks_paper ks_paper_markdown;

static void add_code(struct ks_buf *out, struct ks_str value)
{
	ks_markdown_add_code(out, value, VALUE_MOST);
}

static const char *time_of(int64_t ms, char text[KS_TIME_TEXT])
{
	return ms != KS_TIME_NONE ? ks_time_render(ms - ms % KS_TIME_SECOND, text) : "(no time)";
}

static void add_row(struct ks_buf *out, const char *label, struct ks_str value)
{
	if (value.n == 0)
		return;
	ks_buf_addf(out, "| %s | ", label);
	add_code(out, value);
	ks_buf_adds(out, " |\n");
}

static void add_decoy(const struct ks_dossier *d, struct ks_buf *out)
{
	if (d->incident.decoy_key.p == NULL)
		return;
	for (size_t i = 0; i < d->decoys.n; i++) {
		const struct ks_decoy *decoy = KS_VEC_AT(&d->decoys, struct ks_decoy, i);

		if (!ks_str_is_equal(decoy->key_id, d->incident.decoy_key))
			continue;
		add_row(out, "Decoy", decoy->name);
		add_row(out, "Leaked from", decoy->placement);
	}
	add_row(out, "Decoy's key", d->incident.decoy_key);
}

static void add_facts(const struct ks_paper_subject *subject, struct ks_buf *out)
{
	const struct ks_incident *incident = &subject->dossier->incident;
	char first[KS_TIME_TEXT], last[KS_TIME_TEXT];
	struct ks_buf stages;

	ks_buf_adds(out, "| | |\n|---|---|\n");
	add_decoy(subject->dossier, out);
	add_row(out, "Actor", incident->actor);
	add_row(out, "Account", incident->account);
	ks_buf_addf(out, "| Events | %" PRId64 ", from %s to %s |\n", incident->events,
		time_of(incident->first_ms, first), time_of(incident->last_ms, last));
	ks_buf_init(&stages, 1024);
	ks_stage_render(incident->stages, &stages);
	if (stages.n > 0)
		ks_buf_addf(out, "| Stages | " KS_STR_FMT " |\n", KS_STR_ARG(ks_buf_str(&stages)));
	ks_buf_release(&stages);
	add_row(out, "Assigned to", incident->assignee);
	if (subject->dossier->linked.n > 0) {
		ks_buf_adds(out, "| Linked incidents | ");
		for (size_t i = 0; i < subject->dossier->linked.n && i < LINKED_MOST; i++)
			ks_buf_addf(out, "%s%" PRId64, i > 0 ? ", " : "",
				KS_VEC_AT(&subject->dossier->linked, struct ks_incident, i)->id);
		ks_buf_adds(out, subject->dossier->linked.n > LINKED_MOST ? " and more |\n" : " |\n");
	}
}

static void add_triage(const struct ks_paper_subject *subject, const struct ks_findinggroup *group,
	struct ks_buf *out)
{
	const struct ks_rule *rule = subject->rules != NULL && group->rule_id.n > 0 ?
		ks_map_find(&subject->rules->ids, group->rule_id) : NULL;
	const struct ks_yaml_node *steps = rule != NULL && rule->document != NULL ?
		ks_yaml_find(rule->document, "triage") : NULL;

	for (size_t i = 0; steps != NULL && steps->kind == KS_YAML_SEQUENCE && i < steps->n; i++) {
		ks_buf_adds(out, "  - [ ] ");
		ks_markdown_add_words(out, steps->items[i]->text);
		ks_buf_addc(out, '\n');
	}
}

static void add_findings(const struct ks_paper_subject *subject, struct ks_buf *out)
{
	struct ks_vec groups = KS_VEC_OF(struct ks_findinggroup);
	char first[KS_TIME_TEXT], last[KS_TIME_TEXT];

	ks_findinggroup_make(subject->dossier, &groups);
	ks_buf_adds(out, "\n## What was found, and what to do about it\n\n");
	for (size_t i = 0; i < groups.n; i++) {
		const struct ks_findinggroup *group = KS_VEC_AT(&groups, struct ks_findinggroup, i);

		ks_buf_addf(out, "- **%s** ", ks_rule_level_name(group->level));
		add_code(out, group->title);
		ks_buf_addf(out, ", %zu time%s, %s", group->findings, group->findings == 1 ? "" : "s",
			time_of(group->first_ms, first));
		if (group->last_ms != group->first_ms)
			ks_buf_addf(out, " to %s", time_of(group->last_ms, last));
		ks_buf_addc(out, '\n');
		add_triage(subject, group, out);
	}
	if (groups.n == 0)
		ks_buf_adds(out, "No rule was met.\n");
	ks_vec_release(&groups);
}

static void add_events(const struct ks_dossier *d, struct ks_buf *out)
{
	char time[KS_TIME_TEXT];

	ks_buf_adds(out, "\n## Events\n\n| Time (UTC) | Call | Region | Result | From | User agent |\n"
		"|---|---|---|---|---|---|\n");
	for (size_t i = 0; i < d->events.n && i < EVENTS_MOST; i++) {
		const struct ks_evidence *e = KS_VEC_AT(&d->events, struct ks_evidence, i);
		const struct ks_str cells[] = { e->name, e->region, e->error, e->ip, e->user_agent };

		ks_buf_addf(out, "| %s ", time_of(e->time_ms, time));
		for (size_t k = 0; k < sizeof(cells) / sizeof(cells[0]); k++) {
			ks_buf_adds(out, "| ");
			if (k == 2 && cells[k].n == 0)
				ks_buf_adds(out, "ok");
			else
				add_code(out, cells[k]);
			ks_buf_addc(out, ' ');
		}
		ks_buf_adds(out, "|\n");
	}
	if (d->events.n > EVENTS_MOST)
		ks_buf_addf(out, "\n%zu more are left out: `keysnare incident report %" PRId64 " --csv FILE` has "
			"all of them.\n", d->events.n - EVENTS_MOST, d->incident.id);
}

static void add_journal(const struct ks_dossier *d, struct ks_buf *out)
{
	size_t from = d->journal.n > ENTRIES_MOST ? d->journal.n - ENTRIES_MOST : 0;
	char time[KS_TIME_TEXT];

	ks_buf_adds(out, "\n## What was done\n\n");
	if (from > 0)
		ks_buf_addf(out, "The last %u of %zu entries of the journal.\n\n", ENTRIES_MOST, d->journal.n);
	for (size_t i = from; i < d->journal.n; i++) {
		const struct ks_journal_entry *entry = KS_VEC_AT(&d->journal, struct ks_journal_entry, i);

		ks_buf_addf(out, "- %s ", time_of(entry->time_ms, time));
		add_code(out, entry->kind);
		ks_buf_adds(out, " by ");
		add_code(out, entry->who);
		if (entry->body.n > 2) {
			ks_buf_adds(out, ": ");
			add_code(out, entry->body);
		}
		ks_buf_addc(out, '\n');
	}
	if (d->check.bad_number != 0)
		ks_buf_addf(out, "\n**The journal was changed**: entry %" PRId64 " does not hold.\n",
			d->check.bad_number);
	else
		ks_buf_addf(out, "\nThe journal holds; its head is `%s`.\n", d->check.head);
}

static void render(const struct ks_paper_subject *subject, struct ks_buf *out)
{
	const struct ks_incident *incident = &subject->dossier->incident;
	char time[KS_TIME_TEXT];

	ks_buf_addf(out, "# Incident %" PRId64 ": %s, %s\n\n", incident->id, ks_rule_level_name(incident->level),
		ks_incident_state_name(incident->state));
	if (subject->dossier->drillcase.kind != KS_DRILLCASE_NONE) {
		ks_buf_adds(out, "> **");
		ks_drillcase_add_text(&subject->dossier->drillcase, out);
		ks_buf_adds(out, "**\n\n");
	}
	if (incident->decoy_key.p != NULL)
		ks_buf_adds(out, "A decoy was used. Nobody legitimate uses one: whoever did has found its "
			"bait.\n\n");
	add_facts(subject, out);
	add_findings(subject, out);
	add_events(subject->dossier, out);
	add_journal(subject->dossier, out);
	ks_buf_addf(out, "\n## How to go on\n\n- `keysnare incident show %" PRId64 "`\n", incident->id);
	ks_buf_addf(out, "- `keysnare respond plan %" PRId64 "` shows what would contain it, `keysnare respond "
		"approve %" PRId64 "` lets it\n", incident->id, incident->id);
	ks_buf_addf(out, "- `keysnare incident report %" PRId64 " --html FILE` has every record\n",
		incident->id);
	ks_buf_addf(out, "\nWritten by keysnare %s at %s.\n", subject->version, time_of(subject->now_ms, time));
}

const struct ks_paper ks_paper_markdown = { .name = "markdown", .render = render };
