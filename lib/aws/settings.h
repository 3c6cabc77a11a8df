/*
 * What the AWS tools take from the environment and the profile: Region, endpoints, certificates, attempts.
 * The environment goes before the profile, and an option before both. Source: "AWS SDKs and Tools Reference
 * Guide", settings reference; botocore where two of AWS's own tools differ.
 */
#ifndef KS_AWS_SETTINGS_H
#define KS_AWS_SETTINGS_H

#include "lib/aws/profile.h"
#include "lib/base/arena.h"
#include "lib/base/ctx.h"

#include <stdbool.h>

#define KS_SETTINGS_ATTEMPTS 3

/* One answer of AWS, for whoever keeps an account of what we asked. Borrowed for the call. */
struct ks_settings_call {
	struct ks_str request_id; /* AWS's own: of refusals too */
	struct ks_str key_id; /* whose keys signed; empty where nothing was signed */
	const char *service, *operation;
	int64_t time_ms;
};

/* Is told of all that is asked of AWS with these settings, on the thread that asked. */
struct ks_settings_witness {
	void (*called)(void *arg, const struct ks_settings_call *call);
	/* STS has said who signs with a key. */
	void (*acted)(void *arg, struct ks_str key_id, struct ks_str arn, struct ks_str unique_id);
	void *arg;
};

struct ks_settings {
	const struct ks_ctx *ctx;
	const struct ks_settings_witness *witness; /* NULL: nobody; borrowed */
	struct ks_arena arena;
	struct ks_profile *profiles;
	const char *profile; /* "default" when none was named */
	bool is_profile_given; /* by an option: then keys of the environment do not count */
	const char *region; /* NULL: not known */
	const char *ca_bundle; /* AWS_CA_BUNDLE, ca_bundle; NULL: the system's certificates */
	bool is_fips; /* AWS_USE_FIPS_ENDPOINT, use_fips_endpoint */
	int max_attempts; /* AWS_MAX_ATTEMPTS, max_attempts: in total, 1 or more */
};

/* profile and region: of an option, NULL when not given. ctx must outlive out. out is to be released in any
 * case. Errors: CONFIG (a profile that was named and is in no file, a value that is none), IO, LIMIT. */
int ks_settings_load(const struct ks_ctx *ctx, const char *profile, const char *region,
	struct ks_settings *out, struct ks_err *err);
void ks_settings_release(struct ks_settings *settings);

/* A setting of the profile, NULL when it has none. Lives as long as settings. */
const char *ks_settings_profile_value(struct ks_settings *settings, const char *key);

/* The endpoint that is configured for a service instead of AWS's own, NULL without one. service_id is as in
 * AWS_ENDPOINT_URL_<ID>, in lower case: "sesv2", "service_quotas". */
const char *ks_settings_endpoint(struct ks_settings *settings, const char *service_id);

#endif
