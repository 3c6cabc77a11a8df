/* keysnare respond plan: the steps that a response policy has for an incident; nothing is sent. */
#include "cmd/keysnare/command.h"
#include "cmd/keysnare/respond_survey.h"
#include "cmd/keysnare/rules.h"

#include "lib/base/file.h"
#include "lib/base/text.h"
#include "lib/engine/config.h"
#include "lib/incident/drillcase.h"
#include "lib/respond/pause.h"
#include "lib/respond/plantext.h"
#include "lib/store/schema.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

extern const struct ks_command ks_cmd_respond_plan;

/* One run. */
struct planning {
	struct ks_app *app;
	struct ks_ruleset rules;
	struct ks_policyset policies;
	struct ks_vec verdicts;      /* struct ks_policyset_verdict */
	struct ks_arena arena;
	struct ks_facts facts;
	struct ks_respond_survey survey;
	bool is_offline;             /* AWS is not to be asked */
	bool is_drill;               /* the store is a drill's: nothing of AWS is asked */
};

static struct ks_str rule_name(void *arg, struct ks_str rule_id)
{
	const struct ks_rule *rule = ks_map_find(&((struct planning *)arg)->rules.ids, rule_id);

	return rule != NULL ? rule->name : (struct ks_str){ NULL, 0 };
}

/* Rules are only read for their names: what is wrong with one is no reason to show no plan. */
static bool load_policies(struct planning *p, const struct ks_opt_args *args)
{
	const char *path;
	size_t cursor = 0;

	ks_rules_add_placeholders(p->app, &p->rules, args);
	while ((path = ks_opt_list_next(args, "rules", &cursor)) != NULL)
		ks_rules_add(p->app, &p->rules, path);
	ks_rules_add_both(p->app, &p->rules, ks_opt_has(args, "response") ? NULL : &p->policies, NULL);
	cursor = 0;
	while ((path = ks_opt_list_next(args, "response", &cursor)) != NULL)
		ks_policyset_load(&p->policies, path);
	ks_policyset_check(&p->policies);
	ks_rules_print_errors(&p->policies.problems);
	return p->policies.problems.errors == 0;
}

static int load_facts(struct planning *p, int64_t incident, struct ks_err *err)
{
	struct ks_facts_request request = { .incident = incident, .now_ms = ks_ctx_now(p->app->ctx),
		.rule_name = rule_name, .arg = p };
	struct ks_db *db = NULL;
	int rc = ks_schema_open(p->app->ctx, p->app->store_path, KS_DB_READ, &db, err);

	if (rc == 0)
		rc = ks_facts_load(db, &request, &p->arena, &p->facts, err);
	if (rc == 0)
		rc = ks_drillcase_is_of_drill(db, &p->is_drill, err);
	ks_db_close(db);
	return rc;
}

static const char *find_why(const struct planning *p, const struct ks_policy *policy)
{
	for (size_t i = 0; i < p->verdicts.n; i++)
		if (KS_VEC_AT(&p->verdicts, struct ks_policyset_verdict, i)->policy == policy)
			return KS_VEC_AT(&p->verdicts, struct ks_policyset_verdict, i)->why;
	return NULL;
}

/* What the other policies said, with -v or where none was for the incident. */
static void add_others(const struct planning *p, const struct ks_policy *chosen, struct ks_buf *out)
{
	for (size_t i = 0; i < p->verdicts.n; i++) {
		const struct ks_policyset_verdict *v = KS_VEC_AT(&p->verdicts, struct ks_policyset_verdict, i);

		if (v->policy == chosen)
			continue;
		ks_buf_adds(out, "not by ");
		ks_text_add_terminal(out, v->policy->name);
		ks_buf_adds(out, v->is_match ? ": less specific, though it matches: " : ": ");
		ks_text_add_terminal(out, ks_str_of(v->why));
		ks_buf_addc(out, '\n');
	}
}

static void add_json(const struct planning *p, const struct ks_plan *plan, struct ks_buf *out)
{
	struct ks_json *json = plan != NULL ? ks_plan_to_json(plan) : ks_json_new_object();
	struct ks_json *list = ks_json_new_array();

	if (plan == NULL) {
		ks_json_add_int(json, "v", 1);
		ks_json_add_int(json, "incident", p->facts.incident);
		ks_json_add_null(json, "policy");
	}
	for (size_t i = 0; i < p->verdicts.n; i++) {
		const struct ks_policyset_verdict *v = KS_VEC_AT(&p->verdicts, struct ks_policyset_verdict, i);
		struct ks_json *one = ks_json_new_object();

		ks_json_add_str(one, "name", v->policy->name);
		ks_json_add_bool(one, "matches", v->is_match);
		ks_json_add_bool(one, "chosen", plan != NULL && v->policy == plan->policy);
		ks_json_add_text(one, "why", v->why);
		ks_json_add(list, NULL, one);
	}
	ks_json_add(json, "policies", list);
	ks_json_add_text(json, "planned_without_asking", p->survey.why_not);
	if (p->is_drill)
		ks_json_add_bool(json, "exercise", true);
	ks_json_render(json, out);
	ks_buf_addc(out, '\n');
	ks_json_free(json);
}

/* A drill's store holds nothing that may be sent: players are shown what would be if all of it were real. */
static void judge_for_players(struct ks_plan *plan)
{
	for (size_t i = 0; i < plan->verdicts.n; i++) {
		struct ks_guard_verdict *v = KS_VEC_AT(&plan->verdicts, struct ks_guard_verdict, i);

		if (strcmp(v->guard, "source") == 0 && v->outcome == KS_GUARD_REFUSE) {
			v->outcome = KS_GUARD_PASS;
			v->why = "an exercise: its records are taken for real ones here";
		}
	}
	plan->mode = ks_guard_limit(plan->policy->mode, &plan->verdicts, &plan->is_refused);
}

static void add_text(const struct planning *p, const struct ks_plan *plan, struct ks_buf *out)
{
	if (p->is_drill)
		ks_buf_adds(out, "EXERCISE: the store is a drill's, nothing of this is ever sent\n\n");
	if (plan == NULL) {
		ks_buf_addf(out, "no response policy is for incident %" PRId64 ": nothing is planned\n",
			p->facts.incident);
		add_others(p, NULL, out);
		return;
	}
	ks_plantext_render(plan, &(struct ks_plantext_view){ .why = find_why(p, plan->policy),
		.has_all = p->app->verbosity > 0 }, out);
	if (p->survey.why_not != NULL) {
		ks_buf_adds(out, "planned without asking AWS: ");
		ks_text_add_terminal(out, ks_str_of(p->survey.why_not));
		ks_buf_addc(out, '\n');
	}
	if (p->is_drill && plan->mode >= KS_POLICY_APPROVE)
		ks_buf_addf(out, "to decide: 'keysnare respond approve %" PRId64 "' counts in the drill's score as "
			"in earnest, and sends nothing\n", p->facts.incident);
	if (p->app->verbosity > 0)
		add_others(p, plan->policy, out);
}

static int show(struct planning *p)
{
	const struct ks_policy *policy = ks_policyset_choose(&p->policies, &p->facts, &p->arena, &p->verdicts);
	int status = KS_EXIT_DONE;
	struct ks_plan plan;
	struct ks_buf out;

	ks_buf_init(&out, SIZE_MAX / 2);
	if (policy != NULL) {
		if (p->is_drill)
			p->survey.why_not = ks_plan_needs(policy) != 0 ? "the store is a drill's" : NULL;
		else if (p->is_offline)
			p->survey.why_not = ks_plan_needs(policy) != 0 ? "--offline was given" : NULL;
		else
			ks_respond_survey_read(p->app, ks_plan_needs(policy), &p->facts, &p->survey);
		ks_plan_make(policy, &p->facts, NULL, &plan);
		if (p->is_drill)
			judge_for_players(&plan);
		status = plan.is_refused ? KS_EXIT_GUARD : KS_EXIT_DONE;
	}
	if (p->app->format == KS_FORMAT_TEXT)
		add_text(p, policy != NULL ? &plan : NULL, &out);
	else
		add_json(p, policy != NULL ? &plan : NULL, &out);
	fwrite(ks_buf_str(&out).p, 1, out.n, stdout);
	if (policy != NULL)
		ks_plan_release(&plan);
	ks_buf_release(&out);
	return status;
}

/* Nothing of a plan is sent while somebody has paused. */
static void tell_pause(struct planning *p)
{
	const char *paused = ks_pause_read(ks_config_pause_path(p->app->config, p->app->store_path, &p->arena),
		&p->arena);

	if (paused != NULL)
		ks_log_write(&p->app->ctx->log, KS_LOG_WARNING, "everything is paused, %s; nothing is sent until "
			"'keysnare respond resume'", paused);
}

static int run(struct ks_app *app, const struct ks_opt_args *args)
{
	struct planning p = { .app = app, .is_offline = ks_opt_has(args, "offline"),
		.verdicts = KS_VEC_OF(struct ks_policyset_verdict) };
	struct ks_err err = { 0 };
	int status = KS_EXIT_USAGE;
	int64_t incident;

	if (args->arguments.n != 1 ||
		!ks_str_parse_int(ks_str_of(*KS_VEC_AT(&args->arguments, const char *, 0)), &incident))
		return ks_command_usage(&ks_cmd_respond_plan, "give the number of one incident");
	ks_ruleset_init(&p.rules);
	ks_policyset_init(&p.policies);
	tell_pause(&p);
	if (load_policies(&p, args))
		status = load_facts(&p, incident, &err) == 0 ? show(&p) : ks_command_fail(&err);
	ks_vec_release(&p.verdicts);
	ks_policyset_release(&p.policies);
	ks_ruleset_release(&p.rules);
	ks_respond_survey_release(&p.survey);
	ks_arena_release(&p.arena);
	return status;
}

static const struct ks_opt options[] = {
	{ KS_OPT_LIST, "response", 0, "PATH", "response policies of your own, a file or a directory",
		"respond/ of the policies", NULL },
	{ KS_OPT_FLAG, "offline", 0, NULL, "ask AWS nothing", NULL, NULL },
	{ KS_OPT_LIST, "rules", 0, "PATH",
		"rules of your own beside the shipped ones, for the names that policies use", NULL, NULL },
};

const struct ks_command ks_cmd_respond_plan = {
	.name = "plan",
	.arguments = "INCIDENT",
	.summary = "show what a response policy would do about an incident",
	.about =
		"Picks the most specific response policy that is for the incident and prints its plan: what the "
		"guards say, and for every step its scope, who else is hit, what must hold before, the call exactly "
		"as it would be sent, and what takes it back. What cannot be done, for root, roles or sessions, is "
		"said as well. Nothing is sent.\n"
		"\n"
		"Where the config has the account, AWS is asked first, and only to read: whose the key is, his "
		"other key and when it was used last, his console password, how much mail goes out in each "
		"Region, which configuration sets send, and whether senders that the thief asked for are there. "
		"The last line "
		"says when AWS could not be asked, or --offline did not want it.\n"
		"\n"
		"Steps that differ in the Region only are shown once with the names of the Regions; -v shows each "
		"of them, and why the other policies were not chosen. --format json and jsonl give one object with "
		"every request in full.\n"
		"\n"
		"In a drill's store the plan is shown as it would be if the records were real; nothing of it is "
		"ever sent, and AWS is not asked.\n"
		"\n"
		"The exit status is 0 with a plan and without one, and 4 when a guard refuses it.",
	.examples =
		"keysnare respond plan 7\tthe plan for incident 7\n"
		"keysnare respond plan 7 --offline\twithout asking AWS who else would be hit\n"
		"keysnare respond plan 7 --response my-policies/\tunder policies of your own\n"
		"keysnare respond plan 7 --format json\tevery request in full, for a program",
	.options = options,
	.option_count = sizeof(options) / sizeof(options[0]),
	.run = run,
};
