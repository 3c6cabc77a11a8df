/* Minted keys: they decode to what was asked, and look like AWS's. */
#include "lib/decoy/minter.h"

#include "tests/unit/fixture.h"

static void decodes_to_the_account(void **state)
{
	static const char *const accounts[] = { "000000000000", "000000000001", "123456789012",
		"999999999999", "171436882533" };
	struct fixture *f = *state;

	for (int round = 0; round < 200; round++) {
		const char *account = accounts[round % 5];
		char id[KS_KEYID_SIZE + 1];
		struct ks_keyid key;
		struct ks_err err = { 0 };

		assert_int_equal(ks_minter_key_id(&f->ctx, ks_str_of(account), id, &err), 0);
		assert_int_equal(strlen(id), KS_KEYID_SIZE);
		assert_int_equal(ks_keyid_parse(ks_str_of(id), &key, &err), 0);
		assert_string_equal(key.kind->prefix, "AKIA");
		assert_string_equal(key.account, account);
		assert_true((id[4] >= 'Q' && id[4] <= 'Z') || (id[4] >= '2' && id[4] <= '7'));
	}
}

static void refuses_other_accounts(void **state)
{
	static const char *const bad[] = { "", "12345678901", "1234567890123", "12345678901x",
		"-23456789012", " 23456789012" };
	struct fixture *f = *state;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		char id[KS_KEYID_SIZE + 1];
		struct ks_err err = { 0 };

		assert_int_equal(ks_minter_key_id(&f->ctx, ks_str_of(bad[i]), id, &err), -1);
		assert_int_equal(err.code, KS_ERR_USAGE);
	}
}

static void secrets_have_the_shape(void **state)
{
	struct fixture *f = *state;
	struct ks_secret secret = { NULL, 0 }, other = { NULL, 0 };
	bool has_plus = false, has_slash = false;
	struct ks_err err = { 0 };

	for (int round = 0; round < 100; round++) {
		assert_int_equal(ks_minter_secret(&f->ctx, &secret, &err), 0);
		assert_int_equal(secret.n, 40);
		for (size_t i = 0; i < secret.n; i++) {
			assert_non_null(strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/",
				secret.p[i]));
			has_plus = has_plus || secret.p[i] == '+';
			has_slash = has_slash || secret.p[i] == '/';
		}
	}
	assert_true(has_plus && has_slash);
	assert_int_equal(ks_minter_secret(&f->ctx, &other, &err), 0);
	assert_memory_not_equal(secret.p, other.p, 40);
	ks_secret_release(&secret);
	ks_secret_release(&other);
}

static void numbers_stay_below(void **state)
{
	struct fixture *f = *state;
	unsigned seen[7] = { 0 };
	struct ks_err err = { 0 };
	uint32_t number;

	for (int round = 0; round < 7000; round++) {
		assert_int_equal(ks_minter_number(&f->ctx, 7, &number, &err), 0);
		assert_true(number < 7);
		seen[number]++;
	}
	for (int i = 0; i < 7; i++)
		assert_in_range(seen[i], 800, 1200);
	assert_int_equal(ks_minter_number(&f->ctx, 1, &number, &err), 0);
	assert_int_equal(number, 0);
}

static int no_random(void *arg, void *out, size_t n)
{
	(void)arg;
	(void)out;
	(void)n;
	return -1;
}

static void fails_without_random_bytes(void **state)
{
	struct fixture *f = *state;
	struct ks_ctx broken = f->ctx;
	char id[KS_KEYID_SIZE + 1], word[9];
	struct ks_secret secret = { NULL, 0 };
	struct ks_err err = { 0 };

	broken.random = no_random;
	assert_int_equal(ks_minter_key_id(&broken, KS_STR("123456789012"), id, &err), -1);
	assert_int_equal(ks_minter_secret(&broken, &secret, &err), -1);
	assert_int_equal(ks_minter_word(&broken, 8, word, &err), -1);
	assert_null(secret.p);
}

static int setup(void **state)
{
	static struct fixture f;

	fixture_init(&f);
	*state = &f;
	return 0;
}

static int teardown(void **state)
{
	fixture_release(*state);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(decodes_to_the_account),
		cmocka_unit_test(refuses_other_accounts), cmocka_unit_test(secrets_have_the_shape),
		cmocka_unit_test(numbers_stay_below), cmocka_unit_test(fails_without_random_bytes) };

	return cmocka_run_group_tests(tests, setup, teardown);
}
