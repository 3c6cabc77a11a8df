/* Base64: the vectors of RFC 4648, and what a strict decoder refuses. */
#include "lib/codec/base64.h"

#include "tests/unit/fixture.h"

static const struct row {
	const char *name, *plain, *text;
} rows[] = {
	{ "empty", "", "" }, { "one", "f", "Zg==" }, { "two", "fo", "Zm8=" }, { "three", "foo", "Zm9v" },
	{ "four", "foob", "Zm9vYg==" }, { "five", "fooba", "Zm9vYmE=" }, { "six", "foobar", "Zm9vYmFy" },
	{ "high bits", "\xfb\xff\xfe", "+//+" },
};

static void both_ways(void **state)
{
	const struct row *row = *state;
	struct ks_err err = { 0 };
	struct ks_buf out;

	ks_buf_init(&out, 100);
	ks_base64_encode(ks_str_of(row->plain), &out);
	assert_true(ks_str_is(ks_buf_str(&out), row->text));
	ks_buf_clear(&out);
	assert_int_equal(ks_base64_decode(ks_str_of(row->text), &out, &err), 0);
	assert_true(ks_str_is(ks_buf_str(&out), row->plain));
	ks_buf_release(&out);
}

static void refuses(void **state)
{
	static const char *const bad[] = { "Zg", "Zg=", "Z===", "====", "Zh==", "Zm9=", "Zm 9", "Zg==Zg==",
		"Zm9-", "=m9v" };

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct ks_err err = { 0 };
		struct ks_buf out;

		ks_buf_init(&out, 100);
		assert_int_equal(ks_base64_decode(ks_str_of(bad[i]), &out, &err), -1);
		assert_int_equal(err.code, KS_ERR_PARSE);
		assert_int_equal(out.n, 0);
		ks_buf_release(&out);
	}
}

static void keeps_to_the_cap(void **state)
{
	struct ks_err err = { 0 };
	struct ks_buf out;

	(void)state;
	ks_buf_init(&out, 4);
	assert_int_equal(ks_base64_decode(KS_STR("Zm9vYmFy"), &out, &err), -1);
	assert_int_equal(err.code, KS_ERR_LIMIT);
	ks_buf_release(&out);
}

int main(void)
{
	struct CMUnitTest tests[sizeof(rows) / sizeof(rows[0]) + 2];
	size_t n = 0;

	for (; n < sizeof(rows) / sizeof(rows[0]); n++)
		tests[n] = (struct CMUnitTest){ rows[n].name, both_ways, NULL, NULL, (void *)(uintptr_t)&rows[n] };
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(refuses);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(keeps_to_the_cap);
	return _cmocka_run_group_tests("base64", tests, n, NULL, NULL);
}
