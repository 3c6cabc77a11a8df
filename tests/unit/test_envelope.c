/* lib/trail/envelope: every shape of a message, and what is read of it. */
#include "lib/trail/envelope.h"

#include "lib/base/buf.h"

#include "tests/unit/rows.h"

#include <inttypes.h>
#include <string.h>

#define R "{\"eventName\":\"A\",\"eventSource\":\"s3.amazonaws.com\"}"
#define RS "{\\\"eventName\\\":\\\"A\\\",\\\"eventSource\\\":\\\"s3.amazonaws.com\\\"}"
#define S3(key) "{\"eventVersion\":\"2.1\",\"eventSource\":\"aws:s3\",\"awsRegion\":\"eu-west-1\"," \
	"\"eventName\":\"ObjectCreated:Put\",\"s3\":{\"bucket\":{\"name\":\"logs\"},\"object\":{\"key\":\"" key \
	"\",\"size\":5}}}"
#define S3S(key) "{\\\"eventVersion\\\":\\\"2.2\\\",\\\"eventSource\\\":\\\"aws:s3\\\"," \
	"\\\"eventName\\\":\\\"ObjectCreated:Put\\\",\\\"s3\\\":{\\\"bucket\\\":{\\\"name\\\":\\\"logs\\\"}," \
	"\\\"object\\\":{\\\"key\\\":\\\"" key "\\\"}}}"
#define SNS(text) "{\"Type\":\"Notification\",\"MessageId\":\"m\",\"TopicArn\":\"arn:aws:sns:x:1:t\"," \
	"\"Message\":\"" text "\",\"Timestamp\":\"t\",\"SigningCertURL\":\"https://x\"}"
#define BUS(type, detail) "{\"version\":\"0\",\"id\":\"i\",\"detail-type\":\"" type \
	"\",\"source\":\"aws.ses\"," \
	"\"account\":\"123456789012\",\"time\":\"t\",\"region\":\"eu-west-1\",\"resources\":[],\"detail\":" \
	detail "}"
#define GZIP "H4sIAAAAAAAAA6uuBQBDv6ajAgAAAA=="       /* of {} */

/* want: form|account|each text (or "gzip")|each object as bucket/key#version:size|why it is poison */
struct row {
	const char *name, *body, *want;
};

static const struct row table[] = {
	{ "S3", "{\"Records\":[" S3("AWSLogs/a+b%2Bc%C3%A9.gz") "]}",
		"S3 notification||logs/AWSLogs/a b+c\xC3\xA9.gz#:5|" },
	{ "S3, slashes encoded too", "{\"Records\":[" S3("AWSLogs%2Fn") "]}",
		"S3 notification||logs/AWSLogs/n#:5|" },
	{ "S3, nothing encoded", "{\"Records\":[" S3("AWSLogs/\xC3\xA9") "]}",
		"S3 notification||logs/AWSLogs/\xC3\xA9#:5|" },
	{ "S3, a percent sign alone", "{\"Records\":[" S3("a%2") "," S3("b%zz") "]}",
		"S3 notification||logs/a%2#:5 logs/b%zz#:5|" },
	{ "S3, several", "{\"Records\":[" S3("a") "," S3("b") "]}", "S3 notification||logs/a#:5 logs/b#:5|" },
	{ "S3, version 2.3 with a version of the object",
		"{\"Records\":[{\"eventVersion\":\"2.3\",\"eventSource\":\"aws:s3\","
		"\"eventName\":\"ObjectCreated:Copy\","
		"\"s3\":{\"bucket\":{\"name\":\"logs\",\"arn\":\"x\"},\"object\":{\"key\":\"a\",\"size\":1024,"
		"\"eTag\":\"e\",\"versionId\":\"v.1\",\"sequencer\":\"0\"}}}]}",
		"S3 notification||logs/a#v.1:1024|" },
	{ "S3, an event name with its prefix",
		"{\"Records\":[{\"eventSource\":\"aws:s3\",\"eventName\":\"s3:ObjectCreated:Post\","
		"\"s3\":{\"bucket\":"
		"{\"name\":\"logs\"},\"object\":{\"key\":\"a\"}}}]}", "S3 notification||logs/a#:-1|" },
	{ "S3, removed",
		"{\"Records\":[{\"eventSource\":\"aws:s3\",\"eventName\":\"ObjectRemoved:Delete\","
		"\"s3\":{\"bucket\":"
		"{\"name\":\"logs\"},\"object\":{\"key\":\"a\"}}}]}", "S3 notification|||" },
	{ "S3's test message",
		"{\"Service\":\"Amazon S3\",\"Event\":\"s3:TestEvent\",\"Time\":\"t\",\"Bucket\":\"logs\"}",
		"S3's test message|||" },
	{ "an empty list", "{\"Records\":[]}", "an empty list|||" },
	{ "S3, no object", "{\"Records\":[{\"eventSource\":\"aws:s3\",\"eventName\":\"ObjectCreated:Put\"}]}",
		"S3 notification|||it is a notification of S3 that names no object" },
	{ "S3, a bucket that is none",
		"{\"Records\":[{\"eventSource\":\"aws:s3\",\"s3\":{\"bucket\":{\"name\":\"a/../b\"},"
		"\"object\":{\"key\":\"a\"}}}]}",
		"S3 notification|||it names an object in a bucket that cannot be one" },
	{ "S3, a bucket of another host", "{\"Records\":[{\"eventSource\":\"aws:s3\",\"s3\":{\"bucket\":"
		"{\"name\":\"evil.example.org:80\"},\"object\":{\"key\":\"a\"}}}]}",
		"S3 notification|||it names an object in a bucket that cannot be one" },
	{ "S3, a key with a NUL", "{\"Records\":[" S3("a%00b") "]}",
		"S3 notification|||it names an object by a key or version that S3 does not have" },
	{ "S3, a key with a line break", "{\"Records\":[" S3("a%0D%0Ab") "]}",
		"S3 notification|||it names an object by a key or version that S3 does not have" },
	{ "S3, no key", "{\"Records\":[" S3("") "]}",
		"S3 notification|||it names an object by a key or version that S3 does not have" },
	{ "S3, one good and one bad", "{\"Records\":[" S3("") "," S3("b") "]}",
		"S3 notification||logs/b#:5|it names an object by a key or version that S3 does not have" },
	{ "a bare list of S3's", "[" S3("a") "]", "S3 notification||logs/a#:5|" },
	{ "SNS", SNS("{\\\"Records\\\":[" S3S("a+b") "]}"), "SNS||logs/a b#:-1|" },
	{ "SNS in "
		"SNS", "{\"Type\":\"Notification\",\"Message\":\"{\\\"Type\\\":\\\"Notification\\\",\\\"Message\\\":"
		"\\\"{\\\\\\\"s3Bucket\\\\\\\":\\\\\\\"logs\\\\\\\","
		"\\\\\\\"s3ObjectKey\\\\\\\":[\\\\\\\"k\\\\\\\"]}\\\"}\"}",
		"SNS||logs/k#:-1|" },
	{ "SNS, without its type", "{\"TopicArn\":\"t\",\"Message\":\"{\\\"s3Bucket\\\":\\\"logs\\\","
		"\\\"s3ObjectKey\\\":[\\\"k\\\"]}\"}", "SNS||logs/k#:-1|" },
	{ "SNS, to be confirmed",
		"{\"Type\":\"SubscriptionConfirmation\",\"Token\":\"t\",\"SubscribeURL\":\"https://x\","
		"\"Message\":\"You have chosen\"}", "SNS|||" },
	{ "SNS, somebody's words", SNS("hello"), "SNS|||it is not JSON" },
	{ "SNS, a topic as Lambda sees it", "{\"Records\":[{\"EventSource\":\"aws:sns\",\"Sns\":{\"Message\":"
		"\"{\\\"s3Bucket\\\":\\\"logs\\\",\\\"s3ObjectKey\\\":[\\\"k\\\"]}\"}},"
		"{\"EventSource\":\"aws:sns\",\"Sns\":"
		"{\"Message\":\"" RS "\"}}]}", "CloudTrail notification|{\"eventName\":\"A\","
		"\"eventSource\":\"s3.amazonaws.com\"}|logs/k#:-1|" },
	{ "two messages in one", "{\"Records\":[{\"eventSource\":\"aws:sqs\",\"body\":\"" RS "\"},"
		"{\"eventSource\":\"aws:sqs\",\"body\":\"" RS "\"}]}", "records|" R R "||" },
	{ "CloudTrail's keys", "{\"s3Bucket\":\"logs\",\"s3ObjectKey\":[\"a+b%20c\",\"d\"]}",
		"CloudTrail notification||logs/a+b%20c#:-1 logs/d#:-1|" },
	{ "CloudTrail, one key", "{\"s3Bucket\":\"logs\",\"s3ObjectKey\":\"a\"}",
		"CloudTrail notification||logs/a#:-1|" },
	{ "CloudTrail, a key of another type", "{\"s3Bucket\":\"logs\",\"s3ObjectKey\":[1]}",
		"CloudTrail notification|||it names an object by a key or version that S3 does not have" },
	{ "CloudTrail through SNS", SNS("{\\\"s3Bucket\\\":\\\"logs\\\",\\\"s3ObjectKey\\\":[\\\"a\\\"]}"),
		"SNS||logs/a#:-1|" },
	{ "CloudTrail's test message", SNS("CloudTrail validation message."), "SNS|||" },
	{ "the same, raw", "CloudTrail validation message.", "CloudTrail's test message|||" },
	{ "EventBridge", BUS("AWS API Call via CloudTrail", R),
		"EventBridge 123456789012|" BUS("AWS API Call via CloudTrail", R) "||" },
	{ "EventBridge, a sign-in", BUS("AWS Console Sign In via CloudTrail", R),
		"EventBridge 123456789012|" BUS("AWS Console Sign In via CloudTrail", R) "||" },
	{ "EventBridge, an insight", BUS("AWS Insight via CloudTrail", "{\"eventCategory\":\"Insight\"}"),
		"EventBridge 123456789012|" BUS("AWS Insight via CloudTrail",
			"{\"eventCategory\":\"Insight\"}") "||" },
	{ "EventBridge, SES's own", BUS("Email Sent", "{\"eventType\":\"Send\",\"mail\":{}}"),
		"EventBridge|||" },
	{ "EventBridge, something else", BUS("Scheduled Event", "{}"), "EventBridge|||" },
	{ "EventBridge, a record under another name", BUS("Replayed", R), "EventBridge|" BUS("Replayed",
		R) "||" },
	{ "EventBridge, a source that is not AWS's",
		"{\"detail-type\":\"AWS API Call via "
			"CloudTrail\",\"source\":\"my.app\",\"account\":\"123456789012\","
		"\"detail\":" R "}",
		"EventBridge|{\"detail-type\":\"AWS API Call via CloudTrail\",\"source\":\"my.app\",\"account\":"
		"\"123456789012\",\"detail\":" R "}||" },
	{ "EventBridge, an account that is none",
		"{\"detail-type\":\"AWS API Call via CloudTrail\",\"source\":\"aws.x\",\"account\":\"12345678901a\","
		"\"detail\":" R "}",
		"EventBridge|{\"detail-type\":\"AWS API Call via CloudTrail\",\"source\":\"aws.x\",\"account\":"
		"\"12345678901a\",\"detail\":" R "}||" },
	{ "EventBridge behind SNS is nobody's word",
		SNS("{\\\"detail-type\\\":\\\"AWS API Call via CloudTrail\\\",\\\"source\\\":\\\"aws.ses\\\","
		"\\\"account\\\":\\\"123456789012\\\",\\\"detail\\\":" RS "}"),
		"SNS|{\"detail-type\":\"AWS API Call via CloudTrail\",\"source\":\"aws.ses\",\"account\":"
		"\"123456789012\",\"detail\":" R "}||" },
	{ "EventBridge in a list is nobody's word", "[" BUS("AWS API Call via CloudTrail", R) "]",
		"EventBridge|[" BUS("AWS API Call via CloudTrail", R) "]||" },
	{ "S3 through EventBridge",
		"{\"detail-type\":\"Object Created\",\"source\":\"aws.s3\",\"region\":\"eu-west-1\","
		"\"detail\":{\"bucket\":{\"name\":\"logs\"},"
		"\"object\":{\"key\":\"a+b%20c\",\"size\":7,\"version-id\":\"v\"}}}",
		"EventBridge||logs/a+b%20c#v:7|" },
	{ "S3 through EventBridge, deleted", "{\"detail-type\":\"Object Deleted\",\"source\":\"aws.s3\","
		"\"detail\":{\"bucket\":{\"name\":\"logs\"},\"object\":{\"key\":\"a\"}}}", "EventBridge|||" },
	{ "S3 through EventBridge, no object",
		"{\"detail-type\":\"Object Created\",\"source\":\"aws.s3\",\"detail\":{}}",
		"EventBridge|||it is an event of S3 that names no object" },
	{ "CloudWatch Logs", "{\"messageType\":\"DATA_MESSAGE\",\"logEvents\":[{\"message\":\"" RS "\"}]}",
		"CloudWatch Logs|{\"messageType\":\"DATA_MESSAGE\",\"logEvents\":[{\"message\":\"" RS "\"}]}||" },
	{ "CloudWatch Logs, test message",
		"{\"messageType\":\"CONTROL_MESSAGE\",\"logEvents\":[{\"message\":\"CWL\"}]}",
		"CloudWatch Logs' test message|||" },
	{ "CloudWatch Logs, packed", "{\"awslogs\":{\"data\":\"" GZIP "\"}}", "CloudWatch Logs|gzip||" },
	{ "CloudWatch Logs, no base64", "{\"awslogs\":{\"data\":\"!\"}}",
		"CloudWatch Logs|||it should hold base64 and does not" },
	{ "CloudWatch Logs, no gzip", "{\"awslogs\":{\"data\":\"e30=\"}}",
		"CloudWatch Logs|||it should hold gzip in base64 and does not" },
	{ "gzip in base64", GZIP, "gzip in base64|gzip||" },
	{ "a record", R, "records|" R "||" },
	{ "a record behind a mark", "\xEF\xBB\xBF \n" R, "records|" R "||" },
	{ "a file", "{\"Records\":[" R "," R "]}", "records|{\"Records\":[" R "," R "]}||" },
	{ "a list", "[" R "]", "records|[" R "]||" },
	{ "lines", R "\n" R "\nhello", "records|" R "\n" R "\nhello||" },
	{ "LookupEvents", "{\"Events\":[{\"CloudTrailEvent\":\"" RS "\"}]}",
		"records|{\"Events\":[{\"CloudTrailEvent\":\"" RS "\"}]}||" },
	{ "a record and S3's word", "{\"Records\":[" R "," S3("a") "]}",
		"S3 notification|{\"Records\":[" R "," S3("a") "]}|logs/a#:5|" },
	{ "a record in a string", "\"" RS "\"", "records|" R "||" },
	{ "SES's own", "{\"notificationType\":\"Bounce\",\"mail\":{\"source\":\"a@b\"}}", "an event of SES|||" },
	{ "SES's own, of a configuration set", "{\"eventType\":\"Send\",\"mail\":{}}", "an event of SES|||" },
	{ "mail that SES received",
		"{\"notificationType\":\"Received\",\"receipt\":{},\"mail\":{},\"content\":\"x\"}",
		"an event of SES|||" },
	{ "no JSON", "hello", "|||it is not JSON" },
	{ "half of it", "{\"Records\":[{\"eventSource\"", "|||it is not JSON" },
	{ "nothing", "", "|||it is empty" },
	{ "blanks", " \n", "|||it is empty" },
	{ "a number", "12", "|||it is JSON, and neither records nor a message that is known here" },
	{ "an object of somebody's", "{\"order\":12}",
		"|||it is JSON, and neither records nor a message that is known here" },
	{ "a list of somebody's", "{\"Records\":[{\"a\":1}]}",
		"|||it is JSON, and neither records nor a message that is known here" },
};

static void render(const struct ks_envelope *e, struct ks_buf *out)
{
	ks_buf_adds(out, e->form != NULL ? e->form : "");
	if (e->account.n > 0)
		ks_buf_addf(out, " " KS_STR_FMT, KS_STR_ARG(e->account));
	ks_buf_addc(out, '|');
	for (size_t i = 0; i < e->texts.n; i++) {
		struct ks_str text = *KS_VEC_AT(&e->texts, struct ks_str, i);

		ks_buf_add(out, text.p[0] == '\x1f' ? KS_STR("gzip") : text);
	}
	ks_buf_addc(out, '|');
	for (size_t i = 0; i < e->objects.n; i++) {
		const struct ks_envelope_object *o = KS_VEC_AT(&e->objects, struct ks_envelope_object, i);

		ks_buf_addf(out, "%s" KS_STR_FMT "/" KS_STR_FMT "#" KS_STR_FMT ":%" PRId64, i > 0 ? " " : "",
			KS_STR_ARG(o->bucket), KS_STR_ARG(o->key), KS_STR_ARG(o->version), o->size);
	}
	ks_buf_addf(out, "|%s", e->poison != NULL ? e->poison : "");
}

static void test_shape(void **state)
{
	const struct row *row = *state;
	struct ks_arena arena = { NULL };
	struct ks_envelope envelope;
	struct ks_buf out;

	ks_buf_init(&out, 1u << 16);
	ks_envelope_read(ks_str_of(row->body), &arena, &envelope);
	render(&envelope, &out);
	assert_string_equal(ks_buf_str(&out).p, row->want);
	ks_buf_release(&out);
	ks_envelope_release(&envelope);
	ks_arena_release(&arena);
}

/* A string in a string in a string …: it ends. */
static void test_depth(void **state)
{
	struct ks_arena arena = { NULL };
	struct ks_envelope envelope;
	struct ks_buf out;

	(void)state;
	for (unsigned depth = 1; depth < 14; depth++) {
		struct ks_str text = KS_STR(R);

		for (unsigned i = 0; i < depth; i++) {
			ks_buf_init(&out, 1u << 20);
			ks_buf_addc(&out, '"');
			for (size_t k = 0; k < text.n; k++)
				ks_buf_addf(&out, "%s%c", strchr("\"\\", text.p[k]) != NULL ? "\\" : "", text.p[k]);
			ks_buf_addc(&out, '"');
			text = ks_arena_copy(&arena, ks_buf_str(&out));
			ks_buf_release(&out);
		}
		ks_envelope_read(text, &arena, &envelope);
		if (depth < 8)
			assert_int_equal(envelope.texts.n, 1);
		else
			assert_string_equal(envelope.poison, "it is packed in itself too often");
		ks_envelope_release(&envelope);
	}
	ks_arena_release(&arena);
}

int main(void)
{
	struct rows rows = { 0 };

	ROWS_TABLE(&rows, test_shape, table);
	ROWS_TEST(&rows, test_depth);
	return rows_run("envelope", &rows);
}
