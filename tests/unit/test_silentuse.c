/* Uses that no event explains: short stories on an injected clock, what is raised, and what people hear. */
#include "lib/incident/silentuse.h"

#include "lib/decoy/registry.h"
#include "lib/incident/trip.h"
#include "tests/unit/incidents.h"
#include "tests/unit/rows.h"

#define MINUTE (INT64_C(60) * 1000)
#define START (FIXTURE_NOW / 1000 * 1000)        /* IAM says whole seconds */

/* Steps are "MINUTE WORD [ARGUMENT]", with ";" between them:
 *   say M       IAM says that the key was used at minute M, for ses in us-east-1; "never": that it was not
 *   s3 M        likewise, for s3
 *   fail        it says nothing
 *   event M     the trail has an event of minute M (of a decoy, through rules, like any other)
 *   trip M      we used it ourselves then
 *   judge       what is due is judged; behind it people are told
 *   restart     the store is closed and opened
 *   close, snooze, retire    the latest incident; the decoy
 */
static const struct row {
	const char *name;
	const char *story;
	int raised, explained;       /* in all */
	const char *journal;         /* kinds, of the first incident; "" when there is none */
	const char *notices;         /* likewise */
	int incidents;
} table[] = {
	{ "never used", "0 say never; 60 judge", 0, 0, "", "", 0 },
	{ "used before it was a decoy", "0 say -60; 60 judge", 0, 0, "", "", 0 },
	{ "no event explains it", "0 say never; 20 say 10; 39 judge; 40 judge; 60 judge", 1, 0,
		"opened silent-use notice", "opened", 1 },
	{ "not before its time", "0 say never; 20 say 10; 39 judge", 0, 0, "", "", 0 },
	{ "the first answer tells of a use already", "30 say 10; 44 judge; 45 judge", 1, 0,
		"opened silent-use notice", "opened", 1 },
	{ "seen late: what was late to be read has its time, too", "0 say never; 600 say 10; 614 judge", 0,
		0, "",
		"", 0 },
	{ "and then it is raised", "0 say never; 600 say 10; 615 judge", 1, 0, "opened silent-use notice",
		"opened", 1 },
	{ "an event explains it that was there", "0 say never; 5 event 4; 6 say 4; 60 judge", 0, 0,
		"opened notice", "opened", 1 },
	{ "an event explains it that comes within the time", "0 say never; 12 say 10; 38 event 10; 40 judge",
		0, 0,
		"opened notice", "opened", 1 },
	{ "IAM's clock and the trail's differ a little", "0 say never; 12 say 10; 38 event 9; 40 judge", 0, 0,
		"opened notice", "opened", 1 },
	{ "an older event explains nothing", "0 say never; 5 event 2; 12 say 10; 40 judge", 1, 0,
		"opened notice silent-use notice", "opened escalated", 1 },
	{ "an event that comes too late is told in the incident", "0 say never; 12 say 10; 40 judge; 50 event "
		"10; "
		"51 judge; 60 judge", 1, 1, "opened silent-use notice silent-use-explained", "opened", 1 },
	{ "an event of much later does not explain it",
		"0 say never; 12 say 10; 40 judge; 90 event 85; 91 judge",
		1, 0, "opened silent-use notice", "opened", 1 },
	{ "the value moves twice, no event",
		"0 say never; 12 say 10; 30 say 28; 40 judge; 57 judge; 58 judge", 2,
		0, "opened silent-use notice silent-use", "opened", 1 },
	{ "it moves twice, the first is explained", "0 say never; 12 say 10; 15 event 10; 30 say 28; 40 judge; "
		"58 judge", 1, 0, "opened notice silent-use notice", "opened escalated", 1 },
	{ "it moves twice, both are explained", "0 say never; 12 say 10; 15 event 10; 30 say 28; 35 event 28; "
		"40 "
		"judge; 58 judge", 0, 0, "opened notice", "opened", 1 },
	{ "it does not move again", "0 say never; 12 say 10; 40 judge; 50 say 10; 90 judge", 1, 0,
		"opened silent-use notice", "opened", 1 },
	{ "an older value that comes later is none", "0 say never; 12 say 10; 14 event 10; 15 say 3; 16 say 10; "
		"60 "
		"judge", 0, 0, "opened notice", "opened", 1 },
	{ "a restart in the middle loses nothing", "0 say never; 12 say 10; 20 restart; 39 judge; 40 judge; 41 "
		"restart; 60 judge", 1, 0, "opened silent-use notice", "opened", 1 },
	{ "IAM says nothing in between", "0 say never; 12 say 10; 14 fail; 40 judge", 1, 0,
		"opened silent-use notice", "opened", 1 },
	{ "IAM says nothing", "0 fail; 60 judge", 0, 0, "", "", 0 },
	{ "never said again after a use",
		"0 say never; 12 say 10; 14 event 10; 20 say never; 25 say 10; 60 judge",
		0, 0, "opened notice", "opened", 1 },
	{ "we did it ourselves", "0 say never; 10 trip 10; 12 say 10; 60 judge", 0, 0, "", "", 0 },
	{ "what we did ourselves explains nothing else", "0 say never; 10 trip 10; 22 say 20; 60 judge", 1, 0,
		"opened silent-use notice", "opened", 1 },
	{ "another service is as grave as any use of a decoy", "0 say never; 5 event 2; 12 s3 10; 40 judge",
		1, 0,
		"opened notice silent-use", "opened", 1 },
	{ "a closed incident opens again", "0 say never; 12 say 10; 40 judge; 50 close; 62 say 60; 90 judge",
		2, 0,
		"opened silent-use notice closed reopened silent-use notice", "opened closed reopened", 1 },
	{ "a snoozed one hears of it when it wakes", "0 say never; 12 say 10; 40 judge; 50 snooze; 62 say 60; "
		"90 "
		"judge; 200 judge", 2, 0, "opened silent-use notice snoozed silent-use snooze-ended notice",
		"opened resumed", 1 },
	{ "an incident that has long been quiet is left alone", "0 say never; 12 say 10; 40 judge; 2000 say "
		"1990; "
		"2020 judge", 2, 0, "opened silent-use notice", "opened", 2 },
	{ "a decoy that is gone while it waits", "0 say never; 12 say 10; 20 retire; 40 judge", 1, 0,
		"opened silent-use notice", "opened", 1 },
};

static struct incidents t;

static void add_decoy(const char *key_id)
{
	struct ks_decoy decoy = { .name = ks_str_of(key_id), .key_id = ks_str_of(key_id), .kind = KS_DECOY_LIVE,
		.state = KS_DECOY_PRINTED, .account = KS_STR("123456789012"), .user_name = KS_STR("svc"),
		.region = KS_STR("us-east-1"), .label = KS_STR(""), .bait = KS_STR("dotenv"),
		.placement = KS_STR("stdout"), .form = KS_PLACEMENT_PRINTED, .created_ms = FIXTURE_NOW,
		.changed_ms = FIXTURE_NOW };
	struct ks_err err = { 0 };

	assert_int_equal(ks_registry_add(t.db, &t.arena, &decoy, &err), 0);
}

static void say(const char *service, const char *minute)
{
	const bool has_failed = minute == NULL, is_never = minute != NULL && strcmp(minute, "never") == 0;
	const struct ks_silentuse_answer answer = { .key_id = KS_STR(DECOY_A), .asked_ms = t.now_ms,
		.again_ms = t.now_ms + 15 * MINUTE, .has_failed = has_failed, .error = KS_STR("no"),
		.used_ms = has_failed || is_never ? KS_TIME_NONE : START + strtol(minute, NULL, 10) * MINUTE,
		.service = ks_str_of(is_never ? "N/A" : service),
		.region = ks_str_of(is_never ? "N/A" : "us-east-1") };
	struct ks_err err = { 0 };

	if (ks_silentuse_take(t.db, &answer, 1, &err) != 0)
		fail_msg("%s", err.message);
}

static void change(const char *word)
{
	const struct ks_incident_change change = { .id = 1, .now_ms = t.now_ms, .who = KS_STR("ann"),
		.text = KS_STR("r"), .until_ms = t.now_ms + 60 * MINUTE };
	struct ks_err err = { 0 };

	assert_int_equal((strcmp(word, "close") == 0 ? ks_incident_close : ks_incident_snooze)(t.db, &change,
		&err), 0);
}

static void reopen_store(void)
{
	struct ks_err err = { 0 };

	ks_ingest_close(t.ingest);
	ks_db_close(t.db);
	assert_int_equal(ks_schema_open(&t.fixture.ctx, fixture_path(&t.fixture, "s.db"), KS_DB_WRITE, &t.db,
		&err), 0);
	incidents_open(&t);
}

static void judge(struct ks_silentuse_verdict *sum)
{
	struct ks_silentuse_verdict verdict;
	struct ks_err err = { 0 };

	if (ks_silentuse_judge(t.db, t.now_ms, 24 * HOUR, &verdict, &err) != 0)
		fail_msg("%s", err.message);
	sum->raised += verdict.raised;
	sum->explained += verdict.explained;
	assert_true((verdict.incident != 0) == (verdict.raised + verdict.explained > 0));
	incidents_begin(&t);
	incidents_commit(&t);
}

static void play(const char *step, struct ks_silentuse_verdict *sum)
{
	char word[16] = "", argument[16] = "";
	struct ks_err err = { 0 };
	int minute = -1;

	assert_true(sscanf(step, "%d %15[a-z0-9] %15[-a-z0-9]", &minute, word, argument) >= 2);
	t.now_ms = FIXTURE_NOW + minute * MINUTE;
	if (strcmp(word, "say") == 0)
		say("ses", argument);
	else if (strcmp(word, "s3") == 0)
		say("s3", argument);
	else if (strcmp(word, "fail") == 0)
		say("", NULL);
	else if (strcmp(word, "event") == 0)
		incidents_one(&t, &(struct call){ .seconds = strtol(argument, NULL, 10) * 60 });
	else if (strcmp(word, "trip") == 0)
		assert_int_equal(ks_trip_add(t.db, &(struct ks_trip){ .key_id = KS_STR(DECOY_A), .call = KS_STR("X"),
			.request_id = KS_STR(""), .sent_ms = FIXTURE_NOW + strtol(argument, NULL, 10) * MINUTE },
				&err), 0);
	else if (strcmp(word, "judge") == 0)
		judge(sum);
	else if (strcmp(word, "restart") == 0)
		reopen_store();
	else if (strcmp(word, "retire") == 0)
		assert_int_equal(ks_db_exec(t.db, "UPDATE decoys SET state = 'retired'", &err), 0);
	else
		change(word);
}

static void story(void **state)
{
	const struct row *row = *state;
	struct ks_silentuse_verdict sum = { 0 };
	const char *from = row->story;

	incidents_init(&t);
	add_decoy(DECOY_A);
	while (from != NULL) {
		play(from, &sum);
		from = strchr(from, ';');
		from = from != NULL ? from + 1 : NULL;
	}
	assert_int_equal(sum.raised, row->raised);
	assert_int_equal(sum.explained, row->explained);
	assert_int_equal(incidents_count(&t, "SELECT COUNT(*) FROM incidents"), row->incidents);
	assert_string_equal(incidents_kinds(&t, 1, false), row->journal);
	assert_string_equal(incidents_kinds(&t, 1, true), row->notices);
	incidents_release(&t);
}

/* The last words of a text, which must be there. */
static void has(const char *text, const char *part)
{
	if (strstr(text, part) == NULL)
		fail_msg("'%s' is not in '%s'", part, text);
}

static void a_notice_says_service_and_region(void **state)
{
	struct ks_vec bodies = KS_VEC_OF(struct ks_str);
	struct ks_silentuse_verdict sum = { 0 };
	struct ks_silentuse known;
	struct ks_err err = { 0 };
	bool found = false;
	const char *body;

	(void)state;
	incidents_init(&t);
	add_decoy(DECOY_A);
	play("0 say never", &sum);
	play("12 say 10", &sum);
	assert_int_equal(ks_silentuse_find(t.db, KS_STR(DECOY_A), &t.arena, &known, &found, &err), 0);
	assert_true(found && known.used_ms == START + 10 * MINUTE && known.raised_ms == KS_TIME_NONE);
	assert_int_equal(known.wait_until_ms, START + 40 * MINUTE);
	play("40 judge", &sum);
	assert_int_equal(ks_sql_texts(t.db, "SELECT CAST(body AS TEXT) FROM outbox", KS_SQL_NONE,
		(struct ks_sql_into){ &t.arena, &bodies }, &err), 0);
	assert_int_equal(bodies.n, 1);
	body = KS_VEC_AT(&bodies, struct ks_str, 0)->p;
	has(body, "\"level\":\"critical\",\"actor\":\"key:" DECOY_A "\",\"account\":\"123456789012\"");
	has(body, "\"addresses\":[]");
	has(body, "\"silent_uses\":[{\"used\":\"2025-11-21T10:10:00Z\",\"service\":\"ses\",\"region\":"
		"\"us-east-1\",\"explained_by\":null}]");
	assert_int_equal(ks_silentuse_find(t.db, KS_STR(DECOY_A), &t.arena, &known, &found, &err), 0);
	assert_true(known.raised_ms == START + 10 * MINUTE && known.incident == 1);
	assert_int_equal(known.wait_until_ms, KS_TIME_NONE);
	/* Findings of the same key go into it. */
	play("50 event 49", &sum);
	assert_int_equal(incidents_count(&t, "SELECT COUNT(*) FROM incidents"), 1);
	assert_int_equal(incidents_get(&t, 1).level, KS_LEVEL_CRITICAL);
	ks_vec_release(&bodies);
	incidents_release(&t);
}

static void asks_only_of_live_decoys(void **state)
{
	struct ks_vec due = KS_VEC_OF(struct ks_silentuse_key);
	struct ks_silentuse_verdict sum = { 0 };
	struct ks_err err = { 0 };
	int64_t next = 0;

	(void)state;
	incidents_init(&t);
	assert_int_equal(ks_silentuse_next(t.db, &next, &err), 0);
	assert_int_equal(next, KS_TIME_NONE);
	add_decoy(DECOY_A);
	add_decoy(DECOY_B);
	assert_int_equal(ks_silentuse_due(t.db, t.now_ms, HOUR, 10, &t.arena, &due, &err), 0);
	assert_int_equal(due.n, 2);
	play("0 say never", &sum);
	assert_int_equal(ks_db_exec(t.db, "UPDATE decoys SET kind = 'offline' WHERE key_id = '" DECOY_B "'",
		&err),
		0);
	ks_vec_clear(&due);
	assert_int_equal(ks_silentuse_due(t.db, t.now_ms + 14 * MINUTE, HOUR, 10, &t.arena, &due, &err), 0);
	assert_int_equal(due.n, 0);
	assert_int_equal(ks_silentuse_due(t.db, t.now_ms + 15 * MINUTE, HOUR, 10, &t.arena, &due, &err), 0);
	assert_int_equal(due.n, 1);
	/* The clock was days ahead when it was written. */
	assert_int_equal(ks_silentuse_due(t.db, t.now_ms - 72 * HOUR, HOUR, 10, &t.arena, &due, &err), 0);
	assert_int_equal(due.n, 2);
	assert_int_equal(ks_silentuse_next(t.db, &next, &err), 0);
	assert_int_equal(next, FIXTURE_NOW + 15 * MINUTE);
	ks_vec_release(&due);
	incidents_release(&t);
}

int main(void)
{
	struct rows rows = { .n = 0 };

	ROWS_TABLE(&rows, story, table);
	ROWS_TEST(&rows, a_notice_says_service_and_region);
	ROWS_TEST(&rows, asks_only_of_live_decoys);
	return rows_run("silentuse", &rows);
}
