/* Loads what a watch goes by, at the start and anew. */
#include "cmd/keysnare/watch_rules.h"

#include "cmd/keysnare/decoy_view.h"
#include "cmd/keysnare/logsink.h"
#include "cmd/keysnare/rules.h"

#include "lib/base/mem.h"
#include "lib/base/metrics.h"
#include "lib/base/text.h"
#include "lib/base/time.h"
#include "lib/codec/json.h"

#include <stdio.h>
#include <stdlib.h>

#define LONGEST_LINE (64u * 1024)

static void print_problem(const struct ks_app *app, const struct ks_err *err)
{
	struct ks_json *json = ks_logsink_begin(app, KS_LOG_ERROR, "rule-error");
	struct ks_buf text;

	ks_buf_init(&text, LONGEST_LINE);
	ks_err_render(err, &text);
	ks_json_add_str(json, "error", ks_buf_str(&text));
	ks_logsink_end(json, KS_LOG_ERROR);
	ks_buf_release(&text);
}

/* All errors of a set; how many there were. */
static size_t print_problems(const struct ks_app *app, const struct ks_problems *problems)
{
	bool is_json = ks_logsink_is_json(app);

	if (!is_json)
		ks_rules_print_errors(problems);
	for (size_t i = 0; is_json && i < problems->list.n; i++)
		if (!KS_VEC_AT(&problems->list, struct ks_problem, i)->is_warning)
			print_problem(app, &KS_VEC_AT(&problems->list, struct ks_problem, i)->err);
	return problems->errors;
}

void ks_watch_rules_warn(const struct ks_app *app, const struct ks_watch_rules_set *set)
{
	const struct ks_vec *list = &set->policies.problems.list;

	for (size_t i = 0; i < list->n; i++) {
		const struct ks_problem *problem = KS_VEC_AT(list, struct ks_problem, i);
		struct ks_json *json;
		struct ks_buf text;

		if (!problem->is_warning)
			continue;
		ks_buf_init(&text, LONGEST_LINE);
		ks_err_render(&problem->err, &text);
		if (ks_logsink_is_json(app)) {
			json = ks_logsink_begin(app, KS_LOG_WARNING, "policy-warning");
			ks_json_add_str(json, "warning", ks_buf_str(&text));
			ks_logsink_end(json, KS_LOG_WARNING);
		} else {
			fprintf(stderr, "keysnare: ");
			ks_decoy_view_print(stderr, ks_buf_str(&text), 0);
			fprintf(stderr, "\n");
		}
		ks_buf_release(&text);
	}
}

static void load_rules(const struct ks_app *app, const struct ks_opt_args *args,
	struct ks_watch_rules_set *set)
{
	size_t cursor = 0;
	const char *path;

	ks_rules_add_placeholders(app, &set->ruleset, args);
	while ((path = ks_opt_list_next(args, "rules", &cursor)) != NULL)
		ks_rules_add(app, &set->ruleset, path);
	if (!ks_opt_has(args, "rules"))
		ks_rules_add(app, &set->ruleset, NULL);
	ks_ruleset_resolve(&set->ruleset);
}

static bool load(const struct ks_app *app, const struct ks_opt_args *args, struct ks_watch_rules_set *set)
{
	struct ks_err err = { 0 };
	size_t errors;

	load_rules(app, args, set);
	if (ks_opt_has(args, "respond"))
		ks_rules_load_policies(app, &set->policies, args);
	errors = print_problems(app, &set->ruleset.problems);
	errors += print_problems(app, &set->policies.problems);
	if (errors > 0)
		return false;
	ks_program_build(&set->program, &set->ruleset);
	if (ks_enrichment_load(&set->enrichment, app, args, &set->program, &err) == 0)
		return true;
	if (!ks_logsink_is_json(app))
		ks_command_fail(&err);
	else
		print_problem(app, &err);
	return false;
}

struct ks_watch_rules_set *ks_watch_rules_load(const struct ks_app *app, const struct ks_opt_args *args)
{
	struct ks_watch_rules_set *set = ks_mem_alloc(sizeof(*set));

	ks_ruleset_init(&set->ruleset);
	ks_policyset_init(&set->policies);
	ks_rulebook_init(&set->book);
	atomic_init(&set->holders, 1);
	set->loaded_ms = ks_ctx_now(app->ctx);
	if (!load(app, args, set)) {
		ks_watch_rules_drop(set);
		return NULL;
	}
	ks_rulebook_fill(&set->book, &set->ruleset, ks_opt_has(args, "respond") ? &set->policies : NULL);
	return set;
}

void ks_watch_rules_hold(struct ks_watch_rules_set *set)
{
	atomic_fetch_add(&set->holders, 1);
}

void ks_watch_rules_drop(struct ks_watch_rules_set *set)
{
	if (set == NULL || atomic_fetch_sub(&set->holders, 1) > 1)
		return;
	ks_enrichment_release(&set->enrichment);
	ks_rulebook_release(&set->book);
	ks_policyset_release(&set->policies);
	ks_ruleset_release(&set->ruleset);
	free(set);
}

void ks_watch_rules_count(const struct ks_app *app, const struct ks_watch_rules_set *set)
{
	struct ks_metrics *metrics = app->ctx->metrics;

	ks_metrics_set(metrics, KS_METRIC_RULES, KS_METRICS_OF("rule"), (double)set->book.rules);
	ks_metrics_set(metrics, KS_METRIC_RULES, KS_METRICS_OF("correlation"), (double)set->book.correlations);
	ks_metrics_set(metrics, KS_METRIC_RULES, KS_METRICS_OF("filter"), (double)set->book.filters);
	ks_metrics_set(metrics, KS_METRIC_RULES, KS_METRICS_OF("policy"), (double)set->book.policies);
	ks_metrics_clear(metrics, KS_METRIC_RULES_INFO);
	ks_metrics_set(metrics, KS_METRIC_RULES_INFO, KS_METRICS_OF(set->book.hash), 1);
	ks_metrics_set_time(metrics, KS_METRIC_RULES_LOADED, NULL, set->loaded_ms);
}

static void tell_json(const struct ks_app *app, const struct ks_watch_rules_set *set,
	const struct ks_rulebook_change *change)
{
	enum ks_log_level level = change != NULL ? KS_LOG_INFO : KS_LOG_ERROR;
	struct ks_json *json = ks_logsink_begin(app, level, change != NULL ? "reloaded" : "reload-failed");

	if (change != NULL) {
		ks_json_add_int(json, "added", (int64_t)change->added);
		ks_json_add_int(json, "removed", (int64_t)change->removed);
		ks_json_add_int(json, "changed", (int64_t)change->changed);
	}
	ks_json_add_text(json, "hash", set->book.hash);
	ks_logsink_end(json, level);
}

void ks_watch_rules_tell(const struct ks_app *app, const struct ks_watch_rules_set *before,
	const struct ks_watch_rules_set *after)
{
	struct ks_rulebook_change change;
	char since[KS_TIME_TEXT];

	if (after != NULL)
		change = ks_rulebook_compare(&before->book, &after->book);
	if (ks_logsink_is_json(app))
		tell_json(app, after != NULL ? after : before, after != NULL ? &change : NULL);
	else if (after == NULL)
		fprintf(stderr, "keysnare: nothing was loaded anew: the rules and policies of %s stay in force; put "
			"the errors right and send SIGHUP again\n", ks_time_render(before->loaded_ms, since));
	else
		fprintf(stderr, "keysnare: rules and policies were loaded anew: %zu added, %zu removed, %zu "
			"changed\n", change.added, change.removed, change.changed);
}
