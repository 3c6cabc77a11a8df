/* lib/notify/delivery, with programs as receivers */
#include "lib/notify/delivery.h"

#include "lib/store/schema.h"

#include "tests/unit/fixture.h"
#include "tests/unit/rows.h"

#include <signal.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

/* A store with two incidents, and a set of notifiers. */
struct world {
	struct fixture fixture;
	struct ks_db *db;
	struct ks_notifiers notifiers;
	struct ks_delivery *delivery;
	struct ks_delivery_summary summary;
	char store[256];
};

static int64_t real_now(void *arg)
{
	struct timespec now;

	(void)arg;
	clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void begin(struct world *w)
{
	struct ks_err err = { 0 };

	*w = (struct world){ .db = NULL };
	fixture_init(&w->fixture);
	w->fixture.ctx.now = real_now;
	snprintf(w->store, sizeof(w->store), "%s/store.db", w->fixture.dir);
	ks_notifier_init(&w->notifiers);
	assert_int_equal(ks_schema_open(&w->fixture.ctx, w->store, KS_DB_CREATE, &w->db, &err), 0);
	for (int id = 1; id <= 2; id++) {
		char sql[256];

		snprintf(sql, sizeof(sql),
			"INSERT INTO incidents (id, actor, state, level, stages, opened_ms, changed_ms, events, muted, "
			"notified_level, pending) VALUES (%d, 'key:%d', 'open', 4, 0, 0, 0, 1, 0, 0, 0)", id, id);
		assert_int_equal(ks_db_exec(w->db, sql, &err), 0);
	}
}

static void end(struct world *w)
{
	ks_db_close(w->db);
	ks_notifier_release(&w->notifiers);
	fixture_release(&w->fixture);
}

/* A program of that name, which has the scratch directory at hand as $D. */
static void add_program(struct world *w, const char *name, const char *script)
{
	char text[1024], spec[256];
	struct ks_err err = { 0 };

	snprintf(text, sizeof(text), "#!/bin/sh\nPATH=/usr/bin:/bin\nD=${0%%/*}\nline=$(cat)\n%s\n", script);
	fixture_write(fixture_path(&w->fixture, name), text, 0700);
	snprintf(spec, sizeof(spec), "%s=exec:%s/%s", name, w->fixture.dir, name);
	assert_int_equal(ks_notifier_add(&w->notifiers, &w->fixture.ctx, spec, &err), 0);
}

static void add_notice(struct world *w, int64_t incident, const char *notifier, const char *body)
{
	struct ks_err err = { 0 };

	assert_int_equal(ks_db_begin(w->db, &err), 0);
	assert_int_equal(ks_outbox_add(w->db, incident, ks_str_of(notifier), "opened", ks_str_of(body),
		real_now(NULL), &err), 0);
	assert_int_equal(ks_db_commit(w->db, &err), 0);
}

static void start(struct world *w)
{
	struct ks_err err = { 0 };

	assert_int_equal(ks_delivery_start(&(struct ks_delivery_config){ &w->fixture.ctx, w->store,
										   &w->notifiers },
						 &w->delivery, &err),
		0);
}

static void finish(struct world *w, bool is_draining, int64_t drain_ms)
{
	struct ks_err err = { 0 };

	assert_int_equal(ks_delivery_finish(w->delivery, is_draining, drain_ms, &w->summary, &err), 0);
}

static void test_order(void **state)
{
	struct world w;

	(void)state;
	begin(&w);
	add_program(&w, "hook", "printf '%s\\n' \"$line\" | sed 's/,.*repeated\"//; s/[{}]//g' >>\"$D/out\"");
	add_notice(&w, 1, "hook", "{\"a\":1}");
	start(&w);
	add_notice(&w, 1, "hook", "{\"a\":2}");
	add_notice(&w, 1, "hook", "{\"a\":3}");
	ks_delivery_wake(w.delivery);
	finish(&w, true, 5000);
	fixture_assert_file(fixture_path(&w.fixture, "out"), "\"a\":1:false\n\"a\":2:false\n\"a\":3:false\n",
		0644);
	assert_int_equal(w.summary.sent, 3);
	assert_int_equal(w.summary.left, 0);
	end(&w);
}

/* A drain tries everything, and what comes after it is delivered as well. */
static void test_drain(void **state)
{
	struct world w;

	(void)state;
	begin(&w);
	add_program(&w, "hook", "printf '%s\\n' \"$line\" | sed 's/,.*repeated\"//; s/[{}]//g' >>\"$D/out\"");
	add_program(&w, "gone", "exit 1");
	add_notice(&w, 1, "hook", "{\"a\":1}");
	add_notice(&w, 1, "gone", "{\"a\":1}");
	start(&w);
	ks_delivery_drain(w.delivery, 0);
	fixture_assert_file(fixture_path(&w.fixture, "out"), "\"a\":1:false\n", 0644);
	add_notice(&w, 1, "hook", "{\"a\":2}");
	ks_delivery_drain(w.delivery, 0);
	fixture_assert_file(fixture_path(&w.fixture, "out"), "\"a\":1:false\n\"a\":2:false\n", 0644);
	finish(&w, true, 0);
	assert_int_equal(w.summary.sent, 2);
	assert_int_equal(w.summary.failed, 1);
	assert_int_equal(w.summary.left, 1);
	end(&w);
}

/* What a crash left on its way is sent again, and says so. */
static void test_recover(void **state)
{
	struct ks_err err = { 0 };
	struct world w;
	bool is_taken;

	(void)state;
	begin(&w);
	add_program(&w, "hook", "echo \"$KEYSNARE_INCIDENT $KEYSNARE_REPEATED\" >>\"$D/out\"");
	add_notice(&w, 1, "hook", "{}");
	assert_int_equal(ks_outbox_sending(w.db, 1, 12345, real_now(NULL), &is_taken, &err), 0);
	assert_true(is_taken);
	start(&w);
	finish(&w, true, 5000);
	fixture_assert_file(fixture_path(&w.fixture, "out"), "1 true\n", 0644);
	end(&w);
}

/* Two that watch one store: what the one is sending, the other does not. */
static void test_two(void **state)
{
	const struct timespec pause = { .tv_nsec = 20000000 };
	struct ks_delivery_summary other;
	struct ks_delivery *first;
	struct ks_err err = { 0 };
	struct stat st;
	struct world w;

	(void)state;
	begin(&w);
	add_program(&w, "slow", "echo \"$KEYSNARE_REPEATED\" >>\"$D/out\"; touch \"$D/begun\"; sleep 1");
	add_notice(&w, 1, "slow", "{}");
	start(&w);
	first = w.delivery;
	for (int i = 0; i < 500 && stat(fixture_path(&w.fixture, "begun"), &st) != 0; i++)
		nanosleep(&pause, NULL);
	start(&w);
	finish(&w, true, 5000);
	other = w.summary;
	w.delivery = first;
	finish(&w, true, 5000);
	fixture_assert_file(fixture_path(&w.fixture, "out"), "false\n", 0644);
	assert_int_equal(w.summary.sent, 1);
	assert_int_equal(other.sent + other.failed + other.left, 0);
	assert_int_equal(ks_db_exec(w.db, "SELECT 1", &err), 0);
	end(&w);
}

/* One that fails at first gets it later; one that always fails holds up only what is behind it. */
static void test_failure(void **state)
{
	struct world w;

	(void)state;
	begin(&w);
	add_program(&w, "late", "if [ ! -e \"$D/tried\" ]; then touch \"$D/tried\"; exit 1; fi; "
		"echo \"$KEYSNARE_REPEATED\" >>\"$D/out\"");
	add_program(&w, "never", "exit 1");
	add_notice(&w, 1, "late", "{}");
	add_notice(&w, 1, "never", "{}");
	add_notice(&w, 1, "never", "{}");
	add_notice(&w, 2, "never", "{}");
	add_notice(&w, 2, "unknown", "{}");
	start(&w);
	finish(&w, true, 4000);
	fixture_assert_file(fixture_path(&w.fixture, "out"), "true\n", 0644);
	assert_int_equal(w.summary.sent, 1);
	assert_true(w.summary.failed >= 3);
	assert_int_equal(w.summary.dead, 0);
	assert_int_equal(w.summary.left, 2);
	assert_int_equal(w.summary.strange, 1);
	end(&w);
}

/* A receiver that takes its time does not hold up another one; an end without draining leaves the rest. */
static void test_beside(void **state)
{
	const struct timespec pause = { .tv_nsec = 20000000 };
	struct stat st;
	struct world w;

	(void)state;
	begin(&w);
	add_program(&w, "slow", "sleep 1");
	add_program(&w, "fast", "touch \"$D/fast-done\"");
	add_notice(&w, 1, "slow", "{}");
	add_notice(&w, 1, "slow", "{}");
	add_notice(&w, 2, "fast", "{}");
	start(&w);
	for (int i = 0; i < 500 && stat(fixture_path(&w.fixture, "fast-done"), &st) != 0; i++)
		nanosleep(&pause, NULL);
	assert_int_equal(stat(fixture_path(&w.fixture, "fast-done"), &st), 0);
	finish(&w, false, 0);
	assert_true(w.summary.sent >= 1 && w.summary.sent <= 2);
	assert_true(w.summary.left >= 1);
	end(&w);
}

/* A store that is full when a notice has arrived does not hold up the end; the next run repeats it. */
static void test_full(void **state)
{
	const struct timespec pause = { .tv_nsec = 20000000 };
	struct rlimit before, none;
	struct stat st;
	struct world w;

	(void)state;
	begin(&w);
	add_program(&w, "held", "touch \"$D/came\"; while [ ! -e \"$D/go\" ]; do sleep 0.02; done");
	add_notice(&w, 1, "held", "{}");
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	none = (struct rlimit){ 0, before.rlim_max };
	start(&w);
	while (stat(fixture_path(&w.fixture, "came"), &st) != 0)
		nanosleep(&pause, NULL);
	alarm(120);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &none), 0);
	fixture_write(fixture_path(&w.fixture, "go"), "", 0600);
	finish(&w, false, 0);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
	alarm(0);
	assert_int_equal(w.summary.sent, 0);
	start(&w);
	finish(&w, true, 60 * 1000);
	assert_int_equal(w.summary.sent, 1);
	end(&w);
}

/* A store that is gone is an error that ends it. */
static void test_no_store(void **state)
{
	struct ks_err err = { 0 };
	struct world w;

	(void)state;
	begin(&w);
	assert_int_equal(ks_delivery_start(&(struct ks_delivery_config){ &w.fixture.ctx, "/no/such/store",
		&w.notifiers }, &w.delivery, &err), -1);
	assert_int_equal(err.code, KS_ERR_NOTFOUND);
	assert_int_equal(ks_delivery_finish(NULL, true, 0, &w.summary, &err), 0);
	end(&w);
}

int main(void)
{
	struct rows rows = { .n = 0 };

	umask(022);
	ROWS_TEST(&rows, test_order);
	ROWS_TEST(&rows, test_drain);
	ROWS_TEST(&rows, test_recover);
	ROWS_TEST(&rows, test_two);
	ROWS_TEST(&rows, test_failure);
	ROWS_TEST(&rows, test_beside);
	ROWS_TEST(&rows, test_full);
	ROWS_TEST(&rows, test_no_store);
	return rows_run("delivery", &rows);
}
