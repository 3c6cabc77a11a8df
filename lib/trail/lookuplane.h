/*
 * One account and Region, as LookupEvents is asked there: in its own pace, since AWS allows two calls a
 * second to all who ask, and what it gives written down as a trail. For source_lookup.c; what runs here runs
 * in the threads of its fetcher, a lane in one thread at a time.
 */
#ifndef KS_TRAIL_LOOKUPLANE_H
#define KS_TRAIL_LOOKUPLANE_H

#include "lib/aws/account.h"
#include "lib/base/map.h"
#include "lib/trail/fetcher.h"
#include "lib/trail/source.h"

#include <pthread.h>

/* Not quite a call a second: others in the account have their share, and no second sees two. */
#define KS_LOOKUPLANE_GAP_MS 1100
/* An event may come so late: what is younger is looked up again. */
#define KS_LOOKUPLANE_LATE_MS (INT64_C(20) * 60 * 1000)

struct ks_lookuplane {
	const struct ks_account *account;      /* id empty: that of the chain's keys, whichever it is */
	const char *region;                    /* of the source's arena, like name */
	const char *name;                      /* "lookup:123456789012/eu-west-1" */
	int64_t next_call_ms;                  /* by the steady clock */
	pthread_mutex_t lock;                  /* of what follows */
	struct ks_map seen, seen_before;       /* ids of events that were handed out lately, by generation */
	int64_t turned_ms;                     /* when the younger one began */
};

void ks_lookuplane_init(struct ks_lookuplane *lane);
void ks_lookuplane_release(struct ks_lookuplane *lane);

/* How long nobody may ask there, in milliseconds; while no job of the lane is out. */
int64_t ks_lookuplane_pause(const struct ks_lookuplane *lane);

/* What was handed out is known, and not handed out again; or it is to be. ids: struct ks_str. */
void ks_lookuplane_know(struct ks_lookuplane *lane, const struct ks_vec *ids, int64_t now_ms);
void ks_lookuplane_forget(struct ks_lookuplane *lane);

/* A question and its answer. */
struct ks_lookuplane_job {
	struct ks_lookuplane *lane;
	const char *attribute, *value;
	int64_t from_ms, until_ms;             /* until: KS_TIME_NONE: now */
	/* the answer: */
	int64_t asked_ms;                      /* when it was asked first, by AWS's clock */
	int64_t newest_ms;                     /* of the events that are new; KS_TIME_NONE: there is none */
	char account[16];                      /* whose keys asked */
	struct ks_vec ids;                     /* struct ks_str: of those that are new and young, in arena */
	size_t pages;
	struct ks_arena arena;
};

/* The tools of one thread, as the fetcher makes them; config is a struct ks_source_config. */
int ks_lookuplane_open(void *config, const volatile sig_atomic_t *stop, void **out_tools,
	struct ks_err *err);
void ks_lookuplane_close(void *config, void *tools);

/* Looks one up to its end; what is a struct ks_lookuplane_job. An attribute of NULL asks only who we are.
 * Errors: as ks_account_open and ks_cloudtrail_lookup_page; IO. */
int ks_lookuplane_work(void *config, void *tools, struct ks_fetcher_job *job,
	const volatile sig_atomic_t *stop, struct ks_err *err);

#endif
