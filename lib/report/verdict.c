/* Sentences and small lists out of a dossier. */
#include "lib/report/verdict.h"

#include "lib/base/time.h"
#include "lib/report/breakdown.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define LONGEST 160u /* bytes of a hostile value in the verdict */

static const char *level_word(enum ks_level level)
{
	const char *name = ks_rule_level_name(level);

	return name != NULL ? name : "unrated";
}

static const char *plural(size_t n)
{
	return n == 1 ? "" : "s";
}

const char *ks_verdict_span(int64_t ms, char out[KS_VERDICT_SPAN])
{
	static const struct {
		const char *name;
		int64_t seconds;
	} units[] = { { "d", 86400 }, { "h", 3600 }, { "min", 60 }, { "s", 1 } };
	int64_t rest = ms > 0 ? ms / KS_TIME_SECOND : 0;
	size_t said = 0, n = 0;

	out[0] = '\0';
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]) && said < 2; i++) {
		int64_t count = rest / units[i].seconds;

		rest %= units[i].seconds;
		if (count == 0 && (said == 0 || rest == 0))
			continue;
		if (count > 0)
			n += (size_t)snprintf(out + n, KS_VERDICT_SPAN - n, "%s%" PRId64 " %s", said > 0 ? " " : "",
				count, units[i].name);
		said++;
	}
	if (n == 0)
		snprintf(out, KS_VERDICT_SPAN, "0 s");
	return out;
}

/* ---- the verdict ---- */

/* The decoy that the actor is; NULL when he is none, or it is not in the store. */
static const struct ks_decoy *find_own(const struct ks_dossier *d)
{
	const struct ks_decoy *first = d->decoys.n > 0 ? KS_VEC_AT(&d->decoys, struct ks_decoy, 0) : NULL;

	return first != NULL && ks_str_is_equal(first->key_id, d->incident.decoy_key) ? first : NULL;
}

static const struct ks_stored_finding *find_gravest(const struct ks_dossier *d)
{
	const struct ks_stored_finding *gravest = NULL;

	for (size_t i = 0; i < d->findings.n; i++) {
		const struct ks_stored_finding *one = KS_VEC_AT(&d->findings, struct ks_stored_finding, i);

		if (gravest == NULL || one->level > gravest->level)
			gravest = one;
	}
	return gravest;
}

static void say_decoy(const struct ks_dossier *d, struct ks_html *html)
{
	const struct ks_decoy *own = find_own(d);

	if (own == NULL) {
		ks_html_textf(html, "Decoy key ");
		ks_html_clip(html, d->incident.decoy_key, LONGEST);
		ks_html_textf(html, " was used: the place that it lay in has leaked.");
		return;
	}
	ks_html_textf(html, "Decoy ");
	ks_html_clip(html, own->name, LONGEST);
	ks_html_textf(html, " was used: the key in ");
	ks_html_clip(html, own->placement, LONGEST);
	ks_html_textf(html, " has leaked.");
}

static void say_actor(const struct ks_dossier *d, struct ks_html *html)
{
	const struct ks_stored_finding *gravest = find_gravest(d);
	struct ks_str actor = d->incident.actor;
	bool is_key = ks_str_has_prefix(actor, KS_STR("key:"));
	ptrdiff_t colon = ks_str_find(actor, KS_STR(":"));

	ks_html_textf(html, is_key ? "Access key " : "Principal ");
	ks_html_clip(html, ks_str_sub(actor, (size_t)(colon + 1), actor.n), LONGEST);
	ks_html_textf(html, ": ");
	if (gravest != NULL)
		ks_html_clip(html, gravest->rule_title, LONGEST);
	else
		ks_html_textf(html, "no finding is left");
	ks_html_textf(html, ".");
}

static struct ks_str region_of(const struct ks_evidence *evidence, struct ks_str *out_detail)
{
	(void)out_detail;
	return evidence->region;
}

static struct ks_str address_of(const struct ks_evidence *evidence, struct ks_str *out_detail)
{
	(void)out_detail;
	return evidence->ip;
}

static size_t count_values(const struct ks_dossier *d, struct ks_breakdown_field field)
{
	struct ks_vec rows = KS_VEC_OF(struct ks_breakdown_row);
	size_t n = 0;

	ks_breakdown_make(&d->events, field, &rows);
	for (size_t i = 0; i < rows.n; i++)
		n += KS_VEC_AT(&rows, struct ks_breakdown_row, i)->value.n > 0;
	ks_vec_release(&rows);
	return n;
}

static void say_size(const struct ks_dossier *d, struct ks_html *html)
{
	size_t denied = 0, regions = count_values(d, (struct ks_breakdown_field){ region_of }),
		   addresses = count_values(d, (struct ks_breakdown_field){ address_of });
	char span[KS_VERDICT_SPAN];
	struct ks_buf stages;

	for (size_t i = 0; i < d->events.n; i++)
		denied += KS_VEC_AT(&d->events, struct ks_evidence, i)->error.n > 0;
	ks_buf_init(&stages, 256);
	ks_stage_render(d->incident.stages & ~(unsigned)KS_STAGE_OTHER, &stages);
	ks_html_putf(html, "span", "more",
		"%zu event%s from %zu address%s in %zu Region%s%s%s, %zu denied. Stages: %s.", d->events.n,
		plural(d->events.n), addresses, addresses == 1 ? "" : "es", regions, plural(regions),
		d->incident.first_ms < d->incident.last_ms ? " within " : "",
		d->incident.first_ms < d->incident.last_ms ?
			ks_verdict_span(d->incident.last_ms - d->incident.first_ms, span) :
			"",
		denied, stages.n > 0 ? ks_buf_str(&stages).p : "none");
	ks_buf_release(&stages);
}

void ks_verdict_render(const struct ks_dossier *d, struct ks_html *html)
{
	const char *level = level_word(d->incident.level);

	ks_html_open(html, "p");
	ks_html_attrf(html, "class", "verdict level-%s", level);
	ks_html_open(html, "span");
	ks_html_attrf(html, "class", "badge level-%s", level);
	ks_html_text(html, ks_str_of(level));
	ks_html_close(html);
	if (d->incident.decoy_key.n > 0)
		say_decoy(d, html);
	else
		say_actor(d, html);
	say_size(d, html);
	ks_html_close(html);
}

/* ---- state ---- */

static void add_fact(struct ks_html *html, const char *name, struct ks_str value)
{
	ks_html_open(html, "div");
	ks_html_put(html, "dt", NULL, ks_str_of(name));
	ks_html_start(html, "dd", NULL);
	if (value.n > 0)
		ks_html_clip(html, value, LONGEST);
	else
		ks_html_put(html, "span", "note", KS_STR("not known"));
	ks_html_close(html);
	ks_html_close(html);
}

static void add_time(struct ks_html *html, const char *name, int64_t ms)
{
	char time[KS_TIME_TEXT];

	if (ms == KS_TIME_NONE)
		add_fact(html, name, (struct ks_str){ NULL, 0 });
	else
		add_fact(html, name, ks_str_of(ks_time_render(ms / KS_TIME_SECOND * KS_TIME_SECOND, time)));
}

void ks_verdict_render_state(const struct ks_dossier *d, int64_t now_ms, struct ks_html *html)
{
	const struct ks_incident *incident = &d->incident;
	char span[KS_VERDICT_SPAN], ago[KS_VERDICT_SPAN + 16];

	ks_html_start(html, "dl", "strip");
	add_fact(html, "State", ks_str_of(ks_incident_state_name(incident->state)));
	add_fact(html, "Assigned to", incident->assignee.n > 0 ? incident->assignee : KS_STR("nobody"));
	add_fact(html, "Account", incident->account);
	add_time(html, "First event", incident->first_ms);
	add_time(html, "Last event", incident->last_ms);
	if (incident->last_ms != KS_TIME_NONE && incident->last_ms <= now_ms) {
		snprintf(ago, sizeof(ago), "%s", ks_verdict_span(now_ms - incident->last_ms, span));
		add_fact(html, "Quiet for", ks_str_of(ago));
	}
	add_time(html, "Opened", incident->opened_ms);
	if (incident->notified_level != KS_LEVEL_NONE)
		add_time(html, "Last told", incident->notified_ms);
	if (incident->snoozed_until_ms != KS_TIME_NONE)
		add_time(html, "Snoozed until", incident->snoozed_until_ms);
	ks_html_close(html);
	if (incident->suppressed_by != 0)
		ks_html_putf(html, "p", "note", "Suppression %" PRId64 " covers all of it: nobody is told.",
			incident->suppressed_by);
	if (incident->merged_into != 0)
		ks_html_putf(html, "p", "alarm", "It is a part of incident %" PRId64 " by now.",
			incident->merged_into);
}

/* ---- placement ---- */

static void add_detail(struct ks_html *html, const char *name, struct ks_str value)
{
	if (value.n > 0)
		add_fact(html, name, value);
}

static void add_decoy(const struct ks_decoy *decoy, struct ks_html *html)
{
	char time[KS_TIME_TEXT];

	ks_html_start(html, "p", "place");
	ks_html_clip(html, decoy->placement.n > 0 ? decoy->placement : KS_STR("placement not known"), 1024);
	ks_html_close(html);
	ks_html_start(html, "dl", "strip");
	add_detail(html, "Decoy", decoy->name);
	if (!ks_str_is_equal(decoy->label, decoy->name))
		add_detail(html, "Label", decoy->label);
	add_detail(html, "Key", decoy->key_id);
	add_detail(html, "Kind", ks_str_of(ks_registry_kind_name(decoy->kind)));
	add_detail(html, "Bait", decoy->bait);
	add_detail(html, "User", decoy->user_name);
	add_detail(html, "State", ks_str_of(ks_registry_state_name(decoy->state)));
	add_detail(html, "Since",
		ks_str_of(ks_time_render(decoy->created_ms / KS_TIME_SECOND * KS_TIME_SECOND, time)));
	ks_html_close(html);
}

void ks_verdict_render_placement(const struct ks_dossier *d, struct ks_html *html)
{
	const struct ks_decoy *own = find_own(d);
	size_t first = own != NULL ? 1 : 0;

	if (own != NULL)
		add_decoy(own, html);
	else if (d->incident.decoy_key.n > 0)
		ks_html_put(html, "p", "note",
			KS_STR("The store does not know this decoy: it was handed over by id only."));
	else
		ks_html_put(html, "p", "note",
			KS_STR("The actor is no decoy: where this key or principal leaked is not known."));
	if (d->decoys.n > first)
		ks_html_put(html, "h3", NULL, KS_STR("Decoys that the calls name"));
	for (size_t i = first; i < d->decoys.n; i++)
		add_decoy(KS_VEC_AT(&d->decoys, struct ks_decoy, i), html);
}

/* ---- stages ---- */

/* Events of a stage; *out_first_ms is KS_TIME_NONE where none has a time. */
static size_t count_stage(const struct ks_dossier *d, enum ks_stage stage, int64_t *out_first_ms)
{
	size_t n = 0;

	*out_first_ms = KS_TIME_NONE;
	for (size_t i = 0; i < d->events.n; i++) {
		int64_t ms = KS_VEC_AT(&d->events, struct ks_evidence, i)->time_ms;

		if ((KS_VEC_AT(&d->weights, struct ks_dossier_weight, i)->stages & (unsigned)stage) == 0)
			continue;
		n++;
		if (*out_first_ms == KS_TIME_NONE || (ms != KS_TIME_NONE && ms < *out_first_ms))
			*out_first_ms = ms;
	}
	return n;
}

static void add_stage(const struct ks_dossier *d, enum ks_stage stage, struct ks_html *html)
{
	char time[KS_TIME_TEXT];
	int64_t first_ms;
	size_t n = count_stage(d, stage, &first_ms);

	ks_html_start(html, "li", n > 0 ? "reached" : NULL);
	ks_html_put(html, "b", NULL, ks_str_of(ks_stage_name(stage)));
	if (n > 0 && first_ms != KS_TIME_NONE) {
		ks_time_render(first_ms, time);
		ks_html_putf(html, "span", NULL, "%.10s", time);
		ks_html_putf(html, "span", NULL, "%.8s UTC", time + 11);
	}
	if (n > 0)
		ks_html_putf(html, "span", NULL, "%zu event%s", n, plural(n));
	else
		ks_html_put(html, "span", NULL, KS_STR("not seen"));
	ks_html_close(html);
}

void ks_verdict_render_chain(const struct ks_dossier *d, struct ks_html *html)
{
	int64_t first_ms;
	size_t others = count_stage(d, KS_STAGE_OTHER, &first_ms);

	ks_html_start(html, "ol", "chain");
	for (unsigned stage = 1; stage < KS_STAGE_OTHER; stage <<= 1)
		add_stage(d, (enum ks_stage)stage, html);
	ks_html_close(html);
	if (others > 0)
		ks_html_putf(html, "p", "note", "Beside these, %zu call%s that belong%s to no stage.", others,
			plural(others), others == 1 ? "s" : "");
}
