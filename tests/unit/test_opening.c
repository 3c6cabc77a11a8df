/* Incidents that a person opens. */
#include "lib/incident/opening.h"

#include "tests/unit/incidents.h"
#include "tests/unit/rows.h"

static struct incidents t;

static int64_t open_it(const char *actor)
{
	const struct ks_opening opening = { .actor = ks_str_of(actor), .account = KS_STR("123456789012"),
		.level = KS_LEVEL_HIGH, .who = KS_STR("ann"), .reason = KS_STR("mail of a customer"),
		.now_ms = t.now_ms };
	struct ks_err err = { 0 };
	int64_t id = 0;

	assert_int_equal(ks_db_begin(t.db, &err), 0);
	assert_int_equal(ks_opening_add(t.db, &opening, &id, &err), 0);
	assert_int_equal(ks_db_commit(t.db, &err), 0);
	return id;
}

static int64_t find(const char *actor, int64_t *out_next)
{
	struct ks_err err = { 0 };
	int64_t id = -1;

	assert_int_equal(ks_opening_find(t.db, ks_str_of(actor), &id, out_next, &err), 0);
	return id;
}

static void is_an_incident_with_its_journal(void **state)
{
	struct ks_vec entries = KS_VEC_OF(struct ks_journal_entry);
	struct ks_incident incident;
	struct ks_err err = { 0 };
	int64_t id, next = 0;
	bool found = false;

	(void)state;
	incidents_init(&t);
	assert_int_equal(find("key:" DECOY_A, &next), 0);
	assert_int_equal(next, 1);
	id = open_it("key:" DECOY_A);
	assert_int_equal(id, next);
	assert_int_equal(find("key:" DECOY_A, &next), id);
	assert_int_equal(next, 2);
	assert_int_equal(find("key:" DECOY_B, &next), 0);
	assert_int_equal(ks_incident_find(t.db, id, &t.arena, &incident, &found, &err), 0);
	assert_true(found && incident.state == KS_INCIDENT_OPEN && incident.level == KS_LEVEL_HIGH);
	assert_true(ks_str_is(incident.account, "123456789012"));
	assert_int_equal(incident.first_ms, KS_TIME_NONE);
	assert_int_equal(ks_journal_list(t.db, id, &t.arena, &entries, &err), 0);
	assert_int_equal(entries.n, 1);
	assert_true(ks_str_is(KS_VEC_AT(&entries, struct ks_journal_entry, 0)->who, "ann"));
	assert_true(ks_str_is(KS_VEC_AT(&entries, struct ks_journal_entry, 0)->kind, "opened"));
	assert_true(ks_str_is(KS_VEC_AT(&entries, struct ks_journal_entry, 0)->body,
		"{\"actor\":\"key:" DECOY_A "\",\"by_hand\":true,\"reason\":\"mail of a customer\"}"));
	ks_vec_release(&entries);
	incidents_release(&t);
}

/* What comes later about the same key is a part of it, and it is told of. */
static void takes_in_findings(void **state)
{
	struct ks_incident incident;
	struct ks_err err = { 0 };
	bool found = false;
	int64_t id;

	(void)state;
	incidents_init(&t);
	id = open_it("key:" DECOY_A);
	incidents_one(&t, &(struct call){ .name = "PutAccountDetails" });
	assert_int_equal(ks_incident_find(t.db, id, &t.arena, &incident, &found, &err), 0);
	assert_int_equal(incident.events, 1);
	assert_int_equal(incident.level, KS_LEVEL_CRITICAL);
	assert_true(incident.first_ms != KS_TIME_NONE);
	assert_true(ks_str_is(incident.decoy_key, DECOY_A));
	incidents_release(&t);
}

/* One that another took over is none. */
static void passes_over_the_merged(void **state)
{
	struct ks_incident incident;
	struct ks_err err = { 0 };
	const char *actor;
	bool found = false;
	int64_t next = 0;

	(void)state;
	incidents_init(&t);
	incidents_one(&t, &(struct call){ .key = CHILD, .name = "GetSendQuota", .seconds = 9 });
	assert_int_equal(ks_incident_find(t.db, 1, &t.arena, &incident, &found, &err), 0);
	actor = ks_arena_strdup(&t.arena, incident.actor);
	assert_int_equal(find(actor, &next), 1);
	incidents_one(&t, &(struct call){ .name = "GetFederationToken", .source = "sts.amazonaws.com",
		.answer = CHILD });
	assert_int_equal(find(actor, &next), 0);
	assert_int_equal(find("key:" DECOY_A, &next), 2);
	incidents_release(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(is_an_incident_with_its_journal),
		cmocka_unit_test(takes_in_findings),
		cmocka_unit_test(passes_over_the_merged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
