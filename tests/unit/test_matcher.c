/* lib/sigma/matcher: rules against records. The detections start in line 5 of their file. */
#include "tests/unit/view.h"
#include "tests/unit/rows.h"

#include <stdlib.h>

struct row {
	const char *name, *detection, *event;
	enum ks_verdict want;
};

#define YES KS_VERDICT_YES
#define NO KS_VERDICT_NO
#define OPEN KS_VERDICT_UNDECIDED
#define ONE(item) " s:\n  " item "\n condition: s\n"

static const struct row rows[] = {
	{ "string: equal", ONE("a: x"), "a='x'", YES },
	{ "string: case does not count", ONE("a: GetSendQuota"), "a='GETSENDquota'", YES },
	{ "string: not equal", ONE("a: x"), "a='xy'", NO },
	{ "string: absent field", ONE("a: x"), "b='x'", NO },
	{ "string: null is no string", ONE("a: '*'"), "a=null", NO },
	{ "string: * is any string", ONE("a: '*'"), "a=''", YES },
	{ "string: the empty string", ONE("a: ''"), "a=''", YES },
	{ "string: empty is not null", ONE("a: ''"), "a=null", NO },
	{ "string: empty is not absent", ONE("a: ''"), "b=1", NO },
	{ "string: quoted number equals a number's text", ONE("a: '1'"), "a=1", YES },
	{ "string: quoted number is text", ONE("a: '1'"), "a=1.0", NO },
	{ "string: true as text", ONE("a: 'True'"), "a=true", YES },
	{ "string: compact JSON of an object", ONE("a|contains: '\"b\":1'"), "a={\"b\":1}", YES },
	{ "string: any of several values", ONE("a: x"), "a='y' a='x'", YES },
	{ "string: field names keep their case", ONE("A: x"), "a='x'", NO },
	{ "number: equal", ONE("a: 5"), "a=5", YES },
	{ "number: by value", ONE("a: 1"), "a=1.0", YES },
	{ "number: no rounding", ONE("a: 9007199254740993"), "a=9007199254740992", NO },
	{ "number: the same text in a string", ONE("a: 5"), "a='5'", YES },
	{ "number: another text in a string", ONE("a: 5"), "a='5.0'", NO },
	{ "number: not a boolean", ONE("a: 1"), "a=true", NO },
	{ "number: account id with a leading zero", ONE("a: 012345670123"), "a='012345670123'", YES },
	{ "bool: true", ONE("a: true"), "a=true", YES },
	{ "bool: false is not true", ONE("a: true"), "a=false", NO },
	{ "bool: as text", ONE("a: true"), "a='True'", YES },
	{ "bool: absent is not false", ONE("a: false"), "b=1", NO },
	{ "plain No is a string", ONE("a: No"), "a='No'", YES },
	{ "null: absent", ONE("a: null"), "b=1", YES },
	{ "null: a null", ONE("a: null"), "a=null", YES },
	{ "null: something", ONE("a: null"), "a=''", NO },
	{ "null: nothing after the colon", ONE("a:"), "b=1", YES },
	{ "exists: there", ONE("a|exists: true"), "a=0", YES },
	{ "exists: a null is there", ONE("a|exists: true"), "a=null", YES },
	{ "exists: not there", ONE("a|exists: true"), "b=0", NO },
	{ "exists false: not there", ONE("a|exists: false"), "b=0", YES },
	{ "exists false: a null is there", ONE("a|exists: false"), "a=null", NO },
	{ "contains: in the middle", ONE("a|contains: end"), "a='GetSendQuota'", YES },
	{ "contains: not", ONE("a|contains: endx"), "a='GetSendQuota'", NO },
	{ "startswith", ONE("a|startswith: get"), "a='GetSendQuota'", YES },
	{ "startswith: not in the middle", ONE("a|startswith: send"), "a='GetSendQuota'", NO },
	{ "endswith", ONE("a|endswith: quota"), "a='GetSendQuota'", YES },
	{ "endswith: not at the start", ONE("a|endswith: get"), "a='GetSendQuota'", NO },
	{ "contains: keeps wildcards", ONE("a|contains: 'e?d'"), "a='GetSendQuota'", YES },
	{ "cased: same", ONE("a|cased: Get"), "a='Get'", YES },
	{ "cased: other case", ONE("a|cased: Get"), "a='get'", NO },
	{ "cased contains", ONE("a|contains|cased: Send"), "a='GetSendQuota'", YES },
	{ "cased contains: other case", ONE("a|contains|cased: send"), "a='GetSendQuota'", NO },
	{ "cased startswith, the other way round", ONE("a|cased|startswith: Get"), "a='Gets'", YES },
	{ "list: any", ONE("a: [x, y]"), "a='y'", YES },
	{ "list: none", ONE("a: [x, y]"), "a='z'", NO },
	{ "all: each met", ONE("a|contains|all: [x, y]"), "a='x-y'", YES },
	{ "all: one missing", ONE("a|contains|all: [x, y]"), "a='x-z'", NO },
	{ "all: by different values", ONE("a|all: [x, y]"), "a='x' a='y'", YES },
	{ "neq: other", ONE("a|neq: x"), "a='y'", YES },
	{ "neq: equal", ONE("a|neq: x"), "a='X'", NO },
	{ "neq: absent field", ONE("a|neq: x"), "b=1", YES },
	{ "neq: null", ONE("a|neq: x"), "a=null", YES },
	{ "neq: any value equal", ONE("a|neq: x"), "a='y' a='x'", NO },
	{ "neq: none of a list", ONE("a|neq: [x, y]"), "a='z'", YES },
	{ "neq: one of a list", ONE("a|neq: [x, y]"), "a='y'", NO },
	{ "neq: number", ONE("a|neq: 1"), "a=1.00", NO },
	{ "re: searches", ONE("a|re: 'S.n+d'"), "a='GetSendQuota'", YES },
	{ "re: is cased", ONE("a|re: send"), "a='GetSendQuota'", NO },
	{ "re: i", ONE("a|re|i: send"), "a='GetSendQuota'", YES },
	{ "re: anchored", ONE("a|re: '^Send'"), "a='GetSendQuota'", NO },
	{ "re: m", ONE("a|re|m: '^b$'"), "a='a\nb\nc'", YES },
	{ "re: without m", ONE("a|re: '^b$'"), "a='a\nb\nc'", NO },
	{ "re: s", ONE("a|re|s: 'a.b'"), "a='a\nb'", YES },
	{ "re: without s", ONE("a|re: 'a.b'"), "a='a\nb'", NO },
	{ "re: bad UTF-8 around", ONE("a|re: abc"), "a='\xff" "abc\xc3'", YES },
	{ "re: not of a null", ONE("a|re: '.*'"), "a=null", NO },
	{ "cidr: inside", ONE("a|cidr: 192.0.2.0/24"), "a='192.0.2.255'", YES },
	{ "cidr: outside", ONE("a|cidr: 192.0.2.0/24"), "a='192.0.3.0'", NO },
	{ "cidr: odd prefix", ONE("a|cidr: 10.128.0.0/9"), "a='10.127.0.1'", NO },
	{ "cidr: everything", ONE("a|cidr: 0.0.0.0/0"), "a='8.8.8.8'", YES },
	{ "cidr: service names are no addresses", ONE("a|cidr: 0.0.0.0/0"), "a='ses.amazonaws.com'", NO },
	{ "cidr: v6 inside", ONE("a|cidr: '2001:db8::/33'"), "a='2001:db8:7fff::1'", YES },
	{ "cidr: v6 outside", ONE("a|cidr: '2001:db8::/33'"), "a='2001:db8:8000::1'", NO },
	{ "cidr: v6 is not v4", ONE("a|cidr: 0.0.0.0/0"), "a='::1'", NO },
	{ "cidr: any of a list", ONE("a|cidr: [10.0.0.0/8, 192.0.2.1]"), "a='192.0.2.1'", YES },
	{ "lt", ONE("a|lt: 10"), "a=9.999999999999999999999", YES },
	{ "lt: equal", ONE("a|lt: 10"), "a=10", NO },
	{ "lte: equal", ONE("a|lte: 10"), "a=1e1", YES },
	{ "gt: negative", ONE("a|gt: -2"), "a=-1", YES },
	{ "gte: number in a string", ONE("a|gte: 5"), "a='12'", YES },
	{ "gte: no number", ONE("a|gte: 5"), "a='x'", NO },
	{ "fieldref: equal", ONE("a|fieldref: b"), "a='x' b='X'", YES },
	{ "fieldref: different", ONE("a|fieldref: b"), "a='x' b='y'", NO },
	{ "fieldref: nulls equal nothing", ONE("a|fieldref: b"), "a=null b=null", NO },
	{ "fieldref: absent", ONE("a|fieldref: b"), "a='x'", NO },
	{ "fieldref: numbers by value", ONE("a|fieldref: b"), "a=1 b=1.0", YES },
	{ "fieldref: startswith", ONE("a|fieldref|startswith: b"), "a='xyz' b='xy'", YES },
	{ "fieldref: endswith", ONE("a|fieldref|endswith: b"), "a='xyz' b='xy'", NO },
	{ "fieldref: contains", ONE("a|fieldref|contains: b"), "a='xyz' b='y'", YES },
	{ "fieldref: neq", ONE("a|fieldref|neq: b"), "a='x' b='y'", YES },
	{ "mapping: all of it", " s: {a: x, b: y}\n condition: s\n", "a='x' b='y'", YES },
	{ "mapping: a part", " s: {a: x, b: y}\n condition: s\n", "a='x'", NO },
	{ "list of mappings: any", " s: [{a: x}, {b: y}]\n condition: s\n", "b='y'", YES },
	{ "list of mappings: none", " s: [{a: x}, {b: y}]\n condition: s\n", "b='x'", NO },
	{ "condition: and before or", " s: {a: x}\n t: {b: y}\n u: {c: z}\n condition: s or t and u\n",
		"a='x'", YES },
	{ "condition: parentheses", " s: {a: x}\n t: {b: y}\n u: {c: z}\n condition: (s or t) and u\n",
		"a='x'", NO },
	{ "condition: not binds tightest", " s: {a: x}\n t: {b: y}\n condition: not s and t\n", "b='y'",
	YES },
	{ "condition: not not", " s: {a: x}\n condition: not not s\n", "a='x'", YES },
	{ "condition: 1 of", " s_1: {a: x}\n s_2: {b: y}\n condition: 1 of s_*\n", "b='y'", YES },
	{ "condition: any of", " s_1: {a: x}\n s_2: {b: y}\n condition: any of s_*\n", "b='y'", YES },
	{ "condition: all of", " s_1: {a: x}\n s_2: {b: y}\n condition: all of s_*\n", "b='y'", NO },
	{ "condition: all of them", " s: {a: x}\n t: {b: y}\n condition: all of them\n", "a='x' b='y'",
	YES },
	{ "condition: them leaves out _", " s: {a: x}\n _t: {b: y}\n condition: all of them\n", "a='x'",
	YES },
	{ "condition: list means any", " s: {a: x}\n t: {b: y}\n condition: [s, t]\n", "b='y'", YES },
	{ "condition: filter", " s: {a: x}\n f: {b: y}\n condition: s and not 1 of f*\n", "a='x' b='y'",
	NO },
};

/* As in lists that are long. */
static void shorten_all(const struct ks_program *program, struct ks_arena *arena)
{
	const struct ks_detection *detection = &program->rules[0]->detection;

	for (size_t i = 0; i < detection->item_count; i++) {
		struct ks_item *item = (struct ks_item *)(uintptr_t)&detection->items[i];

		if (!item->is_all)
			ks_item_shorten(item, arena);
	}
}

static void test_row(void **state)
{
	const struct row *row = *state;
	struct ks_arena arena = { NULL };
	struct ks_ruleset ruleset;
	struct ks_program program;
	struct ks_matcher matcher;
	struct ks_vec reasons = KS_VEC_OF(struct ks_reason);
	struct view view;

	ks_ruleset_init(&ruleset);
	assert_int_equal(view_add_rule(&ruleset, row->detection), 0);
	ks_program_build(&program, &ruleset);
	ks_matcher_init(&matcher, &program);
	view_init(&view, &program, row->event);
	assert_int_equal(ks_matcher_eval(&matcher, 0, &view.view), row->want);
	assert_int_equal(ks_matcher_explain(&matcher, 0, &view.view, &reasons), row->want);
	assert_int_equal(reasons.n, program.rules[0]->detection.item_count);
	shorten_all(&program, &arena);
	assert_int_equal(ks_matcher_eval(&matcher, 0, &view.view), row->want);
	ks_arena_release(&arena);
	ks_vec_release(&reasons);
	ks_matcher_release(&matcher);
	ks_ruleset_release(&ruleset);
}

/* A regular expression that blows up on the value of a, joined with what is known of b. */
struct open_row {
	const char *name, *condition, *b;
	enum ks_verdict want;
};

static const struct open_row opens[] = {
	{ "undecided: alone", "r", "'n'", OPEN },
	{ "undecided: not", "not r", "'n'", OPEN },
	{ "undecided: or yes", "r or s", "'y'", YES },
	{ "undecided: or no", "r or s", "'n'", OPEN },
	{ "undecided: and yes", "r and s", "'y'", OPEN },
	{ "undecided: and no", "r and s", "'n'", NO },
	{ "undecided: 1 of", "1 of them", "'n'", OPEN },
};

static void test_open(void **state)
{
	const struct open_row *row = *state;
	struct ks_arena arena = { NULL };
	struct ks_ruleset ruleset;
	struct ks_program program;
	struct ks_matcher matcher;
	struct view view;
	char text[256], event[256];

	snprintf(text, sizeof(text),
		" r:\n  a|re: '^(a|aa)+$'\n s:\n  b: y\n condition: (%s) or s and not s\n",
		row->condition);
	snprintf(event, sizeof(event), "b=%s a='%.60sb'", row->b,
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa");
	ks_ruleset_init(&ruleset);
	assert_int_equal(view_add_rule(&ruleset, text), 0);
	ks_program_build(&program, &ruleset);
	ks_matcher_init(&matcher, &program);
	view_init(&view, &program, event);
	assert_int_equal(ks_matcher_eval(&matcher, 0, &view.view), row->want);
	shorten_all(&program, &arena);
	ks_matcher_begin(&matcher);
	assert_int_equal(ks_matcher_eval(&matcher, 0, &view.view), row->want);
	ks_arena_release(&arena);
	ks_matcher_release(&matcher);
	ks_ruleset_release(&ruleset);
}

/* A rule with one item, a list that is long; to be released as any. */
static void load_list(const char *rule, struct ks_ruleset *ruleset, struct ks_program *program,
	struct ks_matcher *matcher)
{
	ks_ruleset_init(ruleset);
	assert_int_equal(view_add_rule(ruleset, rule), 0);
	ks_program_build(program, ruleset);
	assert_non_null(program->rules[0]->detection.items[0].shortlist);
	ks_matcher_init(matcher, program);
}

/* A long list of what Sigma has, of which each value is met by one field alone. */
static void test_long_list(void **state)
{
	static const char *const mets[] = { "'x'", "'needle'", "'NEEDLE'", "'has inner part'", "'prefixed'",
		"'the suffixed'", "'long glob in it'", "null", "7", "7.0", "true", "'a1b'" };
	static const char *const misses[] = { "'needles'", "''", "'inner-part'", "'not prefixed'", "8", "false",
		"'suffixed?'", "'glob long'", "{\"x\":1}" };
	struct ks_ruleset ruleset;
	struct ks_program program;
	struct ks_matcher matcher;
	char event[100];
	struct view view;

	(void)state;
	load_list(ONE("a: [x, needle, '*inner part*', 'prefixed*', '*suffixed', "
		"'*long*glob*', null, 7, true, 'a?b', y, z]"), &ruleset, &program, &matcher);
	for (size_t i = 0; i < sizeof(mets) / sizeof(mets[0]) + sizeof(misses) / sizeof(misses[0]); i++) {
		bool is_met = i < sizeof(mets) / sizeof(mets[0]);

		snprintf(event, sizeof(event), "a=%s", is_met ? mets[i] :
			misses[i - sizeof(mets) / sizeof(mets[0])]);
		view_init(&view, &program, event);
		if (ks_matcher_eval(&matcher, 0, &view.view) != (is_met ? YES : NO))
			fail_msg("%s", event);
	}
	view_init(&view, &program, "b=1");
	assert_int_equal(ks_matcher_eval(&matcher, 0, &view.view), YES);
	view_init(&view, &program, "a='no' a='needle'");
	assert_int_equal(ks_matcher_eval(&matcher, 0, &view.view), YES);
	ks_matcher_release(&matcher);
	ks_ruleset_release(&ruleset);
}

/* A regular expression of a long list is matched once, however often its literal stands in the text: what
 * may be spent on a record is not gone. */
static void test_list_of_regexes(void **state)
{
	char rule[2000] = "", event[4000] = "a='";
	struct ks_ruleset ruleset;
	struct ks_program program;
	struct ks_matcher matcher;
	struct view view;

	(void)state;
	snprintf(rule, sizeof(rule), " s:\n  a|re:\n   - 'evil.*[0-9]{3}'\n");
	for (unsigned i = 0; i < 20; i++)
		snprintf(rule + strlen(rule), sizeof(rule) - strlen(rule), "   - 'other%u[xy]'\n", i);
	snprintf(rule + strlen(rule), sizeof(rule) - strlen(rule), " condition: s\n");
	for (unsigned i = 0; i < 600; i++)
		memcpy(event + 3 + 6 * i, "evilab", 6);
	event[3 + 3600] = '\'';
	load_list(rule, &ruleset, &program, &matcher);
	view_init(&view, &program, event);
	assert_int_equal(ks_matcher_eval(&matcher, 0, &view.view), NO);
	memcpy(event + 3 + 3590, "evil123", 7);
	view_init(&view, &program, event);
	assert_int_equal(ks_matcher_eval(&matcher, 0, &view.view), YES);
	ks_matcher_release(&matcher);
	ks_ruleset_release(&ruleset);
}

/* In a long list, what an expression spends is not missing for one that stands before it, though that has no
 * text by which it could be found. */
static void test_order_of_regexes(void **state)
{
	static char event[9000] = "a='mytool-";
	char rule[2000] = " s:\n  a|re:\n   - '[Mm]y[Tt]ool'\n";
	struct ks_ruleset ruleset;
	struct ks_program program;
	struct ks_matcher matcher;
	struct view view;
	size_t at = strlen(event);

	(void)state;
	for (unsigned i = 0; i < 12; i++)
		snprintf(rule + strlen(rule), sizeof(rule) - strlen(rule),
			"   - 'tool-[ab]+[ab]+[ab]+[ab]+[ab]+.{%u}[xy]$'\n", i);
	snprintf(rule + strlen(rule), sizeof(rule) - strlen(rule), " condition: s\n");
	for (; at < sizeof(event) - 2; at++)
		event[at] = "ab"[at % 2];
	event[at] = '\'';
	load_list(rule, &ruleset, &program, &matcher);
	view_init(&view, &program, event);
	for (int plain = 0; plain < 2; plain++) {
		matcher.is_plain = plain == 1;
		ks_matcher_begin(&matcher);
		assert_int_equal(ks_matcher_eval(&matcher, 0, &view.view), YES);
	}
	/* The others do spend it all. */
	event[3] = '-';
	ks_matcher_begin(&matcher);
	assert_int_equal(ks_matcher_eval(&matcher, 0, &view.view), OPEN);
	ks_matcher_release(&matcher);
	ks_ruleset_release(&ruleset);
}

static void test_reasons(void **state)
{
	struct ks_ruleset ruleset;
	struct ks_program program;
	struct ks_matcher matcher;
	struct ks_vec reasons = KS_VEC_OF(struct ks_reason);
	const struct ks_reason *reason;
	struct view view;

	(void)state;
	ks_ruleset_init(&ruleset);
	view_add_rule(&ruleset, " s:\n  a|re: 'x'\n  b: [y, z]\n f:\n  c: 1\n condition: s and not f\n");
	ks_program_build(&program, &ruleset);
	ks_matcher_init(&matcher, &program);
	view_init(&view, &program, "a='x' b='q' c=2");
	assert_int_equal(ks_matcher_explain(&matcher, 0, &view.view, &reasons), NO);
	assert_int_equal(reasons.n, 3);
	reason = reasons.p;
	assert_string_equal(reason[0].item->text.p, "a|re: x");
	assert_int_equal(reason[0].verdict, YES);
	assert_string_equal(reason[1].item->text.p, "b: y, z");
	assert_int_equal(reason[1].verdict, NO);
	assert_string_equal(reason[2].item->selection.p, "f");
	assert_int_equal(reason[2].item->line, 9);
	assert_int_equal(reason[2].verdict, NO);
	ks_vec_release(&reasons);
	ks_matcher_release(&matcher);
	ks_ruleset_release(&ruleset);
}

/* Two large arrays are given up on, not multiplied. */
struct large {
	const struct ks_program *program;
	struct ks_value *values;
	size_t n;
};

static size_t large_values(void *arg, uint32_t field, const struct ks_value **out)
{
	struct large *large = arg;

	*out = large->values + field * large->n;
	return large->n;
}

static void test_large_fieldref(void **state)
{
	static struct ks_value values[2 * 20000];
	struct large large = { .values = values, .n = 20000 };
	struct ks_view view = { large_values, &large };
	struct ks_ruleset ruleset;
	struct ks_program program;
	struct ks_matcher matcher;

	(void)state;
	for (size_t i = 0; i < 40000; i++)
		values[i] = (struct ks_value){ KS_VALUE_STRING, i < 20000 ? KS_STR("x") : KS_STR("y") };
	ks_ruleset_init(&ruleset);
	view_add_rule(&ruleset, ONE("a|fieldref: b"));
	ks_program_build(&program, &ruleset);
	ks_matcher_init(&matcher, &program);
	assert_int_equal(ks_matcher_eval(&matcher, 0, &view), OPEN);
	ks_matcher_release(&matcher);
	ks_ruleset_release(&ruleset);
}

/* A search for one text in another takes as long as they are, not their product; many are given up on. */
static void test_long_fieldref(void **state)
{
	static const char *const modifiers[] = { "a|fieldref|contains: b", "a|fieldref|contains|cased: b",
		"a|fieldref|startswith: b", "a|fieldref|endswith: b" };
	static struct ks_value values[2 * 200];
	char *text = malloc(990000), *part = malloc(495001);

	(void)state;
	memset(text, 'a', 990000);
	memset(part, 'a', 495000);
	part[495000] = 'b';
	/* The field that is referred to comes first. */
	for (size_t i = 0; i < 400; i++)
		values[i] = (struct ks_value){ KS_VALUE_STRING, i < 200 ? (struct ks_str){ part, 495001 } :
			(struct ks_str){ text, 990000 } };
	for (size_t i = 0; i < 2 * sizeof(modifiers) / sizeof(modifiers[0]); i++) {
		/* One pair, and 200 times 200. */
		struct large large = { .values = i % 2 == 0 ? values + 199 : values, .n = i % 2 == 0 ? 1 : 200 };
		struct ks_view view = { large_values, &large };
		char rule[200];
		struct ks_ruleset ruleset;
		struct ks_program program;
		struct ks_matcher matcher;

		ks_ruleset_init(&ruleset);
		snprintf(rule, sizeof(rule), " s:\n  %s\n condition: s\n", modifiers[i / 2]);
		view_add_rule(&ruleset, rule);
		ks_program_build(&program, &ruleset);
		ks_matcher_init(&matcher, &program);
		assert_int_equal(ks_matcher_eval(&matcher, 0, &view), i % 2 == 0 ? NO : OPEN);
		ks_matcher_release(&matcher);
		ks_ruleset_release(&ruleset);
	}
	free(text);
	free(part);
}

int main(void)
{
	struct rows all = { 0 };

	ROWS_TABLE(&all, test_row, rows);
	ROWS_TABLE(&all, test_open, opens);
	ROWS_TEST(&all, test_long_list);
	ROWS_TEST(&all, test_list_of_regexes);
	ROWS_TEST(&all, test_order_of_regexes);
	ROWS_TEST(&all, test_reasons);
	ROWS_TEST(&all, test_large_fieldref);
	ROWS_TEST(&all, test_long_fieldref);
	return rows_run("matcher", &all);
}
