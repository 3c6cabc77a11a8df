/*
 * A call as data, and the HTTP request that it becomes: method, host, path, body. Signing adds Host,
 * X-Amz-Date and Authorization and changes nothing else, so that what a plan shows is what is sent.
 */
#ifndef KS_AWS_WIRE_H
#define KS_AWS_WIRE_H

#include "lib/aws/operation.h"
#include "lib/aws/partition.h"
#include "lib/base/arena.h"

struct ks_wire_parameter {
	const char *name;
	struct ks_str value;
	bool is_literal; /* true, false, a number, a list or an object in JSON: without quotes there */
};

struct ks_wire_call {
	const struct ks_operation *operation;
	const struct ks_partition *partition;
	struct ks_str region; /* of a regional service; ignored for IAM */
	const struct ks_wire_parameter *parameters; /* in the order in which they are sent */
	size_t parameter_count;
};

#define KS_WIRE_HEADERS 3u

struct ks_wire_header {
	const char *name, *value;
};

/* Strings are static or live in the arena. */
struct ks_wire {
	const char *method;
	const char *host; /* AWS's own */
	const char *path; /* parameters in it are encoded */
	const char *query; /* behind "?", encoded; "" without one */
	const char *bucket; /* S3: what path begins with, behind its slash; NULL for other services */
	struct ks_wire_header headers[KS_WIRE_HEADERS]; /* of parameters that are headers */
	size_t header_count;
	const char *target; /* the header X-Amz-Target; NULL without one */
	const char *content_type; /* NULL without a body */
	struct ks_str body; /* n 0 without one */
	const char *signing_name; /* of the credential scope: "iam", "ses" */
	const char *signing_region;
};

void ks_wire_build(const struct ks_wire_call *call, struct ks_arena *arena, struct ks_wire *out);

#endif
