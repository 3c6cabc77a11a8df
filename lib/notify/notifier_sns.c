/*
 * Notices to a topic of Amazon SNS (API version 2010-03-31, Publish). Programs that listen (queues, Lambda,
 * HTTP) get the notice's JSON object, mail the whole text and phones the title: MessageStructure "json".
 * Attributes for filter policies: kind, level, incident, notice, repeated. FIFO topics keep the order of an
 * incident (MessageGroupId) and drop a repeat within five minutes (MessageDeduplicationId). A message has
 * 256 KB at most, a subject 100 characters of ASCII.
 */
#include "lib/notify/desk.h"

#include "lib/aws/arn.h"
#include "lib/codec/json.h"

#include <stdio.h>
#include <string.h>

#define MESSAGE_MOST (250u * 1024)
#define SUBJECT_MOST 100u
#define SMS_MOST 140u
#define PARAMETERS_MOST 24u

static const struct ks_notifier_option options[] = {
	{ "region", "the Region of the topic, where its ARN is not to say", false, false, false },
};

static int check_sns(const struct ks_notifier *notifier, const char **out_key, struct ks_err *err)
{
	struct ks_arn arn;

	*out_key = "target";
	if (!ks_arn_parse(ks_str_of(notifier->target), &arn) || !ks_str_is(arn.service, "sns") ||
		arn.region.n == 0 || arn.account.n == 0 || ks_partition_find(arn.partition) == NULL)
		return ks_err_set(err, KS_ERR_USAGE, "'%s' is no ARN of a topic of SNS", notifier->target);
	return ks_desk_check_region(notifier, out_key, err);
}

static void add_cut(struct ks_json *json, const char *key, const char *text, size_t most)
{
	ks_json_add_str(json, key, ks_wording_cut(text, most));
}

static void render(const struct ks_notifier_message *message, struct ks_buf *out)
{
	struct ks_json *json = ks_json_new_object();
	struct ks_buf text;

	ks_buf_init(&text, 64u * 1024);
	ks_wording_add_plain(message->wording, "\n", &text);
	ks_json_add_str(json, "default", message->body);
	ks_json_add_str(json, "email", ks_buf_str(&text));
	add_cut(json, "sms", message->wording->title, SMS_MOST);
	ks_json_render(json, out);
	ks_json_free(json);
	ks_buf_release(&text);
}

/* ASCII, no control characters, does not begin with a blank. */
static const char *subject(const char *title, struct ks_arena *arena)
{
	char *text = ks_arena_strdup(arena, ks_wording_cut(title, SUBJECT_MOST));

	for (char *p = text; *p != '\0'; p++)
		if ((unsigned char)*p < ' ' || (unsigned char)*p >= 0x7F)
			*p = '?';
	return text;
}

/* A call's parameters while they are gathered. */
struct gathering {
	struct ks_wire_parameter list[PARAMETERS_MOST];
	size_t n, attributes;
	struct ks_arena *arena;
};

static void add(struct gathering *g, const char *name, const char *value)
{
	g->list[g->n++] = (struct ks_wire_parameter){ name, ks_str_of(value), false };
}

static void add_attribute(struct gathering *g, const char *name, const char *type, const char *value)
{
	size_t i = ++g->attributes;

	add(g, ks_arena_printf(g->arena, "MessageAttributes.entry.%zu.Name", i), name);
	add(g, ks_arena_printf(g->arena, "MessageAttributes.entry.%zu.Value.DataType", i), type);
	add(g, ks_arena_printf(g->arena, "MessageAttributes.entry.%zu.Value.StringValue", i), value);
}

static void gather(const struct ks_notifier *notifier, const struct ks_notifier_message *message,
	const struct ks_buf *text, struct gathering *g)
{
	add(g, "TopicArn", notifier->target);
	g->list[g->n++] = (struct ks_wire_parameter){ "Message", ks_buf_str(text), false };
	add(g, "MessageStructure", "json");
	add(g, "Subject", subject(message->wording->title, g->arena));
	add_attribute(g, "kind", "String", ks_wording_clean(ks_str_of(message->kind), 40, g->arena));
	add_attribute(g, "level", "String", ks_rule_level_name(message->wording->level));
	add_attribute(g, "notice", "String", message->id);
	add_attribute(g, "repeated", "String", message->is_repeated ? "true" : "false");
	if (message->incident_id > 0)
		add_attribute(g, "incident", "Number", ks_arena_printf(g->arena, "%lld",
			(long long)message->incident_id));
	if (ks_str_has_suffix(ks_str_of(notifier->target), KS_STR(".fifo"))) {
		add(g, "MessageGroupId", message->thread);
		add(g, "MessageDeduplicationId", message->id);
	}
}

static int publish(const struct ks_notifier *notifier, const struct ks_notifier_message *message,
	const struct ks_buf *text, struct ks_notifier_answer *out, struct ks_err *err)
{
	struct ks_client_request request = { .service = "sns", .operation = "Publish" };
	struct ks_client_reply reply = { 0 };
	struct gathering g = { .n = 0 };
	struct ks_desk *desk;
	struct ks_arena arena;
	struct ks_arn arn;
	int rc;

	ks_arena_init(&arena);
	ks_arn_parse(ks_str_of(notifier->target), &arn);
	g.arena = &arena;
	gather(notifier, message, text, &g);
	request.parameters = g.list;
	request.parameter_count = g.n;
	rc = ks_desk_get(notifier, arn.region, &desk, err);
	out->is_unsent = rc != 0;
	if (rc == 0)
		rc = ks_desk_call(notifier, desk, &request, &reply, out, err);
	if (rc == 0 && ks_xml_text(reply.xml, "MessageId").n == 0)
		rc = ks_err_set(err, KS_ERR_REMOTE, "SNS Publish: there is no MessageId in the answer");
	ks_client_release(&reply);
	ks_arena_release(&arena);
	return rc;
}

static int send_sns(const struct ks_notifier *notifier, const struct ks_notifier_message *message,
	struct ks_notifier_answer *out, struct ks_err *err)
{
	struct ks_buf text;
	int rc;

	ks_buf_init(&text, MESSAGE_MOST);
	render(message, &text);
	if (text.is_full) {
		out->is_final = true;
		rc = ks_err_set(err, KS_ERR_LIMIT, "the notice is longer than a message of SNS may be");
	} else {
		rc = publish(notifier, message, &text, out, err);
	}
	ks_buf_release(&text);
	return rc;
}

const struct ks_notifier_row ks_notifier_sns = {
	.name = "sns",
	.target = "TOPIC-ARN",
	.is_aws = true,
	.permission = "sns:Publish",
	.options = options,
	.option_count = sizeof(options) / sizeof(options[0]),
	.check = check_sns,
	.send = send_sns,
	.close = ks_desk_close,
};
