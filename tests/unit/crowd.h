/*
 * What watching costs the store: the same for each batch and plan, however many incidents and plans there
 * are. Counted in steps of SQLite's machine, statement by statement, in a small store and in a big one.
 */
#ifndef KS_TESTS_UNIT_CROWD_H
#define KS_TESTS_UNIT_CROWD_H

#include "lib/incident/opening.h"
#include "lib/incident/page.h"
#include "lib/respond/ledger.h"
#include "lib/respond/planpost.h"

#include "tests/unit/incidents.h"
#include "tests/unit/rows.h"

#define CROWD_FEW 20
#define CROWD_MANY 2000
#define CROWD_ROUNDS 3
#define CROWD_SLACK 200            /* steps: what does not grow may still differ a little */
#define CROWD_OLD "1763700000000"  /* before the fixture's clock */
#define CROWD_LATER "1773700000000"

struct crowd_row {
	const char *name;
	/* of incidents: state, pending, level that people know of, suppression, end of a snooze, part of */
	const char *incidents;
	/* of their plans: state, when they run out, who approved them, untold */
	const char *plans;
};

static const struct crowd_row crowd_rows[] = {
	{ "open", "'open', 0, 4, NULL, NULL, NULL", "'done', NULL, NULL, 0" },
	{ "acknowledged", "'acknowledged', 0, 4, NULL, NULL, NULL", "'partly', NULL, 'ann', 0" },
	{ "closed", "'closed', 0, 4, NULL, NULL, NULL", "'expired', " CROWD_OLD ", NULL, 0" },
	{ "closed before they were told", "'closed', 1, 0, NULL, NULL, NULL", "'refused', NULL, NULL, 0" },
	{ "on hold", "'snoozed', 0, 4, NULL, " CROWD_LATER ", NULL", "'undone', NULL, NULL, 0" },
	{ "suppressed", "'open', 1, 0, 1, NULL, NULL", "'waiting', " CROWD_LATER ", NULL, 0" },
	{ "parts of another", "'closed', 0, 4, NULL, NULL, 999", "'ready', " CROWD_LATER ", NULL, 0" },
};

#define CROWD_INCIDENTS "INSERT INTO incidents (id, actor, level, stages, first_ms, last_ms, opened_ms, " \
	"changed_ms, events, muted, notified_ms, state, pending, notified_level, suppressed_by, " \
	"snoozed_until_ms, merged_into) "
#define CROWD_PLANS "INSERT INTO plans (id, incident_id, digest, policy, mode, account, actor, key_id, " \
	"is_decoy, made_ms, begun_ms, state, expires_ms, approved_by, untold) "

static inline void crowd_must(int rc, const struct ks_err *err)
{
	if (rc != 0)
		fail_msg("%s", err->message);
}

static inline void crowd_gather(struct incidents *t, const struct crowd_row *row, int n)
{
	const char *numbers = ks_arena_printf(&t->arena, "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i "
		"+ 1 FROM n WHERE i < %d) ", n);
	struct ks_err err = { 0 };

	crowd_must(ks_db_exec(t->db, ks_arena_printf(&t->arena, "BEGIN; "
		"INSERT INTO suppressions VALUES (1, 'rule', 'x', 'known', 'ann', " CROWD_OLD ", " CROWD_LATER "); "
		CROWD_INCIDENTS "VALUES (999, 'key:y', 4, 0, 1, 1, 1, 1, 1, 0, 1, 'open', 0, 4, "
		"NULL, NULL, NULL); "
		"%s" CROWD_INCIDENTS "SELECT 1000 + i, 'key:x' || i, 4, 0, " CROWD_OLD ", " CROWD_OLD ", "
		CROWD_OLD ", " CROWD_OLD ", 1, 0, " CROWD_OLD ", %s FROM n; "
		"%s" CROWD_PLANS "SELECT i, 1000 + i, 'd', 'p', 'enforce', '123456789012', 'user ' || i, 'x' || i, "
		"0, " CROWD_OLD ", " CROWD_OLD ", %s FROM n; "
		"%s INSERT INTO steps (plan_id, number, step, state, sent_ms, done_ms, attempts) SELECT i, 1, '{}', "
		"'done', " CROWD_OLD ", " CROWD_OLD ", 1 FROM n; COMMIT", numbers, row->incidents, numbers,
		row->plans, numbers), &err), &err);
}

/* What is asked for plans, whoever they are of. */
static inline void crowd_ask_ledger(struct incidents *t, int64_t incident)
{
	struct ks_vec plans = KS_VEC_OF(struct ks_ledger_plan);
	struct ks_err err = { 0 };
	int64_t keys = 0;
	size_t told = 0;

	crowd_must(ks_ledger_expire(t->db, t->now_ms, &err), &err);
	crowd_must(ks_ledger_approved(t->db, t->now_ms, &t->arena, &plans, &err), &err);
	crowd_must(ks_ledger_list(t->db, incident, &t->arena, &plans, &err), &err);
	crowd_must(ks_ledger_count_keys(t->db, t->now_ms - HOUR, KS_STR("x7"), 3, &keys, &err), &err);
	crowd_must(ks_planpost_tell_expired(t->db, t->notifiers, t->notifier_count, t->now_ms, &told, &err),
		&err);
	assert_int_equal(keys, 0);
	assert_int_equal(plans.n, 0);
	ks_vec_release(&plans);
}

/* New incidents come, each in a batch of its own. */
static inline void crowd_watch(struct incidents *t)
{
	static const char *const keys[CROWD_ROUNDS] = { DECOY_A, DECOY_B, CHILD };
	static const char *const addresses[CROWD_ROUNDS] = { "198.51.100.1", "198.51.100.2", "198.51.100.3" };
	struct ks_err err = { 0 };
	bool is_due;

	for (int i = 0; i < CROWD_ROUNDS; i++) {
		int64_t id = 0, next = 0;

		incidents_one(t, &(struct call){ .key = keys[i], .ip = addresses[i], .name = "GetSendQuota" });
		crowd_must(ks_ingest_is_due(t->ingest, true, &is_due, &err), &err);
		crowd_must(ks_opening_find(t->db, KS_STR("key:" DECOY_A), &id, &next, &err), &err);
		crowd_ask_ledger(t, id);
	}
}

static inline int64_t crowd_steps_of(const struct ks_vec *efforts, const char *sql)
{
	for (size_t i = 0; i < efforts->n; i++)
		if (strcmp(KS_VEC_AT(efforts, struct ks_db_effort, i)->sql, sql) == 0)
			return KS_VEC_AT(efforts, struct ks_db_effort, i)->steps;
	return 0;
}

/* None of the statements took more of it where there was more. */
static inline void crowd_compare(struct ks_db *small, struct ks_db *big)
{
	struct ks_vec few = KS_VEC_OF(struct ks_db_effort), many = KS_VEC_OF(struct ks_db_effort);
	int64_t sum = 0;

	ks_db_efforts(small, &few);
	ks_db_efforts(big, &many);
	assert_true(few.n > 0 && few.n == many.n);
	for (size_t i = 0; i < many.n; i++) {
		const struct ks_db_effort *effort = KS_VEC_AT(&many, struct ks_db_effort, i);
		int64_t before = crowd_steps_of(&few, effort->sql);

		sum += effort->steps;
		if (effort->steps > before + CROWD_SLACK)
			fail_msg("%" PRId64 " steps instead of %" PRId64 " in %" PRId64 " runs of: %s", effort->steps,
				before, effort->runs, effort->sql);
	}
	assert_true(sum > 0);
	ks_vec_release(&few);
	ks_vec_release(&many);
}

static inline void test_crowd(void **state)
{
	const struct crowd_row *row = *state;
	struct incidents small, big;

	incidents_init(&small);
	incidents_init(&big);
	crowd_gather(&small, row, CROWD_FEW);
	crowd_gather(&big, row, CROWD_MANY);
	crowd_watch(&small);
	crowd_watch(&big);
	crowd_compare(small.db, big.db);
	incidents_release(&small);
	incidents_release(&big);
}

/* Of the events of an incident that people were told of, what makes them: the one that is there, in SQL. */
struct story_row {
	const char *name;
	const char *others;            /* of those beside it: trust */
	const char *shift;             /* and time */
	const char *elsewhere;         /* of one of another incident, or NULL: there is none */
};

static const struct story_row story_rows[] = {
	{ "long story", "none", "- i", NULL },
	{ "long story, an exercise elsewhere", "none", "- i", "drill" },
	{ "long story that began as an exercise", "drill", "- i", "drill" },
	{ "long story with an exercise behind it", "drill", "+ 100000 * i", "drill" },
};

#define STORY_COPIES(table, changes) "CREATE TEMP TABLE c AS SELECT t.*, i FROM " table " t, n; " \
	"UPDATE c SET " changes "; ALTER TABLE c DROP COLUMN i; INSERT INTO " table " SELECT * FROM c; " \
	"DROP TABLE c; "

static inline void story_tell(struct incidents *t, const struct story_row *row, int n)
{
	struct ks_err err = { 0 };

	incidents_init(t);
	incidents_one(t, &(struct call){ .key = DECOY_A, .ip = "198.51.100.1", .name = "GetSendQuota" });
	crowd_must(ks_db_exec(t->db, ks_arena_printf(&t->arena, "BEGIN; CREATE TEMP TABLE n AS WITH RECURSIVE "
		"n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %d) SELECT i FROM n; "
		STORY_COPIES("events", "identity = identity || i, trust = '%s', time_ms = time_ms %s")
		STORY_COPIES("findings", "id = id || i, event_identity = event_identity || i, "
			"time_ms = time_ms %s")
		STORY_COPIES("finding_events", "finding_id = finding_id || i, event_identity = event_identity || i")
		"DROP TABLE n; UPDATE incidents SET notified_ms = 1, notified_level = level, pending = 0; COMMIT",
		n, row->others, row->shift, row->shift), &err), &err);
	if (row->elsewhere != NULL) {
		incidents_one(t, &(struct call){ .key = DECOY_B, .ip = "198.51.100.2", .name = "GetSendQuota" });
		crowd_must(ks_db_exec(t->db, ks_arena_printf(&t->arena, "UPDATE events SET trust = '%s' WHERE "
			"actor = 'key:" DECOY_B "'", row->elsewhere), &err), &err);
	}
	for (int i = 1; i <= CROWD_ROUNDS; i++)
		incidents_one(t, &(struct call){ .key = DECOY_A, .ip = "198.51.100.1", .name = "GetSendQuota",
			.seconds = i });
}

/* One more event of an incident costs the same however many it has. */
static inline void test_story(void **state)
{
	const struct story_row *row = *state;
	struct incidents small, big;

	story_tell(&small, row, CROWD_FEW);
	story_tell(&big, row, CROWD_MANY);
	crowd_compare(small.db, big.db);
	assert_true(incidents_count(&big, "SELECT COUNT(*) FROM findings WHERE incident_id = 1") > CROWD_MANY);
	incidents_release(&small);
	incidents_release(&big);
}

/* Of those that wait for their minute a batch looks only at its own. */
static inline void crowd_plan_pages(struct incidents *t, int n)
{
	static const struct crowd_row waiting = { "waiting", "'open', 1, 0, NULL, NULL, NULL",
		"'done', NULL, NULL, 0" };
	struct ks_vec touched = KS_VEC_OF(int64_t);
	struct ks_err err = { 0 };
	struct ks_page_outcome told;

	incidents_init(t);
	crowd_gather(t, &waiting, n);
	*(int64_t *)ks_vec_push(&touched) = 1000 + n;
	*(int64_t *)ks_vec_push(&touched) = 999;
	crowd_must(ks_page_plan(t->db, &(struct ks_page_request){ .now_ms = t->now_ms,
		.notifiers = t->notifiers, .notifier_count = t->notifier_count, .touched = &touched }, &told, &err),
		&err);
	assert_int_equal(told.notices, 1);
	ks_vec_release(&touched);
}

static inline void test_storm(void **state)
{
	struct incidents small, big;

	(void)state;
	crowd_plan_pages(&small, 3 * CROWD_FEW);
	crowd_plan_pages(&big, CROWD_MANY);
	crowd_compare(small.db, big.db);
	assert_int_equal(incidents_count(&big, "SELECT COUNT(*) FROM incidents WHERE id > 999 AND pending = 0"),
		1);
	incidents_release(&small);
	incidents_release(&big);
}

static inline void crowd_add(struct rows *rows)
{
	ROWS_TABLE(rows, test_crowd, crowd_rows);
	ROWS_TABLE(rows, test_story, story_rows);
	ROWS_TEST(rows, test_storm);
}

#endif
