/* lib/trail/parcel: the account in a key. Fetching is shown in tests/aws/queue. */
#include "lib/trail/parcel.h"

#include "tests/unit/rows.h"

static const struct row { const char *name, *key, *want; } table[] = {
	{ "usual", "AWSLogs/111122223333/CloudTrail/eu-west-1/2026/11/22/x.json.gz", "111122223333" },
	{ "of an organisation", "AWSLogs/o-a1b2c3/111122223333/CloudTrail/eu-west-1/x.json.gz", "111122223333" },
	{ "behind a prefix", "trail/a/AWSLogs/111122223333/CloudTrail/x", "111122223333" },
	{ "digests are not trails", "AWSLogs/111122223333/CloudTrail-Digest/eu-west-1/x.json.gz", "" },
	{ "another service's", "AWSLogs/111122223333/elasticloadbalancing/x", "" },
	{ "no account", "AWSLogs/1111222233/CloudTrail/x", "" },
	{ "letters", "AWSLogs/11112222333a/CloudTrail/x", "" },
	{ "nothing behind it", "AWSLogs/111122223333/CloudTrail", "111122223333" },
	{ "nothing behind the account", "AWSLogs/111122223333", "" },
	{ "elsewhere", "uploads/111122223333/CloudTrail/x", "" },
	{ "only looks so", "xAWSLogs/111122223333/CloudTrail/x", "" },
	{ "nothing", "", "" },
};

static void test_account(void **state)
{
	const struct row *row = *state;
	struct ks_str account = ks_parcel_account(ks_str_of(row->key));

	assert_true(ks_str_is(account, row->want));
}

int main(void)
{
	struct rows rows = { 0 };

	ROWS_TABLE(&rows, test_account, table);
	return rows_run("parcel", &rows);
}
