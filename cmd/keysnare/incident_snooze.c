/* keysnare incident snooze: no notices for a while. */
#include "cmd/keysnare/incident_change.h"

extern const struct ks_command ks_cmd_incident_snooze;

static int run(struct ks_app *app, const struct ks_opt_args *args)
{
	struct ks_incident_change_order order = { .args = args, .id_count = args->arguments.n,
		.verb = ks_incident_snooze, .done = "snoozed", .text = ks_opt_value(args, "reason", NULL) };
	struct ks_err err = { 0 };

	if (args->arguments.n == 0)
		return ks_command_usage(&ks_cmd_incident_snooze, "say which incident, by its number");
	if (!ks_opt_has(args, "until"))
		return ks_command_usage(&ks_cmd_incident_snooze, "say how long, with --until");
	if (ks_incident_view_until(app, "until", ks_opt_value(args, "until", ""), &order.until_ms, &err) != 0)
		return ks_command_fail(&err);
	return ks_incident_change_run(app, &order);
}

static const struct ks_opt options[] = {
	{ .kind = KS_OPT_VALUE, .name = "until", .short_name = 'u', .metavar = "TIME",
		.help = "how long: 4h and 7d from now on, or 2026-11-30, 2026-11-30T08:00:00Z" },
	{ .kind = KS_OPT_VALUE, .name = "reason", .metavar = "TEXT", .help = "why" },
	KS_INCIDENT_VIEW_WHO,
};

const struct ks_command ks_cmd_incident_snooze = {
	.name = "snooze",
	.arguments = "ID… --until TIME",
	.summary = "let it send no notices for a while",
	.about =
		"Everything is recorded all the same. When the time is over the incident is open again, and if "
		"anything came meanwhile there is one notice.",
	.examples = "keysnare incident snooze 7 --until 8h --reason 'Ann is on it tomorrow'\tuntil the morning",
	.options = options,
	.option_count = sizeof(options) / sizeof(options[0]),
	.run = run,
};
