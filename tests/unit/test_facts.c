/* lib/respond/facts */
#include "lib/respond/facts.h"

#include "tests/unit/incidents.h"
#include "tests/unit/rows.h"

static struct ks_str name_rule(void *arg, struct ks_str rule_id)
{
	(void)arg;
	return ks_str_has_prefix(rule_id, KS_STR("1111")) ? KS_STR("decoy-used") : (struct ks_str){ NULL, 0 };
}

static void test_load(void **state)
{
	struct ks_err err = { 0 };
	struct ks_facts facts;
	struct incidents t;

	(void)state;
	incidents_init(&t);
	incidents_begin(&t);
	incidents_feed(&t, &(struct call){ .name = "GetSendQuota", .source = "ses.amazonaws.com" });
	incidents_feed(&t, &(struct call){ .name = "GetSendQuota", .source = "ses.amazonaws.com", .seconds = 5,
		.ip = "203.0.113.9" });
	incidents_commit(&t);
	assert_int_equal(ks_facts_load(t.db, &(struct ks_facts_request){ .incident = 1, .now_ms = t.now_ms,
		.rule_name = name_rule }, &t.arena, &facts, &err), 0);
	assert_int_equal(facts.incident, 1);
	assert_int_equal(facts.now_ms, t.now_ms);
	assert_true(ks_str_is(facts.actor, "key:" DECOY_A));
	assert_int_equal(facts.level, KS_LEVEL_HIGH);
	assert_true(facts.is_decoy);
	assert_false(facts.is_offline);
	assert_int_equal(facts.event_count, 2);
	assert_true(ks_str_is(facts.events[0].ip, "198.51.100.7"));
	assert_true(ks_str_is(facts.events[1].ip, "203.0.113.9"));
	assert_true(ks_str_is(facts.events[0].name, "GetSendQuota"));
	assert_true(ks_str_is(facts.events[0].where, "trail.json"));
	/* Two rules, each of them once. */
	assert_int_equal(facts.rule_count, 2);
	for (size_t i = 0; i < 2; i++)
		assert_int_equal(ks_str_is(facts.rules[i].name, "decoy-used"),
			ks_str_has_prefix(facts.rules[i].id, KS_STR("1111")));
	assert_int_equal(facts.subject.kind, KS_SUBJECT_USER);
	assert_true(ks_str_is(facts.subject.name, "u"));
	assert_true(ks_str_is(facts.subject.key_id, DECOY_A));
	incidents_release(&t);
}

/* How far each event can be believed, and what ties it to the key. */
static void test_trust(void **state)
{
	const struct ks_ingest_origin origins[] = { { .trust = KS_EVIDENCE_DECLARED },
		{ .trust = KS_EVIDENCE_UNTRUSTED, .is_backlog = true } };
	struct ks_err err = { 0 };
	struct ks_facts facts;
	struct incidents t;

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		incidents_init(&t);
		incidents_begin(&t);
		ks_ingest_set_origin(t.ingest, &origins[i]);
		incidents_feed(&t, &(struct call){ .name = "GetFederationToken", .source = "sts.amazonaws.com",
			.answer = CHILD });
		ks_ingest_set_origin(t.ingest, &origins[1 - i]);
		incidents_feed(&t, &(struct call){ .key = CHILD, .name = "GetSendQuota", .seconds = 9 });
		incidents_commit(&t);
		assert_int_equal(ks_facts_load(t.db, &(struct ks_facts_request){ .incident = 1, .now_ms = t.now_ms },
			&t.arena, &facts, &err), 0);
		assert_int_equal(facts.event_count, 2);
		for (size_t k = 0; k < 2; k++) {
			const struct ks_ingest_origin *origin = &origins[k == 0 ? i : 1 - i];

			assert_int_equal(facts.events[k].trust, origin->trust);
			assert_int_equal(facts.events[k].is_backlog, origin->is_backlog);
		}
		assert_false(facts.events[0].has_loose_key);
		assert_int_equal(facts.events[1].has_loose_key, i == 1);
		incidents_release(&t);
	}
}

static void test_missing(void **state)
{
	struct ks_err err = { 0 };
	struct ks_facts facts;
	struct incidents t;

	(void)state;
	incidents_init(&t);
	assert_int_equal(ks_facts_load(t.db, &(struct ks_facts_request){ .incident = 9 }, &t.arena, &facts,
		&err), -1);
	assert_int_equal(err.code, KS_ERR_NOTFOUND);
	assert_string_equal(err.message, "there is no incident 9");
	incidents_release(&t);
}

/* An early incident of a session is taken over by its decoy's. */
static void test_merged(void **state)
{
	struct ks_err err = { 0 };
	struct ks_facts facts;
	struct incidents t;

	(void)state;
	incidents_init(&t);
	incidents_one(&t, &(struct call){ .key = CHILD, .name = "GetSendQuota", .seconds = 9 });
	incidents_one(&t, &(struct call){ .name = "GetFederationToken", .source = "sts.amazonaws.com",
		.answer = CHILD });
	assert_int_equal(ks_facts_load(t.db, &(struct ks_facts_request){ .incident = 1 }, &t.arena, &facts,
		&err), -1);
	assert_int_equal(err.code, KS_ERR_STATE);
	assert_string_equal(err.message, "incident 1 was taken over by incident 2: ask for that one");
	incidents_release(&t);
}

/* What only the record's bytes say: the issuer of a session, and the account that was called. */
static void test_raw(void **state)
{
	struct ks_err err = { 0 };
	struct ks_facts facts;
	struct ks_db_query *query = NULL;
	struct incidents t;

	(void)state;
	incidents_init(&t);
	incidents_one(&t, &(struct call){ .name = "GetSendQuota" });
	assert_int_equal(ks_db_prepare(t.db, "UPDATE events SET raw = $1, actor_type = 'FederatedUser'", &query,
		&err), 0);
	ks_db_bind_blob(query, 1,
		KS_STR("{\"recipientAccountId\":\"210987654321\",\"userIdentity\":{\"sessionContext\":"
		"{\"sessionIssuer\":{\"arn\":\"arn:aws:iam::123456789012:user/behind\"}}}}"));
	assert_int_equal(ks_db_run(query, &err), 0);
	ks_db_finish(query);
	assert_int_equal(ks_facts_load(t.db, &(struct ks_facts_request){ .incident = 1 }, &t.arena, &facts,
		&err), 0);
	assert_true(ks_str_is(facts.events[0].issuer_arn, "arn:aws:iam::123456789012:user/behind"));
	assert_true(ks_str_is(facts.events[0].recipient, "210987654321"));
	assert_true(facts.subject.is_federated);
	assert_true(ks_str_is(facts.subject.name, "behind"));
	assert_true(ks_str_is(facts.subject.foreign, "210987654321"));
	incidents_release(&t);
}

int main(void)
{
	struct rows rows = { 0 };

	ROWS_TEST(&rows, test_load);
	ROWS_TEST(&rows, test_trust);
	ROWS_TEST(&rows, test_missing);
	ROWS_TEST(&rows, test_merged);
	ROWS_TEST(&rows, test_raw);
	return rows_run("facts", &rows);
}
