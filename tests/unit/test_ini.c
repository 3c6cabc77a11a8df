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

static void walks_settings(void **state)
{
	struct ks_ini walk = { .rest = KS_STR(
		"x=0\n[a]\r\n k = skipped\nb = [c] # d\n# e=f\n;g=h\ni =\n  j = k\n"
		"\n  ; l=m\n\tn=\no==p=\n  q=r\n nothing\n[s] t=u\nv=w") };
	static const char *const want[][4] = { { "", NULL, "x", "0" }, { "a", NULL, "b", "[c] # d" },
		{ "a", NULL, "i", "" }, { "a", "i", "j", "k" }, { "a", "i", "n", "" }, { "a", NULL, "o", "=p=" },
		{ "s", NULL, "v", "w" } };
	struct ks_ini_entry entry;

	(void)state;
	for (size_t i = 0; i < sizeof(want) / sizeof(want[0]); i++) {
		assert_true(ks_ini_next(&walk, &entry));
		assert_true(ks_str_is(entry.section, want[i][0]));
		assert_true(want[i][1] != NULL ? ks_str_is(entry.parent, want[i][1]) : entry.parent.p == NULL);
		assert_true(ks_str_is(entry.key, want[i][2]));
		assert_true(ks_str_is(entry.value, want[i][3]));
	}
	assert_false(ks_ini_next(&walk, &entry));
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(walks_sections), cmocka_unit_test(finds_sections),
		cmocka_unit_test(walks_settings) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
