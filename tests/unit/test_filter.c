/* lib/sigma/filter: what it says of mistakes, which rules it narrows,
	and that a user agent alone silences no
 * decoy. */
#include "lib/sigma/filter.h"

#include "tests/unit/rows.h"
#include "tests/unit/view.h"

#define RULE(name, detection) \
	"title: " name "\nid: 00000000-0000-4000-8000-0000000000" name "\nname: n" name "\n" \
	"logsource: {product: aws, service: cloudtrail}\ndetection: " detection "\n---\n"
#define RULES RULE("01", "{s: {a: x}, condition: s}") RULE("02", "{s: {decoy.name: '*'}, condition: s}")
/* The filter stands from line 13 on; the mapping of its key in line 15, from column 9. */
#define FILTER(body) "title: f\nlogsource: {product: aws}\nfilter: {" body "}\n"

#define NARROWS "the filter narrows rule '02', which looks at decoys: nobody but a thief, or your " \
	"own scanner, " \
	"uses one"

struct row {
	const char *name, *text;
	const char *want;        /* problems */
	const char *narrowed;    /* a digit for each rule: how many filters narrow it */
};

static const struct row rows[] = {
	{ "by id", RULES FILTER("rules: [00000000-0000-4000-8000-000000000001], s: {a: y}, condition: not "
		"s"), "",
		"10" },
	{ "by id and by name", RULES FILTER("rules: [00000000-0000-4000-8000-000000000001, n01], s: {a: y}, "
		"condition: not s"), "", "10" },
	{ "by name, one", RULES FILTER("rules: n02, s: {a: y}, condition: not s"), "warning 15:17: "
		NARROWS, "01" },
	{ "any", RULES FILTER("rules: any, s: {a: y}, condition: not s"), "warning 15:9: " NARROWS, "11" },
	{ "another logsource", RULES
		"title: f\nlogsource: {product: gcp}\nfilter: {rules: [n01], s: {a: y}, condition: not s}\n",
		"warning 15:18: the filter does not apply to rule '01': that has another logsource", "00" },
	{ "any, of another logsource", RULES
		"title: f\nlogsource: {product: gcp}\nfilter: {rules: any, s: {a: y}, condition: not s}\n",
		"warning 15:9: no rule of those loaded has the filter's logsource: it does nothing", "00" },
	{ "a narrower logsource", RULES "title: f\nlogsource: {product: aws, service: cloudtrail, category: c}\n"
		"filter: {rules: [n01], s: {a: y}, condition: not s}\n",
		"warning 15:18: the filter does not apply to rule '01': that has another logsource", "00" },
	{ "a rule that is not there", RULES FILTER("rules: [n01, n03], s: {a: y}, condition: not s"),
		"warning 15:23: no rule of those loaded has the id or name 'n03': the filter does nothing for it",
		"10" },
	{ "a title is no name", RULES FILTER("rules: ['01'], s: {a: y}, condition: not s"),
		"warning 15:18: no rule of those loaded has the id or name '01': the filter does nothing for it",
		"00" },
	{ "a correlation", RULES "title: c\nname: c\nid: 00000000-0000-4000-8000-000000000009\ncorrelation: "
		"{type: event_count, rules: [n01], timespan: 1h, condition: {gte: 2}}\n---\n"
		FILTER("rules: [c], s: {a: y}, condition: not s"),
		"error 20:18: 'c' is a correlation: a filter narrows the rules that it builds on", "00" },
	{ "no rules", RULES FILTER("s: {a: y}, condition: not s"),
		"error 15:9: the filter names no rules: list their ids or names, or write 'rules: any'", "00" },
	{ "an empty list of rules", RULES FILTER("rules: [], s: {a: y}, condition: not s"),
		"error 15:17: the filter names no rules: list their ids or names, or write 'rules: any'", "00" },
	{ "any in a list", RULES FILTER("rules: [any], s: {a: y}, condition: not s"),
		"error 15:18: 'any' stands alone: write 'rules: any' for all rules of the logsource", "00" },
	{ "several conditions", RULES FILTER("rules: any, s: {a: y}, condition: [s, not s]"),
		"error 15:44: the condition of a filter is one string, not a list", "00" },
	{ "no not", RULES FILTER("rules: any, s: {a: y}, condition: s"),
		"warning 15:44: this filter leaves out everything but what its condition matches: 'not …' leaves "
			"out "
		"what matches\nwarning 15:9: " NARROWS, "11" },
	{ "neq is a not", RULES FILTER("rules: any, s: {a|neq: y}, condition: s"), "warning 15:9: "
		NARROWS, "11" },
	{ "no mapping", RULES "title: f\nlogsource: {product: aws}\nfilter: [x]\n",
		"error 15:9: 'filter' must be a mapping of rules, selections and a condition", "00" },
	{ "two filters on one rule", RULES FILTER("rules: [n01], s: {a: y}, condition: not s") "---\n"
		FILTER("rules: [n01], s: {a: z}, condition: not s"), "", "20" },
	{ "them means the filter's own", RULES FILTER("rules: [n01], s: {a: y}, _t: {a: z}, condition: not 1 "
		"of them"),
		"warning 15:35: selection '_t' is never used by the condition", "10" },
	{ "user agent, no decoy", RULES FILTER("rules: [n01], s: {userAgent: y}, condition: not s"), "", "10" },
	{ "any of two, and a decoy", RULES FILTER("rules: any, s: {userAgent: y}, condition: not s"),
		"error 15:9: the filter does not apply to rule '02': whoever uses a decoy picks its user agent and "
		"parameters, so these (or a keyword, or what any record meets) alone must not silence it: ask for a "
		"value of another field as well", "10" },
};

static void test_row(void **state)
{
	const struct row *row = *state;
	struct ks_ruleset ruleset;
	char got[4096], narrowed[8] = "";

	ks_ruleset_init(&ruleset);
	ks_ruleset_add(&ruleset, "test.yml", ks_str_of(row->text));
	ks_ruleset_resolve(&ruleset);
	/* Nothing is told, or applied, twice. */
	ks_ruleset_resolve(&ruleset);
	view_render_problems(&ruleset, got, sizeof(got));
	assert_string_equal(got, row->want);
	for (size_t i = 0; i < ruleset.rules.n; i++)
		narrowed[i] = (char)('0' + (*KS_VEC_AT(&ruleset.rules, struct ks_rule *,
			i))->detection.filter_count);
	assert_string_equal(narrowed, row->narrowed);
	ks_ruleset_release(&ruleset);
}

/* A filter's condition on a decoy rule: whether it is refused. */
struct decoy_row {
	const char *name, *filter;
	bool is_refused;
};

static const struct decoy_row decoy_rows[] = {
	{ "user agent", "s: {userAgent: y}, condition: not s", true },
	{ "user agent and another", "s: {userAgent: y, sourceIPAddress: z}, condition: not s", false },
	{ "user agent or another", "s: {userAgent: y}, t: {sourceIPAddress: z}, condition: not s and not t",
		true },
	{ "not any of", "s: {userAgent: y}, t: {sourceIPAddress: z}, condition: not 1 of them", true },
	{ "not all of", "s: {userAgent: y}, t: {sourceIPAddress: z}, condition: not all of them", false },
	{ "list of maps", "s: [{userAgent: y}, {sourceIPAddress: z}], condition: not s", true },
	{ "neq", "s: {userAgent|neq: y}, condition: s", true },
	{ "only from", "s: {userAgent: y}, condition: s", true },
	{ "another", "s: {sourceIPAddress: z}, condition: not s", false },
	{ "unless the agent differs", "s: {sourceIPAddress: z}, t: {userAgent: y}, condition: not s or not t",
		false },
	{ "keyword", "s: [y], condition: not s", true },
	{ "keyword and another", "s: {'|all': [y, z], sourceIPAddress: z}, condition: not s", false },
	{ "field that equals the agent", "s: {a|fieldref: userAgent}, condition: not s", true },
	{ "any version", "s: {userAgent: y, eventVersion: '*'}, condition: not s", true },
	{ "a version", "s: {userAgent: y, eventVersion: '1.08'}, condition: not s", true },
	{ "there is a source", "s: {userAgent: y, eventSource|exists: true}, condition: not s", true },
	{ "nothing is there", "s: {userAgent: y, nosuch: null}, condition: not s", true },
	{ "any service", "s: {userAgent: y, eventSource|endswith: .amazonaws.com}, condition: not s", true },
	{ "a service", "s: {userAgent: y, eventSource: s3.amazonaws.com}, condition: not s", false },
	{ "any address", "s: {userAgent: y, sourceIPAddress|re: .}, condition: not s", true },
	{ "some or any address", "s: {userAgent: y, sourceIPAddress: [z, '*']}, condition: not s", true },
	{ "a network", "s: {userAgent: y, sourceIPAddress|cidr: 192.0.2.0/24}, condition: not s", false },
	{ "every network", "s: {userAgent: y, sourceIPAddress|cidr: 0.0.0.0/0}, condition: not s", true },
	{ "a very wide network", "s: {userAgent: y, sourceIPAddress|cidr: '2000::/3'}, condition: not s", true },
	{ "kind of event", "s: {eventType: AwsApiCall, userAgent: y}, condition: not s", true },
	{ "host header", "s: {tlsDetails.clientProvidedHostHeader: y}, condition: not s", true },
	{ "parameters", "s: {requestParameters.roleName: y}, condition: not s", true },
	{ "all parameters", "s: {requestParameters|contains: y}, condition: not s", true },
	{ "more data", "s: {additionalEventData.x: y, userAgent: y}, condition: not s", true },
	{ "parameters and another", "s: {requestParameters.roleName: y, sourceIPAddress: z}, condition: "
		"not s", false },
	{ "a long-term key", "s: {userIdentity.accessKeyId|startswith: AKIA, userAgent: y}, condition: "
		"not s", true },
	{ "a user", "s: {userIdentity.arn|endswith: ':user/scanner', userAgent: y}, condition: not s", false },
	{ "equal to itself", "s: {awsRegion|fieldref: awsRegion, userAgent: y}, condition: not s", true },
	{ "parts of any name, all", "s: {eventSource|contains|all: [amazon, aws], userAgent: y}, "
		"condition: not s", true },
	{ "parts of one name, all", "s: {eventSource|contains|all: [amazon, ses], userAgent: y}, "
		"condition: not s", false },
	{ "agent within something", "s: {a.userAgent: y}, condition: not s", true },
};

static void test_decoy(void **state)
{
	const struct decoy_row *row = *state;
	struct ks_ruleset ruleset;
	char text[1024];

	snprintf(text, sizeof(text), RULES FILTER("rules: [n02], %s"), row->filter);
	ks_ruleset_init(&ruleset);
	assert_int_equal(ks_ruleset_add(&ruleset, "test.yml", ks_str_of(text)), 0);
	assert_int_equal(ks_ruleset_resolve(&ruleset), row->is_refused ? -1 : 0);
	assert_int_equal((*KS_VEC_AT(&ruleset.rules, struct ks_rule *, 1))->detection.filter_count,
		!row->is_refused);
	ks_ruleset_release(&ruleset);
}

#define AS "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

/* What a rule comes to under filters, and who holds it back. */
static void test_verdicts(void **state)
{
	static const struct {
		const char *event;
		enum ks_verdict verdict;
		const char *filter;
	} events[] = {
		{ "a='x'", KS_VERDICT_YES, NULL },
		{ "a='y'", KS_VERDICT_NO, NULL },
		{ "a='x' b='1'", KS_VERDICT_NO, "f1" },
		{ "a='x' c='1'", KS_VERDICT_NO, "f2" },
		{ "a='x' b='1' c='1'", KS_VERDICT_NO, "f1" },
		{ "a='y' b='1'", KS_VERDICT_NO, NULL },
		/* What a filter cannot decide it lets through. */
		{ "a='x' d='" AS "!'", KS_VERDICT_YES, NULL },
		{ "a='x' d='" AS "'", KS_VERDICT_NO, "f2" },
		{ "a='x' b='1' d='" AS "!'", KS_VERDICT_NO, "f1" },
		{ "a='x' c='1' d='" AS "!'", KS_VERDICT_NO, "f2" },
		{ "a='y' d='" AS "!'", KS_VERDICT_NO, NULL },
	};
	struct ks_ruleset ruleset;
	struct ks_program program;
	struct ks_matcher matcher;
	char text[1024];

	(void)state;
	snprintf(text, sizeof(text), RULES "title: f1\nlogsource: {product: aws}\nfilter: {rules: [n01], s: "
		"{b: 1}, "
		"condition: not s}\n---\ntitle: f2\nlogsource: {product: aws}\nfilter: {rules: [n01], s: {c: 1}, "
		"t: {d|re: '(a+)+$'}, condition: not 1 of them}\n");
	ks_ruleset_init(&ruleset);
	assert_int_equal(ks_ruleset_add(&ruleset, "test.yml", ks_str_of(text)), 0);
	assert_int_equal(ks_ruleset_resolve(&ruleset), 0);
	ks_program_build(&program, &ruleset);
	assert_int_equal(program.filter_count, 2);
	ks_matcher_init(&matcher, &program);
	for (size_t i = 0; i < sizeof(events) / sizeof(events[0]); i++) {
		struct ks_vec reasons = KS_VEC_OF(struct ks_reason);
		const struct ks_rule *filter;
		struct view view;

		view_init(&view, &program, events[i].event);
		assert_int_equal(ks_matcher_eval(&matcher, 0, &view.view), events[i].verdict);
		assert_int_equal(ks_matcher_explain(&matcher, 0, &view.view, &reasons), events[i].verdict);
		assert_int_equal(reasons.n, 4);
		filter = ks_matcher_held_back_by(&matcher, 0, &view.view);
		if (events[i].filter == NULL)
			assert_null(filter);
		else
			assert_true(ks_str_is(filter->title, events[i].filter));
		ks_vec_release(&reasons);
	}
	ks_matcher_release(&matcher);
	ks_ruleset_release(&ruleset);
}

#define MANY 100

/* Any number of filters: the rules share them, each counts, and the first that holds back is told. */
static void test_many(void **state)
{
	struct ks_ruleset ruleset;
	struct ks_program program;
	struct ks_matcher matcher;
	struct ks_buf text;

	(void)state;
	ks_buf_init(&text, 1u << 20);
	ks_buf_adds(&text, RULES RULE("03", "{s: {a: z}, condition: s}"));
	for (unsigned i = 0; i < MANY; i++)
		ks_buf_addf(&text, "title: f%u\nlogsource: {product: aws}\nfilter: {rules: [n01, n03], "
			"s: {b: 'v%u'}, condition: not s}\n---\n", i, i);
	ks_ruleset_init(&ruleset);
	assert_int_equal(ks_ruleset_add(&ruleset, "test.yml", ks_buf_str(&text)), 0);
	assert_int_equal(ks_ruleset_resolve(&ruleset), 0);
	ks_program_build(&program, &ruleset);
	for (size_t i = 0; i < MANY; i++)
		assert_ptr_equal(program.rules[0]->detection.filters[i], program.rules[2]->detection.filters[i]);
	ks_matcher_init(&matcher, &program);
	for (unsigned i = 0; i <= MANY; i++) {
		const struct ks_rule *filter;
		struct view view;

		ks_buf_clear(&text);
		ks_buf_addf(&text, "a='x' b='v%u'", i);
		view_init(&view, &program, text.p);
		assert_int_equal(ks_matcher_eval(&matcher, 0, &view.view),
			i < MANY ? KS_VERDICT_NO : KS_VERDICT_YES);
		filter = ks_matcher_held_back_by(&matcher, 0, &view.view);
		assert_ptr_equal(filter, i < MANY ? program.rules[0]->detection.filters[i] : NULL);
	}
	ks_matcher_release(&matcher);
	ks_ruleset_release(&ruleset);
	ks_buf_release(&text);
}

int main(void)
{
	struct rows all = { 0 };

	ROWS_TABLE(&all, test_row, rows);
	ROWS_TABLE(&all, test_decoy, decoy_rows);
	ROWS_TEST(&all, test_verdicts);
	ROWS_TEST(&all, test_many);
	return rows_run("filter", &all);
}
