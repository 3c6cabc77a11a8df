/* SMTP passwords: the vectors of the Terraform AWS provider, and two computed apart for AWS's example
 * secret. */
#include "lib/decoy/smtp.h"

#include "tests/unit/fixture.h"

static const struct row {
	const char *secret, *region, *password;
} rows[] = {
	{ "some+secret+key", "eu-central-1", "BMXhUYlu5Z3gSXVQORxlVa7XPaz91aGWdfHxvkOZdWZ2" },
	{ "another+secret+key", "eu-central-1", "BBbphbrQmrKMx42d1N6+C7VINYEBGI5v9VsZeTxwskfh" },
	{ "some+secret+key", "us-west-1", "BH+jbMzper5WwlwUar9E1ySBqHa9whi0GPo+sJ0mVYJj" },
	{ "another+secret+key", "us-west-1", "BKVmjjMDFk/qqw8EROW99bjCS65PF8WKvK5bSr4Y6EqF" },
	{ "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "us-east-1",
		"BLBM/9hSUELfq8Gw+rU1YcBjkOxGbhT2XG763xVLGWL9" },
	{ "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "us-west-2",
		"BF2PynzbSCAjX08zhZZnP/kW+T9P5zs/1Er0pi5vTEmd" },
};

static void derives(void **state)
{
	const struct row *row = *state;
	struct ks_secret secret = { NULL, 0 }, password = { NULL, 0 };

	ks_secret_set(&secret, ks_str_of(row->secret));
	ks_smtp_password(&secret, ks_str_of(row->region), &password);
	assert_true(ks_str_is(ks_secret_reveal(&password), row->password));
	ks_secret_release(&secret);
	ks_secret_release(&password);
}

static void tells_regions(void **state)
{
	static const char *const good[] = { "us-east-1", "us-gov-west-1", "cn-northwest-1", "us-iso-east-1",
		"eusc-de-east-1" };
	static const char *const bad[] = { "", "us", "us-east", "US-EAST-1", "us-east-1 ", "us_east_1",
		"1-2-3", "us-east-", "us-east-1.evil.example", "a-b-0123456789012345678901234567890" };

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		assert_true(ks_smtp_is_region(ks_str_of(good[i])));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(ks_smtp_is_region(ks_str_of(bad[i])));
}

int main(void)
{
	struct CMUnitTest tests[sizeof(rows) / sizeof(rows[0]) + 1];
	size_t n = 0;

	for (; n < sizeof(rows) / sizeof(rows[0]); n++)
		tests[n] = (struct CMUnitTest){ rows[n].password, derives, NULL, NULL,
			(void *)(uintptr_t)&rows[n] };
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(tells_regions);
	return _cmocka_run_group_tests("smtp", tests, n, NULL, NULL);
}
