/* lib/incident/reminder */
#include "lib/incident/reminder.h"

#include "tests/unit/incidents.h"

#define MINUTE (INT64_C(60) * 1000)

static struct incidents t;

static int begin(void **state)
{
	(void)state;
	incidents_init(&t);
	/* 1 is critical, 2 is high, 3 is low. */
	incidents_one(&t, &(struct call){ .name = "PutAccountDetails", .key = "AKIAQYLPMN5HHHAAA001" });
	incidents_one(&t, &(struct call){ .key = DECOY_A, .ip = "192.0.2.2" });
	incidents_one(&t, &(struct call){ .name = "GetSendQuota", .key = "AKIAQYLPMN5HHHAAA003",
		.ip = "192.0.2.3" });
	return 0;
}

static int end(void **state)
{
	(void)state;
	incidents_release(&t);
	return 0;
}

static const char *const both[] = { "boss", "chat" };

static size_t run_at(int64_t ms, int64_t most)
{
	struct ks_err err = { 0 };
	size_t n = 99;

	assert_int_equal(ks_reminder_run(t.db, &(struct ks_reminder_request){ ms, KS_REMINDER_AFTER_MS, most,
		both, 2 }, &n, &err), 0);
	return n;
}

static void reminds_by_level(void **state)
{
	(void)state;
	assert_int_equal(run_at(t.now_ms + 15 * MINUTE - 1, 3), 0);
	assert_int_equal(run_at(t.now_ms + 15 * MINUTE, 3), 1);
	assert_string_equal(incidents_kinds(&t, 1, true), "opened reminder reminder");
	assert_int_equal(run_at(t.now_ms + 29 * MINUTE, 3), 0);
	/* The high one waits four times as long. */
	assert_int_equal(run_at(t.now_ms + 60 * MINUTE, 3), 2);
	assert_string_equal(incidents_kinds(&t, 2, true), "opened reminder reminder");
	assert_string_equal(incidents_kinds(&t, 3, true), "opened");
	assert_int_equal(incidents_count(&t, "SELECT COUNT(*) FROM outbox WHERE CAST(body AS TEXT) LIKE "
		"'{\"v\":1,\"kind\":\"reminder\",\"incident\":1,\"level\":\"critical\",\"reminder\":2,"
		"\"reminders\":3,\"told\":\"%' AND notifier = 'boss'"), 1);
}

static void stops_at_the_cap(void **state)
{
	size_t n = 0;

	(void)state;
	for (int64_t i = 1; i < 60; i++)
		n += run_at(t.now_ms + i * 15 * MINUTE, 3);
	assert_int_equal(n, 6);
	assert_int_equal(run_at(t.now_ms + 15 * MINUTE, 0), 0);
}

static void stops_when_somebody_has_it(void **state)
{
	struct ks_err err = { 0 };

	(void)state;
	assert_int_equal(run_at(t.now_ms + 15 * MINUTE, 3), 1);
	assert_int_equal(ks_incident_ack(t.db, &(struct ks_incident_change){ .id = 1,
		.now_ms = t.now_ms + 16 * MINUTE, .who = KS_STR("ann") }, &err), 0);
	assert_int_equal(run_at(t.now_ms + 40 * MINUTE, 3), 0);
}

static void leaves_old_ones_alone(void **state)
{
	(void)state;
	assert_int_equal(run_at(t.now_ms + KS_REMINDER_OLD_MS + MINUTE, 3), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = { TEST(reminds_by_level), TEST(stops_at_the_cap),
		TEST(stops_when_somebody_has_it), TEST(leaves_old_ones_alone) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
