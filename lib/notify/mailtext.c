/* Mails. */
#include "lib/notify/mailtext.h"

#include "lib/base/text.h"
#include "lib/base/time.h"
#include "lib/codec/base64.h"
#include "lib/codec/hash.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#define LINE 76u
#define LONGEST_WORD 60u
#define WORD_BYTES 42u                 /* of text in an encoded word, which has 75 characters at most */
#define TEXT_MAX (128u * 1024)
#define ADDRESS_MOST 254u
#define EOL "\r\n"

bool ks_mailtext_is_address(struct ks_str s)
{
	ptrdiff_t at = ks_str_find(s, KS_STR("@"));
	struct ks_str domain;

	if (at < 1 || at > 64 || s.n > ADDRESS_MOST)
		return false;
	domain = ks_str_sub(s, (size_t)at + 1, s.n);
	for (size_t i = 0; i < (size_t)at; i++)
		if (!isalnum((unsigned char)s.p[i]) && strchr("!#$%&'*+-/=?^_`{|}~.", s.p[i]) == NULL)
			return false;
	for (size_t i = 0; i < domain.n; i++)
		if (!isalnum((unsigned char)domain.p[i]) && domain.p[i] != '-' && domain.p[i] != '.')
			return false;
	return domain.n > 0 && isalnum((unsigned char)domain.p[0]) &&
		isalnum((unsigned char)domain.p[domain.n - 1]);
}

/* ASCII of words that fit into a line, and nothing that looks like an encoded one. */
static bool is_plain(struct ks_str text)
{
	struct ks_str rest = text, word;

	for (size_t i = 0; i < text.n; i++)
		if ((unsigned char)text.p[i] < ' ' || (unsigned char)text.p[i] >= 0x7F)
			return false;
	while (ks_str_next(&rest, ' ', &word))
		if (word.n > LONGEST_WORD)
			return false;
	return ks_str_find(text, KS_STR("=?")) < 0;
}

/* Folded at blanks, which stay (RFC 5322, 2.2.3). */
static void add_folded(struct ks_buf *out, struct ks_str text, size_t column)
{
	struct ks_str word;

	for (bool is_first = true; ks_str_next(&text, ' ', &word); is_first = false) {
		bool is_over = !is_first && word.n > 0 && column + 1 + word.n > LINE;

		if (!is_first)
			ks_buf_adds(out, is_over ? EOL " " : " ");
		ks_buf_add(out, word);
		column = is_over ? 1 + word.n : column + !is_first + word.n;
	}
}

/* A subject: as it is, else as encoded words. */
static void add_subject(struct ks_buf *out, const char *text)
{
	struct ks_str rest = ks_str_of(text);

	ks_buf_adds(out, "Subject: ");
	if (is_plain(rest)) {
		add_folded(out, rest, strlen("Subject: "));
		return;
	}
	for (bool is_first = true; rest.n > 0; is_first = false) {
		struct ks_str word = ks_wording_cut(rest.p, WORD_BYTES);

		ks_buf_adds(out, is_first ? "=?UTF-8?B?" : EOL " =?UTF-8?B?");
		ks_base64_encode(word, out);
		ks_buf_adds(out, "?=");
		rest = ks_str_sub(rest, word.n, rest.n);
	}
}

static void add_base64(struct ks_buf *out, struct ks_str text)
{
	struct ks_str rest;
	struct ks_buf whole;

	ks_buf_init(&whole, 2 * TEXT_MAX);
	ks_base64_encode(text, &whole);
	for (rest = ks_buf_str(&whole); rest.n > 0; rest = ks_str_sub(rest, LINE, rest.n)) {
		ks_buf_add(out, ks_str_sub(rest, 0, LINE));
		ks_buf_adds(out, EOL);
	}
	ks_buf_release(&whole);
}

static void add_part(struct ks_buf *out, const char *boundary, const char *type, const struct ks_buf *text)
{
	ks_buf_addf(out, "--%s" EOL "Content-Type: %s; charset=utf-8" EOL
		"Content-Transfer-Encoding: base64" EOL EOL, boundary, type);
	add_base64(out, ks_buf_str(text));
}

static void add_element(struct ks_buf *out, const char *before, const char *text, const char *after)
{
	ks_buf_adds(out, before);
	ks_text_add_html(out, ks_str_of(text));
	ks_buf_adds(out, after);
}

/* No image, no link, no style sheet: nothing that a mail program would fetch. */
static void add_html(const struct ks_wording *wording, struct ks_buf *out)
{
	ks_buf_adds(out, "<!DOCTYPE html>\n<html><head><meta charset=\"utf-8\"></head><body>\n");
	add_element(out, "<h3>", wording->title, "</h3>\n");
	if (wording->text[0] != '\0')
		add_element(out, "<p>", wording->text, "</p>\n");
	if (wording->next[0] != '\0')
		add_element(out, "<p><b>Next:</b> <code>", wording->next, "</code></p>\n");
	ks_buf_adds(out, "<table>\n");
	for (size_t i = 0; i < wording->field_count; i++) {
		add_element(out, "<tr><td valign=\"top\"><b>", wording->fields[i].label, "</b></td><td>");
		add_element(out, "", wording->fields[i].value, "</td></tr>\n");
	}
	ks_buf_adds(out, "</table>\n</body></html>\n");
}

static void add_date(struct ks_buf *out, int64_t ms)
{
	static const char *const days[] = { "Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed" };
	static const char *const months[] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep",
		"Oct", "Nov", "Dec" };
	const struct ks_time_parts t = ks_time_split(ms);

	ks_buf_addf(out, "Date: %s, %02d %s %04d %02d:%02d:%02d +0000" EOL, days[ms / KS_TIME_DAY % 7], t.day,
		months[t.month - 1], t.year, t.hour, t.minute, t.second);
}

/* Ids of the mail and of the thread's beginning, which need not exist. */
static void add_ids(const struct ks_mailtext *mail, struct ks_str domain, struct ks_buf *out)
{
	unsigned char digest[KS_HASH_SIZE];
	char root[33];

	ks_hash_sha256(ks_str_of(mail->message->thread), digest);
	ks_hash_hex(digest, 16, root);
	ks_buf_addf(out, "Message-ID: <%s@" KS_STR_FMT ">" EOL, mail->message->id, KS_STR_ARG(domain));
	ks_buf_addf(out, "In-Reply-To: <%s.thread@" KS_STR_FMT ">" EOL, root, KS_STR_ARG(domain));
	ks_buf_addf(out, "References: <%s.thread@" KS_STR_FMT ">" EOL, root, KS_STR_ARG(domain));
}

static void add_header(const struct ks_mailtext *mail, const char *boundary, struct ks_buf *out)
{
	const struct ks_notifier_message *message = mail->message;
	ptrdiff_t at = ks_str_find(mail->from, KS_STR("@"));

	add_date(out, message->created_ms > 0 ? message->created_ms : 0);
	ks_buf_addf(out, "From: keysnare <" KS_STR_FMT ">" EOL "To: ", KS_STR_ARG(mail->from));
	for (size_t i = 0; i < mail->to_count; i++)
		ks_buf_addf(out, "%s%s", i > 0 ? "," EOL " " : "", mail->to[i]);
	ks_buf_adds(out, EOL);
	add_subject(out, message->wording->title);
	ks_buf_adds(out, EOL);
	add_ids(mail, ks_str_sub(mail->from, (size_t)at + 1, mail->from.n), out);
	/* No machine answers to it. */
	ks_buf_adds(out, "Auto-Submitted: auto-generated" EOL);
	if (message->wording->level >= KS_LEVEL_HIGH && message->wording->turn == KS_WORDING_NEWS)
		ks_buf_adds(out, "X-Priority: 1" EOL);
	ks_buf_addf(out, "X-Keysnare-Notice: %s" EOL "X-Keysnare-Repeated: %s" EOL, message->id,
		message->is_repeated ? "true" : "false");
	ks_buf_addf(out, "MIME-Version: 1.0" EOL "Content-Type: multipart/alternative;" EOL
		" boundary=\"%s\"" EOL EOL, boundary);
}

void ks_mailtext_render(const struct ks_mailtext *mail, struct ks_buf *out)
{
	struct ks_buf text, html;
	char boundary[64];

	/* Base64 has no "=_", so a body cannot hold it. */
	snprintf(boundary, sizeof(boundary), "=_%s", mail->message->id);
	ks_buf_init(&text, TEXT_MAX);
	ks_buf_init(&html, TEXT_MAX);
	ks_wording_add_plain(mail->message->wording, EOL, &text);
	add_html(mail->message->wording, &html);
	add_header(mail, boundary, out);
	add_part(out, boundary, "text/plain", &text);
	add_part(out, boundary, "text/html", &html);
	ks_buf_addf(out, "--%s--" EOL, boundary);
	ks_buf_release(&html);
	ks_buf_release(&text);
}
