/* Batches: what a stream of events leaves in the store, in whatever order it comes. */
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

static void tells_500_calls_once(void **state)
{
	(void)state;
	for (int batch = 0; batch < 5; batch++) {
		incidents_begin(&t);
		for (int i = 0; i < 100; i++)
			incidents_feed(&t, &(struct call){ .seconds = batch * 100 + i,
				.name = batch == 3 && i == 50 ? "PutAccountDetails" : "ListBuckets" });
		incidents_commit(&t);
	}
	assert_int_equal(incidents_count(&t, "SELECT COUNT(*) FROM incidents"), 1);
	assert_int_equal(incidents_get(&t, 1).events, 500);
	assert_int_equal(incidents_get(&t, 1).level, KS_LEVEL_CRITICAL);
	assert_string_equal(incidents_kinds(&t, 1, true), "opened escalated");
	assert_string_equal(incidents_kinds(&t, 1, false), "opened notice escalated notice");
	assert_true(ks_str_is(incidents_get(&t, 1).actor, "key:" DECOY_A));
	assert_true(ks_str_is(incidents_get(&t, 1).decoy_key, DECOY_A));
	assert_int_equal(ks_ingest_summary(t.ingest).events, 500);
	assert_int_equal(ks_ingest_summary(t.ingest).notices, 2);
}

static void counts_copies_as_evidence(void **state)
{
	(void)state;
	incidents_one(&t, &(struct call){ .id = "same", .where = "b.json" });
	incidents_one(&t, &(struct call){ .id = "same", .where = "a.json" });
	incidents_one(&t, &(struct call){ .id = "same", .where = "c.json" });
	assert_int_equal(incidents_count(&t, "SELECT COUNT(*) FROM events"), 1);
	assert_int_equal(incidents_count(&t, "SELECT copies FROM events"), 3);
	assert_int_equal(incidents_count(&t, "SELECT COUNT(*) FROM events WHERE where_source = 'a.json'"), 1);
	assert_int_equal(incidents_get(&t, 1).events, 1);
	assert_string_equal(incidents_kinds(&t, 1, true), "opened");
}

static void leaves_no_trace_of_the_rest(void **state)
{
	(void)state;
	incidents_one(&t, &(struct call){ .key = "AKIAQYLPMN5HHHFPZZZZ" });
	assert_int_equal(incidents_count(&t, "SELECT COUNT(*) FROM events"), 0);
	assert_int_equal(incidents_count(&t, "SELECT COUNT(*) FROM incidents"), 0);
}

static void joins_what_a_late_event_connects(void **state)
{
	struct ks_incident incident;

	(void)state;
	incidents_one(&t, &(struct call){ .hours = 0 });
	incidents_one(&t, &(struct call){ .hours = 40 });
	assert_int_equal(incidents_count(&t, "SELECT COUNT(*) FROM incidents"), 2);
	incidents_one(&t, &(struct call){ .hours = 20, .ip = "198.51.100.8" });
	incident = incidents_get(&t, 1);
	assert_int_equal(incident.events, 3);
	assert_true(incident.last_ms - incident.first_ms == 40 * HOUR);
	assert_int_equal(incidents_get(&t, 2).merged_into, 1);
	assert_int_equal(incidents_get(&t, 2).state, KS_INCIDENT_CLOSED);
	assert_int_equal(incidents_count(&t, "SELECT COUNT(*) FROM findings WHERE incident_id <> 1"), 0);
	assert_int_equal(incidents_count(&t, "SELECT COUNT(*) FROM incident_addresses WHERE incident_id = 1"),
		2);
	assert_string_equal(incidents_kinds(&t, 2, false), "opened merged");
}

static void opens_anew_after_quiet(void **state)
{
	(void)state;
	incidents_one(&t, &(struct call){ .hours = 30 });
	incidents_one(&t, &(struct call){ .hours = 5 });
	incidents_one(&t, &(struct call){ .hours = 29 });
	assert_int_equal(incidents_count(&t, "SELECT COUNT(*) FROM incidents WHERE merged_into IS NULL"), 1);
	incidents_one(&t, &(struct call){ .hours = 55 });
	assert_int_equal(incidents_count(&t, "SELECT COUNT(*) FROM incidents WHERE merged_into IS NULL"), 2);
	/* As well on the other side: 5 h is the first of the first one. */
	incidents_one(&t, &(struct call){ .hours = -20 });
	assert_int_equal(incidents_count(&t, "SELECT COUNT(*) FROM incidents WHERE merged_into IS NULL"), 3);
}

static void follows_a_session(void **state)
{
	(void)state;
	incidents_begin(&t);
	incidents_feed(&t,
		&(struct call){ .name = "GetFederationToken", .source = "sts.amazonaws.com", .answer = CHILD });
	incidents_feed(&t, &(struct call){ .key = CHILD, .seconds = 5 });
	incidents_commit(&t);
	assert_int_equal(incidents_count(&t, "SELECT COUNT(*) FROM incidents"), 1);
	assert_int_equal(incidents_get(&t, 1).events, 2);
	assert_int_equal(ks_ingest_learned(t.ingest).n, 1);
	assert_string_equal((const char *)ks_ingest_learned(t.ingest).p, CHILD);
	assert_true((incidents_get(&t, 1).stages & KS_STAGE_PERSISTENCE) != 0);
}

static void rolls_a_late_session_up(void **state)
{
	(void)state;
	/* Rules met the child before anybody knew whose it is; the grandchild comes out of it. */
	incidents_one(&t,
		&(struct call){ .key = GRANDCHILD,
			.name = "GetSendQuota",
			.source = "ses.amazonaws.com",
			.seconds = 20 });
	incidents_one(&t,
		&(struct call){ .key = CHILD,
			.name = "GetFederationToken",
			.source = "sts.amazonaws.com",
			.answer = GRANDCHILD,
			.seconds = 10 });
	incidents_one(&t, &(struct call){ .key = CHILD, .name = "GetSendQuota", .source = "ses.amazonaws.com",
		.seconds = 15 });
	assert_int_equal(incidents_count(&t, "SELECT COUNT(*) FROM incidents"), 1);
	assert_true(ks_str_is(incidents_get(&t, 1).actor, "principal:arn:aws:iam::123456789012:user/u"));
	assert_int_equal(incidents_get(&t, 1).level, KS_LEVEL_MEDIUM);
	incidents_one(&t, &(struct call){ .name = "GetFederationToken", .source = "sts.amazonaws.com",
		.answer = CHILD });
	assert_int_equal(incidents_count(&t, "SELECT COUNT(*) FROM incidents WHERE merged_into IS NULL"), 1);
	assert_int_equal(incidents_get(&t, 1).merged_into, 2);
	assert_true(ks_str_is(incidents_get(&t, 2).actor, "key:" DECOY_A));
	assert_int_equal(incidents_get(&t, 2).events, 4);
	assert_int_equal(incidents_get(&t, 2).level, KS_LEVEL_HIGH);
	assert_int_equal(incidents_count(&t, "SELECT COUNT(*) FROM findings WHERE rule_title = 'Decoy used'"),
		4);
	assert_int_equal(incidents_count(&t, "SELECT COUNT(*) FROM events WHERE decoy_key = '" DECOY_A "'"), 4);
	assert_int_equal(incidents_count(&t, "SELECT COUNT(*) FROM sessions WHERE parent_key = '" DECOY_A "'"),
		2);
	assert_int_equal(incidents_count(&t, "SELECT SUM(copies) FROM events"), 4);
	assert_string_equal(incidents_kinds(&t, 1, false), "opened notice escalated notice moved merged");
}

static void remembers_sessions(void **state)
{
	(void)state;
	incidents_one(&t,
		&(struct call){ .name = "GetFederationToken", .source = "sts.amazonaws.com", .answer = CHILD });
	ks_ingest_close(t.ingest);
	ks_watchlist_release(&t.watchlist);
	ks_watchlist_init(&t.watchlist);
	assert_int_equal(ks_watchlist_add(&t.watchlist, &(struct ks_watched){ .key_id = DECOY_A },
		&(struct ks_err){ 0 }), 0);
	incidents_open(&t);
	incidents_one(&t, &(struct call){ .key = CHILD, .seconds = 9 });
	assert_int_equal(incidents_get(&t, 1).events, 2);
}

static void keeps_real_keys_apart_from_decoys(void **state)
{
	(void)state;
	incidents_one(&t, &(struct call){ .key = "AKIAQYLPMN5HHHFPZZZZ", .name = "GetFederationToken",
		.source = "sts.amazonaws.com", .answer = CHILD });
	incidents_one(&t, &(struct call){ .key = CHILD, .name = "GetSendQuota" });
	assert_int_equal(incidents_count(&t, "SELECT COUNT(*) FROM incidents"), 1);
	assert_true(ks_str_is(incidents_get(&t, 1).actor, "key:AKIAQYLPMN5HHHFPZZZZ"));
	assert_null(incidents_get(&t, 1).decoy_key.p);
	assert_int_equal(incidents_get(&t, 1).events, 2);
}

static void change(int (*verb)(struct ks_db *, const struct ks_incident_change *, struct ks_err *),
	int64_t until)
{
	struct ks_err err = { 0 };

	if (verb(t.db, &(struct ks_incident_change){ .id = 1, .now_ms = t.now_ms, .who = KS_STR("ann"),
		.text = KS_STR("known"), .until_ms = until }, &err) != 0)
		fail_msg("%s", err.message);
}

#define REAL "AKIAQYLPMN5HHHFPZZZZ"

/* A key that became a decoy, and a session of it that was known. */
static void looks_back_for_a_new_decoy(void **state)
{
	static const char *const found = "SELECT COUNT(*) FROM findings WHERE rule_title = 'Decoy used'";
	struct ks_keyset fresh;
	struct ks_err err = { 0 };

	(void)state;
	incidents_one(&t, &(struct call){ .key = REAL, .name = "GetSessionToken",
		.source = "sts.amazonaws.com", .answer = CHILD });
	incidents_one(&t, &(struct call){ .key = CHILD, .name = "GetSendQuota", .seconds = 1 });
	assert_int_equal(ks_watchlist_add(&t.watchlist, &(struct ks_watched){ .key_id = REAL }, &err), 0);
	ks_keyset_init(&fresh);
	assert_int_equal(ks_watchlist_follow(&t.watchlist, t.db, KS_WATCHLIST_STORED, &fresh, &err), 0);
	assert_int_equal(fresh.n, 0);
	assert_int_equal(ks_watchlist_follow(&t.watchlist, t.db, KS_WATCHLIST_ANY, &fresh, &err), 0);
	assert_int_equal(fresh.n, 1);
	assert_int_equal(t.watchlist.sessions, 1);
	assert_int_equal(incidents_count(&t, found), 0);
	/* Twice is as good as once. */
	for (unsigned i = 0; i < 2; i++) {
		incidents_begin(&t);
		assert_int_equal(ks_ingest_look_back(t.ingest, i == 0 ? &fresh : &t.watchlist.keys, &err), 0);
		incidents_commit(&t);
		assert_int_equal(incidents_count(&t, found), 1);
	}
	assert_int_equal(incidents_count(&t, "SELECT COUNT(*) FROM events WHERE decoy_key = '" REAL "'"), 1);
	assert_int_equal(incidents_get(&t, 1).level, KS_LEVEL_HIGH);
	assert_string_equal(incidents_kinds(&t, 1, false), "opened notice escalated notice");
	ks_keyset_release(&fresh);
}

/* Another run put the session into the store after this one had looked. */
static void learns_what_another_run_put(void **state)
{
	struct ks_err err = { 0 };

	(void)state;
	incidents_one(&t, &(struct call){ .key = CHILD, .name = "GetSendQuota", .seconds = 1 });
	assert_int_equal(ks_sql_run(t.db, "INSERT INTO sessions (key_id, parent_key, learned_ms) VALUES ('" CHILD
		"', '" DECOY_A "', 1)", KS_SQL_NONE, &err), 0);
	incidents_one(&t, &(struct call){ .name = "GetSessionToken", .answer = CHILD });
	assert_int_equal(ks_ingest_learned(t.ingest).n, 1);
	assert_int_equal(incidents_count(&t, "SELECT COUNT(*) FROM events WHERE decoy_match = 'session'"), 1);
}

static void learns_sessions_of_real_keys(void **state)
{
	const struct call token = { .key = REAL, .name = "GetSessionToken", .source = "sts.amazonaws.com",
		.answer = CHILD };
	const struct call chain = { .key = CHILD, .name = "AssumeRole", .source = "sts.amazonaws.com",
		.answer = GRANDCHILD };

	(void)state;
	/* No rule met it: a row and nothing else, and nothing to look back for. */
	incidents_one(&t, &token);
	assert_int_equal(incidents_count(&t, "SELECT COUNT(*) FROM events"), 0);
	assert_int_equal(incidents_count(&t, "SELECT COUNT(*) FROM incidents"), 0);
	assert_int_equal(incidents_count(&t, "SELECT COUNT(*) FROM sessions WHERE given_ms IS NOT NULL"), 1);
	assert_int_equal(ks_ingest_learned(t.ingest).n, 0);
	incidents_one(&t, &chain);
	incidents_one(&t, &(struct call){ .key = GRANDCHILD, .name = "GetSendQuota" });
	assert_true(ks_str_is(incidents_get(&t, 1).actor, "key:" REAL));
	/* Another service's answer hands out nothing, nor does a key to itself. */
	incidents_one(&t, &(struct call){ .key = REAL, .name = "X", .answer = "ASIAQYLPMN5HHHFPZAA7" });
	incidents_one(&t, &(struct call){ .key = "ASIAQYLPMN5HHHFPZAA8", .name = "AssumeRole",
						  .source = "sts.amazonaws.com", .answer = "ASIAQYLPMN5HHHFPZAA8" });
	assert_int_equal(incidents_count(&t, "SELECT COUNT(*) FROM sessions"), 2);
}

/* What people made of the child's incident holds for the one that it becomes a part of; they are told
 * once by the new number. */
static void folds_with_what_people_decided(void **state)
{
	const struct call token = { .key = REAL, .name = "GetSessionToken", .source = "sts.amazonaws.com",
		.answer = CHILD };

	(void)state;
	incidents_one(&t, &(struct call){ .key = CHILD, .name = "GetSendQuota" });
	change(ks_incident_assign, 0);
	change(ks_incident_ack, 0);
	incidents_one(&t, &token);
	assert_int_equal(incidents_get(&t, 1).merged_into, 2);
	assert_true(ks_str_is(incidents_get(&t, 2).actor, "key:" REAL));
	assert_int_equal(incidents_get(&t, 2).state, KS_INCIDENT_ACKNOWLEDGED);
	assert_true(incidents_get(&t, 2).assignee.n > 0);
	assert_string_equal(incidents_kinds(&t, 2, true), "opened");
	assert_int_equal(incidents_count(&t,
		"SELECT COUNT(*) FROM outbox WHERE CAST(body AS TEXT) LIKE '%\"took_over\":[1]%'"), 1);
	/* Again: nothing new. */
	incidents_one(&t, &token);
	assert_string_equal(incidents_kinds(&t, 2, true), "opened");
	assert_int_equal(incidents_count(&t, "SELECT COUNT(*) FROM sessions"), 1);
}

static void folds_quietly_into_what_was_told(void **state)
{
	(void)state;
	incidents_one(&t, &(struct call){ .key = REAL, .name = "GetSendQuota", .ip = "192.0.2.1" });
	incidents_one(&t, &(struct call){ .key = CHILD, .name = "GetSendQuota", .ip = "192.0.2.2" });
	assert_string_equal(incidents_kinds(&t, 2, true), "opened");
	incidents_one(&t, &(struct call){ .key = REAL, .name = "GetSessionToken",
						  .source = "sts.amazonaws.com", .answer = CHILD });
	assert_int_equal(incidents_get(&t, 2).merged_into, 1);
	assert_int_equal(incidents_get(&t, 1).events, 2);
	assert_string_equal(incidents_kinds(&t, 1, true), "opened");
	assert_string_equal(incidents_kinds(&t, 1, false), "opened notice took-over");
}

static void folds_a_snoozed_one_asleep(void **state)
{
	(void)state;
	incidents_one(&t, &(struct call){ .key = CHILD, .name = "GetSendQuota" });
	change(ks_incident_snooze, t.now_ms + HOUR);
	incidents_one(&t, &(struct call){ .key = REAL, .name = "GetSessionToken",
						  .source = "sts.amazonaws.com", .answer = CHILD });
	assert_int_equal(incidents_get(&t, 2).state, KS_INCIDENT_SNOOZED);
	assert_string_equal(incidents_kinds(&t, 2, true), "");
}

static void pages_40_decoys_once(void **state)
{
	struct ks_vec linked = KS_VEC_OF(int64_t);
	size_t more = 0;
	struct ks_err err = { 0 };
	char key[KS_KEYSET_ID + 1];

	(void)state;
	incidents_begin(&t);
	for (int i = 0; i < 40; i++) {
		snprintf(key, sizeof(key), "AKIAQYLPMN5HHHFP%c%c22", 'A' + i / 26, 'A' + i % 26);
		assert_int_equal(ks_watchlist_add(&t.watchlist, &(struct ks_watched){ .key_id = key }, &err), 0);
		incidents_feed(&t, &(struct call){ .key = key, .seconds = i });
		if (i == 19) {
			incidents_commit(&t);
			incidents_begin(&t);
		}
	}
	incidents_commit(&t);
	assert_int_equal(incidents_count(&t, "SELECT COUNT(*) FROM incidents"), 40);
	assert_int_equal(incidents_count(&t, "SELECT COUNT(*) FROM outbox"), 1);
	assert_int_equal(ks_incident_linked(t.db, 7, &linked, &more, &err), 0);
	assert_int_equal(linked.n, 39);
	assert_int_equal(*KS_VEC_AT(&linked, int64_t, 0), 1);
	ks_vec_release(&linked);
	/* Those that joined later are told together, after a while. */
	t.now_ms += HOUR;
	incidents_begin(&t);
	incidents_commit(&t);
	assert_int_equal(incidents_count(&t, "SELECT COUNT(*) FROM outbox"), 2);
	assert_int_equal(incidents_count(&t, "SELECT COUNT(*) FROM outbox WHERE kind = 'linked'"), 1);
	t.now_ms += 2 * HOUR;
	incidents_begin(&t);
	incidents_commit(&t);
	assert_int_equal(incidents_count(&t, "SELECT COUNT(*) FROM outbox"), 2);
}

static void never_links_by_service_names(void **state)
{
	struct ks_vec linked = KS_VEC_OF(int64_t);
	size_t more = 0;
	struct ks_err err = { 0 };

	(void)state;
	incidents_one(&t, &(struct call){ .ip = "ses.amazonaws.com" });
	incidents_one(&t, &(struct call){ .ip = "ses.amazonaws.com", .key = DECOY_B });
	assert_int_equal(ks_incident_linked(t.db, 1, &linked, &more, &err), 0);
	assert_int_equal(linked.n, 0);
	assert_int_equal(incidents_count(&t, "SELECT COUNT(*) FROM outbox WHERE kind = 'opened'"), 2);
	ks_vec_release(&linked);
}

static void reopens_what_was_closed(void **state)
{
	(void)state;
	incidents_one(&t, &(struct call){ .id = "first" });
	change(ks_incident_close, 0);
	incidents_one(&t, &(struct call){ .id = "first", .where = "again.json" });
	assert_int_equal(incidents_get(&t, 1).state, KS_INCIDENT_CLOSED);
	incidents_one(&t, &(struct call){ .hours = -2 });
	assert_int_equal(incidents_get(&t, 1).state, KS_INCIDENT_OPEN);
	assert_string_equal(incidents_kinds(&t, 1, true), "opened closed reopened");
	assert_string_equal(incidents_kinds(&t, 1, false), "opened notice closed reopened notice");
	assert_int_equal(ks_ingest_summary(t.ingest).reopened, 1);
}

static void mutes_while_snoozed(void **state)
{
	(void)state;
	incidents_one(&t, &(struct call){ 0 });
	change(ks_incident_snooze, t.now_ms + HOUR);
	incidents_one(&t, &(struct call){ .seconds = 1, .name = "PutAccountDetails" });
	incidents_one(&t, &(struct call){ .seconds = 2 });
	assert_string_equal(incidents_kinds(&t, 1, true), "opened");
	assert_int_equal(incidents_get(&t, 1).muted, 2);
	assert_int_equal(incidents_get(&t, 1).state, KS_INCIDENT_SNOOZED);
	t.now_ms += HOUR;
	incidents_begin(&t);
	incidents_commit(&t);
	assert_int_equal(incidents_get(&t, 1).state, KS_INCIDENT_OPEN);
	assert_string_equal(incidents_kinds(&t, 1, true), "opened resumed");
	incidents_one(&t, &(struct call){ .seconds = 3 });
	assert_string_equal(incidents_kinds(&t, 1, true), "opened resumed");
}

static void wakes_quietly_when_nothing_came(void **state)
{
	(void)state;
	incidents_one(&t, &(struct call){ 0 });
	change(ks_incident_snooze, t.now_ms + HOUR);
	t.now_ms += 2 * HOUR;
	incidents_one(&t, &(struct call){ .seconds = 1 });
	assert_int_equal(incidents_get(&t, 1).state, KS_INCIDENT_OPEN);
	assert_string_equal(incidents_kinds(&t, 1, true), "opened");
	assert_string_equal(incidents_kinds(&t, 1, false), "opened notice snoozed snooze-ended");
}

static void suppress_for(const char *field, const char *value, int64_t ms)
{
	struct ks_suppression s = { .field = ks_str_of(field), .value = ks_str_of(value),
		.reason = KS_STR("pentest"), .owner = KS_STR("ann"), .created_ms = t.now_ms,
		.expires_ms = t.now_ms + ms };
	struct ks_err err = { 0 };

	if (ks_suppress_add(t.db, &s, &err) != 0)
		fail_msg("%s", err.message);
}

static void suppress(const char *field, const char *value)
{
	suppress_for(field, value, HOUR);
}

/* Two cover it: it waits for the last one to end. */
static void suppresses_until_the_last_ends(void **state)
{
	(void)state;
	suppress_for("address", "198.51.100.0/24", HOUR);
	suppress_for("rule", "Quota read", 2 * HOUR);
	suppress_for("actor", "key:" DECOY_A, 3 * HOUR);
	suppress_for("actor", "key:" DECOY_B, 9 * HOUR);
	incidents_one(&t, &(struct call){ .name = "GetSendQuota" });
	assert_int_equal(incidents_get(&t, 1).suppressed_by, 1);
	t.now_ms += HOUR;
	incidents_begin(&t);
	incidents_commit(&t);
	assert_int_equal(incidents_get(&t, 1).suppressed_by, 3);
	assert_string_equal(incidents_kinds(&t, 1, true), "");
	t.now_ms += 2 * HOUR;
	incidents_begin(&t);
	incidents_commit(&t);
	assert_int_equal(incidents_get(&t, 1).suppressed_by, 0);
	assert_string_equal(incidents_kinds(&t, 1, true), "opened");
	assert_string_equal(incidents_kinds(&t, 1, false), "opened suppressed suppressed unsuppressed notice");
}

/* One that covers a part of the findings is not enough. */
static void is_told_when_a_finding_is_left(void **state)
{
	(void)state;
	suppress_for("rule", "Quota read", 3 * HOUR);
	suppress_for("address", "198.51.100.0/24", HOUR);
	incidents_one(&t, &(struct call){ .name = "GetSendQuota" });
	assert_string_equal(incidents_kinds(&t, 1, true), "");
	t.now_ms += HOUR;
	incidents_begin(&t);
	incidents_commit(&t);
	assert_string_equal(incidents_kinds(&t, 1, true), "opened");
}

static void suppresses_until_it_ends(void **state)
{
	(void)state;
	suppress("address", "198.51.100.0/24");
	incidents_one(&t, &(struct call){ 0 });
	assert_int_equal(incidents_get(&t, 1).suppressed_by, 1);
	assert_string_equal(incidents_kinds(&t, 1, true), "");
	assert_int_equal(incidents_count(&t, "SELECT COUNT(*) FROM findings"), 1);
	assert_int_equal(incidents_count(&t, "SELECT COUNT(*) FROM events"), 1);
	t.now_ms += HOUR;
	incidents_one(&t, &(struct call){ .seconds = 1 });
	assert_int_equal(incidents_get(&t, 1).suppressed_by, 0);
	assert_string_equal(incidents_kinds(&t, 1, true), "opened");
	assert_string_equal(incidents_kinds(&t, 1, false), "opened suppressed unsuppressed notice");
}

static void never_silences_a_decoy_by_its_agent(void **state)
{
	(void)state;
	suppress("user_agent", "boto*");
	incidents_one(&t, &(struct call){ 0 });
	assert_string_equal(incidents_kinds(&t, 1, true), "opened");
	incidents_one(&t,
		&(struct call){ .key = "AKIAQYLPMN5HHHFPZZZZ", .name = "GetSendQuota", .ip = "192.0.2.1" });
	assert_string_equal(incidents_kinds(&t, 2, true), "");
	assert_int_equal(incidents_get(&t, 2).suppressed_by, 1);
}

static void waits_for_somebody_to_tell(void **state)
{
	(void)state;
	ks_ingest_close(t.ingest);
	t.notifier_count = 0;
	incidents_open(&t);
	incidents_one(&t, &(struct call){ 0 });
	assert_int_equal(incidents_count(&t, "SELECT COUNT(*) FROM outbox"), 0);
	ks_ingest_close(t.ingest);
	t.notifier_count = 1;
	incidents_open(&t);
	incidents_one(&t, &(struct call){ .seconds = 1 });
	assert_string_equal(incidents_kinds(&t, 1, true), "opened");
}

static void with_notifiers(size_t n)
{
	ks_ingest_close(t.ingest);
	t.notifier_count = n;
	incidents_open(&t);
}

/* What a hunt found out about an incident that people know is told by the next watch, events or not. */
static void tells_what_a_hunt_found(void **state)
{
	struct call quota = { .key = "AKIAQYLPMN5HHHFPZZZZ", .name = "GetSendQuota", .ip = "192.0.2.1" };

	(void)state;
	incidents_one(&t, &quota);
	assert_string_equal(incidents_kinds(&t, 1, true), "opened");
	assert_int_equal(ks_db_exec(t.db, "UPDATE incidents SET level = level - 1, notified_level = level - 1, "
		"state = 'acknowledged'; UPDATE findings SET level = level - 1", &(struct ks_err){ 0 }), 0);
	with_notifiers(0);
	quota.seconds = 5;
	incidents_one(&t, &quota);
	assert_int_equal(incidents_count(&t, "SELECT level - notified_level FROM incidents"), 1);
	with_notifiers(1);
	incidents_begin(&t);
	incidents_commit(&t);
	assert_string_equal(incidents_kinds(&t, 1, true), "opened escalated");
	/* Once. */
	incidents_begin(&t);
	incidents_commit(&t);
	assert_string_equal(incidents_kinds(&t, 1, true), "opened escalated");
	change(ks_incident_close, 0);
	with_notifiers(0);
	quota.seconds = 9;
	incidents_one(&t, &quota);
	with_notifiers(1);
	incidents_begin(&t);
	incidents_commit(&t);
	assert_string_equal(incidents_kinds(&t, 1, true), "opened escalated closed reopened");
}

static void leaves_nothing_of_an_aborted_batch(void **state)
{
	struct ks_err err = { 0 };
	struct ks_str value;

	(void)state;
	incidents_begin(&t);
	incidents_feed(&t,
		&(struct call){ .name = "GetFederationToken", .source = "sts.amazonaws.com", .answer = CHILD });
	assert_int_equal(ks_ingest_checkpoint(t.ingest, KS_STR("dir"), KS_STR("f"), KS_STR("1"), &err), 0);
	ks_ingest_abort(t.ingest);
	assert_int_equal(incidents_count(&t, "SELECT COUNT(*) FROM events"), 0);
	assert_int_equal(ks_ingest_checkpoint_get(t.ingest, KS_STR("dir"), KS_STR("f"), &t.arena, &value, &err),
		0);
	assert_null(value.p);
	/* Read again, it is learned again. */
	incidents_begin(&t);
	incidents_feed(&t,
		&(struct call){ .name = "GetFederationToken", .source = "sts.amazonaws.com", .answer = CHILD });
	assert_int_equal(ks_ingest_checkpoint(t.ingest, KS_STR("dir"), KS_STR("f"), KS_STR("2"), &err), 0);
	incidents_commit(&t);
	assert_int_equal(incidents_count(&t, "SELECT COUNT(*) FROM sessions"), 1);
	assert_int_equal(ks_ingest_checkpoint_get(t.ingest, KS_STR("dir"), KS_STR("f"), &t.arena, &value, &err),
		0);
	assert_true(ks_str_is(value, "2"));
}

/* The same events in every order of three come to the same incident. */
static void forgets_the_order(void **state)
{
	static const int orders[][3] = { { 0, 1, 2 }, { 0, 2, 1 }, { 1, 0, 2 }, { 1, 2, 0 }, { 2, 0, 1 },
		{ 2, 1, 0 } };
	const struct call calls[] = {
		{ .id = "x", .name = "GetFederationToken", .source = "sts.amazonaws.com", .answer = CHILD },
		{ .id = "y", .key = CHILD, .name = "GetSendQuota", .source = "ses.amazonaws.com", .hours = 20 },
		{ .id = "z", .hours = 40, .name = "PutAccountDetails", .ip = "192.0.2.9" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(orders) / sizeof(orders[0]); i++) {
		incidents_release(&t);
		incidents_init(&t);
		for (int j = 0; j < 3; j++)
			incidents_one(&t, &calls[orders[i][j]]);
		assert_int_equal(incidents_count(&t, "SELECT COUNT(*) FROM incidents WHERE merged_into IS NULL"), 1);
		assert_int_equal(incidents_count(&t, "SELECT events FROM incidents WHERE merged_into IS NULL"), 3);
		assert_int_equal(incidents_count(&t, "SELECT level FROM incidents WHERE merged_into IS NULL"),
			KS_LEVEL_CRITICAL);
		assert_int_equal(incidents_count(&t, "SELECT stages FROM incidents WHERE merged_into IS NULL"),
			KS_STAGE_PERSISTENCE | KS_STAGE_SANDBOX | KS_STAGE_OTHER);
		assert_int_equal(incidents_count(&t, "SELECT COUNT(*) FROM findings"), 6);
		assert_int_equal(incidents_count(&t, "SELECT COUNT(*) FROM incident_addresses"), 2);
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(tells_500_calls_once), TEST(counts_copies_as_evidence), TEST(leaves_no_trace_of_the_rest),
		TEST(joins_what_a_late_event_connects), TEST(opens_anew_after_quiet), TEST(follows_a_session),
		TEST(rolls_a_late_session_up), TEST(remembers_sessions), TEST(keeps_real_keys_apart_from_decoys),
		TEST(looks_back_for_a_new_decoy), TEST(learns_what_another_run_put),
		TEST(learns_sessions_of_real_keys), TEST(folds_with_what_people_decided),
		TEST(folds_quietly_into_what_was_told), TEST(folds_a_snoozed_one_asleep),
		TEST(pages_40_decoys_once), TEST(never_links_by_service_names), TEST(reopens_what_was_closed),
		TEST(mutes_while_snoozed), TEST(wakes_quietly_when_nothing_came), TEST(suppresses_until_it_ends),
		TEST(never_silences_a_decoy_by_its_agent), TEST(waits_for_somebody_to_tell),
		TEST(suppresses_until_the_last_ends), TEST(is_told_when_a_finding_is_left),
		TEST(tells_what_a_hunt_found),
		TEST(leaves_nothing_of_an_aborted_batch), TEST(forgets_the_order),
	};

	return cmocka_run_group_tests_name("ingest", tests, NULL, NULL);
}
