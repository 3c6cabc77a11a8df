/* lib/trail/awslogs */
#include "lib/trail/awslogs.h"

#include "lib/base/time.h"

#include "tests/unit/rows.h"

#include <string.h>

#define A "123456789012"
#define DAY "AWSLogs/" A "/CloudTrail/us-east-1/2026/11/21/"

static const struct row {
	const char *name, *path;
	enum ks_awslogs_level level;
	const char *account, *region, *base;
} table[] = {
	{ "nothing", "", KS_AWSLOGS_OUTSIDE, "", "", "" },
	{ "another folder", "logs/x/", KS_AWSLOGS_OUTSIDE, "", "", "" },
	{ "without its slash it may be the beginning of a name", "AWSLogs", KS_AWSLOGS_OUTSIDE, "", "", "" },
	{ "the root", "AWSLogs/", KS_AWSLOGS_ROOT, "", "", "" },
	{ "behind a prefix of some depth", "a/b/AWSLogs/", KS_AWSLOGS_ROOT, "", "", "" },
	{ "the beginning of an account", "AWSLogs/1234", KS_AWSLOGS_ROOT, "", "", "" },
	{ "an organization", "AWSLogs/o-ab12/", KS_AWSLOGS_ORG, "", "", "" },
	{ "an account", "AWSLogs/" A "/", KS_AWSLOGS_ACCOUNT, A, "", "" },
	{ "an account of an organization", "p/AWSLogs/o-ab12/" A "/", KS_AWSLOGS_ACCOUNT, A, "", "" },
	{ "the trail", "AWSLogs/" A "/CloudTrail/", KS_AWSLOGS_TRAIL, A, "", "" },
	{ "a Region", "AWSLogs/" A "/CloudTrail/eu-west-1/", KS_AWSLOGS_REGION, A, "eu-west-1",
		"AWSLogs/" A "/CloudTrail/eu-west-1/" },
	{ "a day", "x/AWSLogs/" A "/CloudTrail/eu-west-1/2026/", KS_AWSLOGS_REGION, A, "eu-west-1",
		"x/AWSLogs/" A "/CloudTrail/eu-west-1/" },
	{ "digests", "AWSLogs/" A "/CloudTrail-Digest/", KS_AWSLOGS_OTHER, A, "", "" },
	{ "insights", "AWSLogs/" A "/CloudTrail-Insight/us-east-1/", KS_AWSLOGS_OTHER, A, "", "" },
	{ "network activity", "AWSLogs/" A "/CloudTrail-NetworkActivity/", KS_AWSLOGS_OTHER, A, "", "" },
	{ "aggregated", "AWSLogs/" A "/CloudTrail-Aggregated/", KS_AWSLOGS_OTHER, A, "", "" },
	{ "another service", "AWSLogs/" A "/Config/", KS_AWSLOGS_OTHER, A, "", "" },
	{ "eleven digits are no account", "AWSLogs/12345678901/", KS_AWSLOGS_OTHER, "", "", "" },
	{ "an organization in an organization", "AWSLogs/o-a/o-b/", KS_AWSLOGS_OTHER, "", "", "" },
};

static void test_read(void **state)
{
	const struct row *row = *state;
	struct ks_awslogs place = ks_awslogs_read(ks_str_of(row->path));

	assert_int_equal(place.level, row->level);
	assert_true(ks_str_is(place.account, row->account));
	assert_true(ks_str_is(place.region, row->region));
	assert_true(ks_str_is(place.base, row->base));
}

static const struct file_row {
	const char *name, *key, *time;   /* time NULL: it is no file of records */
} files[] = {
	{ "a file", DAY A "_CloudTrail_us-east-1_20261121T1015Z_aBcDeFgHiJkLmNoP.json.gz",
		"2026-11-21T10:15:00Z" },
	{ "one that somebody unpacked", DAY A "_CloudTrail_us-east-1_20261121T1015Z_aBcDeFgHiJkLmNoP.json",
		"2026-11-21T10:15:00Z" },
	{ "an organization's", "AWSLogs/o-x/" A "/CloudTrail/us-east-1/2026/11/21/" A
		"_CloudTrail_us-east-1_20261121T1015Z_x.json.gz", "2026-11-21T10:15:00Z" },
	{ "the folder", DAY, NULL },
	{ "another account's name", DAY "210987654321_CloudTrail_us-east-1_20261121T1015Z_x.json.gz", NULL },
	{ "another Region's name", DAY A "_CloudTrail_us-east-2_20261121T1015Z_x.json.gz", NULL },
	{ "a digest", "AWSLogs/" A "/CloudTrail-Digest/us-east-1/2026/11/21/" A
		"_CloudTrail-Digest_us-east-1_t_us-east-1_20261121T1015Z.json.gz", NULL },
	{ "no time", DAY A "_CloudTrail_us-east-1_20261121Z1015T_x.json.gz", NULL },
	{ "no such day", DAY A "_CloudTrail_us-east-1_20261341T1015Z_x.json.gz", NULL },
	{ "no folders of days", "AWSLogs/" A "/CloudTrail/us-east-1/" A
		"_CloudTrail_us-east-1_20261121T1015Z_x.json.gz", NULL },
	{ "another suffix", DAY A "_CloudTrail_us-east-1_20261121T1015Z_x.txt", NULL },
};

static void test_file(void **state)
{
	const struct file_row *row = *state;
	char text[KS_TIME_TEXT];
	int64_t ms = 0;

	assert_int_equal(ks_awslogs_is_file(ks_str_of(row->key), &ms), row->time != NULL);
	if (row->time != NULL)
		assert_string_equal(ks_time_render(ms, text), row->time);
}

/* It stands between the minutes. */
static void edge(void **state)
{
	struct ks_awslogs place = ks_awslogs_read(KS_STR(DAY));
	struct ks_buf text;
	int64_t ms;

	(void)state;
	ks_buf_init(&text, 4096);
	assert_true(ks_time_parse(KS_STR("2026-11-21T10:15:42Z"), &ms));
	ks_awslogs_add_edge(&text, &place, ms);
	assert_string_equal(ks_buf_str(&text).p, DAY A "_CloudTrail_us-east-1_20261121T1015Z");
	assert_true(ks_str_compare(ks_buf_str(&text),
		KS_STR(DAY A "_CloudTrail_us-east-1_20261121T1015Z_0000000000000000.json.gz")) < 0);
	assert_true(ks_str_compare(ks_buf_str(&text),
		KS_STR(DAY A "_CloudTrail_us-east-1_20261121T1014Z_zzzzzzzzzzzzzzzz.json.gz")) > 0);
	ks_buf_release(&text);
}

static const struct account_row { const char *name, *key, *want; } accounts[] = {
	{ "usual", "AWSLogs/111122223333/CloudTrail/eu-west-1/2026/11/22/x.json.gz", "111122223333" },
	{ "of an organisation", "AWSLogs/o-a1b2c3/111122223333/CloudTrail/eu-west-1/x.json.gz", "111122223333" },
	{ "behind a prefix", "trail/a/AWSLogs/111122223333/CloudTrail/x", "111122223333" },
	{ "digests are not trails", "AWSLogs/111122223333/CloudTrail-Digest/eu-west-1/x.json.gz", "" },
	{ "another service's", "AWSLogs/111122223333/elasticloadbalancing/x", "" },
	{ "no account", "AWSLogs/1111222233/CloudTrail/x", "" },
	{ "letters", "AWSLogs/11112222333a/CloudTrail/x", "" },
	{ "a name that is no folder", "AWSLogs/111122223333/CloudTrail", "" },
	{ "nothing behind the account", "AWSLogs/111122223333", "" },
	{ "elsewhere", "uploads/111122223333/CloudTrail/x", "" },
	{ "only looks so", "xAWSLogs/111122223333/CloudTrail/x", "" },
	{ "nothing", "", "" },
};

static void test_account(void **state)
{
	const struct account_row *row = *state;

	assert_true(ks_str_is(ks_awslogs_account(ks_str_of(row->key)), row->want));
}

static const struct below_row { const char *name, *path, *prefix; bool want; } belows[] = {
	{ "right in the bucket", "AWSLogs/x/", "", true },
	{ "of the prefix", "a/b/AWSLogs/x/", "a/b/", true },
	{ "of the prefix, without its slash", "a/b/AWSLogs/x/", "a/b", true },
	{ "the prefix is part of it", "a/AWSLogs/" A "/CloudTrail/", "a/AWSLogs/" A, true },
	{ "deeper than the prefix", "a/b/AWSLogs/x/", "a/", false },
	{ "deeper than the bucket", "a/AWSLogs/x/", "", false },
	{ "another prefix", "a/AWSLogs/x/", "b/", false },
	{ "the prefix is the beginning of a name", "ab/AWSLogs/x/", "a", false },
	{ "it only begins so", "AWSLogs-copy/x/", "", false },
};

static void test_below(void **state)
{
	const struct below_row *row = *state;

	assert_int_equal(ks_awslogs_is_below(ks_str_of(row->path), ks_str_of(row->prefix)), row->want);
}

int main(void)
{
	struct rows rows = { 0 };

	ROWS_TABLE(&rows, test_read, table);
	ROWS_TABLE(&rows, test_file, files);
	ROWS_TEST(&rows, edge);
	ROWS_TABLE(&rows, test_account, accounts);
	ROWS_TABLE(&rows, test_below, belows);
	return rows_run("awslogs", &rows);
}
