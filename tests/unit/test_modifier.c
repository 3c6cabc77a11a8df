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
	{ "base64 of a wildcard", "a|base64: x*",
		"error 6:13: modifier 'base64' cannot encode a wildcard: escape it, and put contains and its like "
		"behind" },
	{ "base64 of an escaped wildcard", "a|base64: 'x\\*'", "" },
	{ "base64 behind contains", "a|contains|base64: x",
		"error 6:22: modifier 'base64' cannot encode a wildcard: escape it, and put contains and its like "
		"behind" },
	{ "base64 of a number", "a|base64: 5",
		"error 6:13: modifier 'base64' wants a string, not a number: put it in quotes" },
	{ "base64offset of one byte", "a|base64offset|contains: x",
		"error 6:28: modifier 'base64offset' wants a longer value: nothing of this one is left in every "
			"place" },
	{ "wide of a regular expression", "a|re|wide: x",
		"error 6:14: modifier 'wide' wants a string, not the result of another modifier" },
	{ "windash of a boolean", "a|windash: true",
		"error 6:14: modifier 'windash' wants a string, not true or false" },
	{ "windash of four", "a|windash: -a -b -c -d",
		"error 6:14: modifier 'windash' takes at most 3 dashes in one value, not 4: split it" },
	{ "hour of a string", "a|hour: '5'", "error 6:11: modifier 'hour' wants a number, not a string" },
	{ "hour of a fraction", "a|hour: 5.5", "error 6:11: modifier 'hour' wants a whole number" },
	{ "hour of the day before", "a|hour: 24",
		"warning 6:11: modifier 'hour' is a number from 0 to 23: no time ever has this one" },
	{ "hour behind gte", "a|gte|hour: 5",
		"error 6:15: modifier 'hour' wants a number, not the result of another modifier" },
	{ "gte behind hour", "a|hour|gte: 5", "" },
	{ "all before re", "a|all|re: [x, y]",
		"error 6:14: modifier 're' must stand first: it takes values as the rule has them" },
	{ "expand before cidr", "a|contains|cidr: 10.0.0.0/8",
		"error 6:20: modifier 'cidr' must stand first: it takes values as the rule has them" },
	{ "neq before exists", "a|neq|exists: true",
		"error 6:17: modifier 'exists' must stand first: it takes values as the rule has them" },
	{ "expand of a number", "a|expand: 5",
		"error 6:13: modifier 'expand' wants a string, not a number: put it in quotes" },
	{ "expand without values", "a|expand: '%Servers%'",
		"error 6:13: placeholder '%Servers%' has no values: name a file with them by --placeholders FILE" },
	{ "expand of no placeholder", "a|expand: '50%'", "" },
	{ "beyond Sigma: lookahead", "a|re: 'x(?=y)'",
		"warning 6:11: '(?=' is beyond the regular expressions that Sigma specifies: other tools may "
			"refuse it" },
	{ "beyond Sigma: reference", "a|re: '(x)\\1'",
		"warning 6:13: '\\1' is beyond the regular expressions that Sigma specifies: other tools may "
			"refuse it" },
	{ "within Sigma", "a|re: '(?:x|[(?*]y\\d)+'", "" },
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
		"error 6:18: modifier 're' must stand first: it takes values as the rule has them" },
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
	{ "keywords with all", "'|all': [x, y]", "" },
	{ "keyword as a regular expression", "'|re': x+", "" },
	{ "keyword: exists", "'|exists': true",
		"error 6:14: a keyword (a value without a field) can be text, a number or a regular expression, not "
		"a comparison" },
	{ "keyword: null", "'|all': [x, null]",
		"warning 6:15: Sigma does not allow null in a list of values: other tools may refuse it\n"
		"error 6:15: a keyword (a value without a field) can be text, a number or a regular expression, not "
		"null" },
	{ "keyword: comparison", "'|gt': 5",
		"error 6:10: a keyword (a value without a field) can be text, a number or a regular expression, not "
		"a comparison" },
	{ "keyword: none", "'|all': []",
		"warning 6:11: the list is empty, which means null: write null\n"
		"error 6:11: the list of keywords is empty" },
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

/* What modifiers make of values, as pySigma 2.0.1 has it. A form of the same value follows a bar, another
 * value a comma; NUL is shown as 0 in angle brackets. */
static const struct row forms[] = {
	{ "base64", "a|base64: foobar", "Zm9vYmFy" },
	{ "base64, escaped", "a|base64: 'r\\*oot'", "cipvb3Q=" },
	{ "base64offset, no rest", "a|base64offset: foobar", "Zm9vYmFy|Zvb2Jhc|mb29iYX" },
	{ "base64offset, two over", "a|base64offset: fooba", "Zm9vYm|Zvb2Jh|mb29iY" },
	{ "base64offset, one over", "a|base64offset: foob", "Zm9vY|Zvb2|mb29i" },
	{ "base64offset, contains", "a|base64offset|contains: http://", "*aHR0cDovL*|*h0dHA6Ly*|*odHRwOi8v*" },
	{ "wide keeps wildcards", "a|wide|cased: cmd*", "c<0>m<0>d<0>*" },
	{ "utf16le is wide", "a|utf16le: c", "c<0>" },
	{ "utf16be", "a|utf16be: cmd", "<0>c<0>m<0>d" },
	{ "utf16", "a|utf16: cmd", "\xef\xbb\xbf" "c<0>m<0>d<0>" },
	{ "utf16, base64", "a|utf16|base64: cmd", "//5jAG0AZAA=" },
	{ "wide, base64offset", "a|wide|base64offset|contains: ping",
		"*cABpAG4AZw*|*AAaQBuAGcA*|*wAGkAbgBnA*" },
	{ "wide, base64, escaped", "a|wide|base64: 'a\\*b'", "YQAqAGIA" },
	{ "windash", "a|windash: -f", "-f|/f|\xe2\x80\x93" "f|\xe2\x80\x94" "f|\xe2\x80\x95" "f" },
	{ "windash within a word", "a|windash: a-b", "a-b" },
	{ "windash, two values", "a|windash|endswith: ['x', '*/b']",
		"*x,*-b|*/b|*\xe2\x80\x93" "b|*\xe2\x80\x94" "b|*\xe2\x80\x95" "b" },
	{ "contains of a backslash", "a|contains: 'x\\'", "*x\\*" },
	{ "contains of what has stars", "a|contains: '*x*'", "*x*" },
	{ "startswith, escaped star", "a|startswith: 'x\\*'", "x**" },
};

static void render_forms(const struct ks_item *item, struct ks_buf *out)
{
	for (size_t i = 0; i < item->test_count; i++) {
		const struct ks_pattern *pattern = &item->tests[i].u.pattern;

		assert_int_equal(item->tests[i].kind, KS_TEST_STRING);
		assert_true(pattern->kind != KS_PATTERN_GLOB);
		ks_buf_adds(out, i == 0 ? "" : item->tests[i].is_or ? "|" : ",");
		ks_buf_adds(out, pattern->kind == KS_PATTERN_SUFFIX ||
			pattern->kind == KS_PATTERN_CONTAINS ? "*" : "");
		for (size_t k = 0; k < pattern->literal.n; k++)
			ks_buf_add(out, pattern->literal.p[k] == '\0' ? KS_STR("<0>") : ks_str_sub(pattern->literal,
				k, 1));
		ks_buf_adds(out, pattern->kind == KS_PATTERN_PREFIX ||
			pattern->kind == KS_PATTERN_CONTAINS ? "*" : "");
	}
}

static void test_forms(void **state)
{
	const struct row *row = *state;
	struct ks_ruleset ruleset;
	struct ks_program program;
	struct ks_buf got;
	char text[512];

	/* Cased, so that Base64 can be read. */
	snprintf(text, sizeof(text), " s:\n  a|cased%s\n condition: s\n", row->item + 1);
	ks_ruleset_init(&ruleset);
	ks_buf_init(&got, 4096);
	assert_int_equal(view_add_rule(&ruleset, text), 0);
	ks_program_build(&program, &ruleset);
	render_forms(&program.rules[0]->detection.items[0], &got);
	assert_string_equal(ks_buf_str(&got).p, row->want);
	ks_buf_release(&got);
	ks_ruleset_release(&ruleset);
}

int main(void)
{
	struct rows all = { 0 };

	ROWS_TABLE(&all, test_row, rows);
	ROWS_TABLE(&all, test_forms, forms);
	return rows_run("modifier", &all);
}
