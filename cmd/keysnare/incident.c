/* keysnare incident: what happened, and who has it. */
#include "cmd/keysnare/command.h"

extern const struct ks_command ks_cmd_incident_list, ks_cmd_incident_show, ks_cmd_incident_ack,
	ks_cmd_incident_assign, ks_cmd_incident_note, ks_cmd_incident_snooze, ks_cmd_incident_close,
	ks_cmd_incident_suppress, ks_cmd_incident_verify, ks_cmd_incident_report, ks_cmd_incident_export;

static const struct ks_command *const subs[] = { &ks_cmd_incident_list, &ks_cmd_incident_show,
	&ks_cmd_incident_ack, &ks_cmd_incident_assign, &ks_cmd_incident_note, &ks_cmd_incident_snooze,
	&ks_cmd_incident_close, &ks_cmd_incident_suppress, &ks_cmd_incident_report, &ks_cmd_incident_export,
	&ks_cmd_incident_verify };

const struct ks_command ks_cmd_incident = {
	.name = "incident",
	.arguments = "",
	.summary = "see what happened, and say who has it",
	.about =
		"An incident is one actor's story: the findings about one access key with its child sessions, or "
		"else one principal, from the first until the actor was quiet for a day. Incidents that share an "
		"address are one page. 'watch' makes incidents as events come, 'hunt --save' out of trails that lie "
		"about.\n"
		"\n"
		"Whatever is done about an incident goes into its journal, each entry bound to the one before it by "
		"a hash.",
	.examples =
		"keysnare incident list\twhat is open, the latest first\n"
		"keysnare incident show 7\tall that is known of one\n"
		"keysnare incident ack 7 --note 'on it'\tit is yours\n"
		"keysnare incident report 7 --html incident-7.html\tall of it as a page\n"
		"keysnare incident export 7 --out case-7.tar\tall of it as an archive for others\n"
		"keysnare incident close 7 --reason 'key was retired'\tdone",
	.subs = subs,
	.sub_count = sizeof(subs) / sizeof(subs[0]),
};
