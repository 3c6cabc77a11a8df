/*
 * Finds the CloudTrail records in one JSON value, whatever envelope they came in, told by content:
 *
 *   {"Records":[…]}                              a delivered file
 *   {"Events":[{"CloudTrailEvent":"…"}]}         answer of LookupEvents; the record is a JSON string
 *   {"detail-type":…,"detail":{…}}               EventBridge
 *   {"logEvents":[{"message":"…"}]}              CloudWatch Logs subscription
 *   a record itself, or an array of any of these
 *
 * What looks like one and is none (S3, SNS, SQS notifications, mail that SES received, digests) is
 * counted, no more.
 */
#ifndef KS_TRAIL_SHAPES_H
#define KS_TRAIL_SHAPES_H

#include "lib/base/arena.h"
#include "lib/base/limits.h"
#include "lib/trail/index.h"

/* Called for each record. index and node are valid during the call only. */
typedef void ks_shapes_fn(void *arg, const struct ks_index *index, uint32_t node);

struct ks_shapes {
	struct ks_index inner[KS_LIMIT_NESTING];    /* of texts that were strings in another */
	struct ks_arena *arena;                     /* for those texts; lives as long as the records do */
	uint64_t others;                            /* values that hold no record */
	uint64_t unreadable;                        /* strings that should hold a record and are no JSON */
};

void ks_shapes_init(struct ks_shapes *shapes, struct ks_arena *arena);
void ks_shapes_release(struct ks_shapes *shapes);

/* Calls found for each record in the value, in source order; the counters grow. */
void ks_shapes_unwrap(struct ks_shapes *shapes, const struct ks_index *index, uint32_t node,
	ks_shapes_fn *found, void *arg);

/* Whether an object is a CloudTrail record itself. */
bool ks_shapes_is_record(const struct ks_index *index, uint32_t node);

#endif
