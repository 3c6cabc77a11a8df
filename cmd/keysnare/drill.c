/* keysnare drill: exercises. */
#include "cmd/keysnare/command.h"

extern const struct ks_command ks_cmd_drill_list;
extern const struct ks_command ks_cmd_drill_run;
extern const struct ks_command ks_cmd_drill_follow;
extern const struct ks_command ks_cmd_drill_tell;
extern const struct ks_command ks_cmd_drill_score;

static const struct ks_command *const subs[] = { &ks_cmd_drill_list, &ks_cmd_drill_run,
	&ks_cmd_drill_follow, &ks_cmd_drill_tell, &ks_cmd_drill_score };

const struct ks_command ks_cmd_drill = {
	.name = "drill",
	.arguments = "",
	.summary = "rehearse: play a thief's trail, and see how it went",
	.about =
		"A scenario makes the trail that a thief would leave, with an account's ordinary noise around "
			"it; the "
		"engine of 'watch' reads it, and what it and the team did about it is scored. No AWS account is "
		"needed, and none is touched: a drill has a store of its own, talks to nothing but this "
			"machine, and "
		"its records are marked, so that no plan made of them can be carried out, by whatever keysnare "
			"reads "
		"them.",
	.examples =
		"keysnare drill list\tthe shipped scenarios\n"
		"keysnare drill run ses-pionage --out tonight\tat once, to see what comes of it\n"
		"keysnare drill run ses-pionage --out tonight --pace real --blind\tfor a team, in real time\n"
		"keysnare drill follow tonight\tthe facilitator reads along in another terminal\n"
		"keysnare drill tell tonight inject \"The press is on the phone\"\tfrom another terminal\n"
		"keysnare drill score tonight --html report.html\thow it went, and a page for the review",
	.subs = subs,
	.sub_count = sizeof(subs) / sizeof(subs[0]),
};
