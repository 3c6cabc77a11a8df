/* Keys of the role of an EC2 instance, from its metadata service, version 2 only: a session token first,
 * then the role's name, then its keys. */
#include "lib/aws/provider.h"

#include "lib/base/limits.h"

#include <string.h>

#define ENDPOINT "http://169.254.169.254"
#define ENDPOINT_6 "http://[fd00:ec2::254]"
#define WAIT_MS 1000
#define ROLES "/latest/meta-data/iam/security-credentials/"

static const char *value_of(struct ks_settings *settings, const char *variable, const char *key)
{
	const char *value = ks_ctx_env(settings->ctx, variable);

	return value != NULL ? value : ks_settings_profile_value(settings, key);
}

static const char *find_endpoint(struct ks_settings *settings)
{
	const char *url =
		value_of(settings, "AWS_EC2_METADATA_SERVICE_ENDPOINT", "ec2_metadata_service_endpoint");
	const char *mode =
		value_of(settings, "AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE", "ec2_metadata_service_endpoint_mode");
	struct ks_str text = ks_str_of(url);

	if (url == NULL)
		return mode != NULL && ks_str_is_equal_nocase(ks_str_of(mode), KS_STR("ipv6")) ? ENDPOINT_6 :
																						 ENDPOINT;
	while (text.n > 0 && text.p[text.n - 1] == '/')
		text.n--;
	return ks_arena_strdup(&settings->arena, text);
}

/* A text of the service, trimmed. NET: there is none here. */
static int ask(const struct ks_settings *settings, const char *method, const char *url,
	const struct ks_http_header *header, struct ks_buf *out, struct ks_err *err)
{
	struct ks_http_request request = { .method = method,
		.url = url,
		.headers = header,
		.header_count = 1,
		.connect_ms = WAIT_MS,
		.total_ms = WAIT_MS,
		.reply_max = KS_LIMIT_AWS_FILE,
		.stop = settings->ctx->stop };
	struct ks_http_reply reply = { 0 };

	if (ks_http_send(&request, &reply, err) != 0)
		return -1;
	if (reply.status != 200)
		ks_err_set(err, KS_ERR_AUTH, "the instance's metadata service answers with status %d", reply.status);
	else
		ks_buf_add(out, ks_str_trim(ks_buf_str(&reply.body)));
	ks_http_release(&reply);
	return out->n > 0 ? 0 : -1;
}

static int load_role(struct ks_settings *settings, const char *endpoint, const char *token,
	struct ks_credentials *out, struct ks_err *err)
{
	struct ks_http_header header = { "X-aws-ec2-metadata-token", token };
	struct ks_buf role;
	int rc = -1;

	ks_buf_init(&role, KS_LIMIT_AWS_FILE);
	if (ask(settings, "GET", ks_arena_printf(&settings->arena, "%s%s", endpoint, ROLES), &header, &role,
			err) != 0)
		goto out;
	if (strpbrk(role.p, "/?#% \t\r\n") != NULL) {
		ks_err_set(err, KS_ERR_AUTH, "the instance's metadata service names no role");
		goto out;
	}
	struct ks_provider_get get = { .headers = &header,
		.header_count = 1,
		.total_ms = WAIT_MS,
		.attempts = 1,
		.url = ks_arena_printf(&settings->arena, "%s%s%s", endpoint, ROLES, role.p) };

	rc = ks_provider_fetch(settings, &get, "the instance's metadata service", out, err);
out:
	ks_buf_release(&role);
	return rc;
}

static enum ks_provider_answer load(struct ks_settings *settings, struct ks_credentials *out,
	struct ks_err *err)
{
	static const struct ks_http_header lifetime = { "X-aws-ec2-metadata-token-ttl-seconds", "21600" };
	const char *off = ks_ctx_env(settings->ctx, "AWS_EC2_METADATA_DISABLED");
	const char *endpoint;
	struct ks_buf token;
	struct ks_err why = { 0 };
	enum ks_provider_answer answer = KS_PROVIDER_FAILED;

	if (off != NULL && ks_str_is_equal_nocase(ks_str_of(off), KS_STR("true")))
		return KS_PROVIDER_NONE;
	endpoint = find_endpoint(settings);
	ks_buf_init(&token, KS_LIMIT_AWS_FILE);
	if (ask(settings, "PUT", ks_arena_printf(&settings->arena, "%s/latest/api/token", endpoint), &lifetime,
			&token, &why) != 0) {
		answer = why.code == KS_ERR_NET ? KS_PROVIDER_NONE : KS_PROVIDER_FAILED;
		if (answer == KS_PROVIDER_FAILED)
			*err = why;
	} else if (load_role(settings, endpoint, token.p, out, err) == 0) {
		answer = KS_PROVIDER_FOUND;
	}
	ks_buf_wipe(&token);
	return answer;
}

const struct ks_provider ks_provider_imds = { .name = "instance metadata", .load = load };
