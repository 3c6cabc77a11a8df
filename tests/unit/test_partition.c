/* lib/aws/partition */
#include "lib/aws/partition.h"

#include "tests/unit/rows.h"

struct row {
	const char *name, *region, *want;    /* want NULL: no Region */
};

static const struct row table[] = {
	{ "commercial", "us-east-1", "aws" },
	{ "newer than the table", "xx-nowhere-9", "aws" },
	{ "gov", "us-gov-west-1", "aws-us-gov" },
	{ "china", "cn-northwest-1", "aws-cn" },
	{ "european sovereign", "eusc-de-east-1", "aws-eusc" },
	{ "iso", "us-iso-east-1", "aws-iso" },
	{ "iso-b is not iso", "us-isob-east-1", "aws-iso-b" },
	{ "nothing", "", NULL },
	{ "no number", "us-east", NULL },
	{ "a host", "us-east-1.example.com", NULL },
	{ "a path", "us-east-1/..", NULL },
	{ "upper case", "US-EAST-1", NULL },
	{ "two dashes", "us--east-1", NULL },
	{ "a dash first", "-us-east-1", NULL },
	{ "too long", "us-aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa-1", NULL },
};

static void test_region(void **state)
{
	const struct row *row = *state;
	const struct ks_partition *partition = ks_partition_of_region(ks_str_of(row->region));

	if (row->want == NULL) {
		assert_null(partition);
		return;
	}
	assert_non_null(partition);
	assert_string_equal(partition->name, row->want);
	assert_ptr_equal(ks_partition_find(ks_str_of(row->want)), partition);
}

static void test_ses(void **state)
{
	const struct ks_partition *aws = ks_partition_find(KS_STR("aws"));
	const struct ks_partition *gov = ks_partition_find(KS_STR("aws-us-gov"));
	const struct ks_partition *eusc = ks_partition_find(KS_STR("aws-eusc"));
	size_t n = 0;

	(void)state;
	while (aws->ses_regions[n] != NULL)
		n++;
	assert_int_equal(n, 27);
	while (ks_partition_all_ses()[n] != NULL)
		n++;
	assert_int_equal(n, 29);
	/* Every Region of a partition's list is in that partition. */
	for (size_t i = 0; aws->ses_regions[i] != NULL; i++)
		assert_ptr_equal(ks_partition_of_region(ks_str_of(aws->ses_regions[i])), aws);
	for (size_t i = 0; gov->ses_regions[i] != NULL; i++)
		assert_ptr_equal(ks_partition_of_region(ks_str_of(gov->ses_regions[i])), gov);
	assert_true(ks_partition_has_ses(aws, KS_STR("eu-west-1")));
	assert_false(ks_partition_has_ses(aws, KS_STR("us-gov-west-1")));
	assert_false(ks_partition_has_ses(ks_partition_find(KS_STR("aws-cn")), KS_STR("cn-north-1")));
	assert_false(ks_partition_find(KS_STR("aws-cn"))->is_ses_unknown);
	/* The European sovereign cloud has SES, its Regions are not in the table. */
	assert_true(eusc->is_ses_unknown);
	assert_true(ks_partition_has_ses(eusc, KS_STR("eusc-de-east-1")));
	assert_false(ks_partition_has_ses(eusc, KS_STR("eu-central-1")));
	assert_false(ks_partition_has_ses(eusc, KS_STR("all")));
	assert_null(ks_partition_find(KS_STR("aws-")));
}

int main(void)
{
	struct rows rows = { 0 };

	ROWS_TABLE(&rows, test_region, table);
	ROWS_TEST(&rows, test_ses);
	return rows_run("partition", &rows);
}
