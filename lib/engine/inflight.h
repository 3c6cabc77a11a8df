/*
 * Plans under way: each was sent, and waits for its turn to be read back. One thread carries any number of
 * them, so that nobody who uses a key waits for the windows of those who came before.
 */
#ifndef KS_ENGINE_INFLIGHT_H
#define KS_ENGINE_INFLIGHT_H

#include "lib/base/vec.h"
#include "lib/respond/executor.h"

#define KS_INFLIGHT_MOST 4000u   /* each holds a file: fewer where fewer may be open */

struct ks_inflight_plan {
	struct ks_executor_run *run;
	struct ks_arena arena;           /* owns what the run borrows and nobody else keeps, and what follows */
	struct ks_ledger_plan plan;      /* as it was when it began */
	const char *digest;
	size_t steps;
	int64_t since_ms;                /* when that which it is for was committed; KS_TIME_NONE: long ago */
	bool is_again;                   /* what the incident's actor took back is applied once more */
	bool has_news;                   /* of its incident, since it was sent */
	int64_t due_ms;                  /* of the monotonic clock */
};

struct ks_inflight {
	struct ks_vec plans;             /* struct ks_inflight_plan */
	size_t most;
};

void ks_inflight_init(struct ks_inflight *inflight);
void ks_inflight_release(struct ks_inflight *inflight);      /* lets go of all that are left */

bool ks_inflight_is_full(const struct ks_inflight *inflight);
bool ks_inflight_has(const struct ks_inflight *inflight, int64_t plan);
void ks_inflight_add(struct ks_inflight *inflight, const struct ks_inflight_plan *plan);

/* When the next one is due, or INT64_MAX. */
int64_t ks_inflight_due(const struct ks_inflight *inflight);
/* Takes it out; there must be one. */
struct ks_inflight_plan ks_inflight_take(struct ks_inflight *inflight);

/* The incident got news. */
void ks_inflight_stir(struct ks_inflight *inflight, int64_t incident);

#endif
