/* What the store forgets, and what it must not. */
#include "lib/engine/pruner.h"

#include "lib/engine/correlator.h"
#include "tests/unit/incidents.h"

#define DAY 24
#define APP "AKIAQYLPMN5HHHFPZAPP"
#define THIEF "AKIAQYLPMN5HHHFPTHIE"
#define OTHER "AKIAQYLPMN5HHHFPOTHE"

static const char rules[] =
	"title: Get\nid: 11111111-1111-4111-8111-111111111111\nname: get\nlogsource: {product: aws}\n"
	"detection: {s: {eventName|startswith: Get}, condition: s}\n"
	"---\n"
	"title: Asked for much\nid: 21111111-1111-4111-8111-111111111111\nlevel: high\nname: much\n"
	"correlation:\n  type: value_count\n  rules: [get]\n  group-by: [userIdentity.accessKeyId]\n"
	"  timespan: 100s\n  condition: {gte: 3, field: eventName}\n  generate: false\n"
	"---\n"
	"title: Often much\nid: 31111111-1111-4111-8111-111111111111\nlevel: high\n"
	"correlation:\n  type: event_count\n  rules: [much]\n  group-by: [userIdentity.accessKeyId]\n"
	"  timespan: 1d\n  condition: {gte: 2}\n";

static struct incidents t;
static struct ks_correlator *correlator;

static void open_ingest(void)
{
	struct ks_err err = { 0 };

	assert_int_equal(ks_ingest_open(&(struct ks_ingest_config){ .ctx = &t.fixture.ctx, .db = t.db,
		.program = &t.program, .wants = &t.wants, .watchlist = &t.watchlist,
		.correlator = ks_correlator_row(correlator) }, &t.ingest, &err), 0);
}

static int begin(void **state)
{
	(void)state;
	incidents_init(&t);
	ks_ingest_close(t.ingest);
	ks_wants_release(&t.wants);
	ks_ruleset_release(&t.ruleset);
	ks_ruleset_init(&t.ruleset);
	assert_int_equal(ks_ruleset_add(&t.ruleset, "r.yml", ks_str_of(rules)), 0);
	assert_int_equal(ks_ruleset_resolve(&t.ruleset), 0);
	ks_program_build(&t.program, &t.ruleset);
	ks_wants_init(&t.wants, &t.program);
	correlator = ks_correlator_new(&t.program, &t.watchlist);
	open_ingest();
	return 0;
}

static int end(void **state)
{
	(void)state;
	incidents_release(&t);
	ks_correlator_free(correlator);
	return 0;
}

static void feed(const char *key, const char *name, int64_t hours, int64_t seconds)
{
	incidents_feed(&t, &(struct call){ .key = key, .name = name, .hours = hours, .seconds = seconds });
}

static void one(const char *key, const char *name, int64_t hours, int64_t seconds)
{
	incidents_begin(&t);
	feed(key, name, hours, seconds);
	incidents_commit(&t);
}

/* Three names within a window. */
static void ask(const char *key, int64_t hours, int64_t seconds)
{
	incidents_begin(&t);
	feed(key, "GetA", hours, seconds);
	feed(key, "GetB", hours, seconds + 10);
	feed(key, "GetC", hours, seconds + 20);
	incidents_commit(&t);
}

/* The clock goes on, and everything is looked at. */
static void tidy_at(int64_t hours)
{
	struct ks_err err = { 0 };

	t.now_ms = FIXTURE_NOW + hours * HOUR;
	if (ks_ingest_tidy(t.ingest, &err) != 0)
		fail_msg("%s", err.message);
}

static void forgets_what_no_window_reaches(void **state)
{
	(void)state;
	incidents_begin(&t);
	for (int i = 0; i < 3000; i++)
		feed(APP, i % 2 == 0 ? "GetA" : "GetB", 0, i);
	incidents_commit(&t);
	ask(THIEF, 0, 0);
	ask(THIEF, 0, 200);
	assert_int_equal(ks_ingest_summary(t.ingest).kept, 3000);
	assert_int_equal(ks_ingest_summary(t.ingest).events, 6);
	assert_int_equal(incidents_count(&t, "SELECT COUNT(*) FROM findings"), 1);
	t.now_ms = FIXTURE_NOW + 20 * DAY * HOUR;
	one(OTHER, "GetA", 20 * DAY, 0);
	tidy_at(20 * DAY);
	assert_int_equal(incidents_count(&t, "SELECT COUNT(*) FROM events"), 7);
	assert_int_equal(incidents_count(&t, "SELECT COUNT(*) FROM hits"), 1);
	assert_int_equal(incidents_count(&t, "SELECT COUNT(*) FROM chains"), 0);
	assert_int_equal(incidents_count(&t, "SELECT COUNT(*) FROM finding_events"), 6);
	assert_int_equal(incidents_get(&t, 1).events, 6);
	/* Read once more, it is the same finding. */
	ask(THIEF, 0, 0);
	assert_int_equal(incidents_count(&t, "SELECT COUNT(*) FROM findings"), 1);
}

/* A bit with each batch, without a whole pass, and across runs. */
static void forgets_bit_by_bit(void **state)
{
	(void)state;
	incidents_begin(&t);
	for (int i = 0; i < 5000; i++)
		feed(APP, "GetA", 0, i);
	incidents_commit(&t);
	t.now_ms = FIXTURE_NOW + 20 * DAY * HOUR;
	for (int i = 0; i < 10; i++) {
		t.now_ms += HOUR;
		one(OTHER, "GetA", 20 * DAY, i);
		ks_ingest_close(t.ingest);
		open_ingest();
	}
	assert_int_equal(incidents_count(&t, "SELECT COUNT(*) FROM events"), 10);
	assert_int_equal(incidents_count(&t, "SELECT COUNT(*) FROM hits"), 10);
}

static void keeps_what_late_records_need(void **state)
{
	(void)state;
	one(APP, "GetA", 0, 0);
	one(APP, "GetB", 0, 1);
	ask(APP, 0, 400);
	/* Seven days late, and three timespans of the correlation on top. */
	t.now_ms = FIXTURE_NOW + 10 * DAY * HOUR;
	one(OTHER, "GetA", 10 * DAY, 0);
	tidy_at(12 * DAY);
	tidy_at(12 * DAY);
	assert_int_equal(incidents_count(&t, "SELECT COUNT(*) FROM findings"), 0);
	one(APP, "GetC", 0, 2);
	assert_int_equal(incidents_count(&t, "SELECT COUNT(*) FROM findings"), 1);
	assert_int_equal(incidents_count(&t, "SELECT COUNT(*) FROM finding_events"), 6);
	assert_int_equal(ks_ingest_summary(t.ingest).kept, 1);
	assert_int_equal(ks_ingest_summary(t.ingest).events, 6);
}

static void keeps_old_trails_that_come_behind_new_ones(void **state)
{
	(void)state;
	t.now_ms = FIXTURE_NOW + 60 * DAY * HOUR;
	one(OTHER, "GetA", 60 * DAY, 0);
	one(APP, "GetA", 0, 0);
	one(APP, "GetB", 0, 1);
	ask(APP, 0, 300);
	tidy_at(60 * DAY + 23);
	one(APP, "GetC", 0, 2);
	assert_int_equal(incidents_count(&t, "SELECT COUNT(*) FROM findings"), 1);
	one(THIEF, "GetA", 0, 0);
	/* What others are built on goes behind them. */
	tidy_at(62 * DAY);
	tidy_at(62 * DAY);
	assert_int_equal(incidents_count(&t, "SELECT COUNT(*) FROM hits"), 1);
	assert_int_equal(incidents_count(&t, "SELECT COUNT(*) FROM events"), 7);
}

/* One record from the future is no reason to forget everything. */
static void does_not_believe_in_the_future(void **state)
{
	(void)state;
	one(APP, "GetA", 0, 0);
	one(APP, "GetA", 1000 * DAY, 0);
	tidy_at(3 * DAY);
	assert_int_equal(incidents_count(&t, "SELECT COUNT(*) FROM events"), 2);
	assert_int_equal(incidents_count(&t, "SELECT COUNT(*) FROM hits"), 2);
}

/* A chain that goes on and on is the same one, however long ago it began. */
static void keeps_chains_whole(void **state)
{
	(void)state;
	for (int i = 0; i < 20; i++)
		ask(APP, 12 * i, 0);
	assert_int_equal(incidents_count(&t, "SELECT COUNT(*) FROM findings"), 1);
	t.now_ms = FIXTURE_NOW + 14 * DAY * HOUR;
	one(OTHER, "GetA", 14 * DAY, 0);
	tidy_at(14 * DAY);
	ask(APP, 12 * 20, 0);
	assert_int_equal(incidents_count(&t, "SELECT COUNT(*) FROM findings"), 1);
	assert_int_equal(incidents_count(&t, "SELECT COUNT(*) FROM finding_events"), 63);
	assert_string_equal(incidents_kinds(&t, 1, false), "opened");
}

/* Stores hold what earlier rules left. */
static void forgets_correlations_that_are_no_more(void **state)
{
	struct ks_err err = { 0 };

	(void)state;
	one(APP, "GetA", 0, 0);
	assert_int_equal(ks_db_exec(t.db, "UPDATE hits SET rule = 'gone', put_ms = NULL", &err), 0);
	t.now_ms = FIXTURE_NOW + 200 * DAY * HOUR;
	one(OTHER, "GetA", 90 * DAY, 0);
	tidy_at(200 * DAY);
	assert_int_equal(incidents_count(&t, "SELECT COUNT(*) FROM hits WHERE rule = 'gone'"), 1);
	one(OTHER, "GetA", 98 * DAY, 0);
	tidy_at(200 * DAY);
	assert_int_equal(incidents_count(&t, "SELECT COUNT(*) FROM hits WHERE rule = 'gone'"), 0);
	assert_int_equal(incidents_count(&t, "SELECT COUNT(*) FROM events"), 2);
}

#define ROW(test) cmocka_unit_test_setup_teardown(test, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = { ROW(forgets_what_no_window_reaches), ROW(forgets_bit_by_bit),
		ROW(keeps_what_late_records_need), ROW(keeps_old_trails_that_come_behind_new_ones),
		ROW(does_not_believe_in_the_future), ROW(keeps_chains_whole),
		ROW(forgets_correlations_that_are_no_more) };

	return cmocka_run_group_tests_name("pruner", tests, NULL, NULL);
}
