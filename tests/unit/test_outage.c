/* lib/engine/outage: told once, ended once, whoever is restarted and however many watch. */
#include "lib/engine/outage.h"

#include "tests/unit/incidents.h"

static struct incidents t;
static struct ks_seat *ann, *bob;

static struct ks_seat *sit(void)
{
	struct ks_err err = { 0 };
	struct ks_seat *seat = NULL;

	assert_int_equal(ks_seat_open(&t.fixture.ctx, ks_db_path(t.db), &seat, &err), 0);
	return seat;
}

static int begin(void **state)
{
	(void)state;
	incidents_init(&t);
	ann = sit();
	bob = sit();
	return 0;
}

static int end(void **state)
{
	(void)state;
	ks_seat_close(ann);
	ks_seat_close(bob);
	incidents_release(&t);
	return 0;
}

static bool put(const struct ks_seat *seat, enum ks_vigil_kind kind, const char *subject, bool holds)
{
	static const char *const names[] = { "chat", "oncall" };
	const struct ks_vigil_verdict verdict = { .kind = kind, .subject = ks_str_of(subject), .holds = holds,
		.since_ms = t.now_ms - 5000, .why = holds ? "so it is" : NULL };
	struct ks_err err = { 0 };
	bool is_told = false;

	assert_int_equal(ks_outage_put(t.db, &(struct ks_outage_desk){ seat, names, 2, t.now_ms }, &verdict,
		&is_told, &err), 0);
	return is_told;
}

#define COUNT(kind, name) incidents_count(&t, "SELECT COUNT(*) FROM outbox WHERE incident_id IS NULL AND " \
	"kind = '" kind "' AND notifier = '" name "'")

static void is_told_once(void **state)
{
	(void)state;
	assert_true(put(ann, KS_VIGIL_STALE, "s3://b/", true));
	assert_false(put(ann, KS_VIGIL_STALE, "s3://b/", true));
	assert_false(put(bob, KS_VIGIL_STALE, "s3://b/", true));
	assert_true(put(bob, KS_VIGIL_STALE, "sqs:q", true));
	assert_true(put(ann, KS_VIGIL_STALE, "s3://b/", false));
	assert_false(put(ann, KS_VIGIL_STALE, "s3://b/", false));
	assert_int_equal(COUNT("alarm", "chat"), 2);
	assert_int_equal(COUNT("recovered", "oncall"), 1);
	/* Another one is told as the first was. */
	assert_true(put(ann, KS_VIGIL_STALE, "s3://b/", true));
	assert_int_equal(COUNT("alarm", "chat"), 3);
	assert_int_equal(incidents_count(&t, "SELECT COUNT(*) FROM outbox WHERE CAST(body AS TEXT) LIKE "
		"'{\"v\":1,\"kind\":\"recovered\",\"incident\":null,\"level\":\"informational\",\"alarm\":\"stale\","
		"\"subject\":\"s3://b/\",\"since\":\"%\",\"ended\":\"%\",\"why\":\"so it is\",\"do\":null,"
		"\"journal\":null}'"), 2);
}

static void is_ended_by_who_saw_it(void **state)
{
	(void)state;
	assert_true(put(ann, KS_VIGIL_FAILING, "sqs:q", true));
	assert_false(put(bob, KS_VIGIL_FAILING, "sqs:q", false));
	/* When he is gone, anybody says so. */
	ks_seat_close(ann);
	ann = sit();
	assert_false(put(ann, KS_VIGIL_FAILING, "sqs:q", true));
	assert_true(put(bob, KS_VIGIL_FAILING, "sqs:q", false));
	assert_int_equal(COUNT("alarm", "chat"), 1);
	assert_int_equal(COUNT("recovered", "chat"), 1);
}

static void what_never_was_is_not_over(void **state)
{
	(void)state;
	assert_false(put(ann, KS_VIGIL_FULL, "", false));
	assert_int_equal(incidents_count(&t, "SELECT COUNT(*) FROM outages"), 0);
}

static void what_happened_is_told_once_an_hour(void **state)
{
	(void)state;
	assert_true(put(ann, KS_VIGIL_UNDECIDED, "", true));
	assert_false(put(bob, KS_VIGIL_UNDECIDED, "", true));
	t.now_ms += KS_VIGIL_AGAIN_MS;
	assert_true(put(bob, KS_VIGIL_UNDECIDED, "", true));
	assert_false(put(bob, KS_VIGIL_UNDECIDED, "", false));
	assert_int_equal(COUNT("alarm", "chat"), 2);
	assert_int_equal(COUNT("recovered", "chat"), 0);
}

static void who_is_down_is_not_told_so_himself(void **state)
{
	(void)state;
	assert_true(put(ann, KS_VIGIL_DEAD, "chat", true));
	assert_int_equal(COUNT("alarm", "chat"), 0);
	assert_int_equal(COUNT("alarm", "oncall"), 1);
}

static void lists_what_is_not_over(void **state)
{
	struct ks_vec list = KS_VEC_OF(struct ks_outage);
	struct ks_err err = { 0 };

	(void)state;
	put(ann, KS_VIGIL_STALE, "s3://b/", true);
	put(ann, KS_VIGIL_FULL, "", true);
	put(ann, KS_VIGIL_ASIDE, "sqs:q", true);
	put(ann, KS_VIGIL_FULL, "", false);
	assert_int_equal(ks_outage_list(t.db, &t.arena, &list, &err), 0);
	assert_int_equal(list.n, 1);
	assert_true(ks_str_is(KS_VEC_AT(&list, struct ks_outage, 0)->name, "stale"));
	ks_vec_release(&list);
}

static void learns_pauses_but_not_those_it_told_of(void **state)
{
	struct ks_vigil_feed feed = { .source = KS_STR("sqs:q") };
	struct ks_err err = { 0 };
	int64_t at = t.now_ms;

	(void)state;
	assert_int_equal(ks_outage_feed_find(t.db, &feed, &err), 0);
	assert_true(feed.first_ms == KS_TIME_NONE && feed.last_ms == KS_TIME_NONE);
	assert_int_equal(ks_outage_feed_put(t.db, feed.source, at, &err), 0);
	assert_int_equal(ks_outage_feed_put(t.db, feed.source, at + 7000, &err), 0);
	assert_int_equal(ks_outage_feed_put(t.db, feed.source, at + 9000, &err), 0);
	/* A clock that was set back changes nothing. */
	assert_int_equal(ks_outage_feed_put(t.db, feed.source, at - 9000, &err), 0);
	assert_int_equal(ks_outage_feed_find(t.db, &feed, &err), 0);
	assert_int_equal(feed.first_ms, at);
	assert_int_equal(feed.last_ms, at + 9000);
	assert_int_equal(feed.gap_ms, 7000);
	put(ann, KS_VIGIL_STALE, "sqs:q", true);
	assert_int_equal(ks_outage_feed_put(t.db, feed.source, at + 99000, &err), 0);
	assert_int_equal(ks_outage_feed_find(t.db, &feed, &err), 0);
	assert_int_equal(feed.last_ms, at + 99000);
	assert_int_equal(feed.gap_ms, 7000);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = { TEST(is_told_once), TEST(is_ended_by_who_saw_it),
		TEST(what_never_was_is_not_over), TEST(what_happened_is_told_once_an_hour),
		TEST(who_is_down_is_not_told_so_himself), TEST(lists_what_is_not_over),
		TEST(learns_pauses_but_not_those_it_told_of) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
