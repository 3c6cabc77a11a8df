/* Records as EventBridge's messages, into a queue of this machine. */
#include "lib/drill/bridge.h"

#include "lib/aws/endpoint.h"
#include "lib/aws/sqs.h"
#include "lib/base/mem.h"
#include "lib/codec/json.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define SERVICE "sqs"
#define MESSAGE_MOST (1u << 18)

struct ks_bridge {
	struct ks_settings settings;
	struct ks_client *client;
	struct ks_sqs_queue queue;
	struct ks_vec waiting;       /* size_t: numbers of records */
	size_t sent;
	struct ks_arena arena;
};

/* ---- where --------------------------------------------------------------------------------------- */

bool ks_bridge_is_near(const char *url)
{
	static const char *const near[] = { "127.0.0.1", "localhost" };
	const char *host = strstr(url, "://");

	for (size_t i = 0; host != NULL && i < sizeof(near) / sizeof(near[0]); i++) {
		const char *rest = host + 3 + strlen(near[i]);

		if (strncmp(host + 3, near[i], strlen(near[i])) != 0)
			continue;
		if (*rest == ':')
			rest += 1 + strspn(rest + 1, "0123456789");
		return *rest == '/' || *rest == '\0';
	}
	return false;
}

static int refuse(const char *url, const char *whose, struct ks_err *err)
{
	return ks_err_set(err, KS_ERR_USAGE, "a drill talks to nobody but this machine, and %s '%s' leads "
		"elsewhere: give the queue of an emulator, such as http://127.0.0.1:4566/000000000000/trail", whose,
		url);
}

/* What would be asked is what counts: an endpoint of the environment or the profile goes before the URL. */
static int find_queue(struct ks_bridge *bridge, const struct ks_ctx *ctx, const char *url,
	struct ks_str region, struct ks_err *err)
{
	const char *configured;

	if (ks_settings_load(ctx, NULL, NULL, &bridge->settings, err) != 0)
		return -1;
	configured = ks_settings_endpoint(&bridge->settings, SERVICE);
	if (configured != NULL && !ks_bridge_is_near(configured))
		return refuse(configured, "the endpoint that is configured,", err);
	if (configured == NULL && !ks_bridge_is_near(url))
		return refuse(url, "'--queue'", err);
	if (ks_sqs_parse_url(url, NULL, &bridge->arena, &bridge->queue, err) != 0)
		return -1;
	if (bridge->queue.region == NULL)
		bridge->queue.region = bridge->settings.region != NULL ? bridge->settings.region :
			ks_arena_strdup(&bridge->arena, region);
	bridge->queue.is_direct = true;
	return 0;
}

/* An emulator takes any keys; some of them take the account from the id. AWS would take none of these. */
static int make_up_keys(struct ks_bridge *bridge, struct ks_err *err)
{
	struct ks_credentials keys = { .expires_ms = KS_TIME_NONE };
	struct ks_str id = bridge->queue.account.n > 0 ? bridge->queue.account : KS_STR("exercise");
	int rc = ks_credentials_set(&keys, id, KS_STR("exercise"), KS_STR(""), KS_TIME_NONE, "drill", err);

	if (rc == 0)
		ks_client_set_credentials(bridge->client, &keys);
	ks_credentials_release(&keys);
	return rc;
}

int ks_bridge_open(const struct ks_ctx *ctx, const char *url, struct ks_str region, struct ks_bridge **out,
	struct ks_err *err)
{
	struct ks_bridge *bridge = ks_mem_alloc(sizeof(*bridge));
	struct ks_sqs_attributes attributes;
	int rc;

	*bridge = (struct ks_bridge){ .waiting = KS_VEC_OF(size_t) };
	rc = find_queue(bridge, ctx, url, region, err);
	if (rc == 0) {
		bridge->client = ks_client_new(&bridge->settings);
		rc = make_up_keys(bridge, err);
	}
	if (rc == 0)
		rc = ks_sqs_get_attributes(bridge->client, &bridge->queue, &bridge->arena, &attributes, err);
	if (rc != 0) {
		ks_bridge_close(bridge);
		return -1;
	}
	*out = bridge;
	return 0;
}

void ks_bridge_close(struct ks_bridge *bridge)
{
	if (bridge == NULL)
		return;
	ks_client_free(bridge->client);
	ks_settings_release(&bridge->settings);
	ks_vec_release(&bridge->waiting);
	ks_arena_release(&bridge->arena);
	free(bridge);
}

/* ---- messages ------------------------------------------------------------------------------------ */

static const char *detail_type(struct ks_str event_type)
{
	if (ks_str_is(event_type, "AwsConsoleSignIn"))
		return "AWS Console Sign In via CloudTrail";
	if (ks_str_is(event_type, "AwsConsoleAction"))
		return "AWS Console Action via CloudTrail";
	if (ks_str_is(event_type, "AwsServiceEvent"))
		return "AWS Service Event via CloudTrail";
	return "AWS API Call via CloudTrail";
}

/* "aws.ses" for "ses.amazonaws.com". */
static void add_source(struct ks_str event_source, struct ks_buf *out)
{
	struct ks_str label = { "", 0 };

	ks_str_next(&event_source, '.', &label);
	ks_buf_adds(out, "\"source\":\"aws.");
	ks_buf_add(out, label);
	ks_buf_adds(out, "\",");
}

void ks_bridge_add_message(const struct ks_script *script, size_t number, struct ks_buf *out)
{
	const struct ks_script_record *record = KS_VEC_AT(&script->records, struct ks_script_record, number);
	struct ks_str type = KS_STR(""), source = KS_STR(""), time = KS_STR("");
	struct ks_json *json = NULL;
	struct ks_err ignored = { 0 };
	struct ks_dice dice;

	/* Our own record: it is what record.c writes. */
	if (ks_json_parse(record->text, &json, &ignored) == 0) {
		ks_json_find_str(json, "eventType", &type);
		ks_json_find_str(json, "eventSource", &source);
		ks_json_find_str(json, "eventTime", &time);
	}
	ks_dice_init(&dice, script->order.seed + number, "bridge");
	ks_buf_adds(out, "{\"version\":\"0\",\"id\":\"");
	ks_dice_add_uuid(&dice, out);
	ks_buf_addf(out, "\",\"detail-type\":\"%s\",", detail_type(type));
	add_source(source, out);
	ks_buf_addf(out, "\"account\":\"" KS_STR_FMT "\",\"time\":\"" KS_STR_FMT "\",\"region\":\"" KS_STR_FMT
		"\",\"resources\":[],\"detail\":" KS_STR_FMT "}", KS_STR_ARG(script->account), KS_STR_ARG(time),
		KS_STR_ARG(record->region), KS_STR_ARG(record->text));
	ks_json_free(json);
}

/* ---- sending ------------------------------------------------------------------------------------- */

/* The first of those that wait, as many as one call takes; at least one. */
static size_t fill(const struct ks_bridge *bridge, const struct ks_script *script, struct ks_arena *arena,
	struct ks_sqs_entry entries[KS_SQS_BATCH])
{
	struct ks_buf text;
	size_t n = 0, bytes = 0;

	ks_buf_init(&text, MESSAGE_MOST);
	for (; n < KS_SQS_BATCH && n < bridge->waiting.n; n++) {
		ks_buf_clear(&text);
		ks_bridge_add_message(script, *KS_VEC_AT(&bridge->waiting, size_t, n), &text);
		bytes += text.n;
		if (n > 0 && bytes > KS_SQS_BATCH_BYTES)
			break;
		entries[n] = (struct ks_sqs_entry){ .body = ks_arena_copy(arena, ks_buf_str(&text)) };
	}
	ks_buf_release(&text);
	return n;
}

/* Those that failed stay, before the others; true when all of the call arrived. */
static bool settle(struct ks_bridge *bridge, const struct ks_sqs_entry *entries, size_t n)
{
	size_t *numbers = bridge->waiting.p, kept = 0;

	for (size_t i = 0; i < n; i++)
		if (entries[i].has_failed)
			numbers[kept++] = numbers[i];
	bridge->sent += n - kept;
	memmove(numbers + kept, numbers + n, (bridge->waiting.n - n) * sizeof(*numbers));
	bridge->waiting.n -= n - kept;
	return kept == 0;
}

int ks_bridge_flush(struct ks_bridge *bridge, const struct ks_script *script, struct ks_err *err)
{
	bool is_good = true;
	int rc = 0;

	while (rc == 0 && is_good && bridge->waiting.n > 0) {
		struct ks_sqs_entry entries[KS_SQS_BATCH];
		struct ks_arena arena = { 0 };
		size_t n = fill(bridge, script, &arena, entries);

		rc = ks_sqs_send(bridge->client, &bridge->queue, entries, n, err);
		if (rc == 0)
			is_good = settle(bridge, entries, n);
		ks_arena_release(&arena);
	}
	if (rc == 0 && !is_good)
		return ks_err_set(err, KS_ERR_REMOTE, "the queue did not take all messages: %zu wait",
			bridge->waiting.n);
	return rc;
}

int ks_bridge_post(struct ks_bridge *bridge, const struct ks_script *script,
	const struct ks_script_delivery *delivery, struct ks_err *err)
{
	for (size_t i = 0; i < delivery->n; i++)
		*(size_t *)ks_vec_push(&bridge->waiting) = delivery->records[i];
	return ks_bridge_flush(bridge, script, err);
}

size_t ks_bridge_waiting(const struct ks_bridge *bridge)
{
	return bridge->waiting.n;
}

size_t ks_bridge_sent(const struct ks_bridge *bridge)
{
	return bridge->sent;
}
