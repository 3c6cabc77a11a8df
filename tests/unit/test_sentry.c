/* lib/engine/sentry: what it hears becomes notices, by an injected clock, across restarts. */
#include "lib/engine/sentry.h"

#include "tests/unit/incidents.h"

#include <signal.h>
#include <sys/resource.h>

#define S INT64_C(1000)
#define M (60 * S)

static struct incidents t;
static struct ks_sentry *sentry;
static struct ks_sentry_config config;
static const char *const names[] = { "oncall", "chat" };
static const struct ks_sentry_limit limits[] = { { "sqs:q", 2 * 60 * M } };

static void open_it(void)
{
	struct ks_err err = { 0 };

	assert_int_equal(ks_sentry_open(&config, &sentry, &err), 0);
}

static int begin(void **state)
{
	(void)state;
	incidents_init(&t);
	config = (struct ks_sentry_config){ .ctx = &t.fixture.ctx, .store_path = ks_db_path(t.db),
		.version = "1.2.3", .notifiers = names, .notifier_count = 2, .limits = limits, .limit_count = 1,
		.remind_ms = 15 * M, .remind_most = 1, .remind_to = &names[1], .remind_to_count = 1 };
	open_it();
	return 0;
}

static int end(void **state)
{
	(void)state;
	ks_sentry_close(sentry);
	incidents_release(&t);
	return 0;
}

static void feed(uint64_t records, int64_t failing_ms)
{
	const struct ks_source_health health = { .heard_ms = t.now_ms, .newest_ms = KS_TIME_NONE, .behind = -1,
		.failures = failing_ms != KS_TIME_NONE ? 3 : 0, .failing_ms = failing_ms,
		.error = failing_ms != KS_TIME_NONE ? "connection refused" : NULL };

	ks_sentry_feed(sentry, "sqs:q", &health, records);
	ks_sentry_look(sentry);
}

/* What was told to that notifier about keysnare itself, in order. */
static const char *told(const char *notifier)
{
	struct ks_vec texts = KS_VEC_OF(struct ks_str);
	struct ks_err err = { 0 };
	const char *text = "";

	assert_int_equal(ks_sql_texts(t.db, "SELECT kind || ' ' || topic FROM outbox WHERE notifier = $1 AND "
		"incident_id IS NULL ORDER BY id", KS_SQL(KS_SQL_TEXT(ks_str_of(notifier))),
		(struct ks_sql_into){ &t.arena, &texts }, &err), 0);
	for (size_t i = 0; i < texts.n; i++)
		text = ks_arena_printf(&t.arena, "%s%s" KS_STR_FMT, text, i > 0 ? ", " : "",
			KS_STR_ARG(*KS_VEC_AT(&texts, struct ks_str, i)));
	ks_vec_release(&texts);
	return text;
}

static void an_outage_of_a_source(void **state)
{
	int64_t since = t.now_ms;

	(void)state;
	for (int i = 0; i < 20; i++) {
		feed(0, since);
		t.now_ms += 30 * S;
	}
	assert_string_equal(told("oncall"), "alarm failing sqs:q");
	/* A restart in the middle of it changes nothing. */
	ks_sentry_close(sentry);
	open_it();
	feed(0, since);
	assert_string_equal(told("oncall"), "alarm failing sqs:q");
	feed(1, KS_TIME_NONE);
	feed(1, KS_TIME_NONE);
	assert_string_equal(told("oncall"), "alarm failing sqs:q, recovered failing sqs:q");
	ks_sentry_close(sentry);
	open_it();
	feed(0, KS_TIME_NONE);
	assert_string_equal(told("chat"), "alarm failing sqs:q, recovered failing sqs:q");
}

static void a_source_without_records(void **state)
{
	(void)state;
	for (int i = 0; i < 5; i++) {
		feed(7, KS_TIME_NONE);
		t.now_ms += 30 * M;
	}
	assert_string_equal(told("oncall"), "alarm stale sqs:q");
	feed(8, KS_TIME_NONE);
	assert_string_equal(told("oncall"), "alarm stale sqs:q, recovered stale sqs:q");
}

static void a_lock_for_a_moment_is_nothing(void **state)
{
	(void)state;
	ks_sentry_set(sentry, KS_VIGIL_LOCKED, "", "locked by another process");
	ks_sentry_look(sentry);
	t.now_ms += KS_VIGIL_LOCKED_MS - 1;
	ks_sentry_look(sentry);
	ks_sentry_set(sentry, KS_VIGIL_LOCKED, "", NULL);
	ks_sentry_look(sentry);
	assert_string_equal(told("oncall"), "");
	/* One that lasts is told when it can be: at its end, with its end. */
	ks_sentry_set(sentry, KS_VIGIL_LOCKED, "", "locked by another process");
	t.now_ms += KS_VIGIL_LOCKED_MS;
	ks_sentry_set(sentry, KS_VIGIL_LOCKED, "", NULL);
	ks_sentry_look(sentry);
	assert_string_equal(told("oncall"), "alarm locked , recovered locked ");
}

static void nothing_is_lost_while_the_store_is_closed_to_it(void **state)
{
	struct ks_vec alarms = KS_VEC_OF(struct ks_sentry_alarm);
	struct ks_err err = { 0 };

	(void)state;
	/* Somebody else writes all the time. */
	assert_int_equal(ks_db_begin(t.db, &err), 0);
	ks_sentry_set(sentry, KS_VIGIL_FULL, "", "no space left");
	ks_sentry_look(sentry);
	ks_sentry_read(sentry, &t.arena, &alarms);
	assert_int_equal(alarms.n, 1);
	assert_string_equal(KS_VEC_AT(&alarms, struct ks_sentry_alarm, 0)->name, "full");
	ks_sentry_set(sentry, KS_VIGIL_FULL, "", NULL);
	ks_sentry_look(sentry);
	ks_db_rollback(t.db);
	assert_string_equal(told("oncall"), "");
	ks_sentry_look(sentry);
	assert_string_equal(told("oncall"), "alarm full , recovered full ");
	ks_vec_release(&alarms);
}

/* No record comes, so that only the sentry itself finds it. */
static void a_full_disk_while_nothing_comes(void **state)
{
	struct ks_vec alarms = KS_VEC_OF(struct ks_sentry_alarm);
	struct rlimit before, none;

	(void)state;
	ks_sentry_close(sentry);
	config.heartbeat_ms = M;
	config.heartbeat_to = &names[1];
	config.heartbeat_to_count = 1;
	open_it();
	ks_sentry_look(sentry);
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	none = (struct rlimit){ 0, before.rlim_max };
	for (int i = 0; i < 2; i++) {
		assert_int_equal(setrlimit(RLIMIT_FSIZE, &none), 0);
		for (int k = 0; k < 3; k++) {
			t.now_ms += M;
			ks_sentry_look(sentry);
		}
		/* What the watch could store meanwhile does not end it. */
		ks_sentry_set(sentry, KS_VIGIL_FULL, "", NULL);
		ks_vec_clear(&alarms);
		ks_sentry_read(sentry, &t.arena, &alarms);
		assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
		assert_int_equal(alarms.n, 1);
		assert_string_equal(KS_VEC_AT(&alarms, struct ks_sentry_alarm, 0)->name, "full");
		for (int k = 0; k < 3; k++) {
			t.now_ms += S;
			ks_sentry_look(sentry);
		}
		assert_string_equal(told("oncall"), i == 0 ? "alarm full , recovered full " :
			"alarm full , recovered full , alarm full , recovered full ");
	}
	ks_vec_release(&alarms);
}

static void notices_that_were_given_up(void **state)
{
	struct ks_err err = { 0 };
	int64_t n = 0;

	(void)state;
	incidents_one(&t, &(struct call){ 0 });
	assert_int_equal(ks_db_exec(t.db, "UPDATE outbox SET state = 'dead' WHERE notifier = 'oncall'", &err),
		0);
	ks_sentry_look(sentry);
	t.now_ms += 10 * S;
	ks_sentry_look(sentry);
	assert_string_equal(told("oncall"), "");
	assert_string_equal(told("chat"), "alarm dead-letters oncall");
	assert_int_equal(ks_outbox_revive(t.db, 0, t.now_ms, &n, &err), 0);
	assert_int_equal(n, 1);
	t.now_ms += 10 * S;
	ks_sentry_look(sentry);
	assert_string_equal(told("chat"), "alarm dead-letters oncall, recovered dead-letters oncall");
}

static void reminds_whom_the_config_names(void **state)
{
	(void)state;
	incidents_one(&t, &(struct call){ .name = "PutAccountDetails" });
	ks_sentry_look(sentry);
	t.now_ms += 15 * M;
	ks_sentry_look(sentry);
	assert_int_equal(incidents_count(&t, "SELECT COUNT(*) FROM outbox WHERE kind = 'reminder'"), 1);
	assert_int_equal(incidents_count(&t, "SELECT COUNT(*) FROM outbox WHERE kind = 'reminder' AND notifier "
		"= 'chat'"), 1);
}

static void its_heart_beats(void **state)
{
	(void)state;
	ks_sentry_look(sentry);
	assert_string_equal(told("chat"), "");
	config.heartbeat_ms = 60 * M;
	config.heartbeat_to = &names[1];
	config.heartbeat_to_count = 1;
	ks_sentry_close(sentry);
	open_it();
	for (int i = 0; i < 20; i++) {
		feed(1, KS_TIME_NONE);
		t.now_ms += 10 * M;
	}
	/* Not once more after a restart. */
	ks_sentry_close(sentry);
	open_it();
	ks_sentry_look(sentry);
	assert_string_equal(told("oncall"), "alarm stale sqs:q");
	assert_int_equal(incidents_count(&t, "SELECT COUNT(*) FROM outbox WHERE kind = 'heartbeat'"), 4);
	assert_int_equal(incidents_count(&t, "SELECT COUNT(*) FROM outbox WHERE CAST(body AS TEXT) LIKE "
		"'{\"v\":1,\"kind\":\"heartbeat\",\"incident\":null,\"level\":\"informational\",\"version\":"
		"\"1.2.3\",%\"sources\":[{\"source\":\"sqs:q\",\"state\":\"stale\",%"
		"\"alarms\":[{\"alarm\":\"stale\",%'"), 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = { TEST(an_outage_of_a_source), TEST(a_source_without_records),
		TEST(a_lock_for_a_moment_is_nothing), TEST(nothing_is_lost_while_the_store_is_closed_to_it),
		TEST(a_lock_for_a_moment_is_nothing), TEST(a_full_disk_while_nothing_comes),
		TEST(notices_that_were_given_up), TEST(reminds_whom_the_config_names), TEST(its_heart_beats) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
