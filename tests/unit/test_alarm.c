/* lib/respond/alarm */
#include "lib/respond/alarm.h"

#include "lib/incident/journal.h"
#include "lib/incident/outbox.h"
#include "tests/unit/incidents.h"
#include "tests/unit/rows.h"

struct world {
	struct incidents t;
	struct ks_facts facts;
	struct ks_vec verdicts;
	struct ks_alarm alarm;
};

static void begin(struct world *w, const char *guard, enum ks_guard_outcome outcome)
{
	incidents_init(&w->t);
	incidents_one(&w->t, &(struct call){ .name = "GetSendQuota" });
	w->facts = (struct ks_facts){ .incident = 1, .now_ms = FIXTURE_NOW, .actor = KS_STR("key:" DECOY_A),
		.subject = { .account = KS_STR("123456789012") } };
	w->verdicts = KS_VEC_OF(struct ks_guard_verdict);
	ks_vec_push(&w->verdicts);
	*KS_VEC_AT(&w->verdicts, struct ks_guard_verdict, 0) =
		(struct ks_guard_verdict){ "account", KS_GUARD_PASS, "" };
	ks_vec_push(&w->verdicts);
	*KS_VEC_AT(&w->verdicts, struct ks_guard_verdict, 1) =
		(struct ks_guard_verdict){ guard, outcome, "3 other keys" };
	w->alarm = (struct ks_alarm){ .facts = &w->facts, .plan = 4, .policy = KS_STR("contain"),
		.verdicts = &w->verdicts };
	assert_int_equal(ks_db_exec(w->t.db, "INSERT INTO plans (id, incident_id, digest, policy, mode, "
		"account, actor, key_id, is_decoy, state, made_ms) VALUES (4, 1, 'abcd', 'contain', 'enforce', "
		"'123456789012', 'key:" DECOY_A "', '" DECOY_A "', 0, 'ready', 1)", &(struct ks_err){ 0 }), 0);
}

static void end(struct world *w)
{
	ks_vec_release(&w->verdicts);
	incidents_release(&w->t);
}

static bool raise_it(struct world *w)
{
	struct ks_err err = { 0 };
	bool raised = true;

	assert_int_equal(ks_alarm_raise(w->t.db, &w->alarm, &raised, &err), 0);
	return raised;
}

/* How many notices there are for that notifier, each with all that whoever is called has to know. */
static size_t count(struct world *w, const char *notifier)
{
	struct ks_vec list = KS_VEC_OF(struct ks_notice);
	struct ks_err err = { 0 };
	size_t n = 0;

	assert_int_equal(ks_outbox_list(w->t.db, 1, &w->t.arena, &list, &err), 0);
	for (size_t i = 0; i < list.n; i++) {
		const struct ks_notice *notice = KS_VEC_AT(&list, struct ks_notice, i);

		if (!ks_str_is(notice->kind, "limit") || !ks_str_is(notice->notifier, notifier))
			continue;
		assert_true(ks_str_has_prefix(notice->body, KS_STR(
			"{\"v\":1,\"kind\":\"limit\",\"incident\":1,\"level\":\"critical\","
			"\"actor\":\"key:" DECOY_A "\",\"account\":\"123456789012\",\"plan\":4,\"policy\":\"contain\","
			"\"digest\":\"abcd\",\"steps\":0,\"calls\":[],\"expires\":null,"
			"\"why\":\"3 other keys\",\"approve_with\":\"keysnare respond approve 1\",\"journal\":\"")));
		/* The head that it carries is that of its own entry. */
		assert_int_equal(incidents_count(&w->t, ks_arena_printf(&w->t.arena, "SELECT COUNT(*) FROM journal "
			"WHERE incident_id = 1 AND kind = 'limit' AND lower(hex(hash)) = '" KS_STR_FMT "'",
			KS_STR_ARG(ks_str_sub(notice->body, notice->body.n - 66, 64)))), 1);
		n++;
	}
	ks_vec_release(&list);
	return n;
}

static void test_once_an_hour(void **state)
{
	static const char *const two[] = { "oncall", "chat" };
	struct world w;

	(void)state;
	begin(&w, "max_keys_per_hour", KS_GUARD_APPROVE);
	w.alarm.notifiers = two;
	w.alarm.notifier_count = 2;
	assert_true(raise_it(&w));
	assert_false(raise_it(&w));
	assert_int_equal(count(&w, "oncall"), 1);
	assert_int_equal(count(&w, "chat"), 1);
	assert_int_equal(count(&w, "stdout"), 0);
	w.facts.now_ms += INT64_C(3600) * 1000 + 1;
	assert_true(raise_it(&w));
	assert_int_equal(count(&w, "oncall"), 2);
	assert_int_equal(incidents_count(&w.t, "SELECT COUNT(*) FROM journal WHERE incident_id = 1 AND kind = "
		"'limit'"), 2);
	end(&w);
}

static void test_nobody_named(void **state)
{
	struct world w;

	(void)state;
	begin(&w, "max_keys_per_hour", KS_GUARD_APPROVE);
	assert_true(raise_it(&w));
	assert_int_equal(count(&w, "stdout"), 1);
	end(&w);
}

static void test_no_limit(void **state)
{
	struct world w;

	(void)state;
	begin(&w, "max_keys_per_hour", KS_GUARD_PASS);
	assert_false(raise_it(&w));
	end(&w);
	begin(&w, "leftover", KS_GUARD_APPROVE);
	assert_false(raise_it(&w));
	assert_int_equal(incidents_count(&w.t, "SELECT COUNT(*) FROM journal WHERE kind = 'limit'"), 0);
	end(&w);
}

static void expect_waits(struct world *w, int64_t n)
{
	struct ks_err err = { 0 };

	assert_int_equal(ks_alarm_wait(w->t.db, &w->alarm, "some came late", &err), 0);
	assert_int_equal(incidents_count(&w->t, "SELECT COUNT(*) FROM outbox WHERE kind = 'approval' AND "
		"CAST(body AS TEXT) LIKE '%\"level\":\"high\",%\"why\":\"some came late\"%'"), n);
}

/* Once for each plan, and not where the limit said so. */
static void test_waits(void **state)
{
	struct world w;

	(void)state;
	begin(&w, "backlog", KS_GUARD_APPROVE);
	w.facts.level = KS_LEVEL_HIGH;
	expect_waits(&w, 1);
	expect_waits(&w, 1);
	assert_int_equal(ks_db_exec(w.t.db, "INSERT INTO plans (id, incident_id, digest, policy, mode, account, "
		"actor, key_id, is_decoy, state, made_ms) SELECT 5, 1, 'abce', policy, mode, account, actor, "
		"key_id, is_decoy, state, made_ms FROM plans", &(struct ks_err){ 0 }), 0);
	w.alarm.plan = 5;
	expect_waits(&w, 2);
	end(&w);
	begin(&w, "max_keys_per_hour", KS_GUARD_APPROVE);
	w.facts.level = KS_LEVEL_HIGH;
	assert_true(raise_it(&w));
	expect_waits(&w, 0);
	end(&w);
}

int main(void)
{
	struct rows rows = { 0 };

	ROWS_TEST(&rows, test_once_an_hour);
	ROWS_TEST(&rows, test_nobody_named);
	ROWS_TEST(&rows, test_no_limit);
	ROWS_TEST(&rows, test_waits);
	return rows_run("alarm", &rows);
}
