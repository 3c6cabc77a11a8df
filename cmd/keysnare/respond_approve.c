/* keysnare respond approve: makes the plan for an incident, shows it, and approves exactly that. */
#include "cmd/keysnare/incident_view.h"
#include "cmd/keysnare/printer.h"
#include "cmd/keysnare/respond_job.h"

#include "lib/base/time.h"
#include "lib/incident/drillcase.h"
#include "lib/respond/plantext.h"
#include "lib/respond/survey.h"

#include <inttypes.h>
#include <string.h>

#define LEAST_DIGITS 8u
#define SURVEY_MS (30 * KS_TIME_SECOND)

extern const struct ks_command ks_cmd_respond_approve;

struct approval {
	struct ks_respond_job *job;
	int64_t incident;
	struct ks_facts facts;
	struct ks_vec verdicts;      /* struct ks_policyset_verdict */
	const struct ks_policy *policy;
	struct ks_survey survey;
	struct ks_guard_world world;
	struct ks_plan plan;
	bool has_plan;
	bool is_drill;               /* the store is a drill's: AWS is not asked, and nothing is ever sent */
};

static int load_facts(struct approval *a, struct ks_err *err)
{
	struct ks_respond_job *job = a->job;
	struct ks_facts_request request = { .incident = a->incident, .now_ms = ks_ctx_now(job->app->ctx),
		.rule_name = ks_respond_job_rule_name, .arg = job };

	if (ks_facts_load(job->db, &request, &job->arena, &a->facts, err) != 0)
		return -1;
	a->policy = ks_policyset_choose(&job->policies, &a->facts, &job->arena, &a->verdicts);
	if (a->policy == NULL)
		return ks_err_set(err, KS_ERR_STATE, "no response policy is for incident %" PRId64 ": nothing is "
			"planned; 'keysnare respond plan %" PRId64 "' says why", a->incident, a->incident);
	return 0;
}

/* What AWS says now of whom it hits, and who we are there. */
static int ask_aws(struct approval *a, struct ks_account_self *self, struct ks_err *err)
{
	const struct ks_mandate *mandate = &a->job->mandate;
	const struct ks_account *account = ks_account_find(mandate->accounts, mandate->account_count,
		a->facts.subject.account);
	struct ks_survey_request request = { .facts = &a->facts, .needs = ks_plan_needs(a->policy),
		.budget_ms = SURVEY_MS, .ctx = a->job->app->ctx };
	struct ks_client *client = NULL;

	if (account == NULL)
		return ks_err_set(err, KS_ERR_GUARD, "account '" KS_STR_FMT "' of incident %" PRId64
			" is not in the "
			"config: nothing is done there", KS_STR_ARG(a->facts.subject.account), a->incident);
	if (ks_account_open(&a->job->settings, account, &a->job->arena, &client, self, err) != 0) {
		const char *why = ks_arena_strdup(&a->job->arena, ks_str_of(err->message));

		return ks_err_set(err, err->code, "account '" KS_STR_FMT "' does not open, and nothing is approved: "
			"%s: 'keysnare doctor' says what to do", KS_STR_ARG(account->id), why);
	}
	request.regions = account->regions;
	request.region_count = account->region_count;
	if (request.needs != 0) {
		ks_survey_read(client, &request, &a->job->arena, &a->survey);
		ks_survey_apply(&a->survey, &a->job->arena, &a->facts);
	}
	ks_client_free(client);
	return 0;
}

static int make_plan(struct approval *a, struct ks_err *err)
{
	struct ks_account_self self;
	const struct ks_mandate_case of = { .facts = &a->facts, .self = &self, .made_ms = a->facts.now_ms,
		.is_approved = true };

	if (load_facts(a, err) != 0 || ks_drillcase_is_of_drill(a->job->db, &a->is_drill, err) != 0)
		return -1;
	if (!a->is_drill && (ask_aws(a, &self, err) != 0 ||
		ks_mandate_world(&a->job->mandate, a->job->db, &of, &a->job->arena, &a->world, err) != 0))
		return -1;
	ks_plan_make(a->policy, &a->facts, a->is_drill ? NULL : &a->world, &a->plan);
	a->has_plan = true;
	return 0;
}

static void show(const struct approval *a)
{
	struct ks_buf out;

	if (a->job->app->format != KS_FORMAT_TEXT)
		return;
	ks_buf_init(&out, SIZE_MAX / 2);
	ks_plantext_render(&a->plan, &(struct ks_plantext_view){ .has_all = a->job->app->verbosity > 0 }, &out);
	fwrite(ks_buf_str(&out).p, 1, out.n, stdout);
	ks_buf_release(&out);
}

static const char *guard_that(const struct ks_plan *plan, enum ks_guard_outcome outcome, const char **why)
{
	for (size_t i = 0; i < plan->verdicts.n; i++) {
		const struct ks_guard_verdict *v = KS_VEC_AT(&plan->verdicts, struct ks_guard_verdict, i);

		if (v->outcome == outcome) {
			*why = v->why;
			return v->guard;
		}
	}
	*why = "its mode in the policy goes no further";
	return "policy";
}

/* Players may approve what they could in earnest. That its records are an exercise's keeps the executor from
 * sending any of it, and nobody from deciding. */
static int check_drill(const struct approval *a, struct ks_err *err)
{
	for (size_t i = 0; i < a->plan.verdicts.n; i++) {
		const struct ks_guard_verdict *v = KS_VEC_AT(&a->plan.verdicts, struct ks_guard_verdict, i);

		if (v->outcome == KS_GUARD_REFUSE && strcmp(v->guard, "source") != 0)
			return ks_err_set(err, KS_ERR_GUARD, "refused by the guard '%s': %s", v->guard, v->why);
		if (v->outcome == KS_GUARD_DRY_RUN)
			return ks_err_set(err, KS_ERR_GUARD, "no approval lifts what '%s' says: %s", v->guard, v->why);
	}
	if (a->policy->mode < KS_POLICY_APPROVE)
		return ks_err_set(err, KS_ERR_GUARD, "no approval lifts what 'policy' says: its mode is %s",
			ks_policy_mode_name(a->policy->mode));
	return 0;
}

static int check_guards(const struct approval *a, struct ks_err *err)
{
	const struct ks_plan *plan = &a->plan;
	const char *why, *guard;

	if (plan->is_refused) {
		guard = guard_that(plan, KS_GUARD_REFUSE, &why);
		return ks_err_set(err, KS_ERR_GUARD, "refused by the guard '%s': %s", guard, why);
	}
	if (plan->mode < KS_POLICY_APPROVE) {
		guard = guard_that(plan, KS_GUARD_DRY_RUN, &why);
		return ks_err_set(err, KS_ERR_GUARD, "no approval lifts what '%s' says: %s%s", guard, why,
			a->facts.event_count > 0 ? "" : "; 'keysnare contain KEY' needs none");
	}
	return 0;
}

/* Whether an approval would do anything. */
static int check(const struct approval *a, struct ks_err *err)
{
	const struct ks_plan *plan = &a->plan;
	size_t calls = 0;

	for (size_t i = 0; i < plan->steps.n; i++)
		calls += KS_VEC_AT(&plan->steps, struct ks_step, i)->call.operation != NULL;
	if ((a->is_drill ? check_drill(a, err) : check_guards(a, err)) != 0)
		return -1;
	if (calls == 0)
		return ks_err_set(err, KS_ERR_STATE, "the plan has no step that would be sent: there is nothing to "
			"approve");
	return 0;
}

static bool is_prefix(struct ks_str given, const char *digest)
{
	char lower[KS_HASH_HEX];

	if (given.n < LEAST_DIGITS || given.n >= sizeof(lower))
		return false;
	for (size_t i = 0; i < given.n; i++)
		lower[i] = ks_str_lower(given.p[i]);
	return memcmp(lower, digest, given.n) == 0;
}

/* The digest comes from whoever approves: of the plan that he has seen, and it must be this one. */
static int confirm(const struct approval *a, struct ks_err *err)
{
	const char *given = ks_opt_value(a->job->args, "digest", NULL);
	struct ks_str typed = { NULL, 0 };

	if (given != NULL)
		typed = ks_str_of(given);
	else if (!ks_respond_job_ask("To approve this plan, type the first 8 digits of its digest: ",
		&a->job->arena, &typed))
		return ks_err_set(err, KS_ERR_USAGE, "nothing is approved: give the digest of the plan that you "
			"have seen with --digest, at least its first %u digits; it is %s now", LEAST_DIGITS,
			a->plan.digest);
	if (typed.n < LEAST_DIGITS)
		return ks_err_set(err, KS_ERR_USAGE, "nothing is approved: give at least the first %u digits of the "
			"digest", LEAST_DIGITS);
	if (!is_prefix(typed, a->plan.digest))
		return ks_err_set(err, KS_ERR_CONFLICT, "nothing is approved: the plan has the digest %s now, not "
			KS_STR_FMT "; look at it again", a->plan.digest, KS_STR_ARG(typed));
	return 0;
}

static int until(const struct approval *a, int64_t now, int64_t *out, struct ks_err *err)
{
	const char *given = ks_opt_value(a->job->args, "for", NULL);

	*out = now + a->job->mandate.approval_ms;
	return given == NULL ? 0 : ks_incident_view_until(a->job->app, "for", given, out, err);
}

/* In one transaction. What was approved before, and is the very same, stays as it was approved. */
static int store(const struct approval *a, int64_t now, int64_t expires_ms, struct ks_ledger_plan *out,
	struct ks_err *err)
{
	struct ks_db *db = a->job->db;
	bool is_found = false;
	int64_t id = 0;

	if (ks_ledger_add(db, &a->plan, false, now, expires_ms, &id, err) != 0 ||
		ks_ledger_find(db, id, &a->job->arena, out, &is_found, err) != 0)
		return -1;
	if (out->state == KS_LEDGER_READY && out->approved_by.p != NULL)
		return 0;
	if (ks_ledger_approve(db, id, ks_str_of(a->plan.digest), a->job->mandate.who, now, expires_ms, err) != 0)
		return -1;
	return ks_ledger_find(db, id, &a->job->arena, out, &is_found, err);
}

static int approve(const struct approval *a, struct ks_ledger_plan *out, struct ks_err *err)
{
	int64_t now = ks_ctx_now(a->job->app->ctx), expires_ms;
	struct ks_db *db = a->job->db;

	if (until(a, now, &expires_ms, err) != 0 || ks_ledger_expire(db, now, err) != 0 ||
		ks_db_begin(db, err) != 0)
		return -1;
	if (store(a, now, expires_ms, out, err) != 0) {
		ks_db_rollback(db);
		return -1;
	}
	return ks_db_commit(db, err);
}

/* Whether a watch --respond is at work on the store, which carries out what is approved. */
static bool is_watched(const struct approval *a)
{
	struct ks_seat *seat = NULL;
	struct ks_err ignored = { 0 };
	bool is_served = false;

	if (ks_seat_open(a->job->app->ctx, a->job->app->store_path, &seat, &ignored) == 0)
		is_served = ks_seat_is_served(seat);
	ks_seat_close(seat);
	return is_served;
}

static void print(const struct approval *a, const struct ks_ledger_plan *plan)
{
	bool is_served = is_watched(a);
	char text[KS_TIME_TEXT];
	struct ks_json *json;

	if (a->job->app->format == KS_FORMAT_TEXT) {
		ks_time_render(plan->expires_ms - plan->expires_ms % KS_TIME_SECOND, text);
		if (a->is_drill)
			printf("approved, in an exercise: plan %" PRId64 ". Nothing is sent; 'keysnare drill score' "
				"counts the incident as contained now\n", plan->id);
		else if (is_served)
			printf("approved: plan %" PRId64 ", until %s; the watch that runs on this store carries it out: "
				"'keysnare respond status %" PRId64 "'\n", plan->id, text, a->incident);
		else
			printf("approved: plan %" PRId64 ", until %s; 'keysnare respond run --plan %" PRId64 "' carries "
				"it out, and so does the next 'keysnare watch --respond'\n", plan->id, text, plan->id);
		return;
	}
	json = ks_plan_to_json(&a->plan);
	ks_json_add_int(json, "plan", plan->id);
	ks_json_add_str(json, "approved_by", plan->approved_by);
	ks_json_add_text(json, "approved_until", ks_time_render(plan->expires_ms, text));
	ks_json_add_bool(json, "watched", is_served);
	if (a->is_drill)
		ks_json_add_bool(json, "exercise", true);
	ks_printer_line(stdout, json);
	ks_json_free(json);
}

static int run(struct ks_app *app, const struct ks_opt_args *args)
{
	struct approval a = { .verdicts = KS_VEC_OF(struct ks_policyset_verdict) };
	struct ks_ledger_plan plan = { 0 };
	struct ks_respond_job job;
	struct ks_err err = { 0 };
	int status = KS_EXIT_DONE;

	if (args->arguments.n != 1 || ks_incident_view_id(*KS_VEC_AT(&args->arguments, const char *, 0),
		&a.incident, &err) != 0)
		return ks_command_usage(&ks_cmd_respond_approve, "give the number of one incident");
	a.job = &job;
	if (ks_respond_job_open(&job, app, args, KS_RESPOND_JOB_POLICIES | KS_RESPOND_JOB_MANDATE, &err) != 0 ||
		make_plan(&a, &err) != 0) {
		status = ks_command_fail(&err);
	} else {
		show(&a);
		if (check(&a, &err) != 0 || confirm(&a, &err) != 0 || approve(&a, &plan, &err) != 0)
			status = ks_command_fail(&err);
		else
			print(&a, &plan);
	}
	if (a.has_plan)
		ks_plan_release(&a.plan);
	ks_vec_release(&a.verdicts);
	ks_respond_job_release(&job);
	return status;
}

static const struct ks_opt options[] = {
	{ .kind = KS_OPT_VALUE, .name = "digest", .metavar = "HEX",
		.help = "the digest of the plan that you have seen, at least its first 8 digits" },
	{ .kind = KS_OPT_VALUE, .name = "for", .metavar = "TIME", .fallback = "approval in the config, else 4h",
		.help = "how long the approval is good for: 30m, 2h, or a time" },
	KS_RESPOND_JOB_POLICY_OPTIONS,
	KS_INCIDENT_VIEW_WHO,
};

const struct ks_command ks_cmd_respond_approve = {
	.name = "approve",
	.arguments = "INCIDENT",
	.summary = "approve the plan for an incident, exactly as it is shown",
	.about =
		"Makes the plan as it is now, with what AWS says of whom it hits, and shows it. Nothing is approved "
		"until the first 8 digits of its digest are typed at the prompt or given with --digest: the digest "
		"stands for every call that would be sent, so an approval is never good for anything else. When the "
		"plan has changed since it was looked at, the digest is another one and the approval is refused.\n"
		"\n"
		"An approval runs out ('approval' in the config, 4 hours when it does not say). Nothing is sent "
		"here. Where 'keysnare watch --respond' runs on the store, it carries the plan out within a second "
		"or so; else 'keysnare respond run' does, or the next watch. Every guard is asked again then.\n"
		"\n"
		"In a drill's store ('keysnare --store DIR/drill.db respond approve 1') players approve as in "
		"earnest: AWS is not asked, the approval counts as containment in 'keysnare drill score', and "
		"nothing of it can be sent, by whatever command.\n"
		"\n"
		"The exit status is 4 when a guard refuses the plan, or lets it go no further than a dry run.",
	.examples =
		"keysnare respond approve 7\tshows the plan and asks for its digest\n"
		"keysnare respond approve 7 --digest 3f9c02d1\tthe plan that was looked at before\n"
		"keysnare respond approve 7 --digest 3f9c02d1 --for 30m\tgood for half an hour",
	.options = options,
	.option_count = sizeof(options) / sizeof(options[0]),
	.run = run,
};
