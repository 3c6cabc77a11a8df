/*
 * The calls of CloudTrail (API version 2013-11-01): events of the last 90 days, and how trails are set.
 * Errors are those of ks_client_call; texts live in the arena that is handed in, and those of events are
 * hostile.
 */
#ifndef KS_AWS_CLOUDTRAIL_H
#define KS_AWS_CLOUDTRAIL_H

#include "lib/aws/client.h"
#include "lib/base/vec.h"

/* AWS takes two calls of LookupEvents a second from an account in a Region, whoever makes them. */
#define KS_CLOUDTRAIL_A_SECOND 2
#define KS_CLOUDTRAIL_KEPT_MS (INT64_C(90) * 24 * 3600 * 1000)

/* What is looked up: management events of one Region, with at most one attribute. */
struct ks_cloudtrail_lookup {
	const char *region;          /* NULL: of the settings */
	const char *attribute;       /* "AccessKeyId", "Username", "EventSource" …; NULL: all events */
	struct ks_str value;
	int64_t from_ms, until_ms;   /* whole seconds count, both included; KS_TIME_NONE: no such end */
};

struct ks_cloudtrail_event {
	struct ks_str id;            /* EventId */
	int64_t time_ms;             /* KS_TIME_NONE when the answer does not say */
	struct ks_str record;        /* the record as CloudTrail keeps it: JSON */
};

/*
 * One page, newest event first, pushed on out (struct ks_cloudtrail_event). inout_token: p NULL asks for the
 * first page; else it is what the page before left there, and the lookup must be the same. NULL again when
 * there is no further page. One call each: whoever asks for many keeps the pace.
 */
int ks_cloudtrail_lookup_page(struct ks_client *client, const struct ks_cloudtrail_lookup *lookup,
	struct ks_str *inout_token, struct ks_arena *arena, struct ks_vec *out, struct ks_err *err);

struct ks_cloudtrail_trail {
	struct ks_str name, arn, home_region;
	struct ks_str bucket, prefix;        /* may be empty */
	bool is_multi_region, is_organization, has_global_events, has_validation;
};

/* The trails of a Region, with those of other Regions and of the organization that hold for it, pushed on
 * out (struct ks_cloudtrail_trail). */
int ks_cloudtrail_describe_trails(struct ks_client *client, const char *region, struct ks_arena *arena,
	struct ks_vec *out, struct ks_err *err);

struct ks_cloudtrail_status {
	bool is_logging;
	int64_t delivered_ms;        /* to the bucket; KS_TIME_NONE: never */
	struct ks_str error;         /* of the last delivery; empty: none */
};

/* trail: an ARN, asked in the trail's home Region. */
int ks_cloudtrail_get_status(struct ks_client *client, const char *region, const char *trail,
	struct ks_arena *arena, struct ks_cloudtrail_status *out, struct ks_err *err);

/* What a trail records, of plain and of advanced selectors alike. */
struct ks_cloudtrail_selection {
	bool has_reads, has_writes;  /* management events; some sources may be left out: excluded */
	bool is_narrowed;            /* selectors that name sources or calls were left out of both */
	struct ks_vec excluded;      /* struct ks_str, of management events: "kms.amazonaws.com" */
	bool has_ses_data;           /* sending by SES's APIs, which are data events */
};

/* out->excluded is the caller's to release. */
int ks_cloudtrail_get_selectors(struct ks_client *client, const char *region, const char *trail,
	struct ks_arena *arena, struct ks_cloudtrail_selection *out, struct ks_err *err);

#endif
