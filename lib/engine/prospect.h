/*
 * Whether the hits of a group can meet a correlation's condition at all, told from an index without reading
 * them: a key that makes a hundred thousand calls from one Region is never a sweep over five. Not for anyone
 * but stretch.c.
 */
#ifndef KS_ENGINE_PROSPECT_H
#define KS_ENGINE_PROSPECT_H

#include "lib/sigma/correlation.h"
#include "lib/store/db.h"

struct ks_prospect {
	const struct ks_correlation *correlation;
	struct ks_str rule;               /* what the store calls it */
	struct ks_str group;
	int64_t from_ms, until_ms;        /* both inclusive */
};

/* *out is false only when no window within the two times can meet the condition, whatever hits are in it.
 * Takes few steps, however many hits there are. Errors are the store's. */
int ks_prospect_judge(struct ks_db *db, const struct ks_prospect *prospect, bool *out, struct ks_err *err);

#endif
