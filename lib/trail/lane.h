/*
 * How far a stretch of a bucket was read in which keys are in order of time: the files of one account
 * in one Region, or all below a prefix that has no such layout. No network is here, and no clock: times
 * are S3's own, as the caller has them.
 *
 * A look goes over keys in order, from an edge on, and takes what S3 got since the last look of its
 * kind. There are three kinds, so that what is late is found and the past is not listed again:
 *
 *   near  the last 90 minutes of keys; after a pause, from 90 minutes before the last look on
 *   deep  the 25 hours before that, for what is late by hours
 *   far   the 31 days before those, for what CloudTrail delivers again after somebody repaired the bucket
 *
 * The first near look has no edge: it goes over all that there is. Without the layout near is what
 * sorts behind all that was seen, deep is everything, and there is no far.
 *
 * What was taken by an earlier look of another kind, or in the ten minutes that count twice because of
 * clocks, is known by a hash of key and tag; there are at most KS_LANE_SEEN of them, and one that is
 * forgotten is read again, no more. What was late the far look reads once more.
 *
 * An object that cannot be read is kept apart, and the lane goes on behind it. The checkpoint knows of it,
 * so that neither a restart nor a look forgets it.
 */
#ifndef KS_TRAIL_LANE_H
#define KS_TRAIL_LANE_H

#include "lib/aws/s3.h"
#include "lib/base/vec.h"

#define KS_LANE_SEEN 4096u
#define KS_LANE_APART 200u         /* objects that cannot be read */
#define KS_LANE_NEAR_MS (INT64_C(90) * 60 * 1000)
#define KS_LANE_DEEP_MS (INT64_C(25) * 3600 * 1000)
#define KS_LANE_FAR_MS (INT64_C(31) * 24 * 3600 * 1000)

enum ks_lane_look { KS_LANE_NEAR, KS_LANE_DEEP, KS_LANE_FAR, KS_LANE_LOOKS };

enum ks_lane_state {
	KS_LANE_WAITS,           /* to be fetched */
	KS_LANE_TAKEN,           /* fetched or read at the moment, or it could not be */
	KS_LANE_READ,            /* and not committed */
	KS_LANE_DONE,
};

struct ks_lane_object {
	struct ks_lane *lane;
	struct ks_lane_object *next;
	enum ks_lane_state state;
	int64_t size, modified_ms;
	uint64_t hash;
	uint64_t done;           /* records that begin before it are committed */
	unsigned failures;       /* in a row */
	int64_t failing_ms, later_ms;
	int64_t failed_ms;       /* the last time, since the start; KS_TIME_NONE */
	bool is_told, is_given_up;
	bool is_apart, is_over;  /* kept apart; there are too many of them, it is the one to go */
	char *why;               /* it failed the last time; NULL */
	char *key, *etag;
};

struct ks_lane {
	char *prefix;            /* of its keys */
	bool has_layout;         /* of CloudTrail */
	char *base, *account, *region;       /* with the layout */
	/* Files delivered before and behind these do not matter to the first look; KS_TIME_NONE: no bound.
	 * Without the layout there is none. */
	int64_t least_ms, most_ms;
	int64_t listed_ms[KS_LANE_LOOKS];    /* when the last whole look was begun; KS_TIME_NONE */
	char *high;              /* the last key that a look came by; NULL: none */
	/* The look at hand. */
	bool is_looking, is_listed;          /* it is listed to its end; what it took may not be read yet */
	enum ks_lane_look look;
	int64_t begun_ms;
	char *progress;          /* up to this key all is done; NULL: nothing */
	char *from, *until;      /* edges; NULL: none */
	struct ks_lane_object *first, *last;
	size_t object_count;
	struct ks_lane_object *apart;        /* those that cannot be read, the latest first */
	int64_t read_ms;         /* our clock, when one could be read last, since the start; KS_TIME_NONE */
	bool is_urgent;          /* what is kept apart is not stored yet */
	struct ks_vec seen;      /* struct ks_lane_seen */
	bool is_dirty;           /* differs from what was rendered last */
};

struct ks_lane_seen {
	uint64_t hash;
	int64_t modified_ms;
};

/* prefix is copied: that of a Region's files, or any. */
void ks_lane_init(struct ks_lane *lane, struct ks_str prefix);
void ks_lane_release(struct ks_lane *lane);          /* zeroed is fine */

/* The checkpoint: as if everything that is READ were committed. Parse is for a lane that was just
 * initialized; false when it is none, and nothing was changed. */
void ks_lane_render(struct ks_lane *lane, struct ks_buf *out);
bool ks_lane_parse(struct ks_lane *lane, struct ks_str value);

/* Begins a look, or goes on with the one that a checkpoint knows of. */
void ks_lane_begin(struct ks_lane *lane, enum ks_lane_look look, int64_t now_ms);
/* Where the next page begins: behind this key; empty for the first of all. */
struct ks_str ks_lane_after(const struct ks_lane *lane);
/* A key behind which the look need not go on. */
bool ks_lane_is_past(const struct ks_lane *lane, struct ks_str key);
/* Comes by a key that is none of ours. */
void ks_lane_pass(struct ks_lane *lane, struct ks_str key);
/* Takes one of a page, in order: the object that is to be read, or NULL when it is not wanted.
 * *out_is_seen: it was read before. */
struct ks_lane_object *ks_lane_take(struct ks_lane *lane, const struct ks_s3_object *object,
	bool *out_is_seen);
/* The page came; is_last: there is no other one. asked_ms: S3's clock when it was asked. */
void ks_lane_page(struct ks_lane *lane, int64_t asked_ms, bool is_last);

/* What is READ was committed: what is done at the front goes, and a look that is over ends. */
void ks_lane_settle(struct ks_lane *lane);
/* There was nothing in it to commit. */
void ks_lane_skip(struct ks_lane_object *object);
/* It cannot be read now: it is kept apart, where it WAITS, and the lane goes on. When there are
 * KS_LANE_APART of them the one that fails longest is_over, if any could be read since the last of them
 * failed. Else nothing is known of it alone, and the lane has to wait for it: false. */
bool ks_lane_set_apart(struct ks_lane_object *object);

#endif
