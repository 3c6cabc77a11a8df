/* The table of partitions and Regions. */
#include "lib/aws/partition.h"

#define REGION_MOST 32 /* bytes of a Region's name; the longest of today has 15 */

#define SES_AWS                                                                                            \
	"af-south-1", "ap-northeast-1", "ap-northeast-2", "ap-northeast-3", "ap-south-1", "ap-south-2",        \
		"ap-southeast-1", "ap-southeast-2", "ap-southeast-3", "ap-southeast-5", "ca-central-1",            \
		"ca-west-1", "eu-central-1", "eu-central-2", "eu-north-1", "eu-south-1", "eu-west-1", "eu-west-2", \
		"eu-west-3", "il-central-1", "me-central-1", "me-south-1", "sa-east-1", "us-east-1", "us-east-2",  \
		"us-west-1", "us-west-2"
#define SES_GOV "us-gov-east-1", "us-gov-west-1"

static const char *const ses_aws[] = { SES_AWS, NULL };
static const char *const ses_gov[] = { SES_GOV, NULL };
static const char *const ses_none[] = { NULL };
static const char *const ses_all[] = { SES_AWS, SES_GOV, NULL };

static const struct ks_partition partitions[] = {
	{ "aws", NULL, "amazonaws.com", "iam.amazonaws.com", "us-east-1", "iam-fips.amazonaws.com", NULL,
		ses_aws, false },
	{ "aws-us-gov", "us-gov-", "amazonaws.com", "iam.us-gov.amazonaws.com", "us-gov-west-1",
		"iam.us-gov.amazonaws.com", "sts", ses_gov, false },
	{ "aws-cn", "cn-", "amazonaws.com.cn", "iam.cn-north-1.amazonaws.com.cn", "cn-north-1",
		"iam.cn-north-1.amazonaws.com.cn", NULL, ses_none, false },
	{ "aws-eusc", "eusc-", "amazonaws.eu", "iam.eusc-de-east-1.amazonaws.eu", "eusc-de-east-1",
		"iam.eusc-de-east-1.amazonaws.eu", NULL, ses_none, true },
	{ "aws-iso", "us-iso-", "c2s.ic.gov", "iam.us-iso-east-1.c2s.ic.gov", "us-iso-east-1",
		"iam.us-iso-east-1.c2s.ic.gov", NULL, ses_none, false },
	{ "aws-iso-b", "us-isob-", "sc2s.sgov.gov", "iam.us-isob-east-1.sc2s.sgov.gov", "us-isob-east-1",
		"iam.us-isob-east-1.sc2s.sgov.gov", NULL, ses_none, false },
	{ "aws-iso-e", "eu-isoe-", "cloud.adc-e.uk", "iam.eu-isoe-west-1.cloud.adc-e.uk", "eu-isoe-west-1",
		"iam.eu-isoe-west-1.cloud.adc-e.uk", NULL, ses_none, false },
	{ "aws-iso-f", "us-isof-", "csp.hci.ic.gov", "iam.us-isof-south-1.csp.hci.ic.gov", "us-isof-south-1",
		"iam.us-isof-south-1.csp.hci.ic.gov", NULL, ses_none, false },
};

#define PARTITIONS (sizeof(partitions) / sizeof(partitions[0]))

const struct ks_partition *ks_partition_find(struct ks_str name)
{
	for (size_t i = 0; i < PARTITIONS; i++)
		if (ks_str_is(name, partitions[i].name))
			return &partitions[i];
	return NULL;
}

/* Letters and digits in parts between dashes, at least three parts, a number at the end: it becomes part of
 * a host name, and it comes from a record. */
static bool is_region(struct ks_str s)
{
	size_t dashes = 0;

	if (s.n == 0 || s.n > REGION_MOST || s.p[0] < 'a' || s.p[0] > 'z')
		return false;
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];

		if (c == '-' && s.p[i - 1] == '-')
			return false;
		if (c != '-' && !(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9'))
			return false;
		dashes += c == '-';
	}
	return dashes >= 2 && s.p[s.n - 1] >= '0' && s.p[s.n - 1] <= '9';
}

const struct ks_partition *ks_partition_of_region(struct ks_str region)
{
	if (!is_region(region))
		return NULL;
	for (size_t i = 0; i < PARTITIONS; i++)
		if (partitions[i].region_prefix != NULL &&
			ks_str_has_prefix(region, ks_str_of(partitions[i].region_prefix)))
			return &partitions[i];
	return &partitions[0];
}

bool ks_partition_has_ses(const struct ks_partition *partition, struct ks_str region)
{
	if (partition->is_ses_unknown)
		return ks_partition_of_region(region) == partition;
	for (const char *const *p = partition->ses_regions; *p != NULL; p++)
		if (ks_str_is(region, *p))
			return true;
	return false;
}

const char *const *ks_partition_all_ses(void)
{
	return ses_all;
}
