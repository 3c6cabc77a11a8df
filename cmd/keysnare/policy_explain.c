/* keysnare policy explain: what a rule makes of events, and why. */
#include "cmd/keysnare/command.h"
#include "cmd/keysnare/enrichment.h"
#include "cmd/keysnare/rules.h"

#include "lib/base/file.h"
#include "lib/base/text.h"
#include "lib/base/walk.h"
#include "lib/codec/json.h"
#include "lib/engine/reader.h"
#include "lib/engine/trial.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#define LONGEST_LINE (16u * 1024 * 1024)
#define MOST_GROUPS 1000u /* of correlations, that are told of */

extern const struct ks_command ks_cmd_policy_explain;

/* One finding of a correlation, or one of its groups. */
struct chain {
	const struct ks_rule *rule;
	struct ks_str text;            /* "3 events from … to …" */
};

/* One run. */
struct explain {
	const struct ks_app *app;
	struct ks_program program;
	size_t only;                   /* the one rule to try, or SIZE_MAX for all */
	const struct ks_correlation *correlation;    /* the one correlation to try; NULL: only, or all */
	struct ks_vec chains;          /* struct chain: what the correlations made of the events */
	struct ks_vec groups;          /* struct chain: how near each of their groups came */
	struct ks_arena arena;
	struct ks_trial trial;
	struct ks_json *all;           /* for --format json */
	bool is_text;
	const char *path;              /* being read */
	uint64_t events, problems;
};

static struct ks_str name_of(const struct ks_rule *rule)
{
	return rule->name.n > 0 ? rule->name : rule->id.n > 0 ? rule->id : rule->title;
}

/* "selection: eventName: GetSendQuota is yes". */
static void add_reason(struct ks_buf *out, const struct ks_reason *reason)
{
	if (reason->filter != NULL)
		ks_buf_addf(out, "filter '" KS_STR_FMT "': ", KS_STR_ARG(name_of(reason->filter)));
	ks_buf_addf(out, KS_STR_FMT ": " KS_STR_FMT " is %s", KS_STR_ARG(reason->item->selection),
		KS_STR_ARG(reason->item->text), ks_matcher_verdict_name(reason->verdict));
}

static void print_json(struct explain *explain, const struct ks_rule *rule, enum ks_verdict verdict,
	const struct ks_vec *reasons, const struct ks_rule *filter)
{
	struct ks_json *json = ks_json_new_object(), *why = ks_json_new_array();
	struct ks_buf text;

	ks_buf_init(&text, LONGEST_LINE);
	ks_json_add_str(json, "rule", name_of(rule));
	if (verdict == KS_VERDICT_UNDECIDED)
		ks_json_add_text(json, "match", "undecided");
	else
		ks_json_add_bool(json, "match", verdict == KS_VERDICT_YES);
	for (size_t i = 0; i < reasons->n; i++) {
		ks_buf_clear(&text);
		add_reason(&text, KS_VEC_AT(reasons, struct ks_reason, i));
		ks_json_add_str(why, NULL, ks_buf_str(&text));
	}
	if (filter != NULL)
		ks_json_add_str(json, "held_back_by", name_of(filter));
	ks_json_add(json, "why", why);
	if (explain->all != NULL) {
		ks_json_add(explain->all, NULL, json);
	} else {
		ks_buf_clear(&text);
		ks_json_render(json, &text);
		printf("%s\n", ks_buf_str(&text).p);
		ks_json_free(json);
	}
	ks_buf_release(&text);
}

static void print_text(const struct ks_event *event, const struct ks_rule *rule, enum ks_verdict verdict,
	const struct ks_vec *reasons, const struct ks_rule *filter)
{
	static const char *const heads[] = { "no match", "undecided", "match" };
	struct ks_buf out, raw;

	ks_buf_init(&out, LONGEST_LINE);
	ks_buf_init(&raw, LONGEST_LINE);
	ks_buf_addf(&out, "%s  ", heads[verdict]);
	ks_text_add_terminal(&out, rule->title);
	ks_buf_adds(&out, "  on ");
	ks_text_add_terminal(&out,
		event->name.n > 0 ? ks_str_sub(event->name, 0, 100) : KS_STR("an event without a name"));
	if (filter != NULL) {
		ks_buf_adds(&out, ", held back by filter ");
		ks_text_add_terminal(&out, name_of(filter));
	}
	for (size_t i = 0; i < reasons->n; i++) {
		ks_buf_clear(&raw);
		add_reason(&raw, KS_VEC_AT(reasons, struct ks_reason, i));
		ks_buf_adds(&out, "\n    ");
		ks_text_add_terminal(&out, ks_buf_str(&raw));
	}
	printf("%s\n", ks_buf_str(&out).p);
	ks_buf_release(&raw);
	ks_buf_release(&out);
}

static void complain(void *arg, uint64_t offset, const struct ks_err *err)
{
	struct explain *explain = arg;
	struct ks_err full = *err;

	explain->problems++;
	ks_err_wrap(&full, "at byte %llu", (unsigned long long)offset);
	ks_err_set_file(&full, explain->path);
	ks_command_fail(&full);
}

static void take_event(void *arg, struct ks_event *event, uint64_t offset)
{
	struct explain *explain = arg;
	struct ks_vec reasons = KS_VEC_OF(struct ks_reason);
	struct ks_err err = { 0 };

	explain->events++;
	if (ks_trial_collect(&explain->trial, event, &err) != 0)
		complain(arg, offset, &err);
	for (size_t i = 0; i < explain->program.rule_count && explain->correlation == NULL; i++) {
		const struct ks_rule *filter;
		enum ks_verdict verdict;

		if (explain->only != SIZE_MAX && explain->only != i)
			continue;
		ks_vec_clear(&reasons);
		verdict = ks_trial_run(&explain->trial, i, event, &reasons);
		filter = ks_trial_held_back_by(&explain->trial, i, event);
		if (explain->is_text)
			print_text(event, explain->program.rules[i], verdict, &reasons, filter);
		else
			print_json(explain, explain->program.rules[i], verdict, &reasons, filter);
	}
	ks_vec_release(&reasons);
}

static void read_events(struct explain *explain, const struct ks_opt_args *args)
{
	const struct ks_anchors every = { .every = true };
	struct ks_reader reader;

	ks_reader_init(&reader, &(struct ks_reader_config){ .inflate = ks_inflate_find(NULL),
		.fill = ks_mask_pick(KS_MASK_FASTEST),
		.stop = explain->app->ctx->stop, .takes_anything = true }, &every,
		&(struct ks_reader_sink){ take_event, complain, explain });
	for (size_t i = 1; i < args->arguments.n || i == 1; i++) {
		struct ks_err err = { 0 };
		int fd = 0;

		explain->path = i < args->arguments.n ? *KS_VEC_AT(&args->arguments, const char *, i) : "-";
		if (strcmp(explain->path, "-") != 0)
			fd = open(explain->path, O_RDONLY | O_CLOEXEC);
		if (fd < 0)
			ks_err_set_errno(&err, "cannot open '%s'", explain->path);
		if (fd < 0 || ks_reader_run(&reader, fd, &err) != 0) {
			ks_err_set_file(&err, explain->path);
			ks_command_fail(&err);
			explain->problems++;
		}
	}
	ks_reader_release(&reader);
}

static void keep_chain(void *arg, const struct ks_finding *finding, const void *note)
{
	struct explain *explain = arg;
	const struct ks_correlated *chain = finding->correlated;
	char first[KS_TIME_TEXT], last[KS_TIME_TEXT];
	struct chain *kept = ks_vec_push(&explain->chains);

	(void)note;
	*kept = (struct chain){ finding->rule, ks_str_of(ks_arena_printf(&explain->arena,
		"%llu event%s from %s to %s", (unsigned long long)chain->events, chain->events == 1 ? "" : "s",
		ks_time_render(chain->anchor_ms, first), ks_time_render(chain->last_ms, last))) };
}

/* "userIdentity.accessKeyId: AKIA…: quota 2, identities 0; 1 value, gte 3 was wanted". */
static void keep_group(void *arg, const struct ks_chains_group *group)
{
	const struct ks_correlation *correlation = group->correlation;
	struct explain *explain = arg;
	struct chain *kept;
	struct ks_buf text;

	if (explain->groups.n == MOST_GROUPS)
		return;
	kept = ks_vec_push(&explain->groups);
	ks_buf_init(&text, LONGEST_LINE);
	ks_buf_add(&text, group->label);
	for (size_t i = 0; i < correlation->part_count; i++)
		ks_buf_addf(&text, "%s" KS_STR_FMT " %llu", i > 0 ? ", " : ": ",
			KS_STR_ARG(name_of(correlation->parts[i].rule)), (unsigned long long)group->parts[i]);
	ks_buf_addf(&text, "; %s is %s, wanted is", ks_correlation_type_name(correlation->type), group->measure);
	for (size_t i = 0; i < correlation->bound_count; i++)
		ks_buf_addf(&text, "%s %s " KS_STR_FMT, i > 0 ? " and" : "",
			ks_correlation_op_name(correlation->bounds[i].op), KS_STR_ARG(correlation->bounds[i].text));
	ks_buf_addf(&text, ": %llu finding%s", (unsigned long long)group->chains, group->chains == 1 ? "" : "s");
	*kept = (struct chain){ &correlation->head, ks_arena_copy(&explain->arena, ks_buf_str(&text)) };
	ks_buf_release(&text);
}

static void print_correlation(struct explain *explain, const struct ks_rule *rule, const struct ks_vec *why,
	bool is_match)
{
	struct ks_json *json = ks_json_new_object(), *list = ks_json_new_array();
	struct ks_buf out;

	ks_buf_init(&out, LONGEST_LINE);
	ks_json_add_str(json, "rule", name_of(rule));
	ks_json_add_bool(json, "match", is_match);
	ks_buf_adds(&out, is_match ? "match  " : "no match  ");
	ks_text_add_terminal(&out, rule->title);
	for (size_t i = 0; i < why->n; i++) {
		struct ks_str text = *KS_VEC_AT(why, struct ks_str, i);

		ks_json_add_str(list, NULL, text);
		ks_buf_adds(&out, "\n    ");
		ks_text_add_terminal(&out, text);
	}
	ks_json_add(json, "why", list);
	if (explain->all != NULL) {
		ks_json_add(explain->all, NULL, json);
		ks_buf_release(&out);
		return;
	}
	if (!explain->is_text) {
		ks_buf_clear(&out);
		ks_json_render(json, &out);
	}
	printf("%s\n", ks_buf_str(&out).p);
	ks_json_free(json);
	ks_buf_release(&out);
}

/* What is said of one rule. */
static void pick(const struct ks_vec *chains, const struct ks_rule *rule, struct ks_vec *out)
{
	for (size_t i = 0; i < chains->n; i++) {
		const struct chain *chain = KS_VEC_AT(chains, struct chain, i);

		if (chain->rule == rule)
			*(struct ks_str *)ks_vec_push(out) = chain->text;
	}
}

/* What the events come to together. */
static void tell_correlations(struct explain *explain)
{
	struct ks_vec why = KS_VEC_OF(struct ks_str);
	size_t found;
	struct ks_err err = { 0 };

	if (ks_trial_finish(&explain->trial, &(struct ks_chains_sink){ keep_chain, explain, keep_group },
		&err) != 0)
		complain(explain, 0, &err);
	for (size_t i = 0; i < explain->program.correlation_count && explain->only == SIZE_MAX; i++) {
		const struct ks_correlation *correlation = explain->program.correlations[i];

		if (explain->correlation != NULL && explain->correlation != correlation)
			continue;
		ks_vec_clear(&why);
		pick(&explain->chains, &correlation->head, &why);
		found = why.n;
		pick(&explain->groups, &correlation->head, &why);
		print_correlation(explain, &correlation->head, &why, found > 0);
	}
	ks_vec_release(&why);
}

/* RULE is a file, a directory, or the id, name or title of a shipped rule. */
static bool load(struct explain *explain, struct ks_ruleset *ruleset, const struct ks_opt_args *args)
{
	const char *rule = *KS_VEC_AT(&args->arguments, const char *, 0);
	bool is_path = ks_file_is_there(rule);
	ptrdiff_t found;

	ks_rules_add_placeholders(explain->app, ruleset, args);
	ks_rules_add(explain->app, ruleset, is_path ? rule : NULL);
	if (!ks_rules_are_good(ruleset, &explain->program))
		return false;
	explain->only = SIZE_MAX;
	explain->correlation = NULL;
	if (is_path)
		return true;
	found = ks_program_find(&explain->program, ks_str_of(rule));
	explain->correlation = ks_program_find_correlation(&explain->program, ks_str_of(rule));
	if (explain->correlation != NULL)
		return true;
	if (found < 0) {
		ks_command_usage(&ks_cmd_policy_explain, "'%s' is neither a file nor a shipped rule", rule);
		return false;
	}
	explain->only = (size_t)found;
	return true;
}

static int explain_all(struct explain *explain, const struct ks_opt_args *args)
{
	struct ks_enrichment enrichment;
	struct ks_err err = { 0 };

	if (ks_enrichment_load(&enrichment, explain->app, args, &explain->program, &err) != 0) {
		ks_enrichment_release(&enrichment);
		return ks_command_fail(&err);
	}
	ks_trial_init(&explain->trial, &explain->program);
	explain->trial.sources = enrichment.sources;
	read_events(explain, args);
	tell_correlations(explain);
	ks_trial_release(&explain->trial);
	if (explain->events == 0)
		fputs("no events in there\n", stderr);
	ks_enrichment_end(&enrichment);
	explain->problems += enrichment.problems;
	ks_enrichment_release(&enrichment);
	return explain->problems > 0 ? KS_EXIT_USAGE : KS_EXIT_DONE;
}

static int run(struct ks_app *app, const struct ks_opt_args *args)
{
	struct explain explain = { .app = app, .chains = KS_VEC_OF(struct chain),
		.groups = KS_VEC_OF(struct chain) };
	struct ks_ruleset ruleset;
	int status = KS_EXIT_USAGE;

	if (args->arguments.n == 0)
		return ks_command_usage(&ks_cmd_policy_explain,
			"give a rule, and files of events or - for standard input");
	explain.is_text = app->format == KS_FORMAT_TEXT && ks_opt_has(args, "format");
	explain.all = app->format == KS_FORMAT_JSON ? ks_json_new_array() : NULL;
	ks_ruleset_init(&ruleset);
	if (load(&explain, &ruleset, args))
		status = explain_all(&explain, args);
	if (explain.all != NULL) {
		struct ks_buf text;

		ks_buf_init(&text, SIZE_MAX / 2);
		ks_json_render(explain.all, &text);
		printf("%s\n", ks_buf_str(&text).p);
		ks_buf_release(&text);
		ks_json_free(explain.all);
	}
	ks_vec_release(&explain.chains);
	ks_vec_release(&explain.groups);
	ks_arena_release(&explain.arena);
	ks_ruleset_release(&ruleset);
	return status;
}

static const struct ks_opt options[] = { KS_RULES_PLACEHOLDERS, KS_ENRICHMENT_OPTIONS };

const struct ks_command ks_cmd_policy_explain = {
	.name = "explain",
	.arguments = "RULE [EVENTS…]",
	.summary = "say why a rule does or does not match events",
	.about =
		"RULE is a file or directory of Sigma rules, or the id, name or title of a shipped one. EVENTS "
		"are files with any "
		"JSON objects: one, an array, one a line, or a whole trail; without them, or with -, standard "
		"input. The rule's "
		"logsource does not matter here. Enriched fields such as decoy.name, key.kind or "
		"actor.first_seen.service may stand in an event as plain members; key, principal and ip are worked "
		"out where a CloudTrail record does not bring them.\n"
		"\n"
		"One line of JSON an event and rule: {\"rule\":…,\"match\":true, false or "
		"\"undecided\",\"why\":[…]}, with every "
		"item of the rule and what it came to; \"held_back_by\" names the filter without which it would "
			"match. "
		"--format text is easier on the eye.\n"
		"\n"
		"A correlation gets one line for all events together, with its findings in \"why\", then each "
		"group: how many events met each of its rules, and the count against the condition. Its rules "
		"must be there, too: name a directory, or a shipped correlation.",
	.examples =
		"keysnare policy explain ses-quota-read event.json\twhat the shipped rule makes of an event\n"
		"keysnare policy explain my-rule.yml --format text trail.json.gz\twhy a rule of your own is "
		"silent\n"
		"keysnare policy explain my-rules/ - < event.json\tseveral rules, the event from standard input",
	.options = options,
	.option_count = sizeof(options) / sizeof(options[0]),
	.run = run,
};
