/* lib/aws/fault: what an error reply becomes, and what may be done about it. */
#include "lib/aws/fault.h"

#include "tests/unit/rows.h"

#include <string.h>

enum { THROTTLED = 1, TRANSIENT = 2, SKEW = 4, EXPIRED = 8, UNKNOWN = 16 };

struct row {
	const char *name;
	int status;
	const char *headers, *body;
	enum ks_err_code code;
	const char *aws_code, *message;
	unsigned kind;
};

#define XML(code, message)                                                                      \
	"<ErrorResponse xmlns='x'><Error><Type>Sender</Type><Code>" code "</Code><Message>" message \
	"</Message></Error><RequestId>r</RequestId></ErrorResponse>"

static const struct row table[] = {
	{ "query", 404, "", XML("NoSuchEntity", "no bob"), KS_ERR_NOTFOUND, "NoSuchEntity",
		"IAM GetUser: NoSuchEntity: no bob", 0 },
	{ "a quota is not throttling", 409, "", XML("LimitExceeded", "m"), KS_ERR_LIMIT, "LimitExceeded", NULL,
		0 },
	{ "throttling", 400, "", XML("Throttling", "Rate exceeded"), KS_ERR_THROTTLED, "Throttling", NULL,
		THROTTLED },
	{ "REST-JSON", 429, "x-amzn-errortype: TooManyRequestsException:http://x/\r\n", "{\"message\":\"m\"}",
		KS_ERR_THROTTLED, "TooManyRequestsException", "IAM GetUser: TooManyRequestsException: m",
		THROTTLED },
	{ "JSON", 400, "", "{\"__type\":\"com.x#ThrottlingException\"}", KS_ERR_THROTTLED, "ThrottlingException",
		"IAM GetUser: ThrottlingException", THROTTLED },
	{ "429 and nothing more", 429, "", "", KS_ERR_THROTTLED, "", NULL, THROTTLED },
	{ "HTML of a proxy", 502, "", "<html><body>Bad<br>gateway</html>", KS_ERR_REMOTE, "",
		"IAM GetUser: status 502, and no error of AWS's in the answer", TRANSIENT | UNKNOWN },
	{ "a code that is new", 400, "", XML("BrandNew", "m"), KS_ERR_REMOTE, "BrandNew", NULL, 0 },
	{ "a code that is new, refused", 403, "", XML("BrandNew", "m"), KS_ERR_DENIED, "BrandNew", NULL, 0 },
	{ "service failure", 500, "", XML("ServiceFailure", "m"), KS_ERR_REMOTE, "ServiceFailure", NULL,
		TRANSIENT | UNKNOWN },
	{ "clock", 403, "", XML("SignatureDoesNotMatch", "Signature expired: 1 is now earlier than 2"),
		KS_ERR_AUTH, "SignatureDoesNotMatch", NULL, SKEW },
	{ "wrong secret", 403, "", XML("SignatureDoesNotMatch", "The request signature"), KS_ERR_AUTH,
		"SignatureDoesNotMatch", NULL, 0 },
	{ "what AWS would have signed", 403, "",
		XML("SignatureDoesNotMatch", "No match.\n\nThe Canonical String\nx-amz-security-token:t"),
		KS_ERR_AUTH, "SignatureDoesNotMatch", "IAM GetUser: SignatureDoesNotMatch: No match.", 0 },
	{ "expired", 403, "", XML("ExpiredToken", "m"), KS_ERR_AUTH, "ExpiredToken", NULL, EXPIRED },
	{ "a code with a bomb in it", 400, "", "<!DOCTYPE a [<!ENTITY b 'c'>]><Error><Code>&b;</Code></Error>",
		KS_ERR_REMOTE, "", NULL, 0 },
};

static void test_set(void **state)
{
	const struct row *row = *state;
	struct ks_http_reply reply = { .status = row->status };
	struct ks_err err = { 0 };

	ks_buf_init(&reply.headers, 4096);
	ks_buf_init(&reply.body, 4096);
	ks_buf_adds(&reply.headers, row->headers);
	ks_buf_adds(&reply.body, row->body);
	assert_int_equal(ks_fault_set(&err, &reply, "IAM GetUser"), -1);
	assert_int_equal(err.code, row->code);
	assert_string_equal(err.aws_code, row->aws_code);
	assert_int_equal(err.http_status, row->status);
	if (row->message != NULL)
		assert_string_equal(err.message, row->message);
	assert_int_equal(ks_fault_is_throttling(&err), (row->kind & THROTTLED) != 0);
	assert_int_equal(ks_fault_is_transient(&err), (row->kind & TRANSIENT) != 0);
	assert_int_equal(ks_fault_is_skew(&err), (row->kind & SKEW) != 0);
	assert_int_equal(ks_fault_is_expired(&err), (row->kind & EXPIRED) != 0);
	assert_int_equal(ks_fault_is_unknown(&err), (row->kind & UNKNOWN) != 0);
	ks_http_release(&reply);
}

static void knows_what_is_unknown(void **state)
{
	struct ks_err no_answer = { .code = KS_ERR_NET }, refused = { .code = KS_ERR_AUTH };
	struct ks_err odd_answer = { .code = KS_ERR_PARSE, .http_status = 200 };

	(void)state;
	assert_true(ks_fault_is_unknown(&no_answer));
	assert_true(ks_fault_is_transient(&no_answer));
	assert_true(ks_fault_is_unknown(&odd_answer));
	assert_false(ks_fault_is_unknown(&refused));
}

int main(void)
{
	struct rows rows = { 0 };

	ROWS_TABLE(&rows, test_set, table);
	ROWS_TEST(&rows, knows_what_is_unknown);
	return rows_run("fault", &rows);
}
