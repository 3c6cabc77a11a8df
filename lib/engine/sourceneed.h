/*
 * What the sources of the config take of AWS, as permissions and the resources that these are narrowed to:
 * queues (sqs:…), objects that their messages name, and buckets (s3://…).
 */
#ifndef KS_ENGINE_SOURCENEED_H
#define KS_ENGINE_SOURCENEED_H

#include "lib/engine/config.h"

enum ks_sourceneed_kind {
	KS_SOURCENEED_QUEUES,        /* the queues themselves */
	KS_SOURCENEED_OBJECTS,       /* what is read of buckets */
	KS_SOURCENEED_BUCKETS,       /* what is listed */
};

/* Whether some source has such resources. */
bool ks_sourceneed_has(enum ks_sourceneed_kind kind, const struct ks_config_source *sources, size_t n);

/* Whether a source's spec begins so, "lookup:"; true also where no source is named. */
bool ks_sourceneed_is_named(const char *mark, const struct ks_config_source *sources, size_t n);

/* Pushes ARNs, const char * in the arena, each once. The objects that a queue's messages name are those
 * of its 'buckets', or, without these, what lies below AWSLogs in any bucket. */
void ks_sourceneed_resources(enum ks_sourceneed_kind kind, const struct ks_config_source *sources, size_t n,
	const struct ks_partition *partition, struct ks_arena *arena, struct ks_vec *out);

#endif
