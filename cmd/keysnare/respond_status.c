/* keysnare respond status: plans, how far they came, and what AWS says now. */
#include "cmd/keysnare/incident_view.h"
#include "cmd/keysnare/printer.h"
#include "cmd/keysnare/respond_job.h"

#include "lib/base/text.h"

#include <inttypes.h>

extern const struct ks_command ks_cmd_respond_status;

struct survey {
	struct ks_respond_job *job;
	size_t differ, unread;
	struct ks_buf text;
	struct ks_json *list;
};

/* Plans of which nothing was ever sent have nothing to be compared. */
static bool has_acted(const struct ks_vec *steps)
{
	for (size_t i = 0; i < steps->n; i++)
		if (KS_VEC_AT(steps, struct ks_ledger_step, i)->state != KS_LEDGER_STEP_PLANNED &&
			KS_VEC_AT(steps, struct ks_ledger_step, i)->state != KS_LEDGER_STEP_NOTICE)
			return true;
	return false;
}

static void count(struct survey *s, const struct ks_vec *standings)
{
	for (size_t i = 0; i < standings->n; i++) {
		const struct ks_executor_standing *standing = KS_VEC_AT(standings, struct ks_executor_standing, i);

		if (standing->is_as_left)
			continue;
		if (standing->now.p != NULL)
			s->differ++;
		else
			s->unread++;
	}
}

static int add_plan(struct survey *s, const struct ks_ledger_plan *plan, struct ks_err *err)
{
	struct ks_vec steps = KS_VEC_OF(struct ks_ledger_step);
	struct ks_vec standings = KS_VEC_OF(struct ks_executor_standing);
	struct ks_respond_job *job = s->job;
	struct ks_err why = { 0 };
	bool is_asked;
	int rc = ks_ledger_steps(job->db, plan->id, &job->arena, &steps, err);

	if (rc != 0)
		goto out;
	is_asked = job->has_mandate && has_acted(&steps);
	if (is_asked && ks_executor_look(&job->mandate, job->db, plan->id, &job->arena, &standings, &why) != 0) {
		ks_command_fail(&why);
		s->unread++;
		is_asked = false;
	}
	count(s, &standings);
	if (job->app->format == KS_FORMAT_TEXT)
		ks_respond_job_add_plan(plan, &steps, is_asked ? &standings : NULL, &s->text);
	else
		ks_json_add(s->list, NULL, ks_respond_job_plan_json(plan, &steps, is_asked ? &standings : NULL));
out:
	ks_vec_release(&standings);
	ks_vec_release(&steps);
	return rc;
}

static void print(struct survey *s, size_t plans)
{
	struct ks_json *json;

	if (s->job->app->format == KS_FORMAT_TEXT) {
		fwrite(ks_buf_str(&s->text).p, 1, s->text.n, stdout);
		if (plans == 0)
			printf("no plans\n");
		else if (!s->job->has_mandate)
			printf("AWS was not asked\n");
		else
			printf("%zu not as left, %zu could not be read\n", s->differ, s->unread);
		ks_json_free(s->list);
		return;
	}
	json = ks_json_new_object();
	ks_json_add_int(json, "v", 1);
	ks_json_add_bool(json, "offline", !s->job->has_mandate);
	ks_json_add_int(json, "differ", (int64_t)s->differ);
	ks_json_add_int(json, "unread", (int64_t)s->unread);
	ks_json_add(json, "plans", s->list);
	ks_printer_line(stdout, json);
	ks_json_free(json);
}

static int show(struct ks_respond_job *job, int64_t incident, struct ks_err *err)
{
	struct survey s = { .job = job, .list = ks_json_new_array() };
	struct ks_vec plans = KS_VEC_OF(struct ks_ledger_plan);
	int rc;

	ks_buf_init(&s.text, SIZE_MAX / 2);
	rc = ks_ledger_expire(job->db, ks_ctx_now(job->app->ctx), err);
	if (rc == 0)
		rc = ks_ledger_list(job->db, incident, &job->arena, &plans, err);
	for (size_t i = 0; rc == 0 && i < plans.n; i++)
		rc = add_plan(&s, KS_VEC_AT(&plans, struct ks_ledger_plan, i), err);
	if (rc == 0)
		print(&s, plans.n);
	else
		ks_json_free(s.list);
	ks_buf_release(&s.text);
	ks_vec_release(&plans);
	if (rc != 0)
		return ks_command_fail(err);
	return s.differ > 0 || s.unread > 0 ? KS_EXIT_FAILED : KS_EXIT_DONE;
}

static int run(struct ks_app *app, const struct ks_opt_args *args)
{
	unsigned needs = ks_opt_has(args, "offline") ? 0 : KS_RESPOND_JOB_MANDATE;
	struct ks_respond_job job;
	struct ks_err err = { 0 };
	int64_t incident = 0;
	int status;

	if (args->arguments.n > 1 || (args->arguments.n == 1 && ks_incident_view_id(
		*KS_VEC_AT(&args->arguments, const char *, 0), &incident, &err) != 0))
		return ks_command_usage(&ks_cmd_respond_status, "give the number of one incident, or none for all");
	if (ks_respond_job_open(&job, app, args, needs, &err) != 0) {
		if (err.code == KS_ERR_CONFIG && needs != 0)
			ks_err_wrap(&err, "to ask AWS ('--offline' does not)");
		status = ks_command_fail(&err);
	} else {
		status = show(&job, incident, &err);
	}
	ks_respond_job_release(&job);
	return status;
}

static const struct ks_opt options[] = {
	{ .kind = KS_OPT_FLAG, .name = "offline", .help = "show what is written down, and do not ask AWS" },
};

const struct ks_command ks_cmd_respond_status = {
	.name = "status",
	.arguments = "[INCIDENT]",
	.summary = "show what was done, and whether AWS still says so",
	.about =
		"Every plan that waits, was approved, carried out or taken back, with each of its steps: how far it "
		"came, the state before, and what AWS says now. Where that is not what was left, a stored event "
		"that tells who changed it is named. Nothing is changed.\n"
		"\n"
		"planned: not sent yet. intended: about to be sent, perhaps sent; only an interrupted run leaves it "
		"so. sent: AWS said yes. done: the state still held when IAM had had time to show it everywhere. "
		"skipped: it was so before, or the Region is not enabled. conflict: the state was neither the one "
		"to change nor the effect. failed: AWS refused. lost: somebody took it back, and it is left "
		"so. undone, moved "
		"(somebody had changed it), kept (cannot be taken back): what undoing came to. notice: nothing that "
		"AWS is asked for.\n"
		"\n"
		"The exit status is 1 when something is not as it was left, or could not be read.",
	.examples =
		"keysnare respond status\tall plans\n"
		"keysnare respond status 7 --offline\twhat is written down about incident 7",
	.options = options,
	.option_count = sizeof(options) / sizeof(options[0]),
	.run = run,
};
