/*
 * Notices as HTTP POST, signed so that the receiver knows that they are ours and fresh:
 *
 *   X-Keysnare-Timestamp: 1763719200
 *   X-Keysnare-Signature: v1=<hex of HMAC-SHA256(secret, timestamp "." body)>
 *   X-Keysnare-Repeated:  true when an earlier attempt may have arrived, else false
 *   Idempotency-Key:      the same at every attempt
 *
 * Any 2xx means that it arrived.
 */
#include "lib/notify/notifier.h"

#include "lib/codec/hash.h"
#include "lib/net/http.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define CONNECT_MS 5000
#define TOTAL_MS 10000
#define REPLY_MAX (64u * 1024)
#define RETRY_AFTER_MAX 3600
#define GONE 410

static bool has_prefix(const char *text, const char *prefix)
{
	return strncmp(text, prefix, strlen(prefix)) == 0;
}

static int open_webhook(struct ks_notifier *notifier, struct ks_err *err)
{
	static const char *const near[] = { "http://127.0.0.1", "http://localhost", "http://[::1]" };
	const char *url = notifier->target;
	bool is_near = false;

	if (!has_prefix(url, "https://") && !has_prefix(url, "http://"))
		return ks_err_set(err, KS_ERR_USAGE, "a webhook's URL begins with https:// or http://");
	for (size_t i = 0; i < sizeof(near) / sizeof(near[0]); i++)
		is_near |= has_prefix(url, near[i]) && strchr(":/", url[strlen(near[i])]) != NULL;
	if (!has_prefix(url, "https://") && !is_near)
		ks_log_write(&notifier->ctx->log, KS_LOG_WARNING,
			"webhook '%s' is not https: whoever is on the way can read the notices", notifier->name);
	return 0;
}

static void sign(const struct ks_notifier *notifier, const char *timestamp, struct ks_str body,
	char out[KS_HASH_HEX])
{
	unsigned char digest[KS_HASH_SIZE];
	struct ks_buf text;

	ks_buf_init(&text, body.n + 64);
	ks_buf_addf(&text, "%s.", timestamp);
	ks_buf_add(&text, body);
	ks_hash_hmac(ks_secret_reveal(&notifier->secret), ks_buf_str(&text), digest);
	ks_hash_hex(digest, KS_HASH_SIZE, out);
	ks_buf_release(&text);
}

/* What the answer means. Only "gone" is for ever: people mend receivers. */
static int judge(const struct ks_http_reply *reply, struct ks_notifier_answer *out, struct ks_err *err)
{
	int64_t seconds = 0;

	if (reply->status >= 200 && reply->status < 300)
		return 0;
	if (ks_str_parse_int(ks_http_header(reply, "Retry-After"), &seconds) && seconds > 0)
		out->retry_after_ms = (seconds < RETRY_AFTER_MAX ? seconds : RETRY_AFTER_MAX) * 1000;
	out->is_final = reply->status == GONE;
	err->http_status = reply->status;
	return ks_err_set(err, KS_ERR_REMOTE, "the receiver answered %d%s", reply->status,
		reply->status >= 300 && reply->status < 400 ? ", and redirects are not followed" : "");
}

static int send_webhook(const struct ks_notifier *notifier, const struct ks_notifier_message *message,
	struct ks_notifier_answer *out, struct ks_err *err)
{
	char timestamp[32], hex[KS_HASH_HEX], signature[KS_HASH_HEX + 4];
	const struct ks_http_header headers[] = {
		{ "Content-Type", "application/json" },
		{ "X-Keysnare-Kind", message->kind },
		{ "X-Keysnare-Timestamp", timestamp },
		{ "X-Keysnare-Signature", signature },
		{ "X-Keysnare-Repeated", message->is_repeated ? "true" : "false" },
		{ "Idempotency-Key", message->id },
	};
	struct ks_http_request request = { .method = "POST",
		.url = notifier->target,
		.headers = headers,
		.header_count = sizeof(headers) / sizeof(headers[0]),
		.body = message->body,
		.connect_ms = CONNECT_MS,
		.total_ms = TOTAL_MS,
		.reply_max = REPLY_MAX,
		.stop = notifier->ctx->stop };
	struct ks_http_reply reply = { 0 };
	int rc;

	snprintf(timestamp, sizeof(timestamp), "%" PRId64, message->now_ms / 1000);
	sign(notifier, timestamp, message->body, hex);
	snprintf(signature, sizeof(signature), "v1=%s", hex);
	rc = ks_http_send(&request, &reply, err);
	if (rc == 0)
		rc = judge(&reply, out, err);
	ks_http_release(&reply);
	return rc;
}

const struct ks_notifier_row ks_notifier_webhook = {
	.name = "webhook",
	.target = "URL",
	.has_secret = true,
	.open = open_webhook,
	.send = send_webhook,
};
