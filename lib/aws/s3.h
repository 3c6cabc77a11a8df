/*
 * Amazon S3, as far as reading goes: pages of keys, and objects as streams. A bucket is named and not
 * looked for: where it lies is what the first answer says. Each thread has its own, with a client of
 * its own. Source: "Amazon S3 API Reference", ListObjectsV2 and GetObject.
 */
#ifndef KS_AWS_S3_H
#define KS_AWS_S3_H

#include "lib/aws/client.h"
#include "lib/base/vec.h"

#define KS_S3_PAGE 1000u             /* keys and prefixes in one page, at most */
#define KS_S3_KEY 1024u              /* longest key, in bytes */

/* "s3://BUCKET[/PREFIX]" into its parts; false when it is none. The prefix is what keys begin with, as it
 * is: it may be empty, and need not end with a slash. */
bool ks_s3_parse(const char *spec, struct ks_str *out_bucket, struct ks_str *out_prefix);

struct ks_s3;

/* client is borrowed. owner: twelve digits; every call fails with DENIED when the bucket belongs to another
 * account. NULL: whoever has it. */
struct ks_s3 *ks_s3_new(struct ks_client *client, struct ks_settings *settings, struct ks_str bucket);
void ks_s3_free(struct ks_s3 *s3);                   /* NULL is fine */
void ks_s3_set_owner(struct ks_s3 *s3, struct ks_str owner);

struct ks_s3_object {
	struct ks_str key;
	struct ks_str etag;              /* with its quotes */
	int64_t size;
	int64_t modified_ms;             /* when it was put */
};

struct ks_s3_query {
	struct ks_str prefix;
	struct ks_str delimiter;         /* empty: all keys below prefix */
	struct ks_str after;             /* keys behind this one; empty: from the first */
	struct ks_str token;             /* of the page before; then after does not matter */
	unsigned most;                   /* keys; 0: KS_S3_PAGE */
};

/* In order of key, by bytes. Lives until release. */
struct ks_s3_page {
	struct ks_arena arena;
	struct ks_vec objects;           /* struct ks_s3_object */
	struct ks_vec prefixes;          /* struct ks_str: with the delimiter at their end */
	struct ks_str token;             /* empty: the last one */
	int64_t asked_ms;                /* S3's clock when it was asked, at the latest */
};

/* Errors: as ks_client_call; NOTFOUND (no such bucket). */
int ks_s3_list(struct ks_s3 *s3, const struct ks_s3_query *query, struct ks_s3_page *out,
	struct ks_err *err);
void ks_s3_release(struct ks_s3_page *page);         /* zeroed is fine */

/* Where the bytes go: all of them in order, or anew from the first after begin. */
struct ks_s3_sink {
	int (*begin)(void *arg, struct ks_err *err);
	int (*take)(void *arg, struct ks_str bytes, struct ks_err *err);
	void *arg;
};

/* One object in its present state; etag: only while that is its tag, empty for whatever it is. Where a
 * connection breaks it goes on behind what came, if the object is still the same. Errors: as
 * ks_client_call; NOTFOUND; CONFLICT (another tag); those of the sink. */
int ks_s3_get(struct ks_s3 *s3, struct ks_str key, struct ks_str etag, const struct ks_s3_sink *sink,
	struct ks_err *err);

#endif
