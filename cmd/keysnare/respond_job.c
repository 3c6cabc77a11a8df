/* What approve, run, undo and status share. */
#include "cmd/keysnare/respond_job.h"

#include "cmd/keysnare/incident_view.h"
#include "cmd/keysnare/rules.h"

#include "lib/base/text.h"
#include "lib/base/time.h"
#include "lib/engine/config.h"
#include "lib/incident/drillcase.h"
#include "lib/respond/byhand.h"
#include "lib/store/schema.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

struct ks_str ks_respond_job_rule_name(void *arg, struct ks_str rule_id)
{
	const struct ks_rule *rule = ks_map_find(&((struct ks_respond_job *)arg)->rules.ids, rule_id);

	return rule != NULL ? rule->name : (struct ks_str){ NULL, 0 };
}

/* Rules are only read for their names: what is wrong with one holds nothing up. */
static int load_policies(struct ks_respond_job *job, struct ks_err *err)
{
	const char *path;
	size_t cursor = 0;

	ks_rules_add_placeholders(job->app, &job->rules, job->args);
	while ((path = ks_opt_list_next(job->args, "rules", &cursor)) != NULL)
		ks_rules_add(job->app, &job->rules, path);
	ks_rules_add_both(job->app, &job->rules, ks_opt_has(job->args, "response") ? NULL : &job->policies,
		NULL);
	cursor = 0;
	while ((path = ks_opt_list_next(job->args, "response", &cursor)) != NULL)
		ks_policyset_load(&job->policies, path);
	ks_policyset_check(&job->policies);
	ks_rules_print_errors(&job->policies.problems);
	if (job->policies.problems.errors == 0)
		return 0;
	return ks_err_set(err, KS_ERR_CONFIG, "the response policies have errors: nothing is done until they "
		"are mended");
}

static int load_mandate(struct ks_respond_job *job, struct ks_err *err)
{
	const struct ks_program none = { 0 };
	struct ks_config_office office = { .ctx = job->app->ctx, .settings = &job->settings,
		.store_path = job->app->store_path, .started_ms = job->app->started_ms };

	if (ks_enrichment_load(&job->enrichment, job->app, job->args, &none, err) != 0 ||
		ks_settings_load(job->app->ctx, NULL, NULL, &job->settings, err) != 0)
		return -1;
	ks_owncall_open(job->app->ctx, job->app->store_path, &job->settings, &job->owncall);
	office.lists = job->enrichment.lists;
	office.who = ks_incident_view_who(job->app, job->args, &job->who);
	if (ks_config_mandate(job->app->config, &office, &job->arena, &job->mandate, err) != 0)
		return -1;
	job->has_mandate = true;
	return 0;
}

/* What cannot be opened is told by who opens it for work. */
static bool is_of_drill(const struct ks_app *app)
{
	struct ks_err ignored = { 0 };
	struct ks_db *db = NULL;
	bool is_found = false;

	if (ks_schema_open(app->ctx, app->store_path, KS_DB_READ, &db, &ignored) == 0)
		ks_drillcase_is_of_drill(db, &is_found, &ignored);
	ks_db_close(db);
	return is_found;
}

/* In a drill's store nothing is done in any account: none is needed, nor a config that names it. */
static void make_empty_mandate(struct ks_respond_job *job)
{
	job->mandate = (struct ks_mandate){ .ctx = job->app->ctx, .settings = &job->settings,
		.approval_ms = KS_MANDATE_APPROVAL_MS, .who = ks_incident_view_who(job->app, job->args, &job->who),
		.started_ms = job->app->started_ms };
	job->has_mandate = true;
}

int ks_respond_job_open(struct ks_respond_job *job, struct ks_app *app, const struct ks_opt_args *args,
	unsigned needs, struct ks_err *err)
{
	*job = (struct ks_respond_job){ .app = app, .args = args };
	ks_ruleset_init(&job->rules);
	ks_policyset_init(&job->policies);
	ks_buf_init(&job->who, 1024);
	if ((needs & KS_RESPOND_JOB_POLICIES) != 0 && load_policies(job, err) != 0)
		return -1;
	if ((needs & KS_RESPOND_JOB_MANDATE) != 0 && is_of_drill(app))
		make_empty_mandate(job);
	else if ((needs & KS_RESPOND_JOB_MANDATE) != 0 && load_mandate(job, err) != 0)
		return -1;
	return ks_schema_open(app->ctx, app->store_path, KS_DB_WRITE, &job->db, err);
}

void ks_respond_job_release(struct ks_respond_job *job)
{
	ks_db_close(job->db);
	ks_owncall_close(job->owncall);
	ks_settings_release(&job->settings);
	ks_enrichment_release(&job->enrichment);
	ks_policyset_release(&job->policies);
	ks_ruleset_release(&job->rules);
	ks_buf_release(&job->who);
	ks_arena_release(&job->arena);
}

const struct ks_policy *ks_respond_job_policy(struct ks_respond_job *job, struct ks_str name)
{
	if (ks_byhand_is(name))
		return ks_byhand_find(&job->policies, name, &job->arena);
	return ks_map_find(&job->policies.names, name);
}

int ks_respond_job_read_target(const struct ks_opt_args *args, int64_t *out_incident, int64_t *out_plan,
	struct ks_err *err)
{
	const char *plan = ks_opt_value(args, "plan", NULL);

	*out_incident = *out_plan = 0;
	if ((plan != NULL) + args->arguments.n != 1)
		return ks_err_set(err, KS_ERR_USAGE, "give the number of one incident, or --plan N");
	if (plan == NULL)
		return ks_incident_view_id(*KS_VEC_AT(&args->arguments, const char *, 0), out_incident, err);
	if (!ks_str_parse_int(ks_str_of(plan), out_plan) || *out_plan <= 0)
		return ks_err_set(err, KS_ERR_USAGE, "'%s' is no number of a plan", plan);
	return 0;
}

bool ks_respond_job_ask(const char *question, struct ks_arena *arena, struct ks_str *out)
{
	char *line = NULL;
	size_t size = 0;
	ssize_t n;

	if (!isatty(STDIN_FILENO))
		return false;
	fflush(stdout);
	fprintf(stderr, "%s", question);
	n = getline(&line, &size, stdin);
	if (n > 0)
		*out = ks_arena_copy(arena, ks_str_trim((struct ks_str){ line, (size_t)n }));
	free(line);
	return n > 0;
}

/* ---- showing ---- */

static void add_text(struct ks_buf *out, struct ks_str text)
{
	ks_text_add_terminal(out, text);
}

/* A long state, as a policy document is one, is only begun. */
static void add_state(struct ks_buf *out, struct ks_str state)
{
	if (ks_str_is(state, KS_STEP_ABSENT)) {
		ks_buf_adds(out, "not there");
		return;
	}
	ks_buf_addc(out, '\'');
	add_text(out, ks_str_sub(state, 0, 60));
	ks_buf_adds(out, state.n > 60 ? "…'" : "'");
}

static const struct ks_executor_standing *standing_of(const struct ks_vec *standings, int64_t number)
{
	for (size_t i = 0; standings != NULL && i < standings->n; i++)
		if (KS_VEC_AT(standings, struct ks_executor_standing, i)->number == number)
			return KS_VEC_AT(standings, struct ks_executor_standing, i);
	return NULL;
}

static void add_standing(const struct ks_ledger_step *step, const struct ks_executor_standing *standing,
	struct ks_buf *out)
{
	if (step->state == KS_LEDGER_STEP_NOTICE)
		return;
	ks_buf_adds(out, "       now: ");
	if (standing->now.p != NULL)
		add_state(out, standing->now);
	else
		ks_buf_adds(out, "not read");
	if (!standing->is_as_left)
		ks_buf_adds(out, standing->now.p != NULL ? ", which is NOT as it was left" : "");
	if (standing->why.p != NULL) {
		ks_buf_adds(out, ": ");
		add_text(out, standing->why);
	}
	ks_buf_addc(out, '\n');
}

/* The step, and those behind it that say the same in other Regions. */
static void add_steps(const struct ks_ledger_step *step, size_t count,
	const struct ks_executor_standing *standing, struct ks_buf *out)
{
	ks_buf_addf(out, "  %3" PRId64 "  %-9s %s", step->number, ks_ledger_step_state_name(step->state),
		step->step.action);
	if (count > 1) {
		ks_buf_addf(out, " in %zu Regions: ", count);
		for (size_t i = 0; i < count; i++) {
			ks_buf_adds(out, i > 0 ? ", " : "");
			add_text(out, step[i].step.call.region);
		}
		ks_buf_addf(out, "\n       to step %" PRId64 ", the first: ", step[count - 1].number);
		add_text(out, ks_str_of(step->step.target != NULL ? step->step.target : ""));
	} else if (step->step.target != NULL) {
		ks_buf_adds(out, ": ");
		add_text(out, ks_str_of(step->step.target));
	}
	ks_buf_addc(out, '\n');
	if (step->before.p != NULL) {
		ks_buf_adds(out, "       before: ");
		add_state(out, step->before);
		ks_buf_addc(out, '\n');
	}
	if (step->note.p != NULL) {
		ks_buf_adds(out, "       note: ");
		add_text(out, step->note);
		ks_buf_addc(out, '\n');
	}
	if (standing != NULL)
		add_standing(step, standing, out);
}

/* What stands there, and what is said of it; neither may be there. */
static bool is_same_text(struct ks_str a, struct ks_str b)
{
	return (a.p == NULL) == (b.p == NULL) && (a.p == NULL || ks_str_is_equal(a, b));
}

static bool stands_alike(const struct ks_executor_standing *a, const struct ks_executor_standing *b)
{
	if (a == NULL || b == NULL)
		return a == b;
	return a->is_as_left == b->is_as_left && is_same_text(a->now, b->now) && is_same_text(a->why, b->why);
}

/* Whether all that is said of the one holds for the other, but for the Region. */
static bool is_alike(const struct ks_ledger_step *a, const struct ks_ledger_step *b,
	const struct ks_vec *standings)
{
	return ks_step_is_alike(&a->step, &b->step) && a->state == b->state &&
		is_same_text(a->before, b->before) && is_same_text(a->note, b->note) &&
		stands_alike(standing_of(standings, a->number), standing_of(standings, b->number));
}

/* Steps from here on that are told by one line. */
static size_t count_alike(const struct ks_vec *steps, size_t first, const struct ks_vec *standings)
{
	const struct ks_ledger_step *step = KS_VEC_AT(steps, struct ks_ledger_step, first);
	size_t n = 1;

	while (first + n < steps->n &&
		is_alike(step, KS_VEC_AT(steps, struct ks_ledger_step, first + n), standings))
		n++;
	return n;
}

static void add_time(struct ks_buf *out, const char *label, int64_t ms)
{
	char text[KS_TIME_TEXT];

	if (ms != KS_TIME_NONE)
		ks_buf_addf(out, "%s%s", label, ks_time_render(ms - ms % KS_TIME_SECOND, text));
}

void ks_respond_job_add_plan(const struct ks_ledger_plan *plan, const struct ks_vec *steps,
	const struct ks_vec *standings, struct ks_buf *out)
{
	ks_buf_addf(out, "plan %" PRId64 "  incident %" PRId64 "  %s  policy ", plan->id, plan->incident,
		ks_ledger_state_name(plan->state));
	add_text(out, plan->policy);
	ks_buf_adds(out, "  account ");
	add_text(out, plan->account);
	ks_buf_adds(out, "\n  ");
	add_text(out, plan->actor);
	add_time(out, ", made ", plan->made_ms);
	if (plan->approved_by.p != NULL) {
		ks_buf_adds(out, ", approved by ");
		add_text(out, plan->approved_by);
		add_time(out, " ", plan->approved_ms);
	}
	if (plan->state == KS_LEDGER_WAITING || plan->state == KS_LEDGER_READY)
		add_time(out, ", until ", plan->expires_ms);
	ks_buf_addf(out, ", digest " KS_STR_FMT "\n", KS_STR_ARG(ks_str_sub(plan->digest, 0, 16)));
	for (size_t i = 0, count; i < steps->n; i += count) {
		const struct ks_ledger_step *step = KS_VEC_AT(steps, struct ks_ledger_step, i);

		count = count_alike(steps, i, standings);
		add_steps(step, count, standing_of(standings, step->number), out);
	}
}

static struct ks_json *step_json(const struct ks_ledger_step *step,
	const struct ks_executor_standing *standing)
{
	struct ks_json *json = ks_json_new_object(), *now = ks_json_new_object();

	ks_json_add_int(json, "number", step->number);
	ks_json_add_text(json, "action", step->step.action);
	ks_json_add_text(json, "scope", ks_step_scope_name(step->step.scope));
	ks_json_add_text(json, "target", step->step.target);
	ks_json_add_text(json, "what", step->step.condition.what);
	ks_json_add_text(json, "state", ks_ledger_step_state_name(step->state));
	ks_json_add_str(json, "before", step->before);
	ks_json_add_str(json, "effect", step->effect);
	ks_json_add_time(json, "sent", step->sent_ms);
	ks_json_add_time(json, "done", step->done_ms);
	ks_json_add_int(json, "attempts", step->attempts);
	ks_json_add_str(json, "request_id", step->request_id);
	ks_json_add_str(json, "note", step->note);
	if (standing == NULL) {
		ks_json_free(now);
		ks_json_add_null(json, "now");
		return json;
	}
	ks_json_add_str(now, "state", standing->now);
	ks_json_add_bool(now, "as_left", standing->is_as_left);
	ks_json_add_str(now, "why", standing->why);
	ks_json_add(json, "now", now);
	return json;
}

struct ks_json *ks_respond_job_plan_json(const struct ks_ledger_plan *plan, const struct ks_vec *steps,
	const struct ks_vec *standings)
{
	struct ks_json *json = ks_json_new_object(), *list = ks_json_new_array();

	ks_json_add_int(json, "plan", plan->id);
	ks_json_add_int(json, "incident", plan->incident);
	ks_json_add_text(json, "state", ks_ledger_state_name(plan->state));
	ks_json_add_str(json, "policy", plan->policy);
	ks_json_add_str(json, "account", plan->account);
	ks_json_add_str(json, "actor", plan->actor);
	ks_json_add_bool(json, "decoy", plan->is_decoy);
	ks_json_add_str(json, "digest", plan->digest);
	ks_json_add_time(json, "made", plan->made_ms);
	ks_json_add_str(json, "approved_by", plan->approved_by);
	ks_json_add_time(json, "approved", plan->approved_ms);
	ks_json_add_time(json, "expires", plan->expires_ms);
	ks_json_add_time(json, "begun", plan->begun_ms);
	ks_json_add_time(json, "ended", plan->ended_ms);
	for (size_t i = 0; i < steps->n; i++) {
		const struct ks_ledger_step *step = KS_VEC_AT(steps, struct ks_ledger_step, i);

		ks_json_add(list, NULL, step_json(step, standing_of(standings, step->number)));
	}
	ks_json_add(json, "steps", list);
	return json;
}

void ks_respond_job_tell(void *arg, const struct ks_executor_news *news)
{
	const struct ks_respond_job *job = arg;
	struct ks_buf line;

	if (!job->app->has_progress && job->app->verbosity == 0)
		return;
	ks_buf_init(&line, 1u << 16);
	if (news->step == NULL) {
		ks_buf_addf(&line, "waiting %" PRId64 " s until IAM shows the change everywhere\n",
			(news->wait_ms + 999) / 1000);
	} else {
		ks_buf_addf(&line, "step %" PRId64 "  %-9s %s: ", news->step->number,
			ks_ledger_step_state_name(news->step->state), news->step->step.action);
		add_text(&line, ks_str_of(news->step->step.target));
		if (news->step->note.p != NULL) {
			ks_buf_adds(&line, ": ");
			add_text(&line, news->step->note);
		}
		ks_buf_addc(&line, '\n');
	}
	fprintf(stderr, KS_STR_FMT, KS_STR_ARG(ks_buf_str(&line)));
	ks_buf_release(&line);
}
