/* keysnare policy test: runs the cases that stand beside rules. */
#include "cmd/keysnare/command.h"
#include "cmd/keysnare/enrichment.h"
#include "cmd/keysnare/rules.h"

#include "lib/base/file.h"
#include "lib/base/limits.h"
#include "lib/base/text.h"
#include "lib/engine/trial.h"
#include "lib/trail/lookup.h"

#include <stdio.h>
#include <string.h>

#define SUFFIX ".cases.jsonl"
#define LONGEST_LINE (64u * 1024)

extern const struct ks_command ks_cmd_policy_test;

/* One run. */
struct test {
	struct ks_program program;
	struct ks_trial trial;
	struct ks_index index;
	struct ks_arena arena;
	uint64_t passed, failed;
	uint64_t bare;                 /* rules without cases */
	bool is_verbose;
};

static void print_case(const char *word, const char *path, int line, const char *what, struct ks_str why)
{
	struct ks_buf out;

	ks_buf_init(&out, LONGEST_LINE);
	ks_buf_addf(&out, "%s ", word);
	ks_text_add_terminal(&out, ks_str_of(path));
	ks_buf_addf(&out, ":%d: %s", line, what);
	if (why.n > 0)
		ks_buf_adds(&out, ": ");
	ks_text_add_terminal(&out, ks_str_sub(why, 0, 1000));
	printf("%s\n", ks_buf_str(&out).p);
	ks_buf_release(&out);
}

/* The items that decide: those that say the opposite of what was expected. */
static void print_reasons(const struct ks_vec *reasons, enum ks_verdict expected)
{
	for (size_t i = 0; i < reasons->n; i++) {
		const struct ks_reason *reason = KS_VEC_AT(reasons, struct ks_reason, i);

		if (reason->verdict == expected)
			continue;
		printf("       " KS_STR_FMT ": " KS_STR_FMT " is %s\n", KS_STR_ARG(reason->item->selection),
			KS_STR_ARG(reason->item->text), ks_matcher_verdict_name(reason->verdict));
	}
}

static void fail(struct test *test, const char *path, int line, const char *what, struct ks_str why)
{
	print_case("FAIL", path, line, what, why);
	test->failed++;
}

/* What a line says, apart from its events. */
struct case_line {
	const char *path;
	int number;
	bool is_shared;                /* with rules and correlations in one file, each has its own lines */
	enum ks_verdict expected;
	struct ks_str why;
	uint32_t events;               /* the node of "event" or "events" */
	int64_t findings;              /* how many a correlation must make; -1: any number */
	struct ks_str rule;            /* the rule that is tried; empty: the owner of the file */
};

/* true, false or, for a rule, "undecided". */
static bool read_verdict(struct test *test, uint32_t node, bool has_third, enum ks_verdict *out)
{
	struct ks_value value = ks_lookup_value(&test->index, node, &test->arena);

	*out = ks_str_is(value.text, "true") ? KS_VERDICT_YES : KS_VERDICT_NO;
	if (value.kind == KS_VALUE_STRING && has_third && ks_str_is(value.text, "undecided")) {
		*out = KS_VERDICT_UNDECIDED;
		return true;
	}
	return value.kind == KS_VALUE_BOOL;
}

/* A member that no case has would be an expectation that nobody looks at. */
static bool check_members(struct test *test, const struct case_line *line)
{
	static const char *const known[] = { "match", "why", "event", "events", "findings", "rule" };
	const struct ks_index *index = &test->index;
	uint32_t at = ks_index_node(index, 0)->kind == KS_VALUE_OBJECT ? ks_index_node(index, 0)->first :
		KS_INDEX_NONE;

	for (; at != KS_INDEX_NONE; at = ks_index_node(index, at)->next) {
		const struct ks_index_node *node = ks_index_node(index, at);
		bool is_known = false;

		for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
			is_known |= ks_lookup_is_named(index, node, ks_str_of(known[i]));
		if (!is_known) {
			fail(test, line->path, line->number, "has a member that no case has",
				ks_str_sub(index->text, node->key, node->key_n));
			return false;
		}
	}
	return true;
}

static bool fail_shape(struct test *test, const struct case_line *line, bool is_correlation)
{
	fail(test, line->path, line->number, is_correlation ?
		"is no case: {\"match\":true or false,\"why\":\"…\",\"events\":[…]} was expected" :
		"is no case: {\"match\":true or false,\"why\":\"…\",\"event\":{…}} was expected",
		(struct ks_str){ NULL, 0 });
	return false;
}

/* A rule's or correlation's own case may name it, which tells it from others of the file. */
static bool is_about(struct test *test, const struct ks_rule *owner, const struct case_line *line)
{
	ptrdiff_t at = ks_program_find(&test->program, line->rule);
	const struct ks_correlation *correlation = ks_program_find_correlation(&test->program, line->rule);
	const struct ks_rule *rule = at >= 0 ? test->program.rules[at] :
		correlation != NULL ? &correlation->head : NULL;

	if (line->rule.n == 0 || rule == owner)
		return true;
	if (rule == NULL || strcmp(rule->file, owner->file) != 0)
		fail(test, line->path, line->number, rule == NULL ? "names a rule that is not loaded" :
			"names a rule of another file", line->rule);
	return false;
}

/* Everything but the verdict and the events. */
static bool read_rest(struct test *test, bool is_correlation, struct case_line *out)
{
	const struct ks_index *index = &test->index;
	uint32_t why = ks_lookup_member(index, 0, KS_STR("why"));
	uint32_t findings = ks_lookup_member(index, 0, KS_STR("findings"));
	uint32_t rule = ks_lookup_member(index, 0, KS_STR("rule"));

	out->findings = -1;
	if (findings != KS_INDEX_NONE && (!is_correlation ||
		!ks_str_parse_int(ks_lookup_value(index, findings, &test->arena).text, &out->findings)))
		return false;
	if (why != KS_INDEX_NONE)
		out->why = ks_lookup_value(index, why, &test->arena).text;
	if (rule != KS_INDEX_NONE)
		out->rule = ks_lookup_value(index, rule, &test->arena).text;
	return rule == KS_INDEX_NONE || (out->rule.n > 0 && ks_index_node(index, rule)->kind == KS_VALUE_STRING);
}

/* {"match":true,"why":"…","event":{…}}, or "events":[…] for a correlation. */
static bool read_line(struct test *test, const struct ks_rule *owner, bool is_filter, struct ks_str text,
	struct case_line *out)
{
	const struct ks_index *index = &test->index;
	bool is_correlation = owner->correlation != NULL;
	uint32_t match, other;
	struct ks_err err;

	ks_arena_clear(&test->arena);
	if (ks_index_build(&test->index, text, NULL, &err) != 0) {
		fail(test, out->path, out->number, "is no JSON", ks_str_of(err.message));
		return false;
	}
	match = ks_lookup_member(index, 0, KS_STR("match"));
	out->events = ks_lookup_member(index, 0, is_correlation ? KS_STR("events") : KS_STR("event"));
	other = ks_lookup_member(index, 0, is_correlation ? KS_STR("event") : KS_STR("events"));
	if (out->is_shared && out->events == KS_INDEX_NONE && other != KS_INDEX_NONE)
		return false;
	if (!check_members(test, out))
		return false;
	if (match == KS_INDEX_NONE || !read_verdict(test, match, !is_correlation, &out->expected) ||
		out->events == KS_INDEX_NONE || other != KS_INDEX_NONE ||
		ks_index_node(index, out->events)->kind != (is_correlation ? KS_VALUE_ARRAY : KS_VALUE_OBJECT) ||
		!read_rest(test, is_correlation, out))
		return fail_shape(test, out, is_correlation);
	return is_filter || is_about(test, owner, out);
}

static void pass(struct test *test, const struct case_line *line)
{
	test->passed++;
	if (test->is_verbose)
		print_case("ok  ", line->path, line->number, line->expected == KS_VERDICT_YES ? "matches" :
			line->expected == KS_VERDICT_NO ? "does not match" : "is undecided", line->why);
}

/* What came out, and what the case wants. */
static void judge(struct test *test, const struct case_line *line, enum ks_verdict got,
	const struct ks_vec *reasons)
{
	static const char *const wants[] = { "should not match and ", "should be undecided and ",
		"should match and " };
	static const char *const is[] = { "does not", "is undecided", "does" };
	char what[64];

	if (got == line->expected) {
		pass(test, line);
		return;
	}
	snprintf(what, sizeof(what), "%s%s", wants[line->expected],
		line->expected == KS_VERDICT_UNDECIDED ? (got == KS_VERDICT_YES ? "matches" : "does not match") :
		is[got]);
	fail(test, line->path, line->number, what, line->why);
	print_reasons(reasons, line->expected);
}

static void run_case(struct test *test, size_t rule, const struct case_line *line)
{
	struct ks_vec reasons = KS_VEC_OF(struct ks_reason);
	struct ks_event event;

	ks_event_init(&event, &test->index, line->events, &test->arena);
	judge(test, line, ks_trial_run(&test->trial, rule, &event, &reasons), &reasons);
	ks_event_release(&event);
	ks_vec_release(&reasons);
}

/* A filter alone: match says that it lets the event through. With "rule", that rule's verdict. */
static void run_filter_case(struct test *test, size_t filter, const struct case_line *line)
{
	struct ks_vec reasons = KS_VEC_OF(struct ks_reason);
	struct ks_event event;
	ptrdiff_t rule;

	if (line->rule.n > 0) {
		rule = ks_program_find(&test->program, line->rule);
		if (rule < 0)
			fail(test, line->path, line->number, "names a rule that is not loaded", line->rule);
		else
			run_case(test, (size_t)rule, line);
		return;
	}
	ks_event_init(&event, &test->index, line->events, &test->arena);
	judge(test, line, ks_trial_run_filter(&test->trial, filter, &event, &reasons), &reasons);
	ks_event_release(&event);
	ks_vec_release(&reasons);
}

/* Counts the findings of one correlation. */
struct count {
	const struct ks_rule *rule;
	int64_t findings;
};

static void count_chain(void *arg, const struct ks_finding *finding, const void *note)
{
	struct count *count = arg;

	(void)note;
	count->findings += finding->rule == count->rule;
}

static void run_events(struct test *test, const struct ks_rule *rule, const struct case_line *line)
{
	uint32_t node = ks_index_node(&test->index, line->events)->first;
	struct count count = { rule, 0 };
	struct ks_err err = { 0 };
	char what[128];
	int rc = 0;

	for (; rc == 0 && node != KS_INDEX_NONE; node = ks_index_node(&test->index, node)->next) {
		struct ks_event event;

		ks_event_init(&event, &test->index, node, &test->arena);
		rc = ks_trial_collect(&test->trial, &event, &err);
		ks_event_release(&event);
	}
	if (ks_trial_finish(&test->trial, &(struct ks_chains_sink){ .chain = count_chain, .arg = &count },
		&err) != 0)
		rc = -1;
	if (rc != 0) {
		fail(test, line->path, line->number, "cannot be run", ks_str_of(err.message));
	} else if ((count.findings > 0) != (line->expected == KS_VERDICT_YES)) {
		fail(test, line->path, line->number,
			line->expected == KS_VERDICT_YES ? "should match and does not" : "should not match and does",
			line->why);
	} else if (line->findings >= 0 && count.findings != line->findings) {
		snprintf(what, sizeof(what), "makes %lld findings and should make %lld",
			(long long)count.findings, (long long)line->findings);
		fail(test, line->path, line->number, what, line->why);
	} else {
		pass(test, line);
	}
}

/* Whether the file of a rule holds correlations as well, or that of a correlation rules. */
static bool is_shared(const struct test *test, const struct ks_rule *rule)
{
	const struct ks_program *program = &test->program;

	for (size_t i = 0; rule->correlation != NULL && i < program->rule_count; i++)
		if (strcmp(program->rules[i]->file, rule->file) == 0)
			return true;
	for (size_t i = 0; rule->correlation == NULL && i < program->correlation_count; i++)
		if (strcmp(program->correlations[i]->head.file, rule->file) == 0)
			return true;
	return false;
}

/* Runs those lines of a file that are about a rule, and says how many there are, of whichever. */
static size_t run_lines(struct test *test, const struct ks_rule *rule, size_t number, bool is_filter,
	const char *path, struct ks_str text)
{
	bool is_both = is_shared(test, rule);
	struct ks_str line;
	size_t n = 0;

	for (int at = 1; ks_str_next(&text, '\n', &line); at++) {
		struct case_line one = { .path = path, .number = at, .is_shared = is_both };

		if (ks_str_trim(line).n == 0)
			continue;
		n++;
		if (!read_line(test, rule, is_filter, line, &one))
			continue;
		if (rule->correlation != NULL)
			run_events(test, rule, &one);
		else if (is_filter)
			run_filter_case(test, number, &one);
		else
			run_case(test, number, &one);
	}
	return n;
}

/* The cases of a rule stand beside its file: rule.yml and rule.cases.jsonl. */
static void run_rule(struct test *test, const struct ks_rule *rule, size_t number, bool is_filter)
{
	const char *file = rule->file, *dot = strrchr(file, '.');
	struct ks_buf path, text;
	struct ks_err err;

	ks_buf_init(&path, 1u << 16);
	ks_buf_init(&text, KS_LIMIT_LIST_FILE);
	ks_buf_add(&path, (struct ks_str){ file, dot != NULL ? (size_t)(dot - file) : strlen(file) });
	ks_buf_adds(&path, SUFFIX);
	if (!ks_file_is_there(path.p)) {
		test->bare++;
		if (test->is_verbose)
			print_case("none", file, rule->line, "has no cases beside it", (struct ks_str){ NULL, 0 });
	} else if (ks_file_load(path.p, &text, &err) != 0) {
		fail(test, path.p, 0, "cannot be read", ks_str_of(err.message));
	} else if (run_lines(test, rule, number, is_filter, path.p, ks_buf_str(&text)) == 0) {
		test->bare++;
		if (test->is_verbose)
			print_case("none", path.p, 1, "has no cases", (struct ks_str){ NULL, 0 });
	}
	ks_buf_release(&text);
	ks_buf_release(&path);
}

/* All rules are loaded. */
static int run_all(struct test *test)
{
	ks_index_init(&test->index);
	ks_arena_init(&test->arena);
	for (size_t i = 0; i < test->program.rule_count; i++)
		run_rule(test, test->program.rules[i], i, false);
	for (size_t i = 0; i < test->program.correlation_count; i++)
		run_rule(test, &test->program.correlations[i]->head, 0, false);
	for (size_t i = 0; i < test->program.filter_count; i++)
		run_rule(test, &test->program.filters[i]->head, i, true);
	printf("%llu passed, %llu failed\n", (unsigned long long)test->passed,
		(unsigned long long)test->failed);
	if (test->bare > 0)
		fprintf(stderr, "%llu of %zu rules have no cases (-v names them)\n",
			(unsigned long long)test->bare, test->program.rule_count + test->program.correlation_count +
			test->program.filter_count);
	ks_arena_release(&test->arena);
	ks_index_release(&test->index);
	return test->failed > 0 ? KS_EXIT_FAILED : KS_EXIT_DONE;
}

static int run(struct ks_app *app, const struct ks_opt_args *args)
{
	struct test test = { .is_verbose = app->verbosity > 0 };
	struct ks_enrichment enrichment = { .problems = 0 };
	struct ks_ruleset ruleset;
	struct ks_err err = { 0 };
	int status = KS_EXIT_USAGE;

	ks_ruleset_init(&ruleset);
	ks_rules_add_placeholders(app, &ruleset, args);
	for (size_t i = 0; i < args->arguments.n; i++)
		ks_rules_add(app, &ruleset, *KS_VEC_AT(&args->arguments, const char *, i));
	if (args->arguments.n == 0)
		ks_rules_add(app, &ruleset, NULL);
	if (ks_rules_are_good(&ruleset, &test.program)) {
		ks_trial_init(&test.trial, &test.program);
		if (ks_enrichment_load(&enrichment, app, args, &test.program, &err) != 0) {
			status = ks_command_fail(&err);
		} else {
			test.trial.sources = enrichment.sources;
			status = run_all(&test);
			ks_enrichment_end(&enrichment);
		}
		if (status == KS_EXIT_DONE && enrichment.problems > 0)
			status = KS_EXIT_USAGE;
		ks_trial_release(&test.trial);
		ks_enrichment_release(&enrichment);
	}
	ks_ruleset_release(&ruleset);
	return status;
}

static const struct ks_opt options[] = { KS_RULES_PLACEHOLDERS, KS_ENRICHMENT_OPTIONS };

const struct ks_command ks_cmd_policy_test = {
	.name = "test",
	.arguments = "[PATH…]",
	.summary = "run the cases that stand beside rules and filters",
	.about =
		"The cases of rule.yml are the lines of rule.cases.jsonl beside it, each {\"match\":true or "
		"false,\"why\":\"…\","
		"\"event\":{…}}: an event that the rule must match, or must not, and a word on why. Without "
		"PATH the shipped rules "
		"are tested. A correlation's cases have \"events\":[…], a list in any order, and may say "
		"\"findings\":N, how many it must make of them. A filter's cases say whether it lets the event "
			"through; "
		"with \"rule\", an id or name, they are about that rule under all of its filters; elsewhere "
		"\"rule\" "
		"picks one of the file's. A case with any other member fails. A rule may also be "
		"expected to be \"undecided\". -v prints the cases that pass, too. "
		"The exit status is 1 when a case failed.",
	.examples = "keysnare policy test\tthe shipped rules\n"
				"keysnare policy test -v my-rules/\trules of your own, every case named",
	.options = options,
	.option_count = sizeof(options) / sizeof(options[0]),
	.run = run,
};
