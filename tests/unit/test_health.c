/* lib/engine/health */
#include "lib/engine/health.h"

#include "lib/base/pulse.h"
#include "lib/base/time.h"

#include "tests/unit/rows.h"

#include <string.h>
#include <time.h>

#define NOW INT64_C(1795342500000)
#define MINUTE INT64_C(60000)

static int64_t now_ms;

static int64_t now(void *arg)
{
	(void)arg;
	return now_ms;
}

struct row {
	const char *name;
	int64_t heard_ago, failing_ago;          /* -1: never; not at all */
	int64_t commit_failing_ago;              /* likewise */
	bool is_well;
};

static const struct row table[] = {
	{ "all is well", 0, -1, -1, true },
	{ "never heard yet", -1, -1, -1, true },
	{ "heard a while ago", 9 * MINUTE, -1, -1, true },
	{ "not heard", 11 * MINUTE, -1, -1, false },
	{ "heard in the future: a clock that went back", -30 * MINUTE, -1, -1, true },
	{ "failed once", 0, MINUTE / 2, -1, true },
	{ "fails", 0, 2 * MINUTE, -1, false },
	{ "a commit failed", 0, -1, MINUTE / 2, true },
	{ "commits fail", 0, -1, 2 * MINUTE, false },
};

static void test_verdict(void **state)
{
	const struct row *row = *state;
	struct ks_source_health source = { .behind = 3 };
	struct ks_health *health;
	struct ks_json *json = NULL;
	struct ks_buf line;
	struct ks_ctx ctx;

	ks_ctx_init(&ctx);
	ctx.now = now;
	now_ms = NOW;
	health = ks_health_new(&(struct ks_health_config){ .ctx = &ctx, .store_path = "/nonexistent/k.db" });
	source.heard_ms = row->heard_ago == -1 ? KS_TIME_NONE : NOW - row->heard_ago;
	source.failing_ms = row->failing_ago == -1 ? KS_TIME_NONE : NOW - row->failing_ago;
	source.newest_ms = KS_TIME_NONE;
	source.error = row->failing_ago == -1 ? NULL : "it is away";
	ks_health_source(health, "sqs:queue", &source);
	if (row->commit_failing_ago != -1) {
		now_ms = NOW - row->commit_failing_ago;
		ks_health_failed(health, "the disk is full");
		now_ms = NOW;
	}
	assert_int_equal(ks_health_look(health, &json), row->is_well);
	ks_json_free(json);
	ks_buf_init(&line, 4096);
	ks_health_line(health, &line);
	assert_non_null(strstr(line.p, ", 3 waiting"));
	if (row->commit_failing_ago != -1)
		assert_non_null(strstr(line.p, "the disk is full"));
	ks_health_committed(health);
	ks_buf_release(&line);
	assert_false(ks_health_is_ready(health));
	ks_health_ready(health);
	assert_true(ks_health_is_ready(health));
	ks_health_free(health);
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
