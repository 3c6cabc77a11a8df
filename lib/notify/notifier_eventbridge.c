/*
 * Notices as events on a bus of Amazon EventBridge (PutEvents): source "keysnare", detail-type "keysnare
 * notice", and the notice's JSON object as detail, with its id beside its own members. AWS says 200 for a
 * call of which every entry failed: the entry's own error counts. An entry has 256 KB at most.
 */
#include "lib/notify/desk.h"

#include "lib/aws/arn.h"
#include "lib/codec/json.h"

#include <stdio.h>
#include <string.h>

#define ENTRY_MOST (250u * 1024)
#define CODE_MOST 60u

static const struct ks_notifier_option options[] = {
	{ "region", "the Region of the bus", false, false, false },
};

/* "BUS" or its ARN. */
static bool is_bus(struct ks_str s)
{
	struct ks_arn arn;

	if (ks_arn_parse(s, &arn))
		return ks_str_is(arn.service, "events") && arn.region.n > 0 && arn.account.n > 0 &&
			ks_partition_find(arn.partition) != NULL &&
			ks_str_has_prefix(arn.resource, KS_STR("event-bus/"));
	for (size_t i = 0; i < s.n; i++)
		if (strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-/", s.p[i]) == NULL)
			return false;
	return s.n > 0 && s.n <= 256;
}

static int check_eventbridge(const struct ks_notifier *notifier, const char **out_key, struct ks_err *err)
{
	*out_key = "target";
	if (notifier->target[0] != '\0' && !is_bus(ks_str_of(notifier->target)))
		return ks_err_set(err, KS_ERR_USAGE, "'%s' is no name and no ARN of an event bus", notifier->target);
	return ks_desk_check_region(notifier, out_key, err);
}

/* The notice's object, with the id before its own closing brace. */
static void add_detail(const struct ks_notifier_message *message, struct ks_json *entry)
{
	struct ks_buf detail;

	ks_buf_init(&detail, ENTRY_MOST);
	ks_buf_add(&detail, ks_str_sub(message->body, 0, message->body.n - 1));
	ks_buf_addf(&detail, ",\"id\":\"%s\"}", message->id);
	ks_json_add_str(entry, "Detail", ks_buf_str(&detail));
	ks_buf_release(&detail);
}

static void render(const struct ks_notifier *notifier, const struct ks_notifier_message *message,
	struct ks_buf *out)
{
	struct ks_json *list = ks_json_new_array(), *entry = ks_json_new_object();

	ks_json_add_text(entry, "Source", "keysnare");
	ks_json_add_text(entry, "DetailType", "keysnare notice");
	add_detail(message, entry);
	if (notifier->target[0] != '\0')
		ks_json_add_text(entry, "EventBusName", notifier->target);
	ks_json_add(list, NULL, entry);
	ks_json_render(list, out);
	ks_json_free(list);
}

/* The answer has one entry for each that was sent. */
static int judge(const struct ks_client_reply *reply, struct ks_notifier_answer *out, struct ks_err *err)
{
	const struct ks_json *entry = ks_json_next_element(ks_json_find(reply->json, "Entries"), NULL);
	struct ks_str code = { NULL, 0 }, why = { NULL, 0 };
	struct ks_arena arena;
	int64_t failed = 1;

	ks_json_find_int(reply->json, "FailedEntryCount", &failed);
	ks_json_find_str(entry, "ErrorCode", &code);
	if (failed == 0 && code.p == NULL && entry != NULL)
		return 0;
	ks_arena_init(&arena);
	ks_json_find_str(entry, "ErrorMessage", &why);
	snprintf(err->aws_code, sizeof(err->aws_code), "%s", ks_wording_clean(code, CODE_MOST, &arena));
	out->is_final = ks_desk_is_final(err->aws_code);
	ks_err_set(err, KS_ERR_REMOTE, "EventBridge did not take the event: %s%s%s",
		code.n > 0 ? ks_wording_clean(code, CODE_MOST, &arena) : "no entry in its answer",
		why.n > 0 ? ": " : "", ks_wording_clean(why, 200, &arena));
	ks_arena_release(&arena);
	return -1;
}

static int send_eventbridge(const struct ks_notifier *notifier, const struct ks_notifier_message *message,
	struct ks_notifier_answer *out, struct ks_err *err)
{
	struct ks_client_request request = { .service = "eventbridge", .operation = "PutEvents" };
	struct ks_wire_parameter entries = { "Entries", { NULL, 0 }, true };
	struct ks_client_reply reply = { 0 };
	struct ks_arn arn = { .region = { NULL, 0 } };
	struct ks_desk *desk;
	struct ks_buf text;
	int rc;

	ks_buf_init(&text, 2 * ENTRY_MOST);
	ks_arn_parse(ks_str_of(notifier->target), &arn);
	render(notifier, message, &text);
	entries.value = ks_buf_str(&text);
	request.parameters = &entries;
	request.parameter_count = 1;
	if (text.is_full || message->body.n + 64 > ENTRY_MOST) {
		out->is_final = true;
		rc = ks_err_set(err, KS_ERR_LIMIT, "the notice is longer than an event may be");
	} else {
		rc = ks_desk_get(notifier, arn.region, &desk, err);
		out->is_unsent = rc != 0;
		if (rc == 0)
			rc = ks_desk_call(notifier, desk, &request, &reply, out, err);
		if (rc == 0)
			rc = judge(&reply, out, err);
	}
	ks_client_release(&reply);
	ks_buf_release(&text);
	return rc;
}

const struct ks_notifier_row ks_notifier_eventbridge = {
	.name = "eventbridge",
	.target = "BUS",
	.is_target_optional = true,
	.is_aws = true,
	.permission = "events:PutEvents",
	.options = options,
	.option_count = sizeof(options) / sizeof(options[0]),
	.check = check_eventbridge,
	.send = send_eventbridge,
	.close = ks_desk_close,
};
