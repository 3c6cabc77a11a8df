/* lib/aws/arn */
#include "lib/aws/arn.h"

#include "tests/unit/rows.h"

struct row {
	const char *name, *text;
	const char *partition, *service, *region, *account, *resource;   /* partition NULL: no ARN */
};

static const struct row table[] = {
	{ "a user", "arn:aws:iam::123456789012:user/a/bob", "aws", "iam", "", "123456789012", "user/a/bob" },
	{ "gov", "arn:aws-us-gov:sts::123456789012:assumed-role/r/s", "aws-us-gov", "sts", "", "123456789012",
		"assumed-role/r/s" },
	{ "colons in the resource", "arn:aws:sns:us-east-1:1:a:b", "aws", "sns", "us-east-1", "1", "a:b" },
	{ "nothing", "", NULL, NULL, NULL, NULL, NULL },
	{ "too short", "arn:aws:iam::123456789012", NULL, NULL, NULL, NULL, NULL },
	{ "no resource", "arn:aws:iam::123456789012:", NULL, NULL, NULL, NULL, NULL },
	{ "no partition", "arn::iam::123456789012:root", NULL, NULL, NULL, NULL, NULL },
	{ "no ARN", "urn:aws:iam::123456789012:root", NULL, NULL, NULL, NULL, NULL },
};

static void test_parse(void **state)
{
	const struct row *row = *state;
	struct ks_arn arn;

	assert_int_equal(ks_arn_parse(ks_str_of(row->text), &arn), row->partition != NULL);
	if (row->partition == NULL)
		return;
	assert_true(ks_str_is(arn.partition, row->partition));
	assert_true(ks_str_is(arn.service, row->service));
	assert_true(ks_str_is(arn.region, row->region));
	assert_true(ks_str_is(arn.account, row->account));
	assert_true(ks_str_is(arn.resource, row->resource));
}

static void test_split(void **state)
{
	struct ks_str type, rest;
	struct ks_arn arn;

	(void)state;
	assert_true(ks_arn_parse(KS_STR("arn:aws:iam::123456789012:user/team/bob"), &arn));
	assert_true(ks_arn_split(&arn, &type, &rest));
	assert_true(ks_str_is(type, "user"));
	assert_true(ks_str_is(rest, "team/bob"));
	assert_true(ks_str_is(ks_arn_last(rest), "bob"));
	assert_true(ks_arn_parse(KS_STR("arn:aws:iam::123456789012:root"), &arn));
	assert_false(ks_arn_split(&arn, &type, &rest));
}

static void test_name(void **state)
{
	char longest[66] = "";

	(void)state;
	for (size_t i = 0; i < 65; i++)
		longest[i] = 'a';
	assert_true(ks_arn_is_name(KS_STR("a+b=c,d.e@f_g-1")));
	assert_true(ks_arn_is_name((struct ks_str){ longest, 64 }));
	assert_false(ks_arn_is_name((struct ks_str){ longest, 65 }));
	assert_false(ks_arn_is_name(KS_STR("")));
	assert_false(ks_arn_is_name(KS_STR("a b")));
	assert_false(ks_arn_is_name(KS_STR("a&b")));
	assert_false(ks_arn_is_name(KS_STR("a\0b")));
	assert_false(ks_arn_is_name(KS_STR("caf\xc3\xa9")));
}

static void test_account(void **state)
{
	(void)state;
	assert_true(ks_arn_is_account(KS_STR("012345678901")));
	assert_false(ks_arn_is_account(KS_STR("01234567890")));
	assert_false(ks_arn_is_account(KS_STR("0123456789012")));
	assert_false(ks_arn_is_account(KS_STR("01234567890a")));
	assert_false(ks_arn_is_account(KS_STR("")));
}

int main(void)
{
	struct rows rows = { 0 };

	ROWS_TABLE(&rows, test_parse, table);
	ROWS_TEST(&rows, test_split);
	ROWS_TEST(&rows, test_name);
	ROWS_TEST(&rows, test_account);
	return rows_run("arn", &rows);
}
