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
#include "lib/notify/post.h"

#include "lib/codec/hash.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const struct ks_notifier_option options[] = {
	{ "ca_file", "the certificates that the receiver's is checked with, a whole path", false, false, true },
};

static int check_webhook(const struct ks_notifier *notifier, const char **out_key, struct ks_err *err)
{
	const char *url = notifier->target;

	*out_key = "target";
	if (strncmp(url, "https://", 8) != 0 && strncmp(url, "http://", 7) != 0)
		return ks_err_set(err, KS_ERR_USAGE, "a webhook's URL begins with https:// or http://");
	return 0;
}

static int open_webhook(struct ks_notifier *notifier, struct ks_err *err)
{
	(void)err;
	if (!ks_post_is_private(notifier->target))
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

static int send_webhook(const struct ks_notifier *notifier, const struct ks_notifier_message *message,
	struct ks_notifier_answer *out, struct ks_err *err)
{
	char timestamp[32], hex[KS_HASH_HEX], signature[KS_HASH_HEX + 4];
	const struct ks_http_header headers[] = {
		{ "X-Keysnare-Kind", message->kind },
		{ "X-Keysnare-Timestamp", timestamp },
		{ "X-Keysnare-Signature", signature },
		{ "X-Keysnare-Repeated", message->is_repeated ? "true" : "false" },
	};
	const struct ks_post post = { .url = notifier->target, .headers = headers,
		.header_count = sizeof(headers) / sizeof(headers[0]), .body = message->body, .is_own = true };

	snprintf(timestamp, sizeof(timestamp), "%" PRId64, message->now_ms / 1000);
	sign(notifier, timestamp, message->body, hex);
	snprintf(signature, sizeof(signature), "v1=%s", hex);
	return ks_post_send(notifier, message, &post, out, err);
}

const struct ks_notifier_row ks_notifier_webhook = {
	.name = "webhook",
	.target = "URL",
	.secret = KS_NOTIFIER_SECRET_MUST,
	.secret_help = "the key that signs its notices",
	.options = options,
	.option_count = sizeof(options) / sizeof(options[0]),
	.check = check_webhook,
	.open = open_webhook,
	.send = send_webhook,
};
