/*
 * How long the letters of a queue wait for objects that cannot be had: one that is not there for a few
 * receives; one that is refused, for a day at least, since policies get broken and are mended. And whether
 * objects are refused these days.
 */
#ifndef KS_TRAIL_PATIENCE_H
#define KS_TRAIL_PATIENCE_H

#include "lib/trail/mailbox.h"

enum ks_patience_kind {
	KS_PATIENCE_PASSING,         /* it is tried again, while the letter is held */
	KS_PATIENCE_GONE,            /* there is no such object, as S3 says, or cannot be */
	KS_PATIENCE_REFUSED,         /* kept from us: by a policy, a key, or what answers in S3's place */
};

enum ks_patience_kind ks_patience_kind_of(const struct ks_err *err);

/* Seconds until a letter that was received so often comes again; visibility_s: the queue's. */
int64_t ks_patience_wait_s(int64_t receives, int64_t visibility_s, bool is_refused);

/* Whether a letter is set aside for this error. Not where the queue itself counts receives, but for
 * an object that is too large. */
bool ks_patience_is_over(const struct ks_mailbox_letter *letter, const struct ks_err *err,
	bool has_dead_letters, int64_t now_ms);

/* Objects that are refused, as a source's trouble. Zeroed is none. */
struct ks_patience {
	struct ks_mailbox_trouble trouble;
	int64_t last_ms;
	char *bucket;                /* of the first; NULL */
};

void ks_patience_refuse(struct ks_patience *patience, struct ks_str bucket, const char *name,
	const struct ks_err *err, int64_t now_ms);
void ks_patience_read(struct ks_patience *patience, struct ks_str bucket);       /* one was read there */
bool ks_patience_is_tried(const struct ks_patience *patience, int64_t now_ms);
void ks_patience_release(struct ks_patience *patience);

#endif
