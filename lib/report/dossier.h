/*
 * All that the store knows of an incident, read at once: what reports are made of.
 */
#ifndef KS_REPORT_DOSSIER_H
#define KS_REPORT_DOSSIER_H

#include "lib/decoy/registry.h"
#include "lib/incident/drillcase.h"
#include "lib/incident/incident.h"
#include "lib/incident/journal.h"

/* How an event counts: beside the evidence, in the same order. */
struct ks_dossier_weight {
	unsigned stages; /* bits of enum ks_stage */
	enum ks_level level; /* of the gravest finding about it */
};

/* Everything lives in the arena, which is the dossier's own. */
struct ks_dossier {
	struct ks_incident incident;
	struct ks_drillcase drillcase;
	/* struct ks_evidence, by time; raw has p NULL but for the first ones, as many as were asked for */
	struct ks_vec events;
	size_t other_events; /* of other actors, that its findings list as evidence */
	struct ks_vec weights; /* struct ks_dossier_weight, one for each event */
	struct ks_vec findings; /* struct ks_stored_finding, by time; json has p NULL */
	struct ks_vec journal; /* struct ks_journal_entry */
	struct ks_journal_check check; /* of the journal */
	struct ks_vec linked; /* struct ks_incident, ascending */
	size_t more_linked; /* that are not in it */
	struct ks_vec decoys; /* struct ks_decoy: its own first, then those that its events name */
	size_t unknown_decoys; /* named by events, and not in the store */
	struct ks_arena arena;
};

/* Reads it, with the records of the first events: of the others, which may be very many, a few hundred bytes
 * each. Release it also after a failure. Errors: NOTFOUND; the store's. */
int ks_dossier_load(struct ks_db *db, int64_t id, size_t records, struct ks_dossier *out,
	struct ks_err *err);
void ks_dossier_release(struct ks_dossier *dossier);

#endif
