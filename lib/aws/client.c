/* Calls to AWS. */
#include "lib/aws/client.h"

#include "lib/aws/callnote.h"
#include "lib/aws/endpoint.h"
#include "lib/aws/fault.h"
#include "lib/base/limits.h"
#include "lib/base/mem.h"
#include "lib/base/pulse.h"
#include "lib/net/http.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define HEADERS_MOST 12
#define PARAMETERS_MOST 64
#define SKEW_LEAST (INT64_C(60) * 1000) /* a clock that is off by less is no reason to be refused */
#define BUDGET_FULL 500
#define BUDGET_THROTTLED 5
#define BUDGET_TRANSIENT 14
#define AFTER_MOST 20000 /* ms: however long a service asks to wait */
#define PAUSE_STEP 50 /* ms between looks at the stop flag */

struct ks_client {
	struct ks_settings *settings;
	struct ks_http_line *line;
	struct ks_credentials credentials;
	bool is_refused; /* AWS did not take the keys, the last time they were used */
	bool is_unsent; /* the last call was not carried out for sure */
	bool is_fixed; /* the keys are not of the chain */
	int64_t skew_ms; /* added to the clock */
	int64_t told_ms; /* AWS's clock less ours, by the last answer */
	char told_region[64]; /* of a bucket, by the last answer */
	int budget; /* of repeats, so that a failing service is not hammered */
	struct ks_retry retry;
	char account[16]; /* "": not known */
	const struct ks_partition *partition; /* of services without Regions; NULL: of the settings' Region */
};

/* One call on its way. */
struct call {
	struct ks_client *client;
	const struct ks_client_request *request;
	bool has_passed; /* some of the body went to the sink */
	const struct ks_operation *operation;
	struct ks_endpoint endpoint;
	struct ks_wire wire;
	const char *asked; /* "IAM GetUser": for errors */
	bool has_new_clock, has_new_keys;
	int64_t after_ms; /* what the last answer asked to wait */
	int number; /* of the attempt at hand, from 1 */
	int64_t began_ms; /* when that was sent, by the monotonic clock */
	int total_ms; /* for one attempt; 0: as http.h has it */
};

struct ks_client *ks_client_new(struct ks_settings *settings)
{
	struct ks_client *client = ks_mem_alloc(sizeof(*client));

	client->settings = settings;
	client->line = ks_http_line_new();
	client->credentials.expires_ms = KS_TIME_NONE;
	client->budget = BUDGET_FULL;
	client->retry = (struct ks_retry){ .first_ms = 100, .most_ms = 20000 };
	return client;
}

void ks_client_free(struct ks_client *client)
{
	if (client == NULL)
		return;
	ks_credentials_release(&client->credentials);
	ks_http_line_free(client->line);
	free(client);
}

void ks_client_set_credentials(struct ks_client *client, const struct ks_credentials *credentials)
{
	ks_credentials_copy(&client->credentials, credentials);
	client->is_fixed = true;
}

struct ks_client *ks_client_new_like(const struct ks_client *client, struct ks_settings *settings)
{
	struct ks_client *like = ks_client_new(settings);

	ks_credentials_copy(&like->credentials, &client->credentials);
	like->is_fixed = client->is_fixed;
	like->skew_ms = client->skew_ms;
	like->retry = client->retry;
	like->partition = client->partition;
	snprintf(like->account, sizeof(like->account), "%s", client->account);
	return like;
}

void ks_client_set_account(struct ks_client *client, struct ks_str account)
{
	snprintf(client->account, sizeof(client->account), KS_STR_FMT, KS_STR_ARG(account));
}

void ks_client_set_partition(struct ks_client *client, const struct ks_partition *partition)
{
	client->partition = partition;
}

void ks_client_set_retry(struct ks_client *client, const struct ks_retry *retry)
{
	client->retry = *retry;
}

const char *ks_client_key_id(const struct ks_client *client)
{
	return client->credentials.key_id;
}

bool ks_client_is_refused(const struct ks_client *client)
{
	return client->is_refused;
}

bool ks_client_is_unsent(const struct ks_client *client)
{
	return client->is_unsent;
}

int ks_client_renew(struct ks_client *client, struct ks_err *err)
{
	return client->is_fixed ? 0 : ks_credentials_get(client->settings, &client->credentials, err);
}

const char *ks_client_told_region(const struct ks_client *client)
{
	return client->told_region;
}

int64_t ks_client_skew(const struct ks_client *client)
{
	return client->told_ms;
}

void ks_client_release(struct ks_client_reply *reply)
{
	ks_json_free(reply->json);
	ks_arena_release(&reply->arena);
	*reply = (struct ks_client_reply){ 0 };
}

/* Where and what, from the rows. */
static int prepare(struct ks_client *client, const struct ks_client_request *request, struct ks_arena *arena,
	struct call *out, struct ks_err *err)
{
	const struct ks_service *service = ks_service_find(request->service);
	const struct ks_operation *operation = ks_operation_find(request->service, request->operation);
	const char *region = request->region != NULL ? request->region : client->settings->region;
	const struct ks_partition *partition = request->partition;

	if (service == NULL || operation == NULL)
		return ks_err_set(err, KS_ERR_UNSUPPORTED, "there is no row for %s %s", request->service,
			request->operation);
	if (partition == NULL && request->region == NULL && service->is_global)
		partition = client->partition;
	if (partition == NULL)
		partition =
			region != NULL ? ks_partition_of_region(ks_str_of(region)) : ks_partition_find(KS_STR("aws"));
	if (region == NULL && service->is_global)
		region = partition->iam_region;
	if (region == NULL || partition == NULL)
		return ks_err_set(err, KS_ERR_CONFIG, "no region to ask %s in: set AWS_REGION", service->title);
	*out = (struct call){ .client = client, .request = request, .operation = operation };
	out->asked = ks_arena_printf(arena, "%s %s%s%s", service->title, operation->name,
		service->is_global ? "" : " in ", service->is_global ? "" : region);
	ks_wire_build(&(struct ks_wire_call){ operation, partition, ks_str_of(region), request->parameters,
					  request->parameter_count },
		arena, &out->wire);
	out->total_ms = request->total_ms;
	if (ks_endpoint_find(client->settings, service, partition, ks_str_of(region), arena, &out->endpoint,
			err) != 0)
		return -1;
	if (request->origin != NULL && !out->endpoint.is_custom)
		return ks_endpoint_move(&out->endpoint, request->origin, arena, err);
	if (out->wire.bucket != NULL && ks_endpoint_take_bucket(&out->endpoint, out->wire.bucket, arena)) {
		out->wire.path += 1 + strlen(out->wire.bucket);
		out->wire.path = out->wire.path[0] != '\0' ? out->wire.path : "/";
	}
	return 0;
}

static int find_keys(const struct call *call, struct ks_err *err)
{
	struct ks_client *client = call->client;

	if (client->is_fixed || call->operation->is_unsigned)
		return 0;
	return ks_credentials_get(client->settings, &client->credentials, err);
}

/* The headers of one attempt, the signature among them. Strings live in the arena or in result. */
static int sign(const struct call *call, struct ks_arena *arena, struct ks_sigv4 *result,
	struct ks_http_header *headers, size_t *out_count, struct ks_err *err)
{
	const struct ks_client *client = call->client;
	const struct ks_wire *wire = &call->wire;
	struct ks_sigv4_keys keys = ks_credentials_keys(&client->credentials);
	struct ks_sigv4_header given[HEADERS_MOST];
	size_t n = 0;
	struct ks_sigv4_request request = {
		.method = ks_str_of(wire->method),
		.query = ks_str_of(wire->query),
		.headers = given,
		.path = ks_str_of(ks_arena_printf(arena, "%s%s", call->endpoint.path, wire->path)),
		.body = wire->body,
		.service = ks_str_of(wire->signing_name),
		.region = ks_str_of(call->endpoint.signing_region),
		.time_ms = ks_ctx_now(client->settings->ctx) + client->skew_ms,
	};

	headers[n++] = (struct ks_http_header){ "Host", call->endpoint.host };
	if (wire->content_type != NULL)
		headers[n++] = (struct ks_http_header){ "Content-Type", wire->content_type };
	if (wire->target != NULL)
		headers[n++] = (struct ks_http_header){ "X-Amz-Target", wire->target };
	for (size_t i = 0; i < wire->header_count; i++)
		headers[n++] = (struct ks_http_header){ wire->headers[i].name, wire->headers[i].value };
	for (size_t i = 0; i < n; i++)
		given[i] = (struct ks_sigv4_header){ ks_str_of(headers[i].name), ks_str_of(headers[i].value) };
	request.header_count = n;
	request.is_path_raw = request.has_payload_header = ks_sigv4_has_s3_rules(request.service);
	headers[n++] = (struct ks_http_header){ "User-Agent", KS_CLIENT_AGENT };
	*out_count = n;
	if (call->operation->is_unsigned)
		return 0;
	if (ks_sigv4_sign(&request, &keys, result, err) != 0)
		return -1;
	headers[n++] = (struct ks_http_header){ "X-Amz-Date", result->date.p };
	if (keys.token.n > 0)
		headers[n++] = (struct ks_http_header){ "X-Amz-Security-Token", keys.token.p };
	if (request.has_payload_header)
		headers[n++] = (struct ks_http_header){ "X-Amz-Content-Sha256", result->payload_hash.p };
	headers[n++] = (struct ks_http_header){ "Authorization", result->authorization.p };
	*out_count = n;
	return 0;
}

/* A wrong clock: the difference to the server's is kept for this call and all that follow. */
static void correct_clock(struct call *call, const struct ks_http_reply *reply)
{
	const struct ks_ctx *ctx = call->client->settings->ctx;
	int64_t theirs, skew;

	if (!ks_http_date(reply, &theirs))
		return;
	skew = theirs - ks_ctx_now(ctx);
	if (skew - call->client->skew_ms < SKEW_LEAST && call->client->skew_ms - skew < SKEW_LEAST)
		return;
	ks_log_write(&ctx->log, KS_LOG_WARNING, "the clock is off by %lld s; requests are signed for AWS's time",
		(long long)(-skew / 1000));
	call->client->skew_ms = skew;
	call->has_new_clock = true;
}

/* What a throttling answer asks to wait: milliseconds in AWS's header, seconds in HTTP's. */
static int64_t asked_wait(const struct ks_http_reply *reply)
{
	int64_t wait = 0, seconds;

	if (!ks_str_parse_int(ks_http_header(reply, "x-amz-retry-after"), &wait) &&
		ks_str_parse_int(ks_http_header(reply, "Retry-After"), &seconds) && seconds < AFTER_MOST)
		wait = seconds * 1000;
	return wait < 0 ? 0 : wait > AFTER_MOST ? AFTER_MOST : wait;
}

/* A bucket elsewhere: a header says where, or the answer. */
static void take_region(struct ks_client *client, const struct ks_http_reply *reply)
{
	struct ks_str region = ks_http_header(reply, "x-amz-bucket-region"), body = ks_buf_str(&reply->body);
	ptrdiff_t at = region.n == 0 ? ks_str_find(body, KS_STR("<Region>")) : -1;

	if (at >= 0) {
		body = ks_str_sub(body, (size_t)at + strlen("<Region>"), body.n);
		ks_str_next(&body, '<', &region);
	}
	snprintf(client->told_region, sizeof(client->told_region), KS_STR_FMT, KS_STR_ARG(region));
}

static int pass_on(void *arg, const struct ks_http_reply *reply, struct ks_str bytes, struct ks_err *err)
{
	struct call *call = arg;

	call->has_passed = true;
	return call->request->sink(call->request->sink_arg, reply, bytes, err);
}

static int64_t steady_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* The id of an answer by its head; empty when it has none. */
static struct ks_str find_request_id(const struct ks_http_reply *reply)
{
	static const char *const heads[] = { "x-amzn-requestid", "x-amz-request-id" };
	struct ks_str id = { NULL, 0 };

	for (size_t i = 0; id.n == 0 && i < sizeof(heads) / sizeof(heads[0]); i++)
		id = ks_http_header(reply, heads[i]);
	return id;
}

/* Every attempt is noted, without its headers and its body. */
static void note_attempt(const struct call *call, const struct ks_http_reply *reply,
	const struct ks_err *err)
{
	const struct ks_ctx *ctx = call->client->settings->ctx;
	const struct ks_callnote note = { .service = call->operation->service,
		.operation = call->operation->name, .region = call->endpoint.signing_region,
		.account = call->client->account, .attempt = call->number, .status = reply->status,
			.request_id = find_request_id(reply),
		.took_ms = steady_now() - call->began_ms };

	ks_callnote_add(ctx, &note, err);
	ks_pulse_beat(ctx->pulse);
}

static void tell(const struct call *call, struct ks_str request_id)
{
	const struct ks_client *client = call->client;
	const struct ks_settings_witness *witness = client->settings->witness;

	if (request_id.n > 0)
		witness->called(witness->arg, &(struct ks_settings_call){ .request_id = request_id,
			.key_id = ks_str_of(call->operation->is_unsigned ? "" : client->credentials.key_id),
			.service = call->operation->service, .operation = call->operation->name,
			.time_ms = ks_ctx_now(client->settings->ctx) });
}

/* The id of an answer stands in its head, in its body, or in both; where they differ, the trail may have
 * either. */
static void tell_witness(const struct call *call, const struct ks_http_reply *reply)
{
	struct ks_str body = ks_buf_str(&reply->body), head, id;
	ptrdiff_t from, n;

	if (call->client->settings->witness == NULL)
		return;
	head = find_request_id(reply);
	tell(call, head);
	from = ks_str_find(body, KS_STR("<RequestId>"));
	if (from < 0)
		return;
	id = ks_str_sub(body, (size_t)from + strlen("<RequestId>"), body.n);
	n = ks_str_find(id, KS_STR("<"));
	id = ks_str_trim(ks_str_sub(id, 0, n > 0 ? (size_t)n : 0));
	if (!ks_str_is_equal(id, head))
		tell(call, id);
}

static int attempt(struct call *call, struct ks_http_reply *out, struct ks_err *err)
{
	const struct ks_settings *settings = call->client->settings;
	struct ks_http_header headers[HEADERS_MOST];
	struct ks_sigv4 result = { 0 };
	struct ks_http_reply reply = { 0 };
	struct ks_arena arena;
	int64_t theirs;
	size_t count = 0;
	int rc = -1;

	ks_arena_init(&arena);
	call->after_ms = 0;
	call->client->is_unsent = true;
	if (find_keys(call, err) != 0 || sign(call, &arena, &result, headers, &count, err) != 0)
		goto out;
	struct ks_http_request request = {
		.method = call->wire.method,
		.headers = headers,
		.header_count = count,
		.url = ks_arena_printf(&arena, "%s%s%s%s%s", call->endpoint.origin, call->endpoint.path,
			call->wire.path, call->wire.query[0] != '\0' ? "?" : "", call->wire.query),
		.body = call->wire.body.n > 0 ? call->wire.body : (struct ks_str){ NULL, 0 },
		.reply_max = KS_LIMIT_AWS_REPLY,
		.total_ms = call->total_ms,
		.ca_file = settings->ca_bundle,
		.is_direct = call->request->is_direct,
		.stop = settings->ctx->stop,
		.line = call->client->line,
		.is_once = !call->operation->is_read,
		.sink = call->request->sink != NULL ? pass_on : NULL,
		.sink_arg = call,
		.is_unsent = &call->client->is_unsent,
	};
	call->client->is_unsent = false;
	call->began_ms = steady_now();
	if (ks_http_send(&request, &reply, err) != 0) {
		note_attempt(call, &(struct ks_http_reply){ .status = 0 }, err);
		ks_err_wrap(err, "%s", call->asked);
		goto out;
	}
	tell_witness(call, &reply);
	if (call->wire.bucket != NULL)
		take_region(call->client, &reply);
	if (ks_http_date(&reply, &theirs))
		call->client->told_ms = theirs - ks_ctx_now(settings->ctx);
	if (reply.status < 200 || reply.status > 299) {
		ks_fault_set(err, &reply, call->asked);
		call->client->is_unsent = reply.status >= 400 && reply.status <= 499 && reply.status != 408 &&
			!ks_fault_is_unknown(err);
		note_attempt(call, &reply, err);
		call->after_ms = asked_wait(&reply);
		if (ks_fault_is_skew(err) && !call->has_new_clock)
			correct_clock(call, &reply);
		goto out;
	}
	note_attempt(call, &reply, NULL);
	*out = reply;
	reply = (struct ks_http_reply){ 0 };
	rc = 0;
out:
	ks_http_release(&reply);
	ks_sigv4_release(&result);
	ks_arena_release(&arena);
	return rc;
}

/* -1 when the program is to stop. */
static int pause_for(const struct ks_ctx *ctx, int64_t ms)
{
	while (ms > 0 && !ks_ctx_is_stopping(ctx)) {
		int64_t step = ms < PAUSE_STEP ? ms : PAUSE_STEP;
		struct timespec t = { .tv_sec = step / 1000, .tv_nsec = (step % 1000) * 1000000 };

		ks_pulse_beat(ctx->pulse);
		nanosleep(&t, NULL);
		ms -= step;
	}
	return ks_ctx_is_stopping(ctx) ? -1 : 0;
}

/* A refusal that something on our side may have cured, once each. The request was not carried out. */
static bool is_cured(struct call *call, const struct ks_err *err)
{
	struct ks_client *client = call->client;

	if (ks_fault_is_skew(err) && call->has_new_clock) {
		call->has_new_clock = false;
		return true;
	}
	if (ks_fault_is_expired(err) && !client->is_fixed && !call->has_new_keys) {
		call->has_new_keys = true;
		ks_credentials_release(&client->credentials);
		return true;
	}
	return false;
}

static bool may_repeat(struct call *call, const struct ks_err *err, int number, struct ks_err *out_err)
{
	struct ks_client *client = call->client;
	bool is_throttled = ks_fault_is_throttling(err);
	int cost = is_throttled ? BUDGET_THROTTLED : BUDGET_TRANSIENT;
	struct ks_retry retry = client->retry;
	uint64_t random = 0;

	if (number >= client->settings->max_attempts || client->budget < cost || call->has_passed)
		return false;
	if (!is_throttled && !(call->operation->is_read && ks_fault_is_transient(err)))
		return false;
	if (is_throttled)
		retry.first_ms = retry.first_ms * 10 < retry.most_ms ? retry.first_ms * 10 : retry.most_ms;
	if (ks_ctx_random(client->settings->ctx, &random, sizeof(random), out_err) != 0)
		return false;
	client->budget -= cost;
	return pause_for(client->settings->ctx,
			   ks_retry_wait(&retry, (unsigned)number, random, call->after_ms)) == 0;
}

/* The body of a 2xx. What is not in the style of the service is an error: it came from something else. */
static int read_body(const struct call *call, const struct ks_http_reply *http, struct ks_client_reply *out,
	struct ks_err *err)
{
	struct ks_str body = ks_str_trim(ks_buf_str(&http->body)), id;

	if (call->operation->style == KS_OPERATION_QUERY) {
		if (ks_xml_parse(body, &out->arena, &out->xml, err) != 0)
			return -1;
		if (!ks_str_has_prefix(out->xml->name, ks_str_of(call->operation->name)))
			return ks_err_set(err, KS_ERR_PARSE, "the answer is a '" KS_STR_FMT "'",
				KS_STR_ARG(out->xml->name));
		id = ks_xml_text(out->xml, "ResponseMetadata/RequestId");
		if (ks_xml_find(out->xml, ks_arena_printf(&out->arena, "%sResult", call->operation->name)) != NULL)
			out->xml =
				ks_xml_find(out->xml, ks_arena_printf(&out->arena, "%sResult", call->operation->name));
	} else if (call->operation->style == KS_OPERATION_REST_XML) {
		if (body.n > 0 && ks_xml_parse(body, &out->arena, &out->xml, err) != 0)
			return -1;
		id = find_request_id(http);
	} else {
		if (body.n > 0 && ks_json_parse(body, &out->json, err) != 0)
			return -1;
		if (out->json != NULL && !ks_json_is_object(out->json))
			return ks_err_set(err, KS_ERR_PARSE, "the answer is no JSON object");
		id = find_request_id(http);
	}
	out->request_id = ks_arena_copy(&out->arena, id.p != NULL ? id : KS_STR(""));
	return 0;
}

int ks_client_call(struct ks_client *client, const struct ks_client_request *request,
	struct ks_client_reply *out, struct ks_err *err)
{
	struct ks_client_reply reply = { 0 };
	struct ks_http_reply http = { 0 };
	struct ks_err why = { 0 };
	struct ks_arena arena;
	struct call call;
	int number = 1, rc = -1;

	ks_arena_init(&arena);
	ks_arena_init(&reply.arena);
	if (prepare(client, request, &arena, &call, err) != 0)
		goto out;
	call.number = number;
	client->is_refused = false;
	while (attempt(&call, &http, &why) != 0) {
		client->is_refused = why.code == KS_ERR_AUTH;
		if (!is_cured(&call, &why) && !may_repeat(&call, &why, number, &why)) {
			*err = why;
			goto out;
		}
		call.number = ++number;
		why = (struct ks_err){ 0 };
	}
	if (client->budget < BUDGET_FULL)
		client->budget++;
	if (read_body(&call, &http, &reply, err) != 0) {
		ks_err_wrap(err, "%s", call.asked);
		err->http_status = http.status;
		goto out;
	}
	reply.attempts = number;
	*out = reply;
	rc = 0;
out:
	if (rc != 0)
		ks_client_release(&reply);
	ks_http_release(&http);
	ks_arena_release(&arena);
	return rc;
}

void ks_client_wipe(struct ks_str secret)
{
	/* Replies are borrowed for reading; their bytes are ours all the same. */
	if (secret.n > 0)
		explicit_bzero((char *)(uintptr_t)secret.p, secret.n);
}

bool ks_client_has_more(const struct ks_client_reply *reply, struct ks_str *out_token)
{
	struct ks_str token = { NULL, 0 };

	if (reply->json != NULL)
		ks_json_find_str(reply->json, "NextToken", &token);
	else if (ks_str_is(ks_xml_text(reply->xml, "IsTruncated"), "true"))
		token = ks_xml_text(reply->xml, "Marker");
	else
		token = ks_xml_text(reply->xml, "NextToken");
	if (token.n > 0)
		*out_token = token;
	return token.n > 0;
}

int ks_client_pages(struct ks_client *client, const struct ks_client_request *request,
	const char *token_name, int (*each)(void *arg, const struct ks_client_reply *page, struct ks_err *err),
	void *arg, struct ks_err *err)
{
	struct ks_wire_parameter parameters[PARAMETERS_MOST];
	struct ks_client_request next = *request;
	struct ks_client_reply page = { 0 };
	struct ks_arena arena;
	int rc = 0;

	if (request->parameter_count >= PARAMETERS_MOST)
		return ks_err_set(err, KS_ERR_LIMIT, "too many parameters");
	ks_arena_init(&arena);
	for (size_t i = 0; i < request->parameter_count; i++)
		parameters[i] = request->parameters[i];
	next.parameters = parameters;
	for (unsigned number = 0; rc == 0; number++) {
		struct ks_str token = { NULL, 0 }, *before = &parameters[request->parameter_count].value;

		rc = ks_client_call(client, &next, &page, err);
		if (rc == 0)
			rc = each(arg, &page, err);
		if (rc != 0 || !ks_client_has_more(&page, &token))
			break;
		if (number == KS_LIMIT_PAGES || (number > 0 && ks_str_is_equal(token, *before)))
			rc = ks_err_set(err, KS_ERR_PARSE, "%s: the list does not end", request->operation);
		parameters[request->parameter_count] =
			(struct ks_wire_parameter){ token_name, ks_arena_copy(&arena, token), false };
		next.parameter_count = request->parameter_count + 1;
		ks_client_release(&page);
	}
	ks_client_release(&page);
	ks_arena_release(&arena);
	return rc;
}
