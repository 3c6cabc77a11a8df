/* Reading, and the weight of each event. */
#include "lib/report/dossier.h"

#include "lib/base/lexicon.h"

#include <inttypes.h>

static int load_linked(struct ks_db *db, struct ks_dossier *d, struct ks_err *err)
{
	struct ks_vec ids = KS_VEC_OF(int64_t);
	int rc = ks_incident_linked(db, d->incident.id, &ids, &d->more_linked, err);

	for (size_t i = 0; rc == 0 && i < ids.n; i++) {
		struct ks_incident one;
		bool is_found = false;

		rc = ks_incident_find(db, *KS_VEC_AT(&ids, int64_t, i), &d->arena, &one, &is_found, err);
		if (rc == 0 && is_found)
			*(struct ks_incident *)ks_vec_push(&d->linked) = one;
	}
	ks_vec_release(&ids);
	return rc;
}

/* ---- events and findings ---- */

struct loading {
	struct ks_dossier *dossier;
	struct ks_lexicon lexicon;
};

static int add_event(void *arg, const struct ks_evidence *e, struct ks_err *err)
{
	struct loading *l = arg;
	struct ks_evidence *event = ks_vec_push(&l->dossier->events);
	struct ks_str *const repeated[] = { &event->source, &event->name, &event->region, &event->error,
		&event->actor_type, &event->actor_arn, &event->account, &event->key_id, &event->key_kind,
		&event->actor, &event->ip, &event->user_agent, &event->decoy_key, &event->decoy_match,
		&event->where_source };

	(void)err;
	*event = *e;
	event->identity = ks_arena_copy(&l->dossier->arena, e->identity);
	event->event_id = e->event_id.p != NULL ? ks_arena_copy(&l->dossier->arena, e->event_id) : e->event_id;
	for (size_t i = 0; i < sizeof(repeated) / sizeof(repeated[0]); i++)
		*repeated[i] = ks_lexicon_keep(&l->lexicon, *repeated[i]);
	return 0;
}

static int add_finding(void *arg, const struct ks_stored_finding *f, struct ks_err *err)
{
	struct loading *l = arg;
	struct ks_stored_finding *finding = ks_vec_push(&l->dossier->findings);

	(void)err;
	*finding = *f;
	finding->id = ks_arena_copy(&l->dossier->arena, f->id);
	finding->rule_id = ks_lexicon_keep(&l->lexicon, f->rule_id);
	finding->rule_title = ks_lexicon_keep(&l->lexicon, f->rule_title);
	return 0;
}

static int load_records(struct ks_db *db, struct ks_dossier *d, size_t records, struct ks_err *err)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < d->events.n && i < records; i++) {
		struct ks_evidence *event = KS_VEC_AT(&d->events, struct ks_evidence, i), whole;
		bool is_found = false;

		rc = ks_evidence_find(db, event->identity, &d->arena, &whole, &is_found, err);
		if (rc == 0 && is_found)
			event->raw = whole.raw;
	}
	return rc;
}

static int load_story(struct ks_db *db, struct ks_dossier *d, size_t records, struct ks_err *err)
{
	struct loading l = { .dossier = d };
	int rc;

	ks_lexicon_init(&l.lexicon, &d->arena);
	rc = ks_incident_skim(db, d->incident.id, KS_INCIDENT_EVENTS, add_event, &l, err);
	if (rc == 0)
		rc = load_records(db, d, records, err);
	if (rc == 0)
		rc = ks_incident_count(db, d->incident.id, KS_INCIDENT_OTHERS, &d->other_events, err);
	if (rc == 0)
		rc = ks_incident_skim_findings(db, d->incident.id, add_finding, &l, err);
	ks_lexicon_release(&l.lexicon);
	return rc;
}

static int load_decoy(struct ks_db *db, struct ks_str key, struct ks_map *seen, struct ks_dossier *d,
	struct ks_err *err)
{
	struct ks_decoy decoy;
	bool is_found = false;

	if (key.n == 0 || ks_map_find(seen, key) != NULL)
		return 0;
	ks_map_put(seen, key, d);
	if (ks_registry_find(db, key, &d->arena, &decoy, &is_found, err) != 0)
		return -1;
	if (is_found)
		*(struct ks_decoy *)ks_vec_push(&d->decoys) = decoy;
	else
		d->unknown_decoys++;
	return 0;
}

static int load_decoys(struct ks_db *db, struct ks_dossier *d, struct ks_err *err)
{
	struct ks_map seen;
	int rc;

	ks_map_init(&seen);
	rc = load_decoy(db, d->incident.decoy_key, &seen, d, err);
	for (size_t i = 0; rc == 0 && i < d->events.n; i++)
		rc = load_decoy(db, KS_VEC_AT(&d->events, struct ks_evidence, i)->decoy_key, &seen, d, err);
	ks_map_release(&seen);
	return rc;
}

/* ---- weights ---- */

static int raise_level(void *arg, struct ks_str identity, enum ks_level level)
{
	struct ks_dossier_weight *weight = ks_map_find(arg, identity);

	if (weight != NULL && level > weight->level)
		weight->level = level;
	return 0;
}

static int weigh(struct ks_db *db, struct ks_dossier *d, struct ks_err *err)
{
	struct ks_map by_identity;
	int rc;

	ks_map_init(&by_identity);
	for (size_t i = 0; i < d->events.n; i++) {
		const struct ks_evidence *event = KS_VEC_AT(&d->events, struct ks_evidence, i);

		((struct ks_dossier_weight *)ks_vec_push(&d->weights))->stages =
			ks_stage_of(event->source, event->name);
	}
	/* The vector has its full size now, so its elements stay where they are. */
	for (size_t i = 0; i < d->events.n; i++)
		ks_map_put(&by_identity, KS_VEC_AT(&d->events, struct ks_evidence, i)->identity,
			KS_VEC_AT(&d->weights, struct ks_dossier_weight, i));
	rc = ks_incident_skim_listed(db, d->incident.id, raise_level, &by_identity, err);
	ks_map_release(&by_identity);
	return rc;
}

int ks_dossier_load(struct ks_db *db, int64_t id, size_t records, struct ks_dossier *out,
	struct ks_err *err)
{
	bool is_found = false;

	*out = (struct ks_dossier){ .events = KS_VEC_OF(struct ks_evidence),
		.weights = KS_VEC_OF(struct ks_dossier_weight),
		.findings = KS_VEC_OF(struct ks_stored_finding),
		.journal = KS_VEC_OF(struct ks_journal_entry),
		.linked = KS_VEC_OF(struct ks_incident),
		.decoys = KS_VEC_OF(struct ks_decoy) };
	if (ks_incident_find(db, id, &out->arena, &out->incident, &is_found, err) != 0)
		return -1;
	if (!is_found)
		return ks_err_set(err, KS_ERR_NOTFOUND, "there is no incident %" PRId64, id);
	if (ks_drillcase_read(db, id, &out->drillcase, err) != 0 || load_story(db, out, records, err) != 0 ||
		ks_journal_list(db, id, &out->arena, &out->journal, err) != 0 ||
		ks_journal_verify(db, id, &out->check, err) != 0)
		return -1;
	if (load_linked(db, out, err) != 0 || load_decoys(db, out, err) != 0)
		return -1;
	return weigh(db, out, err);
}

void ks_dossier_release(struct ks_dossier *dossier)
{
	if (dossier == NULL)
		return;
	ks_vec_release(&dossier->events);
	ks_vec_release(&dossier->weights);
	ks_vec_release(&dossier->findings);
	ks_vec_release(&dossier->journal);
	ks_vec_release(&dossier->linked);
	ks_vec_release(&dossier->decoys);
	ks_arena_release(&dossier->arena);
}
