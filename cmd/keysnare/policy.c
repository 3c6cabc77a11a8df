/* keysnare policy: what is looked for, and what is done about it. */
#include "cmd/keysnare/command.h"

extern const struct ks_command ks_cmd_policy_check;
extern const struct ks_command ks_cmd_policy_explain;
extern const struct ks_command ks_cmd_policy_list;
extern const struct ks_command ks_cmd_policy_test;

static const struct ks_command *const subs[] = {
	&ks_cmd_policy_list, &ks_cmd_policy_check, &ks_cmd_policy_test, &ks_cmd_policy_explain,
};

const struct ks_command ks_cmd_policy = {
	.name = "policy",
	.arguments = "",
	.summary = "list, check and try rules and response policies",
	.about =
		"Rules are plain Sigma 2.1 and say what is noticed; response policies say what is done about it. "
		"These commands list them, and say whether they load and what rules make of an event.",
	.examples =
		"keysnare policy list --coverage\twhat the rules cover, by technique and stage\n"
		"keysnare policy check my-rules/\tload rules and say what is wrong with them\n"
		"keysnare policy test\trun the cases beside the shipped rules\n"
		"keysnare policy explain ses-quota-read event.json\twhy a rule does or does not match",
	.subs = subs,
	.sub_count = sizeof(subs) / sizeof(subs[0]),
};
