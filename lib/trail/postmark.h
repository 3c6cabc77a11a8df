/*
 * Ids of messages that were committed, so that one that comes again is not read again. They are remembered
 * in checkpoints, one for each commit that finished messages, in a ring: what is older than its last round
 * is forgotten, and reading such a message again changes nothing.
 */
#ifndef KS_TRAIL_POSTMARK_H
#define KS_TRAIL_POSTMARK_H

#include "lib/base/arena.h"
#include "lib/base/map.h"
#include "lib/trail/source.h"

#define KS_POSTMARK_SLOTS 256u
#define KS_POSTMARK_MOST 65536u      /* ids in memory, twice at most */

struct ks_postmarks {
	struct ks_map fresh, old;        /* ids; when fresh is full it becomes old */
	uint64_t next;                   /* number of the next checkpoint */
};

void ks_postmark_init(struct ks_postmarks *marks);
void ks_postmark_release(struct ks_postmarks *marks);

/* Reads what is stored. Errors: those of recall. */
int ks_postmark_recall(struct ks_postmarks *marks, const struct ks_source_config *config,
	struct ks_err *err);

bool ks_postmark_has(const struct ks_postmarks *marks, struct ks_str id);

/* Stores ids (struct ks_str) of the batch; nothing is known of them before take. No ids: nothing to do. */
int ks_postmark_save(const struct ks_postmarks *marks, const struct ks_vec *ids, ks_source_save_fn *save,
	void *arg, struct ks_err *err);

/* They were committed. */
void ks_postmark_take(struct ks_postmarks *marks, const struct ks_vec *ids);

#endif
