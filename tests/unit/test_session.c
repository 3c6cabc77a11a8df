/* Temporary keys and what is behind them. */
#include "lib/incident/session.h"

#include "tests/unit/incidents.h"

static struct incidents t;

static bool put(const char *key, const char *parent)
{
	struct ks_err err = { 0 };
	bool is_new = false;

	assert_int_equal(ks_session_put(t.db, &(struct ks_session){ ks_str_of(key), ks_str_of(parent), 1 },
						 &is_new, &err),
		0);
	return is_new;
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
	assert_true(put("ASIA1", "AKIA1"));
	assert_true(put("ASIA2", "ASIA1"));
	assert_string_equal(parent_of("ASIA2"), "AKIA1");
	/* What is known stays. */
	assert_false(put("ASIA1", "AKIA2"));
	assert_string_equal(parent_of("ASIA1"), "AKIA1");
	/* A chain that is learned from its end. */
	assert_true(put("ASIA9", "ASIA8"));
	assert_true(put("ASIA8", "ASIA7"));
	assert_true(put("ASIA7", "AKIA7"));
	assert_string_equal(parent_of("ASIA9"), "AKIA7");
	assert_string_equal(parent_of("ASIA8"), "AKIA7");
	assert_int_equal(ks_session_list(t.db, &t.arena, &all, &err), 0);
	assert_int_equal(all.n, 5);
	assert_true(ks_str_is(KS_VEC_AT(&all, struct ks_session, 4)->key_id, "ASIA9"));
	ks_vec_release(&all);
	incidents_release(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(leads_to_the_first_key) };

	return cmocka_run_group_tests_name("session", tests, NULL, NULL);
}
