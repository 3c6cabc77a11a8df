/*
 * What a source of S3 asks on the threads of its fetcher: one page of keys, one object, or whose the
 * bucket is. Each thread has a client of its own.
 */
#ifndef KS_TRAIL_PORTER_H
#define KS_TRAIL_PORTER_H

#include "lib/aws/account.h"
#include "lib/aws/s3.h"
#include "lib/trail/fetcher.h"

#define KS_PORTER_OWNERS 32u     /* accounts that are tried as the bucket's owner */

enum ks_porter_kind {
	KS_PORTER_OWNER,         /* can it be read, and which of the accounts has it */
	KS_PORTER_WALK,          /* what lies below a prefix: one page of folders */
	KS_PORTER_PAGE,          /* one page of keys */
	KS_PORTER_OBJECT,        /* its bytes, into the job */
};

struct ks_porter {
	enum ks_porter_kind kind;
	struct ks_str prefix, after, token;      /* WALK, PAGE */
	struct ks_str key, etag;                 /* OBJECT */
	char owner[16];          /* who the bucket must belong to; "": whoever. OWNER: the one to try first; the
	                          * answer, "": none of the accounts */
	struct ks_s3_page page;  /* the answer */
	bool is_again;           /* OBJECT: for a look back */
	void *of;                /* the source's own */
	struct ks_arena arena;   /* of the texts */
};

/* All borrowed, for as long as the fetcher runs. */
struct ks_porter_office {
	const struct ks_ctx *ctx;
	int (*settings)(void *arg, struct ks_settings *out, struct ks_err *err);
	void *arg;
	struct ks_str bucket;
	const struct ks_account *accounts;
	size_t account_count;
};

int ks_porter_start(const struct ks_porter_office *office, unsigned threads, struct ks_fetcher **out,
	struct ks_err *err);

/* Texts are copied. */
struct ks_porter *ks_porter_new(enum ks_porter_kind kind, void *of, const char *owner);
void ks_porter_set_list(struct ks_porter *porter, struct ks_str prefix, struct ks_str after,
	struct ks_str token);
void ks_porter_set_object(struct ks_porter *porter, struct ks_str key, struct ks_str etag);
void ks_porter_free(struct ks_porter *porter);       /* NULL is fine */

#endif
