/*
 * What keysnare sign does with one request: a job is filled from the command line or from a line of JSON,
 * signed, and written out.
 */
#ifndef KS_CMD_SIGN_JOB_H
#define KS_CMD_SIGN_JOB_H

#include "lib/aws/sigv4.h"
#include "lib/base/arena.h"
#include "lib/codec/json.h"
#include "lib/codec/message.h"

#define KS_SIGN_EXPIRES 3600

struct ks_sign_job {
	struct ks_message message;
	struct ks_str service;
	struct ks_str region;
	int64_t time_ms;
	bool is_query;
	int64_t expires;
	bool is_path_raw; /* also for a service without S3's rules */
	struct ks_sigv4_keys keys;
};

/* Signs with the rules of the service. out is to be released in any case. Errors: as ks_sigv4_sign. */
int ks_sign_job_run(const struct ks_sign_job *job, struct ks_sigv4 *out, struct ks_err *err);

/* The URL that is to be asked; signed, with is_query. */
void ks_sign_job_add_url(const struct ks_sign_job *job, const struct ks_sigv4 *result, struct ks_buf *out);

/* canonical_request, string_to_sign, signature, authorization (null with is_query), url. Free it. */
struct ks_json *ks_sign_job_json(const struct ks_sign_job *job, const struct ks_sigv4 *result);

/* One line of --batch into a job. defaults: what the command line said; a key that the line brings goes
 * before it. Strings of the job live in the arena, but for the secret, which *out_secret keeps. Errors:
 * PARSE, USAGE. */
int ks_sign_job_parse(struct ks_str line, const struct ks_sign_job *defaults, struct ks_arena *arena,
	struct ks_secret *out_secret, struct ks_sign_job *out, struct ks_err *err);

#endif
