/*
 * The stub of the watch's bench in three parts: main.c serves HTTP and keeps time, feed.c writes what
 * CloudTrail would, api.c answers as STS, IAM and SQS would. Nothing of it thinks: an answer goes out as
 * soon as its request is there.
 */
#ifndef KS_TESTS_BENCH_STUB_H
#define KS_TESTS_BENCH_STUB_H

#include "lib/base/buf.h"
#include "lib/base/str.h"

#include <stdbool.h>
#include <stdint.h>

#define STUB_ACCOUNT "123456789012"
#define STUB_QUESTIONS 3u                  /* different calls to SES that make one use */
#define STUB_KEY_ID 21                     /* with its NUL */

/* One stolen key, and what became of it. Times are of the monotonic clock, in microseconds; 0: not yet. */
struct stub_use {
	int64_t readable_us;         /* the message that completes the use was there to be read */
	int64_t called_us;           /* the first containment call about the key arrived */
	unsigned asked;              /* questions written so far */
	unsigned writes;             /* containment calls about it */
	char id[STUB_KEY_ID];
	bool is_inactive;
};

struct stub_message {
	struct ks_buf body;
	int64_t hidden_until_us;     /* handed out, and not to be seen until then */
	bool is_deleted;
};

struct stub {
	const char *trail;           /* file that records are added to; NULL: messages of a queue */
	unsigned uses, noise;        /* noise: messages about nothing between two uses */
	double per_second;           /* uses */
	int trail_fd;
	struct stub_use *states;
	struct stub_message *messages;       /* all that ever were in the queue */
	size_t message_count, message_room, first_left;      /* those before it are deleted */
	uint64_t fed, deleted, calls, contained;
	unsigned next_slot;          /* of the schedule; a slot is a use's last question, or the noise between */
	int64_t begun_us, ended_us;  /* of the feed */
	uint64_t serial;
};

/* ---- main.c */
int64_t stub_now_us(void);

/* ---- feed.c */
void stub_key_id(unsigned number, char out[STUB_KEY_ID]);
/* The number of a key or of a user named after it; -1: it is none of the uses'. */
int stub_number_of_key(const struct stub *stub, struct ks_str key_id);
int stub_number_of_user(const struct stub *stub, struct ks_str user);
/* Whatever is due by now; then microseconds until the next is, -1 when all is written. */
int64_t stub_feed(struct stub *stub, int64_t now_us);

/* ---- api.c */
struct stub_request {
	struct ks_str method, path, target, body;    /* target: X-Amz-Target */
};

/* Fills body with the answer and gives the status; 0: nothing to say yet (a long poll). */
int stub_answer(struct stub *stub, const struct stub_request *request, struct ks_buf *body);
bool stub_has_message(const struct stub *stub, int64_t now_us);

#endif
