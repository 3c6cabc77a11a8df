/* Reading, and the weight of each event. */
#include "lib/report/dossier.h"

#include "lib/base/map.h"

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

static int count_others(struct ks_db *db, struct ks_dossier *d, struct ks_err *err)
{
	struct ks_vec others = KS_VEC_OF(struct ks_evidence);
	int rc = ks_incident_others(db, d->incident.id, &d->arena, &others, err);

	d->other_events = others.n;
	ks_vec_release(&others);
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

static void raise_level(struct ks_map *by_identity, struct ks_str identity, enum ks_level level)
{
	struct ks_dossier_weight *weight = ks_map_find(by_identity, identity);

	if (weight != NULL && level > weight->level)
		weight->level = level;
}

static int weigh_finding(struct ks_db *db, struct ks_dossier *d, const struct ks_stored_finding *finding,
	struct ks_map *by_identity, struct ks_err *err)
{
	struct ks_vec matched = KS_VEC_OF(struct ks_str);
	int rc = ks_incident_matched(db, finding->id, &d->arena, &matched, err);

	for (size_t i = 0; rc == 0 && i < matched.n; i++)
		raise_level(by_identity, *KS_VEC_AT(&matched, struct ks_str, i), finding->level);
	ks_vec_release(&matched);
	return rc;
}

static int weigh(struct ks_db *db, struct ks_dossier *d, struct ks_err *err)
{
	struct ks_map by_identity;
	int rc = 0;

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
	for (size_t i = 0; rc == 0 && i < d->findings.n; i++)
		rc = weigh_finding(db, d, KS_VEC_AT(&d->findings, struct ks_stored_finding, i), &by_identity, err);
	ks_map_release(&by_identity);
	return rc;
}

int ks_dossier_load(struct ks_db *db, int64_t id, struct ks_dossier *out, struct ks_err *err)
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
	if (ks_incident_events(db, id, &out->arena, &out->events, err) != 0 ||
		count_others(db, out, err) != 0 ||
		ks_incident_findings(db, id, &out->arena, &out->findings, err) != 0 ||
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
