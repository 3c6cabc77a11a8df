/* lib/base/secret */
#include "lib/base/secret.h"

#include "tests/unit/rows.h"

#include <stdlib.h>

static void test_secret(void **state)
{
	struct ks_secret secret = { 0 };

	(void)state;
	ks_secret_set(&secret, KS_STR("first"));
	assert_true(ks_str_is(ks_secret_reveal(&secret), "first"));
	ks_secret_set(&secret, (struct ks_str){ "sec\0ond", 7 });
	assert_int_equal(ks_secret_reveal(&secret).n, 7);
	/* Of itself, in part. */
	ks_secret_set(&secret, ks_str_sub(ks_secret_reveal(&secret), 4, 3));
	assert_true(ks_str_is(ks_secret_reveal(&secret), "ond"));
	ks_secret_release(&secret);
	assert_int_equal(ks_secret_reveal(&secret).n, 0);
	ks_secret_release(&secret);
	ks_secret_release(NULL);
}

int main(void)
{
	struct rows rows = { 0 };

	ROWS_TEST(&rows, test_secret);
	return rows_run("secret", &rows);
}
