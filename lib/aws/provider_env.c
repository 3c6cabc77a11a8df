/* Keys of the environment. A profile that an option names goes before them. */
#include "lib/aws/provider.h"

static enum ks_provider_answer load(struct ks_settings *settings, struct ks_credentials *out,
	struct ks_err *err)
{
	const struct ks_ctx *ctx = settings->ctx;
	const char *id = ks_ctx_env(ctx, "AWS_ACCESS_KEY_ID");
	const char *token = ks_ctx_env(ctx, "AWS_SESSION_TOKEN");
	const char *until = ks_ctx_env(ctx, "AWS_CREDENTIAL_EXPIRATION");
	int64_t expires = KS_TIME_NONE;

	if (id == NULL || settings->is_profile_given)
		return KS_PROVIDER_NONE;
	if (token == NULL)
		token = ks_ctx_env(ctx, "AWS_SECURITY_TOKEN");
	if (until != NULL && !ks_time_parse(ks_str_of(until), &expires)) {
		ks_err_set(err, KS_ERR_CONFIG, "AWS_CREDENTIAL_EXPIRATION is '%s', which is no time", until);
		return KS_PROVIDER_FAILED;
	}
	if (expires != KS_TIME_NONE && expires <= ks_ctx_now(ctx)) {
		ks_err_set(err, KS_ERR_AUTH, "the keys of the environment expired at %s", until);
		return KS_PROVIDER_FAILED;
	}
	if (ks_credentials_set(out, ks_str_of(id), ks_str_of(ks_ctx_env(ctx, "AWS_SECRET_ACCESS_KEY")),
			ks_str_of(token), expires, "AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY", err) != 0)
		return KS_PROVIDER_FAILED;
	return KS_PROVIDER_FOUND;
}

const struct ks_provider ks_provider_env = { .name = "environment", .load = load };
