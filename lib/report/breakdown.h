/*
 * Events counted by one of their fields: which addresses, Regions, agents, calls, and how often.
 */
#ifndef KS_REPORT_BREAKDOWN_H
#define KS_REPORT_BREAKDOWN_H

#include "lib/incident/evidence.h"

struct ks_breakdown_row {
	struct ks_str value; /* as in the record; p NULL: those that have none */
	struct ks_str detail; /* of the first such event: what the caller asked for, or p NULL */
	size_t events, denied;
	int64_t first_ms, last_ms; /* KS_TIME_NONE when none has a time */
};

/* What to count by. */
struct ks_breakdown_field {
	/* out_detail may be left alone. */
	struct ks_str (*read)(const struct ks_evidence *evidence, struct ks_str *out_detail);
};

/* Pushes rows on out (struct ks_breakdown_row), those with the most events first, then by first time, then
 * by value. The strings are the events'. */
void ks_breakdown_make(const struct ks_vec *events, struct ks_breakdown_field field, struct ks_vec *out);

#endif
