/* keysnare incident close: nothing is left to do. */
#include "cmd/keysnare/incident_change.h"

extern const struct ks_command ks_cmd_incident_close;

static int run(struct ks_app *app, const struct ks_opt_args *args)
{
	if (args->arguments.n == 0)
		return ks_command_usage(&ks_cmd_incident_close, "say which incident, by its number");
	return ks_incident_change_run(app, &(struct ks_incident_change_order){ .args = args,
		.id_count = args->arguments.n, .verb = ks_incident_close, .done = "closed",
		.text = ks_opt_value(args, "reason", NULL) });
}

static const struct ks_opt options[] = {
	{ .kind = KS_OPT_VALUE, .name = "reason", .metavar = "TEXT", .help = "how it ended" },
	KS_INCIDENT_VIEW_WHO,
};

const struct ks_command ks_cmd_incident_close = {
	.name = "close",
	.arguments = "ID…",
	.summary = "say that nothing is left to do",
	.about = "A new event of the same actor within the quiet time opens it again, with a notice. "
		"Whoever was told of the incident is told that it is closed, by the watch that runs on the store or "
		"the next one: PagerDuty resolves its alert, Security Hub archives its finding.",
	.examples = "keysnare incident close 7 --reason 'key deleted, image withdrawn'\tdone",
	.options = options,
	.option_count = sizeof(options) / sizeof(options[0]),
	.run = run,
};
