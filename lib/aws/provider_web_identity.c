/* Keys of a role for a token that something else signed: Kubernetes, a build service. */
#include "lib/aws/provider.h"
#include "lib/aws/sts.h"

#include "lib/base/file.h"
#include "lib/base/limits.h"

static const char *value_of(struct ks_settings *settings, const char *variable, const char *key)
{
	const char *value = settings->is_profile_given ? NULL : ks_ctx_env(settings->ctx, variable);

	return value != NULL ? value : ks_settings_profile_value(settings, key);
}

static int assume(struct ks_settings *settings, const struct ks_sts_role *role, struct ks_credentials *out,
	struct ks_err *err)
{
	struct ks_client *client = ks_client_new(settings);
	int rc = ks_sts_assume_role(client, role, out, err);

	ks_client_free(client);
	return rc;
}

static enum ks_provider_answer load(struct ks_settings *settings, struct ks_credentials *out,
	struct ks_err *err)
{
	const char *path = value_of(settings, "AWS_WEB_IDENTITY_TOKEN_FILE", "web_identity_token_file");
	const char *session = value_of(settings, "AWS_ROLE_SESSION_NAME", "role_session_name");
	struct ks_sts_role role = { .arn = value_of(settings, "AWS_ROLE_ARN", "role_arn") };
	struct ks_buf token;
	int rc = -1;

	if (path == NULL)
		return KS_PROVIDER_NONE;
	ks_buf_init(&token, KS_LIMIT_AWS_FILE);
	role.session = session != NULL ? session : ks_provider_session_name(settings);
	if (role.arn == NULL) {
		ks_err_set(err, KS_ERR_CONFIG, "AWS_WEB_IDENTITY_TOKEN_FILE needs AWS_ROLE_ARN beside it");
		goto out;
	}
	if (ks_file_load(path, &token, err) != 0)
		goto out;
	while (token.n > 0 && (token.p[token.n - 1] == '\n' || token.p[token.n - 1] == '\r'))
		token.p[--token.n] = '\0';
	if (token.n == 0) {
		ks_err_set(err, KS_ERR_AUTH, "'%s' holds no token", path);
		goto out;
	}
	role.web_identity = token.p;
	rc = assume(settings, &role, out, err);
out:
	ks_buf_wipe(&token);
	return rc == 0 ? KS_PROVIDER_FOUND : KS_PROVIDER_FAILED;
}

const struct ks_provider ks_provider_web_identity = { .name = "web identity", .load = load };
