/* lib/trail/patience: how long a letter waits for its objects. */
#include "lib/trail/patience.h"

#include "lib/base/time.h"
#include "tests/unit/rows.h"

#include <stdio.h>

#define NOW (INT64_C(1700000000) * 1000)

static const struct row {
	const char *name;
	enum ks_err_code code;
	const char *aws_code;
	int64_t receives, age_ms;        /* age_ms -1: not said */
	bool has_dead_letters;
	enum ks_patience_kind kind;
	bool is_over;
} table[] = {
	{ "not there", KS_ERR_NOTFOUND, "NoSuchKey", 4, KS_TIME_DAY * 9, false, KS_PATIENCE_GONE, false },
	{ "not there, often", KS_ERR_NOTFOUND, "NoSuchKey", 5, 1000, false, KS_PATIENCE_GONE, true },
	{ "no bucket", KS_ERR_NOTFOUND, "NoSuchBucket", 5, 1000, false, KS_PATIENCE_GONE, true },
	{ "not there, and the queue counts", KS_ERR_NOTFOUND, "NoSuchKey", 500, KS_TIME_DAY, true,
		KS_PATIENCE_GONE, false },
	{ "some 404", KS_ERR_NOTFOUND, "", 99, KS_TIME_DAY, false, KS_PATIENCE_REFUSED, false },
	{ "too large", KS_ERR_LIMIT, "", 1, 0, false, KS_PATIENCE_GONE, true },
	{ "too large, and the queue counts", KS_ERR_LIMIT, "", 1, 0, true, KS_PATIENCE_GONE, true },
	{ "refused", KS_ERR_DENIED, "AccessDenied", 5, KS_TIME_DAY * 3, false, KS_PATIENCE_REFUSED, false },
	{ "refused, often in a short while", KS_ERR_DENIED, "AccessDenied", 1000, KS_TIME_DAY - 1, false,
		KS_PATIENCE_REFUSED, false },
	{ "refused for a day", KS_ERR_DENIED, "AccessDenied", 100, KS_TIME_DAY, false, KS_PATIENCE_REFUSED,
		true },
	{ "refused, of no age", KS_ERR_DENIED, "AccessDenied", 100, -1, false, KS_PATIENCE_REFUSED, true },
	{ "refused, and the queue counts", KS_ERR_DENIED, "AccessDenied", 1000, KS_TIME_DAY * 9, true,
		KS_PATIENCE_REFUSED, false },
	{ "no XML", KS_ERR_PARSE, "", 50, KS_TIME_DAY * 9, false, KS_PATIENCE_REFUSED, false },
	{ "an outage", KS_ERR_REMOTE, "InternalError", 1000, KS_TIME_DAY * 9, false, KS_PATIENCE_PASSING,
		false },
};

static void test_over(void **state)
{
	const struct row *row = *state;
	const struct ks_mailbox_letter letter = { .receives = row->receives,
		.sent_ms = row->age_ms < 0 ? KS_TIME_NONE : NOW - row->age_ms };
	struct ks_err err = { .code = row->code };

	snprintf(err.aws_code, sizeof(err.aws_code), "%s", row->aws_code);
	assert_int_equal(ks_patience_kind_of(&err), row->kind);
	assert_int_equal(ks_patience_is_over(&letter, &err, row->has_dead_letters, NOW), row->is_over);
}

/* As many receives as a refusal is given are a day. */
static void test_wait(void **state)
{
	int64_t refused = 0;

	(void)state;
	assert_int_equal(ks_patience_wait_s(1, 30, false), 30);
	assert_int_equal(ks_patience_wait_s(4, 600, false), 120);
	assert_int_equal(ks_patience_wait_s(3, 2, true), 8);
	assert_int_equal(ks_patience_wait_s(INT64_MAX, 43200, true), 900);
	for (int64_t i = 1; i < 100; i++)
		refused += ks_patience_wait_s(i, 30, true);
	assert_true(refused > 23 * 3600 && refused < 25 * 3600);
}

static void test_trouble(void **state)
{
	const struct ks_str bucket = KS_STR("ours"), other = KS_STR("other");
	struct ks_patience patience = { .bucket = NULL };
	struct ks_err err = { 0 };

	(void)state;
	ks_err_set(&err, KS_ERR_DENIED, "S3 GetObject: AccessDenied");
	assert_false(ks_patience_is_tried(&patience, NOW));
	ks_patience_refuse(&patience, bucket, "s3://ours/a", &err, NOW);
	ks_patience_refuse(&patience, other, "s3://other/b", &err, NOW + 60000);
	assert_int_equal(patience.trouble.failures, 2);
	assert_int_equal(patience.trouble.since_ms, NOW);
	assert_string_equal(patience.trouble.err.message, "s3://other/b: S3 GetObject: AccessDenied");
	ks_patience_read(&patience, other);
	assert_true(ks_patience_is_tried(&patience, NOW + 60000 + 1800000));
	assert_false(ks_patience_is_tried(&patience, NOW + 60000 + 1800001));
	ks_patience_read(&patience, bucket);
	assert_false(ks_patience_is_tried(&patience, NOW + 60000));
	ks_patience_refuse(&patience, other, "s3://other/b", &err, NOW + 90000);
	assert_int_equal(patience.trouble.since_ms, NOW + 90000);
	ks_patience_read(&patience, other);
	assert_false(ks_patience_is_tried(&patience, NOW + 90000));
	ks_patience_release(&patience);
}

int main(void)
{
	struct rows rows = { 0 };

	ROWS_TABLE(&rows, test_over, table);
	ROWS_TEST(&rows, test_wait);
	ROWS_TEST(&rows, test_trouble);
	return rows_run("patience", &rows);
}
