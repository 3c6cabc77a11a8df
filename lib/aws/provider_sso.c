/* Keys of a role of IAM Identity Center, for the token that "aws sso login" left in its cache. The token is
 * not renewed here: that is for the AWS CLI to do. */
#include "lib/aws/partition.h"
#include "lib/aws/provider.h"

#include "lib/base/file.h"
#include "lib/base/limits.h"
#include "lib/codec/hash.h"
#include "lib/codec/uri.h"

#define WAIT_MS 10000
#define ATTEMPTS 2

struct login {
	const char *session; /* of an [sso-session …], or NULL */
	const char *start_url;
	const char *region;
	const char *account;
	const char *role;
};

static const char *session_value(struct ks_settings *settings, const char *session, const char *key)
{
	struct ks_str value = ks_profile_find(settings->profiles, KS_PROFILE_SSO, session, key);

	return value.p != NULL ? ks_arena_strdup(&settings->arena, value) : NULL;
}

static int find_login(struct ks_settings *settings, struct login *out, struct ks_err *err)
{
	*out = (struct login){
		.session = ks_settings_profile_value(settings, "sso_session"),
		.start_url = ks_settings_profile_value(settings, "sso_start_url"),
		.region = ks_settings_profile_value(settings, "sso_region"),
		.account = ks_settings_profile_value(settings, "sso_account_id"),
		.role = ks_settings_profile_value(settings, "sso_role_name"),
	};
	if (out->session != NULL) {
		out->start_url = session_value(settings, out->session, "sso_start_url");
		out->region = session_value(settings, out->session, "sso_region");
	}
	if (out->start_url == NULL || out->region == NULL || out->account == NULL || out->role == NULL)
		return ks_err_set(err, KS_ERR_CONFIG,
			"profile '%s' lacks one of sso_start_url, sso_region, sso_account_id, sso_role_name",
			settings->profile);
	if (ks_partition_of_region(ks_str_of(out->region)) == NULL)
		return ks_err_set(err, KS_ERR_CONFIG, "sso_region '%s' is no region", out->region);
	return 0;
}

/* The cached token: ~/.aws/sso/cache/<SHA-1 of the session's name or the start URL>.json. */
static int load_token(struct ks_settings *settings, const struct login *login, struct ks_secret *out,
	struct ks_err *err)
{
	const char *home = ks_ctx_env(settings->ctx, "HOME");
	struct ks_str token = { NULL, 0 }, until = { NULL, 0 };
	struct ks_json *json = NULL;
	char name[KS_HASH_SHA1_HEX];
	int64_t expires;
	struct ks_buf text;
	const char *path;
	int rc = -1;

	ks_hash_sha1_hex(ks_str_of(login->session != NULL ? login->session : login->start_url), name);
	path = ks_arena_printf(&settings->arena, "%s/.aws/sso/cache/%s.json", home != NULL ? home : "", name);
	ks_buf_init(&text, KS_LIMIT_AWS_FILE);
	if (ks_file_load(path, &text, err) != 0 || ks_json_parse(ks_buf_str(&text), &json, err) != 0) {
		ks_err_set(err, KS_ERR_AUTH, "no token of IAM Identity Center: log in with aws sso login");
		goto out;
	}
	ks_json_find_str(json, "accessToken", &token);
	ks_json_find_str(json, "expiresAt", &until);
	if (token.n == 0 || !ks_time_parse(until, &expires) || expires <= ks_ctx_now(settings->ctx)) {
		ks_err_set(err, KS_ERR_AUTH, "the token of IAM Identity Center expired: log in with aws sso login");
		goto out;
	}
	ks_secret_set(out, token);
	rc = 0;
out:
	ks_json_free(json);
	ks_buf_wipe(&text);
	return rc;
}

static const char *make_url(struct ks_settings *settings, const struct login *login)
{
	const struct ks_partition *partition = ks_partition_of_region(ks_str_of(login->region));
	const char *custom = ks_settings_endpoint(settings, "sso"), *copy;
	struct ks_buf url;

	ks_buf_init(&url, KS_LIMIT_AWS_FILE);
	if (custom != NULL)
		ks_buf_adds(&url, custom);
	else
		ks_buf_addf(&url, "https://portal.sso.%s.%s", login->region, partition->dns_suffix);
	ks_buf_adds(&url, "/federation/credentials?role_name=");
	ks_uri_add(&url, ks_str_of(login->role));
	ks_buf_adds(&url, "&account_id=");
	ks_uri_add(&url, ks_str_of(login->account));
	copy = ks_arena_strdup(&settings->arena, ks_buf_str(&url));
	ks_buf_release(&url);
	return copy;
}

static enum ks_provider_answer load(struct ks_settings *settings, struct ks_credentials *out,
	struct ks_err *err)
{
	static const struct ks_provider_names names = { "accessKeyId", "secretAccessKey", "sessionToken",
		"expiration" };
	struct ks_secret token = { NULL, 0 };
	struct login login;
	int rc = -1;

	if (ks_settings_profile_value(settings, "sso_session") == NULL &&
		ks_settings_profile_value(settings, "sso_start_url") == NULL)
		return KS_PROVIDER_NONE;
	if (find_login(settings, &login, err) == 0 && load_token(settings, &login, &token, err) == 0) {
		struct ks_http_header header = { "x-amz-sso_bearer_token", token.p };
		struct ks_provider_get get = { .url = make_url(settings, &login),
			.headers = &header,
			.header_count = 1,
			.total_ms = WAIT_MS,
			.attempts = ATTEMPTS,
			.ca_file = settings->ca_bundle,
			.member = "roleCredentials",
			.names = &names };

		rc = ks_provider_fetch(settings, &get, "IAM Identity Center", out, err);
	}
	ks_secret_release(&token);
	return rc == 0 ? KS_PROVIDER_FOUND : KS_PROVIDER_FAILED;
}

const struct ks_provider ks_provider_sso = { .name = "single sign-on", .load = load };
