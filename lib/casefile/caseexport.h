/*
 * Writing a case file: all that the store knows of some incidents at one moment, while others go on writing.
 * What it takes of memory does not grow with the events, the page of the report aside.
 */
#ifndef KS_CASEFILE_CASEEXPORT_H
#define KS_CASEFILE_CASEEXPORT_H

#include "lib/base/vec.h"
#include "lib/codec/hash.h"
#include "lib/respond/ledger.h"
#include "lib/sigma/ruleset.h"

struct ks_caseexport {
	struct ks_vec ids; /* int64_t; each once */
	int64_t now_ms; /* said to be the time of making */
	struct ks_str who; /* makes it */
	const char *version; /* of the program */
	const struct ks_ruleset *rules; /* for the page */
	/* A plan with its steps (struct ks_ledger_step), as commands show it. */
	struct ks_json *(*tell_plan)(const struct ks_ledger_plan *plan, const struct ks_vec *steps);
	const char *temporary_dir;
};

struct ks_caseexport_result {
	uint64_t size;
	int64_t events, findings;
	char sha256[KS_HASH_HEX]; /* of the archive */
	char manifest_sha256[KS_HASH_HEX];
};

/* fd: an empty file. Errors: NOTFOUND for an incident that is not there; LIMIT; IO; the store's. */
int ks_caseexport_write(struct ks_db *db, const struct ks_caseexport *request, int fd,
	struct ks_caseexport_result *out, struct ks_err *err);

#endif
