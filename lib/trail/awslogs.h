/*
 * How CloudTrail lays its files out in a bucket, as far as keys tell:
 *
 *   [prefix/]AWSLogs/[o-orgid/]ACCOUNT/CloudTrail/REGION/YYYY/MM/DD/
 *       ACCOUNT_CloudTrail_REGION_YYYYMMDDTHHmmZ_<16 characters>.json.gz
 *
 * The time is that of delivery; what is in the file may be older. The sixteen characters mean nothing, so
 * that within a minute the order of keys is not that of arrival. CloudTrail-Digest, CloudTrail-Insight,
 * CloudTrail-NetworkActivity and CloudTrail-Aggregated are beside CloudTrail, and hold no records for us.
 * Source: "Finding your CloudTrail log files", AWS CloudTrail User Guide.
 */
#ifndef KS_TRAIL_AWSLOGS_H
#define KS_TRAIL_AWSLOGS_H

#include "lib/base/buf.h"

#include <stdint.h>

/* What a prefix, or the way to a key, comes to. */
enum ks_awslogs_level {
	KS_AWSLOGS_OUTSIDE,      /* there is no AWSLogs in it */
	KS_AWSLOGS_ROOT,         /* …AWSLogs/ : accounts and organizations are below */
	KS_AWSLOGS_ORG,          /* …AWSLogs/o-abc/ : accounts */
	KS_AWSLOGS_ACCOUNT,      /* … ACCOUNT/ : CloudTrail and others */
	KS_AWSLOGS_TRAIL,        /* … CloudTrail/ : Regions */
	KS_AWSLOGS_REGION,       /* … REGION/ , or below it */
	KS_AWSLOGS_OTHER,        /* within AWSLogs, and no way to records: digests, insights, other services */
};

struct ks_awslogs {
	enum ks_awslogs_level level;
	struct ks_str account;   /* twelve digits; empty above it */
	struct ks_str region;    /* empty above it */
	struct ks_str base;      /* up to the Region and its slash; empty above it */
	struct ks_str rest;      /* behind that */
};

/* Parts of path are borrowed. A last part without its slash does not count. */
struct ks_awslogs ks_awslogs_read(struct ks_str path);

/* The account in the way to a trail's file, or what looks like one; empty: there is none. */
struct ks_str ks_awslogs_account(struct ks_str key);

/* Whether it lies where a trail that is told to use this prefix writes: AWSLogs comes right behind it, or is
 * in it. A slash at the end of the prefix makes no difference. */
bool ks_awslogs_is_below(struct ks_str path, struct ks_str prefix);

/* Whether a key is a file of records; *out_ms is when it was delivered, to the minute. */
bool ks_awslogs_is_file(struct ks_str key, int64_t *out_ms);

/* Appends the key that stands before all files of that minute and later ones, and behind all earlier ones,
 * of what was read as KS_AWSLOGS_REGION. */
void ks_awslogs_add_edge(struct ks_buf *out, const struct ks_awslogs *place, int64_t ms);

#endif
