/*
 * A queue of SQS with threads of its own: they receive ahead, a bounded number of letters, keep the others
 * away from them for as long as they are held here, and delete them or give them back when they are told
 * to. What fails is tried again, later and later; a letter whose deletion failed for good comes again, and
 * it is for the owner to know it.
 *
 * All calls are for the thread that owns the mailbox, and none of them waits for the network but finish.
 */
#ifndef KS_TRAIL_MAILBOX_H
#define KS_TRAIL_MAILBOX_H

#include "lib/aws/sqs.h"
#include "lib/base/ctx.h"

#define KS_MAILBOX_LETTERS 1000u                     /* held at most, deleted ones not counted */
#define KS_MAILBOX_BYTES (UINT64_C(32) << 20)        /* of their bodies; one answer may pass it */
#define KS_MAILBOX_VISIBILITY_S 30                   /* where the queue does not say, or says 0 */
/* answers without a letter; then, with is_once, it is over */
#define KS_MAILBOX_EMPTY_ONCE 2u
#define KS_MAILBOX_FINISH_MS 5000                    /* for what is to be deleted or given back at the end */

struct ks_mailbox;

struct ks_mailbox_letter {
	struct ks_str id, body;
	int64_t sent_ms;         /* KS_TIME_NONE when it is not said */
	int64_t receives;        /* how often it was received, about; at least 1 */
	bool is_from_aws;        /* nobody but services of AWS's, for accounts of the config, may send here */
};

struct ks_mailbox_config {
	const struct ks_ctx *ctx;
	const char *url;         /* of the queue */
	bool is_once;            /* short waits */
	/* AWS's settings for one thread; released here. */
	int (*settings)(void *arg, struct ks_settings *out, struct ks_err *err);
	void *arg;
	const struct ks_account *accounts;       /* of the config; borrowed */
	size_t account_count;
};

/* Errors: USAGE (the URL), IO (threads). */
int ks_mailbox_start(const struct ks_mailbox_config *config, struct ks_mailbox **out, struct ks_err *err);

/* Deletes what is to be deleted and gives back all else, within KS_MAILBOX_FINISH_MS; then the letters are
 * gone. NULL is fine. */
void ks_mailbox_finish(struct ks_mailbox *mailbox);

const struct ks_sqs_queue *ks_mailbox_queue(const struct ks_mailbox *mailbox);

/* The next letter, the caller's until it is done with or given back; NULL: there is none now. */
struct ks_mailbox_letter *ks_mailbox_take(struct ks_mailbox *mailbox);

/* It is to be deleted. The letter is not the caller's any more. */
void ks_mailbox_done(struct ks_mailbox *mailbox, struct ks_mailbox_letter *letter);

/* It is to come again in so many seconds. Likewise. */
void ks_mailbox_give_back(struct ks_mailbox *mailbox, struct ks_mailbox_letter *letter, int64_t after_s);

/* readable when there is news, as letters */
int ks_mailbox_poll_fd(const struct ks_mailbox *mailbox);

/* The news is heard: poll_fd is quiet until there is more. Call it before letters are taken,
 * or left there. */
void ks_mailbox_hear(struct ks_mailbox *mailbox);

/* What goes wrong: receiving, or keeping and deleting. */
struct ks_mailbox_trouble {
	unsigned failures;       /* in a row */
	int64_t since_ms;
	struct ks_err err;       /* of the last one */
};

struct ks_mailbox_state {
	int64_t heard_ms;        /* the last answer; KS_TIME_NONE */
	int64_t behind;          /* letters that wait in the queue and here; -1: not known */
	size_t waiting;          /* letters that were received and not taken */
	unsigned empty;          /* answers without a letter in a row */
	bool is_level;           /* the last answer says that the queue holds nothing old */
	bool is_open_to_others;  /* others than services of AWS's may send, or it may not be asked */
	bool has_dead_letters;   /* the queue itself counts receives, and moves letters elsewhere */
	int64_t visibility_s;    /* that letters are held for at a time */
	struct ks_mailbox_trouble receiving, keeping;
};

void ks_mailbox_get_state(const struct ks_mailbox *mailbox, struct ks_mailbox_state *out);

#endif
