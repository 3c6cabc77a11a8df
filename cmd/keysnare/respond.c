/* keysnare respond: containment by policy. */
#include "cmd/keysnare/command.h"

extern const struct ks_command ks_cmd_respond_plan;
extern const struct ks_command ks_cmd_respond_approve;
extern const struct ks_command ks_cmd_respond_run;
extern const struct ks_command ks_cmd_respond_undo;
extern const struct ks_command ks_cmd_respond_status;
extern const struct ks_command ks_cmd_respond_pause;
extern const struct ks_command ks_cmd_respond_resume;

static const struct ks_command *const subs[] = { &ks_cmd_respond_plan, &ks_cmd_respond_approve,
	&ks_cmd_respond_run, &ks_cmd_respond_undo, &ks_cmd_respond_status, &ks_cmd_respond_pause,
	&ks_cmd_respond_resume };

const struct ks_command ks_cmd_respond = {
	.name = "respond",
	.arguments = "",
	.summary = "contain by policy: plan, approve, carry out, take back",
	.about =
		"Response policies say which incidents get which steps, and how far keysnare goes on its own. A "
		"plan is shown first; it is carried out when its policy enforces it or somebody has approved "
		"exactly this plan, only in accounts of the config, and it can be taken back.",
	.examples = "keysnare respond plan 7\tthe plan for incident 7; nothing is sent\n"
				"keysnare respond approve 7\tapprove it\n"
				"keysnare respond run 7\tcarry it out\n"
				"keysnare respond status 7\twhat was done, and what AWS says now\n"
				"keysnare respond undo 7\ttake it back\n"
				"keysnare respond pause 'release until 18:00'\tnothing is sent until somebody resumes",
	.subs = subs,
	.sub_count = sizeof(subs) / sizeof(subs[0]),
};
