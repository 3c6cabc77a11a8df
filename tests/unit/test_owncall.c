/* lib/incident/owncall, lib/engine/ownlist: what is remembered of our own calls, and what an event has to do
 * with them. */
#include "lib/engine/ownlist.h"
#include "lib/incident/owncall.h"

#include "tests/unit/engine.h"

#include "lib/base/mem.h"
#include "lib/store/schema.h"
#include "lib/store/sql.h"
#include "tests/unit/fixture.h"
#include "tests/unit/rows.h"

#define USER "arn:aws:iam::123456789012:user/ops/keysnare"
#define USER_ID "AIDARTX3GSDSQH7WBRPNC"
#define KEY "AKIARTX3GSDSQ6ICKYAB"
#define ROLE "arn:aws:sts::123456789012:assumed-role/keysnare/ops-automation"
#define ROLE_ID "AROARTX3GSDSQH7WBRPRR"
#define ROLE_KEY "ASIARTX3GSDS7EXYYCBP"
#define DAY (INT64_C(24) * 3600 * 1000)

static int64_t now_ms;

static int64_t now(void *arg)
{
	(void)arg;
	return now_ms;
}

static int64_t count(struct ks_db *db, const char *sql)
{
	struct ks_err err = { 0 };
	int64_t n = -1;

	if (ks_sql_int(db, sql, KS_SQL_NONE, &n, &err) != 0)
		fail_msg("%s", err.message);
	return n;
}

static void call(const struct ks_settings *settings, const char *request, const char *key,
	const char *operation)
{
	settings->witness->called(settings->witness->arg, &(struct ks_settings_call){ .request_id =
		ks_str_of(request), .key_id = ks_str_of(key), .service = "iam", .operation = operation,
		.time_ms = now_ms });
}

static void act(const struct ks_settings *settings, const char *key, const char *arn, const char *id)
{
	settings->witness->acted(settings->witness->arg, ks_str_of(key), ks_str_of(arn), ks_str_of(id));
}

/* A store that knows a user and a role's session, with a call of each, made at FIXTURE_NOW. */
static struct ks_db *fill(struct fixture *fixture)
{
	struct ks_settings settings = { .ctx = &fixture->ctx };
	struct ks_owncall *owncall;
	struct ks_err err = { 0 };
	struct ks_db *db;

	fixture_init(fixture);
	fixture->ctx.now = now;
	now_ms = FIXTURE_NOW;
	assert_int_equal(ks_schema_open(&fixture->ctx, fixture_path(fixture, "s.db"), KS_DB_CREATE, &db, &err),
		0);
	ks_owncall_open(&fixture->ctx, fixture_path(fixture, "s.db"), &settings, &owncall);
	call(&settings, "r-1", KEY, "GetCallerIdentity");
	act(&settings, KEY, USER, USER_ID);
	call(&settings, "r-2", KEY, "AssumeRole");
	act(&settings, ROLE_KEY, ROLE, ROLE_ID ":ops-automation");
	call(&settings, "r-3", ROLE_KEY, "UpdateAccessKey");
	call(&settings, "r-4", "AKIARTX3GSDSNOBODYS1", "ListUsers");
	call(&settings, "r-5", "", "AssumeRoleWithWebIdentity");
	/* Written at once, not at the end. */
	assert_int_equal(count(db, "SELECT COUNT(*) FROM own_calls"), 4);
	ks_owncall_close(owncall);
	return db;
}

static const struct row {
	const char *name, *identity, *request, *time;
	enum ks_ownlist_use use;
} rows[] = {
#define WHO(arn, id, key) "{\"arn\":\"" arn "\",\"principalId\":\"" id "\",\"accessKeyId\":\"" key "\"}"
	{ "our user's call", WHO(USER, USER_ID, KEY), "r-2", "2027-01-01T00:00:00Z", KS_OWNLIST_OURS },
	{ "our role's call", WHO(ROLE, ROLE_ID ":ops-automation", ROLE_KEY), "r-3", "", KS_OWNLIST_OURS },
	{ "our call without a key", "{\"arn\":\"" USER "\"}", "r-2", "", KS_OWNLIST_OURS },
	{ "our user, another request", WHO(USER, USER_ID, KEY), "r-9", "", KS_OWNLIST_OTHER },
	{ "our user, no request", WHO(USER, USER_ID, KEY), "", "", KS_OWNLIST_OTHER },
	{ "our user, the role's request", WHO(USER, USER_ID, KEY), "r-3", "", KS_OWNLIST_OTHER },
	{ "our request, another key", WHO(USER, USER_ID, "AKIARTX3GSDSOTHERKEY"), "r-2", "", KS_OWNLIST_OTHER },
	{ "our request, another user with that ARN", WHO(USER, "AIDARTX3GSDSQH7WBRPNX", KEY), "r-2", "",
		KS_OWNLIST_OTHER },
	{ "our request, another user", WHO(USER "2", "AIDARTX3GSDSQH7WBRPNX", "AKIARTX3GSDSOTHERKEY"), "r-2", "",
		KS_OWNLIST_NONE },
	{ "the request of a key that is nobody's",
		WHO(USER "2", "AIDARTX3GSDSQH7WBRPNX", "AKIARTX3GSDSNOBODYS1"), "r-4", "", KS_OWNLIST_NONE },
	{ "our request, nobody", "{}", "r-2", "", KS_OWNLIST_NONE },
	{ "our key alone", "{\"accessKeyId\":\"" KEY "\"}", "r-9", "", KS_OWNLIST_OTHER },
	{ "another session of the role",
		WHO("arn:aws:sts::123456789012:assumed-role/keysnare/eve", ROLE_ID ":eve", "ASIAXXXXXXXXXXXXXXXX"),
		"r-3", "", KS_OWNLIST_OTHER },
	{ "another session, by its ARN", "{\"arn\":\"arn:aws:sts::123456789012:assumed-role/keysnare/eve\"}", "",
		"", KS_OWNLIST_OTHER },
	{ "a role whose name begins like ours",
		WHO("arn:aws:sts::123456789012:assumed-role/keysnare2/ops-automation", "AROAX:ops-automation",
			"ASIAXXXXXXXXXXXXXXXX"), "", "", KS_OWNLIST_NONE },
	{ "a session that our user was given",
		"{\"arn\":\"arn:aws:sts::123456789012:federated-user/bob\",\"principalId\":\"123456789012:bob\","
		"\"sessionContext\":{\"sessionIssuer\":{\"principalId\":\"" USER_ID "\"}}}", "", "",
		KS_OWNLIST_OTHER },
	{ "before we were that", WHO(USER, USER_ID, KEY), "r-9", "2001-01-01T00:00:00Z", KS_OWNLIST_NONE },
	{ "an escaped id", "{\"principalId\":\"\\u0041IDARTX3GSDSQH7WBRPNC\"}", "", "", KS_OWNLIST_OTHER },
};

static void test_judge(void **state)
{
	const struct row *row = *state;
	struct engine_event e;
	struct ks_ownlist list;
	struct fixture fixture;
	struct ks_err err = { 0 };
	struct ks_db *db = fill(&fixture);
	struct ks_arena arena = { NULL };

	ks_ownlist_init(&list);
	assert_int_equal(ks_ownlist_load(&list, db, now_ms, &err), 0);
	/* Nothing is there twice when it is loaded twice. */
	assert_int_equal(ks_ownlist_load(&list, db, now_ms, &err), 0);
	assert_int_equal(list.identities.n, 2);
	engine_event_init(&e, ks_arena_printf(&arena, "{\"userIdentity\":%s,\"requestID\":\"%s\","
		"\"eventTime\":\"%s\"}", row->identity, row->request, row->time));
	assert_int_equal(ks_ownlist_judge(&list, &e.event), row->use);
	engine_event_release(&e);
	ks_ownlist_release(&list);
	ks_arena_release(&arena);
	ks_db_close(db);
	fixture_release(&fixture);
}

static void knows_nobody(void **state)
{
	struct engine_event e;
	struct ks_ownlist list;

	(void)state;
	ks_ownlist_init(&list);
	engine_event_init(&e, "{\"userIdentity\":" WHO(USER, USER_ID, KEY) "}");
	assert_int_equal(ks_ownlist_judge(&list, &e.event), KS_OWNLIST_NONE);
	engine_event_release(&e);
	ks_ownlist_release(&list);
}

/* What is older than calls are kept is forgotten, and with it who had made only such. */
static void forgets(void **state)
{
	struct fixture fixture;
	struct ks_settings settings = { .ctx = &fixture.ctx };
	struct ks_owncall *owncall;
	struct ks_db *db = fill(&fixture);

	(void)state;
	now_ms += KS_OWNCALL_KEPT_MS - DAY;
	ks_owncall_open(&fixture.ctx, fixture_path(&fixture, "s.db"), &settings, &owncall);
	call(&settings, "r-6", KEY, "GetUser");
	assert_int_equal(count(db, "SELECT COUNT(*) FROM own_calls"), 5);
	/* The same recorder: a watch may run for years. */
	now_ms += 2 * DAY;
	call(&settings, "r-7", KEY, "GetUser");
	ks_owncall_close(owncall);
	assert_int_equal(count(db, "SELECT COUNT(*) FROM own_calls"), 2);
	assert_int_equal(count(db, "SELECT COUNT(*) FROM own_identities"), 1);
	assert_int_equal(count(db, "SELECT COUNT(*) FROM own_keys"), 1);
	ks_db_close(db);
	fixture_release(&fixture);
}

/* Year after year a list takes no more than for what is kept. */
static void stays_small(void **state)
{
	struct fixture fixture;
	struct ks_db *db = fill(&fixture);
	struct engine_event e;
	struct ks_ownlist list;
	struct ks_err err = { 0 };
	struct ks_arena arena = { NULL };

	(void)state;
	ks_ownlist_init(&list);
	for (int month = 0; month < 24; month++) {
		now_ms += 30 * DAY;
		assert_int_equal(ks_db_exec(db, ks_arena_printf(&arena, "WITH RECURSIVE n (i) AS (SELECT 1 UNION "
			"ALL SELECT i + 1 FROM n WHERE i < 1000) INSERT INTO own_calls (id, request_id, key_id, "
			"service, operation, made_ms) SELECT i + %d, 'y-%d-' || i, '" KEY "', 'iam', 'GetUser', "
			"%lld FROM n", 1000 * (month + 1), month, (long long)now_ms), &err), 0);
		assert_int_equal(ks_ownlist_load(&list, db, now_ms, &err), 0);
	}
	assert_true(list.call_count >= 3000 && list.call_room <= 32768);
	engine_event_init(&e, "{\"userIdentity\":" WHO(USER, USER_ID, KEY) ",\"requestID\":\"y-22-77\"}");
	assert_int_equal(ks_ownlist_judge(&list, &e.event), KS_OWNLIST_OURS);
	engine_event_release(&e);
	ks_ownlist_release(&list);
	ks_arena_release(&arena);
	ks_db_close(db);
	fixture_release(&fixture);
}

/* A store that comes later, or is locked: what was asked meanwhile is written in the end. */
static void waits_for_the_store(void **state)
{
	struct fixture fixture;
	struct ks_settings settings = { .ctx = &fixture.ctx };
	struct ks_owncall *owncall;
	struct ks_err err = { 0 };
	struct ks_db *db;

	(void)state;
	fixture_init(&fixture);
	ks_owncall_open(&fixture.ctx, fixture_path(&fixture, "s.db"), &settings, &owncall);
	call(&settings, "r-1", KEY, "GetUser");
	assert_int_equal(ks_schema_open(&fixture.ctx, fixture_path(&fixture, "s.db"), KS_DB_CREATE, &db, &err),
		0);
	call(&settings, "r-1", KEY, "GetUser");
	assert_int_equal(count(db, "SELECT COUNT(*) FROM own_calls"), 1);
	ks_owncall_close(owncall);
	ks_db_close(db);
	fixture_release(&fixture);
}

/* Of many calls some wait, until a commit or another second. */
static void writes_many_together(void **state)
{
	struct fixture fixture;
	struct ks_db *db = fill(&fixture);
	struct ks_settings settings = { .ctx = &fixture.ctx };
	struct ks_owncall *owncall;
	char id[16];

	(void)state;
	ks_owncall_open(&fixture.ctx, fixture_path(&fixture, "s.db"), &settings, &owncall);
	ks_owncall_set_bulk(owncall);
	for (int i = 0; i < 50; i++) {
		snprintf(id, sizeof(id), "b-%d", i);
		call(&settings, id, KEY, "GetObject");
	}
	assert_int_equal(count(db, "SELECT COUNT(*) FROM own_calls"), 4 + 10);
	ks_owncall_settle(owncall);
	assert_int_equal(count(db, "SELECT COUNT(*) FROM own_calls"), 4 + 50);
	call(&settings, "b-50", KEY, "GetObject");
	assert_int_equal(count(db, "SELECT COUNT(*) FROM own_calls"), 4 + 50);
	now_ms += 1000;
	call(&settings, "b-51", KEY, "GetObject");
	assert_int_equal(count(db, "SELECT COUNT(*) FROM own_calls"), 4 + 52);
	ks_owncall_close(owncall);
	ks_owncall_settle(NULL);
	ks_db_close(db);
	fixture_release(&fixture);
}

int main(void)
{
	struct rows tests = { .n = 0 };

	ROWS_TABLE(&tests, test_judge, rows);
	ROWS_TEST(&tests, knows_nobody);
	ROWS_TEST(&tests, forgets);
	ROWS_TEST(&tests, stays_small);
	ROWS_TEST(&tests, waits_for_the_store);
	ROWS_TEST(&tests, writes_many_together);
	return rows_run("owncall", &tests);
}
