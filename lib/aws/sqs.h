/*
 * Amazon SQS, as far as reading a queue goes, and filling one for an exercise (JSON protocol, API
 * 2012-11-05). The URL of a queue says where it is asked and in which Region. Errors are those of
 * ks_client_call. A message is AWS's word for its id and receipt only: the body is whatever somebody sent.
 */
#ifndef KS_AWS_SQS_H
#define KS_AWS_SQS_H

#include "lib/aws/client.h"
#include "lib/base/vec.h"

#define KS_SQS_BATCH 10u             /* messages in one call */
#define KS_SQS_BATCH_BYTES (256u * 1024)     /* of their bodies, where they are sent */
#define KS_SQS_WAIT_MOST 20u         /* seconds that a call may wait for messages */
#define KS_SQS_VISIBILITY_MOST 43200 /* seconds: twelve hours */

struct ks_sqs_queue {
	const char *url;         /* as it was given: what names the queue in every call */
	const char *origin;      /* "https://host": where it is asked, unless an endpoint is configured */
	const char *region;      /* NULL: the host does not say; that of the settings counts */
	struct ks_str account;   /* twelve digits; empty when the path does not say */
	struct ks_str name;
	bool is_direct;          /* as in http.h: no proxy is asked */
};

/* https at a host of SQS's, "/ACCOUNT/NAME"; or any path on this machine, with http as well, and on any host
 * where ctx's environment names an endpoint (AWS_ENDPOINT_URL, AWS_ENDPOINT_URL_SQS). ctx may be NULL: then
 * any host will do. Texts live in arena. Errors: USAGE. */
int ks_sqs_parse_url(const char *url, const struct ks_ctx *ctx, struct ks_arena *arena,
	struct ks_sqs_queue *out, struct ks_err *err);

struct ks_sqs_message {
	struct ks_str id, receipt, body;
	struct ks_str sender;    /* SenderId: may be empty */
	int64_t sent_ms;         /* KS_TIME_NONE when it is not said */
	int64_t receives;        /* with this one; at least 1 */
};

struct ks_sqs_wish {
	unsigned most;           /* messages, up to KS_SQS_BATCH */
	unsigned wait_s;         /* for the first of them, up to KS_SQS_WAIT_MOST */
	int64_t visibility_s;    /* for so long nobody else gets them; 0: as the queue has it */
};

/* Pushes struct ks_sqs_message; their texts live in arena. May come back with none. LIMIT: the answer is too
 * long: ask for fewer. */
int ks_sqs_receive(struct ks_client *client, const struct ks_sqs_queue *queue,
	const struct ks_sqs_wish *wish,
	struct ks_arena *arena, struct ks_vec *out, struct ks_err *err);

/* One of a batch, and what became of it. */
struct ks_sqs_entry {
	struct ks_str receipt;
	struct ks_str body;      /* for ks_sqs_send */
	int64_t visibility_s;    /* from now on, for ks_sqs_extend; 0: everybody may have it at once */
	bool has_failed;
	bool is_over;            /* it failed, and would do so again: its receipt or body is no good */
};

/* Up to KS_SQS_BATCH entries. 0 when AWS answered: each entry says how it went. Deleting what is deleted is
 * a success. */
int ks_sqs_delete(struct ks_client *client, const struct ks_sqs_queue *queue, struct ks_sqs_entry *entries,
	size_t n, struct ks_err *err);
int ks_sqs_extend(struct ks_client *client, const struct ks_sqs_queue *queue, struct ks_sqs_entry *entries,
	size_t n, struct ks_err *err);
/* Likewise; the bodies together have no more than KS_SQS_BATCH_BYTES. After an error they may be sent. */
int ks_sqs_send(struct ks_client *client, const struct ks_sqs_queue *queue, struct ks_sqs_entry *entries,
	size_t n, struct ks_err *err);

struct ks_sqs_attributes {
	int64_t waiting;         /* messages that can be received, about; -1: not said */
	int64_t visibility_s;    /* -1: not said */
	struct ks_str arn;       /* may be empty */
	struct ks_str policy;    /* who may send, as JSON; empty: only who may by a policy of his own */
	bool has_dead_letters;   /* SQS itself moves away what was received too often */
};

/* Texts live in arena. */
int ks_sqs_get_attributes(struct ks_client *client, const struct ks_sqs_queue *queue, struct ks_arena *arena,
	struct ks_sqs_attributes *out, struct ks_err *err);

#endif
