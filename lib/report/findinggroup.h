/* The findings of an incident by rule, the gravest rule first. */
#ifndef KS_REPORT_FINDINGGROUP_H
#define KS_REPORT_FINDINGGROUP_H

#include "lib/report/dossier.h"

struct ks_findinggroup {
	struct ks_str rule_id, title;
	enum ks_level level;         /* of the gravest finding */
	size_t findings;
	int64_t first_ms, last_ms;   /* KS_TIME_NONE: no time could be read */
};

/* Pushed on out; strings are the dossier's. */
void ks_findinggroup_make(const struct ks_dossier *dossier, struct ks_vec *out);

#endif
