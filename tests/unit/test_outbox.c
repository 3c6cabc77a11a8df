/* Notices: due, taken, repeated, delayed, dead. */
#include "tests/unit/incidents.h"

static struct incidents t;

static int begin(void **state)
{
	(void)state;
	incidents_init(&t);
	ks_ingest_close(t.ingest);
	t.ingest = NULL;
	t.notifier_count = 0;
	incidents_open(&t);
	incidents_one(&t, &(struct call){ 0 });
	incidents_one(&t, &(struct call){ .key = DECOY_B, .ip = "192.0.2.1" });
	return 0;
}

static int end(void **state)
{
	(void)state;
	incidents_release(&t);
	return 0;
}

static void add(int64_t incident, const char *notifier, const char *kind)
{
	struct ks_err err = { 0 };

	assert_int_equal(ks_outbox_add(t.db, incident, ks_str_of(notifier), kind, KS_STR("{}"), t.now_ms, &err),
		0);
}

/* The ids that are due, as text. */
static const char *due(void)
{
	struct ks_vec notices = KS_VEC_OF(struct ks_notice);
	struct ks_err err = { 0 };
	const char *text = "";

	assert_int_equal(ks_outbox_due(t.db, t.now_ms, 100, &t.arena, &notices, &err), 0);
	for (size_t i = 0; i < notices.n; i++) {
		const struct ks_notice *notice = KS_VEC_AT(&notices, struct ks_notice, i);

		text = ks_arena_printf(&t.arena, "%s%s%" PRId64 "%s", text, i > 0 ? " " : "", notice->id,
			notice->is_repeated ? "r" : "");
	}
	ks_vec_release(&notices);
	return text;
}

static bool take(int64_t id)
{
	struct ks_err err = { 0 };
	bool taken = false;

	assert_int_equal(ks_outbox_sending(t.db, id, t.now_ms, &taken, &err), 0);
	return taken;
}

static bool fail_it(int64_t id, int64_t retry_after_ms, bool is_final)
{
	struct ks_err err = { 0 };
	bool is_dead = false;

	if (ks_outbox_failed(t.db,
			&(struct ks_outbox_failure){ id, t.now_ms, "no answer", retry_after_ms, is_final }, &is_dead,
			&err) != 0)
		fail_msg("%s", err.message);
	return is_dead;
}

static void keeps_the_order_of_an_incident(void **state)
{
	struct ks_err err = { 0 };

	(void)state;
	add(1, "x", "opened");
	add(1, "x", "escalated");
	add(1, "y", "opened");
	add(2, "x", "opened");
	assert_string_equal(due(), "1 3 4");
	assert_true(take(1));
	assert_false(take(1));
	assert_string_equal(due(), "3 4");
	assert_int_equal(ks_outbox_sent(t.db, 1, t.now_ms, &err), 0);
	assert_string_equal(due(), "2 3 4");
}

static void repeats_after_a_crash(void **state)
{
	struct ks_err err = { 0 };
	int64_t n = 0;

	(void)state;
	add(1, "x", "opened");
	assert_true(take(1));
	assert_string_equal(due(), "");
	assert_int_equal(ks_outbox_recover(t.db, t.now_ms, &n, &err), 0);
	assert_int_equal(n, 1);
	assert_string_equal(due(), "1r");
	assert_int_equal(ks_outbox_recover(t.db, t.now_ms, &n, &err), 0);
	assert_int_equal(n, 0);
}

static void waits_longer_each_time(void **state)
{
	static const int64_t waits[] = { 1, 2, 4, 8, 16, 32, 64, 128, 256 };
	struct ks_err err = { 0 };
	int64_t next;

	(void)state;
	add(1, "x", "opened");
	for (size_t i = 0; i < sizeof(waits) / sizeof(waits[0]); i++) {
		assert_true(take(1));
		assert_false(fail_it(1, 0, false));
		assert_string_equal(due(), "");
		assert_int_equal(ks_outbox_next(t.db, &next, &err), 0);
		assert_true(next == t.now_ms + waits[i] * 1000);
		t.now_ms = next;
		assert_string_equal(due(), "1r");
	}
	assert_true(take(1));
	assert_true(fail_it(1, 0, false));
	assert_string_equal(due(), "");
	assert_int_equal(ks_outbox_next(t.db, &next, &err), 0);
	assert_true(next == KS_TIME_NONE);
	assert_string_equal(incidents_kinds(&t, 1, false), "opened notice-dead");
}

static void honors_the_receivers_wish(void **state)
{
	struct ks_err err = { 0 };
	int64_t next;

	(void)state;
	add(1, "x", "opened");
	assert_true(take(1));
	assert_false(fail_it(1, 90000, false));
	assert_int_equal(ks_outbox_next(t.db, &next, &err), 0);
	assert_true(next == t.now_ms + 90000);
}

static void gives_up_at_once_when_told(void **state)
{
	(void)state;
	add(1, "x", "opened");
	add(1, "x", "escalated");
	assert_true(take(1));
	assert_true(fail_it(1, 0, true));
	assert_string_equal(due(), "2");
}

static void never_fails_what_was_sent(void **state)
{
	struct ks_err err = { 0 };
	bool is_dead;

	(void)state;
	add(1, "x", "opened");
	assert_true(take(1));
	assert_int_equal(ks_outbox_sent(t.db, 1, t.now_ms, &err), 0);
	assert_int_equal(ks_outbox_failed(t.db, &(struct ks_outbox_failure){ .id = 1, .error = "late" },
						 &is_dead, &err),
		-1);
	assert_int_equal(err.code, KS_ERR_STATE);
}

static void lists_by_incident(void **state)
{
	struct ks_vec notices = KS_VEC_OF(struct ks_notice);
	struct ks_err err = { 0 };

	(void)state;
	add(1, "x", "opened");
	add(2, "x", "opened");
	add(2, "y", "opened");
	assert_int_equal(ks_outbox_list(t.db, 2, &t.arena, &notices, &err), 0);
	assert_int_equal(notices.n, 2);
	assert_int_equal(ks_outbox_list(t.db, 0, &t.arena, &notices, &err), 0);
	assert_int_equal(notices.n, 5);
	ks_vec_release(&notices);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(keeps_the_order_of_an_incident), TEST(repeats_after_a_crash), TEST(waits_longer_each_time),
		TEST(honors_the_receivers_wish), TEST(gives_up_at_once_when_told), TEST(never_fails_what_was_sent),
		TEST(lists_by_incident),
	};

	return cmocka_run_group_tests_name("outbox", tests, NULL, NULL);
}
