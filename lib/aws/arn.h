/*
 * Amazon Resource Names: arn:partition:service:region:account:resource ("Amazon Resource Names" in the
 * AWS General Reference). They come from records, so nothing in one is trusted: what goes into a request
 * is checked against IAM's own rules for names first.
 */
#ifndef KS_AWS_ARN_H
#define KS_AWS_ARN_H

#include "lib/base/str.h"

/* Parts of the text that was parsed; any of them but partition, service and resource may be empty. */
struct ks_arn {
	struct ks_str partition;
	struct ks_str service;
	struct ks_str region;
	struct ks_str account;
	struct ks_str resource;      /* may hold colons and slashes */
};

bool ks_arn_parse(struct ks_str s, struct ks_arn *out);

/* The resource cut at its slashes: "user", "team/alice" of "user/team/alice". False without a slash. */
bool ks_arn_split(const struct ks_arn *arn, struct ks_str *out_type, struct ks_str *out_rest);

/* The last part of a path: "alice" of "team/alice". */
struct ks_str ks_arn_last(struct ks_str path);

/* Whether IAM would take it as the name of a user or role: 1 to 64 letters, digits and + = , . @ _ - */
bool ks_arn_is_name(struct ks_str name);

/* Whether it is the number of an account: twelve digits. */
bool ks_arn_is_account(struct ks_str text);

#endif
