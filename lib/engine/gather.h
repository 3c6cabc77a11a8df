/*
 * The events of a hunt that are to be saved: the records that some rule was met by, from all threads, in
 * order of event time and on disk where they are many; then into the store, some at a time.
 */
#ifndef KS_ENGINE_GATHER_H
#define KS_ENGINE_GATHER_H

#include "lib/base/sorter.h"
#include "lib/engine/ingest.h"

#include <pthread.h>

struct ks_gather {
	struct ks_sorter sorter;
	pthread_mutex_t lock;            /* of the sorter */
	struct ks_vec concerned; /* int64_t: incidents that the events belong to, ascending; after save */
};

/* dir: for a temporary file, when there is much; borrowed. */
void ks_gather_init(struct ks_gather *gather, const char *dir);
void ks_gather_release(struct ks_gather *gather);

/* Keeps a copy of the event's record; its identity must be known. An event may come several times, from
 * one place too. Any thread. Errors: IO (the temporary file), LIMIT. */
struct ks_gather_place {
	const char *source;
	uint64_t offset;
	enum ks_evidence_trust trust;
};
int ks_gather_add(struct ks_gather *gather, const struct ks_event *event,
	const struct ks_gather_place *place, struct ks_err *err);

/* Keeps what a record handed out. Any thread. Errors: IO. */
int ks_gather_grant(struct ks_gather *gather, const struct ks_grant *grant, struct ks_err *err);

/* Hands all of it to an ingest that has no batch open, in batches, each event once for each place, as of a
 * first run (ingest.h), since a hunt looks at what was. What was
 * committed before an error stays; saving the same once more changes nothing. Errors: the store's, IO. */
int ks_gather_save(struct ks_gather *gather, struct ks_ingest *ingest, struct ks_err *err);

#endif
