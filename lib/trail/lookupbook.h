/*
 * What is asked of LookupEvents, where, and how far it was answered: the accounts and Regions of a source
 * (lanes), and in each of them the questions of the present round (cursors). For source_lookup.c, which has
 * them asked, and in its thread alone.
 */
#ifndef KS_TRAIL_LOOKUPBOOK_H
#define KS_TRAIL_LOOKUPBOOK_H

#include "lib/base/map.h"
#include "lib/trail/lookuplane.h"

#define KS_LOOKUPBOOK_PREFIX "lookup:"
#define KS_LOOKUPBOOK_SLICE_MS (INT64_C(24) * 3600 * 1000)   /* of a long window */
#define KS_LOOKUPBOOK_ROUND_MS (INT64_C(60) * 1000)          /* between rounds */
/* of an account that are looked up one by one */
#define KS_LOOKUPBOOK_DECOYS 8u

/* One question in one Region. */
struct ks_lookupbook_cursor {
	struct ks_lookupbook_lane *lane;
	char *part;                    /* "123456789012/eu-west-1/EventSource=ses.amazonaws.com" */
	char *value;
	const char *attribute;
	int64_t reached_ms, committed_ms;        /* nothing older is to come */
	int64_t slice_ms;
	uint64_t round;                /* of its lane, in which it was wanted last */
	unsigned epoch;                /* an answer to an older one is not worth anything */
	bool is_touched, is_stored;
};

struct ks_lookupbook_lane {
	struct ks_lookuplane lane;
	struct ks_vec todo;            /* struct ks_lookupbook_cursor *: still to be looked up in this round */
	size_t todo_at;
	uint64_t round;                /* counts up */
	int64_t round_ms;              /* when the next begins */
	int64_t back_ms;               /* to be looked up again since then; INT64_MAX: nothing is */
	bool looks_back;               /* that look is not over */
	bool was_answered;             /* some question, now or before the start */
	bool is_over;                  /* a round was, with all that it should tell of */
	bool is_out;                   /* a question is */
	bool is_refused;               /* it is not for us */
	bool is_named;                 /* somebody wants this Region in particular */
	bool is_global;                /* IAM's events are here … */
	bool is_global_only;           /* … and SES's are not asked for */
	unsigned failures;
	int64_t again_ms, failing_ms;
	struct ks_err err;
	struct ks_vec fresh;           /* struct ks_str: ids that were read, and are not committed */
	struct ks_arena arena;         /* theirs */
};

struct ks_lookupbook {
	struct ks_source_config config;
	struct ks_arena arena;         /* names, until it is released */
	struct ks_vec regions;         /* const char *: as given; none: those of the accounts */
	int64_t since_ms, every_ms;
	const struct ks_partition *partition;    /* of the settings */
	struct ks_account own;         /* stands in where the config names no account */
	struct ks_vec lanes;           /* struct ks_lookupbook_lane * */
	struct ks_map cursors;         /* part -> struct ks_lookupbook_cursor * */
};

#define KS_LOOKUPBOOK_LANE(book, i) (*KS_VEC_AT(&(book)->lanes, struct ks_lookupbook_lane *, i))
#define KS_LOOKUPBOOK_CURSOR(book, i) \
	((struct ks_lookupbook_cursor *)KS_VEC_AT(&(book)->cursors.entries, struct ks_map_entry, i)->value)

/* Reads "lookup:[REGION,…][?since=TIME&every=TIME]" and makes the lanes, unless the account is not known
 * yet. To be released in any case. Errors: USAGE; those of settings. */
int ks_lookupbook_init(struct ks_lookupbook *book, const struct ks_source_config *config, const char *spec,
	struct ks_err *err);
void ks_lookupbook_release(struct ks_lookupbook *book);

/* The account of the chain's keys is this one: makes its lanes. */
void ks_lookupbook_know_own(struct ks_lookupbook *book, const char *account);

/* A lane beside those of the book; free it. */
struct ks_lookupbook_lane *ks_lookupbook_new_lane(const struct ks_account *account, const char *region,
	const char *name);
void ks_lookupbook_free_lane(struct ks_lookupbook_lane *lane);         /* NULL is fine */

/* Begins a round in a lane: its questions, as few as tell of everything. decoys: struct ks_source_decoy.
 * Errors: those of recall. */
int ks_lookupbook_begin_round(struct ks_lookupbook *book, struct ks_lookupbook_lane *lane,
	const struct ks_vec *decoys, struct ks_err *err);

#endif
