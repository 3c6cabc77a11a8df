/* What people do with incidents, and how they are found. */
#include "tests/unit/incidents.h"

static struct incidents t;

static int begin(void **state)
{
	(void)state;
	incidents_init(&t);
	incidents_one(&t, &(struct call){ 0 });
	return 0;
}

static int end(void **state)
{
	(void)state;
	incidents_release(&t);
	return 0;
}

typedef int change_fn(struct ks_db *db, const struct ks_incident_change *change, struct ks_err *err);

/* Changes incident 1; the message of what goes wrong, or "". */
static const char *change(change_fn *verb, const char *who, const char *text, int64_t until)
{
	struct ks_err err = { 0 };
	int rc = verb(t.db, &(struct ks_incident_change){ .id = 1, .now_ms = t.now_ms, .who = ks_str_of(who),
		.text = ks_str_of(text), .until_ms = until }, &err);

	assert_int_equal(rc, err.code == KS_ERR_NONE ? 0 : -1);
	return ks_arena_strdup(&t.arena, ks_str_of(err.message));
}

static void is_acknowledged_once(void **state)
{
	(void)state;
	assert_string_equal(change(ks_incident_ack, "ann", "", 0), "");
	assert_int_equal(incidents_get(&t, 1).state, KS_INCIDENT_ACKNOWLEDGED);
	assert_true(ks_str_is(incidents_get(&t, 1).assignee, "ann"));
	assert_string_equal(change(ks_incident_ack, "bob", "", 0), "incident 1 is acknowledged already");
	assert_string_equal(incidents_kinds(&t, 1, false), "opened notice acknowledged");
}

static void keeps_the_assignee(void **state)
{
	(void)state;
	assert_string_equal(change(ks_incident_assign, "ann", "bob", 0), "");
	assert_string_equal(change(ks_incident_ack, "ann", "", 0), "");
	assert_true(ks_str_is(incidents_get(&t, 1).assignee, "bob"));
	assert_string_equal(change(ks_incident_assign, "ann", " ", 0), "say to whom it is assigned");
}

static void is_closed_for_good(void **state)
{
	(void)state;
	assert_string_equal(change(ks_incident_snooze, "ann", "", t.now_ms + 1), "");
	assert_string_equal(change(ks_incident_close, "ann", "done", 0), "");
	assert_true(incidents_get(&t, 1).snoozed_until_ms == KS_TIME_NONE);
	assert_string_equal(change(ks_incident_close, "ann", "", 0), "incident 1 is closed already");
	assert_string_equal(change(ks_incident_ack, "ann", "", 0), "incident 1 is closed");
	assert_string_equal(change(ks_incident_snooze, "ann", "", t.now_ms + 1), "incident 1 is closed");
	assert_string_equal(change(ks_incident_note, "ann", "still true", 0), "");
	assert_int_equal(incidents_get(&t, 1).state, KS_INCIDENT_CLOSED);
}

static void snoozes_into_the_future_only(void **state)
{
	(void)state;
	assert_string_equal(change(ks_incident_snooze, "ann", "", t.now_ms),
		"a snooze has to end in the future");
	assert_int_equal(incidents_get(&t, 1).state, KS_INCIDENT_OPEN);
	assert_string_equal(change(ks_incident_snooze, "ann", "", t.now_ms + 1), "");
	assert_string_equal(change(ks_incident_ack, "ann", "", 0), "");
	assert_true(incidents_get(&t, 1).snoozed_until_ms == KS_TIME_NONE);
}

static void needs_somebody(void **state)
{
	(void)state;
	assert_string_equal(change(ks_incident_ack, " ", "", 0), "a change needs somebody who makes it");
	assert_string_equal(change(ks_incident_note, "ann", "", 0), "an empty note says nothing");
	assert_string_equal(incidents_kinds(&t, 1, false), "opened notice");
}

static void refuses_what_is_gone(void **state)
{
	struct ks_err err = { 0 };

	(void)state;
	assert_int_equal(ks_incident_ack(t.db, &(struct ks_incident_change){ .id = 7, .who = KS_STR("ann") },
						 &err),
		-1);
	assert_int_equal(err.code, KS_ERR_NOTFOUND);
	incidents_one(&t, &(struct call){ .hours = 40 });
	incidents_one(&t, &(struct call){ .hours = 20 });
	assert_int_equal(ks_incident_ack(t.db, &(struct ks_incident_change){ .id = 2, .who = KS_STR("ann") },
						 &err),
		-1);
	assert_int_equal(err.code, KS_ERR_STATE);
	assert_string_equal(err.message, "incident 2 is a part of incident 1 now");
}

static size_t listed(const struct ks_incident_filter *filter)
{
	struct ks_vec list = KS_VEC_OF(struct ks_incident);
	struct ks_err err = { 0 };
	size_t n;

	assert_int_equal(ks_incident_list(t.db, filter, &t.arena, &list, &err), 0);
	n = list.n;
	ks_vec_release(&list);
	return n;
}

static void is_listed_by_what_it_is(void **state)
{
	(void)state;
	incidents_one(&t, &(struct call){ .key = "AKIAQYLPMN5HHHFPZZZZ", .name = "GetSendQuota", .hours = 100 });
	change(ks_incident_close, "ann", "", 0);
	assert_int_equal(listed(&(struct ks_incident_filter){ .since_ms = KS_TIME_NONE }), 2);
	assert_int_equal(listed(&(struct ks_incident_filter){ .since_ms = KS_TIME_NONE, .limit = 1 }), 1);
	assert_int_equal(listed(&(struct ks_incident_filter){ .since_ms = KS_TIME_NONE, .only_decoys = true }),
		1);
	assert_int_equal(listed(&(struct ks_incident_filter){ .since_ms = FIXTURE_NOW + 50 * HOUR }), 1);
	assert_int_equal(listed(
						 &(struct ks_incident_filter){ .since_ms = KS_TIME_NONE, .level = KS_LEVEL_HIGH }),
		1);
	assert_int_equal(listed(&(struct ks_incident_filter){ .since_ms = KS_TIME_NONE,
		.states = 1u << KS_INCIDENT_OPEN }), 1);
	assert_int_equal(listed(&(struct ks_incident_filter){ .since_ms = KS_TIME_NONE,
		.states = 1u << KS_INCIDENT_SNOOZED }), 0);
}

/* What a walk gave, by its place in it. */
struct walked {
	size_t n;
	bool is_right;
};

static int see_event(void *arg, const struct ks_evidence *e, struct ks_err *err)
{
	struct walked *walked = arg;

	(void)err;
	if (walked->n++ == 0)
		walked->is_right = ks_str_is(e->name, "PutAccountDetails") && ks_str_is(e->decoy_match, "key") &&
			ks_str_has_prefix(e->raw, KS_STR("{\"eventVersion\"")) && e->error.p == NULL;
	return 0;
}

static int see_finding(void *arg, const struct ks_stored_finding *finding, struct ks_err *err)
{
	struct walked *walked = arg;

	(void)err;
	if (walked->n++ == 2)
		walked->is_right = ks_str_is(finding->rule_title, "Decoy used") && finding->json.n > 0;
	return 0;
}

static int end_walk(void *arg, const struct ks_evidence *e, struct ks_err *err)
{
	(void)e;
	++*(size_t *)arg;
	return ks_err_set(err, KS_ERR_STATE, "enough");
}

static void gives_its_evidence_in_order(void **state)
{
	struct walked events = { 0 }, findings = { 0 };
	struct ks_vec latest = KS_VEC_OF(struct ks_evidence);
	struct ks_incident_listed listed;
	struct ks_err err = { 0 };
	size_t n = 0, seen = 0;

	(void)state;
	incidents_one(&t,
		&(struct call){ .seconds = -50, .name = "PutAccountDetails", .source = "ses.amazonaws.com" });
	assert_int_equal(ks_incident_walk(t.db, 1, KS_INCIDENT_EVENTS, see_event, &events, &err), 0);
	assert_int_equal(events.n, 2);
	assert_true(events.is_right);
	assert_int_equal(ks_incident_count(t.db, 1, KS_INCIDENT_EVENTS, &n, &err), 0);
	assert_int_equal(n, 2);
	assert_int_equal(ks_incident_latest(t.db, 1, 1, &t.arena, &latest, &listed, &err), 0);
	assert_int_equal(latest.n, 1);
	assert_false(ks_str_is(KS_VEC_AT(&latest, struct ks_evidence, 0)->name, "PutAccountDetails"));
	assert_int_equal(ks_incident_latest(t.db, 1, 7, &t.arena, &latest, &listed, &err), 0);
	assert_int_equal(latest.n, 3);
	assert_true(ks_str_is(KS_VEC_AT(&latest, struct ks_evidence, 1)->name, "PutAccountDetails"));
	assert_null(KS_VEC_AT(&latest, struct ks_evidence, 1)->raw.p);
	assert_int_equal(listed.events, 2);
	assert_int_equal(listed.others, 0);
	ks_vec_release(&latest);
	assert_int_equal(ks_incident_walk_findings(t.db, 1, see_finding, &findings, &err), 0);
	assert_int_equal(findings.n, 3);
	assert_true(findings.is_right);
	assert_int_equal(ks_incident_walk(t.db, 1, KS_INCIDENT_EVENTS, end_walk, &seen, &err), -1);
	assert_int_equal(seen, 1);
	assert_string_equal(err.message, "enough");
}

static void is_linked_through_others(void **state)
{
	struct ks_vec linked = KS_VEC_OF(int64_t);
	struct ks_err err = { 0 };
	size_t more = 7;

	(void)state;
	incidents_one(&t, &(struct call){ .key = DECOY_B, .ip = "198.51.100.7" });
	incidents_one(&t, &(struct call){ .key = DECOY_B, .ip = "2001:db8::1" });
	incidents_one(&t,
		&(struct call){ .key = "AKIAQYLPMN5HHHFPZZZZ", .name = "GetSendQuota", .ip = "2001:db8::1" });
	incidents_one(&t,
		&(struct call){ .key = "AKIAQYLPMN5HHHFPZZZY", .name = "GetSendQuota", .ip = "192.0.2.1" });
	assert_int_equal(ks_incident_linked(t.db, 1, &linked, &more, &err), 0);
	assert_int_equal(more, 0);
	assert_int_equal(linked.n, 2);
	assert_int_equal(*KS_VEC_AT(&linked, int64_t, 0), 2);
	assert_int_equal(*KS_VEC_AT(&linked, int64_t, 1), 3);
	ks_vec_release(&linked);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(is_acknowledged_once), TEST(keeps_the_assignee), TEST(is_closed_for_good),
		TEST(snoozes_into_the_future_only), TEST(needs_somebody), TEST(refuses_what_is_gone),
		TEST(is_listed_by_what_it_is), TEST(gives_its_evidence_in_order), TEST(is_linked_through_others),
	};

	return cmocka_run_group_tests_name("incident", tests, NULL, NULL);
}
