/*
 * Notes every request to AWS: in the metrics, and as one event of the log, "aws-call": service, operation,
 * region, account, attempt, status, error, request_id, milliseconds. Never a parameter, a header or a key.
 */
#ifndef KS_AWS_CALLNOTE_H
#define KS_AWS_CALLNOTE_H

#include "lib/base/ctx.h"
#include "lib/base/str.h"

struct ks_callnote {
	const char *service, *operation; /* of the rows */
	const char *region;
	const char *account; /* whose keys signed; NULL: not known */
	int attempt; /* 1: the first */
	int status; /* 0: there was no answer */
	struct ks_str request_id;
	int64_t took_ms;
};

/* err: of the attempt; NULL when it went well. */
void ks_callnote_add(const struct ks_ctx *ctx, const struct ks_callnote *note, const struct ks_err *err);

#endif
