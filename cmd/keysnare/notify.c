/* keysnare notify: where notices go, and whether they arrive. */
#include "cmd/keysnare/command.h"

extern const struct ks_command ks_cmd_notify_list;
extern const struct ks_command ks_cmd_notify_resend;
extern const struct ks_command ks_cmd_notify_test;

static const struct ks_command *const subs[] = { &ks_cmd_notify_list, &ks_cmd_notify_test,
	&ks_cmd_notify_resend };

const struct ks_command ks_cmd_notify = {
	.name = "notify",
	.arguments = "",
	.summary = "where notices go, and whether they arrive",
	.about =
		"Notifiers stand in the config, under 'notifiers': strings such as oncall=webhook:https://…, or "
		"mappings, which can say more. A secret is never written there: it is named, as env:NAME or "
		"file:PATH.\n"
		"\n"
		"  notifiers:\n"
		"    - {name: chat, kind: slack, secret: file:slack.url}\n"
		"    - {name: rooms, kind: teams, secret: file:teams.url}\n"
		"    - {name: pager, kind: pagerduty, secret: env:PD_KEY, level: high}\n"
		"    - {name: topic, kind: sns, target: TOPIC-ARN, account: \"123456789012\"}\n"
		"    - {name: mail, kind: email, target: \"smtp://mail.example.org:587\",\n"
		"       from: keysnare@example.org,\n"
		"       to: [oncall@example.org], user: keysnare, secret: env:MAIL_PASSWORD}\n"
		"    - {name: log, kind: syslog, target: \"tcp://logs.example.org:601\"}\n"
		"    - {kind: eventbridge, target: BUS, region: eu-west-1}\n"
		"    - {kind: securityhub, region: eu-west-1}\n"
		"\n"
		"level: only notices of this level and above. kinds: only these kinds of notices, such as "
		"[opened, escalated, approval, lost, alarm]. account: one of the config's accounts, whose role is "
		"taken; without it the keys of the chain are used. ca_file: certificates of one's own for whatever "
		"speaks TLS.",
	.examples =
		"keysnare notify list\twhere notices go, and what waits\n"
		"keysnare notify test pager\ta marked test to one of them\n"
		"keysnare notify test --all\tto every one\n"
		"keysnare notify resend --all\twhat was given up, once the receiver is mended",
	.subs = subs,
	.sub_count = sizeof(subs) / sizeof(subs[0]),
};
