/* lib/sigma/rule and lib/sigma/detection: what a whole rule may get wrong, and what is read of it. */
#include "tests/unit/view.h"

#include "tests/unit/rows.h"

struct row {
	const char *name, *text, *want;
};

#define HEAD "title: t\nid: 6f1c0d4e-0000-4000-8000-000000000000\n"
#define SOURCE "logsource: {product: aws}\n"
#define DETECTION "detection:\n s: {a: x}\n condition: s\n"

static const struct row rows[] = {
	{ "complete", HEAD SOURCE DETECTION, "" },
	{ "custom keys are allowed", HEAD SOURCE DETECTION "triage:\n  - look\nxyz: 1\n", "" },
	{ "no title", "id: 6f1c0d4e-0000-4000-8000-000000000000\n" SOURCE DETECTION,
		"error 1:1: the rule has no 'title'" },
	{ "near miss of a key", "titel: t\nid: 6f1c0d4e-0000-4000-8000-000000000000\n" SOURCE DETECTION,
		"warning 1:1: unknown key 'titel' is ignored: did you mean 'title'?\nerror 1:1: the rule has "
		"no 'title'" },
	{ "no logsource, no detection", HEAD, "error 1:1: the rule has no 'logsource'\n"
		"error 1:1: the rule has no 'detection'" },
	{ "misspelled detection", HEAD SOURCE "detecton:\n s: {a: x}\n condition: s\n",
		"warning 4:1: unknown key 'detecton' is ignored: did you mean 'detection'?\n"
		"error 1:1: the rule has no 'detection'" },
	{ "no id", "title: t\n" SOURCE DETECTION,
		"warning 1:1: the rule has no 'id': findings are told apart by it, so give it a random UUID" },
	{ "id is no UUID", "title: t\nid: my-rule\n" SOURCE DETECTION,
		"warning 2:5: id 'my-rule' is not a UUID" },
	{ "unknown level", HEAD SOURCE DETECTION "level: urgent\n",
		"error 7:8: unknown level 'urgent': informational, low, medium, high and critical are" },
	{ "unknown status", HEAD SOURCE DETECTION "status: good\n",
		"warning 7:9: unknown status 'good': stable, test, experimental, deprecated and unsupported are" },
	{ "bad date", HEAD SOURCE DETECTION "date: 2026/11/21\n",
		"warning 7:7: 'date' should be a date such as 2026-11-21" },
	{ "tags as a word", HEAD SOURCE DETECTION "tags: attack.impact\n",
		"warning 7:7: 'tags' should be a list" },
	{ "tags as a mapping", HEAD SOURCE DETECTION "tags: {a: b}\n",
		"error 7:7: 'tags' must be a list, not a mapping" },
	{ "title is a list", "title: [t]\nid: 6f1c0d4e-0000-4000-8000-000000000000\n" SOURCE DETECTION,
		"error 1:8: 'title' must be a string, not a list" },
	{ "empty logsource", HEAD "logsource: {definition: x}\n" DETECTION,
		"error 3:12: 'logsource' names no category, product or service" },
	{ "logsource is a word", HEAD "logsource: aws\n" DETECTION,
		"error 3:12: 'logsource' must be a mapping with category, product or service, not a string" },
	{ "detection is a list", HEAD SOURCE "detection: [a]\n",
		"error 4:12: 'detection' must be a mapping of selections and a condition, not a list" },
	{ "no condition", HEAD SOURCE "detection:\n s: {a: x}\n",
		"error 5:2: the detection has no condition" },
	{ "misspelled condition", HEAD SOURCE "detection:\n s: {a: x}\n conditon: s\n",
		"error 6:2: the detection has no condition: did you mean 'condition' by 'conditon'?" },
	{ "unknown selection", HEAD SOURCE "detection:\n selection: {a: x}\n condition: not selecton\n",
		"error 6:17: condition names no selection: there is no 'selecton' in the detection: "
		"did you mean 'selection'?" },
	{ "unknown pattern", HEAD SOURCE "detection:\n s: {a: x}\n condition: s or 1 of filter*\n",
		"error 6:23: condition means no selection: nothing fits 'filter*' in the detection" },
	{ "unused selection", HEAD SOURCE "detection:\n s: {a: x}\n t: {a: y}\n condition: s\n",
		"warning 6:2: selection 't' is never used by the condition" },
	{ "condition in quotes", HEAD SOURCE "detection:\n s: {a: x}\n condition: 's and'\n",
		"error 6:19: condition ends where a selection should stand" },
	{ "condition is a mapping", HEAD SOURCE "detection:\n s: {a: x}\n condition: {s: t}\n",
		"error 6:13: a condition must be a string, not a mapping" },
	{ "second condition is wrong", HEAD SOURCE "detection:\n s: {a: x}\n condition:\n - s\n - s s\n",
		"error 8:6: 's' stands where 'and' or 'or' should" },
	{ "empty selection", HEAD SOURCE "detection:\n s: {}\n condition: s\n",
		"error 5:5: selection 's' is empty" },
	{ "empty list", HEAD SOURCE "detection:\n s: []\n condition: s\n",
		"error 5:5: selection 's' is empty" },
	{ "null selection", HEAD SOURCE "detection:\n s:\n condition: s\n",
		"error 5:2: selection 's' is empty" },
	{ "keywords", HEAD SOURCE "detection:\n s: [x, y]\n condition: s\n",
		"" },
	{ "keyword of a boolean", HEAD SOURCE "detection:\n s: [x, true]\n condition: s\n",
		"error 5:9: a keyword (a value without a field) can be text, a number or a regular expression, not "
		"true or false" },
	{ "timeframe", HEAD SOURCE "detection:\n s: {a: x}\n timeframe: 5m\n condition: s\n",
		"error 6:2: 'timeframe' is the old aggregation syntax: Sigma 2 writes it as a correlation "
		"rule, with 'type', "
		"'rules', 'group-by' and 'timespan', that names this rule" },
	{ "count", HEAD SOURCE "detection:\n s: {a: x}\n condition: s | count() > 5\n",
		"error 6:15: '| count() > 5' is the old aggregation syntax: Sigma 2 writes it as a correlation "
		"rule of type "
		"event_count, with 'rules', 'group-by', 'timespan' and 'condition', that names this rule" },
	{ "all errors of a rule",
	HEAD SOURCE "level: x\ndetection:\n s:\n  a|foo: 1\n  b|re: '('\n condition: s\n",
		"error 4:8: unknown level 'x': informational, low, medium, high and critical are\n"
		"error 7:5: unknown modifier 'foo'\n"
		"error 8:11: regular expression does not compile: missing closing parenthesis at offset 1" },
};

static void test_row(void **state)
{
	const struct row *row = *state;
	struct ks_ruleset ruleset;
	char got[4096];

	ks_ruleset_init(&ruleset);
	ks_ruleset_add(&ruleset, "test.yml", ks_str_of(row->text));
	view_render_problems(&ruleset, got, sizeof(got));
	assert_string_equal(got, row->want);
	assert_int_equal(ruleset.rules.n, ruleset.problems.errors == 0);
	ks_ruleset_release(&ruleset);
}

static void test_fields(void **state)
{
	static const char text[] = HEAD SOURCE DETECTION
		"name: short\nstatus: test\nlevel: high\ndescription: |\n  two\n  lines\nauthor: me\ntags: "
		"[a.b, c.d]\n"
		"references:\n  - https://example.org/\nfalsepositives: [none]\nfields: [a, b]\nown: {x: 1}\n";
	struct ks_ruleset ruleset;
	const struct ks_rule *rule;

	(void)state;
	ks_ruleset_init(&ruleset);
	assert_int_equal(ks_ruleset_add(&ruleset, "dir/test.yml", ks_str_of(text)), 0);
	rule = *KS_VEC_AT(&ruleset.rules, struct ks_rule *, 0);
	assert_true(ks_str_is(rule->title, "t"));
	assert_true(ks_str_is(rule->name, "short"));
	assert_true(ks_str_is(rule->status, "test"));
	assert_true(ks_str_is(rule->description, "two\nlines\n"));
	assert_true(ks_str_is(rule->author, "me"));
	assert_true(ks_str_is(rule->logsource.product, "aws"));
	assert_int_equal(rule->logsource.service.n, 0);
	assert_int_equal(rule->level, KS_LEVEL_HIGH);
	assert_string_equal(ks_rule_level_name(rule->level), "high");
	assert_null(ks_rule_level_name(KS_LEVEL_NONE));
	assert_int_equal(rule->tags.n, 2);
	assert_true(ks_str_is(rule->tags.p[1], "c.d"));
	assert_int_equal(rule->references.n, 1);
	assert_int_equal(rule->falsepositives.n, 1);
	assert_int_equal(rule->fields.n, 2);
	assert_non_null(ks_yaml_find(ks_yaml_find(rule->document, "own"), "x"));
	assert_string_equal(rule->file, "dir/test.yml");
	ks_ruleset_release(&ruleset);
}

/* A rule that is small on disk and would be huge in memory. */
static void test_budget(void **state)
{
	struct ks_ruleset ruleset;
	struct ks_buf text;
	char got[512];

	(void)state;
	ks_buf_init(&text, 1u << 20);
	for (int i = 0; i < 500; i++)
		ks_buf_addf(&text, " s%d: {a: x}\n", i);
	ks_buf_adds(&text, " condition: 1 of them");
	for (int i = 0; i < 500; i++)
		ks_buf_adds(&text, " and 1 of them");
	ks_buf_adds(&text, "\n");
	ks_ruleset_init(&ruleset);
	assert_int_equal(view_add_rule(&ruleset, ks_buf_str(&text).p), -1);
	view_render_problems(&ruleset, got, sizeof(got));
	assert_string_equal(got,
		"error 505:13: the rule is too large: more than 100000 selections and values");
	ks_ruleset_release(&ruleset);
	ks_buf_release(&text);
}

int main(void)
{
	struct rows all = { 0 };

	ROWS_TABLE(&all, test_row, rows);
	ROWS_TEST(&all, test_fields);
	ROWS_TEST(&all, test_budget);
	return rows_run("rule", &all);
}
