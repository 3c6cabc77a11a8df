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

#define ME 7

/* The ids that are due for a notifier, as text. */
static const char *due_for(const char *notifier)
{
	struct ks_vec notices = KS_VEC_OF(struct ks_notice);
	struct ks_err err = { 0 };
	const char *text = "";

	assert_int_equal(ks_outbox_due(t.db, ks_str_of(notifier), t.now_ms, 100, &t.arena, &notices, &err), 0);
	for (size_t i = 0; i < notices.n; i++) {
		const struct ks_notice *notice = KS_VEC_AT(&notices, struct ks_notice, i);

		text = ks_arena_printf(&t.arena, "%s%s%" PRId64 "%s", text, i > 0 ? " " : "", notice->id,
			notice->is_repeated ? "r" : "");
	}
	ks_vec_release(&notices);
	return text;
}

static const char *due(void)
{
	return due_for("x");
}

static bool take_as(int64_t owner, int64_t id)
{
	struct ks_err err = { 0 };
	bool taken = false;

	assert_int_equal(ks_outbox_sending(t.db, id, owner, t.now_ms, &taken, &err), 0);
	return taken;
}

static bool take(int64_t id)
{
	return take_as(ME, id);
}

static bool fail_it(int64_t id, int64_t retry_after_ms, bool is_final)
{
	struct ks_err err = { 0 };
	bool is_dead = false;

	if (ks_outbox_failed(t.db,
			&(struct ks_outbox_failure){ id, ME, t.now_ms, "no answer", retry_after_ms, is_final, false },
			&is_dead, &err) != 0)
		fail_msg("%s", err.message);
	return is_dead;
}

static void miss(int64_t id)
{
	struct ks_outbox_failure failure = { id, ME, t.now_ms, "no connection", 0, false, true };
	struct ks_err err = { 0 };
	bool is_dead = true;

	assert_int_equal(ks_outbox_failed(t.db, &failure, &is_dead, &err), 0);
	assert_false(is_dead);
	t.now_ms += 60 * 1000;
}

static bool is_that_one(void *arg, int64_t number)
{
	return arg != NULL && *(const int64_t *)arg == number;
}

/* Who recovers, and who else is alive. */
static int64_t recover(int64_t owner, const int64_t *alive)
{
	struct ks_err err = { 0 };
	int64_t n = -1, other = alive != NULL ? *alive : 0;

	assert_int_equal(ks_outbox_recover(t.db, &(struct ks_outbox_owner){ owner, is_that_one, &other },
		t.now_ms, &n, &err), 0);
	return n;
}

static void keeps_the_order_of_an_incident(void **state)
{
	struct ks_err err = { 0 };

	(void)state;
	add(1, "x", "opened");
	add(1, "x", "escalated");
	add(1, "y", "opened");
	add(2, "x", "opened");
	assert_string_equal(due(), "1 4");
	assert_string_equal(due_for("y"), "3");
	assert_string_equal(due_for("z"), "");
	assert_true(take(1));
	assert_false(take(1));
	assert_string_equal(due(), "4");
	assert_int_equal(ks_outbox_sent(t.db, 1, t.now_ms, &err), 0);
	assert_string_equal(due(), "2 4");
}

/* What never left is no repeat, however often that was tried; what may have arrived is one for good. */
static void repeats_what_may_have_arrived(void **state)
{
	(void)state;
	add(1, "x", "opened");
	for (int i = 0; i < 2; i++) {
		assert_true(take(1));
		miss(1);
		assert_string_equal(due(), "1");
	}
	assert_true(take(1));
	assert_false(fail_it(1, 0, false));
	t.now_ms += 60 * 1000;
	assert_string_equal(due(), "1r");
	assert_true(take(1));
	miss(1);
	assert_string_equal(due(), "1r");
}

/* One that fails again and again is no reason to keep quiet about what came after it. */
static void waits_for_the_first_three_attempts_only(void **state)
{
	struct ks_err err = { 0 };

	(void)state;
	add(1, "x", "opened");
	add(1, "x", "escalated");
	for (int i = 0; i < 3; i++) {
		assert_string_equal(due(), i == 0 ? "1" : "1r");
		assert_true(take(1));
		assert_string_equal(due(), "");
		assert_false(fail_it(1, 0, false));
		if (i < 2)
			assert_string_equal(due(), "");
		else
			assert_string_equal(due(), "2");
		t.now_ms += 60000;
	}
	assert_string_equal(due(), "1r 2");
	assert_true(take(1));
	assert_string_equal(due(), "2");
	assert_true(take(2));
	assert_int_equal(ks_outbox_sent(t.db, 2, t.now_ms, &err), 0);
}

/* Ten thousand rows for a notifier that is no longer configured are nobody's trouble. */
static void looks_only_at_its_own(void **state)
{
	struct ks_err err = { 0 };

	(void)state;
	assert_int_equal(ks_db_exec(t.db, "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE "
		"i < 10001) INSERT INTO outbox (id, incident_id, notifier, kind, body, created_ms, state, attempts, "
		"next_ms) SELECT i, 1 + i % 2, 'gone' || i, 'opened', '{}', 0, 'waiting', 0, 0 FROM n", &err), 0);
	add(1, "x", "opened");
	assert_string_equal(due(), "10002");
}

static void repeats_after_a_crash(void **state)
{
	(void)state;
	add(1, "x", "opened");
	assert_true(take(1));
	assert_string_equal(due(), "");
	assert_int_equal(recover(8, NULL), 1);
	assert_string_equal(due(), "1r");
	assert_int_equal(recover(8, NULL), 0);
}

/* What somebody is sending is his: while he lives, and for as long as an attempt may take. */
static void belongs_to_who_sends_it(void **state)
{
	const int64_t other = 8;
	struct ks_err err = { 0 };
	bool is_dead;

	(void)state;
	add(1, "x", "opened");
	add(2, "x", "opened");
	assert_true(take_as(other, 1));
	assert_false(take(1));
	assert_int_equal(recover(ME, &other), 0);
	assert_string_equal(due(), "2");
	assert_int_equal(recover(other, NULL), 0);
	t.now_ms += KS_OUTBOX_LEASE_MS;
	assert_int_equal(recover(ME, &other), 1);
	assert_true(take(1));
	/* The one who was late has nothing more to say of it, unless it got through. */
	assert_int_equal(ks_outbox_failed(t.db, &(struct ks_outbox_failure){ .id = 1, .owner = other,
		.now_ms = t.now_ms, .error = "late", .is_final = true }, &is_dead, &err), -1);
	assert_int_equal(err.code, KS_ERR_STATE);
	assert_int_equal(ks_outbox_sent(t.db, 1, t.now_ms, &err), 0);
	assert_string_equal(due(), "2");
}

/* A night without a chat server is no reason to give up. */
static void waits_longer_each_time_and_a_day_at_least(void **state)
{
	int64_t wait = 1, begin_ms, next, dead, incident;
	struct ks_err err = { 0 };
	bool is_dead = false;

	(void)state;
	add(1, "x", "opened");
	t.now_ms += 3600000;
	begin_ms = t.now_ms;
	while (!is_dead) {
		assert_true(take(1));
		is_dead = fail_it(1, 0, false);
		assert_true(is_dead == (t.now_ms - begin_ms >= INT64_C(24) * 3600 * 1000));
		assert_string_equal(due(), "");
		assert_int_equal(ks_outbox_next(t.db, KS_STR("x"), &next, &err), 0);
		if (is_dead)
			break;
		assert_true(next == t.now_ms + wait * 1000);
		wait = wait < 256 ? wait * 2 : 300;
		t.now_ms = next;
		assert_string_equal(due(), "1r");
	}
	assert_true(next == KS_TIME_NONE);
	assert_string_equal(incidents_kinds(&t, 1, false), "opened notice-dead");
	assert_int_equal(ks_outbox_dead(t.db, KS_STR(""), &dead, &incident, &err), 0);
	assert_int_equal(dead, 1);
	assert_int_equal(incident, 1);
	assert_int_equal(ks_incident_close(t.db, &(struct ks_incident_change){ .id = 1, .now_ms = t.now_ms,
		.who = KS_STR("ann") }, &err), 0);
	assert_int_equal(ks_outbox_dead(t.db, KS_STR(""), &dead, &incident, &err), 0);
	assert_int_equal(dead, 0);
	assert_int_equal(incident, 0);
}

static void honors_the_receivers_wish(void **state)
{
	struct ks_err err = { 0 };
	int64_t next;

	(void)state;
	add(1, "x", "opened");
	assert_true(take(1));
	assert_false(fail_it(1, 90000, false));
	assert_int_equal(ks_outbox_next(t.db, KS_STR("x"), &next, &err), 0);
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

/* Whatever a thief puts into names, people are told: with less of them. */
static void shortens_what_is_too_long(void **state)
{
	const struct ks_outbox_post post = { .kind = "alarm", .topic = KS_STR("x"), .level = KS_LEVEL_HIGH };
	struct ks_vec notices = KS_VEC_OF(struct ks_notice);
	struct ks_json *body = ks_outbox_body(&post), *list = ks_json_new_array();
	struct ks_err err = { 0 };
	struct ks_str text;
	char name[60000];

	(void)state;
	memset(name, 1, sizeof(name));
	for (int i = 0; i < 4; i++)
		ks_json_add_str(list, NULL, (struct ks_str){ name, sizeof(name) });
	ks_json_add(body, "addresses", list);
	ks_json_add_str(body, "actor", (struct ks_str){ name, sizeof(name) });
	ks_json_add_int(body, "events", 7);
	if (ks_outbox_post(t.db, &post, body, &err) != 0)
		fail_msg("%s", err.message);
	assert_int_equal(ks_outbox_list(t.db, 0, &t.arena, &notices, &err), 0);
	text = KS_VEC_AT(&notices, struct ks_notice, 0)->body;
	assert_true(ks_str_has_prefix(text, KS_STR("{\"v\":1,\"kind\":\"alarm\",\"incident\":null,"
		"\"level\":\"high\",\"actor\":\"\\u0001")));
	assert_true(ks_str_find(text, KS_STR("\"events\":7,\"journal\":null,\"shortened\":["
		"\"addresses\",\"actor\"]}")) > 1000);
	assert_true(text.n < 4096);
	ks_vec_release(&notices);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(keeps_the_order_of_an_incident), TEST(repeats_after_a_crash),
		TEST(waits_longer_each_time_and_a_day_at_least),
		TEST(repeats_what_may_have_arrived), TEST(waits_for_the_first_three_attempts_only),
		TEST(looks_only_at_its_own),
		TEST(belongs_to_who_sends_it),
		TEST(honors_the_receivers_wish), TEST(gives_up_at_once_when_told), TEST(never_fails_what_was_sent),
		TEST(lists_by_incident), TEST(shortens_what_is_too_long),
	};

	return cmocka_run_group_tests_name("outbox", tests, NULL, NULL);
}
