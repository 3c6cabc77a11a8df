/* lib/aws/credentials: the order of the providers, and when keys are asked for again. */
#include "lib/aws/credentials.h"

#include "tests/unit/aws.h"

#define ID "AKIDEXAMPLE00000"

static const char config[] = "[default]\naws_access_key_id = AKIDOFCONFIG0000\naws_secret_access_key = c\n"
							 "[profile half]\naws_access_key_id = AKIDHALF00000000\n";
static const char shared[] = "[default]\naws_access_key_id = AKIDOFSHARED0000\naws_secret_access_key = s\n"
							 "aws_session_token = tok\n";

static int get(struct aws *aws, const char *profile, struct ks_credentials *out, struct ks_err *err)
{
	struct ks_settings settings;
	int rc;

	assert_int_equal(ks_settings_load(&aws->f.ctx, profile, NULL, &settings, err), 0);
	rc = ks_credentials_get(&settings, out, err);
	ks_settings_release(&settings);
	return rc;
}

static void goes_by_order(void **state)
{
	struct ks_credentials c = { .expires_ms = KS_TIME_NONE };
	struct ks_err err = { 0 };
	struct aws aws;

	(void)state;
	aws_init(&aws, config, shared);
	assert_int_equal(get(&aws, NULL, &c, &err), 0);
	assert_string_equal(c.key_id, "AKIDOFSHARED0000");
	assert_string_equal(c.source, "shared credentials file");
	assert_true(ks_str_is(ks_credentials_keys(&c).token, "tok"));
	ks_credentials_release(&c);
	aws_set(&aws, "AWS_ACCESS_KEY_ID", ID);
	aws_set(&aws, "AWS_SECRET_ACCESS_KEY", "e");
	assert_int_equal(get(&aws, NULL, &c, &err), 0);
	assert_string_equal(c.source, "environment");
	assert_int_equal(ks_credentials_keys(&c).token.n, 0);
	ks_credentials_release(&c);
	/* An option goes before the environment. */
	assert_int_equal(get(&aws, "default", &c, &err), 0);
	assert_string_equal(c.source, "shared credentials file");
	ks_credentials_release(&c);
	aws_set(&aws, "AWS_SHARED_CREDENTIALS_FILE", "/nowhere/at/all");
	assert_int_equal(get(&aws, "default", &c, &err), 0);
	assert_string_equal(c.key_id, "AKIDOFCONFIG0000");
	ks_credentials_release(&c);
	aws_release(&aws);
}

static void refuses(void **state)
{
	struct ks_credentials c = { .expires_ms = KS_TIME_NONE };
	struct ks_err err = { 0 };
	struct aws aws;

	(void)state;
	aws_init(&aws, config, NULL);
	aws_set(&aws, "AWS_EC2_METADATA_DISABLED", "true");
	assert_int_equal(get(&aws, "half", &c, &err), -1);
	assert_int_equal(err.code, KS_ERR_AUTH);
	assert_non_null(strstr(err.message, "secret access key is missing"));
	assert_non_null(strstr(err.file, "config"));
	aws_set(&aws, "AWS_ACCESS_KEY_ID", ID);
	aws_set(&aws, "AWS_SECRET_ACCESS_KEY", "with blank");
	assert_int_equal(get(&aws, NULL, &c, &err), -1);
	assert_null(strstr(err.message, "with blank"));
	aws_set(&aws, "AWS_SECRET_ACCESS_KEY", "e");
	aws_set(&aws, "AWS_CREDENTIAL_EXPIRATION", "2025-11-21T09:59:59Z");
	assert_int_equal(get(&aws, NULL, &c, &err), -1);
	assert_int_equal(err.code, KS_ERR_AUTH);
	aws_release(&aws);
	aws_init(&aws, NULL, NULL);
	aws_set(&aws, "AWS_EC2_METADATA_DISABLED", "true");
	assert_int_equal(get(&aws, NULL, &c, &err), -1);
	assert_int_equal(err.code, KS_ERR_AUTH);
	aws_release(&aws);
}

/* Kept while they are good, asked for again five minutes before they end, kept when that fails. */
static void refreshes(void **state)
{
	struct ks_credentials c = { .expires_ms = KS_TIME_NONE };
	struct ks_err err = { 0 };
	struct aws aws;

	(void)state;
	aws_init(&aws, NULL, NULL);
	aws_set(&aws, "AWS_EC2_METADATA_DISABLED", "true");
	aws_set(&aws, "AWS_ACCESS_KEY_ID", ID);
	aws_set(&aws, "AWS_SECRET_ACCESS_KEY", "e");
	aws_set(&aws, "AWS_CREDENTIAL_EXPIRATION", "2025-11-21T11:00:00Z");
	assert_int_equal(get(&aws, NULL, &c, &err), 0);
	aws_set(&aws, "AWS_ACCESS_KEY_ID", "AKIDSECOND000000");
	aws.now += 54 * 60 * 1000;
	assert_int_equal(get(&aws, NULL, &c, &err), 0);
	assert_string_equal(c.key_id, ID);
	aws.now += 2 * 60 * 1000;
	aws_set(&aws, "AWS_SECRET_ACCESS_KEY", "");
	assert_int_equal(get(&aws, NULL, &c, &err), 0);
	assert_string_equal(c.key_id, ID);
	aws_set(&aws, "AWS_SECRET_ACCESS_KEY", "e");
	assert_int_equal(get(&aws, NULL, &c, &err), 0);
	assert_string_equal(c.key_id, "AKIDSECOND000000");
	aws.now += 60 * 60 * 1000;
	assert_int_equal(get(&aws, NULL, &c, &err), -1);
	ks_credentials_release(&c);
	aws_release(&aws);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(goes_by_order), cmocka_unit_test(refuses),
		cmocka_unit_test(refreshes) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
