/*
 * Notices as events of PagerDuty, Events API v2: the secret is the integration key. One incident of keysnare
 * is one alert there (dedup_key), which "closed" and "recovered" resolve; a heartbeat resolves what is not
 * there, and so only shows that the way is open. Source: PagerDuty developer documentation, "Send an event"
 * and "Events API v2 overview": summary at most 1024 characters, dedup_key 255, the event 512 KB; 202 is an
 * arrival, 400 is final, 429 and 5xx are tried again.
 */
#include "lib/notify/post.h"

#include <stdio.h>
#include <string.h>

#define ENDPOINT "https://events.pagerduty.com/v2/enqueue"
#define KEY_LENGTH 32u
#define BODY_MAX (256u * 1024)
#define TAKEN_OVER_MOST 20

static const struct ks_notifier_option options[] = {
	{ "url", "where events are sent instead of " ENDPOINT, false, false, false },
	{ "ca_file", "the certificates that its one is checked with, a whole path", false, false, true },
};

static int check_pagerduty(const struct ks_notifier *notifier, const char **out_key, struct ks_err *err)
{
	const char *url = ks_notifier_setting(notifier, "url");

	*out_key = "url";
	if (url != NULL && !ks_post_is_private(url))
		return ks_err_set(err, KS_ERR_USAGE, "the URL of events begins with https://");
	return 0;
}

static int check_key(const struct ks_notifier *notifier, struct ks_err *err)
{
	struct ks_str key = ks_secret_reveal(&notifier->secret);

	for (size_t i = 0; i < key.n; i++)
		if ((unsigned char)key.p[i] <= ' ' || (unsigned char)key.p[i] >= 0x7F)
			return ks_err_set(err, KS_ERR_CONFIG, "its secret is no integration key of PagerDuty");
	if (key.n != KEY_LENGTH)
		return ks_err_set(err, KS_ERR_CONFIG, "its secret is no integration key of PagerDuty: these have %u "
			"characters", KEY_LENGTH);
	return 0;
}

static const char *severity(const struct ks_wording *wording)
{
	if (wording->is_test)
		return "info";
	return wording->level == KS_LEVEL_CRITICAL ? "critical" : wording->level == KS_LEVEL_HIGH ? "error" :
		wording->level == KS_LEVEL_MEDIUM ? "warning" : "info";
}

static const char *action(const struct ks_notifier_message *message)
{
	if (message->wording->turn != KS_WORDING_NEWS)
		return "resolve";
	return strcmp(message->kind, "acknowledged") == 0 ? "acknowledge" : "trigger";
}

static void add_payload(struct ks_json *json, const struct ks_notifier_message *message)
{
	const struct ks_wording *wording = message->wording;
	struct ks_json *payload = ks_json_new_object(), *details = ks_json_new_object();
	char time[KS_TIME_TEXT];

	ks_json_add_text(payload, "summary", wording->title);
	ks_json_add_text(payload, "source", "keysnare");
	ks_json_add_text(payload, "severity", severity(wording));
	ks_json_add_text(payload, "timestamp", ks_time_render(message->created_ms, time));
	ks_json_add_text(payload, "component", "aws-access-keys");
	ks_json_add_text(payload, "class", message->kind);
	ks_json_add_text(details, "what", wording->text);
	ks_json_add_text(details, "next", wording->next);
	for (size_t i = 0; i < wording->field_count; i++)
		ks_json_add_text(details, wording->fields[i].label, wording->fields[i].value);
	ks_json_add_text(details, "notice", message->id);
	ks_json_add_bool(details, "repeated", message->is_repeated);
	ks_json_add(payload, "custom_details", details);
	ks_json_add(json, "payload", payload);
}

static int send_event(const struct ks_notifier *notifier, const struct ks_notifier_message *message,
	const char *act, const char *dedup_key, struct ks_notifier_answer *out, struct ks_err *err)
{
	const char *url = ks_notifier_setting(notifier, "url");
	struct ks_post post = { .url = url != NULL ? url : ENDPOINT };
	struct ks_json *json = ks_json_new_object();
	struct ks_buf body;
	int rc;

	ks_json_add_str(json, "routing_key", ks_secret_reveal(&notifier->secret));
	ks_json_add_text(json, "event_action", act);
	ks_json_add_text(json, "dedup_key", dedup_key);
	if (strcmp(act, "trigger") == 0)
		add_payload(json, message);
	ks_json_add_text(json, "client", "keysnare");
	ks_buf_init(&body, BODY_MAX);
	ks_json_render(json, &body);
	ks_json_free(json);
	post.body = ks_buf_str(&body);
	rc = ks_post_send(notifier, message, &post, out, err);
	ks_buf_wipe(&body);
	return rc;
}

/* What became a part of this incident must not stay open there by its old number. */
static int resolve_parts(const struct ks_notifier *notifier, const struct ks_notifier_message *message,
	struct ks_notifier_answer *out, struct ks_err *err)
{
	const struct ks_json *list = ks_json_find(message->json, "took_over"), *part = NULL;
	const char *slash = strrchr(message->thread, '/');
	int rc = 0;

	for (int n = 0; rc == 0 && n < TAKEN_OVER_MOST && (part = ks_json_next_element(list, part)) != NULL;
		n++) {
		char number[24] = "", key[KS_NOTIFIER_THREAD + 24];
		struct ks_buf text;

		ks_buf_init(&text, sizeof(number) - 1);
		ks_json_render(part, &text);
		snprintf(number, sizeof(number), KS_STR_FMT, KS_STR_ARG(ks_buf_str(&text)));
		ks_buf_release(&text);
		snprintf(key, sizeof(key), "%.*s/%s", (int)(slash - message->thread), message->thread, number);
		rc = send_event(notifier, message, "resolve", key, out, err);
	}
	return rc;
}

static int send_pagerduty(const struct ks_notifier *notifier, const struct ks_notifier_message *message,
	struct ks_notifier_answer *out, struct ks_err *err)
{
	if (send_event(notifier, message, action(message), message->thread, out, err) != 0)
		return -1;
	return message->incident_id > 0 ? resolve_parts(notifier, message, out, err) : 0;
}

const struct ks_notifier_row ks_notifier_pagerduty = {
	.name = "pagerduty",
	.target = NULL,
	.follows = KS_NOTIFIER_FOLLOWS_END | KS_NOTIFIER_FOLLOWS_ACK,
	.secret = KS_NOTIFIER_SECRET_TARGET,
	.secret_help = "an integration key",
	.options = options,
	.option_count = sizeof(options) / sizeof(options[0]),
	.check = check_pagerduty,
	.check_secret = check_key,
	.send = send_pagerduty,
};
