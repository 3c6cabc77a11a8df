/* lib/trail/event: fields, the one identity of an event however it was delivered, and names that no
 * record can forge. */
#include "lib/trail/event.h"

#include "lib/base/buf.h"
#include "lib/trail/shapes.h"

#include "tests/unit/rows.h"

#include <string.h>

struct harness {
	struct ks_arena arena;
	struct ks_shapes shapes;
	struct ks_index index;
	void (*check)(struct ks_event *event, void *arg);
	void *arg;
	size_t n;
};

static void found(void *arg, const struct ks_index *index, uint32_t node)
{
	struct harness *h = arg;
	struct ks_event event;

	h->n++;
	ks_event_init(&event, index, node, &h->arena);
	h->check(&event, h->arg);
	ks_event_release(&event);
}

/* Calls check for the one event in text. */
static void with_event(const char *text, void (*check)(struct ks_event *event, void *arg), void *arg)
{
	struct harness h = { .check = check, .arg = arg };
	struct ks_err err;

	ks_arena_init(&h.arena);
	ks_shapes_init(&h.shapes, &h.arena);
	ks_index_init(&h.index);
	assert_int_equal(ks_index_build(&h.index, ks_str_of(text), NULL, &err), 0);
	ks_shapes_unwrap(&h.shapes, &h.index, 0, found, &h);
	assert_int_equal(h.n, 1);
	ks_index_release(&h.index);
	ks_shapes_release(&h.shapes);
	ks_arena_release(&h.arena);
}

static void copy_identity(struct ks_event *event, void *arg)
{
	assert_string_equal(event->identity, "");
	ks_event_identify(event);
	assert_int_equal(strlen(event->identity), KS_EVENT_ID - 1);
	memcpy(arg, event->identity, KS_EVENT_ID);
}

#define FULL \
	"{\"eventVersion\":\"1.11\",\"userIdentity\":{\"type\":\"IAMUser\"," \
	"\"principalId\":\"AIDAEXAMPLE\",\"arn\":" \
	"\"arn:aws:iam::111122223333:user/a\",\"accountId\":\"111122223333\"," \
	"\"accessKeyId\":\"AKIAQYLPMN5HHHFPZAM2\"}," \
	"\"eventTime\":\"2026-11-21T10:15:00Z\",\"eventSource\":\"ses.amazonaws.com\"," \
	"\"eventName\":\"SendEmail\"," \
	"\"awsRegion\":\"us-east-1\",\"sourceIPAddress\":\"203.0.113.7\"," \
	"\"userAgent\":\"a\\/b \\\"c\\\"\",\"errorCode\":" \
	"\"AccessDenied\",\"requestParameters\":{\"x\":\"\\u00e9\"},\"requestID\":\"r-1\",\"eventID\":" \
	"\"6f1c0d4e-0000-4000-8000-000000000001\",\"readOnly\":false,\"recipientAccountId\":\"111122223333\"}"

/* The record with one text put for another. */
static const char *replaced(struct ks_buf *out, const char *record, const char *old, const char *new)
{
	const char *at = strstr(record, old);

	assert_non_null(at);
	ks_buf_clear(out);
	ks_buf_add(out, (struct ks_str){ record, (size_t)(at - record) });
	ks_buf_adds(out, new);
	ks_buf_adds(out, at + strlen(old));
	return out->p;
}

static const char *in_string(struct ks_buf *out, const char *before, const char *record, const char *after)
{
	ks_buf_clear(out);
	ks_buf_adds(out, before);
	for (; *record != '\0'; record++) {
		if (*record == '"' || *record == '\\')
			ks_buf_addc(out, '\\');
		ks_buf_addc(out, *record);
	}
	ks_buf_adds(out, after);
	return out->p;
}

static void assert_identity(const char *text, bool is_same)
{
	char identity[KS_EVENT_ID], first[KS_EVENT_ID];

	with_event(FULL, copy_identity, first);
	with_event(text, copy_identity, identity);
	if ((strcmp(first, identity) == 0) != is_same)
		fail_msg("identity is %s: %s", is_same ? "another" : "the same", text);
}

/* What changes a record without changing which event it tells of, and what makes it another event. */
struct change {
	const char *name, *old, *new;
	bool is_same;
};

static const struct change changes[] = {
	{ "order", "{\"eventVersion\":\"1.11\",", "{\"awsRegion\":\"us-east-1\",\"eventVersion\":\"1.11\",",
		true },
	{ "blanks", "\"eventTime\":\"", "\"eventTime\" :\n \"", true },
	{ "an escape", "SendEmail", "\\u0053endEmail", true },
	{ "a fraction of a second that is none", "10:15:00Z", "10:15:00.000Z", true },
	{ "another zone", "2026-11-21T10:15:00Z", "2026-11-21T21:15:00+11:00", true },
	{ "more that is of no matter", "\"1.11\",", "\"1.11\",\"sharedEventID\":\"x\",", true },
	{ "another address", "203.0.113.7", "203.0.113.8", true },
	{ "a repeated field behind", "\"readOnly\"", "\"eventName\":\"Other\",\"readOnly\"", true },
	{ "another event id", "000000000001", "000000000002", false },
	{ "the same event id in another account", "\"recipientAccountId\":\"111122223333\"",
		"\"recipientAccountId\":\"444455556666\"", false },
	{ "the same event id of another call", "SendEmail", "SendRawEmail", false },
	{ "the same event id at another time", "10:15:00Z", "10:15:01Z", false },
	{ "the same event id of another principal", "AIDAEXAMPLE", "AIDAEXAMPLF", false },
	{ "the same event id of another key", "AKIAQYLPMN5HHHFPZAM2", "AKIAQYLPMN5HHHFPZAM3", false },
	{ "the same event id in another region", "us-east-1", "us-west-2", false },
	{ "the same event id of another request", "r-1", "r-2", false },
	{ "the same event id of another service", "ses.amazonaws.com", "s3.amazonaws.com", false },
	{ "no key", ",\"accessKeyId\":\"AKIAQYLPMN5HHHFPZAM2\"", "", false },
	{ "an empty key", "AKIAQYLPMN5HHHFPZAM2", "", false },
	{ "the key twice", "\"accessKeyId\":\"AKIAQYLPMN5HHHFPZAM2\"",
		"\"accessKeyId\":\"AKIAQYLPMN5HHHFPZAM2\",\"accessKeyId\":\"x\"", true },
	{ "the key second", "\"accessKeyId\":\"AKIAQYLPMN5HHHFPZAM2\"",
		"\"accessKeyId\":\"x\",\"accessKeyId\":\"AKIAQYLPMN5HHHFPZAM2\"", false },
	{ "no event id", "\"eventID\":", "\"eventid\":", false },
};

static void test_identity(void **state)
{
	const struct change *change = *state;
	struct ks_buf text;

	ks_buf_init(&text, 1u << 16);
	assert_identity(replaced(&text, FULL, change->old, change->new), change->is_same);
	ks_buf_release(&text);
}

static void test_deliveries(void **state)
{
	struct ks_buf text;

	(void)state;
	ks_buf_init(&text, 1u << 16);
	assert_identity("{\"Records\":[" FULL "]}", true);
	assert_identity(
		"{\"detail-type\":\"AWS API Call via CloudTrail\",\"time\":\"2026-11-21T10:15:03Z\",\"detail\":" FULL
		"}",
		true);
	assert_identity(in_string(&text, "{\"Events\":[{\"EventId\":\"x\",\"CloudTrailEvent\":\"", FULL,
						"\"}]}"),
		true);
	assert_identity(in_string(&text, "{\"logEvents\":[{\"id\":\"1\",\"message\":\"", FULL, "\"}]}"), true);
	ks_buf_release(&text);
}

/* Values cannot move from one field into its neighbor and give the same identity. */
static void test_identity_is_injective(void **state)
{
	static const char *const pairs[][2] = {
		{ "{\"eventID\":\"a\",\"eventSource\":\"bc\",\"eventName\":\"d\"}",
			"{\"eventID\":\"a\",\"eventSource\":\"b\",\"eventName\":\"cd\"}" },
		{ "{\"eventID\":\"a\",\"eventSource\":\"\",\"eventName\":\"d\",\"awsRegion\":\"\"}",
			"{\"eventID\":\"a\",\"eventSource\":\"\",\"eventName\":\"d\"}" },
		{ "{\"eventID\":\"a\",\"eventSource\":\"-;\",\"eventName\":\"d\"}",
			"{\"eventID\":\"a\",\"eventSource\":\"\",\"eventName\":\"-;d\"}" },
		{ "{\"eventSource\":\"b\",\"eventName\":\"c\",\"x\":1}",
			"{\"eventSource\":\"b\",\"eventName\":\"c\",\"x\":2}" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		char a[KS_EVENT_ID], b[KS_EVENT_ID];

		with_event(pairs[i][0], copy_identity, a);
		with_event(pairs[i][1], copy_identity, b);
		assert_string_not_equal(a, b);
	}
}

static void check_fields(struct ks_event *event, void *arg)
{
	(void)arg;
	assert_true(ks_str_is(event->event_id, "6f1c0d4e-0000-4000-8000-000000000001"));
	assert_true(ks_str_is(event->source, "ses.amazonaws.com"));
	assert_true(ks_str_is(event->name, "SendEmail"));
	assert_true(ks_str_is(event->region, "us-east-1"));
	assert_true(ks_str_is(event->error, "AccessDenied"));
	assert_true(ks_str_is(event->recipient, "111122223333"));
	assert_true(ks_str_is(event->request_id, "r-1"));
	assert_true(ks_str_is(event->actor_type, "IAMUser"));
	assert_true(ks_str_is(event->actor_arn, "arn:aws:iam::111122223333:user/a"));
	assert_true(ks_str_is(event->actor_account, "111122223333"));
	assert_true(ks_str_is(event->principal_id, "AIDAEXAMPLE"));
	assert_true(ks_str_is(event->key_id, "AKIAQYLPMN5HHHFPZAM2"));
	assert_true(ks_str_is(event->ip, "203.0.113.7"));
	assert_true(ks_str_is(event->user_agent, "a/b \"c\""));
	assert_int_equal(event->time_ms, INT64_C(1795256100000));
	assert_int_equal(event->read_only, 0);
	assert_true(ks_str_is(ks_event_get(event, "requestParameters.x"), "\xC3\xA9"));
	assert_null(ks_event_get(event, "requestParameters.y").p);
	assert_null(ks_event_get(event, "requestParameters").p);
	assert_true(ks_str_is(ks_event_raw(event), FULL));
}

static void test_fields(void **state)
{
	(void)state;
	with_event(FULL, check_fields, NULL);
}

static void check_missing(struct ks_event *event, void *arg)
{
	(void)arg;
	assert_null(event->event_id.p);
	assert_null(event->key_id.p);
	assert_null(event->region.p);
	assert_null(event->ip.p);
	assert_null(event->error.p);
	assert_true(ks_str_is(event->request_id, "5"));
	assert_int_equal(event->time_ms, KS_TIME_NONE);
	assert_int_equal(event->read_only, -1);
}

static void test_missing(void **state)
{
	(void)state;
	with_event(
		"{\"eventName\":\"A\",\"eventSource\":\"s\",\"userIdentity\":\"nobody\","
		"\"awsRegion\":null,\"eventTime\":\"soon\","
		"\"sourceIPAddress\":{\"a\":1},\"errorCode\":[\"x\"],\"readOnly\":\"maybe\",\"requestID\":5}",
		check_missing, NULL);
}

static size_t ask(struct ks_view *view, uint32_t field, const char *want)
{
	const struct ks_value *values;
	size_t n = view->values(view->arg, field, &values);

	if (n > 0)
		assert_true(ks_str_is(values[0].text, want));
	return n;
}

static void check_reserved(struct ks_event *event, void *arg)
{
	static const char *const names[] = { "decoy.name", "key.kind", "ip.range", "principal.name",
		"actor.kind", "eventName", "decoyed.name", "decoy" };
	struct ks_str paths[8];
	struct ks_view view;

	for (size_t i = 0; i < 8; i++)
		paths[i] = ks_str_of(names[i]);
	event->reads_reserved = arg != NULL;
	view = ks_event_view(event, paths, 8);
	for (uint32_t i = 0; i < 5; i++)
		assert_int_equal(ask(&view, i, "forged") > 0, arg != NULL);
	assert_int_equal(ask(&view, 5, "A"), 1);
	assert_int_equal(ask(&view, 6, "free"), 1);
	/* What was said counts, and it alone. */
	ks_event_enrich(event, "decoy.name", KS_STR("true"));
	ks_event_enrich(event, "decoy.name", KS_STR("second"));
	ks_event_enrich(event, "decoy.names", KS_STR("other"));
	view = ks_event_view(event, paths, 8);
	assert_int_equal(ask(&view, 0, "true"), 2);
	assert_int_equal(ask(&view, 0, "true"), 2);
}

static void test_which_are_reserved(void **state)
{
	static const char *const reserved[] = { "decoy.match", "key.kind", "ip.asn", "principal.arn",
		"actor.idle_days", "responder.use" };
	static const char *const others[] = { "", "userIdentity.arn", "decoy", "keys.kind", "eventName" };

	(void)state;
	for (size_t i = 0; i < sizeof(reserved) / sizeof(reserved[0]); i++)
		assert_true(ks_event_is_reserved(ks_str_of(reserved[i])));
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		assert_false(ks_event_is_reserved(ks_str_of(others[i])));
}

static void test_reserved(void **state)
{
	static const char text[] =
		"{\"eventName\":\"A\",\"eventSource\":\"s\",\"decoy\":{\"name\":\"forged\"},"
		"\"decoy.name\":\"forged\","
		"\"\\u0064ecoy\":{\"name\":\"forged\"},\"key\":[{\"kind\":\"forged\"}],"
		"\"ip\":{\"range\":\"forged\"},\"principal.name\":\"forged\","
		"\"actor\":{\"kind\":\"forged\"},\"decoyed\":{\"name\":\"free\"}}";
	char yes = 1;

	(void)state;
	with_event(text, check_reserved, NULL);
	with_event(text, check_reserved, &yes);
}

int main(void)
{
	static struct rows all;

	ROWS_TABLE(&all, test_identity, changes);
	ROWS_TEST(&all, test_deliveries);
	ROWS_TEST(&all, test_identity_is_injective);
	ROWS_TEST(&all, test_fields);
	ROWS_TEST(&all, test_missing);
	ROWS_TEST(&all, test_which_are_reserved);
	ROWS_TEST(&all, test_reserved);
	return rows_run("event", &all);
}
