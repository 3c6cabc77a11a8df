/*
 * What the body of a message is, told by its content: records themselves, or word of objects that hold them.
 *
 *   S3 to a queue            {"Records":[{"eventSource":"aws:s3","eventName":"ObjectCreated:Put","s3":…}]},
 * keys URL-encoded, "+" for a blank; {"Service":"Amazon S3","Event":"s3:TestEvent"}
 *   through SNS              {"Type":"Notification","Message":"…"}, in each other to any depth; or raw
 *   CloudTrail to SNS        {"s3Bucket":…,"s3ObjectKey":[…]}; "CloudTrail validation message."
 *   EventBridge              {"detail-type":"… via CloudTrail","detail":{a record}};
 *                            "Object Created" of aws.s3, keys as they are; all else says nothing here
 *   CloudWatch Logs          {"messageType":"DATA_MESSAGE","logEvents":[…]}, also as {"awslogs":{"data":…}},
 *                            base64 of gzip; CONTROL_MESSAGE
 *   records                  one, a list, {"Records":[…]}, JSON lines, the answer of LookupEvents
 *   SES's own events         notificationType or eventType with mail: nothing to read
 *
 * Sources: "Event message structure" (S3), "HTTP/HTTPS notification JSON format" (SNS), "Amazon S3 event
 * message structure" (EventBridge), "Subscription filters" (CloudWatch Logs), CloudTrail's "Configuring
 * Amazon SNS notifications". All of it is hostile text: names of buckets and keys have the form that S3 asks
 * for, and no more is said of them.
 */
#ifndef KS_TRAIL_ENVELOPE_H
#define KS_TRAIL_ENVELOPE_H

#include "lib/base/arena.h"
#include "lib/base/vec.h"

#include <stdbool.h>
#include <stdint.h>

struct ks_envelope_object {
	struct ks_str bucket, key;
	struct ks_str version;       /* empty: the newest */
	struct ks_str region;        /* of the bucket, as the message says; may be empty */
	int64_t size;                /* likewise; -1 */
};

/* Texts live in the arena, or are parts of the body. */
struct ks_envelope {
	const char *form;            /* for people: "EventBridge"; static */
	struct ks_vec texts;         /* struct ks_str: to be read as trails, perhaps gzip */
	struct ks_vec objects;       /* struct ks_envelope_object */
	/* Twelve digits: the account that EventBridge says a record is of; empty for all else, and behind SNS,
	 * where others may write. Whether EventBridge sent the message this cannot tell. */
	struct ks_str account;
	/* Why some of it, or all, can never be read; NULL. What can be read stands above all the same. */
	const char *poison;
};

/* Never fails: what cannot be read is poison. Neither texts, objects nor poison: there is nothing in it for
 * us. out is released by the caller. */
void ks_envelope_read(struct ks_str body, struct ks_arena *arena, struct ks_envelope *out);
void ks_envelope_release(struct ks_envelope *envelope);

/* Whether S3 has buckets or keys of that form. */
bool ks_envelope_is_bucket(struct ks_str name);
bool ks_envelope_is_key(struct ks_str key);

#endif
