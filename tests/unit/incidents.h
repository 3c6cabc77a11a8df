/*
 * What tests of incidents share: a store, a few rules, a watchlist with decoys, and CloudTrail records from
 * short descriptions that go through an ingest.
 */
#ifndef KS_TESTS_UNIT_INCIDENTS_H
#define KS_TESTS_UNIT_INCIDENTS_H

#include "lib/engine/ingest.h"
#include "lib/incident/incident.h"
#include "lib/incident/journal.h"
#include "lib/incident/outbox.h"
#include "lib/incident/suppress.h"
#include "lib/store/schema.h"
#include "lib/store/sql.h"
#include "tests/unit/fixture.h"

#include <inttypes.h>

#define DECOY_A "AKIAQYLPMN5HHHFPZAM2"
#define DECOY_B "AKIAQYLPMN5HHHFPZAM3"
#define CHILD "ASIAQYLPMN5HHHFPZAA1"
#define GRANDCHILD "ASIAQYLPMN5HHHFPZAA2"
#define HOUR (INT64_C(3600) * 1000)

static const char *const incidents_rules =
	"title: Decoy used\nid: 11111111-1111-4111-8111-111111111111\nlogsource: {product: aws, service: "
	"cloudtrail}\n"
	"detection:\n  s:\n    decoy.match: [key, session]\n  condition: s\nlevel: high\n---\n"
	"title: Sending enabled\nid: 22222222-2222-4222-8222-222222222222\nlogsource: {product: aws, "
	"service: cloudtrail}\n"
	"detection:\n  s:\n    eventName: PutAccountDetails\n  condition: s\nlevel: critical\n---\n"
	"title: Quota read\nid: 33333333-3333-4333-8333-333333333333\nlogsource: {product: aws, service: "
	"cloudtrail}\n"
	"detection:\n  s:\n    eventName: GetSendQuota\n  condition: s\nlevel: low\n---\n"
	"title: Token taken\nid: 44444444-4444-4444-8444-444444444444\nlogsource: {product: aws, service: "
	"cloudtrail}\n"
	"detection:\n  s:\n    eventName: GetFederationToken\n  condition: s\nlevel: medium\n";

/* A store with everything around it. */
struct incidents {
	struct fixture fixture;
	int64_t now_ms;                  /* of the clock */
	int64_t tick_ms;                 /* passes each time that it is looked at */
	struct ks_ruleset ruleset;
	struct ks_program program;
	struct ks_wants wants;
	struct ks_watchlist watchlist;
	struct ks_db *db;
	struct ks_ingest *ingest;
	struct ks_arena arena;
	const char *notifiers[1];
	size_t notifier_count;
	unsigned records;                /* fed so far: makes event ids */
};

static inline int64_t incidents_now(void *arg)
{
	struct incidents *t = arg;

	t->now_ms += t->tick_ms;
	return t->now_ms;
}

static inline int incidents_random(void *arg, void *out, size_t n)
{
	return fixture_random(&((struct incidents *)arg)->fixture, out, n);
}

static inline const char *incidents_env(void *arg, const char *name)
{
	(void)arg;
	(void)name;
	return NULL;
}

static inline void incidents_open(struct incidents *t)
{
	struct ks_err err = { 0 };

	assert_int_equal(ks_ingest_open(&(struct ks_ingest_config){ .ctx = &t->fixture.ctx, .db = t->db,
		.program = &t->program, .wants = &t->wants, .watchlist = &t->watchlist,
		.notifiers = t->notifiers, .notifier_count = t->notifier_count }, &t->ingest, &err), 0);
}

static inline void incidents_init(struct incidents *t)
{
	struct ks_err err = { 0 };

	*t = (struct incidents){ .now_ms = FIXTURE_NOW, .notifiers = { "oncall" }, .notifier_count = 1 };
	fixture_init(&t->fixture);
	t->fixture.ctx.now = incidents_now;
	t->fixture.ctx.random = incidents_random;
	t->fixture.ctx.env = incidents_env;
	t->fixture.ctx.arg = t;
	ks_arena_init(&t->arena);
	ks_ruleset_init(&t->ruleset);
	assert_int_equal(ks_ruleset_add(&t->ruleset, "rules", ks_str_of(incidents_rules)), 0);
	ks_program_build(&t->program, &t->ruleset);
	ks_wants_init(&t->wants, &t->program);
	ks_watchlist_init(&t->watchlist);
	assert_int_equal(ks_watchlist_add(&t->watchlist, &(struct ks_watched){ .key_id = DECOY_A,
		.name = "a", .placement = "/a" }, &err), 0);
	assert_int_equal(ks_watchlist_add(&t->watchlist, &(struct ks_watched){ .key_id = DECOY_B }, &err), 0);
	assert_int_equal(ks_schema_open(&t->fixture.ctx, fixture_path(&t->fixture, "s.db"), KS_DB_CREATE,
		&t->db, &err), 0);
	incidents_open(t);
}

static inline void incidents_release(struct incidents *t)
{
	ks_ingest_close(t->ingest);
	ks_db_close(t->db);
	ks_watchlist_release(&t->watchlist);
	ks_wants_release(&t->wants);
	ks_ruleset_release(&t->ruleset);
	ks_arena_release(&t->arena);
	fixture_release(&t->fixture);
}

/* One call. What is NULL or 0 is left out or usual. */
struct call {
	const char *key;                 /* DECOY_A */
	const char *name;                /* "ListBuckets" */
	const char *source;              /* "s3.amazonaws.com" */
	const char *ip;                  /* "198.51.100.7" */
	const char *agent;               /* "boto3" */
	const char *answer;              /* temporary key id that the answer hands out */
	const char *id;                  /* event id; a new one each */
	const char *where;               /* "trail.json" */
	int64_t hours;                   /* since the fixture's time */
	int64_t seconds;                 /* likewise, more */
};

static inline const char *incidents_or(const char *text, const char *usual)
{
	return text != NULL ? text : usual;
}

/* Hands a call to the open batch. */
static inline void incidents_feed(struct incidents *t, const struct call *call)
{
	int64_t ms = FIXTURE_NOW / 1000 * 1000 + call->hours * HOUR + call->seconds * 1000;
	char time[KS_TIME_TEXT], answer[256] = "null";
	struct ks_err err = { 0 };
	struct ks_index index;
	struct ks_event event;
	struct ks_arena arena;
	const char *text;

	ks_arena_init(&arena);
	ks_index_init(&index);
	t->records++;
	if (call->answer != NULL)
		snprintf(answer, sizeof(answer), "{\"credentials\":{\"accessKeyId\":\"%s\"}}", call->answer);
	text = ks_arena_printf(&arena,
		"{\"eventVersion\":\"1.08\",\"eventID\":\"%s\",\"eventTime\":\"%s\","
		"\"eventSource\":\"%s\",\"eventName\":\"%s\",\"awsRegion\":\"us-east-1\",\"sourceIPAddress\":\"%s\","
		"\"userAgent\":\"%s\",\"userIdentity\":{\"type\":\"IAMUser\",\"arn\":\"arn:aws:iam::123456789012"
		":user/u\","
		"\"accountId\":\"123456789012\",\"accessKeyId\":\"%s\"},\"requestParameters\":null,"
		"\"responseElements\":%s}",
		call->id != NULL ? call->id : ks_arena_printf(&arena, "e-%u", t->records), ks_time_render(ms, time),
		incidents_or(call->source, "s3.amazonaws.com"), incidents_or(call->name, "ListBuckets"),
		incidents_or(call->ip, "198.51.100.7"), incidents_or(call->agent, "boto3"),
		incidents_or(call->key, DECOY_A), answer);
	assert_int_equal(ks_index_build(&index, ks_str_of(text), NULL, &err), 0);
	ks_event_init(&event, &index, 0, &arena);
	if (ks_ingest_event(t->ingest, &event, incidents_or(call->where, "trail.json"), t->records, &err) != 0)
		fail_msg("%s", err.message);
	ks_event_release(&event);
	ks_index_release(&index);
	ks_arena_release(&arena);
}

static inline void incidents_begin(struct incidents *t)
{
	struct ks_err err = { 0 };

	if (ks_ingest_begin(t->ingest, &err) != 0)
		fail_msg("%s", err.message);
}

static inline void incidents_commit(struct incidents *t)
{
	struct ks_err err = { 0 };

	if (ks_ingest_commit(t->ingest, &err) != 0)
		fail_msg("%s", err.message);
}

/* A batch of one call. */
static inline void incidents_one(struct incidents *t, const struct call *call)
{
	incidents_begin(t);
	incidents_feed(t, call);
	incidents_commit(t);
}

static inline int64_t incidents_count(struct incidents *t, const char *sql)
{
	struct ks_err err = { 0 };
	int64_t n = -1;

	if (ks_sql_int(t->db, sql, KS_SQL_NONE, &n, &err) != 0)
		fail_msg("%s: %s", sql, err.message);
	return n;
}

static inline struct ks_incident incidents_get(struct incidents *t, int64_t id)
{
	struct ks_incident incident = { 0 };
	struct ks_err err = { 0 };
	bool found = false;

	assert_int_equal(ks_incident_find(t->db, id, &t->arena, &incident, &found, &err), 0);
	assert_true(found);
	return incident;
}

/* The kinds of an incident's journal, or of its notices with is_outbox, in order. */
static inline const char *incidents_kinds(struct incidents *t, int64_t id, bool is_outbox)
{
	struct ks_vec kinds = KS_VEC_OF(struct ks_str);
	struct ks_err err = { 0 };
	const char *text = "";

	assert_int_equal(ks_sql_texts(t->db,
						 is_outbox ? "SELECT kind FROM outbox WHERE incident_id = $1 ORDER BY id" :
									 "SELECT kind FROM journal WHERE incident_id = $1 ORDER BY number",
						 KS_SQL(KS_SQL_INT(id)), (struct ks_sql_into){ &t->arena, &kinds }, &err),
		0);
	for (size_t i = 0; i < kinds.n; i++)
		text = ks_arena_printf(&t->arena, "%s%s%s", text, i > 0 ? " " : "",
			KS_VEC_AT(&kinds, struct ks_str, i)->p);
	ks_vec_release(&kinds);
	return text;
}

#endif
