/* The chain of providers. */
#include "lib/aws/credentials.h"

#include "lib/aws/provider.h"

#include <stdio.h>
#include <string.h>

#define REFRESH_MS (INT64_C(5) * 60 * 1000) /* asked for again this long before they expire */
#define LONGEST_SECRET 8192

static const struct ks_provider *const providers[] = {
#define KS_PROVIDER(name) &ks_provider_##name,
#include "lib/aws/providers.def"
#undef KS_PROVIDER
};

void ks_credentials_release(struct ks_credentials *credentials)
{
	ks_secret_release(&credentials->secret);
	ks_secret_release(&credentials->token);
	*credentials = (struct ks_credentials){ .expires_ms = KS_TIME_NONE };
}

void ks_credentials_copy(struct ks_credentials *to, const struct ks_credentials *from)
{
	ks_credentials_release(to);
	memcpy(to->key_id, from->key_id, sizeof(to->key_id));
	ks_secret_set(&to->secret, ks_secret_reveal(&from->secret));
	ks_secret_set(&to->token, ks_secret_reveal(&from->token));
	to->expires_ms = from->expires_ms;
	to->source = from->source;
}

struct ks_sigv4_keys ks_credentials_keys(const struct ks_credentials *credentials)
{
	return (struct ks_sigv4_keys){ ks_str_of(credentials->key_id), &credentials->secret,
		ks_secret_reveal(&credentials->token) };
}

static bool is_printable(struct ks_str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] <= ' ' || s.p[i] > '~')
			return false;
	return true;
}

int ks_credentials_set(struct ks_credentials *out, struct ks_str key_id, struct ks_str secret,
	struct ks_str token, int64_t expires_ms, const char *where, struct ks_err *err)
{
	if (key_id.n == 0 || secret.n == 0)
		return ks_err_set(err, KS_ERR_AUTH, "%s: %s is missing", where,
			key_id.n == 0 ? "the access key id" : "the secret access key");
	if (key_id.n >= sizeof(out->key_id) || !is_printable(key_id))
		return ks_err_set(err, KS_ERR_AUTH, "%s: this is no access key id", where);
	if (!is_printable(secret) || !is_printable(token) || secret.n > LONGEST_SECRET ||
		token.n > LONGEST_SECRET)
		return ks_err_set(err, KS_ERR_AUTH, "%s: the secret or the session token cannot be one", where);
	ks_credentials_release(out);
	memcpy(out->key_id, key_id.p, key_id.n);
	out->key_id[key_id.n] = '\0';
	ks_secret_set(&out->secret, secret);
	if (token.n > 0)
		ks_secret_set(&out->token, token);
	out->expires_ms = expires_ms;
	return 0;
}

static int ask(struct ks_settings *settings, struct ks_credentials *out, struct ks_err *err)
{
	for (size_t i = 0; i < sizeof(providers) / sizeof(providers[0]); i++) {
		enum ks_provider_answer answer = providers[i]->load(settings, out, err);

		if (answer == KS_PROVIDER_FOUND)
			out->source = providers[i]->name;
		if (answer != KS_PROVIDER_NONE)
			return answer == KS_PROVIDER_FOUND ? 0 : ks_err_wrap(err, "keys from %s", providers[i]->name);
	}
	return ks_err_set(err, KS_ERR_AUTH,
		"no AWS keys found: set AWS_ACCESS_KEY_ID and "
		"AWS_SECRET_ACCESS_KEY, or name a profile with AWS_PROFILE");
}

int ks_credentials_get(struct ks_settings *settings, struct ks_credentials *out, struct ks_err *err)
{
	int64_t now = ks_ctx_now(settings->ctx);
	struct ks_credentials fresh = { .expires_ms = KS_TIME_NONE };
	struct ks_err why = { 0 };

	if (out->key_id[0] != '\0' && (out->expires_ms == KS_TIME_NONE || now < out->expires_ms - REFRESH_MS))
		return 0;
	if (ask(settings, &fresh, &why) == 0) {
		ks_credentials_release(out);
		*out = fresh;
		return 0;
	}
	ks_credentials_release(&fresh);
	if (out->key_id[0] != '\0' && now < out->expires_ms) {
		ks_log_write(&settings->ctx->log, KS_LOG_WARNING, "keys expire soon, and new ones: %s", why.message);
		return 0;
	}
	*err = why;
	return -1;
}
