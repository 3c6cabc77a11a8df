/* Evidence: bytes as they came, copies counted, the lowest place kept. */
#include "tests/unit/incidents.h"
#include "tests/unit/rows.h"

static struct incidents t;

static struct ks_evidence sample(const char *where, int64_t offset)
{
	return (struct ks_evidence){ .identity = KS_STR("i"), .event_id = KS_STR("e"), .time_ms = KS_TIME_NONE,
		.source = KS_STR("ses.amazonaws.com"), .key_id = KS_STR("ASIA1"), .key_kind = KS_STR("temporary"),
		.actor = KS_STR("principal:x"), .user_agent = KS_STR("a\0b\xff"), .raw = KS_STR("{\0\xff}"),
		.where_source = ks_str_of(where), .where_offset = offset, .received_ms = 7 };
}

static bool put(const char *where, int64_t offset)
{
	struct ks_evidence evidence = sample(where, offset);
	struct ks_err err = { 0 };
	enum ks_evidence_outcome outcome;

	assert_int_equal(ks_evidence_put(t.db, &evidence, &outcome, &err), 0);
	return outcome == KS_EVIDENCE_NEW;
}

static struct ks_evidence get(void)
{
	struct ks_evidence evidence;
	struct ks_err err = { 0 };
	bool found = false;

	assert_int_equal(ks_evidence_find(t.db, KS_STR("i"), &t.arena, &evidence, &found, &err), 0);
	assert_true(found);
	return evidence;
}

static void keeps_bytes_and_counts_copies(void **state)
{
	struct ks_err err = { 0 };
	struct ks_evidence none, other = sample("b", 5);
	enum ks_evidence_outcome outcome;
	bool found = true;

	(void)state;
	incidents_init(&t);
	assert_int_equal(ks_evidence_find(t.db, KS_STR("i"), &t.arena, &none, &found, &err), 0);
	assert_false(found);
	assert_true(put("b", 5));
	assert_true(get().time_ms == KS_TIME_NONE);
	assert_true(ks_str_is_equal(get().raw, KS_STR("{\0\xff}")));
	assert_true(ks_str_is_equal(get().user_agent, KS_STR("a\0b\xff")));
	assert_null(get().ip.p);
	assert_int_equal(get().copies, 1);
	/* The same place again is no copy. */
	assert_false(put("b", 5));
	assert_int_equal(get().copies, 1);
	assert_false(put("c", 1));
	assert_int_equal(get().copies, 2);
	assert_true(ks_str_is(get().where_source, "b"));
	assert_false(put("b", 4));
	assert_int_equal(get().where_offset, 4);
	other.where_source = KS_STR("a");
	other.where_offset = 99;
	other.raw = KS_STR("{ }");
	assert_int_equal(ks_evidence_put(t.db, &other, &outcome, &err), 0);
	assert_true(ks_str_is(get().where_source, "a"));
	/* What is shown is what can be found there. */
	assert_true(ks_str_is(get().raw, "{ }"));
	assert_false(put("c", 2));
	assert_true(ks_str_is(get().raw, "{ }"));
	assert_int_equal(get().where_offset, 99);
	assert_int_equal(get().copies, 5);
	incidents_release(&t);
}

/* Where a second copy comes from, and whether in the same bytes. */
struct trust_row {
	const char *name;
	enum ks_evidence_trust first, second;
	bool is_same;
	enum ks_evidence_outcome outcome;
	enum ks_evidence_trust trust;        /* afterwards */
	bool has_second;                     /* the second one's bytes are there, whose place is lower */
};

static const struct trust_row trust_rows[] = {
	{ "raised", KS_EVIDENCE_UNTRUSTED, KS_EVIDENCE_DECLARED, true, KS_EVIDENCE_COPY,
		KS_EVIDENCE_DECLARED, true },
	{ "raised twice", KS_EVIDENCE_DECLARED, KS_EVIDENCE_FETCHED, true, KS_EVIDENCE_COPY, KS_EVIDENCE_FETCHED,
		true },
	{ "never lowered", KS_EVIDENCE_DECLARED, KS_EVIDENCE_UNTRUSTED, true, KS_EVIDENCE_COPY,
		KS_EVIDENCE_DECLARED, true },
	{ "not raised by other bytes", KS_EVIDENCE_UNTRUSTED, KS_EVIDENCE_FETCHED, false, KS_EVIDENCE_COPY,
		KS_EVIDENCE_UNTRUSTED, false },
	{ "trusted bytes stay", KS_EVIDENCE_DECLARED, KS_EVIDENCE_UNTRUSTED, false, KS_EVIDENCE_DOUBTFUL,
		KS_EVIDENCE_DECLARED, false },
	{ "an exercise raises nothing", KS_EVIDENCE_UNTRUSTED, KS_EVIDENCE_DRILL, true, KS_EVIDENCE_COPY,
		KS_EVIDENCE_UNTRUSTED, true },
	{ "nothing raises an exercise", KS_EVIDENCE_DRILL, KS_EVIDENCE_FETCHED, true, KS_EVIDENCE_COPY,
		KS_EVIDENCE_DRILL, true },
};

static void test_trust(void **state)
{
	const struct trust_row *row = *state;
	struct ks_evidence first = sample("b", 5), second = sample("a", 5);
	enum ks_evidence_outcome outcome;
	struct ks_err err = { 0 };

	incidents_init(&t);
	first.trust = row->first;
	first.is_backlog = true;
	second.trust = row->second;
	if (!row->is_same)
		second.raw = KS_STR("{ }");
	assert_int_equal(ks_evidence_put(t.db, &first, &outcome, &err), 0);
	assert_int_equal(outcome, KS_EVIDENCE_NEW);
	assert_int_equal(get().trust, row->first);
	assert_true(get().is_backlog);
	assert_int_equal(ks_evidence_put(t.db, &second, &outcome, &err), 0);
	assert_int_equal(outcome, row->outcome);
	assert_int_equal(get().trust, row->trust);
	assert_int_equal(ks_str_is(get().where_source, "a"), row->has_second);
	assert_true(get().is_backlog);
	assert_int_equal(get().copies, 2);
	incidents_release(&t);
}

/* Somebody writes a record of his own beside the true one, and both under a lower place: what was found in
 * it counts, so no trusted copy of the true one makes it believed. */
static void test_mixed(void **state)
{
	struct ks_evidence forged = sample("z", 1), copy = sample("a", 1), fetched = sample("s", 1);
	enum ks_evidence_outcome outcome;
	struct ks_err err = { 0 };

	(void)state;
	incidents_init(&t);
	forged.raw = KS_STR("{\"forged\":1}");
	fetched.trust = KS_EVIDENCE_FETCHED;
	assert_int_equal(ks_evidence_put(t.db, &forged, &outcome, &err), 0);
	assert_int_equal(ks_evidence_put(t.db, &copy, &outcome, &err), 0);
	assert_true(ks_str_is_equal(get().raw, copy.raw));
	assert_int_equal(ks_evidence_put(t.db, &fetched, &outcome, &err), 0);
	assert_int_equal(get().trust, KS_EVIDENCE_UNTRUSTED);
	incidents_release(&t);
}

static void is_handed_over_by_key(void **state)
{
	struct ks_vec events = KS_VEC_OF(struct ks_evidence);
	struct ks_err err = { 0 };

	(void)state;
	incidents_init(&t);
	put("a", 1);
	assert_int_equal(ks_evidence_assign(t.db, KS_STR("ASIA2"), KS_STR("key:AKIA2"), KS_STR("AKIA2"), &err),
		0);
	assert_true(ks_str_is(get().actor, "principal:x"));
	assert_int_equal(ks_evidence_assign(t.db, KS_STR("ASIA1"), KS_STR("key:AKIA1"),
						 (struct ks_str){ NULL, 0 }, &err),
		0);
	assert_true(ks_str_is(get().actor, "key:AKIA1"));
	assert_null(get().decoy_match.p);
	assert_int_equal(ks_evidence_assign(t.db, KS_STR("ASIA1"), KS_STR("key:AKIA1"), KS_STR("AKIA1"), &err),
		0);
	assert_true(ks_str_is(get().decoy_match, "session"));
	assert_int_equal(ks_evidence_by_key(t.db, KS_STR("ASIA1"), &t.arena, &events, &err), 0);
	assert_int_equal(events.n, 1);
	ks_vec_release(&events);
	incidents_release(&t);
}

int main(void)
{
	struct rows rows = { 0 };

	ROWS_TEST(&rows, keeps_bytes_and_counts_copies);
	ROWS_TABLE(&rows, test_trust, trust_rows);
	ROWS_TEST(&rows, test_mixed);
	ROWS_TEST(&rows, is_handed_over_by_key);
	return rows_run("evidence", &rows);
}
