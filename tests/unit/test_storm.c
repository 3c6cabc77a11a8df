/* lib/incident/storm, as pages use it. */
#include "lib/incident/drillmark.h"
#include "lib/incident/storm.h"

#include "tests/unit/incidents.h"

static struct incidents t;

static int begin(void **state)
{
	(void)state;
	incidents_init(&t);
	return 0;
}

static int end(void **state)
{
	(void)state;
	incidents_release(&t);
	return 0;
}

static const char *mark(unsigned i)
{
	char *id = ks_arena_alloc(&t.arena, KS_DRILLMARK_SIZE + 1);

	ks_drillmark_make(7, i, id);
	return id;
}

/* n thieves with a key and an address each, in one batch; the first ones are a drill's. */
static void feed_with(unsigned from, unsigned n, unsigned marked)
{
	incidents_begin(&t);
	for (unsigned i = from; i < from + n; i++)
		incidents_feed(&t, &(struct call){ .name = i == from + n - 1 ? "PutAccountDetails" : "GetSendQuota",
			.key = ks_arena_printf(&t.arena, "AKIAQYLPMN5HHHAAA%03u", i),
			.ip = ks_arena_printf(&t.arena, "203.0.%u.%u", i / 200, i % 200 + 1),
			.id = i < from + marked ? mark(i) : NULL });
	incidents_commit(&t);
}

static void feed(unsigned from, unsigned n)
{
	feed_with(from, n, 0);
}

#define SINGLE "SELECT COUNT(*) FROM outbox WHERE kind = 'opened'"
#define STORMS "SELECT COUNT(*) FROM outbox WHERE kind = 'storm' AND incident_id IS NULL"

#define SAYS(what) \
	"SELECT COUNT(*) FROM outbox WHERE kind = 'storm' AND CAST(body AS TEXT) LIKE '%" what "%'"

/* A storm out of a drill says so; one with something real in it does not take that back. */
static void says_that_it_is_an_exercise(void **state)
{
	(void)state;
	feed_with(0, 50, 50);
	assert_int_equal(incidents_count(&t, STORMS), 1);
	assert_int_equal(incidents_count(&t, SAYS("],\"exercise\":\"whole\"")), 1);
}

static void says_that_part_is_an_exercise(void **state)
{
	(void)state;
	feed_with(0, 50, 40);
	assert_int_equal(incidents_count(&t, STORMS), 1);
	assert_int_equal(incidents_count(&t, SAYS("],\"exercise\":\"part\"")), 1);
}

static void tells_the_first_singly(void **state)
{
	(void)state;
	feed(0, KS_STORM_SINGLY);
	assert_int_equal(incidents_count(&t, SINGLE), KS_STORM_SINGLY);
	assert_int_equal(incidents_count(&t, STORMS), 0);
}

static void tells_the_rest_together(void **state)
{
	struct ks_vec notices = KS_VEC_OF(struct ks_notice);
	const struct ks_notice *last;
	struct ks_err err = { 0 };

	(void)state;
	feed(0, 50);
	assert_int_equal(incidents_count(&t, SINGLE), KS_STORM_SINGLY);
	assert_int_equal(incidents_count(&t, STORMS), 1);
	assert_int_equal(incidents_count(&t, "SELECT COUNT(*) FROM incidents WHERE pending = 0"), 50);
	assert_int_equal(ks_outbox_list(t.db, 0, &t.arena, &notices, &err), 0);
	last = KS_VEC_AT(&notices, struct ks_notice, notices.n - 1);
	assert_int_equal(last->incident_id, 0);
	/* The gravest of them was told before, by itself. */
	assert_true(ks_str_has_prefix(last->body, KS_STR("{\"v\":1,\"kind\":\"storm\",\"incident\":null,"
		"\"level\":\"low\",\"count\":30,\"incidents\":[{\"incident\":")));
	assert_true(ks_str_find(last->body, KS_STR("\"incident\":49,\"level\":\"low\",\"actor\":"
		"\"key:AKIAQYLPMN5HHHAAA048\"")) > 0);
	ks_vec_release(&notices);
}

static void tells_once_a_minute(void **state)
{
	(void)state;
	feed(0, 30);
	t.now_ms += 10000;
	feed(30, 30);
	assert_int_equal(incidents_count(&t, STORMS), 1);
	assert_int_equal(incidents_count(&t, "SELECT COUNT(*) FROM incidents WHERE pending <> 0"), 30);
	t.now_ms += KS_STORM_MS;
	incidents_begin(&t);
	incidents_commit(&t);
	/* A new minute has room for some, and one notice for the others. */
	assert_int_equal(incidents_count(&t, SINGLE), 2 * KS_STORM_SINGLY);
	assert_int_equal(incidents_count(&t, STORMS), 2);
	assert_int_equal(incidents_count(&t, "SELECT COUNT(*) FROM incidents WHERE pending <> 0"), 0);
}

/* A batch of nothing; the clock goes on by tick_ms whenever it is looked at. */
static void look(int64_t later_ms, int64_t tick_ms)
{
	t.now_ms += later_ms;
	t.tick_ms = tick_ms;
	incidents_begin(&t);
	incidents_commit(&t);
	t.tick_ms = 0;
}

/* A look that took half a second is not to be a part of every second. */
static void looks_seldom_where_that_takes_long(void **state)
{
	(void)state;
	feed(0, 30);
	t.now_ms += 10000;
	feed(30, 100);
	look(KS_STORM_MS - 12000, 500);
	look(2000, 0);
	assert_int_equal(incidents_count(&t, STORMS), 1);
	look(4000, 0);
	assert_int_equal(incidents_count(&t, STORMS), 2);
}

/* Those that wait are not overtaken by those that come, minute by minute, while looks are seldom. */
static void tells_who_waits_longest(void **state)
{
	(void)state;
	feed(0, 30);
	t.now_ms += 10000;
	feed(30, 100);
	look(KS_STORM_MS - 12000, 500);
	t.now_ms = FIXTURE_NOW + KS_STORM_MS + 1500;
	feed(130, 5);
	assert_int_equal(incidents_count(&t, STORMS), 2);
	assert_int_equal(incidents_count(&t, "SELECT COUNT(*) FROM incidents WHERE pending <> 0"), 0);
	/* The room of the minute is for the gravest, and then for the first of those that wait. */
	assert_int_equal(incidents_count(&t, "SELECT MIN(incident_id) FROM outbox WHERE kind = 'opened' AND "
		"incident_id > 30"), 31);
}

/* n thieves of one level, each with a key, and an address where they share none. */
static void feed_alike(const char *name, unsigned from, unsigned n, const char *ip)
{
	incidents_begin(&t);
	for (unsigned i = from; i < from + n; i++)
		incidents_feed(&t, &(struct call){ .name = name,
			.key = ks_arena_printf(&t.arena, "AKIAQYLPMN5HHHA%05u", i),
			.ip = ip != NULL ? ip : ks_arena_printf(&t.arena, "198.51.%u.%u", i / 200, i % 200 + 1) });
	incidents_commit(&t);
}

/* Nor are they when there is room again while the minute of the storm is not over. */
static void keeps_room_for_the_graver(void **state)
{
	(void)state;
	feed_alike("GetSendQuota", 0, 20, NULL);
	t.now_ms += 30000;
	feed_alike("GetSendQuota", 20, 100, NULL);
	assert_int_equal(incidents_count(&t, STORMS), 1);
	t.now_ms += 10000;
	feed_alike("PutAccountDetails", 120, 100, NULL);
	assert_int_equal(incidents_count(&t, SINGLE), KS_STORM_SINGLY);
	look(18000, 500);
	/* A batch in the pause changes nothing. */
	look(1000, 0);
	t.now_ms = FIXTURE_NOW + KS_STORM_MS + 1500;
	feed_alike("GetSendQuota", 220, 20, NULL);
	assert_int_equal(incidents_count(&t, SINGLE), 2 * KS_STORM_SINGLY);
	assert_int_equal(incidents_count(&t, "SELECT COUNT(*) FROM outbox WHERE kind = 'opened' AND incident_id "
		"BETWEEN 121 AND 220"), KS_STORM_SINGLY);
}

/* Hundreds that wait because their page was told want no room: who opens one is told at once. */
static void opens_beside_those_that_can_wait(void **state)
{
	(void)state;
	feed_alike("GetSendQuota", 0, 1, "192.0.2.1");
	t.now_ms += 1000;
	feed_alike("GetSendQuota", 1, 200, "192.0.2.1");
	assert_int_equal(incidents_count(&t, "SELECT COUNT(*) FROM incidents WHERE pending <> 0"), 200);
	look(61000, 500);
	t.now_ms += 1000;
	feed_alike("GetSendQuota", 201, 3, NULL);
	assert_int_equal(incidents_count(&t, SINGLE), 4);
	assert_int_equal(incidents_count(&t, "SELECT COUNT(*) FROM incidents WHERE pending <> 0"), 200);
}

/* A tick for notices that wait is no tick for the pause behind a long look. */
static void looks_at_all_on_its_tick(void **state)
{
	struct ks_err err = { 0 };
	bool is_due = false;

	(void)state;
	feed(0, 30);
	t.now_ms += 10000;
	feed(30, 100);
	look(KS_STORM_MS - 12000, 500);
	t.now_ms += 3000;
	assert_int_equal(ks_ingest_is_due(t.ingest, true, &is_due, &err), 0);
	assert_true(is_due);
	look(0, 0);
	assert_int_equal(incidents_count(&t, "SELECT COUNT(*) FROM incidents WHERE pending <> 0"), 0);
}

static void waits_for_nothing_at_the_end(void **state)
{
	(void)state;
	feed(0, 30);
	feed(30, 30);
	ks_ingest_hurry(t.ingest);
	incidents_begin(&t);
	incidents_commit(&t);
	assert_int_equal(incidents_count(&t, STORMS), 2);
	assert_int_equal(incidents_count(&t, "SELECT COUNT(*) FROM incidents WHERE pending <> 0"), 0);
}

/* Names that a thief made up: each byte is six in a notice. */
static void names_what_fits(void **state)
{
	struct ks_vec notices = KS_VEC_OF(struct ks_notice);
	struct ks_err err = { 0 };
	struct ks_storm storm;
	struct ks_str body;
	char name[400];

	(void)state;
	memset(name, 1, sizeof(name));
	assert_int_equal(ks_storm_open(t.db, t.now_ms, true, &storm, &err), 0);
	for (int64_t i = 1; i <= KS_STORM_LISTED; i++)
		ks_storm_add(&storm, &(struct ks_incident){ .id = i, .level = i == KS_STORM_LISTED ?
			KS_LEVEL_HIGH : KS_LEVEL_LOW, .actor = { name, sizeof(name) } });
	if (ks_storm_tell(t.db, &storm, &(struct ks_outbox_post){ .kind = "storm", .topic = KS_STR("storm"),
			.notifiers = t.notifiers, .notifier_count = 1, .now_ms = t.now_ms }, &err) != 0)
		fail_msg("%s", err.message);
	assert_int_equal(ks_outbox_list(t.db, 0, &t.arena, &notices, &err), 0);
	body = KS_VEC_AT(&notices, struct ks_notice, 0)->body;
	assert_true(ks_str_has_prefix(body, KS_STR("{\"v\":1,\"kind\":\"storm\",\"incident\":null,"
		"\"level\":\"high\",\"count\":200,\"incidents\":[{\"incident\":1,")));
	assert_true(body.n < KS_STORM_BYTES + 200);
	ks_vec_release(&notices);
	ks_storm_close(&storm);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = { TEST(tells_the_first_singly),
		TEST(says_that_it_is_an_exercise), TEST(says_that_part_is_an_exercise),
		TEST(tells_the_rest_together),
		TEST(tells_once_a_minute), TEST(looks_seldom_where_that_takes_long),
		TEST(tells_who_waits_longest), TEST(keeps_room_for_the_graver),
		TEST(opens_beside_those_that_can_wait), TEST(looks_at_all_on_its_tick),
		TEST(waits_for_nothing_at_the_end), TEST(names_what_fits) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
