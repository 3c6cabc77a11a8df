/* lib/incident/closing: who was told hears how it went on, and nobody else. */
#include "lib/incident/closing.h"

#include "tests/unit/incidents.h"
#include "tests/unit/rows.h"

static struct incidents t;

static int64_t count_of(const char *kind)
{
	return incidents_count(&t, ks_arena_printf(&t.arena, "SELECT COUNT(*) FROM outbox WHERE kind = '%s'",
		kind));
}

static void change(int (*how)(struct ks_db *, const struct ks_incident_change *, struct ks_err *),
	int64_t id)
{
	struct ks_err err = { 0 };

	if (how(t.db, &(struct ks_incident_change){ .id = id, .now_ms = t.now_ms, .who = KS_STR("ann"),
			.text = KS_STR("our own test") }, &err) != 0)
		fail_msg("%s", err.message);
}

/* What became of the first notice, and whether its notifier hears of the end. */
static const struct outcome { const char *name, *set; int64_t want; } outcomes[] = {
	{ "it waits", "state = 'waiting'", 1 },
	{ "it is on its way", "state = 'sending'", 1 },
	{ "it was folded into another", "state = 'folded'", 1 },
	{ "it was sent", "state = 'sent', error = NULL", 1 },
	{ "it was left out", "state = 'sent', error = 'below its level'", 0 },
	{ "it was given up", "state = 'dead', error = 'refused'", 0 },
};

static void test_outcome(void **state)
{
	const struct outcome *row = *state;
	struct ks_err err = { 0 };

	incidents_init(&t);
	incidents_one(&t, &(struct call){ 0 });
	assert_int_equal(ks_db_exec(t.db, ks_arena_printf(&t.arena, "UPDATE outbox SET %s", row->set), &err), 0);
	change(ks_incident_ack, 1);
	change(ks_incident_close, 1);
	assert_int_equal(count_of("acknowledged"), row->want);
	assert_int_equal(count_of("closed"), row->want);
	incidents_release(&t);
}

static void says_who_and_why(void **state)
{
	struct ks_vec notices = KS_VEC_OF(struct ks_notice);
	const struct ks_notice *last;
	struct ks_err err = { 0 };

	(void)state;
	incidents_init(&t);
	incidents_one(&t, &(struct call){ 0 });
	change(ks_incident_close, 1);
	assert_int_equal(ks_outbox_list(t.db, 1, &t.arena, &notices, &err), 0);
	last = KS_VEC_AT(&notices, struct ks_notice, notices.n - 1);
	assert_true(ks_str_is(last->kind, "closed") && ks_str_is(last->notifier, "oncall"));
	assert_true(ks_str_find(last->body, KS_STR("\"by\":\"ann\",\"reason\":\"our own test\"")) > 0);
	assert_true(ks_str_find(last->body, KS_STR("\"state\":\"closed\"")) > 0);
	ks_vec_release(&notices);
	incidents_release(&t);
}

/* More incidents than are told one by one: those that one notice names end with a word too. */
static void a_storm_counts_as_told(void **state)
{
	struct ks_err err = { 0 };

	(void)state;
	incidents_init(&t);
	incidents_begin(&t);
	for (unsigned i = 0; i < 50; i++)
		incidents_feed(&t, &(struct call){ .name = "GetSendQuota",
			.key = ks_arena_printf(&t.arena, "AKIAQYLPMN5HHHAAA%03u", i),
			.ip = ks_arena_printf(&t.arena, "203.0.113.%u", i + 1) });
	incidents_commit(&t);
	assert_int_equal(count_of("storm"), 1);
	assert_int_equal(incidents_count(&t, "SELECT COUNT(*) FROM outbox WHERE incident_id = 45"), 0);
	change(ks_incident_close, 45);
	assert_int_equal(incidents_count(&t, "SELECT COUNT(*) FROM outbox WHERE incident_id = 45 AND "
		"kind = 'closed' AND notifier = 'oncall'"), 1);
	/* A storm that does not name it tells nobody of it: 4 is not 45. */
	assert_int_equal(ks_db_exec(t.db, "UPDATE outbox SET body = CAST('{\"incidents\":[{\"incident\":450,"
		"\"actor\":\"{\\\"incident\\\":46,\"}]}' AS BLOB) WHERE kind = 'storm'", &err), 0);
	change(ks_incident_close, 46);
	assert_int_equal(count_of("closed"), 1);
	incidents_release(&t);
}

int main(void)
{
	struct rows rows = { .n = 0 };

	ROWS_TABLE(&rows, test_outcome, outcomes);
	ROWS_TEST(&rows, says_who_and_why);
	ROWS_TEST(&rows, a_storm_counts_as_told);
	return rows_run("closing", &rows);
}
