/* Calls of SQS. */
#include "lib/aws/sqs.h"

#include "lib/aws/arn.h"
#include "lib/base/time.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define SLACK_MS 10000               /* that an answer may take beyond what it was asked to wait */

/* ---- where ---- */

static bool is_local(struct ks_str host)
{
	struct ks_str rest = host, name;

	ks_str_next(&rest, ':', &name);
	return ks_str_is(name, "127.0.0.1") || ks_str_is(name, "localhost");
}

/* No port, or a number. */
static bool has_good_port(struct ks_str host)
{
	struct ks_str rest = host, part;
	int64_t port;

	ks_str_next(&rest, ':', &part);
	if (part.n == host.n)
		return true;
	return ks_str_parse_int(rest, &port) && port > 0 && port <= UINT16_MAX;
}

/* Whether the environment sends requests elsewhere, whatever the host. */
static bool has_endpoint(const struct ks_ctx *ctx)
{
	return ctx == NULL || ks_ctx_env(ctx, "AWS_ENDPOINT_URL") != NULL ||
		ks_ctx_env(ctx, "AWS_ENDPOINT_URL_SQS") != NULL;
}

/* region: what the host says, or NULL. */
static bool is_of_aws(struct ks_str host, const char *region)
{
	static const char *const domains[] = { ".amazonaws.com", ".amazonaws.com.cn", ".api.aws",
		".api.amazonwebservices.com.cn" };

	for (size_t i = 0; region != NULL && i < sizeof(domains) / sizeof(domains[0]); i++)
		if (ks_str_has_suffix(host, ks_str_of(domains[i])))
			return true;
	return false;
}

/* sqs.eu-west-1.amazonaws.com, eu-west-1.queue.amazonaws.com, vpce-0a-1b.sqs.eu-west-1.vpce.amazonaws.com;
 * queue.amazonaws.com is the oldest Region. */
static const char *region_of(struct ks_str host, struct ks_arena *arena)
{
	struct ks_str rest = host, label;
	bool has_sqs = false;

	if (ks_str_is(host, "queue.amazonaws.com"))
		return "us-east-1";
	while (ks_str_next(&rest, '.', &label)) {
		bool is_next = has_sqs || ks_str_has_prefix(rest, KS_STR("queue."));

		if (is_next && ks_partition_of_region(label) != NULL)
			return ks_arena_strdup(arena, label);
		has_sqs = ks_str_is(label, "sqs") || ks_str_is(label, "sqs-fips");
	}
	return NULL;
}

static bool has_odd_bytes(struct ks_str text)
{
	for (size_t i = 0; i < text.n; i++)
		if (text.p[i] <= ' ' || text.p[i] >= 0x7F || strchr("?#@\\\"<>", text.p[i]) != NULL)
			return true;
	return false;
}

static int refuse_url(const char *url, struct ks_err *err)
{
	return ks_err_set(err, KS_ERR_USAGE, "'sqs:%s' names no queue: give it as "
		"sqs:https://sqs.REGION.amazonaws.com/ACCOUNT/NAME; elsewhere queues are only where "
		"AWS_ENDPOINT_URL is set", url);
}

int ks_sqs_parse_url(const char *url, const struct ks_ctx *ctx, struct ks_arena *arena,
	struct ks_sqs_queue *out, struct ks_err *err)
{
	struct ks_str text = ks_str_of(url), rest, host, part, path;
	bool is_tls = ks_str_has_prefix(text, KS_STR("https://"));
	size_t scheme = is_tls ? strlen("https://") : strlen("http://");
	struct ks_sqs_queue queue = { .account = { NULL, 0 } };

	if ((!is_tls && !ks_str_has_prefix(text, KS_STR("http://"))) || has_odd_bytes(text))
		return refuse_url(url, err);
	rest = ks_str_sub(text, scheme, text.n);
	ks_str_next(&rest, '/', &host);
	if (!is_tls && !is_local(host))
		return ks_err_set(err, KS_ERR_USAGE, "the queue of 'sqs:%s' is asked by https only", url);
	path = rest;
	while (ks_str_next(&rest, '/', &part)) {
		if (ks_arn_is_account(part))
			queue.account = ks_arena_copy(arena, part);
		queue.name = part;
	}
	queue.region = region_of(host, arena);
	if (host.n == 0 || !has_good_port(host) || queue.name.n == 0 ||
		ks_str_is_equal(queue.name, queue.account))
		return refuse_url(url, err);
	if (!is_local(host) && !has_endpoint(ctx) &&
		(!is_of_aws(host, queue.region) || path.n != queue.account.n + 1 + queue.name.n ||
			queue.account.n == 0))
		return refuse_url(url, err);
	queue.name = ks_arena_copy(arena, queue.name);
	queue.url = ks_arena_strdup(arena, text);
	queue.origin = ks_arena_strdup(arena, ks_str_sub(text, 0, scheme + host.n));
	*out = queue;
	return 0;
}

/* ---- calls ---- */

static struct ks_client_request request_of(const struct ks_sqs_queue *queue, const char *operation,
	const struct ks_wire_parameter *parameters, size_t n)
{
	return (struct ks_client_request){ .service = "sqs", .operation = operation, .region = queue->region,
		.parameters = parameters, .parameter_count = n, .origin = queue->origin,
		.is_direct = queue->is_direct };
}

static struct ks_wire_parameter number(const char *name, int64_t value, struct ks_arena *arena)
{
	return (struct ks_wire_parameter){ name, ks_str_of(ks_arena_printf(arena, "%lld", (long long)value)),
		true };
}

/* A number that AWS writes as a string. */
static int64_t find_number(const struct ks_json *object, const char *name, int64_t fallback)
{
	struct ks_str text;
	int64_t value;

	return ks_json_find_str(object, name, &text) && ks_str_parse_int(text, &value) && value >= 0 ? value :
		fallback;
}

static struct ks_str copy_of(const struct ks_json *object, const char *name, struct ks_arena *arena)
{
	struct ks_str text = { NULL, 0 };

	ks_json_find_str(object, name, &text);
	return ks_arena_copy(arena, text.p != NULL ? text : KS_STR(""));
}

static int read_message(const struct ks_json *json, struct ks_arena *arena, struct ks_sqs_message *out,
	struct ks_err *err)
{
	const struct ks_json *attributes = ks_json_find(json, "Attributes");

	*out = (struct ks_sqs_message){ .id = copy_of(json, "MessageId", arena),
		.receipt = copy_of(json, "ReceiptHandle", arena),
		.body = copy_of(json, "Body", arena),
		.sender = copy_of(attributes, "SenderId", arena),
		.sent_ms = find_number(attributes, "SentTimestamp", KS_TIME_NONE),
		.receives = find_number(attributes, "ApproximateReceiveCount", 1) };
	if (out->receives < 1)
		out->receives = 1;
	if (out->id.n == 0 || out->receipt.n == 0)
		return ks_err_set(err, KS_ERR_PARSE, "SQS ReceiveMessage: a message has no id or no receipt");
	return 0;
}

int ks_sqs_receive(struct ks_client *client, const struct ks_sqs_queue *queue,
	const struct ks_sqs_wish *wish,
	struct ks_arena *arena, struct ks_vec *out, struct ks_err *err)
{
	struct ks_wire_parameter parameters[5];
	struct ks_client_request request = request_of(queue, "ReceiveMessage", parameters, 0);
	struct ks_client_reply reply;
	const struct ks_json *list, *at = NULL;
	size_t n = 0, before = out->n;
	int rc = 0;

	parameters[n++] = (struct ks_wire_parameter){ "QueueUrl", ks_str_of(queue->url), false };
	parameters[n++] = number("MaxNumberOfMessages", wish->most, arena);
	parameters[n++] = number("WaitTimeSeconds", wish->wait_s, arena);
	parameters[n++] = (struct ks_wire_parameter){ "AttributeNames",
		KS_STR("[\"ApproximateReceiveCount\",\"SentTimestamp\",\"SenderId\"]"), true };
	if (wish->visibility_s > 0)
		parameters[n++] = number("VisibilityTimeout", wish->visibility_s, arena);
	request.parameter_count = n;
	request.total_ms = (int)wish->wait_s * 1000 + SLACK_MS;
	if (ks_client_call(client, &request, &reply, err) != 0)
		return -1;
	list = ks_json_find(reply.json, "Messages");
	while (rc == 0 && (at = ks_json_next_element(list, at)) != NULL) {
		struct ks_sqs_message message;

		rc = read_message(at, arena, &message, err);
		if (rc == 0)
			*(struct ks_sqs_message *)ks_vec_push(out) = message;
	}
	if (rc != 0)
		out->n = before;
	ks_client_release(&reply);
	return rc;
}

/* ---- batches ---- */

static struct ks_str entries_text(const struct ks_sqs_entry *entries, size_t n, const char *operation,
	struct ks_arena *arena)
{
	bool with_visibility = strcmp(operation, "ChangeMessageVisibilityBatch") == 0;
	bool is_sent = strcmp(operation, "SendMessageBatch") == 0;
	struct ks_json *list = ks_json_new_array();
	struct ks_buf text;
	struct ks_str copy;

	for (size_t i = 0; i < n; i++) {
		struct ks_json *entry = ks_json_new_object();
		char id[24];

		snprintf(id, sizeof(id), "%zu", i);
		ks_json_add_text(entry, "Id", id);
		ks_json_add_str(entry, is_sent ? "MessageBody" : "ReceiptHandle",
			is_sent ? entries[i].body : entries[i].receipt);
		if (with_visibility)
			ks_json_add_int(entry, "VisibilityTimeout", entries[i].visibility_s);
		ks_json_add(list, NULL, entry);
	}
	ks_buf_init(&text, SIZE_MAX / 2);
	ks_json_render(list, &text);
	copy = ks_arena_copy(arena, ks_buf_str(&text));
	ks_buf_release(&text);
	ks_json_free(list);
	return copy;
}

/* Which entry an element of the answer is about; NULL: none of ours. */
static struct ks_sqs_entry *entry_of(const struct ks_json *element, struct ks_sqs_entry *entries, size_t n)
{
	struct ks_str id;
	int64_t at;

	if (!ks_json_find_str(element, "Id", &id) || !ks_str_parse_int(id, &at) || at < 0 || (uint64_t)at >= n)
		return NULL;
	return &entries[at];
}

static int send_batch(struct ks_client *client, const struct ks_sqs_queue *queue, const char *operation,
	struct ks_sqs_entry *entries, size_t n, struct ks_err *err)
{
	struct ks_arena arena = { NULL };
	struct ks_wire_parameter parameters[2] = {
		{ "QueueUrl", ks_str_of(queue->url), false },
		{ "Entries", entries_text(entries, n, operation, &arena), true },
	};
	struct ks_client_request request = request_of(queue, operation, parameters, 2);
	const struct ks_json *at = NULL, *list;
	struct ks_client_reply reply;
	struct ks_sqs_entry *entry;
	int rc;

	request.total_ms = SLACK_MS;
	rc = ks_client_call(client, &request, &reply, err);
	ks_arena_release(&arena);
	if (rc != 0)
		return -1;
	/* What the answer does not speak of did not work. */
	for (size_t i = 0; i < n; i++) {
		entries[i].has_failed = true;
		entries[i].is_over = false;
	}
	list = ks_json_find(reply.json, "Successful");
	while ((at = ks_json_next_element(list, at)) != NULL)
		if ((entry = entry_of(at, entries, n)) != NULL)
			entry->has_failed = false;
	list = ks_json_find(reply.json, "Failed");
	while ((at = ks_json_next_element(list, at)) != NULL)
		if ((entry = entry_of(at, entries, n)) != NULL) {
			bool is_ours = false;

			ks_json_find_bool(at, "SenderFault", &is_ours);
			entry->has_failed = true;
			entry->is_over = is_ours;
		}
	ks_client_release(&reply);
	return 0;
}

int ks_sqs_delete(struct ks_client *client, const struct ks_sqs_queue *queue, struct ks_sqs_entry *entries,
	size_t n, struct ks_err *err)
{
	return send_batch(client, queue, "DeleteMessageBatch", entries, n, err);
}

int ks_sqs_extend(struct ks_client *client, const struct ks_sqs_queue *queue, struct ks_sqs_entry *entries,
	size_t n, struct ks_err *err)
{
	return send_batch(client, queue, "ChangeMessageVisibilityBatch", entries, n, err);
}

int ks_sqs_send(struct ks_client *client, const struct ks_sqs_queue *queue, struct ks_sqs_entry *entries,
	size_t n, struct ks_err *err)
{
	return send_batch(client, queue, "SendMessageBatch", entries, n, err);
}

/* ---- attributes ---- */

int ks_sqs_get_attributes(struct ks_client *client, const struct ks_sqs_queue *queue, struct ks_arena *arena,
	struct ks_sqs_attributes *out, struct ks_err *err)
{
	const struct ks_wire_parameter parameters[] = {
		{ "QueueUrl", ks_str_of(queue->url), false },
		{ "AttributeNames", KS_STR("[\"All\"]"), true },
	};
	struct ks_client_request request = request_of(queue, "GetQueueAttributes", parameters, 2);
	const struct ks_json *attributes;
	struct ks_client_reply reply;
	struct ks_str redrive;

	request.total_ms = SLACK_MS;
	if (ks_client_call(client, &request, &reply, err) != 0)
		return -1;
	attributes = ks_json_find(reply.json, "Attributes");
	*out = (struct ks_sqs_attributes){
		.waiting = find_number(attributes, "ApproximateNumberOfMessages", -1),
		.visibility_s = find_number(attributes, "VisibilityTimeout", -1),
		.arn = copy_of(attributes, "QueueArn", arena),
		.policy = copy_of(attributes, "Policy", arena),
		.has_dead_letters = ks_json_find_str(attributes, "RedrivePolicy", &redrive) && redrive.n > 0,
	};
	ks_client_release(&reply);
	return 0;
}
