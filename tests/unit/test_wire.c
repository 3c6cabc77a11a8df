/* lib/aws/wire */
#include "lib/aws/wire.h"

#include "tests/unit/rows.h"

#include <string.h>

struct row {
	const char *name;
	const char *service, *operation, *partition, *region;
	struct ks_wire_parameter parameters[3];
	size_t n;
	const char *request;      /* "METHOD host path", content type, body, signing scope */
};

static const struct row table[] = {
	{ "IAM: one endpoint, the Region of the call does not matter", "iam", "UpdateAccessKey", "aws",
		"eu-west-1",
		{ { "UserName", { "a+b", 3 }, false }, { "AccessKeyId", { "AKIAX", 5 }, false },
			{ "Status", { "Inactive", 8 }, false } }, 3,
		"POST iam.amazonaws.com / application/x-www-form-urlencoded; charset=utf-8\n"
		"Action=UpdateAccessKey&Version=2010-05-08&UserName=a%2Bb&AccessKeyId=AKIAX&Status=Inactive\niam "
		"us-east-1" },
	{ "IAM in gov", "iam", "ListAccessKeys", "aws-us-gov", "", { { "UserName", { "bob", 3 }, false } }, 1,
		"POST iam.us-gov.amazonaws.com / application/x-www-form-urlencoded; charset=utf-8\n"
		"Action=ListAccessKeys&Version=2010-05-08&UserName=bob\niam us-gov-west-1" },
	{ "IAM in china", "iam", "ListAccessKeys", "aws-cn", "", { { "UserName", { "bob", 3 }, false } }, 1,
		"POST iam.cn-north-1.amazonaws.com.cn / application/x-www-form-urlencoded; charset=utf-8\n"
		"Action=ListAccessKeys&Version=2010-05-08&UserName=bob\niam cn-north-1" },
	{ "SES, first API", "ses", "UpdateAccountSendingEnabled", "aws", "eu-west-1",
		{ { "Enabled", { "false", 5 }, false } }, 1,
		"POST email.eu-west-1.amazonaws.com / application/x-www-form-urlencoded; charset=utf-8\n"
		"Action=UpdateAccountSendingEnabled&Version=2010-12-01&Enabled=false\nses eu-west-1" },
	{ "SES, second API", "sesv2", "PutAccountSendingAttributes", "aws-us-gov", "us-gov-east-1",
		{ { "SendingEnabled", { "false", 5 }, true } }, 1,
		"PUT email.us-gov-east-1.amazonaws.com /v2/email/account/sending application/json\n"
		"{\"SendingEnabled\":false}\nses us-gov-east-1" },
	{ "a read without a body", "sesv2", "GetAccount", "aws", "us-west-2", { { NULL, { NULL, 0 }, false } },
		0,
		"GET email.us-west-2.amazonaws.com /v2/email/account -\n\nses us-west-2" },
	{ "another suffix", "ses", "GetAccountSendingEnabled", "aws-eusc", "eusc-de-east-1",
		{ { NULL, { NULL, 0 }, false } }, 0,
		"POST email.eusc-de-east-1.amazonaws.eu / application/x-www-form-urlencoded; charset=utf-8\n"
		"Action=GetAccountSendingEnabled&Version=2010-12-01\nses eusc-de-east-1" },
	{ "a list in JSON", "cloudtrail", "LookupEvents", "aws", "eu-west-1",
		{ { "LookupAttributes", { "[{\"AttributeKey\":\"EventSource\"}]", 32 }, true },
			{ "StartTime", { "1731600000", 10 }, true }, { "NextToken", { "[1]", 3 }, false } }, 3,
		"POST cloudtrail.eu-west-1.amazonaws.com / application/x-amz-json-1.1\n"
		"{\"LookupAttributes\":[{\"AttributeKey\":\"EventSource\"}],\"StartTime\":1731600000,"
		"\"NextToken\":\"[1]\"}\ncloudtrail eu-west-1" },
	{ "JSON with a target, and a list in it", "sqs", "DeleteMessageBatch", "aws", "eu-west-1",
		{ { "QueueUrl", { "[1]", 3 }, false }, { "Entries", { "[{\"Id\":\"0\"}]", 12 }, true } }, 2,
		"POST sqs.eu-west-1.amazonaws.com / application/x-amz-json-1.0\n"
		"{\"QueueUrl\":\"[1]\",\"Entries\":[{\"Id\":\"0\"}]}\nsqs eu-west-1" },
	{ "S3: the bucket, and a key that keeps its slashes", "s3", "GetObject", "aws", "eu-west-1",
		{ { "Bucket", { "logs-1", 6 }, false }, { "Key", { "a/b c+\xc3\xa4%/", 10 }, false },
			{ "If-Match", { "\"e\"", 3 }, false } }, 3,
		"GET s3.eu-west-1.amazonaws.com /logs-1/a/b%20c%2B%C3%A4%25/ -\nIf-Match: \"e\"\ns3 eu-west-1" },
	{ "S3: parameters of the query behind what the path has", "s3", "ListObjectsV2", "aws-cn", "cn-north-1",
		{ { "Bucket", { "b/c", 3 }, false }, { "prefix", { "x/&y", 4 }, false },
			{ "start-after", { "x/z", 3 }, false } }, 3,
		"GET s3.cn-north-1.amazonaws.com.cn /b%2Fc?list-type=2&encoding-type=url&prefix=x%2F%26y"
		"&start-after=x%2Fz -\n\ns3 cn-north-1" },
	{ "hostile text stays a value", "iam", "ListAccessKeys", "aws", "", { { "UserName", { "a&Status=x",
		10 }, false } },
		1, "POST iam.amazonaws.com / application/x-www-form-urlencoded; charset=utf-8\n"
		"Action=ListAccessKeys&Version=2010-05-08&UserName=a%26Status%3Dx\niam us-east-1" },
};

static void test_build(void **state)
{
	const struct row *row = *state;
	struct ks_arena arena = { NULL };
	struct ks_wire_call call = { ks_operation_find(row->service, row->operation),
		ks_partition_find(ks_str_of(row->partition)), ks_str_of(row->region), row->parameters, row->n };
	struct ks_wire wire;

	ks_wire_build(&call, &arena, &wire);
	if (wire.header_count > 0)
		wire.body = ks_str_of(ks_arena_printf(&arena, "%s: %s", wire.headers[0].name,
			wire.headers[0].value));
	assert_string_equal(ks_arena_printf(&arena, "%s %s %s%s%s %s\n" KS_STR_FMT "\n%s %s", wire.method,
		wire.host, wire.path, wire.query[0] != '\0' ? "?" : "", wire.query,
		wire.content_type != NULL ? wire.content_type : "-", KS_STR_ARG(wire.body),
		wire.signing_name,
		wire.signing_region), row->request);
	ks_arena_release(&arena);
}

int main(void)
{
	struct rows rows = { 0 };

	ROWS_TABLE(&rows, test_build, table);
	return rows_run("wire", &rows);
}
