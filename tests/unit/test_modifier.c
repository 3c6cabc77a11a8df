/* lib/sigma/modifier, and what modifiers make of values: the mistakes. What they match is in
 * test_matcher. */
#include "lib/sigma/modifier.h"

#include "tests/unit/rows.h"
#include "tests/unit/view.h"

struct row {
	const char *name, *item;
	const char *want;        /* the problems; the item stands in line 6 from column 3 */
};

static const struct row rows[] = {
	{ "unknown, near", "a|contain: x",
		"error 6:5: unknown modifier 'contain': did you mean 'contains'?" },
	{ "unknown, far", "a|xyzzy: x", "error 6:5: unknown modifier 'xyzzy'" },
	{ "unknown, second", "a|contains|al: x", "error 6:14: unknown modifier 'al'" },
	{ "empty", "a|: x", "error 6:5: unknown modifier ''" },
	{ "case counts", "a|Contains: x",
		"error 6:5: unknown modifier 'Contains': did you mean 'contains'?" },
	{ "not built yet", "a|base64: x", "error 6:5: modifier 'base64' is not supported yet" },
	{ "not built yet, time", "a|hour: 5", "error 6:5: modifier 'hour' is not supported yet" },
	{ "pySigma's long names", "a|re|ignorecase|multiline|dotall: x", "" },
	{ "contains of a number", "a|contains: 5",
		"error 6:15: modifier 'contains' wants a string, not a number: put it in quotes" },
	{ "startswith of null", "a|startswith: null",
		"error 6:17: modifier 'startswith' wants a string, not null" },
	{ "contains of a comparison", "a|gt|contains: 5",
		"error 6:18: modifier 'contains' wants a string, not the result of another modifier" },
	{ "re of a boolean", "a|re: true", "error 6:9: modifier 're' wants a string, not true or false" },
	{ "re of a number", "a|re: 42", "" },
	{ "re behind contains", "a|contains|re: x",
		"error 6:18: modifier 're' must stand before contains, startswith and endswith" },
	{ "re and contains", "a|re|contains: x", "" },
	{ "re that does not compile", "a|re: 'x(y'",
		"error 6:13: regular expression does not compile: missing closing parenthesis at offset 3" },
	{ "re in a list", "a|re: [x, '*']",
		"error 6:14: regular expression does not compile: quantifier does not follow a repeatable item "
		"at offset 0" },
	{ "i without re", "a|i: x", "error 6:8: modifier 'i' must stand behind 're'" },
	{ "cased of a number", "a|cased: 5", "error 6:12: modifier 'cased' wants a string" },
	{ "cased of a regular expression", "a|re|cased: x", "error 6:15: modifier 'cased' wants a string" },
	{ "cidr of nonsense", "a|cidr: x",
		"error 6:11: 'x' is no IP network: write it as 192.0.2.0/24 or 2001:db8::/32" },
	{ "cidr of a list, both wrong", "a|cidr: [10.0.0.1/8, 10.0.0.0/40]",
		"error 6:12: '10.0.0.1/8' has bits set past the prefix: did you mean '10.0.0.0/8'?\n"
		"error 6:24: '10.0.0.0/40' is no IP network: the prefix length must be 0 to 32" },
	{ "exists of a word", "a|exists: maybe",
		"error 6:13: modifier 'exists' wants true or false, not a string" },
	{ "exists of a list", "a|exists: [true, false]",
		"error 6:14: modifier 'exists' wants one value, true or false, not a list" },
	{ "lt of a string", "a|lt: '5'", "error 6:9: modifier 'lt' wants a number, not a string" },
	{ "fieldref with a wildcard", "a|fieldref: b*",
		"error 6:15: modifier 'fieldref' wants the name of a field, without wildcards" },
	{ "all with a single value", "a|contains|all: x",
		"warning 6:3: modifier 'all' with a single value changes nothing: Sigma asks to leave it out" },
	{ "value is a mapping", "a: {b: c}",
		"error 6:6: the value of a field must be a string, a number, true, false, null or a list of these, "
		"not a mapping" },
	{ "value is a list in a list", "a: [x, [y]]",
		"error 6:10: the value of a field must be a string, a number, true, false, null or a list of these, "
		"not a list in a list" },
	{ "empty list", "a: []", "warning 6:6: the list is empty, which means null: write null" },
	{ "null in a list", "a: [x, null]",
		"warning 6:10: Sigma does not allow null in a list of values: other tools may refuse it" },
	{ "ambiguous", "a: No",
		"warning 6:6: 'No' is taken as a string, but other readers of YAML see a number or a boolean: "
		"put it in quotes" },
	{ "keyword with modifiers", "'|all': [x, y]",
		"error 6:3: keywords (values without a field) are not supported yet: name the field" },
};

static void test_row(void **state)
{
	const struct row *row = *state;
	struct ks_ruleset ruleset;
	char text[512], got[2048];

	snprintf(text, sizeof(text), " s:\n  %s\n condition: s\n", row->item);
	ks_ruleset_init(&ruleset);
	view_add_rule(&ruleset, text);
	view_render_problems(&ruleset, got, sizeof(got));
	assert_string_equal(got, row->want);
	assert_int_equal(ruleset.rules.n, ruleset.problems.errors == 0);
	ks_ruleset_release(&ruleset);
}

int main(void)
{
	struct rows all = { 0 };

	ROWS_TABLE(&all, test_row, rows);
	return rows_run("modifier", &all);
}
