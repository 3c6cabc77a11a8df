/*
 * What lies below a prefix of an S3 bucket, to be read once: s3://BUCKET[/PREFIX]. It is listed first, as a
 * watch would take it up (bucket.h), and then handed out piece by piece, fetched ahead by threads, as often
 * as somebody begins anew. Nothing of it is remembered.
 */
#ifndef KS_TRAIL_DEPOT_H
#define KS_TRAIL_DEPOT_H

#include "lib/base/walk.h"
#include "lib/trail/bucket.h"

struct ks_depot;

struct ks_depot_config {
	const struct ks_ctx *ctx;
	/* AWS's settings for one thread; to be released by whoever asked. */
	int (*settings)(void *arg, struct ks_settings *out, struct ks_err *err);
	void *arg;
	void (*listed)(void *listed_arg, size_t objects);    /* so far; NULL: nobody wants to know */
	void *listed_arg;
	const struct ks_account *accounts;                   /* of the config; borrowed */
	size_t account_count;
	struct ks_bucket_span span;                          /* when the files were delivered */
};

bool ks_depot_is_mine(const char *spec);

/* Lists it. What is found is added to walk in order of key, with its place ("s3://bucket/key"), and what
 * could not be listed to the walk's problems, which is no error. The config is copied; walk is borrowed, and
 * what was added to it must stay where it is. Errors: USAGE (no such place can be), IO (threads), STATE
 * (stopped). */
int ks_depot_open(const struct ks_depot_config *config, const char *spec, struct ks_walk *walk,
	struct ks_depot **out, struct ks_err *err);
void ks_depot_close(struct ks_depot *depot);                 /* NULL is fine */

size_t ks_depot_count(const struct ks_depot *depot);
/* Twelve digits: AWS itself wrote this object, as of that account of the config, into a bucket that belongs
 * to one of them. Empty: nobody can say so. */
struct ks_str ks_depot_account(const struct ks_depot *depot, size_t object);
/* Whether the bucket belongs to one of the config's accounts. */
bool ks_depot_is_owned(const struct ks_depot *depot);

/* All of it will be taken, in that order: so many numbers, each of an object plus first. Borrowed until it
 * is begun anew. All that was begun before must have been taken, unless we are stopping. */
void ks_depot_begin(struct ks_depot *depot, const uint32_t *order, size_t first);

struct ks_depot_piece {
	size_t object;
	int fd;                  /* the taker closes it; -1: it failed, or has not a byte */
	int rc;
	struct ks_err err;       /* with rc -1 */
	bool is_told;            /* it failed before, and that was handed out */
};

/* The next one, waiting for it. For any thread. -1: there is no more, or we are stopping. */
int ks_depot_take(struct ks_depot *depot, struct ks_depot_piece *out);

#endif
