/*
 * Notices to a Slack channel through an incoming webhook, whose URL is the secret. Sources: Slack API
 * documentation, "Sending messages using incoming webhooks", "Block Kit: blocks" and "Formatting text for
 * app surfaces": & < > are escaped, all blocks are plain_text, in which nothing is markup, a mention or a
 * link, and the line for notifications is sent without markup, too. Header at most 150 characters, section
 * 3000, field 2000, ten fields a section, 50 blocks.
 */
#include "lib/notify/post.h"

#include <string.h>

#define HEADER_MOST 140u
#define TEXT_MOST 2800u
#define FIELD_MOST 700u
#define FIELDS_MOST 10u
#define BODY_MAX (256u * 1024)

static const struct ks_notifier_option options[] = {
	{ "ca_file", "the certificates that Slack's is checked with, a whole path", false, false, true },
};

/* With the three characters escaped, at most so many bytes; never cut within an escape. */
static void add_escaped(struct ks_json *parent, const char *key, const char *text, size_t most)
{
	struct ks_buf out;

	ks_buf_init(&out, most + 16);
	for (const char *p = text; *p != '\0'; p++) {
		/* A cut only at the beginning of a character. */
		if (out.n + 8 > most && ((unsigned char)*p & 0xC0) != 0x80) {
			ks_buf_adds(&out, "\xE2\x80\xA6");
			break;
		}
		if (*p == '&')
			ks_buf_adds(&out, "&amp;");
		else if (*p == '<')
			ks_buf_adds(&out, "&lt;");
		else if (*p == '>')
			ks_buf_adds(&out, "&gt;");
		else
			ks_buf_addc(&out, *p);
	}
	ks_json_add_str(parent, key, ks_buf_str(&out));
	ks_buf_release(&out);
}

static struct ks_json *plain(const char *text, size_t most)
{
	struct ks_json *json = ks_json_new_object();

	ks_json_add_text(json, "type", "plain_text");
	add_escaped(json, "text", text, most);
	ks_json_add_bool(json, "emoji", false);
	return json;
}

static void add_block(struct ks_json *blocks, const char *type, const char *text, size_t most)
{
	struct ks_json *block;

	if (text[0] == '\0')
		return;
	block = ks_json_new_object();
	ks_json_add_text(block, "type", type);
	ks_json_add(block, "text", plain(text, most));
	ks_json_add(blocks, NULL, block);
}

static void add_fields(struct ks_json *blocks, const struct ks_wording *wording, struct ks_arena *arena)
{
	struct ks_json *block = NULL, *fields = NULL;

	for (size_t i = 0; i < wording->field_count; i++) {
		if (i % FIELDS_MOST == 0) {
			block = ks_json_new_object();
			fields = ks_json_new_array();
			ks_json_add_text(block, "type", "section");
			ks_json_add(block, "fields", fields);
			ks_json_add(blocks, NULL, block);
		}
		ks_json_add(fields, NULL, plain(ks_arena_printf(arena, "%s: %s", wording->fields[i].label,
			wording->fields[i].value), FIELD_MOST));
	}
}

static void render(const struct ks_notifier_message *message, struct ks_arena *arena, struct ks_buf *out)
{
	const struct ks_wording *wording = message->wording;
	struct ks_json *json = ks_json_new_object(), *blocks = ks_json_new_array();

	add_escaped(json, "text", wording->title, TEXT_MOST);
	ks_json_add_bool(json, "mrkdwn", false);
	ks_json_add_text(json, "parse", "none");
	ks_json_add_bool(json, "link_names", false);
	ks_json_add_bool(json, "unfurl_links", false);
	ks_json_add_bool(json, "unfurl_media", false);
	add_block(blocks, "header", wording->title, HEADER_MOST);
	add_block(blocks, "section", wording->text, TEXT_MOST);
	if (wording->next[0] != '\0')
		add_block(blocks, "section", ks_arena_printf(arena, "Next: %s", wording->next), TEXT_MOST);
	add_fields(blocks, wording, arena);
	ks_json_add(json, "blocks", blocks);
	ks_json_render(json, out);
	ks_json_free(json);
}

static int send_slack(const struct ks_notifier *notifier, const struct ks_notifier_message *message,
	struct ks_notifier_answer *out, struct ks_err *err)
{
	struct ks_post post = { .url = ks_secret_reveal(&notifier->secret).p };
	struct ks_arena arena;
	struct ks_buf body;
	int rc;

	ks_arena_init(&arena);
	ks_buf_init(&body, BODY_MAX);
	render(message, &arena, &body);
	post.body = ks_buf_str(&body);
	rc = ks_post_send(notifier, message, &post, out, err);
	ks_buf_release(&body);
	ks_arena_release(&arena);
	return rc;
}

const struct ks_notifier_row ks_notifier_slack = {
	.name = "slack",
	.target = NULL,
	.secret = KS_NOTIFIER_SECRET_TARGET,
	.secret_help = "the URL of an incoming webhook",
	.options = options,
	.option_count = sizeof(options) / sizeof(options[0]),
	.check_secret = ks_post_check_secret,
	.send = send_slack,
};
