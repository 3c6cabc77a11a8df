/* lib/aws/sqs: what the URL of a queue says. The calls are in tests/aws/queue. */
#include "lib/aws/sqs.h"

#include "tests/unit/rows.h"

#include <string.h>

struct row {
	const char *name, *url;
	const char *want; /* origin, region, account, name; or the beginning of the error */
};

static const struct row table[] = {
	{ "usual", "https://sqs.eu-west-1.amazonaws.com/123456789012/trail",
		"https://sqs.eu-west-1.amazonaws.com eu-west-1 123456789012 trail" },
	{ "china", "https://sqs.cn-north-1.amazonaws.com.cn/123456789012/trail",
		"https://sqs.cn-north-1.amazonaws.com.cn cn-north-1 123456789012 trail" },
	{ "fips", "https://sqs-fips.us-gov-west-1.amazonaws.com/123456789012/q.fifo",
		"https://sqs-fips.us-gov-west-1.amazonaws.com us-gov-west-1 123456789012 q.fifo" },
	{ "an older form", "https://eu-west-1.queue.amazonaws.com/123456789012/q",
		"https://eu-west-1.queue.amazonaws.com eu-west-1 123456789012 q" },
	{ "the oldest", "https://queue.amazonaws.com/123456789012/q",
		"https://queue.amazonaws.com us-east-1 123456789012 q" },
	{ "an endpoint of a VPC", "https://vpce-0a1b-2c3d.sqs.us-east-2.vpce.amazonaws.com/123456789012/q",
		"https://vpce-0a1b-2c3d.sqs.us-east-2.vpce.amazonaws.com us-east-2 123456789012 q" },
	{ "two stacks", "https://sqs.us-east-2.api.aws/123456789012/q",
		"https://sqs.us-east-2.api.aws us-east-2 123456789012 q" },
	{ "an emulator", "http://127.0.0.1:4566/123456789012/q", "http://127.0.0.1:4566 - 123456789012 q" },
	{ "with more in its path", "http://localhost:4566/queue/eu-west-1/123456789012/q",
		"http://localhost:4566 - 123456789012 q" },
	{ "an emulator without a port", "http://127.0.0.1:/123456789012/q", "'sqs:http" },
	{ "a port that is none", "http://127.0.0.1:70000/123456789012/q", "'sqs:http" },
	{ "somebody's host", "https://example.org/x", "'sqs:https" },
	{ "somebody's host, in its form", "https://sqs.eu-west-1.example.org/123456789012/q", "'sqs:https" },
	{ "another service", "https://sns.eu-west-1.amazonaws.com/123456789012/q", "'sqs:https" },
	{ "looks like AWS's", "https://sqs.eu-west-1.notamazonaws.com/123456789012/q", "'sqs:https" },
	{ "no account", "https://sqs.eu-west-1.amazonaws.com/trail", "'sqs:https" },
	{ "more in its path", "https://sqs.eu-west-1.amazonaws.com/123456789012/x/q", "'sqs:https" },
	{ "no https", "http://sqs.eu-west-1.amazonaws.com/123456789012/q", "the queue of 'sqs:http" },
	{ "looks local", "http://127.0.0.1.example.org/123456789012/q", "the queue of 'sqs:http" },
	{ "somebody's name before the host", "https://a@sqs.eu-west-1.amazonaws.com/123456789012/q",
		"'sqs:https" },
	{ "a query", "https://sqs.eu-west-1.amazonaws.com/123456789012/q?Action=x", "'sqs:https" },
	{ "a line break", "https://sqs.eu-west-1.amazonaws.com/123456789012/q\r\nX: y", "'sqs:https" },
	{ "no queue", "https://sqs.eu-west-1.amazonaws.com/123456789012", "'sqs:https" },
	{ "no path", "https://sqs.eu-west-1.amazonaws.com", "'sqs:https" },
	{ "no host", "https:///123456789012/q", "'sqs:https" },
	{ "an ARN", "arn:aws:sqs:eu-west-1:123456789012:q", "'sqs:arn" },
	{ "nothing", "", "'sqs:'" },
};

static const char *no_env(void *arg, const char *name)
{
	(void)arg;
	(void)name;
	return NULL;
}

static const char *an_endpoint(void *arg, const char *name)
{
	return strcmp(name, arg) == 0 ? "https://elsewhere.example.org" : NULL;
}

/* Where requests are sent elsewhere, a queue's URL may name any host. */
static void test_endpoint(void **state)
{
	static const char *const names[] = { "AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_SQS", "AWS_ENDPOINT_URL_S3" };

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		const struct ks_ctx ctx = { .env = an_endpoint, .arg = (void *)(uintptr_t)names[i] };
		struct ks_arena arena = { NULL };
		struct ks_sqs_queue queue;
		struct ks_err err;

		assert_int_equal(ks_sqs_parse_url("https://queues.example.org/x/q", &ctx, &arena, &queue, &err),
			i < 2 ? 0 : -1);
		ks_arena_release(&arena);
	}
}

static void test_url(void **state)
{
	const struct row *row = *state;
	struct ks_arena arena = { NULL };
	struct ks_err err = { 0 };
	struct ks_sqs_queue queue;
	const struct ks_ctx ctx = { .env = no_env };

	if (ks_sqs_parse_url(row->url, &ctx, &arena, &queue, &err) != 0) {
		assert_int_equal(err.code, KS_ERR_USAGE);
		assert_memory_equal(err.message, row->want, strlen(row->want));
	} else {
		assert_string_equal(ks_arena_printf(&arena, "%s %s " KS_STR_FMT " " KS_STR_FMT, queue.origin,
			queue.region != NULL ? queue.region : "-", KS_STR_ARG(queue.account),
			KS_STR_ARG(queue.name)), row->want);
		assert_string_equal(queue.url, row->url);
	}
	ks_arena_release(&arena);
}

int main(void)
{
	struct rows rows = { 0 };

	ROWS_TABLE(&rows, test_url, table);
	ROWS_TEST(&rows, test_endpoint);
	return rows_run("sqs", &rows);
}
