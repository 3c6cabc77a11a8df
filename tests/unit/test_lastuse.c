/* The schedule of asking IAM for last uses, on an injected clock, with answers of the test's own. */
#include "lib/engine/lastuse.h"

#include "lib/base/time.h"
#include "lib/decoy/registry.h"
#include "lib/store/schema.h"
#include "lib/store/sql.h"
#include "tests/unit/fixture.h"
#include "tests/unit/rows.h"

#include <inttypes.h>
#include <signal.h>
#include <sys/resource.h>

#define MINUTE (INT64_C(60) * 1000)
#define HOME "123456789012"
#define AWAY "210987654321"

static struct test {
	struct fixture fixture;
	struct ks_db *db;
	struct ks_lastuse *lastuse;
	struct ks_arena arena;
	int64_t now_ms;
	int64_t asked_ms[4096];          /* when the last of them were asked, in a ring */
	uint64_t asked;
	uint64_t worst;                  /* most questions within any second */
	struct ks_err answer;            /* code NONE: never used */
	int64_t used_ms;
	unsigned problems, changes;
	char last_problem[600];
} t;

static int64_t test_now(void *arg)
{
	(void)arg;
	return t.now_ms;
}

static int test_random(void *arg, void *out, size_t n)
{
	(void)arg;
	return fixture_random(&t.fixture, out, n);
}

static const char *test_env(void *arg, const char *name)
{
	(void)arg;
	(void)name;
	return NULL;
}

static int answer(void *arg, const struct ks_silentuse_key *key, struct ks_arena *arena,
	struct ks_iam_last_used *out, struct ks_err *err)
{
	uint64_t within = 1;

	(void)arg;
	(void)arena;
	assert_true(ks_str_is(key->account, HOME));
	t.asked_ms[t.asked % 4096] = t.now_ms;
	for (uint64_t i = 1; i <= t.asked && i < 4096; i++) {
		if (llabs(t.now_ms - t.asked_ms[(t.asked - i) % 4096]) >= 1000)
			break;
		within++;
	}
	t.worst = within > t.worst ? within : t.worst;
	t.asked++;
	if (t.answer.code != KS_ERR_NONE) {
		*err = t.answer;
		return -1;
	}
	*out = (struct ks_iam_last_used){ .user = KS_STR("u"), .time_ms = t.used_ms, .service = KS_STR("ses"),
		.region = KS_STR("us-east-1") };
	return 0;
}

static void problem(void *arg, struct ks_str account, const struct ks_err *err)
{
	(void)arg;
	t.problems++;
	snprintf(t.last_problem, sizeof(t.last_problem), KS_STR_FMT ": %s", KS_STR_ARG(account), err->message);
}

static void changed(void *arg, const struct ks_silentuse_verdict *verdict)
{
	(void)arg;
	assert_true(verdict->incident > 0);
	t.changes++;
}

static void open_it(void)
{
	static const struct ks_account accounts[] = { { .id = { HOME, 12 } } };
	struct ks_err err = { 0 };

	assert_int_equal(ks_lastuse_open(&(struct ks_lastuse_config){ .ctx = &t.fixture.ctx,
		.store_path = fixture_path(&t.fixture, "s.db"), .accounts = accounts, .account_count = 1,
		.quiet_ms = KS_TIME_DAY, .problem = problem, .changed = changed, .ask = answer }, &t.lastuse, &err),
		0);
}

static void begin(void)
{
	struct ks_err err = { 0 };

	t = (struct test){ .now_ms = FIXTURE_NOW, .used_ms = KS_TIME_NONE };
	fixture_init(&t.fixture);
	t.fixture.ctx.now = test_now;
	t.fixture.ctx.random = test_random;
	t.fixture.ctx.env = test_env;
	assert_int_equal(ks_schema_open(&t.fixture.ctx, fixture_path(&t.fixture, "s.db"), KS_DB_CREATE, &t.db,
		&err), 0);
	open_it();
}

static void end(void)
{
	struct ks_lastuse_summary summary;

	ks_lastuse_close(t.lastuse, &summary);
	ks_db_close(t.db);
	ks_arena_release(&t.arena);
	fixture_release(&t.fixture);
}

static void add_decoys(unsigned from, unsigned n, const char *account)
{
	struct ks_err err = { 0 };

	assert_int_equal(ks_db_begin(t.db, &err), 0);
	for (unsigned i = from; i < from + n; i++) {
		const char *id = ks_arena_printf(&t.arena, "AKIA%016u", i);
		struct ks_decoy decoy = { .name = ks_str_of(id), .key_id = ks_str_of(id), .kind = KS_DECOY_LIVE,
			.state = KS_DECOY_PRINTED, .account = ks_str_of(account), .user_name = KS_STR("svc"),
			.region = KS_STR("us-east-1"), .label = KS_STR(""), .bait = KS_STR("dotenv"),
			.placement = KS_STR("stdout"), .form = KS_PLACEMENT_PRINTED, .created_ms = FIXTURE_NOW,
			.changed_ms = FIXTURE_NOW };

		assert_int_equal(ks_registry_insert(t.db, &t.arena, &decoy, &err), 0);
	}
	assert_int_equal(ks_db_commit(t.db, &err), 0);
}

/* Steps as the thread makes them, until that time. */
static void run_until(int64_t until_ms)
{
	struct ks_err err = { 0 };

	while (t.now_ms < until_ms) {
		int64_t wait = -1;

		if (ks_lastuse_step(t.lastuse, &wait, &err) != 0)
			fail_msg("%s", err.message);
		assert_true(wait >= 0 && wait <= 15000);
		t.now_ms += wait > 0 ? wait : 1;
	}
}

static int64_t count(const char *sql)
{
	struct ks_err err = { 0 };
	int64_t n = -1;

	if (ks_sql_int(t.db, sql, KS_SQL_NONE, &n, &err) != 0)
		fail_msg("%s", err.message);
	return n;
}

static void each_within_its_interval(void **state)
{
	uint64_t before;

	(void)state;
	begin();
	add_decoys(1, 20, HOME);
	run_until(FIXTURE_NOW + MINUTE);
	assert_int_equal(t.asked, 20);
	assert_int_equal(count("SELECT COUNT(*) FROM silent_keys WHERE asked_ms IS NOT NULL"), 20);
	/* A new one does not wait for the next round. */
	add_decoys(21, 1, HOME);
	run_until(FIXTURE_NOW + 2 * MINUTE);
	assert_int_equal(t.asked, 21);
	/* Sooner or later by a fifth, and not all at once. */
	run_until(FIXTURE_NOW + 12 * MINUTE);
	assert_int_equal(t.asked, 21);
	run_until(FIXTURE_NOW + 15 * MINUTE);
	assert_in_range(t.asked, 25, 38);
	run_until(FIXTURE_NOW + 20 * MINUTE + MINUTE / 2);
	assert_int_equal(t.asked, 42);
	before = t.asked;
	run_until(FIXTURE_NOW + 24 * 60 * MINUTE);
	assert_in_range(t.asked - before, 21 * 90, 21 * 98);
	assert_in_range(t.worst, 1, KS_LASTUSE_A_SECOND);
	end();
}

static void a_large_fleet_within_the_budget(void **state)
{
	(void)state;
	begin();
	add_decoys(1, 10000, HOME);
	run_until(FIXTURE_NOW + 84 * MINUTE);
	assert_int_equal(count("SELECT COUNT(*) FROM silent_keys WHERE asked_ms IS NOT NULL"), 10000);
	assert_int_equal(t.worst, KS_LASTUSE_A_SECOND);
	/* Then in turn: nobody is asked about a third time before everybody was a second time. */
	run_until(FIXTURE_NOW + 172 * MINUTE);
	assert_int_equal(count("SELECT COUNT(*) FROM silent_keys WHERE asked_ms < 1763719200123 + "
		"84 * 60000"), 0);
	assert_true(t.asked >= 2 * 10000 && t.asked <= 172 * 60 * KS_LASTUSE_A_SECOND + 1);
	end();
}

static void a_use_becomes_an_incident(void **state)
{
	struct ks_lastuse_summary summary;

	(void)state;
	begin();
	add_decoys(1, 3, HOME);
	run_until(FIXTURE_NOW + 5 * MINUTE);
	t.used_ms = FIXTURE_NOW + 6 * MINUTE;
	run_until(FIXTURE_NOW + 30 * MINUTE);
	assert_int_equal(count("SELECT COUNT(*) FROM silent_keys WHERE wait_until_ms IS NOT NULL"), 3);
	/* A restart in the middle. */
	ks_lastuse_close(t.lastuse, &summary);
	assert_int_equal(summary.raised, 0);
	open_it();
	run_until(FIXTURE_NOW + 60 * MINUTE);
	assert_int_equal(count("SELECT COUNT(*) FROM incidents"), 3);
	assert_true(t.changes >= 1 && t.changes <= 3);
	run_until(FIXTURE_NOW + 240 * MINUTE);
	assert_int_equal(count("SELECT COUNT(*) FROM incidents"), 3);
	assert_int_equal(count("SELECT COUNT(*) FROM silent_uses"), 3);
	assert_int_equal(t.problems, 0);
	end();
}

/* What IAM answers, and how often it is asked and told of within three hours. */
static const struct failure {
	const char *name;
	enum ks_err_code code;
	unsigned least, most, problems;
} failures[] = {
	{ "no network: the account is tried later and later", KS_ERR_NET, 6, 12, 1 },
	{ "keys that have expired", KS_ERR_AUTH, 6, 12, 1 },
	{ "keys that IAM does not tell of: each is asked about again, now and then", KS_ERR_DENIED, 30, 40, 1 },
	{ "throttled: everybody waits, and nobody is told", KS_ERR_THROTTLED, 300, 361, 0 },
};

static void failing(void **state)
{
	const struct failure *row = *state;

	begin();
	add_decoys(1, 10, HOME);
	ks_err_set(&t.answer, row->code, "something is wrong");
	run_until(FIXTURE_NOW + 180 * MINUTE);
	assert_in_range(t.asked, row->least, row->most);
	assert_int_equal(t.problems, row->problems);
	assert_int_equal(count("SELECT COUNT(*) FROM silent_keys WHERE error IS NOT NULL"), 10);
	/* It recovers by itself, and the next outage is told anew. */
	t.answer = (struct ks_err){ 0 };
	run_until(FIXTURE_NOW + 330 * MINUTE);
	assert_int_equal(count("SELECT COUNT(*) FROM silent_keys WHERE error IS NOT NULL"), 0);
	ks_err_set(&t.answer, row->code, "again");
	run_until(FIXTURE_NOW + 380 * MINUTE);
	assert_int_equal(t.problems, 2 * row->problems);
	if (row->problems > 0)
		assert_string_equal(t.last_problem, HOME ": again");
	end();
}

static void accounts_that_are_not_ours(void **state)
{
	(void)state;
	begin();
	add_decoys(1, 300, AWAY);
	add_decoys(301, 2, HOME);
	run_until(FIXTURE_NOW + MINUTE);
	assert_int_equal(t.asked, 2);
	assert_int_equal(t.problems, 0);
	assert_int_equal(count("SELECT COUNT(*) FROM silent_keys WHERE error = 'the config does not have its "
		"account'"), 300);
	end();
}

static void a_clock_that_is_set_back(void **state)
{
	(void)state;
	begin();
	add_decoys(1, 5, HOME);
	t.now_ms += 30 * KS_TIME_DAY;
	run_until(FIXTURE_NOW + 30 * KS_TIME_DAY + MINUTE);
	assert_int_equal(t.asked, 5);
	t.now_ms = FIXTURE_NOW;
	run_until(FIXTURE_NOW + MINUTE);
	assert_int_equal(t.asked, 10);
	assert_in_range(t.worst, 1, KS_LASTUSE_A_SECOND);
	end();
}

/* A disk without room is one that people make room on. */
static void a_full_disk_and_back(void **state)
{
	const struct rlimit full = { 4096, RLIM_INFINITY };
	struct rlimit before;

	(void)state;
	begin();
	add_decoys(1, 5, HOME);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &full), 0);
	run_until(FIXTURE_NOW + MINUTE);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
	assert_int_equal(count("SELECT COUNT(*) FROM silent_keys WHERE asked_ms IS NOT NULL"), 0);
	run_until(FIXTURE_NOW + 2 * MINUTE);
	assert_int_equal(count("SELECT COUNT(*) FROM silent_keys WHERE asked_ms IS NOT NULL"), 5);
	assert_int_equal(t.asked, 5);
	end();
}

int main(void)
{
	struct rows rows = { .n = 0 };

	ROWS_TEST(&rows, each_within_its_interval);
	ROWS_TEST(&rows, a_large_fleet_within_the_budget);
	ROWS_TEST(&rows, a_use_becomes_an_incident);
	ROWS_TABLE(&rows, failing, failures);
	ROWS_TEST(&rows, accounts_that_are_not_ours);
	ROWS_TEST(&rows, a_clock_that_is_set_back);
	ROWS_TEST(&rows, a_full_disk_and_back);
	return rows_run("lastuse", &rows);
}
