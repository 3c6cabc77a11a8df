/* keysnare incident note: something to remember about it. */
#include "cmd/keysnare/incident_change.h"

extern const struct ks_command ks_cmd_incident_note;

static int run(struct ks_app *app, const struct ks_opt_args *args)
{
	if (args->arguments.n != 2)
		return ks_command_usage(&ks_cmd_incident_note, "say which incident, and the note as one argument");
	return ks_incident_change_run(app, &(struct ks_incident_change_order){ .args = args, .id_count = 1,
		.verb = ks_incident_note, .done = "noted",
		.text = *KS_VEC_AT(&args->arguments, const char *, 1) });
}

static const struct ks_opt options[] = { KS_INCIDENT_VIEW_WHO };

const struct ks_command ks_cmd_incident_note = {
	.name = "note",
	.arguments = "ID TEXT",
	.summary = "write something down about it",
	.about = "The note goes into the incident's journal, where nobody can change it unseen.",
	.examples = "keysnare incident note 7 'key was in the public image of June'\tfor whoever reads it later",
	.options = options,
	.option_count = sizeof(options) / sizeof(options[0]),
	.run = run,
};
