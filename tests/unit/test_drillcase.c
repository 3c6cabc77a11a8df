/* lib/incident/drillcase: which incidents are exercises, and who is told when one is none any more. */
#include "lib/incident/drillmark.h"
#include "lib/incident/drillcase.h"

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

/* A record of the decoy's, of a drill or not. */
static void use(bool is_marked, int64_t seconds)
{
	char id[KS_DRILLMARK_SIZE + 1];

	ks_drillmark_make(7, (uint64_t)seconds, id);
	incidents_one(&t, &(struct call){ .seconds = seconds, .id = is_marked ? id : NULL });
}

static void expect(enum ks_drillcase_kind kind, int64_t marked, const char *name, const char *text)
{
	struct ks_drillcase found;
	struct ks_err err = { 0 };
	struct ks_buf out;

	assert_int_equal(ks_drillcase_read(t.db, 1, &found, &err), 0);
	assert_int_equal(found.kind, kind);
	assert_int_equal(found.marked, marked);
	if (name == NULL)
		assert_null(ks_drillcase_name(&found));
	else
		assert_string_equal(ks_drillcase_name(&found), name);
	ks_buf_init(&out, 1024);
	ks_drillcase_add_text(&found, &out);
	assert_true(text == NULL ? out.n == 0 : strstr(ks_buf_str(&out).p, text) != NULL);
	ks_buf_release(&out);
}

#define NOTICES(what) \
	incidents_count(&t, "SELECT COUNT(*) FROM outbox WHERE CAST(body AS TEXT) LIKE '%" what "%'")

static void test_none(void **state)
{
	(void)state;
	use(false, 1);
	expect(KS_DRILLCASE_NONE, 0, NULL, NULL);
	assert_int_equal(NOTICES("\"exercise\""), 0);
	assert_int_equal(NOTICES("\"opened\""), 1);
}

/* A real use of the same decoy, later: people were told that all of it is an exercise. */
static void test_whole_then_part(void **state)
{
	(void)state;
	use(true, 1);
	use(true, 2);
	expect(KS_DRILLCASE_WHOLE, 2, "whole", "a drill made all of its records");
	assert_int_equal(NOTICES("\"exercise\":\"whole\""), 1);
	assert_int_equal(NOTICES("\"exercise\":\"part\""), 0);
	use(false, 3);
	expect(KS_DRILLCASE_PART, 2, "part", "2 of 3 records");
	assert_int_equal(NOTICES("\"kind\":\"escalated\""), 1);
	assert_int_equal(NOTICES("\"exercise\":\"part\""), 1);
	/* Once. */
	use(false, 4);
	use(true, 5);
	assert_int_equal(NOTICES("\"exercise\""), 2);
}

/* The mark of a drill beside a real thief's records takes nothing back. */
static void test_real_first(void **state)
{
	(void)state;
	use(false, 1);
	use(true, 2);
	use(false, 3);
	expect(KS_DRILLCASE_PART, 1, "part", "take it in earnest");
	assert_int_equal(NOTICES("\"incident\":1"), 1);
}

static void use_of(const char *key, bool is_marked, int64_t seconds)
{
	char id[KS_DRILLMARK_SIZE + 1];

	ks_drillmark_make(7, (uint64_t)seconds, id);
	incidents_feed(&t, &(struct call){ .key = key, .seconds = seconds, .id = is_marked ? id : NULL });
}

/* From the same address: what is real does not wait because people heard of an exercise. */
static void test_real_beside_told(void **state)
{
	(void)state;
	use(true, 1);
	assert_int_equal(NOTICES("\"kind\":\"opened\""), 1);
	incidents_begin(&t);
	use_of(DECOY_B, false, 2);
	incidents_commit(&t);
	assert_int_equal(NOTICES("\"incident\":2"), 1);
	assert_int_equal(NOTICES("\"kind\":\"opened\""), 2);
}

/* An exercise of the same page does, and so does what is real behind what is real. */
static void test_exercise_beside_told(void **state)
{
	(void)state;
	use(false, 1);
	incidents_begin(&t);
	use_of(DECOY_B, true, 2);
	incidents_commit(&t);
	assert_int_equal(NOTICES("\"incident\":2"), 0);
	assert_int_equal(NOTICES("\"kind\":\"opened\""), 1);
}

/* In one batch: each has its own notice, whichever would speak for the other. */
static void test_both_at_once(void **state)
{
	(void)state;
	incidents_begin(&t);
	use_of(DECOY_A, true, 1);
	use_of(DECOY_B, false, 2);
	incidents_commit(&t);
	assert_int_equal(NOTICES("\"incident\":2"), 1);
	assert_int_equal(NOTICES("\"exercise\":\"part\""), 0);
	/* The real one was told; the exercise of its page waits its while. */
	assert_int_equal(NOTICES("\"incident\":1"), 0);
}

/* Somebody opened it by hand, or keysnare did for a silent use: what explains it is no news of its level. */
static void test_no_events(void **state)
{
	struct ks_err err = { 0 };
	bool is_so = true;

	(void)state;
	assert_int_equal(ks_drillcase_is_all_marked(t.db, 1, &is_so, &err), 0);
	assert_false(is_so);
	use(true, 1);
	assert_int_equal(ks_drillcase_is_all_marked(t.db, 1, &is_so, &err), 0);
	assert_true(is_so);
	assert_int_equal(ks_drillcase_is_all_marked(t.db, 2, &is_so, &err), 0);
	assert_false(is_so);
}

static void test_store_of_a_drill(void **state)
{
	struct ks_err err = { 0 };
	bool is_of_drill = true;

	(void)state;
	assert_int_equal(ks_drillcase_is_of_drill(t.db, &is_of_drill, &err), 0);
	assert_false(is_of_drill);
	assert_int_equal(ks_sql_run(t.db, "INSERT INTO drills (id, number, scenario, seed, noise, pace, "
		"start_ms, real_ms) VALUES (1, 1, '', 1, 0, '', 0, 0)", KS_SQL_NONE, &err), 0);
	use(false, 1);
	expect(KS_DRILLCASE_WHOLE, 0, "whole", "the store is a drill's");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_none, begin, end),
		cmocka_unit_test_setup_teardown(test_no_events, begin, end),
		cmocka_unit_test_setup_teardown(test_whole_then_part, begin, end),
		cmocka_unit_test_setup_teardown(test_real_first, begin, end),
		cmocka_unit_test_setup_teardown(test_real_beside_told, begin, end),
		cmocka_unit_test_setup_teardown(test_exercise_beside_told, begin, end),
		cmocka_unit_test_setup_teardown(test_both_at_once, begin, end),
		cmocka_unit_test_setup_teardown(test_store_of_a_drill, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
