/* lib/trail/shapes: every envelope, everything that only looks like one, and envelopes in envelopes up
 * to the cap. */
#include "lib/trail/shapes.h"

#include "lib/base/buf.h"
#include "lib/trail/lookup.h"

#include "tests/unit/rows.h"

#include <stdio.h>
#include <string.h>

#define R(name) "{\"eventName\":\"" name "\",\"eventSource\":\"s3.amazonaws.com\"}"
#define RS(name) "{\\\"eventName\\\":\\\"" name "\\\",\\\"eventSource\\\":\\\"s3.amazonaws.com\\\"}"

struct row {
	const char *name, *text;
	const char *want; /* the event names of the records found, each ended by ; */
	uint64_t others, unreadable;
};

static const struct row rows[] = {
	{ "a record", R("A"), "A;", 0, 0 },
	{ "a file", "{\"Records\":[" R("A") "," R("B") "]}", "A;B;", 0, 0 },
	{ "an array", "[" R("A") ",[" R("B") "]]", "A;B;", 0, 0 },
	{ "LookupEvents",
		"{\"Events\":[{\"EventId\":\"1\",\"CloudTrailEvent\":\"" RS("A") "\"},{\"CloudTrailEvent\":\"" RS(
			"B") "\"}]}",
		"A;B;", 0, 0 },
	{ "one of LookupEvents", "{\"EventId\":\"1\",\"CloudTrailEvent\":\"" RS("A") "\"}", "A;", 0, 0 },
	{ "EventBridge",
		"{\"version\":\"0\",\"detail-type\":\"AWS API Call via CloudTrail\",\"detail\":" R("A") "}", "A;", 0,
		0 },
	{ "EventBridge about something else", "{\"detail-type\":\"Scheduled Event\",\"detail\":{}}", "", 1, 0 },
	{ "CloudWatch Logs",
		"{\"messageType\":\"DATA_MESSAGE\",\"logEvents\":[{\"id\":\"1\",\"message\":\"" RS(
			"A") "\"},{\"message\":\"" RS("B") "\"}]}",
		"A;B;", 0, 0 },
	{ "CloudWatch Logs, text", "{\"logEvents\":[{\"message\":\"hello {\"},{\"message\":\"" RS("A") "\"}]}",
		"A;", 1, 0 },
	{ "a message with blanks before", "{\"message\":\" \\n\\u0020" RS("A") "\"}", "A;", 0, 0 },
	{ "a message whose brace is escaped",
		"{\"message\":\"\\u007b\\\"eventName\\\":\\\"A\\\",\\\"eventSource\\\":\\\"s\\\"}\"}", "A;", 0, 0 },
	{ "a message that is broken", "{\"message\":\"{\\\"eventName\\\":\"}", "", 0, 1 },
	{ "a broken one between",
		"{\"Events\":[{\"CloudTrailEvent\":\"{\"},{\"CloudTrailEvent\":\"" RS("A") "\"}]}", "A;", 0, 1 },
	{ "an empty CloudTrailEvent", "{\"CloudTrailEvent\":\"\"}", "", 0, 1 },
	{ "a file in a message", "{\"message\":\"{\\\"Records\\\":[" RS("A") "," RS("B") "]}\"}", "A;B;", 0, 0 },
	{ "EventBridge in a message", "{\"message\":\"{\\\"detail\\\":" RS("A") "}\"}", "A;", 0, 0 },
	{ "no eventName, with userIdentity", "{\"userIdentity\":{},\"eventTime\":\"t\"}", ";", 0, 0 },
	{ "eventName of another type", "{\"eventName\":1,\"eventSource\":\"s\",\"userIdentity\":{}}", ";", 0,
		0 },
	{ "only an eventName", "{\"eventName\":\"A\"}", "", 1, 0 },
	{ "an insight", "{\"eventCategory\":\"Insight\",\"eventName\":\"A\"}", "A;", 0, 0 },
	{ "an insight by type", "{\"eventType\":\"AwsCloudTrailInsight\"}", ";", 0, 0 },
	{ "escaped names", "{\"\\u0065ventName\":\"A\",\"event\\u0053ource\":\"s\"}", "A;", 0, 0 },
	{ "S3 notification",
		"{\"Records\":[{\"eventVersion\":\"2.1\",\"eventSource\":\"aws:s3\","
		"\"eventName\":\"ObjectCreated:Put\","
		"\"userIdentity\":{\"principalId\":\"AWS:A\"},\"eventTime\":\"t\"}]}",
		"", 1, 0 },
	{ "SQS notification", "{\"Records\":[{\"eventSource\":\"aws:sqs\",\"eventName\":\"x\"}]}", "", 1, 0 },
	{ "SNS notification", "{\"Records\":[{\"EventSource\":\"aws:sns\",\"Sns\":{\"Message\":\"x\"}}]}", "", 1,
		0 },
	{ "a digest",
		"{\"awsAccountId\":\"111122223333\",\"digestStartTime\":\"t\",\"logFiles\":[{\"s3Object\":\"o\"}]}",
		"", 1, 0 },
	{ "a record with a list of Records",
		"{\"eventName\":\"A\",\"eventSource\":\"s\",\"Records\":[" R("B") "]}", "A;", 0, 0 },
	{ "a record that nests one",
		"{\"eventName\":\"A\",\"eventSource\":\"s\",\"requestParameters\":{\"detail\":" R("B") "}}", "A;", 0,
		0 },
	{ "records as strings in a list", "{\"Records\":[\"" RS("A") "\",1,null,true]}", "", 4, 0 },
	{ "Records that is no list", "{\"Records\":{},\"Events\":[" R("A") "]}", "A;", 0, 0 },
	{ "an empty list", "{\"Records\":[]}", "", 0, 0 },
	{ "an empty object", "{}", "", 1, 0 },
	{ "a string", "\"x\"", "", 1, 0 },
};

struct found {
	struct ks_buf names;
	struct ks_arena arena;
};

static void found(void *arg, const struct ks_index *index, uint32_t node)
{
	struct found *all = arg;
	uint32_t name = ks_lookup_member(index, node, KS_STR("eventName"));

	if (name != KS_INDEX_NONE && ks_index_node(index, name)->kind == KS_VALUE_STRING)
		ks_buf_add(&all->names, ks_lookup_value(index, name, &all->arena).text);
	ks_buf_addc(&all->names, ';');
}

static void check(const char *text, const char *want, uint64_t others, uint64_t unreadable)
{
	struct ks_shapes shapes;
	struct ks_index index;
	struct found all;
	struct ks_err err;

	ks_buf_init(&all.names, 1u << 16);
	ks_arena_init(&all.arena);
	ks_shapes_init(&shapes, &all.arena);
	ks_index_init(&index);
	assert_int_equal(ks_index_build(&index, ks_str_of(text), NULL, &err), 0);
	ks_shapes_unwrap(&shapes, &index, 0, found, &all);
	assert_string_equal(all.names.p != NULL ? all.names.p : "", want);
	assert_int_equal(shapes.others, others);
	assert_int_equal(shapes.unreadable, unreadable);
	ks_index_release(&index);
	ks_shapes_release(&shapes);
	ks_arena_release(&all.arena);
	ks_buf_release(&all.names);
}

static void test_row(void **state)
{
	const struct row *row = *state;

	check(row->text, row->want, row->others, row->unreadable);
}

/* Arrays, and messages in messages, one deeper each time. */
static void test_nesting(void **state)
{
	struct ks_buf text, outer;

	(void)state;
	for (unsigned depth = 0; depth < KS_LIMIT_NESTING + 3; depth++) {
		ks_buf_init(&text, 1u << 16);
		for (unsigned i = 0; i < depth; i++)
			ks_buf_addc(&text, '[');
		ks_buf_adds(&text, R("A"));
		for (unsigned i = 0; i < depth; i++)
			ks_buf_addc(&text, ']');
		check(text.p, depth < KS_LIMIT_NESTING ? "A;" : "", 0, depth >= KS_LIMIT_NESTING);
		ks_buf_release(&text);
	}
	ks_buf_init(&text, 1u << 24);
	ks_buf_init(&outer, 1u << 24);
	ks_buf_adds(&text, R("A"));
	for (unsigned depth = 0; depth < KS_LIMIT_NESTING + 2; depth++) {
		check(text.p, depth < KS_LIMIT_NESTING ? "A;" : "", 0, depth >= KS_LIMIT_NESTING);
		ks_buf_clear(&outer);
		ks_buf_adds(&outer, "{\"message\":\"");
		for (size_t i = 0; i < text.n; i++) {
			if (text.p[i] == '"' || text.p[i] == '\\')
				ks_buf_addc(&outer, '\\');
			ks_buf_addc(&outer, text.p[i]);
		}
		ks_buf_adds(&outer, "\"}");
		ks_buf_clear(&text);
		ks_buf_add(&text, ks_buf_str(&outer));
	}
	ks_buf_release(&text);
	ks_buf_release(&outer);
}

int main(void)
{
	static struct rows all;

	ROWS_TABLE(&all, test_row, rows);
	ROWS_TEST(&all, test_nesting);
	return rows_run("shapes", &all);
}
