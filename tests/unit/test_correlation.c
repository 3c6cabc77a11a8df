/* lib/sigma/correlation: documents and their mistakes, rules by id and name, aliases. */
#include "lib/sigma/program.h"

#include "tests/unit/fixture.h"
#include "tests/unit/rows.h"
#include "tests/unit/view.h"

#define HEAD(letter) \
	"title: " letter "\nid: 00000000-0000-4000-8000-00000000000" letter "\nname: rule_" letter "\n"
#define BODY "logsource: {product: aws}\ndetection: {s: {f: x}, condition: s}\n"
#define RULES HEAD("a") BODY "---\n" HEAD("b") BODY "---\n"
#define CORRELATION "title: c\nid: 00000000-0000-4000-8000-00000000000c\ncorrelation:\n"
#define PARTS "  rules: [rule_a, 00000000-0000-4000-8000-00000000000b]\n  timespan: 1h\n"

static const struct row {
	const char *name, *section, *want;
} rows[] = {
	{ "event_count", "  type: event_count\n" PARTS "  group-by: [u, v]\n  condition: {gte: 3}\n", "" },
	{ "one rule, one field",
		"  type: event_count\n  rules: rule_a\n  timespan: 90m\n  group-by: u\n"
		"  condition: {gt: 100, lte: 200}\n",
		"" },
	{ "value_count of two fields",
		"  type: value_count\n" PARTS "  condition: {eq: 1, field: [u, v]}\n  generate: true\n", "" },
	{ "no group", "  type: event_count\n" PARTS "  condition: {neq: 1}\n", "" },
	{ "aliases",
		"  type: event_count\n" PARTS "  group-by: [ip]\n  condition: {gte: 3}\n"
		"  aliases: {ip: {rule_a: src, 00000000-0000-4000-8000-00000000000b: dst}}\n",
		"" },
	{ "temporal", "  type: temporal\n" PARTS "  group-by: [u]\n", "" },
	{ "temporal with a count", "  type: temporal_ordered\n" PARTS "  condition: {gte: 1, lt: 2}\n", "" },
	{ "temporal with an expression", "  type: temporal\n" PARTS "  condition: rule_a and not rule_b\n",
		"error 19:14: the condition of a correlation is a mapping such as 'gte: 3'" },
	{ "temporal with a field", "  type: temporal\n" PARTS "  condition: {gte: 1, field: u}\n",
		"error 19:30: a temporal has no 'field': value_count counts the values of one" },
	{ "value_sum", "  type: value_sum\n" PARTS "  condition: {gt: -1.5, lte: 1000, field: u}\n", "" },
	{ "value_avg of two fields", "  type: value_avg\n" PARTS "  condition: {gt: 1, field: [u, v]}\n",
		"error 19:29: a value_avg is about one field" },
	{ "value_sum of no number", "  type: value_sum\n" PARTS "  condition: {gt: much, field: u}\n",
		"error 19:19: a number was expected, with at most 45 digits before the point" },
	{ "value_sum of too large a number", "  type: value_sum\n" PARTS "  condition: {gt: 1e45, field: u}\n",
		"error 19:19: a number was expected, with at most 45 digits before the point" },
	{ "value_percentile",
		"  type: value_percentile\n" PARTS "  condition: {gt: 1, field: u, percentile: 95}\n",
		"" },
	{ "value_percentile of none", "  type: value_percentile\n" PARTS "  condition: {lte: 1, field: u}\n",
		"warning 19:14: the condition has no 'percentile': 50, the median, is taken" },
	{ "value_percentile of too much",
		"  type: value_percentile\n" PARTS "  condition: {lte: 1, field: u, percentile: 101}\n",
		"error 19:45: a percentile is a whole number from 0 to 100" },
	{ "a percentile of counts",
		"  type: value_count\n" PARTS "  condition: {lte: 1, field: u, percentile: 1}\n",
		"error 19:45: only the condition of a value_percentile has a 'percentile'" },
	{ "too many in order",
		"  type: temporal_ordered\n  timespan: 1h\n  rules: [a1, a2, a3, a4, a5, a6, a7, a8, a9, b0, b1, "
		"b2, b3, "
		"b4, b5, b6, b7, b8, b9, c0, c1, c2, c3, c4, c5, c6, c7, c8, c9, d0, d1, d2, d3, d4, d5, d6, d7, "
		"d8, "
		"d9, e0, e1, e2, e3, e4, e5, e6, e7, e8, e9, f0, f1, f2, f3, f4, f5, f6, f7, f8, f9, g0, g1, g2, "
		"g3, "
		"g4, g5]\n",
		"error 18:10: a temporal_ordered of 65 rules is too long: 64 are allowed" },
	{ "no type of Sigma", "  type: event_cuont\n" PARTS "  condition: {gte: 3}\n",
		"error 16:9: unknown correlation type 'event_cuont': did you mean 'event_count'?" },
	{ "unknown key", "  type: event_count\n" PARTS "  condition: {gte: 3}\n  groupby: [u]\n",
		"error 20:3: unknown key 'groupby' in a correlation: did you mean 'group-by'?" },
	{ "a rule that is not there",
		"  type: event_count\n  rules: [rule_x, rule_a]\n  timespan: 1h\n"
		"  condition: {gte: 3}\n",
		"error 17:11: no rule with the id or name 'rule_x' was loaded: did you mean 'rule_a'?" },
	{ "a rule twice",
		"  type: event_count\n  rules: [rule_a, 00000000-0000-4000-8000-00000000000a]\n"
		"  timespan: 1h\n  condition: {gte: 3}\n",
		"error 17:19: the rule stands in the list twice" },
	{ "a name twice",
		"  type: event_count\n  rules: [rule_a, rule_a]\n  timespan: 1h\n  condition: {gte: 3}\n",
		"error 17:19: the name stands in the list twice" },
	{ "itself",
		"  type: event_count\n  rules: [00000000-0000-4000-8000-00000000000c]\n  timespan: 1h\n"
		"  condition: {gte: 3}\n",
		"error 17:11: the correlation '00000000-0000-4000-8000-00000000000c' is built on itself" },
	{ "in a circle",
		"  type: event_count\n  rules: [rule_d]\n  timespan: 1h\n  condition: {gte: 3}\n"
		"---\n" HEAD("d") "correlation:\n  type: temporal\n  rules: [rule_a, rule_e]\n  timespan: 1h\n"
		"---\n" HEAD("e") "correlation:\n  type: temporal\n  rules: [00000000-0000-4000-8000-00000000000c]\n"
		"  timespan: 1h\n",
		"error 34:11: the correlation '00000000-0000-4000-8000-00000000000c' is built on itself\n"
		"error 26:19: the correlation 'rule_e' has errors of its own\n"
		"error 17:11: the correlation 'rule_d' has errors of its own" },
	{ "correlations of correlations, the last one first",
		"  type: temporal\n  rules: [rule_d, rule_a]\n  timespan: 1h\n"
		"---\n" HEAD("d") "correlation:\n  type: event_count\n  rules: rule_b\n  timespan: 1h\n"
		"  condition: {gte: 3}\n",
		"" },
	{ "nothing there", "  type: event_count\n",
		"error 16:3: the correlation has no 'rules'\n"
		"error 16:3: the correlation has no 'timespan'\nerror 16:3: the correlation has no 'condition'" },
	{ "months", "  type: event_count\n  rules: [rule_a]\n  timespan: 11M\n  condition: {gte: 3}\n", "" },
	{ "a century", "  type: event_count\n  rules: [rule_a]\n  timespan: 100y\n  condition: {gte: 3}\n", "" },
	{ "a century and a year",
		"  type: event_count\n  rules: [rule_a]\n  timespan: 101y\n  condition: {gte: 3}\n",
		"error 18:13: a timespan is more than nothing and at most a century" },
	{ "no unit", "  type: event_count\n  rules: [rule_a]\n  timespan: 90\n  condition: {gte: 3}\n",
		"error 18:13: a timespan is a number and one of s, m, h, d, w, M and y, as in 90m" },
	{ "upper case", "  type: event_count\n  rules: [rule_a]\n  timespan: 1H\n  condition: {gte: 3}\n",
		"error 18:13: a timespan is a number and one of s, m, h, d, w, M and y, as in 90m" },
	{ "no time at all", "  type: event_count\n  rules: [rule_a]\n  timespan: 0s\n  condition: {gte: 3}\n",
		"error 18:13: a timespan is more than nothing and at most a century" },
	{ "more than a century",
		"  type: event_count\n  rules: [rule_a]\n  timespan: 99999999999999d\n"
		"  condition: {gte: 3}\n",
		"error 18:13: a timespan is more than nothing and at most a century" },
	{ "no count", "  type: event_count\n" PARTS "  condition: {}\n",
		"error 19:14: the condition has no count: one of gt, gte, lt, lte, eq and neq" },
	{ "a fraction", "  type: event_count\n" PARTS "  condition: {gte: 1.5}\n",
		"error 19:20: the count of a condition is a whole number" },
	{ "a huge count", "  type: event_count\n" PARTS "  condition: {gte: 65536}\n",
		"error 19:20: the count of a condition must be below 65536" },
	{ "an unknown comparison", "  type: event_count\n" PARTS "  condition: {gtee: 3}\n",
		"error 19:15: unknown key 'gtee' in the condition of a correlation: did you mean 'gte'?\n"
		"error 19:14: the condition has no count: one of gt, gte, lt, lte, eq and neq" },
	{ "value_count without a field", "  type: value_count\n" PARTS "  condition: {gte: 3}\n",
		"error 19:14: the condition of a value_count has no 'field'" },
	{ "event_count with a field", "  type: event_count\n" PARTS "  condition: {gte: 3, field: u}\n",
		"error 19:30: an event_count has no 'field': value_count counts the values of one" },
	{ "an expression", "  type: event_count\n" PARTS "  condition: rule_a and rule_b\n",
		"error 19:14: the condition of a correlation is a mapping such as 'gte: 3'" },
	{ "generate is no word", "  type: event_count\n" PARTS "  condition: {gte: 3}\n  generate: maybe\n",
		"error 20:13: 'generate' is true or false" },
	{ "generate in two minds",
		"  type: event_count\n" PARTS "  condition: {gte: 3}\n  generate: true\n"
		"generate: false\n",
		"error 20:13: 'generate' stands twice in this document, with different values" },
	{ "an alias without one rule",
		"  type: event_count\n" PARTS "  group-by: [ip]\n  condition: {gte: 3}\n"
		"  aliases: {ip: {rule_a: src}}\n",
		"error 21:17: the alias 'ip' has no field for the rule 'rule_b'" },
	{ "an alias of another rule",
		"  type: event_count\n" PARTS "  condition: {gte: 3}\n"
		"  aliases: {ip: {rule_a: src, rule_b: dst, rule_z: z}}\n",
		"error 20:44: the rule 'rule_z' is none of those of the correlation" },
	{ "an alias is no mapping",
		"  type: event_count\n" PARTS "  condition: {gte: 3}\n  aliases: {ip: src}\n",
		"error 20:17: an alias is a mapping of rules to fields" },
	{ "detection as well", "  type: event_count\n" PARTS "  condition: {gte: 3}\ndetection: {s: {f: x}}\n",
		"error 20:12: a document is a correlation or a rule, not both" },
};

static void load(struct ks_ruleset *ruleset, const char *section)
{
	struct ks_buf text;

	ks_ruleset_init(ruleset);
	ks_buf_init(&text, 1u << 20);
	ks_buf_addf(&text, RULES CORRELATION "%s", section);
	ks_ruleset_add(ruleset, "test.yml", ks_buf_str(&text));
	ks_buf_release(&text);
	ks_ruleset_resolve(ruleset);
}

static void test_row(void **state)
{
	const struct row *row = *state;
	struct ks_ruleset ruleset;
	char got[2048];

	load(&ruleset, row->section);
	view_render_problems(&ruleset, got, sizeof(got));
	assert_string_equal(got, row->want);
	assert_int_equal(ruleset.rules.n, 2);
	assert_int_equal(ruleset.correlations.n > 0, strncmp(row->want, "error", 5) != 0);
	ks_ruleset_release(&ruleset);
}

static void test_content(void **state)
{
	const struct ks_correlation *c;
	struct ks_program program;
	struct ks_ruleset ruleset;

	(void)state;
	load(&ruleset,
		"  type: value_count\n" PARTS "  group-by: [ip, w]\n  condition: {gte: 3, lt: 9, field: v}\n"
		"  aliases: {ip: {rule_a: src, rule_b: dst}}\nlevel: high\nname: chain\n");
	ks_program_build(&program, &ruleset);
	assert_int_equal(program.correlation_count, 1);
	c = program.correlations[0];
	assert_ptr_equal(c, ks_program_find_correlation(&program, KS_STR("chain")));
	assert_null(ks_program_find_correlation(&program, KS_STR("rule_a")));
	assert_int_equal(ks_program_find(&program, KS_STR("chain")), -1);
	assert_int_equal(c->type, KS_CORRELATION_VALUE_COUNT);
	assert_int_equal(c->timespan_ms, 3600000);
	assert_int_equal(c->head.level, KS_LEVEL_HIGH);
	assert_int_equal(c->part_count, 2);
	assert_ptr_equal(c->parts[0].rule, program.rules[0]);
	assert_ptr_equal(c->parts[1].rule, program.rules[1]);
	assert_true(ks_str_is(program.paths[c->parts[0].group[0]], "src"));
	assert_true(ks_str_is(program.paths[c->parts[1].group[0]], "dst"));
	assert_true(ks_str_is(program.paths[c->parts[1].group[1]], "w"));
	assert_true(ks_str_is(program.paths[c->parts[1].fields[0]], "v"));
	assert_ptr_equal(program.rules[1]->uses->correlation, c);
	assert_int_equal(program.rules[1]->uses->part, 1);
	assert_false(ks_correlation_holds(c, 2));
	assert_true(ks_correlation_holds(c, 3));
	assert_true(ks_correlation_holds(c, 8));
	assert_false(ks_correlation_holds(c, 9));
	ks_ruleset_release(&ruleset);
}

/* Without generate a rule is silent; one correlation that generates is enough to hear it. */
static void test_generate(void **state)
{
	static const char *const sections[] = { "", "  generate: false\n", "  generate: true\n",
		"generate: true\n" };
	struct ks_ruleset ruleset;
	struct ks_buf text;

	(void)state;
	for (size_t i = 0; i < 4; i++)
		for (size_t j = 0; j < 4; j++) {
			ks_buf_init(&text, 1u << 20);
			ks_buf_addf(&text,
				"  type: event_count\n  rules: rule_a\n  timespan: 1h\n  condition: {gte: 3}\n%s"
				"---\ntitle: d\nid: 00000000-0000-4000-8000-00000000000d\ncorrelation:\n"
				"  type: event_count\n"
				"  rules: rule_a\n  timespan: 1h\n  condition: {gte: 3}\n%s",
				sections[i], sections[j]);
			load(&ruleset, ks_buf_str(&text).p);
			assert_int_equal(ruleset.problems.errors, 0);
			assert_int_equal((*KS_VEC_AT(&ruleset.rules, struct ks_rule *, 0))->is_silent, i < 2 && j < 2);
			assert_false((*KS_VEC_AT(&ruleset.rules, struct ks_rule *, 1))->is_silent);
			ks_ruleset_release(&ruleset);
			ks_buf_release(&text);
		}
}

/* A correlation may stand before its rules, and in another file; what is loaded later is resolved later. */
static void test_order(void **state)
{
	struct ks_ruleset ruleset;

	(void)state;
	ks_ruleset_init(&ruleset);
	assert_int_equal(
		ks_ruleset_add(&ruleset, "c.yml",
			KS_STR(CORRELATION
				"  type: event_count\n  rules: [rule_a]\n  timespan: 1h\n  condition: {gte: 3}\n")),
		0);
	assert_int_equal(ks_ruleset_add(&ruleset, "a.yml", KS_STR(HEAD("a") BODY)), 0);
	assert_int_equal(ks_ruleset_resolve(&ruleset), 0);
	assert_int_equal(ruleset.resolved, 1);
	assert_int_equal(
		ks_ruleset_add(&ruleset, "d.yml",
			KS_STR("title: d\nid: 00000000-0000-4000-8000-00000000000d\ncorrelation:\n"
				   "  type: event_count\n  rules: [rule_q]\n  timespan: 1h\n  condition: {gte: 3}\n")),
		0);
	assert_int_equal(ks_ruleset_resolve(&ruleset), -1);
	/* The first is that c.yml silences a rule of another file: told once. */
	assert_int_equal(ruleset.problems.warnings, 1);
	assert_string_equal(KS_VEC_AT(&ruleset.problems.list, struct ks_problem, 0)->err.file, "c.yml");
	assert_string_equal(KS_VEC_AT(&ruleset.problems.list, struct ks_problem, 1)->err.file, "d.yml");
	assert_int_equal(ruleset.correlations.n, 1);
	ks_ruleset_release(&ruleset);
}

int main(void)
{
	struct rows all = { 0 };

	ROWS_TABLE(&all, test_row, rows);
	ROWS_TEST(&all, test_content);
	ROWS_TEST(&all, test_generate);
	ROWS_TEST(&all, test_order);
	return rows_run("correlation", &all);
}
