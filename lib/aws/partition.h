/*
 * AWS's partitions and what differs between them: where IAM answers and for which Region it is signed,
 * the DNS suffix, and the Regions in which Amazon SES is offered. The table follows the endpoint rules
 * and endpoints.json of botocore. An ARN names its partition; nothing here or above assumes one.
 */
#ifndef KS_AWS_PARTITION_H
#define KS_AWS_PARTITION_H

#include "lib/base/str.h"

#include <stdbool.h>
#include <stddef.h>

/* The rows are static. */
struct ks_partition {
	const char *name; /* as in an ARN: "aws-us-gov" */
	const char *region_prefix; /* its Regions begin so; NULL for the one that takes the rest */
	const char *dns_suffix; /* "amazonaws.com.cn" */
	const char *iam_host; /* IAM has one endpoint a partition … */
	const char *iam_region; /* … and its requests are signed for this Region */
	const char *iam_fips_host; /* the same host where there is only one */
	const char *fips_same; /* id of a service whose ordinary host is the FIPS one; or NULL */
	const char *const *ses_regions; /* in order of name; NULL-terminated, empty where there is no SES … */
	bool is_ses_unknown; /* … or where SES is, but it is not known in which Regions */
};

/* NULL when there is no such partition. */
const struct ks_partition *ks_partition_find(struct ks_str name);

/* The partition of a Region by its name, also of one that is newer than the table; NULL when the text
 * cannot be a Region's name. */
const struct ks_partition *ks_partition_of_region(struct ks_str region);

/* Where the Regions of SES are not known, every Region of the partition may have it. */
bool ks_partition_has_ses(const struct ks_partition *partition, struct ks_str region);

/* Every Region in which some partition offers SES, NULL-terminated, for suggestions. */
const char *const *ks_partition_all_ses(void);

#endif
