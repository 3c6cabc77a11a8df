/*
 * Checking a case file without the store it came from. Every byte of it is looked at, nothing is unpacked,
 * and memory does not grow with the archive: names that are not ours (and with them paths that lead
 * elsewhere), sizes past a member's limit and headers in any other form end the reading. The archive may be
 * packed with gzip by others.
 *
 * What is found wrong is no error of these functions: it is a line for people, safe for a terminal.
 */
#ifndef KS_CASEFILE_CASEPROOF_H
#define KS_CASEFILE_CASEPROOF_H

#include "lib/base/arena.h"
#include "lib/base/err.h"
#include "lib/base/vec.h"
#include "lib/codec/hash.h"
#include "lib/incident/journal.h"
#include "lib/incident/witness.h"

#define KS_CASEPROOF_PROBLEMS 100u /* that are named one by one */
#define KS_CASEPROOF_RECORDS 1000000u /* of one incident whose hashes are compared one by one */

/* An incident as far as it could be read. */
struct ks_caseproof_incident {
	int64_t id;
	int64_t events, records; /* lines, and records that are what their line says */
	bool has_journal; /* it was reached, and read to its end */
	struct ks_journal_check journal;
};

struct ks_caseproof {
	struct ks_vec incidents; /* struct ks_caseproof_incident */
	struct ks_vec problems; /* const char * */
	size_t more_problems; /* that are not in it */
	size_t members;
	/* of what is no case file at all: "a web page", beside the problems; else NULL */
	const char *looks_like;
	bool is_whole; /* it was read to its end */
	struct ks_str made, made_by, version; /* of the manifest; p NULL: not known */
	char sha256[KS_HASH_HEX]; /* of the archive, unpacked; "" unless it was read to its end */
	char manifest_sha256[KS_HASH_HEX];
	struct ks_arena arena;
};

/* witnesses: heads to be looked for (their passing only is told); NULL: none. Release out in any case.
 * Errors: IO, NOTFOUND for what could not be read at all. */
int ks_caseproof_read(const char *path, struct ks_witness_set *witnesses, struct ks_caseproof *out,
	struct ks_err *err);
void ks_caseproof_release(struct ks_caseproof *proof);

/* One more line among the problems. */
void ks_caseproof_add(struct ks_caseproof *proof, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

#endif
