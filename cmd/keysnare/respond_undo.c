/* keysnare respond undo: takes back what was done. */
#include "cmd/keysnare/incident_view.h"
#include "cmd/keysnare/printer.h"
#include "cmd/keysnare/respond_job.h"

#include "lib/aws/iam.h"
#include "lib/base/text.h"
#include "lib/base/time.h"
#include "lib/incident/incident.h"
#include "lib/respond/survey.h"

#include <inttypes.h>

extern const struct ks_command ks_cmd_respond_undo;

struct undoing {
	struct ks_respond_job *job;
	struct ks_vec plans;         /* struct ks_ledger_plan: what can be taken back, last one first */
	int64_t hold_until_ms;
};

static bool was_done(const struct ks_ledger_step *step)
{
	return step->state == KS_LEDGER_STEP_DONE || step->state == KS_LEDGER_STEP_SENT ||
		step->state == KS_LEDGER_STEP_INTENDED || step->state == KS_LEDGER_STEP_UNDOING;
}

/* How many of its steps could be taken back. */
static int count_done(struct undoing *u, int64_t plan, size_t *out, struct ks_err *err)
{
	struct ks_vec steps = KS_VEC_OF(struct ks_ledger_step);
	int rc = ks_ledger_steps(u->job->db, plan, &u->job->arena, &steps, err);

	*out = 0;
	for (size_t i = 0; rc == 0 && i < steps.n; i++)
		*out += was_done(KS_VEC_AT(&steps, struct ks_ledger_step, i));
	ks_vec_release(&steps);
	return rc;
}

static int find_plans(struct undoing *u, int64_t incident, int64_t plan, struct ks_err *err)
{
	struct ks_vec all = KS_VEC_OF(struct ks_ledger_plan);
	int rc = ks_ledger_list(u->job->db, incident, &u->job->arena, &all, err);

	for (size_t i = all.n; rc == 0 && i > 0; i--) {
		const struct ks_ledger_plan *one = KS_VEC_AT(&all, struct ks_ledger_plan, i - 1);
		size_t n = 0;

		if (plan != 0 && one->id != plan)
			continue;
		rc = count_done(u, one->id, &n, err);
		/* One that was killed behind its last step only has to be ended. */
		if (rc == 0 && (n > 0 || one->state == KS_LEDGER_UNDOING))
			*(struct ks_ledger_plan *)ks_vec_push(&u->plans) = *one;
	}
	ks_vec_release(&all);
	if (rc == 0 && u->plans.n == 0 && plan != 0)
		return ks_err_set(err, KS_ERR_STATE, "nothing that plan %" PRId64 " did is there to be taken back",
			plan);
	if (rc == 0 && u->plans.n == 0)
		return ks_err_set(err, KS_ERR_STATE, "nothing was done about incident %" PRId64
			" that could be taken "
			"back", incident);
	return rc;
}

/* ---- asking ---- */

static void add_last_use(struct undoing *u, const struct ks_ledger_plan *plan, struct ks_buf *out)
{
	const struct ks_mandate *mandate = &u->job->mandate;
	const struct ks_account *account = ks_account_find(mandate->accounts, mandate->account_count,
		plan->account);
	struct ks_client *client = NULL;
	struct ks_iam_last_used used;
	struct ks_err err = { 0 };

	if (plan->key_id.n == 0)
		return;
	ks_buf_adds(out, "  key ");
	ks_text_add_terminal(out, plan->key_id);
	ks_buf_adds(out, ": ");
	if (account == NULL) {
		ks_buf_adds(out, "its account is not in the config\n");
		return;
	}
	if (ks_account_open(&u->job->settings, account, &u->job->arena, &client, NULL, &err) == 0 &&
		ks_iam_get_access_key_last_used(client, ks_arena_strdup(&u->job->arena, plan->key_id),
		&u->job->arena,
			&used, &err) == 0) {
		ks_text_add_terminal(out, ks_str_of(ks_survey_tell_use(&used, &u->job->arena)));
	} else {
		ks_buf_adds(out, "when it was used last could not be read: ");
		ks_text_add_terminal(out, ks_str_of(err.message));
	}
	ks_buf_addc(out, '\n');
	ks_client_free(client);
}

static int show(struct undoing *u, struct ks_err *err)
{
	struct ks_vec steps = KS_VEC_OF(struct ks_ledger_step);
	struct ks_buf out;
	int rc = 0;

	if (u->job->app->format != KS_FORMAT_TEXT)
		return 0;
	ks_buf_init(&out, SIZE_MAX / 2);
	for (size_t i = 0; rc == 0 && i < u->plans.n; i++) {
		const struct ks_ledger_plan *plan = KS_VEC_AT(&u->plans, struct ks_ledger_plan, i);

		ks_vec_clear(&steps);
		rc = ks_ledger_steps(u->job->db, plan->id, &u->job->arena, &steps, err);
		if (rc == 0) {
			ks_respond_job_add_plan(plan, &steps, NULL, &out);
			add_last_use(u, plan, &out);
		}
	}
	if (rc == 0)
		fwrite(ks_buf_str(&out).p, 1, out.n, stdout);
	ks_buf_release(&out);
	ks_vec_release(&steps);
	return rc;
}

static int confirm(struct undoing *u, struct ks_err *err)
{
	struct ks_str typed = { NULL, 0 };

	if (ks_opt_has(u->job->args, "yes"))
		return 0;
	if (!ks_respond_job_ask("Take this back? Whoever has the key can use it again. Type yes: ",
		&u->job->arena, &typed))
		return ks_err_set(err, KS_ERR_USAGE, "nothing is taken back: this is no terminal, and --yes was not "
			"given");
	if (!ks_str_is_equal_nocase(typed, KS_STR("yes")))
		return ks_err_set(err, KS_ERR_STATE, "nothing is taken back");
	return 0;
}

/* ---- doing ---- */

static int print(struct undoing *u, int64_t id, const struct ks_executor_summary *summary,
	struct ks_err *err)
{
	struct ks_vec steps = KS_VEC_OF(struct ks_ledger_step);
	struct ks_ledger_plan plan = { 0 };
	bool is_found = false;
	struct ks_buf out;
	int rc = ks_ledger_find(u->job->db, id, &u->job->arena, &plan, &is_found, err);

	if (rc == 0)
		rc = ks_ledger_steps(u->job->db, id, &u->job->arena, &steps, err);
	ks_buf_init(&out, SIZE_MAX / 2);
	if (rc == 0 && u->job->app->format != KS_FORMAT_TEXT) {
		struct ks_json *json = ks_respond_job_plan_json(&plan, &steps, NULL);

		ks_printer_line(stdout, json);
		ks_json_free(json);
	} else if (rc == 0) {
		ks_respond_job_add_plan(&plan, &steps, NULL, &out);
		ks_buf_addf(&out, "%zu taken back, %zu cannot be, %zu had changed and were left alone, %zu left\n",
			summary->done, summary->skipped, summary->failed, summary->left);
		fwrite(ks_buf_str(&out).p, 1, out.n, stdout);
	}
	ks_buf_release(&out);
	ks_vec_release(&steps);
	return rc;
}

/* Whoever took it back has to know that nobody is told of the next use. */
static void tell_hold(const struct undoing *u, int64_t id)
{
	struct ks_incident incident = { 0 };
	char until[KS_TIME_TEXT];
	struct ks_err ignored;
	bool is_found = false;

	if (u->job->app->format != KS_FORMAT_TEXT ||
		ks_incident_find(u->job->db, id, &u->job->arena, &incident, &is_found, &ignored) != 0 || !is_found ||
		incident.state != KS_INCIDENT_SNOOZED)
		return;
	ks_time_render(incident.snoozed_until_ms, until);
	printf("incident %" PRId64 " is snoozed until %s: it is not contained again until then, and nobody is "
		"told when the key is used; 'keysnare incident ack %" PRId64 "' ends that\n", id, until, id);
}

static int undo_all(struct undoing *u, struct ks_err *err)
{
	int status = KS_EXIT_DONE;

	for (size_t i = 0; i < u->plans.n; i++) {
		struct ks_executor_request request = {
			.plan = KS_VEC_AT(&u->plans, struct ks_ledger_plan, i)->id,
			.arg = u->job,
			.tell = ks_respond_job_tell,
			.hold_until_ms = u->hold_until_ms,
		};
		struct ks_executor_summary summary = { 0 };
		struct ks_err why = { 0 };
		int rc = ks_executor_undo(&u->job->mandate, u->job->db, &request, &summary, &why);

		if (print(u, request.plan, &summary, err) != 0)
			status = ks_command_fail(err);
		if (rc != 0)
			status = ks_command_fail(&why);
		else if (summary.state != KS_LEDGER_UNDONE && status == KS_EXIT_DONE)
			status = KS_EXIT_FAILED;
		ks_executor_release(&summary);
	}
	if (u->plans.n > 0)
		tell_hold(u, KS_VEC_AT(&u->plans, struct ks_ledger_plan, 0)->incident);
	return status;
}

static int run(struct ks_app *app, const struct ks_opt_args *args)
{
	struct undoing u = { .plans = KS_VEC_OF(struct ks_ledger_plan) };
	struct ks_respond_job job;
	int64_t incident, plan;
	struct ks_err err = { 0 };
	int status;

	if (ks_respond_job_read_target(args, &incident, &plan, &err) != 0 ||
		(ks_opt_has(args, "hold") &&
			ks_incident_view_until(app, "hold", ks_opt_value(args, "hold", ""), &u.hold_until_ms,
			&err) != 0))
		return ks_command_usage(&ks_cmd_respond_undo, "%s", err.message);
	u.job = &job;
	if (ks_respond_job_open(&job, app, args, KS_RESPOND_JOB_MANDATE, &err) != 0 ||
		find_plans(&u, incident, plan, &err) != 0 || show(&u, &err) != 0 || confirm(&u, &err) != 0)
		status = ks_command_fail(&err);
	else
		status = undo_all(&u, &err);
	ks_vec_release(&u.plans);
	ks_respond_job_release(&job);
	return status;
}

static const struct ks_opt options[] = {
	{ .kind = KS_OPT_FLAG, .name = "yes", .short_name = 'y', .help = "do not ask" },
	{ .kind = KS_OPT_VALUE, .name = "hold", .metavar = "TIME", .fallback = "24h",
		.help = "how long the incident is not contained again on its own: 4h, 7d, or a time" },
	KS_RESPOND_JOB_PLAN,
	KS_INCIDENT_VIEW_WHO,
};

const struct ks_command ks_cmd_respond_undo = {
	.name = "undo",
	.arguments = "INCIDENT",
	.summary = "take back what was done about an incident",
	.about =
		"Shows what was done and when the key was used last, asks, and takes the steps back, last one "
		"first, to the states that were read when they were carried out. A step whose effect is no longer "
		"there is left alone: somebody has changed it since. What cannot be taken back is said. Everything "
		"is read back as it is when a plan is carried out, and what was interrupted is completed by doing "
		"it again.\n\n"
		"The incident is put on hold first (snoozed, 24 hours when --hold does not say): it sends no "
		"notices until then, and is not contained again at once.\n"
		"\n"
		"The exit status is 0 when everything that can be taken back was, 1 when something was left alone "
		"or failed, 2 without --yes where there is no terminal to ask at, and 4 while everything is paused.",
	.examples =
		"keysnare respond undo 7\tall that was done about incident 7\n"
		"keysnare respond undo --plan 12 --yes\twhat that plan did, without asking\n"
		"keysnare respond undo 7 --hold 4h\tand on hold for four hours only",
	.options = options,
	.option_count = sizeof(options) / sizeof(options[0]),
	.run = run,
};
