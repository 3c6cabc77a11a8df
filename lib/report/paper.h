/*
 * Papers: an incident written down for other programs and other people than those of its page. One row and
 * one file each (papers.def); options, help and completion come from the rows. What came from a record is
 * hostile: each file says how it makes that harmless.
 */
#ifndef KS_REPORT_PAPER_H
#define KS_REPORT_PAPER_H

#include "lib/report/dossier.h"
#include "lib/sigma/ruleset.h"

#define KS_PAPER_SIZE (256u * 1024 * 1024) /* largest one */

/* All borrowed. */
struct ks_paper_subject {
	const struct ks_dossier *dossier;
	const struct ks_ruleset *rules;      /* in use: their triage steps and tags; NULL: none */
	const char *version;                 /* of the program */
	int64_t now_ms;
};

struct ks_paper {
	const char *name;
	void (*render)(const struct ks_paper_subject *subject, struct ks_buf *out);
};

/* NULL behind the last. */
const struct ks_paper *ks_paper_at(size_t i);

/* Reads the incident and writes it down. Errors: NOTFOUND; LIMIT when it would be larger than out may grow;
 * the store's. */
struct ks_paper_request {
	int64_t id;
	const struct ks_ruleset *rules;
	const char *version;
	int64_t now_ms;
};
int ks_paper_render(struct ks_db *db, const struct ks_paper *paper, const struct ks_paper_request *request,
	struct ks_buf *out, struct ks_err *err);

#endif
