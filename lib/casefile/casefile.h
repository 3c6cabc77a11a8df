/*
 * A case file: what the store knows of incidents, as one tar archive that every desk opens without us, and
 * that can be checked without us: "tar xf FILE && cd keysnare-case && sha256sum -c sha256sums.txt". Members
 * in order of their names, times, owners and modes the same for all of them, so that the same store makes
 * the same bytes. All below keysnare-case/:
 *
 *   incident-N/events.jsonl    a line an event, by role ("actor", "other": of other actors, listed by its
 *                              findings, "own": calls of keysnare that name its decoy) and time: "record"
 *                              is its record in records.json: offset, size, SHA-256
 *   incident-N/findings.jsonl  findings as DESIGN has them, with "level" and what they matched
 *   incident-N/incident.json   state, times, stages, addresses, decoys, linked incidents
 *   incident-N/journal.jsonl   a line an entry with its hash: see lib/incident/journal.h; "body" is a
 *                              string, since the hash is over its bytes; "exact" has who, kind or body in
 *                              base64 where JSON cannot have their bytes
 *   incident-N/notices.jsonl   who was told what and when, with the notice's body
 *   incident-N/plans.jsonl     plans to contain, with their steps, and what became of each
 *   incident-N/records.json    the records byte for byte as they were read, a newline behind each
 *   incident-N/report.html     the page of "incident report"
 *   manifest.json              tool, version, when, by whom, each journal's head, size and SHA-256 of every
 *                              member above
 *   readme.txt                 this, for people
 *   sha256sums.txt             of every other member
 *
 * It holds no secret of a decoy: the store has none.
 */
#ifndef KS_CASEFILE_CASEFILE_H
#define KS_CASEFILE_CASEFILE_H

#include "lib/base/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define KS_CASEFILE_TOP "keysnare-case/"
#define KS_CASEFILE_LINE (64u * 1024 * 1024) /* longest line of a member of lines */
#define KS_CASEFILE_MEMBERS 100000u /* most of them that are read */

enum ks_casefile_kind {
	KS_CASEFILE_EVENTS,
	KS_CASEFILE_FINDINGS,
	KS_CASEFILE_INCIDENT,
	KS_CASEFILE_JOURNAL,
	KS_CASEFILE_NOTICES,
	KS_CASEFILE_PLANS,
	KS_CASEFILE_RECORDS,
	KS_CASEFILE_REPORT,
	KS_CASEFILE_MANIFEST,
	KS_CASEFILE_README,
	KS_CASEFILE_SUMS,
};
#define KS_CASEFILE_KINDS (KS_CASEFILE_SUMS + 1)
#define KS_CASEFILE_EACH (KS_CASEFILE_REPORT + 1) /* that every incident has */

struct ks_casefile_row {
	const char *name; /* "events.jsonl" */
	bool is_of_incident;
	uint64_t largest; /* bytes */
};
const struct ks_casefile_row *ks_casefile_row(enum ks_casefile_kind kind);

/* The name below the top directory: "incident-7/events.jsonl"; out takes KS_CASEFILE_NAME. Returns out. */
#define KS_CASEFILE_NAME 64u
const char *ks_casefile_name(enum ks_casefile_kind kind, int64_t incident, char out[KS_CASEFILE_NAME]);

/* The kind and, where it has one, the incident of a name with the top directory; false when it is none of
 * ours, letter for letter. */
bool ks_casefile_tell(struct ks_str name, enum ks_casefile_kind *out, int64_t *out_incident);

#endif
