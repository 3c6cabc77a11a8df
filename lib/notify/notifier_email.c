/*
 * Notices by mail through a server of the user's, which is asked for TLS: smtps:// from the beginning,
 * smtp:// with STARTTLS. Without TLS nothing is sent, but to this machine or where the config says
 * tls: none. What the server refuses for good (5yz, RFC 5321 4.2.1) is final; a refused login (53z) is tried
 * again, since people mend passwords. A repeat has the same Message-ID.
 */
#include "lib/notify/mailtext.h"
#include "lib/notify/post.h"

#include <string.h>

#define CONNECT_MS 10000
#define TOTAL_MS 60000
#define MAIL_MAX (512u * 1024)
#define TO_MOST 50u

static const struct ks_notifier_option options[] = {
	{ "from", "the sender's address", true, false, false },
	{ "to", "addresses of those who are told", true, true, false },
	{ "user", "who logs in, with the secret as password", false, false, false },
	{ "tls", "none, where the mail server has none", false, false, false },
	{ "helo", "what this machine is called, for the server", false, false, false },
	{ "ca_file", "the certificates that the server's is checked with, a whole path", false, false, true },
};

/* The list of 'to', cut at its commas; 0 when it holds what is no address, or too many. */
static size_t split(const char *to, struct ks_arena *arena, const char *out[TO_MOST])
{
	struct ks_str rest = ks_str_of(to), one;
	size_t n = 0;

	while (ks_str_next(&rest, ',', &one)) {
		one = ks_str_trim(one);
		if (n == TO_MOST || !ks_mailtext_is_address(one))
			return 0;
		out[n++] = ks_arena_strdup(arena, one);
	}
	return n;
}

static int check_people(const struct ks_notifier *notifier, const char **out_key, struct ks_err *err)
{
	const char *to[TO_MOST];
	struct ks_arena arena;
	size_t n;

	*out_key = "from";
	if (!ks_mailtext_is_address(ks_str_of(ks_notifier_setting(notifier, "from"))))
		return ks_err_set(err, KS_ERR_USAGE, "'from' is one address, as in keysnare@example.org");
	ks_arena_init(&arena);
	n = split(ks_notifier_setting(notifier, "to"), &arena, to);
	ks_arena_release(&arena);
	*out_key = "to";
	if (n == 0)
		return ks_err_set(err, KS_ERR_USAGE, "'to' is a list of up to %u addresses, as in "
			"oncall@example.org", TO_MOST);
	return 0;
}

static bool is_host_name(const char *text)
{
	return text[0] != '\0' && strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
		"0123456789.-:[]") == strlen(text);
}

static int check_email(const struct ks_notifier *notifier, const char **out_key, struct ks_err *err)
{
	const char *url = notifier->target, *tls = ks_notifier_setting(notifier, "tls");
	const char *helo = ks_notifier_setting(notifier, "helo");
	const char *host = strstr(url, "://");

	*out_key = "target";
	if ((strncmp(url, "smtp://", 7) != 0 && strncmp(url, "smtps://", 8) != 0) || !is_host_name(host + 3))
		return ks_err_set(err, KS_ERR_USAGE, "a mail server is written as smtp://HOST[:PORT] or "
			"smtps://HOST[:PORT], and who logs in as 'user'");
	*out_key = "tls";
	if (tls != NULL && strcmp(tls, "none") != 0)
		return ks_err_set(err, KS_ERR_USAGE, "'tls' can only be none; without it TLS is required");
	*out_key = "helo";
	if (helo != NULL && !is_host_name(helo))
		return ks_err_set(err, KS_ERR_USAGE, "'helo' is the name of a host");
	*out_key = "user";
	if ((ks_notifier_setting(notifier, "user") != NULL) != (notifier->reference != NULL))
		return ks_err_set(err, KS_ERR_USAGE, "'user' and 'secret' go together: a name and its password");
	return check_people(notifier, out_key, err);
}

static int judge(int said, struct ks_notifier_answer *out)
{
	out->is_final = said >= 500 && said < 600 && said / 10 != 53 && said != 521;
	return -1;
}

static int send_email(const struct ks_notifier *notifier, const struct ks_notifier_message *message,
	struct ks_notifier_answer *out, struct ks_err *err)
{
	const char *to[TO_MOST], *helo = ks_notifier_setting(notifier, "helo");
	struct ks_mailtext text = { .message = message, .to = to };
	struct ks_http_mail mail = { .to = to, .connect_ms = CONNECT_MS, .total_ms = TOTAL_MS };
	struct ks_arena arena;
	struct ks_buf body;
	int said = 0, rc;

	ks_arena_init(&arena);
	ks_buf_init(&body, MAIL_MAX);
	mail.to_count = text.to_count = split(ks_notifier_setting(notifier, "to"), &arena, to);
	mail.from = ks_notifier_setting(notifier, "from");
	mail.url = helo != NULL ? ks_arena_printf(&arena, "%s/%s", notifier->target, helo) : notifier->target;
	mail.user = ks_notifier_setting(notifier, "user");
	mail.password = notifier->secret.n > 0 ? ks_secret_reveal(&notifier->secret).p : NULL;
	mail.may_be_plain = ks_notifier_setting(notifier, "tls") != NULL ||
		ks_post_is_near(ks_arena_printf(&arena, "%s/", notifier->target));
	mail.ca_file = ks_notifier_setting(notifier, "ca_file");
	mail.stop = notifier->ctx->stop;
	mail.is_unsent = &out->is_unsent;
	text.from = ks_str_of(mail.from);
	ks_mailtext_render(&text, &body);
	mail.message = ks_buf_str(&body);
	rc = ks_http_mail(&mail, &said, err);
	if (rc != 0)
		judge(said, out);
	ks_buf_release(&body);
	ks_arena_release(&arena);
	return rc;
}

const struct ks_notifier_row ks_notifier_email = {
	.name = "email",
	.target = "smtps://HOST",
	.secret = KS_NOTIFIER_SECRET_MAY,
	.secret_help = "the password of 'user'",
	.options = options,
	.option_count = sizeof(options) / sizeof(options[0]),
	.check = check_email,
	.send = send_email,
};
