/* lib/aws/operation */
#include "lib/aws/operation.h"

#include "tests/unit/rows.h"

#include <string.h>

static void test_find(void **state)
{
	const struct ks_operation *query = ks_operation_find("iam", "UpdateAccessKey");
	const struct ks_operation *rest = ks_operation_find("sesv2", "PutAccountSendingAttributes");

	(void)state;
	assert_non_null(query);
	assert_int_equal(query->style, KS_OPERATION_QUERY);
	assert_string_equal(query->version, "2010-05-08");
	assert_string_equal(query->method, "POST");
	assert_string_equal(query->permission, "iam:UpdateAccessKey");
	assert_false(query->is_read);
	assert_non_null(rest);
	assert_int_equal(rest->style, KS_OPERATION_REST_JSON);
	assert_null(rest->version);
	assert_string_equal(rest->path, "/v2/email/account/sending");
	/* Both APIs of SES share one prefix in IAM. */
	assert_string_equal(rest->permission, "ses:PutAccountSendingAttributes");
	assert_true(ks_operation_find("sesv2", "GetAccount")->is_read);
	assert_null(ks_operation_find("ses", "UpdateAccessKey"));
	assert_null(ks_operation_find("iam", "updateaccesskey"));
}

int main(void)
{
	struct rows rows = { 0 };

	ROWS_TEST(&rows, test_find);
	return rows_run("operation", &rows);
}
