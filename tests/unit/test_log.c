/* lib/base/log */
#include "lib/base/log.h"

#include "tests/unit/rows.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct sink {
	char lines[4][1200];
	enum ks_log_level levels[4];
	int n;
};

static void keep(void *arg, enum ks_log_level level, const char *line)
{
	struct sink *sink = arg;

	snprintf(sink->lines[sink->n], sizeof(sink->lines[0]), "%s", line);
	sink->levels[sink->n++] = level;
}

static void test_levels(void **state)
{
	struct sink sink = { .n = 0 };
	struct ks_log log = { .level = KS_LOG_WARNING, .write = keep, .arg = &sink };

	(void)state;
	ks_log_write(&log, KS_LOG_DEBUG, "no");
	ks_log_write(&log, KS_LOG_INFO, "no");
	ks_log_write(&log, KS_LOG_WARNING, "careful: %d", 7);
	ks_log_write(&log, KS_LOG_ERROR, "%s", "broken");
	assert_int_equal(sink.n, 2);
	assert_string_equal(sink.lines[0], "careful: 7");
	assert_int_equal(sink.levels[0], KS_LOG_WARNING);
	assert_string_equal(sink.lines[1], "broken");
}

static void keep_event(void *arg, enum ks_log_level level, const char *name,
	const struct ks_log_field *fields, size_t n)
{
	struct sink *sink = arg;

	snprintf(sink->lines[sink->n], sizeof(sink->lines[0]), "%s %zu %s %d", name, n, fields[0].text.p,
		(int)fields[1].number);
	sink->levels[sink->n++] = level;
}

/* Lines at DEBUG; fields from INFO on. */
static void test_event(void **state)
{
	const struct ks_log_field fields[] = { { "service", KS_STR("iam"), 0 }, { "status", { NULL, 0 }, 200 },
		{ "error", KS_STR(""), 0 } };
	struct sink sink = { .n = 0 };
	struct ks_log log = { .level = KS_LOG_INFO, .write = keep, .arg = &sink };

	(void)state;
	ks_log_event(&log, "aws-call", fields, 3);
	assert_int_equal(sink.n, 0);
	log.level = KS_LOG_DEBUG;
	ks_log_event(&log, "aws-call", fields, 3);
	assert_string_equal(sink.lines[0], "aws-call: service iam status 200");
	log.event = keep_event;
	log.level = KS_LOG_WARNING;
	ks_log_event(&log, "aws-call", fields, 3);
	assert_int_equal(sink.n, 1);
	log.level = KS_LOG_INFO;
	ks_log_event(&log, "aws-call", fields, 3);
	assert_string_equal(sink.lines[1], "aws-call 3 iam 200");
	assert_int_equal(sink.levels[1], KS_LOG_INFO);
}

static void test_long_line(void **state)
{
	struct sink sink = { .n = 0 };
	struct ks_log log = { .level = KS_LOG_DEBUG, .write = keep, .arg = &sink };
	char text[5000];

	(void)state;
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	ks_log_write(&log, KS_LOG_DEBUG, "%s", text);
	assert_int_equal(strlen(sink.lines[0]), 1023);
}

static void test_no_sink(void **state)
{
	struct ks_log log = { .level = KS_LOG_DEBUG };

	(void)state;
	ks_log_write(&log, KS_LOG_ERROR, "nowhere");
	ks_log_write(NULL, KS_LOG_ERROR, "nowhere");
}

int main(void)
{
	struct rows rows = { 0 };

	ROWS_TEST(&rows, test_levels);
	ROWS_TEST(&rows, test_event);
	ROWS_TEST(&rows, test_long_line);
	ROWS_TEST(&rows, test_no_sink);
	return rows_run("log", &rows);
}
