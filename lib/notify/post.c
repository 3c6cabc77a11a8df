/* POST, and the one rule for answers. */
#include "lib/notify/post.h"

#include <ctype.h>
#include <string.h>

#define CONNECT_MS 5000
#define TOTAL_MS 10000
#define REPLY_MAX (64u * 1024)
#define RETRY_AFTER_MAX 3600
#define HEADERS_MOST 12u
#define QUOTED_MOST 80u

#define GONE 410

static const int final_statuses[] = { 400, 413, 422 };

static bool has_prefix(const char *text, const char *prefix)
{
	return strncmp(text, prefix, strlen(prefix)) == 0;
}

bool ks_post_is_near(const char *url)
{
	static const char *const near[] = { "127.0.0.1", "localhost", "[::1]" };
	const char *host = strstr(url, "://");

	for (size_t i = 0; host != NULL && i < sizeof(near) / sizeof(near[0]); i++)
		if (has_prefix(host + 3, near[i]) && strchr(":/", host[3 + strlen(near[i])]) != NULL)
			return true;
	return false;
}

bool ks_post_is_private(const char *url)
{
	return has_prefix(url, "https://") || (has_prefix(url, "http://") && ks_post_is_near(url));
}

int ks_post_check_secret(const struct ks_notifier *notifier, struct ks_err *err)
{
	struct ks_str url = ks_secret_reveal(&notifier->secret);

	for (size_t i = 0; i < url.n; i++)
		if ((unsigned char)url.p[i] <= ' ' || (unsigned char)url.p[i] >= 0x7F)
			return ks_err_set(err, KS_ERR_CONFIG, "its secret is a URL, and this is none");
	if (!ks_post_is_private(url.p))
		return ks_err_set(err, KS_ERR_CONFIG, "its secret is a URL, which begins with https://");
	return 0;
}

/* Words that explain a refusal ("invalid_token"); nothing of a page, and nothing of the secret. */
static struct ks_str quote(const struct ks_notifier *notifier, const struct ks_http_reply *reply)
{
	static const struct ks_str nothing = { "", 0 };
	struct ks_str said = ks_str_trim(ks_buf_str(&reply->body));

	if (said.n == 0 || said.n > QUOTED_MOST)
		return nothing;
	for (size_t i = 0; i < said.n; i++)
		if (!isalnum((unsigned char)said.p[i]) && strchr(" _-.,'", said.p[i]) == NULL)
			return nothing;
	if (notifier->secret.n > 0 && ks_str_find(said, ks_secret_reveal(&notifier->secret)) >= 0)
		return nothing;
	return said;
}

static int judge(const struct ks_notifier *notifier, const struct ks_http_reply *reply, bool is_own,
	struct ks_notifier_answer *out, struct ks_err *err)
{
	struct ks_str said = quote(notifier, reply);
	int64_t seconds = 0;

	if (reply->status >= 200 && reply->status < 300)
		return 0;
	if (ks_str_parse_int(ks_http_header(reply, "Retry-After"), &seconds) && seconds > 0)
		out->retry_after_ms = (seconds < RETRY_AFTER_MAX ? seconds : RETRY_AFTER_MAX) * 1000;
	out->is_final = reply->status == GONE;
	for (size_t i = 0; !is_own && i < sizeof(final_statuses) / sizeof(final_statuses[0]); i++)
		out->is_final |= reply->status == final_statuses[i];
	err->http_status = reply->status;
	return ks_err_set(err, KS_ERR_REMOTE, "the receiver answered %d%s" KS_STR_FMT "%s", reply->status,
		said.n > 0 ? ": " : "", KS_STR_ARG(said),
		reply->status >= 300 && reply->status < 400 ? ", and redirects are not followed" : "");
}

int ks_post_send(const struct ks_notifier *notifier, const struct ks_notifier_message *message,
	const struct ks_post *post, struct ks_notifier_answer *out, struct ks_err *err)
{
	struct ks_http_header headers[HEADERS_MOST] = { { "Content-Type", "application/json" },
		{ "Idempotency-Key", message->id } };
	struct ks_http_request request = { .method = "POST",
		.url = post->url,
		.headers = headers,
		.header_count = 2,
		.body = post->body,
		.connect_ms = CONNECT_MS,
		.total_ms = TOTAL_MS,
		.reply_max = REPLY_MAX,
		.ca_file = ks_notifier_setting(notifier, "ca_file"),
		.stop = notifier->ctx->stop,
		.is_unsent = &out->is_unsent };
	struct ks_http_reply reply = { 0 };
	int rc;

	for (size_t i = 0; i < post->header_count && request.header_count < HEADERS_MOST; i++)
		headers[request.header_count++] = post->headers[i];
	rc = ks_http_send(&request, &reply, err);
	if (rc == 0)
		rc = judge(notifier, &reply, post->is_own, out, err);
	ks_http_release(&reply);
	return rc;
}
