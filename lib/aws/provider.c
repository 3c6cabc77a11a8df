/* What providers share. */
#include "lib/aws/provider.h"

#include "lib/base/limits.h"

enum ks_provider_answer ks_provider_read_static(const struct ks_settings *settings,
	enum ks_profile_kind kind, const char *profile, struct ks_credentials *out, struct ks_err *err)
{
	const struct ks_profile *files = settings->profiles;
	struct ks_str id = ks_profile_find(files, kind, profile, "aws_access_key_id");
	struct ks_str secret = ks_profile_find(files, kind, profile, "aws_secret_access_key");
	struct ks_str token = ks_profile_find(files, kind, profile, "aws_session_token");

	if (id.p == NULL)
		return KS_PROVIDER_NONE;
	if (ks_credentials_set(out, id, secret, token, KS_TIME_NONE, profile, err) != 0) {
		ks_err_set_file(err,
			kind == KS_PROFILE_CREDENTIALS ? ks_profile_credentials_path(files) :
											 ks_profile_config_path(files));
		return KS_PROVIDER_FAILED;
	}
	return KS_PROVIDER_FOUND;
}

int ks_provider_read_json(const struct ks_json *object, const struct ks_provider_names *names,
	bool with_expiry, const char *where, struct ks_credentials *out, struct ks_err *err)
{
	struct ks_str id = { NULL, 0 }, secret = { NULL, 0 }, token = { NULL, 0 }, until = { NULL, 0 };
	int64_t expires = KS_TIME_NONE;

	ks_json_find_str(object, names->id, &id);
	ks_json_find_str(object, names->secret, &secret);
	ks_json_find_str(object, names->token, &token);
	if (ks_json_find_str(object, names->expires, &until)) {
		if (!ks_time_parse(until, &expires))
			return ks_err_set(err, KS_ERR_AUTH, "%s: the keys have an expiry that is no time", where);
	} else {
		ks_json_find_int(object, names->expires, &expires);
	}
	if (with_expiry && (expires == KS_TIME_NONE || token.n == 0))
		return ks_err_set(err, KS_ERR_AUTH, "%s: the keys have no token or no expiry", where);
	return ks_credentials_set(out, id, secret, token, expires, where, err);
}

static int read_reply(const struct ks_http_reply *reply, const struct ks_provider_get *get,
	const char *where, struct ks_credentials *out, struct ks_err *err)
{
	static const struct ks_provider_names usual = { "AccessKeyId", "SecretAccessKey", "Token",
		"Expiration" };
	const struct ks_json *object;
	struct ks_json *json = NULL;
	int rc;

	if (reply->status != 200)
		return ks_err_set(err, KS_ERR_AUTH, "%s: status %d", where, reply->status);
	if (ks_json_parse(ks_buf_str(&reply->body), &json, err) != 0) {
		err->code = KS_ERR_AUTH;
		return ks_err_wrap(err, "%s", where);
	}
	object = get->member != NULL ? ks_json_find(json, get->member) : json;
	rc = ks_provider_read_json(object, get->names != NULL ? get->names : &usual, true, where, out, err);
	ks_json_free(json);
	return rc;
}

int ks_provider_fetch(const struct ks_settings *settings, const struct ks_provider_get *get,
	const char *where, struct ks_credentials *out, struct ks_err *err)
{
	struct ks_http_request request = { .url = get->url,
		.headers = get->headers,
		.header_count = get->header_count,
		.connect_ms = get->total_ms,
		.total_ms = get->total_ms,
		.reply_max = KS_LIMIT_AWS_FILE,
		.ca_file = get->ca_file,
		.stop = settings->ctx->stop };
	int rc = -1;

	for (int i = 0; rc != 0 && i < get->attempts && !ks_ctx_is_stopping(settings->ctx); i++) {
		struct ks_http_reply reply = { 0 };

		rc = ks_http_send(&request, &reply, err);
		if (rc == 0)
			rc = read_reply(&reply, get, where, out, err);
		ks_http_release(&reply);
	}
	return rc;
}

const char *ks_provider_session_name(struct ks_settings *settings)
{
	return ks_arena_printf(&settings->arena, "session-%lld", (long long)(ks_ctx_now(settings->ctx) / 1000));
}
