/* One request to sign, from wherever it came. */
#include "cmd/keysnare/sign_job.h"

#include "lib/base/time.h"
#include "lib/codec/base64.h"

#define BODY_MOST (16u * 1024 * 1024)

int ks_sign_job_run(const struct ks_sign_job *job, struct ks_sigv4 *out, struct ks_err *err)
{
	bool is_s3 = ks_sigv4_has_s3_rules(job->service);
	struct ks_sigv4_request request = {
		.method = job->message.method,
		.path = job->message.path,
		.query = job->message.query,
		.header_count = job->message.headers.n,
		.body = job->message.body,
		.service = job->service,
		.region = job->region,
		.time_ms = job->time_ms,
		.is_query = job->is_query,
		.expires = job->expires,
		.is_path_raw = is_s3 || job->is_path_raw,
		.has_payload_header = is_s3 && !job->is_query,
		.is_payload_unsigned = is_s3 && job->is_query,
	};
	struct ks_vec headers = KS_VEC_OF(struct ks_sigv4_header);
	int rc;

	for (size_t i = 0; i < job->message.headers.n; i++) {
		const struct ks_message_header *header =
			KS_VEC_AT(&job->message.headers, struct ks_message_header, i);

		*(struct ks_sigv4_header *)ks_vec_push(&headers) =
			(struct ks_sigv4_header){ header->name, header->value };
	}
	request.headers = headers.p;
	rc = ks_sigv4_sign(&request, &job->keys, out, err);
	ks_vec_release(&headers);
	return rc;
}

void ks_sign_job_add_url(const struct ks_sign_job *job, const struct ks_sigv4 *result, struct ks_buf *out)
{
	ks_buf_adds(out, "https://");
	ks_buf_add(out, ks_message_find(&job->message, "Host"));
	ks_buf_add(out, job->message.path);
	if (result->query.n > 0) {
		ks_buf_addc(out, '?');
		ks_buf_add(out, ks_buf_str(&result->query));
	}
}

struct ks_json *ks_sign_job_json(const struct ks_sign_job *job, const struct ks_sigv4 *result)
{
	struct ks_json *json = ks_json_new_object();
	struct ks_buf url;

	ks_buf_init(&url, BODY_MOST);
	ks_sign_job_add_url(job, result, &url);
	ks_json_add_str(json, "canonical_request", ks_buf_str(&result->canonical_request));
	ks_json_add_str(json, "string_to_sign", ks_buf_str(&result->string_to_sign));
	ks_json_add_str(json, "signature", ks_buf_str(&result->signature));
	if (job->is_query)
		ks_json_add_null(json, "authorization");
	else
		ks_json_add_str(json, "authorization", ks_buf_str(&result->authorization));
	ks_json_add_str(json, "url", ks_buf_str(&url));
	ks_buf_release(&url);
	return json;
}

/* [["name", "value"], …] */
static int take_headers(const struct ks_json *list, struct ks_arena *arena, struct ks_vec *out,
	struct ks_err *err)
{
	for (const struct ks_json *pair = ks_json_next_element(list, NULL); pair != NULL;
		 pair = ks_json_next_element(list, pair)) {
		const struct ks_json *first = ks_json_next_element(pair, NULL);
		const struct ks_json *second = first != NULL ? ks_json_next_element(pair, first) : NULL;
		struct ks_str name = ks_json_str(first), value = ks_json_str(second);

		if (name.p == NULL || value.p == NULL)
			return ks_err_set(err, KS_ERR_PARSE, "'headers' is a list of [\"name\", \"value\"]");
		*(struct ks_message_header *)ks_vec_push(out) =
			(struct ks_message_header){ ks_arena_copy(arena, name), ks_arena_copy(arena, value) };
	}
	return 0;
}

static int take_body(const struct ks_json *json, struct ks_arena *arena, struct ks_str *out,
	struct ks_err *err)
{
	struct ks_str text = { NULL, 0 };
	struct ks_buf bytes;
	int rc = 0;

	if (ks_json_find_str(json, "body", &text)) {
		*out = ks_arena_copy(arena, text);
		return 0;
	}
	if (!ks_json_find_str(json, "body_base64", &text))
		return 0;
	ks_buf_init(&bytes, BODY_MOST);
	rc = ks_base64_decode(text, &bytes, err);
	if (rc == 0)
		*out = ks_arena_copy(arena, ks_buf_str(&bytes));
	ks_buf_release(&bytes);
	return rc;
}

static void take_str(const struct ks_json *json, const char *name, struct ks_arena *arena,
	struct ks_str *out)
{
	struct ks_str found;

	if (ks_json_find_str(json, name, &found))
		*out = ks_arena_copy(arena, found);
}

/* Keys of the line itself. A line that names a key id brings all of its key. */
static void take_keys(const struct ks_json *json, struct ks_arena *arena, struct ks_secret *out_secret,
	struct ks_sigv4_keys *out)
{
	struct ks_str secret = { NULL, 0 };

	if (ks_json_find(json, "access_key_id") == NULL)
		return;
	*out = (struct ks_sigv4_keys){ .secret = out_secret };
	take_str(json, "access_key_id", arena, &out->id);
	take_str(json, "session_token", arena, &out->token);
	ks_json_find_str(json, "secret_access_key", &secret);
	ks_secret_set(out_secret, secret.p != NULL ? secret : KS_STR(""));
}

int ks_sign_job_parse(struct ks_str line, const struct ks_sign_job *defaults, struct ks_arena *arena,
	struct ks_secret *out_secret, struct ks_sign_job *out, struct ks_err *err)
{
	struct ks_str target = { NULL, 0 }, time = { NULL, 0 };
	struct ks_json *json = NULL;
	int rc = -1;

	*out = *defaults;
	out->message = (struct ks_message){ .method = KS_STR("GET"),
		.body = KS_STR(""),
		.headers = KS_VEC_OF(struct ks_message_header) };
	if (ks_json_parse(line, &json, err) != 0)
		return -1;
	take_str(json, "method", arena, &out->message.method);
	take_str(json, "target", arena, &target);
	take_str(json, "service", arena, &out->service);
	take_str(json, "region", arena, &out->region);
	ks_json_find_bool(json, "query", &out->is_query);
	ks_json_find_bool(json, "raw_path", &out->is_path_raw);
	ks_json_find_int(json, "expires", &out->expires);
	take_keys(json, arena, out_secret, &out->keys);
	ks_message_cut(target, &out->message.path, &out->message.query);
	if (ks_json_find_str(json, "time", &time) && !ks_time_parse(time, &out->time_ms)) {
		ks_err_set(err, KS_ERR_PARSE, "'" KS_STR_FMT "' is no time", KS_STR_ARG(time));
		goto out;
	}
	if (out->message.path.n == 0 || out->message.path.p[0] != '/') {
		ks_err_set(err, KS_ERR_PARSE, "'target' is missing or does not begin with '/'");
		goto out;
	}
	if (take_headers(ks_json_find(json, "headers"), arena, &out->message.headers, err) == 0 &&
		take_body(json, arena, &out->message.body, err) == 0)
		rc = 0;
out:
	ks_json_free(json);
	return rc;
}
