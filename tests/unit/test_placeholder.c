/* lib/sigma/placeholder: files of placeholders, and what expand makes of values with them. */
#include "lib/sigma/placeholder.h"

#include "tests/unit/rows.h"
#include "tests/unit/view.h"

struct bad_row {
	const char *name, *text, *want;
};

static const struct bad_row bad_rows[] = {
	{ "a list", "- x\n", "error 1:1: placeholders are a mapping of names to values, not a list" },
	{ "no values", "a: []\n", "error 1:4: placeholder 'a' has no values" },
	{ "null", "a:\nb: x\n", "error 1:3: placeholder 'a' wants a string or a list of strings, not null" },
	{ "a mapping", "a: {b: c}\n", "error 1:4: placeholder 'a' wants a string or a list of strings, not a "
		"mapping" },
	{ "a list in a list", "a: [b, [c]]\n",
		"error 1:8: placeholder 'a' wants a string or a list of strings, not a list" },
	{ "good", "a: [b, 5]\nc: d\n", "" },
};

static void test_bad(void **state)
{
	const struct bad_row *row = *state;
	struct ks_ruleset ruleset;
	char got[1024];

	ks_ruleset_init(&ruleset);
	assert_int_equal(ks_placeholder_add(&ruleset.placeholders, "p.yml", ks_str_of(row->text),
		&ruleset.problems),
		row->want[0] != '\0' ? -1 : 0);
	view_render_problems(&ruleset, got, sizeof(got));
	assert_string_equal(got, row->want);
	ks_ruleset_release(&ruleset);
}

struct row {
	const char *name, *item, *want;      /* the values, each in brackets */
};

static const char values[] = "one: x\nmany: [a, 'b*', 'c\\*']\n'with blank': y\nexpr: 'q+'\n";

static const struct row rows[] = {
	{ "one value", "a|expand: '%one%'", "[x]" },
	{ "several", "a|expand: '%many%'", "[a][b*][c\\*]" },
	{ "within text", "a|expand: 'p-%one%-s'", "[p-x-s]" },
	{ "two, every pair", "a|expand: '%many%%one%'", "[ax][b*x][c\\*x]" },
	{ "a product", "a|expand: '%many%-%many%'",
		"[a-a][b*-a][c\\*-a][a-b*][b*-b*][c\\*-b*][a-c\\*][b*-c\\*][c\\*-c\\*]" },
	{ "a name with a blank", "a|expand: '%with blank%'", "[y]" },
	{ "escaped percent sign (Sigma 2.1)", "a|expand: '\\%plain%one%'", "[%plainx]" },
	{ "lone percent signs", "a|expand: '50% of %one%'", "!" },
	{ "empty name", "a|expand: '%%one%'", "[%x]" },
	{ "no expand, no placeholder", "a: '%one%'", "[%one%]" },
	{ "contains behind it", "a|expand|contains: '%one%'", "[x]" },
	{ "a regular expression", "a|re|expand: '^%expr%$'", "[^q+$]" },
	{ "in a list", "a|expand: [z, '%many%']", "[z][a][b*][c\\*]" },
};

static void test_row(void **state)
{
	const struct row *row = *state;
	struct ks_ruleset ruleset;
	struct ks_buf got;
	char text[512];

	ks_ruleset_init(&ruleset);
	ks_buf_init(&got, 4096);
	assert_int_equal(ks_placeholder_add(&ruleset.placeholders, "p.yml", ks_str_of(values),
		&ruleset.problems), 0);
	snprintf(text, sizeof(text), " s:\n  %s\n condition: s\n", row->item);
	if (view_add_rule(&ruleset, text) == 0) {
		const struct ks_item *item = &(*KS_VEC_AT(&ruleset.rules, struct ks_rule *, 0))->detection.items[0];

		for (size_t i = 0; i < item->test_count; i++)
			ks_buf_addf(&got, "[" KS_STR_FMT "]", KS_STR_ARG(item->tests[i].text));
	} else {
		ks_buf_adds(&got, "!");
	}
	assert_string_equal(ks_buf_str(&got).p, row->want);
	ks_buf_release(&got);
	ks_ruleset_release(&ruleset);
}

int main(void)
{
	struct rows all = { 0 };

	ROWS_TABLE(&all, test_bad, bad_rows);
	ROWS_TABLE(&all, test_row, rows);
	return rows_run("placeholder", &all);
}
