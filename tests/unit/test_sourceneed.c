/* lib/engine/sourceneed: what the sources of a config take. */
#include "lib/engine/sourceneed.h"

#include "tests/unit/rows.h"

#include <string.h>

static const char *const listed[] = { "audit-logs" };

static const struct row {
	const char *name;
	struct ks_config_source sources[2];
	const char *queues, *objects, *buckets;
} table[] = {
	{ "none", { { .spec = "/var/log" } }, "", "", "" },
	{ "a queue", { { .spec = "sqs:https://sqs.us-gov-west-1.amazonaws.com/123456789012/q" } },
		"arn:aws-us-gov:sqs:us-gov-west-1:123456789012:q;", "arn:aws:s3:::*/AWSLogs/*;", "" },
	{ "two queues, one with buckets", { { .spec = "sqs:https://sqs.eu-west-1.amazonaws.com/123456789012/q" },
		{ .spec = "sqs:http://127.0.0.1:1/123456789012/r", .buckets = listed, .bucket_count = 1 } },
		"arn:aws:sqs:eu-west-1:123456789012:q;arn:aws:sqs:*:123456789012:r;",
		"arn:aws:s3:::*/AWSLogs/*;arn:aws:s3:::audit-logs/*;", "" },
	{ "a bucket", { { .spec = "s3://logs" }, { .spec = "s3://logs/a/AWSLogs/" } }, "",
		"arn:aws:s3:::logs/*;arn:aws:s3:::logs/a/AWSLogs/*;", "arn:aws:s3:::logs;" },
	{ "a queue that is none", { { .spec = "sqs:x" } }, "", "arn:aws:s3:::*/AWSLogs/*;", "" },
};

static void check(const struct row *row, enum ks_sourceneed_kind kind, const char *want)
{
	struct ks_vec arns = KS_VEC_OF(const char *);
	struct ks_arena arena = { NULL };
	const char *all = "";

	ks_sourceneed_resources(kind, row->sources, 2, ks_partition_find(KS_STR("aws")), &arena, &arns);
	for (size_t i = 0; i < arns.n; i++)
		all = ks_arena_printf(&arena, "%s%s;", all, *KS_VEC_AT(&arns, const char *, i));
	assert_string_equal(all, want);
	if (want[0] != '\0')
		assert_true(ks_sourceneed_has(kind, row->sources, 2));
	ks_vec_release(&arns);
	ks_arena_release(&arena);
}

static void test_resources(void **state)
{
	const struct row *row = *state;

	check(row, KS_SOURCENEED_QUEUES, row->queues);
	check(row, KS_SOURCENEED_OBJECTS, row->objects);
	check(row, KS_SOURCENEED_BUCKETS, row->buckets);
	assert_false(ks_sourceneed_is_named("lookup:", row->sources, 2));
	assert_true(ks_sourceneed_is_named("lookup:", row->sources, 0));
}

int main(void)
{
	struct rows rows = { 0 };

	ROWS_TABLE(&rows, test_resources, table);
	return rows_run("sourceneed", &rows);
}
