/* What a notice says, and to whom. */
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

/* The body of the n-th notice, 1 first. */
static const char *body(size_t n)
{
	struct ks_vec notices = KS_VEC_OF(struct ks_notice);
	struct ks_err err = { 0 };
	const char *text = "(none)";

	assert_int_equal(ks_outbox_list(t.db, 0, &t.arena, &notices, &err), 0);
	if (n <= notices.n)
		text = KS_VEC_AT(&notices, struct ks_notice, n - 1)->body.p;
	ks_vec_release(&notices);
	return text;
}

static void says_it_all(void **state)
{
	struct ks_err err = { 0 };
	char head[KS_HASH_HEX];

	(void)state;
	incidents_begin(&t);
	incidents_feed(&t, &(struct call){ .name = "GetSendQuota", .source = "ses.amazonaws.com" });
	incidents_feed(&t, &(struct call){ .key = DECOY_B, .seconds = 5 });
	incidents_commit(&t);
	assert_int_equal(ks_journal_head(t.db, 1, head, &err), 0);
	assert_string_equal(body(1),
		ks_arena_printf(&t.arena,
			"{\"v\":1,\"kind\":\"opened\",\"incident\":1,"
			"\"level\":\"high\",\"actor\":\"key:" DECOY_A
			"\",\"account\":\"123456789012\",\"decoy\":{\"key_id\":\"" DECOY_A
			"\",\"name\":null,\"placement\":null},\"stages\":[\"sandbox check\"],"
			"\"first\":\"2025-11-21T10:00:00Z\",\"last\":\"2025-11-21T10:00:00Z\",\"events\":1,"
			"\"rules\":[\"Decoy used\",\"Quota read\"],\"addresses\":[\"198.51.100.7\"],\"linked\":[2],"
			"\"linked_count\":1,\"took_over\":[],\"state\":\"open\",\"journal\":\"%s\"}",
			head));
	assert_string_equal(body(2), "(none)");
	assert_string_equal(incidents_kinds(&t, 2, false), "opened notice");
}

static void tells_everybody(void **state)
{
	static const char *const names[] = { "mail", "chat" };
	struct ks_err err = { 0 };

	(void)state;
	ks_ingest_close(t.ingest);
	assert_int_equal(ks_ingest_open(&(struct ks_ingest_config){ .ctx = &t.fixture.ctx, .db = t.db,
		.program = &t.program, .wants = &t.wants, .watchlist = &t.watchlist, .notifiers = names,
		.notifier_count = 2 }, &t.ingest, &err), 0);
	incidents_one(&t, &(struct call){ 0 });
	assert_string_equal(incidents_kinds(&t, 1, true), "opened opened");
	assert_int_equal(incidents_count(&t, "SELECT COUNT(DISTINCT notifier) FROM outbox"), 2);
	assert_string_equal(body(1), body(2));
}

/* A page whose first incident is closed has been dealt with: what comes then is new. */
static void tells_anew_when_a_page_was_dealt_with(void **state)
{
	struct ks_err err = { 0 };

	(void)state;
	incidents_one(&t, &(struct call){ 0 });
	assert_int_equal(ks_incident_close(t.db, &(struct ks_incident_change){ .id = 1, .now_ms = t.now_ms,
		.who = KS_STR("ann") }, &err), 0);
	incidents_one(&t, &(struct call){ .key = DECOY_B });
	assert_string_equal(incidents_kinds(&t, 2, true), "opened");
}

static void tells_of_a_graver_one_at_once(void **state)
{
	(void)state;
	incidents_one(&t, &(struct call){ 0 });
	incidents_one(&t, &(struct call){ .key = DECOY_B });
	assert_string_equal(incidents_kinds(&t, 2, true), "");
	incidents_one(&t, &(struct call){ .key = DECOY_B, .name = "PutAccountDetails", .seconds = 4 });
	assert_string_equal(incidents_kinds(&t, 2, true), "opened");
	t.now_ms += 30 * HOUR;
	incidents_one(&t, &(struct call){ .key = "AKIAQYLPMN5HHHFPZZZZ", .name = "GetSendQuota", .hours = 30 });
	assert_string_equal(incidents_kinds(&t, 3, true), "opened");
}

/* A decoy is proof, and what was told before may have been a slip of one's own people. */
static void tells_of_the_first_decoy_at_once(void **state)
{
	(void)state;
	incidents_one(&t, &(struct call){ .key = "AKIAQYLPMN5HHHFPZZZZ", .name = "PutAccountDetails" });
	incidents_one(&t, &(struct call){ .seconds = 5 });
	assert_string_equal(incidents_kinds(&t, 2, true), "opened");
	assert_non_null(strstr(body(2), "\"decoy\":{\"key_id\":\"" DECOY_A "\""));
	/* The second one can wait: thieves who found one find more. */
	incidents_one(&t, &(struct call){ .key = DECOY_B, .seconds = 9 });
	assert_string_equal(incidents_kinds(&t, 3, true), "");
}

/* In one batch the gravest speaks for the page, and would not name the decoy. */
static void tells_of_a_decoy_beside_a_graver_one(void **state)
{
	(void)state;
	incidents_begin(&t);
	incidents_feed(&t, &(struct call){ 0 });
	incidents_feed(&t, &(struct call){ .key = DECOY_B, .seconds = 3 });
	incidents_feed(&t, &(struct call){ .key = "AKIAQYLPMN5HHHFPZZZZ", .name = "PutAccountDetails",
		.seconds = 5 });
	incidents_commit(&t);
	assert_string_equal(incidents_kinds(&t, 3, true), "opened");
	assert_string_equal(incidents_kinds(&t, 1, true), "opened");
	assert_string_equal(incidents_kinds(&t, 2, true), "");
	assert_int_equal(incidents_count(&t, "SELECT COUNT(*) FROM incidents WHERE pending <> 0"), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(says_it_all), TEST(tells_everybody), TEST(tells_anew_when_a_page_was_dealt_with),
		TEST(tells_of_a_graver_one_at_once), TEST(tells_of_the_first_decoy_at_once),
		TEST(tells_of_a_decoy_beside_a_graver_one),
	};

	return cmocka_run_group_tests_name("page", tests, NULL, NULL);
}
