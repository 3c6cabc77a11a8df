/* lib/trail/queuepolicy: who may send to a queue. */
#include "lib/trail/queuepolicy.h"

#include "tests/unit/rows.h"

#define QUEUE "arn:aws:sqs:eu-west-1:111122223333:trail"
#define DENY DENY_FOR("\"*\"")
#define DENY_FOR(resource) "{\"Effect\":\"Deny\",\"Principal\":\"*\",\"Action\":\"sqs:SendMessage\"," \
	"\"Resource\":" resource ",\"Condition\":{\"Bool\":{\"aws:PrincipalIsAWSService\":\"false\"}}}"
#define ALLOW(principal, condition) "{\"Effect\":\"Allow\",\"Principal\":" principal ",\"Action\":" \
	"\"sqs:SendMessage\",\"Resource\":\"*\"" condition "}"
#define SERVICE "{\"Service\":\"events.amazonaws.com\"}"
#define RULE_OF(account) ",\"Condition\":{\"ArnEquals\":{\"aws:SourceArn\":" \
	"\"arn:aws:events:eu-west-1:" account ":rule/r\"}}"
#define OURS RULE_OF("111122223333")
#define THEIRS RULE_OF("999999999999")
#define POLICY(statements) "{\"Version\":\"2012-10-17\",\"Statement\":[" statements "]}"

static const struct row { const char *name, *policy; enum ks_queuepolicy_verdict want; } table[] = {
	{ "none", "", KS_QUEUEPOLICY_INSIDE },
	{ "no statement", POLICY(""), KS_QUEUEPOLICY_INSIDE },
	{ "a rule of ours", POLICY(ALLOW(SERVICE, OURS)), KS_QUEUEPOLICY_INSIDE },
	{ "a rule of ours, and all others are shut out", POLICY(ALLOW(SERVICE, OURS) "," DENY),
		KS_QUEUEPOLICY_CLOSED },
	{ "one statement alone", "{\"Statement\":" ALLOW(SERVICE, OURS) "}", KS_QUEUEPOLICY_INSIDE },
	{ "an account of ours", POLICY(ALLOW("{\"Service\":[\"s3.amazonaws.com\",\"sns.amazonaws.com\"]}",
		",\"Condition\":{\"StringEquals\":{\"aws:sourceaccount\":[\"111122223333\"]}}")),
			KS_QUEUEPOLICY_INSIDE },
	{ "two conditions", POLICY(ALLOW("{\"Service\":\"s3.amazonaws.com\"}",
		",\"Condition\":{\"ArnLike\":{\"aws:SourceArn\":\"arn:aws:s3:*:*:logs\"},\"StringEquals\":"
		"{\"aws:SourceAccount\":\"111122223333\"}}")), KS_QUEUEPOLICY_INSIDE },
	{ "a bucket's ARN names no account", POLICY(ALLOW("{\"Service\":\"s3.amazonaws.com\"}",
		",\"Condition\":{\"ArnLike\":{\"aws:SourceArn\":\"arn:aws:s3:*:*:logs\"}}")), KS_QUEUEPOLICY_OPEN },
	{ "a rule of somebody else's", POLICY(ALLOW(SERVICE, THEIRS)), KS_QUEUEPOLICY_OPEN },
	{ "ours and somebody else's", POLICY(ALLOW(SERVICE, OURS) "," ALLOW(SERVICE, THEIRS)),
		KS_QUEUEPOLICY_OPEN },
	{ "one of the accounts is not ours", POLICY(ALLOW(SERVICE,
		",\"Condition\":{\"StringEquals\":{\"aws:SourceAccount\":[\"111122223333\",\"999999999999\"]}}")),
		KS_QUEUEPOLICY_OPEN },
	{ "a service for anybody", POLICY(ALLOW(SERVICE, "")), KS_QUEUEPOLICY_OPEN },
	{ "if it is said at all", POLICY(ALLOW(SERVICE,
		",\"Condition\":{\"StringEqualsIfExists\":{\"aws:SourceAccount\":\"111122223333\"}}")),
			KS_QUEUEPOLICY_OPEN },
	{ "anybody but ours", POLICY(ALLOW(SERVICE,
		",\"Condition\":{\"StringNotEquals\":{\"aws:SourceAccount\":\"111122223333\"}}")),
			KS_QUEUEPOLICY_OPEN },
	{ "everybody", POLICY(ALLOW("\"*\"", OURS)), KS_QUEUEPOLICY_OPEN },
	{ "everybody, as AWS", POLICY(ALLOW("{\"AWS\":\"*\"}", OURS) "," DENY), KS_QUEUEPOLICY_OPEN },
	{ "an account", POLICY(ALLOW("{\"AWS\":\"arn:aws:iam::111122223333:root\"}", "")), KS_QUEUEPOLICY_OPEN },
	{ "a service and a role", POLICY(ALLOW("{\"Service\":\"events.amazonaws.com\",\"AWS\":\"arn\"}", OURS)),
		KS_QUEUEPOLICY_OPEN },
	{ "any service", POLICY(ALLOW("{\"Service\":\"*\"}", OURS)), KS_QUEUEPOLICY_OPEN },
	{ "nobody is "
		"named", POLICY("{\"Effect\":\"Allow\",\"NotPrincipal\":{\"AWS\":\"x\"},\"Action\":\"sqs:*\"}"),
		KS_QUEUEPOLICY_OPEN },
	{ "a pattern of actions",
		POLICY("{\"Effect\":\"Allow\",\"Principal\":\"*\",\"Action\":[\"sqs:Get*\",\"SQS:Send*\"]}"),
		KS_QUEUEPOLICY_OPEN },
	{ "a star in the middle",
		POLICY("{\"Effect\":\"Allow\",\"Principal\":\"*\",\"Action\":\"sqs:S*Message\"}"),
		KS_QUEUEPOLICY_OPEN },
	{ "all but some actions",
		POLICY("{\"Effect\":\"Allow\",\"Principal\":\"*\",\"NotAction\":\"sqs:SendMessage\"}"),
		KS_QUEUEPOLICY_OPEN },
	{ "everybody may read",
		POLICY("{\"Effect\":\"Allow\",\"Principal\":\"*\",\"Action\":\"sqs:ReceiveMessage\"}"),
		KS_QUEUEPOLICY_INSIDE },
	{ "a denial with one more condition", POLICY(ALLOW(SERVICE,
		OURS) ",{\"Effect\":\"Deny\",\"Principal\":\"*\","
		"\"Action\":\"sqs:*\",\"Resource\":\"*\","
		"\"Condition\":{\"Bool\":{\"aws:PrincipalIsAWSService\":\"false\"},"
		"\"StringEquals\":{\"aws:x\":\"y\"}}}"), KS_QUEUEPOLICY_INSIDE },
	{ "a denial with another one beside it", POLICY(ALLOW(SERVICE,
		OURS) ",{\"Effect\":\"Deny\",\"Principal\":\"*\","
		"\"Action\":\"sqs:*\",\"Resource\":\"*\","
		"\"Condition\":{\"Bool\":{\"aws:PrincipalIsAWSService\":\"false\","
		"\"aws:SecureTransport\":\"false\"}}}"), KS_QUEUEPOLICY_INSIDE },
	{ "a denial the other way round", POLICY(ALLOW(SERVICE,
		OURS) ",{\"Effect\":\"Deny\",\"Principal\":\"*\","
		"\"Action\":\"sqs:*\",\"Resource\":\"*\","
		"\"Condition\":{\"Bool\":{\"aws:PrincipalIsAWSService\":true}}}"),
			KS_QUEUEPOLICY_INSIDE },
	{ "a denial in JSON's own words", POLICY(ALLOW(SERVICE,
		OURS) ",{\"Effect\":\"Deny\",\"Principal\":{\"AWS\":\"*\"},"
		"\"Action\":\"sqs:*\",\"Resource\":\"*\","
		"\"Condition\":{\"Bool\":{\"aws:PrincipalIsAWSService\":false}}}"),
			KS_QUEUEPOLICY_CLOSED },
	{ "a denial of somebody", POLICY(ALLOW(SERVICE,
		OURS) ",{\"Effect\":\"Deny\",\"Principal\":{\"AWS\":\"arn\"},"
		"\"Action\":\"sqs:*\",\"Resource\":\"*\","
		"\"Condition\":{\"Bool\":{\"aws:PrincipalIsAWSService\":false}}}"),
			KS_QUEUEPOLICY_INSIDE },
	{ "a denial for this queue", POLICY(ALLOW(SERVICE, OURS) "," DENY_FOR("\"" QUEUE "\"")),
		KS_QUEUEPOLICY_CLOSED },
	{ "a denial for this queue and another", POLICY(ALLOW(SERVICE, OURS) "," DENY_FOR("[\"" QUEUE "2\",\""
		QUEUE "\"]")), KS_QUEUEPOLICY_CLOSED },
	{ "a denial for another queue", POLICY(ALLOW(SERVICE, OURS) "," DENY_FOR("\"" QUEUE "2\"")),
		KS_QUEUEPOLICY_INSIDE },
	{ "a denial for the queue of another Region", POLICY(ALLOW(SERVICE, OURS) ","
		DENY_FOR("\"arn:aws:sqs:us-east-1:111122223333:trail\"")), KS_QUEUEPOLICY_INSIDE },
	{ "a denial for all but something", POLICY(ALLOW(SERVICE, OURS) ",{\"Effect\":\"Deny\",\"Principal\":"
		"\"*\",\"Action\":\"sqs:*\",\"NotResource\":\"*\",\"Condition\":{\"Bool\":"
		"{\"aws:PrincipalIsAWSService\":false}}}"), KS_QUEUEPOLICY_INSIDE },
	{ "no JSON", "{", KS_QUEUEPOLICY_OPEN },
	{ "no object", "[1]", KS_QUEUEPOLICY_OPEN },
	{ "a statement that is none", POLICY("1"), KS_QUEUEPOLICY_OPEN },
};

static void test_policy(void **state)
{
	static const struct ks_account accounts[] = { { .id = { "444455556666", 12 } },
		{ .id = { "111122223333", 12 } } };
	const struct row *row = *state;

	assert_int_equal(ks_queuepolicy_judge(ks_str_of(row->policy), KS_STR(QUEUE), accounts, 2), row->want);
}

int main(void)
{
	struct rows rows = { 0 };

	ROWS_TABLE(&rows, test_policy, table);
	return rows_run("queuepolicy", &rows);
}
