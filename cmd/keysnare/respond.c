/* keysnare respond: containment by policy. */
#include "cmd/keysnare/command.h"

extern const struct ks_command ks_cmd_respond_plan;
extern const struct ks_command ks_cmd_respond_pause;
extern const struct ks_command ks_cmd_respond_resume;

static const struct ks_command *const subs[] = { &ks_cmd_respond_plan, &ks_cmd_respond_pause,
	&ks_cmd_respond_resume };

const struct ks_command ks_cmd_respond = {
	.name = "respond",
	.arguments = "",
	.summary = "say what a response policy would do about an incident",
	.about =
		"Response policies say which incidents get which steps, and how far keysnare goes on its own. For "
		"now they are planned and shown; nothing is sent to AWS.",
	.examples = "keysnare respond plan 7\tthe plan for incident 7\n"
				"keysnare respond pause 'release until 18:00'\tnothing is sent until somebody resumes",
	.subs = subs,
	.sub_count = sizeof(subs) / sizeof(subs[0]),
};
