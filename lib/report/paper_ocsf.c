/* The incident as one Detection Finding (lib/report/ocsf.h), with one uid, created, updated and closed. */
#include "lib/report/findinggroup.h"
#include "lib/report/ocsf.h"
#include "lib/report/paper.h"

#include "lib/base/time.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define EVIDENCES_MOST 1000u
#define UID_BYTES 16u                  /* of a hash */

extern const struct ks_paper ks_paper_ocsf;

static void add_class(const struct ks_incident *incident, struct ks_json *json)
{
	static const struct { int id; const char *name; } states[] = {
		[KS_INCIDENT_OPEN] = { 1, "New" }, [KS_INCIDENT_ACKNOWLEDGED] = { 2, "In Progress" },
		[KS_INCIDENT_SNOOZED] = { 3, "Suppressed" }, [KS_INCIDENT_CLOSED] = { 4, "Resolved" },
	};

	ks_ocsf_add_class(json, incident->state == KS_INCIDENT_CLOSED ? KS_OCSF_CLOSE :
		incident->changed_ms > incident->opened_ms ? KS_OCSF_UPDATE : KS_OCSF_CREATE);
	ks_ocsf_add_severity(json, incident->level);
	ks_json_add_int(json, "status_id", states[incident->state].id);
	ks_json_add_text(json, "status", states[incident->state].name);
	ks_json_add_bool(json, "is_alert", true);
	ks_json_add_int(json, "time", incident->changed_ms);
}

/* What tells this incident from those of other stores: the hash of its first journal entry, which holds when
 * it was opened and why, and never changes. Without one, its number must do. */
static void add_uid(const struct ks_dossier *d, struct ks_json *json)
{
	const struct ks_journal_entry *first =
		d->journal.n > 0 ? KS_VEC_AT(&d->journal, struct ks_journal_entry, 0) : NULL;
	char uid[64] = "keysnare-incident-";
	size_t n = strlen(uid);

	if (first != NULL && first->number == 1 && first->hash.n == KS_HASH_SIZE)
		ks_hash_hex((const unsigned char *)first->hash.p, UID_BYTES, uid + n);
	else
		snprintf(uid + n, sizeof(uid) - n, "%" PRId64, d->incident.id);
	ks_json_add_text(json, "uid", uid);
}

static void add_attacks(const struct ks_paper_subject *subject, const struct ks_vec *groups,
	struct ks_json *info)
{
	struct ks_json *list = ks_json_new_array();
	struct ks_map seen;

	ks_map_init(&seen);
	for (size_t i = 0; i < groups->n; i++) {
		const struct ks_findinggroup *group = KS_VEC_AT(groups, struct ks_findinggroup, i);
		const struct ks_rule *rule = subject->rules != NULL && group->rule_id.n > 0 ?
			ks_map_find(&subject->rules->ids, group->rule_id) : NULL;

		if (rule != NULL)
			ks_ocsf_add_attacks(list, &seen, rule);
	}
	ks_json_add(info, "attacks", list);
	ks_map_release(&seen);
}

static struct ks_json *related_event(const struct ks_stored_finding *finding)
{
	struct ks_json *json = ks_json_new_object();

	ks_json_add_str(json, "uid", finding->id);
	ks_json_add_text(json, "type", "Detection Finding");
	ks_ocsf_add_known(json, "title", finding->rule_title);
	ks_ocsf_add_severity(json, finding->level);
	ks_ocsf_add_time(json, "first_seen_time", finding->time_ms);
	return json;
}

static const char *title_of(const struct ks_dossier *d, const struct ks_vec *groups, struct ks_arena *arena)
{
	const char *title = d->incident.decoy_key.p != NULL ? "A decoy was used" : groups->n > 0 ?
		ks_arena_strdup(arena, KS_VEC_AT(groups, struct ks_findinggroup, 0)->title) : "A key was named";

	return d->drillcase.kind == KS_DRILLCASE_WHOLE ? ks_arena_printf(arena, "EXERCISE: %s", title) : title;
}

static struct ks_json *finding_info(const struct ks_paper_subject *subject)
{
	const struct ks_dossier *d = subject->dossier;
	struct ks_vec groups = KS_VEC_OF(struct ks_findinggroup);
	struct ks_json *json = ks_json_new_object(), *types = ks_json_new_array(), *events = ks_json_new_array();
	struct ks_arena arena = { NULL };

	ks_findinggroup_make(d, &groups);
	add_uid(d, json);
	ks_json_add_text(json, "title", title_of(d, &groups, &arena));
	ks_json_add_text(json, "desc", ks_arena_printf(&arena, "%" PRId64 " events, %zu findings of %zu rules",
		d->incident.events, d->findings.n, groups.n));
	ks_json_add_int(json, "created_time", d->incident.opened_ms);
	ks_json_add_int(json, "modified_time", d->incident.changed_ms);
	ks_ocsf_add_time(json, "first_seen_time", d->incident.first_ms);
	ks_ocsf_add_time(json, "last_seen_time", d->incident.last_ms);
	ks_json_add_text(types, NULL, "TTPs/Credential Access");
	ks_json_add(json, "types", types);
	add_attacks(subject, &groups, json);
	for (size_t i = 0; i < d->findings.n && i < EVIDENCES_MOST; i++)
		ks_json_add(events, NULL, related_event(KS_VEC_AT(&d->findings, struct ks_stored_finding, i)));
	ks_json_add(json, "related_events", events);
	ks_json_add_int(json, "related_events_count", (int64_t)d->findings.n);
	ks_vec_release(&groups);
	ks_arena_release(&arena);
	return json;
}

static void add_evidence(const struct ks_dossier *d, struct ks_json *json)
{
	struct ks_json *list = ks_json_new_array(), *observables = ks_json_new_array();
	struct ks_map seen;

	ks_map_init(&seen);
	for (size_t i = 0; i < d->events.n && i < EVIDENCES_MOST; i++) {
		const struct ks_evidence *e = KS_VEC_AT(&d->events, struct ks_evidence, i);

		ks_json_add(list, NULL, ks_ocsf_evidence(e));
		ks_ocsf_add_observables(observables, &seen, e);
	}
	ks_json_add(json, "evidences", list);
	ks_json_add(json, "observables", observables);
	ks_map_release(&seen);
}

static void add_resources(const struct ks_dossier *d, struct ks_json *json)
{
	struct ks_json *list = ks_json_new_array(), *one = ks_json_new_object();
	struct ks_str actor_text = d->incident.actor;
	bool is_key = ks_str_has_prefix(actor_text, KS_STR("key:"));

	ks_json_add_text(one, "type", is_key ? "AWS::IAM::AccessKey" : "AWS principal");
	ks_json_add_str(one, "uid", ks_str_has_prefix(actor_text, KS_STR("principal:")) ?
		ks_str_sub(actor_text, 10, actor_text.n) : is_key ? ks_str_sub(actor_text, 4, actor_text.n) :
		actor_text);
	for (size_t i = 0; i < d->decoys.n; i++) {
		const struct ks_decoy *decoy = KS_VEC_AT(&d->decoys, struct ks_decoy, i);

		if (ks_str_is_equal(decoy->key_id, d->incident.decoy_key))
			ks_ocsf_add_known(one, "name", decoy->name);
	}
	ks_json_add(list, NULL, one);
	ks_json_add(json, "resources", list);
}

static void render(const struct ks_paper_subject *subject, struct ks_buf *out)
{
	const struct ks_dossier *d = subject->dossier;
	struct ks_json *json = ks_json_new_object(), *own = ks_json_new_object();

	add_class(&d->incident, json);
	ks_json_add(json, "metadata", ks_ocsf_metadata(subject->version, subject->now_ms));
	ks_json_add(json, "cloud", ks_ocsf_cloud(d->incident.account));
	ks_json_add(json, "finding_info", finding_info(subject));
	add_resources(d, json);
	add_evidence(d, json);
	/* What the schema has no place for. */
	if (d->drillcase.kind != KS_DRILLCASE_NONE)
		ks_json_add_text(own, "exercise", ks_drillcase_name(&d->drillcase));
	ks_json_add_text(own, "journal_head", d->check.head);
	ks_json_add_int(own, "evidences_left_out",
		d->events.n > EVIDENCES_MOST ? (int64_t)(d->events.n - EVIDENCES_MOST) : 0);
	ks_json_add(json, "unmapped", own);
	ks_json_render(json, out);
	ks_buf_addc(out, '\n');
	ks_json_free(json);
}

const struct ks_paper ks_paper_ocsf = { .name = "ocsf", .render = render };
