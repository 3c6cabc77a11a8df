/* lib/incident/collapse: what waits for a receiver that is down. */
#include "lib/incident/collapse.h"

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
	const struct ks_outbox_post post = { .incident_id = incident, .kind = kind, .level = KS_LEVEL_HIGH,
		.notifiers = &notifier, .notifier_count = 1, .now_ms = t.now_ms,
		.topic = incident == 0 ? KS_STR("heartbeat") : (struct ks_str){ NULL, 0 } };
	struct ks_err err = { 0 };

	assert_int_equal(ks_outbox_post(t.db, &post, ks_outbox_body(&post), &err), 0);
}

/* The receiver does not answer, so many times. */
static void fail_it(int64_t id, int times)
{
	struct ks_err err = { 0 };
	bool flag = false;

	for (int i = 0; i < times; i++) {
		t.now_ms += 10 * 60 * 1000;
		assert_int_equal(ks_outbox_sending(t.db, id, 7, t.now_ms, &flag, &err), 0);
		assert_true(flag);
		assert_int_equal(ks_outbox_failed(t.db, &(struct ks_outbox_failure){ id, 7, t.now_ms, "no", 0,
			false, false },
			&flag, &err), 0);
		assert_false(flag);
	}
}

static int64_t collapse(const char *notifier)
{
	struct ks_err err = { 0 };
	int64_t n = -1;

	assert_int_equal(ks_collapse_run(t.db, ks_str_of(notifier), &n, &err), 0);
	return n;
}

/* Number and kind of all that still waits, "r" behind what may have arrived. */
static const char *waiting(void)
{
	struct ks_vec notices = KS_VEC_OF(struct ks_notice);
	struct ks_err err = { 0 };
	const char *text = "";

	assert_int_equal(ks_outbox_list(t.db, 0, &t.arena, &notices, &err), 0);
	for (size_t i = 0; i < notices.n; i++) {
		const struct ks_notice *n = KS_VEC_AT(&notices, struct ks_notice, i);

		if (ks_str_is(n->state, "waiting"))
			text = ks_arena_printf(&t.arena, "%s%s%" PRId64 " " KS_STR_FMT "%s", text, text[0] != '\0' ?
				", " :
				"", n->id, KS_STR_ARG(n->kind), n->is_repeated ? " r" : "");
	}
	ks_vec_release(&notices);
	return text;
}

static const char *body_of(int64_t id)
{
	struct ks_vec texts = KS_VEC_OF(struct ks_str);
	struct ks_err err = { 0 };
	const char *body;

	assert_int_equal(ks_sql_texts(t.db, "SELECT CAST(body AS TEXT) FROM outbox WHERE id = $1",
		KS_SQL(KS_SQL_INT(id)), (struct ks_sql_into){ &t.arena, &texts }, &err), 0);
	body = ks_arena_strdup(&t.arena, *KS_VEC_AT(&texts, struct ks_str, 0));
	ks_vec_release(&texts);
	return body;
}

static void leaves_a_receiver_alone_that_only_stumbles(void **state)
{
	(void)state;
	add(1, "x", "opened");
	add(1, "x", "escalated");
	fail_it(1, KS_OUTBOX_IN_ORDER - 1);
	assert_int_equal(collapse("x"), 0);
	assert_string_equal(waiting(), "1 opened r, 2 escalated");
}

static void makes_one_of_what_waits(void **state)
{
	(void)state;
	add(1, "x", "opened");
	add(1, "x", "escalated");
	add(1, "x", "approval");
	add(1, "x", "linked");
	add(2, "x", "opened");
	add(1, "y", "opened");
	fail_it(1, KS_OUTBOX_IN_ORDER);
	assert_int_equal(collapse("x"), 2);
	/* An approval stays; so do another incident and another receiver. */
	assert_string_equal(waiting(), "3 approval, 4 opened r, 5 opened, 6 opened");
	assert_non_null(strstr(body_of(4), "{\"v\":1,\"kind\":\"opened\",\"incident\":1,"));
	assert_non_null(strstr(body_of(4), "\"stands_for\":{\"count\":3,\"kinds\":[\"opened\",\"escalated\","
		"\"linked\"],\"notices\":[1,2]}}"));
	assert_int_equal(collapse("x"), 0);
}

static void keeps_that_it_got_graver(void **state)
{
	(void)state;
	add(1, "x", "escalated");
	add(1, "x", "linked");
	fail_it(1, KS_OUTBOX_IN_ORDER);
	assert_int_equal(collapse("x"), 1);
	assert_string_equal(waiting(), "2 escalated r");
}

static void goes_on_counting(void **state)
{
	(void)state;
	add(1, "x", "opened");
	add(1, "x", "linked");
	fail_it(1, KS_OUTBOX_IN_ORDER);
	assert_int_equal(collapse("x"), 1);
	add(1, "x", "escalated");
	assert_int_equal(collapse("x"), 0);
	fail_it(2, KS_OUTBOX_IN_ORDER);
	assert_int_equal(collapse("x"), 1);
	assert_string_equal(waiting(), "3 opened r");
	assert_non_null(strstr(body_of(3), "\"stands_for\":{\"count\":3,\"kinds\":[\"opened\",\"escalated\"],"
		"\"notices\":[1,2]}}"));
}

static void is_dead_a_day_after_the_first_attempt(void **state)
{
	struct ks_err err = { 0 };
	bool is_dead = false;

	(void)state;
	add(1, "x", "opened");
	add(1, "x", "linked");
	fail_it(1, KS_OUTBOX_IN_ORDER);
	assert_int_equal(collapse("x"), 1);
	t.now_ms += KS_OUTBOX_LIFE_MS;
	assert_int_equal(ks_outbox_sending(t.db, 2, 7, t.now_ms, &is_dead, &err), 0);
	assert_int_equal(ks_outbox_failed(t.db,
		&(struct ks_outbox_failure){ 2, 7, t.now_ms, "no", 0, false, false }, &is_dead, &err), 0);
	assert_true(is_dead);
}

static void keeps_one_heartbeat(void **state)
{
	(void)state;
	add(0, "x", "heartbeat");
	add(0, "x", "heartbeat");
	add(0, "x", "heartbeat");
	fail_it(1, KS_OUTBOX_IN_ORDER);
	assert_int_equal(collapse("x"), 2);
	assert_string_equal(waiting(), "3 heartbeat r");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = { TEST(leaves_a_receiver_alone_that_only_stumbles),
		TEST(makes_one_of_what_waits), TEST(keeps_that_it_got_graver), TEST(goes_on_counting),
		TEST(is_dead_a_day_after_the_first_attempt), TEST(keeps_one_heartbeat) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
