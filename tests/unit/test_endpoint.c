/* lib/aws/endpoint, lib/aws/service */
#include "lib/aws/endpoint.h"

#include "tests/unit/aws.h"
#include "tests/unit/rows.h"

struct row {
	const char *name, *service, *region, *url;
	bool is_fips;
	const char *origin, *host, *path, *signing_region; /* origin NULL: refused */
};

static const struct row table[] = {
	{ "IAM is one a partition", "iam", "eu-west-1", NULL, false, "https://iam.amazonaws.com",
		"iam.amazonaws.com", "", "us-east-1" },
	{ "IAM by FIPS", "iam", "eu-west-1", NULL, true, "https://iam-fips.amazonaws.com",
		"iam-fips.amazonaws.com", "", "us-east-1" },
	{ "STS is regional", "sts", "eu-west-1", NULL, false, "https://sts.eu-west-1.amazonaws.com",
		"sts.eu-west-1.amazonaws.com", "", "eu-west-1" },
	{ "SES by FIPS", "sesv2", "us-gov-west-1", NULL, true, "https://email-fips.us-gov-west-1.amazonaws.com",
		"email-fips.us-gov-west-1.amazonaws.com", "", "us-gov-west-1" },
	{ "STS of GovCloud is FIPS", "sts", "us-gov-west-1", NULL, true,
		"https://sts.us-gov-west-1.amazonaws.com", "sts.us-gov-west-1.amazonaws.com", "", "us-gov-west-1" },
	{ "IAM of GovCloud", "iam", "us-gov-east-1", NULL, true, "https://iam.us-gov.amazonaws.com",
		"iam.us-gov.amazonaws.com", "", "us-gov-west-1" },
	{ "China", "sts", "cn-northwest-1", NULL, false, "https://sts.cn-northwest-1.amazonaws.com.cn",
		"sts.cn-northwest-1.amazonaws.com.cn", "", "cn-northwest-1" },
	{ "one's own", "iam", "eu-west-1", "http://127.0.0.1:4566/", false, "http://127.0.0.1:4566",
		"127.0.0.1:4566", "", "us-east-1" },
	{ "with a path", "ses", "eu-west-1", "https://gate.example:443/aws/x/", false,
		"https://gate.example:443", "gate.example", "/aws/x", "eu-west-1" },
	{ "the other scheme's port stays", "ses", "eu-west-1", "http://h:443", false, "http://h:443", "h:443",
		"", "eu-west-1" },
	{ "no URL", "ses", "eu-west-1", "127.0.0.1:4566", false, NULL, NULL, NULL, NULL },
	{ "another scheme", "ses", "eu-west-1", "file:///etc/passwd", false, NULL, NULL, NULL, NULL },
	{ "no host", "ses", "eu-west-1", "http:///x", false, NULL, NULL, NULL, NULL },
	{ "a name in it", "ses", "eu-west-1", "http://me@h/", false, NULL, NULL, NULL, NULL },
	{ "a query", "ses", "eu-west-1", "http://h/?x", false, NULL, NULL, NULL, NULL },
};

static void test_find(void **state)
{
	const struct row *row = *state;
	const struct ks_service *service = ks_service_find(row->service);
	struct ks_str region = ks_str_of(row->region);
	struct ks_settings settings;
	struct ks_endpoint out;
	struct ks_err err = { 0 };
	struct ks_arena arena;
	struct aws aws;

	assert_non_null(service);
	aws_init(&aws, NULL, NULL);
	ks_arena_init(&arena);
	aws_set(&aws, "AWS_USE_FIPS_ENDPOINT", row->is_fips ? "true" : "false");
	if (row->url != NULL)
		aws_set(&aws, "AWS_ENDPOINT_URL", row->url);
	assert_int_equal(ks_settings_load(&aws.f.ctx, NULL, NULL, &settings, &err), 0);
	assert_int_equal(ks_endpoint_find(&settings, service, ks_partition_of_region(region), region, &arena,
						 &out, &err),
		row->origin != NULL ? 0 : -1);
	if (row->origin != NULL) {
		assert_string_equal(out.origin, row->origin);
		assert_string_equal(out.host, row->host);
		assert_string_equal(out.path, row->path);
		assert_string_equal(out.signing_region, row->signing_region);
	} else {
		assert_int_equal(err.code, KS_ERR_CONFIG);
	}
	ks_settings_release(&settings);
	ks_arena_release(&arena);
	aws_release(&aws);
}

static const struct bucket_row {
	const char *name, *bucket;
	bool is_custom;
	const char *host;         /* NULL: it stays in the path */
} bucket_table[] = {
	{ "in front of the host", "my-trails-1", false, "my-trails-1.s3.eu-west-1.amazonaws.com" },
	{ "dots are no label", "my.trails", false, NULL },
	{ "nor are capitals", "MyTrails", false, NULL },
	{ "nor is a dash at an end", "my-trails-", false, NULL },
	{ "nor too short a name", "my", false, NULL },
	{ "an endpoint of one's own has it in the path", "my-trails", true, NULL },
};

static void test_take_bucket(void **state)
{
	const struct bucket_row *row = *state;
	struct ks_endpoint endpoint = { .origin = "https://s3.eu-west-1.amazonaws.com",
		.host = "s3.eu-west-1.amazonaws.com", .path = "", .is_custom = row->is_custom };
	struct ks_arena arena;

	ks_arena_init(&arena);
	assert_int_equal(ks_endpoint_take_bucket(&endpoint, row->bucket, &arena), row->host != NULL);
	assert_string_equal(endpoint.host, row->host != NULL ? row->host : "s3.eu-west-1.amazonaws.com");
	assert_string_equal(endpoint.origin, ks_arena_printf(&arena, "https://%s", endpoint.host));
	ks_arena_release(&arena);
}

int main(void)
{
	struct rows rows = { 0 };

	assert_null(ks_service_find("nothing"));
	ROWS_TABLE(&rows, test_find, table);
	ROWS_TABLE(&rows, test_take_bucket, bucket_table);
	return rows_run("endpoint", &rows);
}
