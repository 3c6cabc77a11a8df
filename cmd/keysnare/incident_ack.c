/* keysnare incident ack: somebody has seen it and looks after it. */
#include "cmd/keysnare/incident_change.h"

extern const struct ks_command ks_cmd_incident_ack;

static int run(struct ks_app *app, const struct ks_opt_args *args)
{
	if (args->arguments.n == 0)
		return ks_command_usage(&ks_cmd_incident_ack, "say which incident, by its number");
	return ks_incident_change_run(app, &(struct ks_incident_change_order){ .args = args,
		.id_count = args->arguments.n, .verb = ks_incident_ack, .done = "acknowledged",
		.text = ks_opt_value(args, "note", NULL) });
}

static const struct ks_opt options[] = {
	{ .kind = KS_OPT_VALUE, .name = "note", .metavar = "TEXT", .help = "something to say about it" },
	KS_INCIDENT_VIEW_WHO,
};

const struct ks_command ks_cmd_incident_ack = {
	.name = "ack",
	.arguments = "ID…",
	.summary = "say that somebody has seen it",
	.about = "An incident without an assignee becomes yours. Escalations are told all the same. "
		"PagerDuty is told that its alert is acknowledged, and any notifier whose 'kinds' name it.",
	.examples = "keysnare incident ack 7\tit is seen\n"
		"keysnare incident ack 7 8 9 --note 'one thief'\tseveral at once",
	.options = options,
	.option_count = sizeof(options) / sizeof(options[0]),
	.run = run,
};
