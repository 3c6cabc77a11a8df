/* The identity and the JSON form of findings. */
#include "lib/incident/finding.h"

#include "tests/unit/engine.h"

static const struct ks_str tags[] = { { "attack.discovery", 16 }, { "attack.t1526", 12 } };
static const struct ks_rule rule = { .title = { "A \"rule\"", 8 },
	.id = { "11111111-1111-4111-8111-111111111111", 36 },
	.level = KS_LEVEL_HIGH,
	.tags = { tags, 2 } };

static const char record[] =
	"{\"eventID\":\"e-1\",\"eventTime\":\"2026-11-21T10:15:00Z\",\"eventSource\":"
	"\"ses.amazonaws.com\",\"eventName\":\"GetSendQuota\",\"awsRegion\":\"us-east-1\","
	"\"errorCode\":\"AccessDenied\","
	"\"readOnly\":\"true\",\"sourceIPAddress\":\"192.0.2.1\",\"userAgent\":\"a\\u0000\\u001b[31m\\ud800\","
	"\"userIdentity\":{\"type\":\"IAMUser\",\"arn\":\"arn:x\",\"accountId\":\"111122223333\","
	"\"accessKeyId\":\"" DECOY
	"\"}}";

static void renders(void **state)
{
	struct ks_finding finding = { .rule = &rule,
		.key_kind = "long-term",
		.decoy_name = "web",
		.source = "a.json",
		.offset = 12345 };
	struct ks_json *json;
	struct engine_event e;
	struct ks_buf out;

	(void)state;
	engine_event_init(&e, record);
	finding.event = &e.event;
	json = ks_finding_to_json(&finding);
	ks_buf_init(&out, 10000);
	ks_json_render(json, &out);
	/* The id is a hash: its place is checked here, its value below. */
	assert_int_equal(strncmp(out.p, "{\"v\":1,\"id\":\"", 13), 0);
	assert_string_equal(out.p + 13 + 32,
		"\",\"rule\":{\"id\":\"11111111-1111-4111-8111-111111111111\",\"title\":\"A \\\"rule\\\"\","
		"\"level\":\"high\","
		"\"tags\":[\"attack.discovery\",\"attack.t1526\"]},\"time\":\"2026-11-21T10:15:00Z\","
		"\"event\":{\"id\":\"e-1\","
		"\"source\":\"ses.amazonaws.com\",\"name\":\"GetSendQuota\",\"region\":\"us-east-1\","
		"\"error\":\"AccessDenied\","
		"\"read_only\":true},\"actor\":{\"type\":\"IAMUser\",\"arn\":\"arn:x\","
		"\"account\":\"111122223333\",\"key_id\":\"" DECOY
		"\",\"key_kind\":\"long-term\"},\"ip\":\"192.0.2.1\",\"user_agent\":\"a\\u0000\\u001b[31m"
		"\xEF\xBF\xBD\","
		"\"decoy\":{\"name\":\"web\",\"placement\":null},\"matched\":null,\"where\":{\"source\":\"a.json\","
		"\"offset\":12345}}");
	ks_buf_release(&out);
	ks_json_free(json);
	engine_event_release(&e);
}

static void absent_is_null(void **state)
{
	const struct ks_rule bare = { .title = { "t", 1 } };
	struct ks_finding finding = { .rule = &bare, .key_kind = "none", .source = "-" };
	struct ks_json *json;
	struct engine_event e;
	struct ks_buf out;

	(void)state;
	engine_event_init(&e, "{}");
	finding.event = &e.event;
	json = ks_finding_to_json(&finding);
	ks_buf_init(&out, 10000);
	ks_json_render(json, &out);
	assert_string_equal(out.p + 13 + 32,
		"\",\"rule\":{\"id\":null,\"title\":\"t\",\"level\":null,\"tags\":[]},"
		"\"time\":null,\"event\":{\"id\":null,\"source\":null,\"name\":null,\"region\":null,\"error\":null,"
		"\"read_only\":null},\"actor\":{\"type\":null,\"arn\":null,\"account\":null,\"key_id\":null,"
		"\"key_kind\":"
		"\"none\"},\"ip\":null,\"user_agent\":null,\"decoy\":null,\"matched\":null,"
		"\"where\":{\"source\":\"-\","
		"\"offset\":0}}");
	ks_buf_release(&out);
	ks_json_free(json);
	engine_event_release(&e);
}

static void identity_is_rule_and_event(void **state)
{
	const struct ks_rule other = { .title = { "t", 1 }, .id = { "2", 1 } };
	struct ks_finding finding = { .rule = &rule, .key_kind = "none", .source = "a", .offset = 1 };
	char first[KS_FINDING_ID], second[KS_FINDING_ID];
	struct engine_event e, elsewhere;

	(void)state;
	engine_event_init(&e, record);
	engine_event_init(&elsewhere, "{\"eventID\":\"e-2\"}");
	finding.event = &e.event;
	ks_finding_identify(&finding, first);
	finding.source = "b";
	finding.offset = 2;
	ks_finding_identify(&finding, second);
	assert_string_equal(first, second);
	finding.rule = &other;
	ks_finding_identify(&finding, second);
	assert_string_not_equal(first, second);
	finding.rule = &rule;
	finding.event = &elsewhere.event;
	ks_finding_identify(&finding, second);
	assert_string_not_equal(first, second);
	engine_event_release(&e);
	engine_event_release(&elsewhere);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(renders),
		cmocka_unit_test(absent_is_null),
		cmocka_unit_test(identity_is_rule_and_event),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
