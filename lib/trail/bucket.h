/*
 * What there is to read below a prefix of a bucket, and what of it to ask for next: folders are walked
 * down to the stretches (lanes) of accounts and Regions, again now and then for new ones, and each lane
 * is looked at by the clock. Where there is no AWSLogs all keys below the prefix are one lane.
 *
 * What an idle hour costs, in pages of at most 1,000 keys: a lane in which something came during the
 * last hour is looked at each minute, another every ten minutes, each once an hour for what is late by
 * hours, and folders every quarter of an hour: one account with five Regions in use of seventeen about
 * 430, and never more than one a second. The times are twelve, 120 and so on times the poll time, which
 * is five seconds by default.
 */
#ifndef KS_TRAIL_BUCKET_H
#define KS_TRAIL_BUCKET_H

#include "lib/base/map.h"
#include "lib/trail/porter.h"
#include "lib/trail/lane.h"

/* Something that is asked again when it fails, later and later. */
struct ks_bucket_trouble {
	unsigned failures;
	int64_t since_ms, later_ms;
	bool is_told, is_given_up;
	char why[256];                   /* the last time */
};

/* A folder that is walked. */
struct ks_bucket_node {
	char *prefix;
	unsigned depth;                  /* outside AWSLogs: below where it began */
	bool is_busy, was_walked;
	int64_t walked_ms;               /* KS_TIME_NONE */
	char *token;                     /* of its next page; NULL */
	struct ks_bucket_trouble trouble;
};

struct ks_bucket_lane {
	struct ks_lane lane;             /* the first, so that a lane is found from its objects */
	bool is_busy, was_looked;        /* to its end, since the start */
	bool is_off;                     /* there is a layout after all */
	bool goes_over;                  /* without the layout: the look at hand is over all of it */
	bool was_gone_over;              /* … and such a one was, since the start */
	bool looks_back;                 /* … and is wanted now */
	bool was_saved;
	int64_t asked_ms[KS_LANE_LOOKS]; /* our clock, when a look began */
	int64_t hot_ms;                  /* when something came last */
	char *token;
	struct ks_lane_object *wait;     /* the first that waits */
	struct ks_bucket_trouble trouble;
};

/* KS_TIME_NONE: no bound. */
struct ks_bucket_span {
	int64_t least_ms, most_ms;
};

struct ks_bucket {
	const struct ks_ctx *ctx;
	int64_t poll_ms;
	bool is_once;
	unsigned lists_most;             /* pages on their way at a time; 0: two */
	/* Of the layout only what was delivered in between; NULL: all. */
	const struct ks_bucket_span *span;
	struct ks_str prefix;            /* where it begins */
	struct ks_vec nodes, lanes;      /* struct ks_bucket_node *, struct ks_bucket_lane * */
	struct ks_map known;             /* prefix to either */
	size_t queued;                   /* objects that wait, of all lanes */
	size_t turn;                     /* of lanes, for objects */
	size_t list_turn;                /* likewise for pages */
	unsigned lists;                  /* pages on their way */
	unsigned outside;                /* nodes outside AWSLogs */
	bool has_layout;
	bool looks_back;                 /* a look back was wanted since the start */
	int64_t idle_ms;                 /* when a page was asked last that could wait */
	uint64_t ignored;                /* keys that are no file of records */
	/* What is told: a checkpoint of a lane; an object that was read lately already. */
	int (*recall)(void *arg, struct ks_str part, struct ks_arena *arena, struct ks_str *out,
		struct ks_err *err);
	void *recall_arg;
	void (*seen)(void *arg, const struct ks_bucket_lane *lane, const struct ks_s3_object *object);
	void *seen_arg;
	struct ks_err failure;           /* of a recall */
	bool has_failed;
};

/* prefix, ctx are borrowed. Errors: USAGE (a prefix below which no records can be); those of recall. */
int ks_bucket_init(struct ks_bucket *bucket, struct ks_err *err);
void ks_bucket_release(struct ks_bucket *bucket);

/* The next page to ask for, of what is due; NULL: none is. */
struct ks_porter *ks_bucket_next_list(struct ks_bucket *bucket, const char *owner);
/* When the next one will be due; INT64_MAX while all is on its way. */
int64_t ks_bucket_next_ms(const struct ks_bucket *bucket);
/* Its answer. */
void ks_bucket_take_list(struct ks_bucket *bucket, struct ks_porter *porter);
/* It failed: whose trouble that is. */
struct ks_bucket_trouble *ks_bucket_fail_list(struct ks_bucket *bucket, struct ks_porter *porter);

/* The account in whose folder a lane is, where the layout begins at the prefix that was asked for; empty
 * where it does not: a folder of that name further down may be anybody's. */
struct ks_str ks_bucket_account(const struct ks_bucket *bucket, const struct ks_lane *lane);

/* The next object to fetch, lane by lane; NULL: none waits. */
struct ks_lane_object *ks_bucket_next_object(struct ks_bucket *bucket);
/* The next of those that could not be read whose time has come again; NULL. */
struct ks_lane_object *ks_bucket_next_apart(struct ks_bucket *bucket);
/* Whether one that failed is due at that time. */
bool ks_bucket_is_due(const struct ks_lane_object *object, int64_t now_ms);
/* Goes through all that could not be read: the one behind another, NULL for the first. */
struct ks_lane_object *ks_bucket_each_apart(const struct ks_bucket *bucket,
	const struct ks_lane_object *object, size_t *inout_lane);

/* Whether folders were walked and lanes looked at once, as far as they can be. */
bool ks_bucket_has_looked(const struct ks_bucket *bucket);
/* And all that was found is done. With is_once what could not be read is tried again before; else the lanes
 * go on without it. */
bool ks_bucket_is_done(const struct ks_bucket *bucket);

/* The list that fails for the longest time, of a folder or a lane, and what it is of; NULL: all work. */
const struct ks_bucket_trouble *ks_bucket_worst(const struct ks_bucket *bucket, const char **out_prefix,
	size_t *out_n);

/* A look back is wanted to what was read before the start: what no look has listed since then is listed once
 * more (seen). Until that is over a bucket has not looked. */
void ks_bucket_look_back(struct ks_bucket *bucket);

/* Counts a failure, and says when to try again: after a second, twice as long each time, five minutes at
 * most. With is_once it is given up in the end, or at once where trying again is no use. */
void ks_bucket_put_off(struct ks_bucket_trouble *trouble, int64_t now_ms, bool is_once,
	const struct ks_err *err);

#endif
