/* keysnare policy check: loads rules and response policies and says everything that is wrong with them. */
#include "cmd/keysnare/command.h"
#include "cmd/keysnare/receivers.h"
#include "cmd/keysnare/rules.h"

#include "lib/base/text.h"
#include "lib/codec/json.h"
#include "lib/engine/wants_sift.h"
#include "lib/respond/stepnotice.h"

#include <stdio.h>

#define NOVELTY "actor."        /* fields that are learned from the other records */
#define LONGEST_LINE (64u * 1024)

extern const struct ks_command ks_cmd_policy_check;

static const struct ks_opt options[] = { KS_RULES_PLACEHOLDERS };

/* One run. */
struct check {
	const struct ks_app *app;
	struct ks_ruleset ruleset;
	struct ks_policyset policies;
	struct ks_json *all; /* for --format json */
	size_t notes;
};

static void print_text(const struct ks_err *err, const char *severity)
{
	struct ks_buf line;

	ks_buf_init(&line, LONGEST_LINE);
	if (err->file[0] != '\0') {
		ks_text_add_terminal(&line, ks_str_of(err->file));
		ks_buf_addc(&line, ':');
	}
	if (err->line > 0)
		ks_buf_addf(&line, "%d:%d:", err->line, err->column);
	ks_buf_addf(&line, "%s%s: ", line.n > 0 ? " " : "", severity);
	ks_text_add_terminal(&line, ks_str_of(err->message));
	printf("%s\n", ks_buf_str(&line).p);
	ks_buf_release(&line);
}

static void print_json(struct check *check, const struct ks_err *err, const char *severity)
{
	struct ks_json *json = ks_json_new_object();
	struct ks_buf line;

	ks_json_add_text(json, "file", err->file[0] != '\0' ? err->file : NULL);
	if (err->line > 0) {
		ks_json_add_int(json, "line", err->line);
		ks_json_add_int(json, "column", err->column);
	} else {
		ks_json_add_null(json, "line");
		ks_json_add_null(json, "column");
	}
	ks_json_add_text(json, "severity", severity);
	ks_json_add_text(json, "message", err->message);
	if (check->app->format == KS_FORMAT_JSON) {
		ks_json_add(check->all, NULL, json);
		return;
	}
	ks_buf_init(&line, LONGEST_LINE);
	ks_json_render(json, &line);
	printf("%s\n", ks_buf_str(&line).p);
	ks_buf_release(&line);
	ks_json_free(json);
}

static void print(struct check *check, const struct ks_err *err, const char *severity)
{
	if (check->app->format == KS_FORMAT_TEXT)
		print_text(err, severity);
	else
		print_json(check, err, severity);
}

static bool is_met_by_absence(const struct ks_item *item)
{
	for (size_t i = 0; i < item->test_count; i++)
		if (item->is_negated || item->tests[i].kind == KS_TEST_NULL ||
			(item->tests[i].kind == KS_TEST_EXISTS && !item->tests[i].u.boolean))
			return true;
	return false;
}

/* Whether the item is the rule's, and not of a filter, which is in another file. */
static bool is_own(const struct ks_rule *rule, const struct ks_item *item)
{
	for (size_t i = 0; i < rule->detection.item_count; i++)
		if (&rule->detection.items[i] == item)
			return true;
	return false;
}

/* Where and why an item lets every record through, if only up to a look at some of its members. */
static void say_why(struct ks_err *err, const struct ks_rule *rule, const struct ks_item *open,
	bool is_sifted)
{
	const char *why = "its field is not eventName, eventSource or below decoy.", *cost = is_sifted ?
		"some members of every record must be read" : "every record must be read";

	if (open == NULL) {
		ks_err_set_at(err, KS_ERR_NONE, rule->line, 1, "%s for this rule: '" KS_STR_FMT
			"' asks for no eventName, eventSource or decoy field that would narrow it down", cost,
			KS_STR_ARG(rule->title));
		return;
	}
	if (open->is_keyword)
		why = "a keyword can stand in any record";
	else if (is_met_by_absence(open))
		why = "it is met by what is not there";
	ks_err_set_at(err, KS_ERR_NONE, open->line, open->column, "%s for this rule: '" KS_STR_FMT
		"' has no eventName, eventSource or decoy field that would narrow it down; of '" KS_STR_FMT ": "
		KS_STR_FMT "', %s", cost, KS_STR_ARG(rule->title), KS_STR_ARG(open->selection),
		KS_STR_ARG(ks_str_sub(open->text, 0, 60)), why);
}

static void say_novelty(struct ks_err *err, const struct ks_rule *rule)
{
	ks_err_set_at(err, KS_ERR_NONE, rule->line, 1,
		"every record must be read for this rule: '" KS_STR_FMT "' asks for " NOVELTY "…, and what is new "
		"for somebody is learned from all records, unless it is the use of a service that eventSource names",
		KS_STR_ARG(rule->title));
}

static void say_wide(struct ks_err *err, const struct ks_rule *rule, const struct ks_item *wide)
{
	bool is_rules = is_own(rule, wide);

	ks_err_set_at(err, KS_ERR_NONE, is_rules ? wide->line : rule->line, is_rules ? wide->column : 1,
		"nearly every record must be read for this rule: '" KS_STR_FMT "' looks for no text in '" KS_STR_FMT
		": " KS_STR_FMT "' that few records have%s", KS_STR_ARG(rule->title), KS_STR_ARG(wide->selection),
		KS_STR_ARG(ks_str_sub(wide->text, 0, 60)), wide->test_count > 0 &&
		wide->tests[0].kind == KS_TEST_REGEX ? ", and no regular expression counts as one" : "");
}

/* Why a rule makes a hunt read every record, or nearly every one. False when it does not. */
static bool explain_need(const struct ks_program *program, size_t number, const struct ks_need *need,
	bool may_sift, struct ks_err *err)
{
	const struct ks_rule *rule = program->rules[number];
	const struct ks_item *wide = ks_wants_wide(program, number, need);

	if (need->is_every)
		say_why(err, rule, need->open, may_sift && ks_wants_sift_can(program, number));
	else if (ks_wants_actors(program, number, NULL) == KS_WANTS_ACTORS)
		say_novelty(err, rule);
	else if (wide != NULL)
		say_wide(err, rule, wide);
	else
		return false;
	ks_err_set_file(err, rule->file);
	return true;
}

/* Names the rules that no anchor narrows down, or that want to know what is new. */
static void print_notes(struct check *check)
{
	struct ks_program program;
	struct ks_wants wants;
	bool may_sift;

	ks_program_build(&program, &check->ruleset);
	ks_wants_init(&wants, &program);
	may_sift = ks_wants_sift_fits(&wants);
	ks_wants_release(&wants);
	for (size_t i = 0; i < program.rule_count; i++) {
		struct ks_err err = { 0 };
		struct ks_need need;

		ks_need_init(&need);
		ks_wants_need(&program, i, &need);
		if (explain_need(&program, i, &need, may_sift, &err)) {
			print(check, &err, "note");
			check->notes++;
		}
		ks_need_release(&need);
	}
}

static void load(struct check *check, const struct ks_opt_args *args)
{
	ks_rules_add_placeholders(check->app, &check->ruleset, args);
	for (size_t i = 0; i < args->arguments.n; i++)
		ks_rules_add_both(check->app, &check->ruleset, &check->policies,
			*KS_VEC_AT(&args->arguments, const char *, i));
	if (args->arguments.n == 0)
		ks_rules_add_both(check->app, &check->ruleset, &check->policies, NULL);
}

/* A response policy for a rule that is not there never matches. Where no rules were loaded, nobody knows. */
static void check_names(struct check *check)
{
	const struct ks_ruleset *ruleset = &check->ruleset;

	for (size_t i = 0; i < check->policies.policies.n && ruleset->rules.n > 0; i++) {
		const struct ks_policy *policy = *KS_VEC_AT(&check->policies.policies, struct ks_policy *, i);

		check->policies.problems.file = policy->file;
		for (size_t k = 0; k < policy->rules.n; k++)
			if (ks_map_find(&ruleset->ids, policy->rules.p[k]) == NULL &&
				ks_map_find(&ruleset->names, policy->rules.p[k]) == NULL)
				ks_problem_warn_at(&check->policies.problems, policy->rules.nodes[k]->line,
					policy->rules.nodes[k]->column, "no rule of those loaded has the id or name '" KS_STR_FMT
					"'", KS_STR_ARG(policy->rules.p[k]));
		check->policies.problems.file = NULL;
	}
}

/* Where the config says who is told, a step can name somebody who is not there. */
static void check_receivers(struct check *check)
{
	const struct ks_config *config = check->app->config;
	struct ks_vec names = KS_VEC_OF(const char *);

	for (size_t i = 0; i < config->notifier_count; i++)
		*(const char **)ks_vec_push(&names) = ks_receivers_name(&config->notifiers[i]);
	if (names.n > 0)
		ks_stepnotice_check(&check->policies, names.p, names.n);
	ks_vec_release(&names);
}

static void print_problems(struct check *check, const struct ks_problems *problems)
{
	for (size_t i = 0; i < problems->list.n; i++) {
		const struct ks_problem *problem = KS_VEC_AT(&problems->list, struct ks_problem, i);

		print(check, &problem->err, problem->is_warning ? "warning" : "error");
	}
}

static const char *plural(size_t n)
{
	return n == 1 ? "" : "s";
}

/* "3 rules, 1 filter and 2 response policies". */
static void print_counts(const struct ks_ruleset *ruleset, const struct ks_policyset *policies)
{
	const struct {
		size_t n;
		bool is_there;
		const char *one, *many;
	} parts[] = {
		{ ruleset->correlations.n, ruleset->correlations.n > 0, "correlation", "correlations" },
		{ ruleset->filters.n, ruleset->filters.n > 0, "filter", "filters" },
		{ policies->policies.n, policies->files > 0, "response policy", "response policies" },
	};
	size_t left = 0;

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		left += parts[i].is_there;
	fprintf(stderr, "%zu rule%s", ruleset->rules.n, plural(ruleset->rules.n));
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		if (parts[i].is_there)
			fprintf(stderr, "%s %zu %s", --left > 0 ? "," : " and", parts[i].n,
				parts[i].n == 1 ? parts[i].one : parts[i].many);
}

static int run(struct ks_app *app, const struct ks_opt_args *args)
{
	struct check check = { .app = app, .all = ks_json_new_array() };
	struct ks_ruleset *ruleset = &check.ruleset;
	const struct ks_policyset *policies = &check.policies;
	size_t errors, warnings;
	int status;

	ks_ruleset_init(ruleset);
	ks_policyset_init(&check.policies);
	load(&check, args);
	ks_ruleset_resolve(ruleset);
	ks_policyset_check(&check.policies);
	check_names(&check);
	check_receivers(&check);
	print_problems(&check, &ruleset->problems);
	print_problems(&check, &policies->problems);
	errors = ruleset->problems.errors + policies->problems.errors;
	warnings = ruleset->problems.warnings + policies->problems.warnings;
	print_notes(&check);
	if (app->format == KS_FORMAT_JSON) {
		struct ks_buf text;

		ks_buf_init(&text, SIZE_MAX / 2);
		ks_json_render(check.all, &text);
		printf("%s\n", ks_buf_str(&text).p);
		ks_buf_release(&text);
	}
	print_counts(ruleset, policies);
	fprintf(stderr, " in %zu file%s, %zu error%s, %zu warning%s, %zu rule%s need%s every record\n",
		ruleset->files + policies->files, plural(ruleset->files + policies->files), errors, plural(errors),
		warnings, plural(warnings), check.notes, plural(check.notes), check.notes == 1 ? "s" : "");
	status = errors > 0 ? KS_EXIT_USAGE : KS_EXIT_DONE;
	ks_json_free(check.all);
	ks_policyset_release(&check.policies);
	ks_ruleset_release(ruleset);
	return status;
}

const struct ks_command ks_cmd_policy_check = {
	.name = "check",
	.arguments = "[PATH…]",
	.summary = "load rules and response policies and say what is wrong with them",
	.about =
		"Reads Sigma rules and response policies from files, and from *.yml and *.yaml below directories; "
		"without PATH, those that are used when nothing else is said. A file with 'steps' and no "
		"'detection', or below a directory 'respond', holds response policies. Every mistake is printed as "
		"'file:line:column: error: text', not only the first; warnings are about what works and may not "
		"mean what it says.\n"
		"\n"
		"A note names each rule for which a hunt must read every record, or nearly every one: nothing that "
		"it asks for narrows the records down by eventName, eventSource, a decoy, or a text of "
		"userAgent, errorCode, sourceIPAddress, userIdentity.type or userIdentity.arn. Such a rule works, "
		"and costs time; less where it asks only for members of the record itself or of an object in it, "
		"which are then read alone.\n"
		"\n"
		"Where the config has 'notifiers', a step 'notify' that names none of them is warned of: it would "
		"tell all of them.\n"
		"\n"
		"Two response policies that one incident could meet must not be equally specific (by account, then "
		"rule, then level); the check names both.\n"
		"\n"
		"The exit status is 0 when everything loads and 2 when one does not. With --format json or jsonl "
		"each problem is an object with file, line, column, severity and message.",
	.examples =
		"keysnare policy check\tthe rules and response policies in use\n"
		"keysnare policy check my-rules/ other.yml\trules of your own\n"
		"keysnare policy check --format jsonl my-rules/\tone object a line, for an editor or a pipeline",
	.options = options,
	.option_count = sizeof(options) / sizeof(options[0]),
	.run = run,
};
