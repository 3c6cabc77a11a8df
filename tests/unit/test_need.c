/* lib/sigma/need: what it finds, and that it is sound: no record that meets no atom may ever be of
 * interest. */
#include "lib/sigma/need.h"

#include "tests/unit/rows.h"
#include "tests/unit/view.h"

#include <stdlib.h>

static const char *const anchors[] = { "eventName", "eventSource", "decoy." };

#define ANCHORS (sizeof(anchors) / sizeof(anchors[0]))

struct row {
	const char *name, *detection;
	const char *want;        /* "*" for every record; atoms as field~literal, or field for presence */
};

static const struct row rows[] = {
	{ "one name", " s: {eventName: Get}\n condition: s\n", "eventName~get" },
	{ "names in a list", " s: {eventName: [A, B]}\n condition: s\n", "eventName~a eventName~b" },
	{ "other field", " s: {userAgent: x}\n condition: s\n", "*" },
	{ "and: the anchored part", " s: {userAgent: x, eventName: Get}\n condition: s\n", "eventName~get" },
	{ "and: exact before wildcard", " s: {eventName: Get*, eventSource: ses}\n condition: s\n",
		"eventSource~ses" },
	{ "and: many names before one source", " s: {eventSource: ses, eventName: [A, B]}\n condition: s\n",
		"eventName~a eventName~b" },
	{ "and: one name before one source", " s: {eventSource: ses, eventName: A}\n condition: s\n",
		"eventName~a" },
	{ "and: fewer atoms of one field",
		" s: {eventName: [A, B]}\n t: {eventName: C}\n condition: s and t\n", "eventName~c" },
	{ "and: below an anchor with a dot before any text",
		" s: {decoy.name: '*', eventName: Get*}\n condition: s\n", "decoy.name" },
	{ "or: all parts", " s: {eventName: A}\n t: {eventSource: B}\n condition: s or t\n",
		"eventName~a eventSource~b" },
	{ "or: one part is open", " s: {eventName: A}\n t: {x: B}\n condition: s or t\n", "*" },
	{ "filter does not matter", " s: {eventName: A}\n f: {eventName: B}\n condition: s and not f\n",
		"eventName~a" },
	{ "not", " s: {eventName: A}\n condition: not s\n", "*" },
	{ "not not", " s: {eventName: A}\n condition: not not s\n", "eventName~a" },
	{ "De Morgan", " s: {eventName: A}\n t: {x: y}\n condition: not (not s or t)\n", "eventName~a" },
	{ "neq", " s: {eventName|neq: A}\n condition: s\n", "*" },
	{ "not neq", " s: {eventName|neq: [A, B]}\n condition: not s\n", "eventName~a eventName~b" },
	{ "null", " s: {eventName: null}\n condition: s\n", "*" },
	{ "not null", " s: {decoy.name: null}\n condition: not s\n", "decoy.name" },
	{ "exists", " s: {decoy.name|exists: true}\n condition: s\n", "decoy.name" },
	{ "exists false", " s: {decoy.name|exists: false}\n condition: s\n", "*" },
	{ "not exists false", " s: {decoy.name|exists: false}\n condition: not s\n", "decoy.name" },
	{ "regular expression", " s: {eventName|re: '^Ge'}\n condition: s\n", "eventName" },
	{ "regular expression with a text", " s: {eventName|re: '^Get.*'}\n condition: s\n", "eventName~Get" },
	{ "not a regular expression", " s: {eventName|re: '^Get.*'}\n condition: not s\n", "*" },
	{ "number", " s: {decoy.n: 5}\n condition: s\n", "decoy.n" },
	{ "any string", " s: {decoy.n: '*'}\n condition: s\n", "decoy.n" },
	{ "fieldref, other side", " s: {x|fieldref: eventName}\n condition: s\n", "eventName" },
	{ "all", " s: {'eventName|contains|all': [A, B]}\n condition: s\n", "eventName~a" },
	{ "1 of", " s_1: {eventName: A}\n s_2: {eventName: B}\n condition: 1 of s_*\n",
		"eventName~a eventName~b" },
	{ "not any of a list with null", " s: {decoy.n: [a, null]}\n condition: not s\n", "decoy.n" },
	{ "neq all of a list with null", " s: {'decoy.n|all|neq': [a, null]}\n condition: s\n", "*" },
	{ "forms of one value", " s: {'eventName|windash': '-a'}\n condition: s\n",
		"eventName~-a eventName~/a eventName~\xe2\x80\x93" "a eventName~\xe2\x80\x94" "a "
		"eventName~\xe2\x80\x95" "a" },
	{ "forms of two values with all", " s: {'eventName|windash|all': ['-a', 'b']}\n condition: s\n",
		"eventName~b" },
	{ "forms of one value with all: not one of them alone",
		" s: {'eventName|base64offset|contains|all': [foobar, foobaz]}\n condition: s\n",
		"eventName~zm9vymfy eventName~zvb2jhc eventName~mb29iyx" },
	{ "keywords", " s: [a, b]\n condition: s\n", "*" },
	{ "keywords and a name", " s: [a, b]\n t: {eventName: A}\n condition: s and t\n", "eventName~a" },
	{ "part of a time", " s: {decoy.t|hour: 5}\n condition: s\n", "decoy.t" },
	{ "prefix anchors need their dot", " s: {decoyish: A}\n condition: s\n", "*" },
};

/* filter: NULL for none. */
static void check(const char *detection, const char *filter, const char *want)
{
	struct ks_ruleset ruleset;
	struct ks_program program;
	struct ks_need need;
	struct ks_buf text;

	ks_ruleset_init(&ruleset);
	assert_int_equal(view_add_rule(&ruleset, detection), 0);
	if (filter != NULL)
		assert_int_equal(view_add_filter(&ruleset, filter), 0);
	ks_program_build(&program, &ruleset);
	ks_need_init(&need);
	ks_need_find(&program, 0, anchors, ANCHORS, &need);
	ks_buf_init(&text, 4096);
	ks_buf_adds(&text, need.is_every ? "*" : "");
	for (size_t i = 0; i < need.atoms.n; i++) {
		const struct ks_need_atom *atom = KS_VEC_AT(&need.atoms, struct ks_need_atom, i);

		ks_buf_adds(&text, i > 0 ? " " : "");
		ks_buf_add(&text, program.paths[atom->field]);
		if (atom->pattern != NULL)
			ks_buf_addf(&text, "~" KS_STR_FMT, KS_STR_ARG(atom->pattern->literal));
	}
	assert_string_equal(ks_buf_str(&text).p, want);
	ks_buf_release(&text);
	ks_need_release(&need);
	ks_ruleset_release(&ruleset);
}

static void test_row(void **state)
{
	const struct row *row = *state;

	check(row->detection, NULL, row->want);
}

/* What a filter of the rule adds. */
struct filter_row {
	const char *name, *detection, *filter, *want;
	bool reads_actor;
};

static const struct filter_row filter_rows[] = {
	{ "filter: what it leaves out does not matter", " s: {x: y}\n condition: s\n",
		" f: {eventName: B}\n condition: not f\n", "*", false },
	{ "filter: what it asks for does", " s: {x: y}\n condition: s\n",
		" f: {eventName: B}\n condition: f\n", "eventName~b", false },
	{ "filter: if it selects more than what the rule asks for", " s: {eventSource: A}\n condition: s\n",
		" f: {eventName: B}\n condition: f\n", "eventName~b", false },
	{ "filter: and if it selects less", " s: {eventName: A}\n condition: s\n",
		" f: {eventSource: B}\n condition: f\n", "eventName~a", false },
	{ "filter: it is read", " s: {eventName: A}\n condition: s\n",
		" f: {actor.first_seen.ip: true}\n condition: not f\n", "eventName~a", true },
};

static void test_filter(void **state)
{
	const struct filter_row *row = *state;
	struct ks_ruleset ruleset;
	struct ks_program program;

	check(row->detection, row->filter, row->want);
	ks_ruleset_init(&ruleset);
	assert_int_equal(view_add_rule(&ruleset, row->detection), 0);
	assert_int_equal(view_add_filter(&ruleset, row->filter), 0);
	ks_program_build(&program, &ruleset);
	assert_int_equal(ks_need_reads(&program, 0, KS_STR("actor.")), row->reads_actor);
	ks_ruleset_release(&ruleset);
}

struct reads_row {
	const char *name, *detection;
	bool want;
};

static const struct reads_row reads[] = {
	{ "reads: a field below it", " s: {actor.idle_days: 3}\n condition: s\n", true },
	{ "reads: by fieldref", " s: {'x|fieldref': actor.idle_days}\n condition: s\n", true },
	{ "reads: only to leave out",
		" s: {x: 1}\n f: {actor.first_seen.ip: true}\n condition: s and not f\n", true },
	{ "reads: not", " s: {actors.x: 1, x.actor.y: 2}\n condition: s\n", false },
};

static void test_reads(void **state)
{
	const struct reads_row *row = *state;
	struct ks_ruleset ruleset;
	struct ks_program program;

	ks_ruleset_init(&ruleset);
	assert_int_equal(view_add_rule(&ruleset, row->detection), 0);
	ks_program_build(&program, &ruleset);
	assert_int_equal(ks_need_reads(&program, 0, KS_STR("actor.")), row->want);
	ks_ruleset_release(&ruleset);
}

static const char *pick(unsigned *seed, const char *const *from, size_t n)
{
	return from[(size_t)rand_r(seed) % n];
}

#define PICK(seed, table) pick((seed), (table), sizeof(table) / sizeof((table)[0]))

static void add_condition(unsigned *seed, struct ks_buf *out, int depth)
{
	static const char *const names[] = { "s0", "s1", "s2", "1 of s*", "all of s*", "not s0",
		"not 1 of s*" };
	static const char *const joins[] = { " and ", " or ", " and not ", " or not " };

	if (depth == 0 || rand_r(seed) % 3 == 0) {
		ks_buf_adds(out, PICK(seed, names));
		return;
	}
	ks_buf_adds(out, rand_r(seed) % 4 == 0 ? "not (" : "(");
	add_condition(seed, out, depth - 1);
	ks_buf_adds(out, PICK(seed, joins));
	add_condition(seed, out, depth - 1);
	ks_buf_addc(out, ')');
}

static void make_rule(unsigned *seed, struct ks_buf *out)
{
	static const char *const items[] = { "eventName: A", "eventName: [A, b]", "'eventName|contains': a",
		"'eventName|neq': A", "'eventName|neq': [a, b]", "eventName: null", "'eventName|exists': true",
		"'eventName|exists': false", "'eventName|re': '^[ab]$'", "'eventName|re': '^(a|aa)+$'",
		"'eventName|all': [a, b]", "'eventName|startswith|neq': a", "'eventName|fieldref': x",
		"'eventName|exists|neq': false", "'eventName|all|neq': [a, b]" };
	static const char *const others[] = { "decoy.n: 1", "'decoy.n|gt': 0", "decoy.n: '*'",
		"decoy.n: ''", "x: a",
		"'x|neq': a", "x: null", "'x|fieldref': eventName", "'decoy.n|cidr': 10.0.0.0/8",
		"decoy.n: [a, null]",
		"'decoy.n|cased': A", "decoy.n: true", "'x|fieldref|contains': decoy.n" };

	for (int i = 0; i < 3; i++) {
		ks_buf_addf(out, " s%d:\n", i);
		switch (rand_r(seed) % 3) {
		case 0:
			ks_buf_addf(out, "  %s\n  %s\n", PICK(seed, items), PICK(seed, others));
			break;
		case 1:
			ks_buf_addf(out, "  - %s\n  - %s\n", PICK(seed, items), PICK(seed, others));
			break;
		default:
			ks_buf_addf(out, "  %s\n", rand_r(seed) % 2 ? PICK(seed, items) : PICK(seed, others));
		}
	}
	ks_buf_adds(out, " condition: ");
	add_condition(seed, out, 3);
	ks_buf_adds(out, "\n");
}

static void make_event(unsigned *seed, struct ks_buf *out)
{
	static const char *const values[] = { "'a'", "'A'", "'b'", "'ab'", "''", "null", "1", "1.0", "true",
		"'10.1.1.1'",
		"{\"a\":1}", "'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab'" };
	static const char *const fields[] = { "eventName", "decoy.n", "x" };

	for (int n = rand_r(seed) % 4; n > 0; n--)
		ks_buf_addf(out, "%s=%s ", PICK(seed, fields), PICK(seed, values));
}

static bool is_met(const struct ks_need *need, const struct ks_view *view)
{
	for (size_t i = 0; i < need->atoms.n; i++) {
		const struct ks_need_atom *atom = KS_VEC_AT(&need->atoms, struct ks_need_atom, i);
		const struct ks_value *values;
		size_t n = view->values(view->arg, atom->field, &values);

		if (atom->pattern == NULL && n > 0)
			return true;
		for (size_t j = 0; atom->pattern != NULL && j < n; j++)
			if (values[j].kind != KS_VALUE_NULL && ks_pattern_is_match(atom->pattern, values[j].text))
				return true;
	}
	return need->is_every;
}

static void try_rule(unsigned *seed, size_t *narrow, size_t *filtered)
{
	struct ks_ruleset ruleset;
	struct ks_program program;
	struct ks_matcher matcher;
	struct ks_need need;
	struct ks_buf rule, event;
	size_t filter_at;

	ks_buf_init(&rule, 1u << 16);
	ks_buf_init(&event, 1u << 16);
	make_rule(seed, &rule);
	ks_ruleset_init(&ruleset);
	assert_int_equal(view_add_rule(&ruleset, ks_buf_str(&rule).p), 0);
	if (rand_r(seed) % 2 == 0) {
		ks_buf_adds(&rule, "under the filter\n");
		filter_at = rule.n;
		make_rule(seed, &rule);
		/* Refused where it could silence a decoy. */
		view_add_filter(&ruleset, rule.p + filter_at);
	}
	ks_program_build(&program, &ruleset);
	ks_matcher_init(&matcher, &program);
	ks_need_init(&need);
	ks_need_find(&program, 0, anchors, ANCHORS, &need);
	*narrow += !need.is_every;
	*filtered += program.rules[0]->detection.filter_count;
	for (int i = 0; i < 40; i++) {
		struct view view;

		ks_buf_clear(&event);
		make_event(seed, &event);
		view_init(&view, &program, ks_buf_str(&event).p);
		if (ks_matcher_eval(&matcher, 0, &view.view) != KS_VERDICT_NO && !is_met(&need, &view.view))
			fail_msg("passed over '%s' for\n%s", event.p, rule.p);
	}
	ks_need_release(&need);
	ks_matcher_release(&matcher);
	ks_ruleset_release(&ruleset);
	ks_buf_release(&rule);
	ks_buf_release(&event);
}

static void test_sound(void **state)
{
	unsigned seed = 7;
	size_t narrow = 0, filtered = 0;

	(void)state;
	for (int i = 0; i < 600; i++)
		try_rule(&seed, &narrow, &filtered);
	/* Else it would prove nothing. */
	assert_in_range(narrow, 60, 580);
	assert_in_range(filtered, 60, 580);
}

int main(void)
{
	struct rows all = { 0 };

	ROWS_TABLE(&all, test_reads, reads);
	ROWS_TABLE(&all, test_row, rows);
	ROWS_TABLE(&all, test_filter, filter_rows);
	ROWS_TEST(&all, test_sound);
	return rows_run("need", &all);
}
