/* keysnare respond run: carries a plan out. */
#include "cmd/keysnare/incident_view.h"
#include "cmd/keysnare/printer.h"
#include "cmd/keysnare/receivers.h"
#include "cmd/keysnare/respond_job.h"

#include "lib/incident/incident.h"

#include <inttypes.h>

extern const struct ks_command ks_cmd_respond_run;

/* Of the plans that can be carried out the last one that is ready, else the last one that was begun. */
static int find_plan(struct ks_respond_job *job, int64_t incident, int64_t *out, struct ks_err *err)
{
	static const enum ks_ledger_state order[] = { KS_LEDGER_READY, KS_LEDGER_RUNNING, KS_LEDGER_PARTLY };
	struct ks_vec plans = KS_VEC_OF(struct ks_ledger_plan);
	int64_t found = 0, waits = 0;
	struct ks_incident row;
	bool is_there = false;
	int rc = ks_ledger_expire(job->db, ks_ctx_now(job->app->ctx), err);

	if (rc == 0)
		rc = ks_ledger_list(job->db, incident, &job->arena, &plans, err);
	for (size_t k = 0; k < sizeof(order) / sizeof(order[0]) && found == 0; k++)
		for (size_t i = 0; i < plans.n; i++) {
			const struct ks_ledger_plan *plan = KS_VEC_AT(&plans, struct ks_ledger_plan, i);

			if (plan->state == order[k])
				found = plan->id;
			if (plan->state == KS_LEDGER_WAITING)
				waits = plan->id;
		}
	ks_vec_release(&plans);
	if (rc != 0)
		return -1;
	if (found == 0 && waits != 0)
		return ks_err_set(err, KS_ERR_STATE, "plan %" PRId64 " of incident %" PRId64
			" waits for an approval: "
			"'keysnare respond approve %" PRId64 "'", waits, incident, incident);
	if (found == 0 && ks_incident_find(job->db, incident, &job->arena, &row, &is_there, err) != 0)
		return -1;
	if (found == 0 && !is_there)
		return ks_err_set(err, KS_ERR_NOTFOUND, "there is no incident %" PRId64, incident);
	if (found == 0)
		return ks_err_set(err, KS_ERR_STATE, "incident %" PRId64 " has no plan that can be carried out: "
			"'keysnare respond approve %" PRId64 "' makes one and approves it", incident, incident);
	*out = found;
	return 0;
}

static int show(struct ks_respond_job *job, int64_t id, const struct ks_executor_summary *summary,
	struct ks_err *err)
{
	struct ks_vec steps = KS_VEC_OF(struct ks_ledger_step);
	struct ks_ledger_plan plan = { 0 };
	bool is_found = false;
	struct ks_buf out;
	int rc = ks_ledger_find(job->db, id, &job->arena, &plan, &is_found, err);

	if (rc == 0)
		rc = ks_ledger_steps(job->db, id, &job->arena, &steps, err);
	ks_buf_init(&out, SIZE_MAX / 2);
	if (rc == 0 && job->app->format != KS_FORMAT_TEXT) {
		struct ks_json *json = ks_respond_job_plan_json(&plan, &steps, NULL);

		ks_printer_line(stdout, json);
		ks_json_free(json);
	} else if (rc == 0) {
		ks_respond_job_add_plan(&plan, &steps, NULL, &out);
		ks_buf_addf(&out, "%zu done, %zu skipped, %zu failed, %zu lost, %zu left", summary->done,
			summary->skipped, summary->failed, summary->lost, summary->left);
		if (summary->waiting > 0)
			ks_buf_addf(&out, ", %zu of them until 'keysnare respond approve %" PRId64 "'", summary->waiting,
				plan.incident);
		ks_buf_addc(&out, '\n');
		fwrite(ks_buf_str(&out).p, 1, out.n, stdout);
	}
	ks_buf_release(&out);
	ks_vec_release(&steps);
	return rc;
}

static int carry_out(struct ks_respond_job *job, int64_t incident, int64_t id, struct ks_err *err)
{
	struct ks_executor_request request = { .rule_name = ks_respond_job_rule_name, .arg = job,
		.tell = ks_respond_job_tell };
	struct ks_executor_summary summary = { 0 };
	struct ks_ledger_plan plan = { 0 };
	struct ks_err why = { 0 };
	bool is_found = false, is_failed;
	int status = KS_EXIT_FAILED;

	if (id == 0 && find_plan(job, incident, &id, err) != 0)
		return ks_command_fail(err);
	if (ks_ledger_find(job->db, id, &job->arena, &plan, &is_found, err) != 0)
		return ks_command_fail(err);
	request.plan = id;
	request.policy = is_found ? ks_respond_job_policy(job, plan.policy) : NULL;
	is_failed = ks_executor_run(&job->mandate, job->db, &request, &summary, &why) != 0;
	if (is_found)
		ks_receivers_deliver(job->app, job->db, plan.incident);
	if (is_found && show(job, id, &summary, err) != 0)
		status = ks_command_fail(err);
	else if (is_failed)
		status = ks_command_fail(&why);
	else if (summary.state == KS_LEDGER_DONE || summary.state == KS_LEDGER_WAITING)
		status = KS_EXIT_DONE;
	ks_executor_release(&summary);
	return status;
}

static int run(struct ks_app *app, const struct ks_opt_args *args)
{
	int64_t incident, plan;
	struct ks_respond_job job;
	struct ks_err err = { 0 };
	int status;

	if (ks_respond_job_read_target(args, &incident, &plan, &err) != 0)
		return ks_command_usage(&ks_cmd_respond_run, "%s", err.message);
	if (ks_respond_job_open(&job, app, args, KS_RESPOND_JOB_POLICIES | KS_RESPOND_JOB_MANDATE, &err) != 0)
		status = ks_command_fail(&err);
	else
		status = carry_out(&job, incident, plan, &err);
	ks_respond_job_release(&job);
	return status;
}

static const struct ks_opt options[] = {
	KS_RESPOND_JOB_PLAN,
	KS_RESPOND_JOB_POLICY_OPTIONS,
	KS_INCIDENT_VIEW_WHO,
};

const struct ks_command ks_cmd_respond_run = {
	.name = "run",
	.arguments = "INCIDENT",
	.summary = "carry out a plan that was approved, or that its policy enforces",
	.about =
		"Every guard is asked again. For each step the present state is read and written down with the "
		"intent before anything is sent; then the state is read back at once, and again when IAM has had "
		"time to show the change everywhere (8 s, 'settle' in the config). A call without an answer is read "
		"back before it is sent again. What somebody takes back meanwhile is applied once more; if it goes "
		"again the step is lost. Regions go out together, one call a second each.\n"
		"\n"
		"A step 'notify' tells the notifiers that it names, once for each plan: their notices are delivered "
		"before this ends, with the config's notifiers; what does not arrive stays in the outbox for a "
		"'keysnare watch', and that is said.\n"
		"\n"
		"A run that was interrupted, in whatever way, is completed by running it again: nothing is sent "
		"twice whose effect is there. Steps that failed are tried again too.\n"
		"\n"
		"The exit status is 0 when all that may be done is done, 1 when a step failed or is left, and 4 "
		"when a guard refuses.",
	.examples =
		"keysnare respond run 7\tthe plan of incident 7 that was approved\n"
		"keysnare respond run --plan 12\tthat plan\n"
		"keysnare respond run 7 --format json\twhat became of each step, for a program",
	.options = options,
	.option_count = sizeof(options) / sizeof(options[0]),
	.run = run,
};
