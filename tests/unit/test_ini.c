/* Section headers as configparser and the AWS tools see them. */
#include "lib/codec/ini.h"

#include "tests/unit/fixture.h"

static void walks_sections(void **state)
{
	struct ks_str text = KS_STR("x=1\n[a]\nb=[c]\n#[d]\n ;[e]\n  [ f ]\r\n[g]h]\n[open\n[]\n[last]");
	static const char *const want[] = { "a", "f", "g]h", "", "last" };
	struct ks_str name;

	(void)state;
	for (size_t i = 0; i < sizeof(want) / sizeof(want[0]); i++) {
		assert_true(ks_ini_next_section(&text, &name));
		assert_true(ks_str_is(name, want[i]));
	}
	assert_false(ks_ini_next_section(&text, &name));
	assert_false(ks_ini_next_section(&text, &name));
}

static void finds_sections(void **state)
{
	struct ks_str text = KS_STR("[one]\n[profile two]\n[Three]\n");

	(void)state;
	assert_true(ks_ini_has_section(text, KS_STR("one")));
	assert_true(ks_ini_has_section(text, KS_STR("two")));
	assert_true(ks_ini_has_section(text, KS_STR("Three")));
	assert_false(ks_ini_has_section(text, KS_STR("three")));
	assert_false(ks_ini_has_section(text, KS_STR("on")));
	assert_false(ks_ini_has_section(KS_STR(""), KS_STR("one")));
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(walks_sections), cmocka_unit_test(finds_sections) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
