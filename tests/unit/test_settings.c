/* lib/aws/settings and, below it, lib/aws/profile */
#include "lib/aws/settings.h"

#include "tests/unit/aws.h"

static const char config[] =
	"# comment\n[default]\nregion = eu-west-1\nmax_attempts = 7\n\n"
	"[profile \"two words\"]\nREGION=eu-central-1\nregion = eu-north-1\n"
	"[profile ops]\nservices = local\nuse_fips_endpoint = TRUE\nca_bundle = /etc/ca.pem\n"
	"endpoint_url = http://ops:1\n"
	"[services local]\nsesv2 =\n  # mail\n  endpoint_url = http://mail:2\ns3 =\n"
	"  endpoint_url = http://s3:3\n"
	"[sso-session ops]\nsso_region = us-east-2\n[ops]\nregion = us-west-9\n";
static const char credentials[] = "[two words]\naws_access_key_id = A\n[keys]\nregion = sa-east-1\n";

static void load(struct aws *aws, const char *profile, const char *region, struct ks_settings *out)
{
	struct ks_err err = { 0 };

	assert_int_equal(ks_settings_load(&aws->f.ctx, profile, region, out, &err), 0);
}

static void goes_by_order(void **state)
{
	struct ks_settings s;
	struct aws aws;

	(void)state;
	aws_init(&aws, config, credentials);
	load(&aws, NULL, NULL, &s);
	assert_string_equal(s.profile, "default");
	assert_false(s.is_profile_given);
	assert_string_equal(s.region, "eu-west-1");
	assert_int_equal(s.max_attempts, 7);
	assert_null(s.ca_bundle);
	ks_settings_release(&s);
	aws_set(&aws, "AWS_DEFAULT_REGION", "us-east-2");
	aws_set(&aws, "AWS_MAX_ATTEMPTS", "2");
	load(&aws, NULL, NULL, &s);
	assert_string_equal(s.region, "us-east-2");
	assert_int_equal(s.max_attempts, 2);
	ks_settings_release(&s);
	aws_set(&aws, "AWS_REGION", "us-west-2");
	load(&aws, "ops", NULL, &s);
	assert_string_equal(s.region, "us-west-2");
	assert_true(s.is_profile_given);
	assert_true(s.is_fips);
	assert_string_equal(s.ca_bundle, "/etc/ca.pem");
	ks_settings_release(&s);
	load(&aws, "ops", "me-south-1", &s);
	assert_string_equal(s.region, "me-south-1");
	ks_settings_release(&s);
	aws_release(&aws);
}

static void finds_profiles(void **state)
{
	struct ks_settings s;
	struct aws aws;

	(void)state;
	aws_init(&aws, config, credentials);
	aws_set(&aws, "AWS_PROFILE", "two words");
	load(&aws, NULL, NULL, &s);
	assert_string_equal(s.region, "eu-north-1");
	assert_string_equal(ks_settings_profile_value(&s, "aws_access_key_id"), "A");
	assert_true(ks_str_is(ks_profile_find(s.profiles, KS_PROFILE_SSO, "ops", "sso_region"), "us-east-2"));
	assert_null(ks_profile_find(s.profiles, KS_PROFILE_CONFIG, "ops", "sso_region").p);
	assert_null(ks_profile_find(s.profiles, KS_PROFILE_CONFIG, "ops", "region").p);
	ks_settings_release(&s);
	load(&aws, "keys", NULL, &s);
	assert_string_equal(s.region, "sa-east-1");
	ks_settings_release(&s);
	aws_release(&aws);
}

static void finds_endpoints(void **state)
{
	struct ks_settings s;
	struct aws aws;

	(void)state;
	aws_init(&aws, config, NULL);
	load(&aws, "ops", NULL, &s);
	assert_string_equal(ks_settings_endpoint(&s, "sesv2"), "http://mail:2");
	assert_string_equal(ks_settings_endpoint(&s, "iam"), "http://ops:1");
	aws_set(&aws, "AWS_ENDPOINT_URL", "http://all:4");
	assert_string_equal(ks_settings_endpoint(&s, "sesv2"), "http://all:4");
	aws_set(&aws, "AWS_ENDPOINT_URL_SERVICE_QUOTAS", "http://one:5");
	assert_string_equal(ks_settings_endpoint(&s, "service_quotas"), "http://one:5");
	assert_string_equal(ks_settings_endpoint(&s, "iam"), "http://all:4");
	aws_set(&aws, "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true");
	assert_null(ks_settings_endpoint(&s, "iam"));
	ks_settings_release(&s);
	aws_release(&aws);
}

static void refuses(void **state)
{
	static const char *const wrong[][2] = {
		{ "AWS_PROFILE", "nobody" },
		{ "AWS_MAX_ATTEMPTS", "0" },
		{ "AWS_MAX_ATTEMPTS", "three" },
		{ "AWS_USE_FIPS_ENDPOINT", "yes" },
		{ "AWS_REGION", "x.evil.example/" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		struct ks_err err = { 0 };
		struct ks_settings s;
		struct aws aws;

		aws_init(&aws, config, NULL);
		aws_set(&aws, wrong[i][0], wrong[i][1]);
		assert_int_equal(ks_settings_load(&aws.f.ctx, NULL, NULL, &s, &err), -1);
		assert_int_equal(err.code, KS_ERR_CONFIG);
		ks_settings_release(&s);
		aws_release(&aws);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(goes_by_order), cmocka_unit_test(finds_profiles),
		cmocka_unit_test(finds_endpoints), cmocka_unit_test(refuses) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
