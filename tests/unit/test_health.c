/* lib/engine/health */
#include "lib/engine/health.h"

#include "lib/base/pulse.h"
#include "lib/base/time.h"

#include "tests/unit/incidents.h"
#include "tests/unit/rows.h"

#include <string.h>
#include <time.h>

#define MINUTE INT64_C(60000)

struct row {
	const char *name;
	int64_t heard_ago, failing_ago;          /* -1: never; not at all */
	bool is_full;
	int64_t locked_ago;                      /* -1: it is not */
	bool is_well;
};

static const struct row table[] = {
	{ "all is well", 0, -1, false, -1, true },
	{ "never heard yet", -1, -1, false, -1, true },
	{ "heard a while ago", 9 * MINUTE, -1, false, -1, true },
	{ "not heard", 11 * MINUTE, -1, false, -1, false },
	{ "heard in the future: a clock that went back", -30 * MINUTE, -1, false, -1, true },
	{ "failed once", 0, MINUTE, false, -1, true },
	{ "fails", 0, 4 * MINUTE, false, -1, false },
	{ "a store without room", 0, -1, true, -1, false },
	{ "a store that is locked for a moment", 0, -1, false, MINUTE, true },
	{ "a store that is locked", 0, -1, false, 3 * MINUTE, false },
};

static const char *const names[] = { "oncall" };

/* Whether the sentry has an alarm on: health and it never differ. */
static bool is_alarmed(struct ks_sentry *sentry)
{
	struct ks_vec alarms = KS_VEC_OF(struct ks_sentry_alarm);
	struct ks_arena arena = { NULL };
	bool is_on;

	ks_sentry_read(sentry, &arena, &alarms);
	is_on = alarms.n > 0;
	ks_vec_release(&alarms);
	ks_arena_release(&arena);
	return is_on;
}

static void test_verdict(void **state)
{
	const struct row *row = *state;
	struct ks_source_health source = { .behind = 3, .newest_ms = KS_TIME_NONE };
	struct ks_sentry *sentry = NULL;
	struct ks_health *health;
	struct ks_json *json = NULL;
	struct ks_err err = { 0 };
	struct incidents t;
	struct ks_buf line;

	incidents_init(&t);
	assert_int_equal(ks_sentry_open(&(struct ks_sentry_config){ .ctx = &t.fixture.ctx,
		.store_path = ks_db_path(t.db), .version = "1", .notifiers = names, .notifier_count = 1 }, &sentry,
		&err), 0);
	health = ks_health_new(&(struct ks_health_config){ .ctx = &t.fixture.ctx, .sentry = sentry,
		.store_path = ks_db_path(t.db) });
	source.heard_ms = row->heard_ago == -1 ? KS_TIME_NONE : t.now_ms - row->heard_ago;
	source.failing_ms = row->failing_ago == -1 ? KS_TIME_NONE : t.now_ms - row->failing_ago;
	source.error = row->failing_ago == -1 ? NULL : "it is away";
	if (row->is_full)
		ks_sentry_set(sentry, KS_VIGIL_FULL, "", "no room");
	if (row->locked_ago != -1) {
		t.now_ms -= row->locked_ago;
		ks_sentry_set(sentry, KS_VIGIL_LOCKED, "", "database is locked");
		t.now_ms += row->locked_ago;
	}
	/* It said nothing at a look already, and has had time since. */
	t.now_ms -= 3 * MINUTE;
	source.heard_ms -= source.heard_ms != KS_TIME_NONE && row->heard_ago > 10 * MINUTE ? 3 * MINUTE : 0;
	if (row->failing_ago == -1) {
		ks_sentry_feed(sentry, "sqs:queue", &source, 1);
		ks_sentry_look(sentry);
	}
	t.now_ms += 3 * MINUTE;
	ks_health_source(health, "sqs:queue", &source);
	ks_sentry_feed(sentry, "sqs:queue", &source, 1);
	if (!row->is_full)
		ks_sentry_look(sentry);
	assert_int_equal(ks_health_look(health, &json), row->is_well);
	assert_int_equal(is_alarmed(sentry), !row->is_well);
	ks_json_free(json);
	ks_buf_init(&line, 4096);
	ks_health_line(health, &line);
	assert_non_null(strstr(line.p, ", 3 waiting"));
	ks_buf_release(&line);
	assert_false(ks_health_is_ready(health));
	ks_health_ready(health);
	assert_true(ks_health_is_ready(health));
	ks_health_free(health);
	ks_sentry_close(sentry);
	incidents_release(&t);
}

/* A thread that hangs makes the whole ill. */
static void test_thread(void **state)
{
	struct ks_health *health;
	struct ks_ctx ctx;

	(void)state;
	ks_ctx_init(&ctx);
	ctx.pulse = ks_pulse_new(20);
	health = ks_health_new(&(struct ks_health_config){ .ctx = &ctx, .store_path = "/nonexistent/k.db" });
	ks_pulse_join(ctx.pulse, "watch");
	assert_true(ks_health_look(health, NULL));
	nanosleep(&(struct timespec){ .tv_nsec = 60000000 }, NULL);
	assert_false(ks_health_look(health, NULL));
	ks_pulse_beat(ctx.pulse);
	assert_true(ks_health_look(health, NULL));
	ks_health_free(health);
	ks_pulse_free(ctx.pulse);
}

int main(void)
{
	struct rows rows = { .n = 0 };

	ROWS_TABLE(&rows, test_verdict, table);
	ROWS_TEST(&rows, test_thread);
	return rows_run("health", &rows);
}
