/* What STS, IAM and SQS answer, as far as a plan that disables keys asks. What was written is read back. */
#include "tests/bench/stub/stub.h"

#include "lib/codec/json.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MOST_MESSAGES 10

/* A value of a form; keys and users need no unescaping. */
static struct ks_str field(struct ks_str body, const char *name)
{
	struct ks_str part;

	while (ks_str_next(&body, '&', &part)) {
		size_t n = strlen(name);

		if (part.n > n && memcmp(part.p, name, n) == 0 && part.p[n] == '=')
			return ks_str_sub(part, n + 1, part.n);
	}
	return (struct ks_str){ NULL, 0 };
}

/* ---- STS and IAM --------------------------------------------------------------------------------- */

static int fail(struct ks_buf *out, int status, const char *code)
{
	ks_buf_addf(out, "<ErrorResponse><Error><Type>Sender</Type><Code>%s</Code><Message>%s</Message></Error>"
		"<RequestId>stub</RequestId></ErrorResponse>", code, code);
	return status;
}

static void answer_who(struct ks_buf *out)
{
	ks_buf_adds(out, "<Arn>arn:aws:iam::" STUB_ACCOUNT ":user/responder</Arn><UserId>AIDARESPONDER0000001"
		"</UserId><Account>" STUB_ACCOUNT "</Account>");
}

static void answer_use(const struct stub *stub, struct ks_str body, struct ks_buf *out)
{
	int number = stub_number_of_key(stub, field(body, "AccessKeyId"));

	ks_buf_addf(out, "<UserName>mailer-%d</UserName><AccessKeyLastUsed><LastUsedDate>2026-11-21T10:00:00Z"
		"</LastUsedDate><ServiceName>ses</ServiceName><Region>us-east-1</Region></AccessKeyLastUsed>", number);
}

static void answer_user(struct ks_str body, struct ks_buf *out)
{
	struct ks_str user = field(body, "UserName");

	ks_buf_addf(out, "<User><Path>/</Path><UserName>" KS_STR_FMT "</UserName><UserId>AIDASTUB</UserId><Arn>"
		"arn:aws:iam::" STUB_ACCOUNT ":user/" KS_STR_FMT "</Arn><CreateDate>2020-01-01T00:00:00Z</CreateDate>"
		"</User>", KS_STR_ARG(user), KS_STR_ARG(user));
}

static void answer_keys(const struct stub *stub, struct ks_str body, struct ks_buf *out)
{
	struct ks_str user = field(body, "UserName");
	int number = stub_number_of_user(stub, user);

	ks_buf_adds(out, "<IsTruncated>false</IsTruncated><AccessKeyMetadata>");
	if (number >= 0)
		ks_buf_addf(out, "<member><UserName>" KS_STR_FMT "</UserName><AccessKeyId>%s</AccessKeyId><Status>%s"
			"</Status><CreateDate>2020-01-01T00:00:00Z</CreateDate></member>", KS_STR_ARG(user),
			stub->states[number].id, stub->states[number].is_inactive ? "Inactive" : "Active");
	ks_buf_adds(out, "</AccessKeyMetadata>");
}

static void update_key(struct stub *stub, struct ks_str body)
{
	int number = stub_number_of_user(stub, field(body, "UserName"));
	struct stub_use *use;

	if (number < 0)
		return;
	use = &stub->states[number];
	use->is_inactive = ks_str_is(field(body, "Status"), "Inactive");
	if (use->writes++ == 0) {
		use->called_us = stub_now_us();
		stub->contained++;
	}
}

static int answer_query(struct stub *stub, struct ks_str body, struct ks_buf *out)
{
	struct ks_str action = field(body, "Action");

	ks_buf_addf(out, "<" KS_STR_FMT "Response><" KS_STR_FMT "Result>", KS_STR_ARG(action), KS_STR_ARG(action));
	if (ks_str_is(action, "GetCallerIdentity")) {
		answer_who(out);
	} else if (ks_str_is(action, "GetAccessKeyLastUsed")) {
		answer_use(stub, body, out);
	} else if (ks_str_is(action, "GetUser")) {
		answer_user(body, out);
	} else if (ks_str_is(action, "ListAccessKeys")) {
		answer_keys(stub, body, out);
	} else if (ks_str_is(action, "UpdateAccessKey")) {
		update_key(stub, body);
	} else {
		ks_buf_clear(out);
		return fail(out, 400, "InvalidAction");
	}
	ks_buf_addf(out, "</" KS_STR_FMT "Result><ResponseMetadata><RequestId>stub-%" PRIu64 "</RequestId>"
		"</ResponseMetadata></" KS_STR_FMT "Response>", KS_STR_ARG(action), ++stub->calls, KS_STR_ARG(action));
	return 200;
}

/* ---- SQS ----------------------------------------------------------------------------------------- */

bool stub_has_message(const struct stub *stub, int64_t now_us)
{
	for (size_t i = stub->first_left; i < stub->message_count; i++)
		if (!stub->messages[i].is_deleted && stub->messages[i].hidden_until_us <= now_us)
			return true;
	return false;
}

static int64_t number_in(const struct ks_json *json, const char *name, int64_t usual)
{
	int64_t n;

	return ks_json_find_int(json, name, &n) ? n : usual;
}

static int receive(struct stub *stub, const struct ks_json *asked, struct ks_buf *out)
{
	int64_t now_us = stub_now_us(), most = number_in(asked, "MaxNumberOfMessages", 1);
	int64_t hidden_us = number_in(asked, "VisibilityTimeout", 30) * 1000000;
	struct ks_json *answer = ks_json_new_object(), *list = ks_json_new_array();

	for (size_t i = stub->first_left; i < stub->message_count && most > 0; i++) {
		struct stub_message *message = &stub->messages[i];
		struct ks_json *one;
		char name[32];

		if (message->is_deleted || message->hidden_until_us > now_us)
			continue;
		message->hidden_until_us = now_us + hidden_us;
		snprintf(name, sizeof(name), "%zu", i);
		one = ks_json_new_object();
		ks_json_add_text(one, "MessageId", name);
		ks_json_add_text(one, "ReceiptHandle", name);
		ks_json_add_str(one, "Body", ks_buf_str(&message->body));
		ks_json_add(list, NULL, one);
		most--;
	}
	ks_json_add(answer, "Messages", list);
	ks_json_render(answer, out);
	ks_json_free(answer);
	return 200;
}

static struct stub_message *find_message(struct stub *stub, const struct ks_json *entry)
{
	struct ks_str handle = { NULL, 0 };
	int64_t i;

	if (!ks_json_find_str(entry, "ReceiptHandle", &handle) || !ks_str_parse_int(handle, &i) || i < 0 ||
		(size_t)i >= stub->message_count)
		return NULL;
	return &stub->messages[i];
}

static void delete_message(struct stub *stub, struct stub_message *message)
{
	if (message == NULL || message->is_deleted)
		return;
	message->is_deleted = true;
	ks_buf_release(&message->body);
	stub->deleted++;
	while (stub->first_left < stub->message_count && stub->messages[stub->first_left].is_deleted)
		stub->first_left++;
}

/* One entry, or "Entries" of a batch. */
static int for_each(struct stub *stub, const struct ks_json *asked, bool deletes, struct ks_buf *out)
{
	const struct ks_json *entries = ks_json_find(asked, "Entries"), *entry = NULL;
	struct ks_json *answer = ks_json_new_object(), *done = ks_json_new_array();

	if (entries == NULL && deletes)
		delete_message(stub, find_message(stub, asked));
	while (entries != NULL && (entry = ks_json_next_element(entries, entry)) != NULL) {
		struct stub_message *message = find_message(stub, entry);
		struct ks_json *one = ks_json_new_object();
		struct ks_str id = { NULL, 0 };

		ks_json_find_str(entry, "Id", &id);
		ks_json_add_str(one, "Id", id);
		ks_json_add(done, NULL, one);
		if (deletes)
			delete_message(stub, message);
		else if (message != NULL)
			message->hidden_until_us = stub_now_us() + number_in(entry, "VisibilityTimeout", 30) * 1000000;
	}
	ks_json_add(answer, "Successful", done);
	ks_json_add(answer, "Failed", ks_json_new_array());
	ks_json_render(answer, out);
	ks_json_free(answer);
	return 200;
}

static int tell_attributes(const struct stub *stub, struct ks_buf *out)
{
	ks_buf_addf(out, "{\"Attributes\":{\"ApproximateNumberOfMessages\":\"%zu\","
		"\"ApproximateNumberOfMessagesNotVisible\":\"0\",\"VisibilityTimeout\":\"30\",\"QueueArn\":"
		"\"arn:aws:sqs:us-east-1:" STUB_ACCOUNT ":events\"}}", stub->message_count - (size_t)stub->deleted);
	return 200;
}

static int answer_queue(struct stub *stub, struct ks_str what, struct ks_str body, struct ks_buf *out)
{
	struct ks_json *asked = NULL;
	struct ks_err err = { 0 };
	int status = 400;

	if (ks_json_parse(body, &asked, &err) != 0)
		ks_buf_adds(out, "{\"__type\":\"com.amazonaws.sqs#InvalidRequest\",\"message\":\"no JSON\"}");
	else if (ks_str_is(what, "ReceiveMessage") && number_in(asked, "WaitTimeSeconds", 0) > 0 &&
		!stub_has_message(stub, stub_now_us()))
		status = 0;
	else if (ks_str_is(what, "ReceiveMessage"))
		status = receive(stub, asked, out);
	else if (ks_str_is(what, "DeleteMessage") || ks_str_is(what, "DeleteMessageBatch"))
		status = for_each(stub, asked, true, out);
	else if (ks_str_is(what, "ChangeMessageVisibility") || ks_str_is(what, "ChangeMessageVisibilityBatch"))
		status = for_each(stub, asked, false, out);
	else if (ks_str_is(what, "GetQueueAttributes"))
		status = tell_attributes(stub, out);
	else
		ks_buf_adds(out, "{\"__type\":\"com.amazonaws.sqs#UnknownOperation\",\"message\":\"\"}");
	ks_json_free(asked);
	return status;
}

/* ---- all ----------------------------------------------------------------------------------------- */

/* "Is everything fed, contained, taken from the queue?" for the bench. */
static int tell_state(const struct stub *stub, struct ks_buf *out)
{
	ks_buf_addf(out, "{\"fed\":%" PRIu64 ",\"is_over\":%s,\"feed_us\":%" PRId64 ",\"contained\":%" PRIu64
		",\"deleted\":%" PRIu64 ",\"calls\":%" PRIu64 "}", stub->fed, stub->ended_us != 0 ? "true" : "false",
		(stub->ended_us != 0 ? stub->ended_us : stub_now_us()) - stub->begun_us, stub->contained,
		stub->deleted, stub->calls);
	return 200;
}

/* A line a use: microseconds from readable to called, -1 without a call, and how many calls there were. */
static int tell_uses(const struct stub *stub, struct ks_buf *out)
{
	for (unsigned i = 0; i < stub->uses; i++) {
		const struct stub_use *use = &stub->states[i];

		ks_buf_addf(out, "%" PRId64 " %u\n", use->called_us != 0 && use->readable_us != 0 ?
			use->called_us - use->readable_us : -1, use->writes);
	}
	return 200;
}

int stub_answer(struct stub *stub, const struct stub_request *request, struct ks_buf *body)
{
	struct ks_str target = request->target;

	if (ks_str_is(request->path, "/stub/start")) {
		stub->begun_us = stub_now_us();
		return tell_state(stub, body);
	}
	if (ks_str_is(request->path, "/stub/state"))
		return tell_state(stub, body);
	if (ks_str_is(request->path, "/stub/uses"))
		return tell_uses(stub, body);
	if (ks_str_has_prefix(target, KS_STR("AmazonSQS.")))
		return answer_queue(stub, ks_str_sub(target, strlen("AmazonSQS."), target.n), request->body, body);
	return answer_query(stub, request->body, body);
}
