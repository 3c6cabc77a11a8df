/* keysnare contain: containment by hand, of a key that somebody names. */
#include "cmd/keysnare/contain_job.h"
#include "cmd/keysnare/incident_view.h"
#include "cmd/keysnare/rules.h"

#include "lib/base/text.h"
#include "lib/base/time.h"
#include "lib/respond/executor.h"
#include "lib/respond/plantext.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define LEAST_DIGEST 8      /* characters of it that will do */
#define KEY_END 4            /* characters of the key id that are typed */

/* ---- what is shown ------------------------------------------------------------------------------- */

static size_t count_calls(const struct ks_plan *plan)
{
	size_t n = 0;

	for (size_t i = 0; i < plan->steps.n; i++)
		n += KS_VEC_AT(&plan->steps, struct ks_step, i)->call.operation != NULL;
	return n;
}

static void show_text(const struct ks_contain_job *job, struct ks_buf *out)
{
	ks_buf_addf(out, "key " KS_STR_FMT "  %s of user " KS_STR_FMT ", account " KS_STR_FMT "\n",
		KS_STR_ARG(job->key_id), ks_str_is(job->key.status, "Active") ? "active key" :
		ks_str_is(job->key.status, "Inactive") ? "inactive key" : "deleted key", KS_STR_ARG(job->key.user),
		KS_STR_ARG(job->key.account));
	if (job->facts.is_decoy)
		ks_buf_addf(out, "   THIS IS A DECOY: contained, it goes dark, and AWS records no more of the "
			"thief\n");
	ks_buf_addf(out, "   %s\n\n", job->is_new ? "no record speaks of it: its incident is opened when you "
		"act" :
		"it has an incident, in whose journal all of this will stand");
	ks_plantext_render(&job->plan, &(struct ks_plantext_view){ .has_all = job->app->verbosity > 0,
		.is_acting = job->is_acting }, out);
}

static void show_json(const struct ks_contain_job *job, struct ks_buf *out)
{
	struct ks_json *json = ks_plan_to_json(&job->plan);

	ks_json_add_str(json, "key_status", job->key.status);
	ks_json_add_bool(json, "new_incident", job->is_new);
	ks_json_render(json, out);
	ks_buf_addc(out, '\n');
	ks_json_free(json);
}

static void show(const struct ks_contain_job *job)
{
	struct ks_buf out;

	ks_buf_init(&out, SIZE_MAX / 2);
	if (job->app->format == KS_FORMAT_TEXT)
		show_text(job, &out);
	else
		show_json(job, &out);
	fwrite(out.p, 1, out.n, stdout);
	fflush(stdout);
	ks_buf_release(&out);
}

/* ---- approval ------------------------------------------------------------------------------------ */

static bool is_digest(const struct ks_contain_job *job, struct ks_str text)
{
	return text.n >= LEAST_DIGEST && ks_str_has_prefix(ks_str_of(job->plan.digest), text);
}

static int ask(const struct ks_contain_job *job, struct ks_err *err)
{
	struct ks_str end = ks_str_sub(job->key_id, job->key_id.n - KEY_END, KEY_END), answer;
	char line[256];

	if (!isatty(STDIN_FILENO))
		return ks_err_set(err, KS_ERR_USAGE, "there is no terminal to ask on: give --digest with the "
			"digest of the plan that you have looked at, or --yes");
	fprintf(stderr, "Type the last %d characters of the key id, or the plan's digest, to send this: ",
		KEY_END);
	fflush(stderr);
	if (fgets(line, sizeof(line), stdin) == NULL)
		line[0] = '\0';
	answer = ks_str_trim(ks_str_of(line));
	if (ks_str_is_equal(answer, end) || is_digest(job, answer))
		return 0;
	return ks_err_set(err, KS_ERR_GUARD, "not approved: nothing was sent");
}

static int approve(const struct ks_contain_job *job, const struct ks_opt_args *args, struct ks_err *err)
{
	const char *digest = ks_opt_value(args, "digest", NULL);

	if (digest != NULL && !is_digest(job, ks_str_of(digest)))
		return ks_err_set(err, KS_ERR_CONFLICT, "the plan has the digest %s, not %s: look at what changed, "
			"nothing was sent", job->plan.digest, digest);
	return digest != NULL || ks_opt_has(args, "yes") ? 0 : ask(job, err);
}

/* ---- acting -------------------------------------------------------------------------------------- */

/* Progress, on stderr: a line for each step that came to its end. */
static void tell(void *arg, const struct ks_executor_news *news)
{
	const struct ks_contain_job *job = arg;
	const struct ks_ledger_step *step = news->step;
	struct ks_buf line;

	if (job->app->format != KS_FORMAT_TEXT)
		return;
	ks_buf_init(&line, SIZE_MAX / 2);
	if (step == NULL) {
		ks_buf_addf(&line, "waiting %" PRId64 " s until the change holds everywhere\n",
			(news->wait_ms + 999) / 1000);
	} else {
		ks_buf_addf(&line, "%" PRId64 "  %s  ", step->number, ks_ledger_step_state_name(step->state));
		ks_text_add_terminal(&line, ks_str_of(step->step.target));
		if (step->note.n > 0) {
			ks_buf_adds(&line, ": ");
			ks_text_add_terminal(&line, step->note);
		}
		ks_buf_addc(&line, '\n');
	}
	fwrite(line.p, 1, line.n, stderr);
	ks_buf_release(&line);
}

static void show_outcome(const struct ks_contain_job *job, int64_t plan,
	const struct ks_executor_summary *summary)
{
	struct ks_json *json;
	struct ks_buf out;

	if (job->app->format == KS_FORMAT_TEXT) {
		printf("\nincident %" PRId64 ", plan %" PRId64 ": %s; %zu done, %zu were so before, %zu failed, "
			"%zu lost, %zu left\n", job->incident, plan, ks_ledger_state_name(summary->state), summary->done,
			summary->skipped, summary->failed, summary->lost, summary->left);
		printf("to look at it: keysnare respond status %" PRId64 "; to take it back: keysnare respond "
			"undo %" PRId64
			"\n", job->incident, job->incident);
		return;
	}
	json = ks_json_new_object();
	ks_json_add_int(json, "v", 1);
	ks_json_add_int(json, "incident", job->incident);
	ks_json_add_int(json, "plan", plan);
	ks_json_add_text(json, "digest", job->plan.digest);
	ks_json_add_text(json, "state", ks_ledger_state_name(summary->state));
	ks_json_add_int(json, "done", (int64_t)summary->done);
	ks_json_add_int(json, "skipped", (int64_t)summary->skipped);
	ks_json_add_int(json, "failed", (int64_t)summary->failed);
	ks_json_add_int(json, "lost", (int64_t)summary->lost);
	ks_json_add_int(json, "left", (int64_t)summary->left);
	ks_buf_init(&out, SIZE_MAX / 2);
	ks_json_render(json, &out);
	printf(KS_STR_FMT "\n", KS_STR_ARG(ks_buf_str(&out)));
	ks_buf_release(&out);
	ks_json_free(json);
}

static int apply(struct ks_contain_job *job, const struct ks_opt_args *args)
{
	struct ks_executor_request request = { .policy = job->policy, .tell = tell, .arg = job };
	struct ks_executor_summary summary = { 0 };
	struct ks_err err = { 0 };
	int status;

	if (approve(job, args, &err) != 0 ||
		ks_contain_job_store(job, ks_str_of(ks_opt_value(args, "reason", "")), &request.plan, &err) != 0)
		return ks_command_fail(&err);
	if (ks_executor_run(&job->mandate, job->db, &request, &summary, &err) != 0) {
		status = ks_command_fail(&err);
	} else {
		show_outcome(job, request.plan, &summary);
		status = summary.state == KS_LEDGER_DONE ? KS_EXIT_DONE : KS_EXIT_FAILED;
	}
	ks_executor_release(&summary);
	return status;
}

static int contain(struct ks_contain_job *job, const struct ks_opt_args *args)
{
	job->is_acting = ks_opt_has(args, "apply");
	show(job);
	if (job->plan.is_refused)
		return KS_EXIT_GUARD;
	if (count_calls(&job->plan) == 0) {
		fputs("keysnare: there is nothing that can be done, see what the plan says\n", stderr);
		return KS_EXIT_FAILED;
	}
	if (job->is_acting)
		return apply(job, args);
	if (job->app->format == KS_FORMAT_TEXT)
		printf("to send it: the same command with --apply\n");
	return KS_EXIT_DONE;
}

static int run(struct ks_app *app, const struct ks_opt_args *args)
{
	struct ks_contain_job job;
	struct ks_err err = { 0 };
	int status;

	if (ks_opt_has(args, "apply") && ks_opt_has(args, "dry-run"))
		return ks_command_usage(&ks_cmd_contain, "give --apply or --dry-run, not both");
	if (ks_contain_job_make(&job, app, args, &err) == 0)
		status = contain(&job, args);
	else if (err.code == KS_ERR_USAGE)
		status = ks_command_usage(&ks_cmd_contain, "%s", err.message);
	else
		status = ks_command_fail(&err);
	ks_contain_job_release(&job);
	return status;
}

static const struct ks_opt options[] = {
	{ .kind = KS_OPT_FLAG, .name = "apply", .help = "act, after the plan was shown and approved" },
	{ .kind = KS_OPT_FLAG, .name = "dry-run", .help = "only show the plan, which is what happens without "
		"--apply" },
	{ .kind = KS_OPT_LIST,
		.name = "step",
		.metavar = "NAME[=VALUE]",
		.fallback = "disable_key",
		.help = "what is done, in this order; VALUE as in a response policy: pause_ses=[eu-west-1]" },
	{ .kind = KS_OPT_VALUE,
		.name = "policy",
		.metavar = "NAME",
		.help = "the steps and guards of a response policy instead" },
	KS_RULES_RESPONSE,
	{ .kind = KS_OPT_VALUE,
		.name = "account",
		.metavar = "ID",
		.fallback = "the one that the key id tells",
		.help = "account of the key; it must be one of the config's" },
	{ .kind = KS_OPT_VALUE, .name = "reason", .metavar = "TEXT", .help = "why, for the journal" },
	{ .kind = KS_OPT_VALUE,
		.name = "digest",
		.metavar = "HEX",
		.help = "approve without being asked, if this is the digest of the plan; its first 8 digits will "
			"do" },
	{ .kind = KS_OPT_FLAG, .name = "yes", .help = "approve without being asked, whatever the plan is" },
	{ .kind = KS_OPT_FLAG, .name = "force", .help = "also a decoy, which then goes dark" },
	KS_INCIDENT_VIEW_WHO,
};

const struct ks_command ks_cmd_contain = {
	.name = "contain",
	.arguments = "KEY",
	.summary = "contain a key that somebody names: no trail, no incident needed",
	.about =
		"For a key id in somebody's mail. AWS is asked whose key it is; then the plan is shown: what the "
		"guards say, each call exactly as it would be sent, who else is hit, and what takes it back. "
		"Without --apply that is all: nothing is changed.\n"
		"\n"
		"With --apply you are asked to type the last four characters of the key id, or the digest of the "
		"plan; then the steps are sent and read back. In a script give --digest with the digest of the "
		"plan that somebody looked at: if the plan is another one by then, nothing is sent. The key gets "
		"an incident, unless it has one, and its journal says who did what, when and why: 'keysnare "
		"respond status' and 'respond undo' work as ever.\n"
		"\n"
		"Guards that speak of records, their age and where they come from, do not ask about a key that you "
		"name. All others do: only accounts of the config are touched, never keysnare's own identity, "
		"never what 'protect' names, nothing while 'respond pause' holds, and limits count. A decoy needs "
		"--force. In a drill's store nothing is asked or done.\n"
		"\n"
		"It needs iam:GetAccessKeyLastUsed, iam:GetUser and iam:ListAccessKeys beside what the steps "
		"need. The exit status is 0 when all was done, 1 when something failed, 4 when a guard refuses or "
		"nobody approved.",
	.examples =
		"keysnare contain AKIAIOSFODNN7EXAMPLE\tshow what would be done\n"
		"keysnare contain AKIAIOSFODNN7EXAMPLE --apply --reason 'mail of AWS, case 4711'\tdisable it, "
		"after a question\n"
		"keysnare contain AKIAIOSFODNN7EXAMPLE --apply --step disable_key --step quarantine_user\tand "
		"deny its user everything\n"
		"keysnare contain AKIAIOSFODNN7EXAMPLE --apply --policy stolen-ses-key --digest 5f0c9d1a\texactly "
		"what was shown, without a question",
	.options = options,
	.option_count = sizeof(options) / sizeof(options[0]),
	.run = run,
};
