/*
 * Notices to a Microsoft Teams channel through a workflow ("when a webhook request is received"), whose URL
 * is the secret. The message is an Adaptive Card 1.4. Texts stand in TextRun elements, which know no
 * Markdown, so that nothing out of a record becomes a link or a mention. Sources: Adaptive Cards schema
 * explorer; Microsoft Learn, "Create incoming webhooks with Workflows" (28 KB a message).
 */
#include "lib/notify/post.h"

#include <string.h>

#define CARD_MOST (26u * 1024)
#define BODY_MAX (256u * 1024)

static const struct ks_notifier_option options[] = {
	{ "ca_file", "the certificates that the workflow's is checked with, a whole path", false, false, true },
};

static void add_run(struct ks_json *inlines, const char *text, bool is_bold)
{
	struct ks_json *run = ks_json_new_object();

	ks_json_add_text(run, "type", "TextRun");
	ks_json_add_text(run, "text", text);
	if (is_bold)
		ks_json_add_text(run, "weight", "Bolder");
	ks_json_add(inlines, NULL, run);
}

/* A paragraph: a label in bold, where there is one, and a text. */
static struct ks_json *add_block(struct ks_json *body, const char *label, const char *text)
{
	struct ks_json *block, *inlines;

	if (text[0] == '\0')
		return NULL;
	block = ks_json_new_object();
	inlines = ks_json_new_array();
	ks_json_add_text(block, "type", "RichTextBlock");
	if (label != NULL) {
		add_run(inlines, label, true);
		add_run(inlines, ": ", true);
	}
	add_run(inlines, text, false);
	ks_json_add(block, "inlines", inlines);
	ks_json_add(body, NULL, block);
	return block;
}

static void add_title(struct ks_json *body, const struct ks_wording *wording)
{
	struct ks_json *block = ks_json_new_object(), *inlines = ks_json_new_array();
	struct ks_json *run = ks_json_new_object();
	bool is_over = wording->turn != KS_WORDING_NEWS || wording->is_test;

	ks_json_add_text(run, "type", "TextRun");
	ks_json_add_text(run, "text", wording->title);
	ks_json_add_text(run, "size", "Large");
	ks_json_add_text(run, "weight", "Bolder");
	ks_json_add_text(run, "color", is_over ? "Good" : wording->level >= KS_LEVEL_HIGH ? "Attention" :
		"Warning");
	ks_json_add(inlines, NULL, run);
	ks_json_add_text(block, "type", "RichTextBlock");
	ks_json_add(block, "inlines", inlines);
	ks_json_add(body, NULL, block);
}

static void render(const struct ks_wording *wording, size_t fields, struct ks_buf *out)
{
	struct ks_json *json = ks_json_new_object(), *attachments = ks_json_new_array();
	struct ks_json *attachment = ks_json_new_object(), *card = ks_json_new_object(),
		*body = ks_json_new_array();

	add_title(body, wording);
	add_block(body, NULL, wording->text);
	add_block(body, "Next", wording->next);
	for (size_t i = 0; i < fields; i++)
		add_block(body, wording->fields[i].label, wording->fields[i].value);
	ks_json_add_text(card, "$schema", "http://adaptivecards.io/schemas/adaptive-card.json");
	ks_json_add_text(card, "type", "AdaptiveCard");
	ks_json_add_text(card, "version", "1.4");
	ks_json_add_text(card, "fallbackText", wording->title);
	ks_json_add(card, "body", body);
	ks_json_add_text(attachment, "contentType", "application/vnd.microsoft.card.adaptive");
	ks_json_add_null(attachment, "contentUrl");
	ks_json_add(attachment, "content", card);
	ks_json_add(attachments, NULL, attachment);
	ks_json_add_text(json, "type", "message");
	ks_json_add(json, "attachments", attachments);
	ks_json_render(json, out);
	ks_json_free(json);
}

static int send_teams(const struct ks_notifier *notifier, const struct ks_notifier_message *message,
	struct ks_notifier_answer *out, struct ks_err *err)
{
	struct ks_post post = { .url = ks_secret_reveal(&notifier->secret).p };
	size_t fields = message->wording->field_count;
	struct ks_buf body;
	int rc;

	ks_buf_init(&body, BODY_MAX);
	/* Too long a card is refused as a whole; the first fields say most. */
	for (;;) {
		ks_buf_clear(&body);
		render(message->wording, fields, &body);
		if (body.n <= CARD_MOST || fields == 0)
			break;
		fields--;
	}
	post.body = ks_buf_str(&body);
	rc = ks_post_send(notifier, message, &post, out, err);
	ks_buf_release(&body);
	return rc;
}

const struct ks_notifier_row ks_notifier_teams = {
	.name = "teams",
	.target = NULL,
	.secret = KS_NOTIFIER_SECRET_TARGET,
	.secret_help = "the URL of a workflow's webhook",
	.options = options,
	.option_count = sizeof(options) / sizeof(options[0]),
	.check_secret = ks_post_check_secret,
	.send = send_teams,
};
