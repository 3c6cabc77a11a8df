/*
 * Where a service answers: AWS's own host of the partition and Region, its FIPS variant, or what the
 * settings put in its place. With an endpoint of one's own the signature stays the service's and the
 * Region's. Source: endpoint rules of botocore.
 */
#ifndef KS_AWS_ENDPOINT_H
#define KS_AWS_ENDPOINT_H

#include "lib/aws/partition.h"
#include "lib/aws/service.h"
#include "lib/aws/settings.h"
#include "lib/base/arena.h"

/* Strings live in the arena or are static. */
struct ks_endpoint {
	const char *origin; /* "https://iam.amazonaws.com", "http://127.0.0.1:4566": no path */
	const char *host; /* the header Host: with its port, unless that is the scheme's */
	const char *path; /* what stands before every path: "" or "/prefix" */
	const char *signing_region;
	bool is_custom;
};

/* AWS's own host. region is ignored for a global service. */
const char *ks_endpoint_host(const struct ks_service *service, const struct ks_partition *partition,
	struct ks_str region, bool is_fips, struct ks_arena *arena);

/* Errors: CONFIG (a configured URL that is none). */
int ks_endpoint_find(struct ks_settings *settings, const struct ks_service *service,
	const struct ks_partition *partition, struct ks_str region, struct ks_arena *arena,
	struct ks_endpoint *out, struct ks_err *err);

/* Another place for the same service and Region: a URL of host, port and path. Errors: CONFIG. */
int ks_endpoint_move(struct ks_endpoint *endpoint, const char *url, struct ks_arena *arena,
	struct ks_err *err);

/* S3: puts the bucket in front of the host where that can be, on AWS's own hosts and for a name that is one
 * label of a host's. False: it stays in the path. */
bool ks_endpoint_take_bucket(struct ks_endpoint *endpoint, const char *bucket, struct ks_arena *arena);

#endif
