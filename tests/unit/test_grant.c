/* What STS hands out, and to whom. */
#include "lib/engine/grant.h"

#include "tests/unit/engine.h"

static const struct {
	const char *what, *identity, *source, *answer, *parameters;
	bool is_grant;
	int64_t lasts_s;             /* 0: not said */
} cases[] = {
	{ "a long-term key", "\"accessKeyId\":\"" OTHER "\"", "sts", SESSION, "null", true, 0 },
	{ "for an hour", "\"accessKeyId\":\"" OTHER "\"", "sts", SESSION,
		"{\"durationSeconds\":3600}", true, 3600 },
	{ "for ever", "\"accessKeyId\":\"" OTHER "\"", "sts", SESSION,
		"{\"durationSeconds\":9999999}", true, 0 },
	{ "no number", "\"accessKeyId\":\"" OTHER "\"", "sts", SESSION,
		"{\"durationSeconds\":\"1h\"}", true, 0 },
	{ "a session", "\"accessKeyId\":\"ASIARTX3GSDS5JX55AAA\"", "sts", SESSION, "null", true, 0 },
	{ "an instance's session",
		"\"accessKeyId\":\"ASIARTX3GSDS5JX55AAA\",\"sessionContext\":{\"ec2RoleDelivery\":\"2.0\"}", "sts",
		SESSION, "null", false, 0 },
	{ "a service's session", "\"accessKeyId\":\"ASIARTX3GSDS5JX55AAA\",\"invokedBy\":\"x.amazonaws.com\"",
		"sts", SESSION, "null", false, 0 },
	{ "nobody", "\"invokedBy\":\"x.amazonaws.com\"", "sts", SESSION, "null", false, 0 },
	{ "another service", "\"accessKeyId\":\"" OTHER "\"", "iam", SESSION, "null", false, 0 },
	{ "itself", "\"accessKeyId\":\"" SESSION "\"", "sts", SESSION, "null", false, 0 },
	{ "a long-term key out", "\"accessKeyId\":\"" OTHER "\"", "sts", DECOY, "null", false, 0 },
	{ "blanked out", "\"accessKeyId\":\"" OTHER "\"", "sts", "ASIAxxxxxxxxxxxxxxxx", "null", false, 0 },
};

static void reads_grants(void **state)
{
	char json[1024];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct engine_event e;
		struct ks_grant grant;

		snprintf(json, sizeof(json),
			"{\"eventTime\":\"2026-11-21T10:00:00Z\",\"eventSource\":\"%s.amazonaws.com\","
			"\"userIdentity\":{%s},"
			"\"requestParameters\":%s,\"responseElements\":{\"credentials\":{\"accessKeyId\":\"%s\"}}}",
			cases[i].source, cases[i].identity, cases[i].parameters, cases[i].answer);
		engine_event_init(&e, json);
		if (ks_grant_read(&e.event, &grant) != cases[i].is_grant)
			fail_msg("%s", cases[i].what);
		if (cases[i].is_grant) {
			assert_string_equal(grant.key_id, SESSION);
			assert_int_equal(ks_grant_is_first(&grant), grant.asker[1] == 'K');
			assert_true(grant.expires_ms ==
				(cases[i].lasts_s > 0 ? grant.time_ms + cases[i].lasts_s * 1000 : KS_TIME_NONE));
		}
		engine_event_release(&e);
	}
}

/* To somebody who matters, by any service. */
static void reads_for_one(void **state)
{
	struct engine_event e;
	struct ks_grant grant;

	(void)state;
	engine_event_init(&e, "{\"eventSource\":\"sso.amazonaws.com\",\"responseElements\":{\"credentials\":"
						  "{\"accessKeyId\":\"" SESSION "\"}}}");
	assert_true(ks_grant_read_for(&e.event, KS_STR(DECOY), &grant));
	assert_string_equal(grant.asker, DECOY);
	assert_true(grant.time_ms == KS_TIME_NONE);
	engine_event_release(&e);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(reads_grants), cmocka_unit_test(reads_for_one) };

	return cmocka_run_group_tests_name("grant", tests, NULL, NULL);
}
