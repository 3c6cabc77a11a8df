/*
 * AWS Signature Version 4 in its stages: canonical request, string to sign, signature, and what the request
 * needs so that it counts as signed: headers, or query parameters (a presigned URL). Pure: the time comes
 * from the caller. Source: "Create a signed AWS API request" in the IAM User Guide; where it is silent, what
 * botocore and aws-c-auth agree upon.
 */
#ifndef KS_AWS_SIGV4_H
#define KS_AWS_SIGV4_H

#include "lib/base/buf.h"
#include "lib/base/err.h"
#include "lib/base/secret.h"

#include <stdbool.h>
#include <stdint.h>

#define KS_SIGV4_UNSIGNED "UNSIGNED-PAYLOAD"
#define KS_SIGV4_EXPIRES_MOST 604800 /* seconds: a week */

struct ks_sigv4_header {
	struct ks_str name; /* any case */
	struct ks_str value; /* blanks around it, and runs of them in it, do not count */
};

/* Who signs. The token is empty for a long-term key. */
struct ks_sigv4_keys {
	struct ks_str id;
	const struct ks_secret *secret;
	struct ks_str token;
};

/* A request as it is sent, and how it is to be signed. All borrowed. */
struct ks_sigv4_request {
	struct ks_str method;
	struct ks_str path; /* as sent, percent-encoded; empty is "/" */
	struct ks_str query; /* as sent, without the "?"; may be empty */
	const struct ks_sigv4_header *headers; /* Host among them; the same name may stand there again */
	size_t header_count;
	struct ks_str body;
	struct ks_str service; /* signing name: "iam", "ses", "s3" */
	struct ks_str region;
	int64_t time_ms; /* of signing */
	bool is_path_raw; /* S3: the path is taken as sent; else normalized and encoded again */
	bool has_payload_header; /* S3: X-Amz-Content-Sha256 is sent and signed */
	bool is_payload_unsigned; /* the body is not part of the signature */
	bool is_query; /* sign in the query, not in the headers */
	int64_t expires; /* is_query: seconds from time_ms, 1 to KS_SIGV4_EXPIRES_MOST */
};

/* Every stage. Only what the service checks is secret here: nothing tells the key. */
struct ks_sigv4 {
	struct ks_buf canonical_request;
	struct ks_buf string_to_sign;
	struct ks_buf signature; /* lower-case hex */
	struct ks_buf authorization; /* the header's value; empty with is_query */
	struct ks_buf date; /* X-Amz-Date: "20150830T123600Z" */
	struct ks_buf payload_hash; /* as it stands in the canonical request */
	struct ks_buf query; /* what is to be sent behind "?"; with is_query, signed */
};

/*
 * Signs. The headers X-Amz-Date, X-Amz-Security-Token and Authorization of the request are passed over: the
 * caller sends those of the result in their place (without is_query; the token only when there is one, and
 * X-Amz-Content-Sha256 only with has_payload_header). A header X-Amz-Content-Sha256 of the request is the
 * hash that counts, as it stands. Headers that change on the way are not signed, the same ones as with
 * botocore (User-Agent, Connection, Expect …). Query parameters are decoded and encoded again, so that
 * "%2f" and "%2F" are the same; "+" is a plus sign. The result is to be released in any case.
 * Errors: USAGE (no Host, a header that cannot be one, expires out of range, no key).
 */
int ks_sigv4_sign(const struct ks_sigv4_request *request, const struct ks_sigv4_keys *keys,
	struct ks_sigv4 *out, struct ks_err *err);
void ks_sigv4_release(struct ks_sigv4 *signed_request);

/* Whether a service has S3's rules: path as sent, payload header, presigned URLs without the body. */
bool ks_sigv4_has_s3_rules(struct ks_str service);

#endif
