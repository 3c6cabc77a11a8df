/*
 * Objects of S3 that somebody's message names. A message may name any bucket, a thief's too: an object is
 * only read when S3 confirms that its bucket belongs to one of these accounts, or when the bucket is listed.
 * Whose it is was confirmed for a bucket is remembered.
 */
#ifndef KS_TRAIL_PARCEL_H
#define KS_TRAIL_PARCEL_H

#include "lib/aws/account.h"
#include "lib/trail/fetcher.h"

#define KS_PARCEL_MOST (UINT64_C(1) << 30)   /* bytes of an object, as stored */

struct ks_parcels;

/* All borrowed. */
struct ks_parcel_config {
	const struct ks_ctx *ctx;
	int (*settings)(void *arg, struct ks_settings *out, struct ks_err *err);     /* for one thread */
	void *arg;
	const struct ks_account *accounts;           /* whose buckets are read … */
	size_t account_count;
	struct ks_str own;                           /* … with this one, twelve digits; may be empty */
	const char *const *buckets;                  /* "NAME" or "NAME/PREFIX": read whoever owns them */
	size_t bucket_count;
};

/* What is wanted. It is written by the thread that fetches it, until the fetcher has handed it back. */
struct ks_parcel {
	struct ks_str bucket, key;
	struct ks_str owner;         /* confirmed: one of the accounts; empty: nobody said. It lives on. */
	bool is_listed;              /* the bucket is */
};

struct ks_parcels *ks_parcel_new(const struct ks_parcel_config *config);
void ks_parcel_free(struct ks_parcels *parcels);

/* For a fetcher: open, close and work, with the parcels as arg; a job's what is a struct ks_parcel, or
 * begins with one. Errors: as ks_s3_get; DENIED also where the owner could not be confirmed; LIMIT (too
 * large). */
int ks_parcel_open(void *arg, const volatile sig_atomic_t *stop, void **out_tools, struct ks_err *err);
void ks_parcel_close(void *arg, void *tools);
int ks_parcel_fetch(void *arg, void *tools, struct ks_fetcher_job *job, const volatile sig_atomic_t *stop,
	struct ks_err *err);

/* The account in whose folder of a trail the object lies, where the config says that trails are: right in
 * its bucket, or below the prefix with which the bucket is listed. Empty elsewhere: a folder of that name
 * further down may be anybody's. */
struct ks_str ks_parcel_account(const struct ks_parcels *parcels, const struct ks_parcel *parcel);

#endif
