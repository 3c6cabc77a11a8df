/* keysnare policy list: which rules and response policies there are, and what they look at. */
#include "cmd/keysnare/command.h"
#include "cmd/keysnare/coverage_view.h"
#include "cmd/keysnare/decoy_view.h"
#include "cmd/keysnare/printer.h"
#include "cmd/keysnare/rules.h"

#include "lib/engine/wants.h"

#include <stdio.h>

extern const struct ks_command ks_cmd_policy_list;

static const struct ks_opt options[] = {
	{ KS_OPT_FLAG, "coverage", 0, NULL,
		"the rules by ATT&CK technique and by stage of a theft, and the calls that no rule looks at", NULL,
		NULL },
	KS_RULES_PLACEHOLDERS,
};

/* One run. */
struct list {
	struct ks_app *app;
	struct ks_ruleset ruleset;
	struct ks_policyset policies;
	struct ks_program program;
	struct ks_arena arena;
	struct ks_vec rows;          /* struct ks_coverage_view_row */
};

/* The highest level first, then by name. */
static int compare(const void *a, const void *b)
{
	const struct ks_rule *x = ((const struct ks_coverage_view_row *)a)->rule;
	const struct ks_rule *y = ((const struct ks_coverage_view_row *)b)->rule;

	if (x->level != y->level)
		return x->level > y->level ? -1 : 1;
	return ks_str_compare(ks_coverage_view_name(x), ks_coverage_view_name(y));
}

static void add_row(struct list *list, const struct ks_rule *rule)
{
	struct ks_coverage coverage = ks_coverage_find(&list->program, rule, &list->arena);

	*(struct ks_coverage_view_row *)ks_vec_push(&list->rows) =
		(struct ks_coverage_view_row){ .rule = rule, .coverage = coverage };
}

static void find_rows(struct list *list)
{
	for (size_t i = 0; i < list->program.rule_count; i++)
		add_row(list, list->program.rules[i]);
	for (size_t i = 0; i < list->program.correlation_count; i++)
		add_row(list, &list->program.correlations[i]->head);
	ks_vec_sort(&list->rows, compare);
}

static const char *kind_name(const struct ks_rule *rule)
{
	return rule->correlation != NULL ? "correlation" : rule->is_silent ? "part" : "rule";
}

static void add_stages(const struct ks_coverage *coverage, struct ks_buf *out)
{
	ks_buf_clear(out);
	if (coverage->is_any_call)
		ks_buf_adds(out, "any call");
	else if (coverage->stages != 0)
		ks_stage_render(coverage->stages, out);
	else
		ks_buf_adds(out, "-");
}

static void print_rules(struct list *list)
{
	struct ks_buf stages;
	int width = 4;

	ks_buf_init(&stages, 4096);
	for (size_t i = 0; i < list->rows.n; i++) {
		size_t n = ks_coverage_view_name(KS_VEC_AT(&list->rows, struct ks_coverage_view_row, i)->rule).n;

		width = (int)n > width ? (int)n : width;
	}
	width = width > 40 ? 40 : width;
	if (list->rows.n > 0)
		printf("%-13s  %-*s  %-11s  %s\n", "LEVEL", width, "RULE", "KIND", "LOOKS AT");
	for (size_t i = 0; i < list->rows.n; i++) {
		const struct ks_coverage_view_row *row = KS_VEC_AT(&list->rows, struct ks_coverage_view_row, i);
		const char *level = ks_rule_level_name(row->rule->level);

		printf("%-13s  ", level != NULL ? level : "-");
		ks_decoy_view_print(stdout, ks_coverage_view_name(row->rule), width);
		add_stages(&row->coverage, &stages);
		printf("  %-11s  %s\n", kind_name(row->rule), ks_buf_str(&stages).p);
	}
	ks_buf_release(&stages);
}

static void print_policies(const struct list *list)
{
	const struct ks_policyset *policies = &list->policies;
	int width = 6;

	for (size_t i = 0; i < policies->policies.n; i++) {
		const struct ks_policy *policy = *KS_VEC_AT(&policies->policies, struct ks_policy *, i);

		width = (int)policy->name.n > width ? (int)policy->name.n : width;
	}
	if (policies->policies.n > 0)
		printf("%s%-13s  %-*s  %-11s  %s\n", list->rows.n > 0 ? "\n" : "", "MODE", width, "POLICY", "DECOYS",
			"STEPS");
	for (size_t i = 0; i < policies->policies.n; i++) {
		const struct ks_policy *policy = *KS_VEC_AT(&policies->policies, struct ks_policy *, i);

		printf("%-13s  ", ks_policy_mode_name(policy->mode));
		ks_decoy_view_print(stdout, policy->name, width);
		printf("  %-11s ", policy->decoy == KS_POLICY_REAL ? "real keys" : policy->decoy == KS_POLICY_DECOY ?
			"decoys" : "both");
		for (size_t k = 0; k < policy->step_count; k++)
			printf(" %s%s", policy->steps[k].action->name, k + 1 < policy->step_count ? "," : "");
		printf("\n");
	}
}

static struct ks_json *rule_json(struct list *list, const struct ks_coverage_view_row *row)
{
	const struct ks_rule *rule = row->rule;
	struct ks_json *json = ks_json_new_object(), *names;
	struct ks_vec techniques = KS_VEC_OF(struct ks_str);

	ks_json_add_text(json, "kind", kind_name(rule));
	ks_json_add_str(json, "name", ks_coverage_view_name(rule));
	ks_json_add_str(json, "id", rule->id.n > 0 ? rule->id : (struct ks_str){ NULL, 0 });
	ks_json_add_str(json, "title", rule->title);
	ks_json_add_text(json, "level", ks_rule_level_name(rule->level));
	ks_json_add_str(json, "status", rule->status.n > 0 ? rule->status : (struct ks_str){ NULL, 0 });
	names = ks_json_new_array();
	ks_coverage_view_techniques(rule, &list->arena, &techniques);
	for (size_t i = 0; i < techniques.n; i++)
		ks_json_add_str(names, NULL, *KS_VEC_AT(&techniques, struct ks_str, i));
	ks_json_add(json, "techniques", names);
	names = ks_json_new_array();
	for (unsigned stage = 1; stage < KS_STAGE_OTHER; stage <<= 1)
		if ((row->coverage.stages & stage) != 0)
			ks_json_add_text(names, NULL, ks_stage_name((enum ks_stage)stage));
	ks_json_add(json, "stages", names);
	ks_json_add_bool(json, "any_call", row->coverage.is_any_call);
	ks_json_add_bool(json, "decoys_only", !row->coverage.is_real);
	ks_json_add_text(json, "file", rule->file);
	ks_json_add_int(json, "line", rule->line);
	ks_vec_release(&techniques);
	return json;
}

static struct ks_json *policy_json(const struct ks_policy *policy)
{
	struct ks_json *json = ks_json_new_object(), *steps = ks_json_new_array();

	ks_json_add_text(json, "kind", "policy");
	ks_json_add_str(json, "name", policy->name);
	ks_json_add_text(json, "mode", ks_policy_mode_name(policy->mode));
	ks_json_add_text(json, "level", ks_rule_level_name(policy->level));
	ks_json_add_text(json, "decoy", ks_policy_decoy_name(policy->decoy));
	for (size_t i = 0; i < policy->step_count; i++)
		ks_json_add_text(steps, NULL, policy->steps[i].action->name);
	ks_json_add(json, "steps", steps);
	ks_json_add_text(json, "file", policy->file);
	ks_json_add_int(json, "line", policy->line);
	return json;
}

static void print_json(struct list *list)
{
	struct ks_printer printer = ks_printer_begin(stdout, list->app->format == KS_FORMAT_JSONL);

	for (size_t i = 0; i < list->rows.n; i++)
		ks_printer_add(&printer, rule_json(list, KS_VEC_AT(&list->rows, struct ks_coverage_view_row, i)));
	for (size_t i = 0; i < list->policies.policies.n; i++)
		ks_printer_add(&printer, policy_json(*KS_VEC_AT(&list->policies.policies, struct ks_policy *, i)));
	ks_printer_end(&printer);
}

static int print_coverage(struct list *list)
{
	struct ks_json *json;
	struct ks_err err = { 0 };

	if (list->app->format == KS_FORMAT_TEXT)
		return ks_coverage_view_print(list->app, &list->rows, &err) != 0 ? ks_command_fail(&err) :
			KS_EXIT_DONE;
	if (ks_coverage_view_json(list->app, &list->rows, &json, &err) != 0)
		return ks_command_fail(&err);
	ks_printer_line(stdout, json);
	ks_json_free(json);
	return KS_EXIT_DONE;
}

static int run(struct ks_app *app, const struct ks_opt_args *args)
{
	struct list list = { .app = app, .rows = KS_VEC_OF(struct ks_coverage_view_row) };
	bool is_whole;
	int status = KS_EXIT_DONE;

	ks_ruleset_init(&list.ruleset);
	ks_policyset_init(&list.policies);
	ks_rules_add_placeholders(app, &list.ruleset, args);
	for (size_t i = 0; i < args->arguments.n; i++)
		ks_rules_add_both(app, &list.ruleset, &list.policies, *KS_VEC_AT(&args->arguments, const char *, i));
	if (args->arguments.n == 0)
		ks_rules_add_both(app, &list.ruleset, &list.policies, NULL);
	/* What loads is listed all the same. */
	is_whole = ks_rules_are_good(&list.ruleset, &list.program) && list.policies.problems.errors == 0;
	ks_program_build(&list.program, &list.ruleset);
	ks_rules_print_errors(&list.policies.problems);
	find_rows(&list);
	if (ks_opt_has(args, "coverage")) {
		status = print_coverage(&list);
	} else if (app->format == KS_FORMAT_TEXT) {
		print_rules(&list);
		print_policies(&list);
	} else {
		print_json(&list);
	}
	if (status == KS_EXIT_DONE && !is_whole)
		status = KS_EXIT_USAGE;
	ks_vec_release(&list.rows);
	ks_arena_release(&list.arena);
	ks_policyset_release(&list.policies);
	ks_ruleset_release(&list.ruleset);
	return status;
}

const struct ks_command ks_cmd_policy_list = {
	.name = "list",
	.arguments = "[PATH…]",
	.summary = "list rules and response policies, and what they look at",
	.about =
		"One line a rule, the highest level first; without PATH, those that are used when nothing else is "
		"said. LOOKS AT is worked out from the rule's detection: the stages of a theft whose calls it can "
		"meet, 'any call' when it asks for none by name (decoys), '-' for calls that belong to no stage. A "
		"'part' makes no finding of its own and only feeds correlations.\n"
		"\n"
		"--coverage turns that around: for each ATT&CK technique and each stage the rules that look at it, "
		"and the calls of a stage that no rule looks at when the key is a real one.\n"
		"\n"
		"The exit status is 2 when something did not load; the rest is listed all the same. --format json "
		"or jsonl gives every detail.",
	.examples =
		"keysnare policy list\tthe rules and response policies in use\n"
		"keysnare policy list --coverage\twhat is covered, by technique and stage\n"
		"keysnare policy list --coverage my-rules/\tthe same for rules of your own\n"
		"keysnare policy list --format jsonl\tone JSON object a line",
	.options = options,
	.option_count = sizeof(options) / sizeof(options[0]),
	.run = run,
};
