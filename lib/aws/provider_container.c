/* Keys of a container's or a pod's role, from the agent beside it. */
#include "lib/aws/provider.h"

#include "lib/base/file.h"
#include "lib/base/limits.h"

#include <arpa/inet.h>

#include <stdio.h>
#include <string.h>

#define AGENT "http://169.254.170.2"
#define WAIT_MS 2000
#define ATTEMPTS 3

/* Without TLS only to this machine and to AWS's own addresses: the answer is a key. */
static bool is_near(const char *url)
{
	static const char *const names[] = { "localhost", "169.254.170.2", "169.254.170.23", "[fd00:ec2::23]",
		"[::1]" };
	const char *host = url + strlen("http://");
	size_t n = host[0] == '[' ? strcspn(host, "]") + 1 : strcspn(host, ":/?#");
	struct in_addr address;
	char text[64];

	if (n >= sizeof(text) || (host[n] != '\0' && strchr(":/", host[n]) == NULL))
		return false;
	snprintf(text, sizeof(text), "%.*s", (int)n, host);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(names[i], text) == 0)
			return true;
	return inet_pton(AF_INET, text, &address) == 1 && (ntohl(address.s_addr) >> 24) == 127;
}

static int find_url(struct ks_settings *settings, const char **out, struct ks_err *err)
{
	const char *relative = ks_ctx_env(settings->ctx, "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI");
	const char *full = ks_ctx_env(settings->ctx, "AWS_CONTAINER_CREDENTIALS_FULL_URI");

	if (relative != NULL) {
		if (relative[0] != '/')
			return ks_err_set(err, KS_ERR_CONFIG,
				"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI does not begin with '/'");
		*out = ks_arena_printf(&settings->arena, AGENT "%s", relative);
		return 0;
	}
	if (full != NULL && strchr(full, '@') == NULL &&
		(strncmp(full, "https://", 8) == 0 || (strncmp(full, "http://", 7) == 0 && is_near(full)))) {
		*out = full;
		return 0;
	}
	return ks_err_set(err, KS_ERR_CONFIG, "AWS_CONTAINER_CREDENTIALS_FULL_URI is neither https nor near");
}

/* The token for the agent, empty without one: of a file, which may change, before the variable. */
static int find_token(const struct ks_settings *settings, struct ks_buf *out, struct ks_err *err)
{
	const char *path = ks_ctx_env(settings->ctx, "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE");
	const char *token = ks_ctx_env(settings->ctx, "AWS_CONTAINER_AUTHORIZATION_TOKEN");

	if (path != NULL) {
		if (ks_file_load(path, out, err) != 0)
			return -1;
	} else if (token != NULL) {
		ks_buf_adds(out, token);
	}
	if (out->n > 0 && strpbrk(out->p, "\r\n") != NULL)
		return ks_err_set(err, KS_ERR_CONFIG, "the token for the container's agent has a line end in it");
	return 0;
}

static enum ks_provider_answer load(struct ks_settings *settings, struct ks_credentials *out,
	struct ks_err *err)
{
	const struct ks_ctx *ctx = settings->ctx;
	const char *url = NULL;
	struct ks_buf token;
	int rc = -1;

	if (ks_ctx_env(ctx, "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI") == NULL &&
		ks_ctx_env(ctx, "AWS_CONTAINER_CREDENTIALS_FULL_URI") == NULL)
		return KS_PROVIDER_NONE;
	ks_buf_init(&token, KS_LIMIT_AWS_FILE);
	if (find_url(settings, &url, err) == 0 && find_token(settings, &token, err) == 0) {
		struct ks_http_header header = { "Authorization", token.p };
		struct ks_provider_get get = { .url = url,
			.headers = &header,
			.header_count = token.n > 0,
			.total_ms = WAIT_MS,
			.attempts = ATTEMPTS };

		rc = ks_provider_fetch(settings, &get, "the container's agent", out, err);
	}
	ks_buf_wipe(&token);
	return rc == 0 ? KS_PROVIDER_FOUND : KS_PROVIDER_FAILED;
}

const struct ks_provider ks_provider_container = { .name = "container", .load = load };
