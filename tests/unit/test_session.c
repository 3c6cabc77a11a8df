/* Temporary keys and what is behind them. */
#include "lib/incident/session.h"

#include "tests/unit/incidents.h"

static struct incidents t;
static bool is_trusting;         /* what put stores is trusted */

#define DAY (24 * HOUR)

static void put_at(const char *key, const char *parent, int64_t given_ms, int64_t expires_ms,
	struct ks_vec *rooted)
{
	struct ks_session session = { ks_str_of(key), ks_str_of(parent), t.now_ms, given_ms, expires_ms,
		is_trusting };
	struct ks_err err = { 0 };

	assert_int_equal(ks_session_put(t.db, &session, &t.arena, rooted, &err), 0);
}

/* How many sessions are somebody's by it. */
static size_t put(const char *key, const char *parent)
{
	struct ks_vec rooted = KS_VEC_OF(struct ks_str);
	size_t n;

	put_at(key, parent, KS_TIME_NONE, KS_TIME_NONE, &rooted);
	n = rooted.n;
	assert_true(n == 0 || ks_str_is(*KS_VEC_AT(&rooted, struct ks_str, 0), key));
	ks_vec_release(&rooted);
	return n;
}

static const char *parent_of(const char *key)
{
	struct ks_err err = { 0 };
	struct ks_str parent;

	assert_int_equal(ks_session_find(t.db, ks_str_of(key), &t.arena, &parent, &err), 0);
	return parent.p != NULL ? parent.p : "nobody";
}

static void leads_to_the_first_key(void **state)
{
	struct ks_vec all = KS_VEC_OF(struct ks_session);
	struct ks_err err = { 0 };

	(void)state;
	incidents_init(&t);
	assert_string_equal(parent_of("ASIA1"), "nobody");
	assert_int_equal(put("ASIA1", "AKIA1"), 1);
	assert_int_equal(put("ASIA2", "ASIA1"), 1);
	assert_string_equal(parent_of("ASIA2"), "AKIA1");
	/* What is known stays. */
	assert_int_equal(put("ASIA1", "AKIA2"), 0);
	assert_string_equal(parent_of("ASIA1"), "AKIA1");
	/* A chain that is learned from its end, and a ring of it. */
	assert_int_equal(put("ASIA9", "ASIA8"), 0);
	assert_int_equal(put("ASIA8", "ASIA7"), 0);
	assert_int_equal(put("ASIA7", "ASIA9"), 0);
	assert_string_equal(parent_of("ASIA9"), "nobody");
	assert_int_equal(put("ASIA7", "AKIA7"), 3);
	assert_string_equal(parent_of("ASIA9"), "AKIA7");
	assert_string_equal(parent_of("ASIA8"), "AKIA7");
	assert_int_equal(ks_session_list(t.db, &t.arena, &all, &err), 0);
	assert_int_equal(all.n, 5);
	assert_true(ks_str_is(KS_VEC_AT(&all, struct ks_session, 4)->key_id, "ASIA9"));
	ks_vec_release(&all);
	incidents_release(&t);
}

static void forgets_what_can_matter_no_more(void **state)
{
	struct ks_vec rooted = KS_VEC_OF(struct ks_str);
	struct ks_err err = { 0 };
	int64_t start;

	(void)state;
	incidents_init(&t);
	start = t.now_ms;
	put_at("ASIAOLD", "AKIA1", start, KS_TIME_NONE, &rooted);
	put_at("ASIAWAITS", "ASIANOBODY", start, KS_TIME_NONE, &rooted);
	put_at("ASIALASTING", "AKIA1", start, start + 5 * DAY, &rooted);
	incidents_one(&t, &(struct call){ .key = CHILD, .name = "GetSendQuota" });
	put_at(CHILD, "AKIA1", start, KS_TIME_NONE, &rooted);
	put_at("ASIANEW", "AKIA1", start + 9 * DAY, KS_TIME_NONE, &rooted);
	/* Learned just now: trails are read in any order. */
	assert_int_equal(ks_session_forget(t.db, t.now_ms, DAY, &err), 0);
	assert_string_equal(parent_of("ASIAOLD"), "AKIA1");
	t.now_ms += 2 * DAY;
	assert_int_equal(ks_session_forget(t.db, t.now_ms, DAY, &err), 0);
	assert_string_equal(parent_of("ASIAOLD"), "nobody");
	assert_int_equal(incidents_count(&t, "SELECT COUNT(*) FROM sessions WHERE key_id = 'ASIAWAITS'"), 0);
	assert_string_equal(parent_of("ASIALASTING"), "AKIA1");
	assert_string_equal(parent_of("ASIANEW"), "AKIA1");
	assert_string_equal(parent_of(CHILD), "AKIA1");
	ks_vec_release(&rooted);
	incidents_release(&t);
}

static void keeps_the_latest_that_wait(void **state)
{
	struct ks_vec rooted = KS_VEC_OF(struct ks_str);
	struct ks_err err = { 0 };
	char key[32];

	(void)state;
	incidents_init(&t);
	incidents_begin(&t);
	for (unsigned i = 0; i < KS_SESSION_WAITING + 5; i++) {
		snprintf(key, sizeof(key), "ASIAWAITS%05u", i);
		put_at(key, "ASIANOBODY", t.now_ms + i, KS_TIME_NONE, &rooted);
	}
	put_at("ASIAKNOWN", "AKIA1", t.now_ms - 5, KS_TIME_NONE, &rooted);
	assert_int_equal(ks_session_forget(t.db, t.now_ms, DAY, &err), 0);
	assert_int_equal(incidents_count(&t, "SELECT COUNT(*) FROM sessions"), KS_SESSION_WAITING + 1);
	assert_int_equal(
		incidents_count(&t, "SELECT COUNT(*) FROM sessions WHERE key_id <= 'ASIAWAITS00004'"), 1);
	incidents_commit(&t);
	ks_vec_release(&rooted);
	incidents_release(&t);
}

static bool is_trusted(const char *key)
{
	struct ks_err err = { 0 };
	bool out = true;

	assert_int_equal(ks_session_is_trusted(t.db, ks_str_of(key), &out, &err), 0);
	return out;
}

static void put_trusted(const char *key, const char *parent, bool is_it)
{
	is_trusting = is_it;
	put(key, parent);
	is_trusting = false;
}

/* One record that can be forged, anywhere on the way to the long-term key, is enough. */
static void is_trusted_all_the_way(void **state)
{
	(void)state;
	incidents_init(&t);
	put_trusted("ASIA1", "AKIA1", true);
	put_trusted("ASIA2", "ASIA1", true);
	put_trusted("ASIA3", "ASIA1", false);
	put_trusted("ASIA4", "ASIA3", true);
	assert_true(is_trusted("ASIA1"));
	assert_true(is_trusted("ASIA2"));
	assert_false(is_trusted("ASIA3"));
	assert_false(is_trusted("ASIA4"));
	assert_false(is_trusted("ASIA9"));
	/* What waits for its asker, whichever of the two can be forged. */
	put_trusted("ASIA6", "ASIA5", true);
	put_trusted("ASIA7", "ASIA5", false);
	put_trusted("ASIA5", "AKIA1", true);
	assert_true(is_trusted("ASIA6"));
	assert_false(is_trusted("ASIA7"));
	put_trusted("ASIAB", "ASIAA", true);
	put_trusted("ASIAA", "AKIA1", false);
	assert_false(is_trusted("ASIAB"));
	/* A trusted record of the same raises it; of another key it does not, and the parent stays. */
	put_trusted("ASIA3", "AKIA2", true);
	assert_false(is_trusted("ASIA3"));
	put_trusted("ASIA3", "ASIA1", true);
	assert_true(is_trusted("ASIA3"));
	put_trusted("ASIA3", "ASIA1", false);
	assert_true(is_trusted("ASIA3"));
	assert_string_equal(parent_of("ASIA3"), "AKIA1");
	incidents_release(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(leads_to_the_first_key),
		cmocka_unit_test(forgets_what_can_matter_no_more), cmocka_unit_test(keeps_the_latest_that_wait),
		cmocka_unit_test(is_trusted_all_the_way) };

	return cmocka_run_group_tests_name("session", tests, NULL, NULL);
}
