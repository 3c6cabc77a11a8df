/* keysnare doctor: whether everything that acting needs is there. */
#include "cmd/keysnare/command.h"
#include "cmd/keysnare/doctor_smtp.h"
#include "cmd/keysnare/printer.h"
#include "cmd/keysnare/rules.h"

#include "lib/base/file.h"
#include "lib/base/text.h"
#include "lib/doctor/doctor.h"
#include "lib/incident/owncall.h"

#include <stdio.h>
#include <string.h>

extern const struct ks_command ks_cmd_doctor;

static const struct ks_opt options[] = {
	{ KS_OPT_FLAG, "offline", 0, NULL, "ask nothing over the network", NULL, NULL },
	{ KS_OPT_LIST, "policy", 0, "PATH", "response policies of your own, a file or a directory",
		"respond/ of the policies", NULL },
	{ KS_OPT_VALUE, "profile", 0, "NAME", "profile of the shared AWS files", "AWS_PROFILE, default", NULL },
	{ KS_OPT_VALUE, "region", 0, "REGION", "region to ask STS in", "of the environment or the profile",
		NULL },
	KS_DOCTOR_SMTP_OPTIONS,
};

/* Those of the response policies; what is wrong with one of them is for 'policy check' to say in full. */
static bool load_policies(const struct ks_app *app, const struct ks_opt_args *args,
	struct ks_policyset *policies)
{
	struct ks_buf path;
	const char *given;
	size_t cursor = 0;

	while ((given = ks_opt_list_next(args, "policy", &cursor)) != NULL)
		ks_policyset_load(policies, given);
	if (!ks_opt_has(args, "policy")) {
		ks_buf_init(&path, 1u << 20);
		ks_file_join(&path, app->ctx->policies_dir, "respond");
		ks_policyset_load(policies, ks_buf_str(&path).p);
		ks_buf_release(&path);
	}
	ks_rules_print_errors(&policies->problems);
	return policies->problems.errors == 0;
}

/* A line: a finding, and those of other Regions that say the same. */
struct line {
	const struct ks_check_finding *finding;
	const char *text;                /* without its Region */
	const char *regions;             /* "eu-west-1, us-east-1" */
	size_t region_count;
};

/* "SES v2 GetAccount in eu-west-1: …" says the same as that of us-east-1. */
static const char *without_region(struct ks_arena *arena, const struct ks_check_finding *finding)
{
	const char *in = ks_arena_printf(arena, " in " KS_STR_FMT, KS_STR_ARG(finding->region));
	const char *at = finding->region.n > 0 ? strstr(finding->text, in) : NULL;

	return at == NULL ? finding->text : ks_arena_printf(arena, "%.*s%s", (int)(at - finding->text),
		finding->text, at + strlen(in));
}

static bool is_same(const char *a, const char *b)
{
	return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

/* What is found in several Regions alike is one line, where the first of them is. */
static void fold(const struct ks_check_state *state, struct ks_arena *arena, struct ks_vec *out)
{
	for (size_t i = 0; i < state->findings.n; i++) {
		const struct ks_check_finding *finding = KS_VEC_AT(&state->findings, struct ks_check_finding, i);
		const char *text = without_region(arena, finding), *region = ks_arena_strdup(arena, finding->region);
		struct line *same = NULL;

		for (size_t j = 0; finding->region.n > 0 && same == NULL && j < out->n; j++) {
			struct line *line = KS_VEC_AT(out, struct line, j);

			if (line->region_count > 0 && is_same(line->finding->check, finding->check) &&
				line->finding->outcome == finding->outcome && is_same(line->text, text) &&
				ks_str_is_equal(line->finding->account, finding->account))
				same = line;
		}
		if (same == NULL) {
			same = ks_vec_push(out);
			*same = (struct line){ .finding = finding, .text = text, .regions = "" };
		}
		if (finding->region.n > 0)
			same->regions = ks_arena_printf(arena, "%s%s%s", same->regions, same->region_count++ > 0 ? ", " :
				"", region);
	}
}

static void print_line(const struct ks_app *app, const struct line *line, bool has_advice)
{
	static const char *const marks[] = { "ok", "unknown", "warning", "FAILED" };
	static const char *const colors[] = { "\033[32m", "\033[36m", "\033[33m", "\033[1;31m" };
	const struct ks_check_finding *finding = line->finding;
	struct ks_buf text;

	ks_buf_init(&text, 1u << 16);
	ks_text_add_terminal(&text, finding->account);
	if (line->region_count == 1)
		ks_buf_addf(&text, " %s", line->regions);
	else if (line->region_count > 1)
		ks_buf_addf(&text, ", %zu Regions", line->region_count);
	if (text.n > 0)
		ks_buf_adds(&text, ": ");
	ks_text_add_terminal(&text, ks_str_of(line->text));
	printf("%s%-7s%s  %-12s  " KS_STR_FMT "\n", app->has_color ? colors[finding->outcome] : "",
		marks[finding->outcome], app->has_color ? "\033[0m" : "", finding->check,
		KS_STR_ARG(ks_buf_str(&text)));
	if (line->region_count > 1)
		printf("%23sin: %s\n", "", line->regions);
	ks_buf_clear(&text);
	if (has_advice) {
		ks_text_add_terminal(&text, ks_str_of(finding->advice));
		printf("%23sdo: " KS_STR_FMT "\n", "", KS_STR_ARG(ks_buf_str(&text)));
	}
	ks_buf_release(&text);
}

static void print_text(const struct ks_app *app, const struct ks_check_state *state)
{
	struct ks_vec lines = KS_VEC_OF(struct line);
	size_t counts[KS_CHECK_FAILED + 1] = { 0 };
	struct ks_arena arena = { NULL };

	fold(state, &arena, &lines);
	for (size_t i = 0; i < lines.n; i++) {
		const struct line *line = KS_VEC_AT(&lines, struct line, i);
		const struct line *next = i + 1 < lines.n ? KS_VEC_AT(&lines, struct line, i + 1) : NULL;

		/* What helps with several lines stands behind the last of them. */
		counts[line->finding->outcome]++;
		print_line(app, line, line->finding->advice != NULL && (next == NULL ||
			!is_same(next->finding->advice, line->finding->advice)));
	}
	printf("%zu failed, %zu warning%s, %zu could not be told%s\n", counts[KS_CHECK_FAILED],
		counts[KS_CHECK_WARNING], counts[KS_CHECK_WARNING] == 1 ? "" : "s", counts[KS_CHECK_UNKNOWN],
		state->is_offline ? "; AWS was not asked" : "");
	ks_vec_release(&lines);
	ks_arena_release(&arena);
}

static void print_json(const struct ks_check_state *state, const size_t *counts)
{
	struct ks_json *json = ks_json_new_object(), *list = ks_json_new_array();

	ks_json_add_int(json, "v", 1);
	ks_json_add_bool(json, "offline", state->is_offline);
	ks_json_add_int(json, "failed", (int64_t)counts[KS_CHECK_FAILED]);
	ks_json_add_int(json, "warnings", (int64_t)counts[KS_CHECK_WARNING]);
	ks_json_add_int(json, "unknown", (int64_t)counts[KS_CHECK_UNKNOWN]);
	for (size_t i = 0; i < state->findings.n; i++) {
		const struct ks_check_finding *finding = KS_VEC_AT(&state->findings, struct ks_check_finding, i);
		struct ks_json *one = ks_json_new_object();

		ks_json_add_text(one, "check", finding->check);
		ks_json_add_text(one, "outcome", ks_check_outcome_name(finding->outcome));
		ks_json_add_str(one, "account", finding->account);
		ks_json_add_str(one, "region", finding->region);
		ks_json_add_text(one, "text", finding->text);
		ks_json_add_text(one, "advice", finding->advice);
		ks_json_add(list, NULL, one);
	}
	ks_json_add(json, "findings", list);
	ks_printer_line(stdout, json);
	ks_json_free(json);
}

static int examine(const struct ks_app *app, const struct ks_doctor_request *request)
{
	size_t counts[KS_CHECK_FAILED + 1] = { 0 };
	struct ks_check_state state;
	bool has_failed;

	ks_doctor_examine(request, &state);
	for (size_t i = 0; i < state.findings.n; i++)
		counts[KS_VEC_AT(&state.findings, struct ks_check_finding, i)->outcome]++;
	if (app->format == KS_FORMAT_TEXT)
		print_text(app, &state);
	else
		print_json(&state, counts);
	has_failed = counts[KS_CHECK_FAILED] > 0;
	ks_doctor_release(&state);
	return has_failed || ks_ctx_is_stopping(app->ctx) ? KS_EXIT_FAILED : KS_EXIT_DONE;
}

static int run(struct ks_app *app, const struct ks_opt_args *args)
{
	struct ks_settings settings = { 0 };
	struct ks_owncall *owncall = NULL;
	struct ks_policyset policies;
	struct ks_err err = { 0 };
	int status = KS_EXIT_USAGE;
	struct ks_doctor_request request = { .ctx = app->ctx,
		.settings = &settings,
		.config = app->config,
		.store_path = app->store_path,
		.is_offline = ks_opt_has(args, "offline"),
		.policies = &policies };

	if (args->arguments.n > 0)
		return ks_command_usage(&ks_cmd_doctor, "doctor takes no arguments");
	if (ks_opt_has(args, "live-smtp-probe"))
		return ks_doctor_smtp_run(app, args);
	ks_policyset_init(&policies);
	if (load_policies(app, args, &policies)) {
		if (ks_settings_load(app->ctx, ks_opt_value(args, "profile", NULL),
				ks_opt_value(args, "region", NULL), &settings, &err) != 0)
			status = ks_command_fail(&err);
		else {
			ks_owncall_open(app->ctx, app->store_path, &settings, &owncall);
			status = examine(app, &request);
		}
	}
	ks_owncall_close(owncall);
	ks_settings_release(&settings);
	ks_policyset_release(&policies);
	return status;
}

const struct ks_command ks_cmd_doctor = {
	.name = "doctor",
	.arguments = "",
	.summary = "find out whether acting on AWS will work, before it has to",
	.about =
		"Looks at config, store, when records last came from each source, pause file, notifiers, endpoints "
		"and certificates; then asks AWS: which keys are in use and whose they are, how far the clock is "
		"off, "
		"whether each account can be entered, what is allowed there, how SES is set in each Region, whether "
		"a trail records reads and writes of all Regions, and whether EventBridge sends them to the queues "
		"of the config. A line each: ok, unknown, warning or FAILED, and what to do. The exit status is 1 "
		"when something failed.\n\n"
		"Of a notifier it says whether it can be used and has its secret; 'keysnare notify test NAME' sends "
		"through it.\n\n"
		"'keysnare perms --for doctor' prints what it reads with; without one of these it says unknown. "
		"Rules are those of the default event bus.\n\n"
		"Nothing is changed in AWS. Permissions are told by IAM's simulation where "
		"iam:SimulatePrincipalPolicy is allowed. Else reads are read, and what changes something is asked "
		"of users, roles and senders with names that nobody has: AWS answers AccessDenied, or that there is "
		"no such thing. CloudTrail records those calls like any other. What cannot be told without doing "
		"it, such as pausing SES, is said to be unknown.\n\n"
		"One thing no doctor sees by looking: whether mail that is sent by SMTP with a key moves the time "
		"of "
		"the key's last use, which 'watch' goes by. It is expected to, and AWS does not say so: it is not "
		"proved. --live-smtp-probe settles it on your own account: it says what it will do, logs in once to "
		"SES by SMTP with a live decoy, sends no mail, and asks IAM until the time has moved, or --wait is "
		"over. IAM may take hours. It is never done without that option.",
	.examples = "keysnare doctor\teverything\n"
				"keysnare doctor --live-smtp-probe web01 --wait 4h\tdoes SMTP show in IAM?\n"
				"keysnare doctor --offline\twhat needs no network\n"
				"keysnare doctor --profile responder --format json\tone profile, for other programs",
	.options = options,
	.option_count = sizeof(options) / sizeof(options[0]),
	.run = run,
};
