/* keysnare incident list: which incidents there are. */
#include "cmd/keysnare/incident_view.h"
#include "cmd/keysnare/printer.h"

#include "lib/base/time.h"
#include "lib/store/schema.h"

#include <string.h>

extern const struct ks_command ks_cmd_incident_list;

static int read_filter(const struct ks_app *app, const struct ks_opt_args *args,
	struct ks_incident_filter *out, struct ks_err *err)
{
	const char *value, *since = ks_opt_value(args, "since", NULL);
	enum ks_incident_state state;
	size_t cursor = 0;

	*out = (struct ks_incident_filter){ .since_ms = KS_TIME_NONE, .has_merged = ks_opt_has(args, "all"),
		.only_decoys = ks_opt_has(args, "decoys") };
	while ((value = ks_opt_list_next(args, "state", &cursor)) != NULL)
		if (ks_incident_parse_state(ks_str_of(value), &state))
			out->states |= 1u << state;
	if (out->states == 0 && !out->has_merged)
		out->states = ~(1u << KS_INCIDENT_CLOSED);
	value = ks_opt_value(args, "level", NULL);
	if (value != NULL)
		ks_rule_parse_level(ks_str_of(value), &out->level);
	if (since == NULL)
		return 0;
	return ks_time_parse_user(ks_str_of(since), ks_ctx_now(app->ctx), false, &out->since_ms, err);
}

/* A store that is not there yet holds no incidents. */
static int load(struct ks_app *app, const struct ks_incident_filter *filter, struct ks_arena *arena,
	struct ks_vec *out, struct ks_err *err)
{
	struct ks_vec incidents = KS_VEC_OF(struct ks_incident);
	struct ks_incident_view_from from = { .now_ms = ks_ctx_now(app->ctx),
		.most_linked = KS_INCIDENT_VIEW_LINKED };
	int rc = ks_schema_open(app->ctx, app->store_path, KS_DB_READ, &from.db, err);

	if (rc != 0 && err->code == KS_ERR_NOTFOUND)
		return 0;
	if (rc == 0)
		rc = ks_link_open(from.db, &from.linker, err);
	if (rc == 0)
		rc = ks_incident_list(from.db, filter, arena, &incidents, err);
	for (size_t i = 0; rc == 0 && i < incidents.n; i++)
		rc = ks_incident_view_load(&from, KS_VEC_AT(&incidents, struct ks_incident, i)->id, arena,
			ks_vec_push(out), err);
	ks_link_close(from.linker);
	ks_db_close(from.db);
	ks_vec_release(&incidents);
	return rc;
}

static void print_json(const struct ks_vec *views, bool is_lines)
{
	struct ks_printer printer = ks_printer_begin(stdout, is_lines);

	for (size_t i = 0; i < views->n; i++)
		ks_printer_add(&printer, ks_incident_view_json(KS_VEC_AT(views, struct ks_incident_view, i)));
	ks_printer_end(&printer);
}

static int run(struct ks_app *app, const struct ks_opt_args *args)
{
	struct ks_vec views = KS_VEC_OF(struct ks_incident_view);
	struct ks_incident_filter filter;
	struct ks_arena arena = { NULL };
	struct ks_err err = { 0 };
	int status = KS_EXIT_DONE;

	if (args->arguments.n > 0)
		return ks_command_usage(&ks_cmd_incident_list, "unexpected argument '%s'",
			*KS_VEC_AT(&args->arguments, const char *, 0));
	if (read_filter(app, args, &filter, &err) != 0 || load(app, &filter, &arena, &views, &err) != 0) {
		status = ks_command_fail(&err);
	} else {
		if (app->format == KS_FORMAT_TEXT)
			ks_incident_view_table(app, &views);
		else
			print_json(&views, app->format == KS_FORMAT_JSONL);
		if (views.n == 0)
			fputs(filter.states == 0 ? "no incidents\n" : "no such incidents; --all shows closed ones too\n",
				stderr);
	}
	for (size_t i = 0; i < views.n; i++)
		ks_incident_view_release(KS_VEC_AT(&views, struct ks_incident_view, i));
	ks_vec_release(&views);
	ks_arena_release(&arena);
	return status;
}

static const struct ks_opt options[] = {
	{ .kind = KS_OPT_FLAG, .name = "all", .short_name = 'a',
		.help = "closed ones too, and those that became a part of another" },
	{ .kind = KS_OPT_LIST, .name = "state", .metavar = "STATE", .help = "only those in this state",
		.fallback = "all but closed", .choices = "open|acknowledged|snoozed|closed" },
	{ .kind = KS_OPT_VALUE, .name = "level", .short_name = 'l', .metavar = "LEVEL",
		.help = "only this level and above", .choices = "informational|low|medium|high|critical" },
	{ .kind = KS_OPT_VALUE, .name = "since", .short_name = 's', .metavar = "TIME",
		.help = "only with events from then on: 2026-11-21, 24h, 7d" },
	{ .kind = KS_OPT_FLAG, .name = "decoys", .help = "only those whose actor is a decoy" },
};

const struct ks_command ks_cmd_incident_list = {
	.name = "list",
	.arguments = "",
	.summary = "list incidents, the latest first",
	.about =
		"One line an incident. PAGE is the first incident of those that share an address, directly or "
		"through others, and how many they are; JSON names 50 of them under \"linked\" and says under "
		"\"linked_count\" how many there are. WHERE is the placement that leaked, or else the account.",
	.examples =
		"keysnare incident list\twhat is not closed\n"
		"keysnare incident list --all --since 30d\tthe last month\n"
		"keysnare incident list --level high --format jsonl\tfor other programs",
	.options = options,
	.option_count = sizeof(options) / sizeof(options[0]),
	.run = run,
};
