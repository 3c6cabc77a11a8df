/* keysnare incident assign: who looks after it. */
#include "cmd/keysnare/incident_change.h"

extern const struct ks_command ks_cmd_incident_assign;

static int run(struct ks_app *app, const struct ks_opt_args *args)
{
	if (args->arguments.n != 2)
		return ks_command_usage(&ks_cmd_incident_assign, "say which incident, and to whom");
	return ks_incident_change_run(app, &(struct ks_incident_change_order){ .args = args, .id_count = 1,
		.verb = ks_incident_assign, .done = "assigned",
		.text = *KS_VEC_AT(&args->arguments, const char *, 1) });
}

static const struct ks_opt options[] = { KS_INCIDENT_VIEW_WHO };

const struct ks_command ks_cmd_incident_assign = {
	.name = "assign",
	.arguments = "ID NAME",
	.summary = "say who looks after it",
	.about = "NAME is any text that your team understands. The state stays as it is.",
	.examples = "keysnare incident assign 7 ann\tAnn has it",
	.options = options,
	.option_count = sizeof(options) / sizeof(options[0]),
	.run = run,
};
