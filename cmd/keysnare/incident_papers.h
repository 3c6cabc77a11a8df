/* The papers of an incident (lib/report/papers.def) as options of 'incident report'. */
#ifndef KS_CMD_INCIDENT_PAPERS_H
#define KS_CMD_INCIDENT_PAPERS_H

#include "cmd/keysnare/command.h"

#include "lib/sigma/ruleset.h"

struct ks_incident_papers {
	struct ks_app *app;
	const struct ks_opt_args *args;
	const struct ks_ruleset *rules;
	int64_t id;
	bool has_force;
};

/* Whether one of them is asked for. */
bool ks_incident_papers_has(const struct ks_opt_args *args);

/* Whether their files can be written: none is there, or it may be replaced. */
int ks_incident_papers_check(const struct ks_incident_papers *papers, struct ks_err *err);

/* Writes all that are asked for. */
int ks_incident_papers_write(const struct ks_incident_papers *papers, struct ks_err *err);

/* Writes a file that nobody else may read, or to standard output where path is "-". */
int ks_incident_papers_put(const char *path, struct ks_str text, bool has_force, struct ks_err *err);

#endif
