/* keysnare drill list: the scenarios that are there, and whether one of one's own is right. */
#include "cmd/keysnare/drill_job.h"
#include "cmd/keysnare/rules.h"

#include "lib/base/text.h"
#include "lib/base/walk.h"
#include "lib/codec/json.h"
#include "lib/drill/score.h"

#include <inttypes.h>
#include <stdio.h>

extern const struct ks_command ks_cmd_drill_list;

static void add_json(const struct ks_scenario *scenario, const char *path, struct ks_buf *out)
{
	struct ks_json *json = ks_json_new_object();

	ks_json_add_str(json, "name", scenario->name);
	ks_json_add_str(json, "title", scenario->title);
	ks_json_add_str(json, "case", scenario->case_text);
	ks_json_add_int(json, "seconds", ks_scenario_length(scenario) / 1000);
	ks_json_add_int(json, "steps", (int64_t)scenario->steps.n);
	ks_json_add_int(json, "expected", (int64_t)scenario->expect.finding_count);
	ks_json_add_text(json, "path", path);
	ks_json_render(json, out);
	ks_buf_addc(out, '\n');
	ks_json_free(json);
}

static void add_text(const struct ks_app *app, const struct ks_scenario *scenario, struct ks_buf *out)
{
	struct ks_buf span;

	ks_buf_init(&span, 64);
	ks_drill_job_add_offset(ks_scenario_length(scenario), &span);
	ks_buf_addf(out, "%-18.*s  %12s  ", (int)scenario->name.n, scenario->name.p, span.p + 1);
	ks_text_add_terminal(out, scenario->title);
	ks_buf_addc(out, '\n');
	if (app->verbosity > 0) {
		ks_buf_adds(out, "                    ");
		ks_text_add_terminal(out, scenario->case_text);
		ks_buf_addc(out, '\n');
	}
	ks_buf_release(&span);
}

/* What a scenario expects that no rule can come to: it would be missed by everybody. */
static bool check_rules(const struct ks_scenario *scenario, const char *path, const struct ks_ruleset *rules)
{
	struct ks_problems problems;
	bool is_good;

	ks_problem_init(&problems);
	problems.file = path;
	for (size_t i = 0; i < scenario->expect.finding_count; i++) {
		const struct ks_scenario_finding *one = &scenario->expect.findings[i];

		if (ks_score_find_rule(rules, one->rule) == NULL)
			ks_problem_add_at(&problems, KS_ERR_PARSE, one->line, one->column, "no rule has the name or id '"
				KS_STR_FMT "': give yours with --rules", KS_STR_ARG(one->rule));
	}
	ks_drill_job_print_problems(&problems);
	is_good = problems.errors == 0;
	ks_problem_release(&problems);
	return is_good;
}

/* One of them; false when something is wrong with it. rules NULL: what it expects is not looked up. */
static bool show(const struct ks_app *app, const char *path, const struct ks_ruleset *rules,
	struct ks_buf *out)
{
	struct ks_scenario scenario;
	bool is_good;

	ks_scenario_init(&scenario);
	is_good = ks_drill_job_load(app, path, &scenario);
	if (is_good && rules != NULL)
		is_good = check_rules(&scenario, ks_drill_job_path(app, path, &scenario.arena), rules);
	if (is_good && app->format == KS_FORMAT_TEXT)
		add_text(app, &scenario, out);
	else if (is_good)
		add_json(&scenario, path, out);
	ks_scenario_release(&scenario);
	return is_good;
}

static int run(struct ks_app *app, const struct ks_opt_args *args)
{
	static const char *const suffixes[] = { ".yml", ".yaml", NULL };
	struct ks_ruleset rules;
	bool is_good = true;
	struct ks_walk walk;
	struct ks_buf path;
	struct ks_buf out;

	ks_buf_init(&out, SIZE_MAX / 2);
	ks_walk_init(&walk);
	ks_ruleset_init(&rules);
	if (args->arguments.n > 0)
		ks_drill_job_rules(app, args, &rules);
	for (size_t i = 0; i < args->arguments.n; i++)
		is_good = show(app, *KS_VEC_AT(&args->arguments, const char *, i), &rules, &out) && is_good;
	if (args->arguments.n == 0)
		ks_walk_add(&walk, app->ctx->drills_dir, suffixes);
	ks_buf_init(&path, KS_WALK_PATH);
	for (size_t i = 0; i < walk.files.n; i++) {
		ks_walk_path(&walk, i, &path);
		is_good = show(app, path.p, NULL, &out) && is_good;
	}
	ks_buf_release(&path);
	fwrite(ks_buf_str(&out).p, 1, out.n, stdout);
	ks_ruleset_release(&rules);
	ks_walk_release(&walk);
	ks_buf_release(&out);
	return is_good ? KS_EXIT_DONE : KS_EXIT_USAGE;
}

static const struct ks_opt options[] = {
	{ .kind = KS_OPT_LIST, .name = "rules", .short_name = 'r', .metavar = "PATH",
		.fallback = "the shipped rules", .help = "the rules that a named scenario may expect" },
	KS_RULES_PLACEHOLDERS,
};

const struct ks_command ks_cmd_drill_list = {
	.name = "list",
	.arguments = "[SCENARIO…]",
	.summary = "the scenarios, or whether one of your own is right",
	.about =
		"Shows the shipped scenarios with how long they last. With the names of files it reads those: what "
		"is wrong with one is printed as file:line:col, and the exit status is 2; an expected rule that is "
		"not among the rules is wrong, too.\n"
		"\n"
		"A scenario is a YAML document: who does what and when, noise, injects, and what is expected to be "
		"noticed and done. The shipped ones are examples of all of it.",
	.examples =
		"keysnare drill list -v\twith the cases that they follow\n"
		"keysnare drill list my-drill.yml\tchecks one of your own",
	.options = options,
	.option_count = sizeof(options) / sizeof(options[0]),
	.run = run,
};
