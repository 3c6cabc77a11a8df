/* keysnare incident suppress: what nobody wants to be told of, for a while. */
#include "cmd/keysnare/incident_view.h"
#include "cmd/keysnare/printer.h"
#include "cmd/keysnare/rules.h"

#include "lib/base/time.h"
#include "lib/incident/suppress.h"
#include "lib/store/schema.h"

#include <inttypes.h>

extern const struct ks_command ks_cmd_incident_suppress;

static struct ks_json *json_of(const struct ks_suppression *s)
{
	struct ks_json *json = ks_json_new_object();
	char created[KS_TIME_TEXT], expires[KS_TIME_TEXT];

	ks_json_add_int(json, "id", s->id);
	ks_json_add_str(json, "field", s->field);
	ks_json_add_str(json, "value", s->value);
	ks_json_add_str(json, "reason", s->reason);
	ks_json_add_str(json, "owner", s->owner);
	ks_json_add_text(json, "created", ks_time_render(s->created_ms, created));
	ks_json_add_text(json, "expires", ks_time_render(s->expires_ms, expires));
	return json;
}

static void print_text(const struct ks_suppression *s, bool is_over)
{
	printf("%4" PRId64 "  %s ", s->id, is_over ? "ended" : "until");
	ks_incident_view_time(stdout, s->expires_ms, 20);
	fputs("  ", stdout);
	ks_incident_view_text(stdout, s->field, 0, 10);
	fputs("  ", stdout);
	ks_incident_view_text(stdout, s->value, 0, 0);
	fputs("  ", stdout);
	ks_incident_view_text(stdout, s->reason, 0, 0);
	fputs("  (", stdout);
	ks_incident_view_text(stdout, s->owner, 0, 0);
	fputs(")\n", stdout);
}

static void print(const struct ks_app *app, const struct ks_vec *list)
{
	struct ks_printer printer = ks_printer_begin(stdout, app->format != KS_FORMAT_JSON);

	for (size_t i = 0; i < list->n; i++) {
		const struct ks_suppression *s = KS_VEC_AT(list, struct ks_suppression, i);

		if (app->format == KS_FORMAT_TEXT)
			print_text(s, s->expires_ms <= ks_ctx_now(app->ctx));
		else
			ks_printer_add(&printer, json_of(s));
	}
	ks_printer_end(&printer);
}

static int list(struct ks_app *app, struct ks_db *db, const struct ks_opt_args *args, struct ks_err *err)
{
	struct ks_vec found = KS_VEC_OF(struct ks_suppression);
	struct ks_arena arena = { NULL };
	int rc = ks_suppress_list(db, ks_opt_has(args, "all") ? KS_TIME_NONE : ks_ctx_now(app->ctx), &arena,
		&found, err);

	if (rc == 0)
		print(app, &found);
	if (rc == 0 && found.n == 0)
		fputs("nothing is suppressed\n", stderr);
	ks_vec_release(&found);
	ks_arena_release(&arena);
	return rc;
}

static int end(struct ks_app *app, struct ks_db *db, const char *value, struct ks_err *err)
{
	int64_t id;

	if (!ks_str_parse_int(ks_str_of(value), &id))
		return ks_err_set(err, KS_ERR_USAGE, "'%s' is no suppression: give its number", value);
	if (ks_suppress_expire(db, id, ks_ctx_now(app->ctx), err) != 0)
		return -1;
	if (app->format == KS_FORMAT_TEXT)
		printf("suppression %" PRId64 ": ended\n", id);
	return 0;
}

static bool is_meant(const struct ks_rule *rule, struct ks_str value)
{
	return ks_str_is_equal_nocase(rule->id, value) || ks_str_is_equal_nocase(rule->title, value);
}

/* A rule that nobody has is no mistake for certain: others may be loaded where it is watched. */
static void warn_of_rule(const struct ks_app *app, struct ks_str value)
{
	struct ks_ruleset ruleset;
	bool is_there = false;

	ks_ruleset_init(&ruleset);
	ks_rules_add(app, &ruleset, NULL);
	for (size_t i = 0; i < ruleset.rules.n && !is_there; i++)
		is_there = is_meant(*KS_VEC_AT(&ruleset.rules, struct ks_rule *, i), value);
	for (size_t i = 0; i < ruleset.correlations.n && !is_there; i++)
		is_there = is_meant(&(*KS_VEC_AT(&ruleset.correlations, struct ks_correlation *, i))->head, value);
	if (!is_there) {
		fputs("keysnare: warning: no shipped rule has the id or title '", stderr);
		ks_incident_view_text(stderr, value, 0, 0);
		fputs("': this silences nothing but a rule of your own that is called so\n", stderr);
	}
	ks_ruleset_release(&ruleset);
}

static int add(struct ks_app *app, struct ks_db *db, const struct ks_opt_args *args, struct ks_err *err)
{
	struct ks_vec one = KS_VEC_OF(struct ks_suppression);
	const char *until = ks_opt_value(args, "until", NULL);
	struct ks_suppression s = { .field = ks_str_of(*KS_VEC_AT(&args->arguments, const char *, 0)),
		.value = ks_str_of(*KS_VEC_AT(&args->arguments, const char *, 1)),
		.reason = ks_str_of(ks_opt_value(args, "reason", "")), .created_ms = ks_ctx_now(app->ctx),
		.is_forced = ks_opt_has(args, "force") };
	struct ks_buf owner;
	int rc;

	if (until == NULL)
		return ks_err_set(err, KS_ERR_USAGE, "say how long, with --until: nothing is suppressed for ever");
	ks_buf_init(&owner, 1024);
	s.owner = ks_incident_view_who(app, args, &owner);
	rc = ks_incident_view_until(app, "until", until, &s.expires_ms, err);
	if (rc == 0)
		rc = ks_suppress_add(db, &s, err);
	if (rc == 0 && ks_str_is(s.field, "rule"))
		warn_of_rule(app, s.value);
	if (rc == 0) {
		*(struct ks_suppression *)ks_vec_push(&one) = s;
		print(app, &one);
	}
	ks_vec_release(&one);
	ks_buf_release(&owner);
	return rc;
}

static int run(struct ks_app *app, const struct ks_opt_args *args)
{
	const char *ended = ks_opt_value(args, "end", NULL);
	bool is_reading = args->arguments.n == 0 && ended == NULL;
	struct ks_err err = { 0 };
	struct ks_db *db = NULL;
	int rc;

	if (args->arguments.n != 0 && args->arguments.n != 2)
		return ks_command_usage(&ks_cmd_incident_suppress, "give a field and a value, or nothing to list");
	if (args->arguments.n != 0 && ended != NULL)
		return ks_command_usage(&ks_cmd_incident_suppress, "--end goes alone");
	rc = ks_schema_open(app->ctx, app->store_path, is_reading ? KS_DB_READ : KS_DB_CREATE, &db, &err);
	if (rc == 0 && ended != NULL)
		rc = end(app, db, ended, &err);
	else if (rc == 0 && is_reading)
		rc = list(app, db, args, &err);
	else if (rc == 0)
		rc = add(app, db, args, &err);
	ks_db_close(db);
	return rc != 0 ? ks_command_fail(&err) : KS_EXIT_DONE;
}

static const struct ks_opt options[] = {
	{ .kind = KS_OPT_VALUE, .name = "reason", .metavar = "TEXT", .help = "why; must be given" },
	{ .kind = KS_OPT_VALUE, .name = "until", .short_name = 'u', .metavar = "TIME",
		.help = "how long; must be given: 4h and 7d from now on, or 2026-11-30" },
	{ .kind = KS_OPT_FLAG, .name = "force",
		.help = "also a network wider than /8 (IPv6: /32), or for more than 366 days" },
	{ .kind = KS_OPT_VALUE, .name = "end", .metavar = "N", .help = "end suppression N now" },
	{ .kind = KS_OPT_FLAG, .name = "all", .short_name = 'a', .help = "list those that ended, too" },
	KS_INCIDENT_VIEW_WHO,
};

const struct ks_command ks_cmd_incident_suppress = {
	.name = "suppress",
	.arguments = "[FIELD VALUE]",
	.summary = "send no notices of something for a while",
	.about =
		"FIELD is actor (a key id or ARN), address (one, or a CIDR block), rule (id or title), decoy "
		"(its key "
		"id) or user_agent (the whole of it, or its beginning with * behind). Without arguments the "
		"suppressions in force are listed.\n"
		"\n"
		"Findings and evidence are kept all the same, and an incident is only quiet while all that "
		"comes for "
		"it is suppressed. A user agent alone never silences a decoy: anybody can send any. Networks "
		"wider than /8 (IPv6: /32), and more than 366 days, need --force.",
	.examples =
		"keysnare incident suppress address 198.51.100.0/24 --until 2d --reason 'pentest of "
		"June'\tknown guests\n"
		"keysnare incident suppress\twhat is suppressed now\n"
		"keysnare incident suppress --end 3\tno longer",
	.options = options,
	.option_count = sizeof(options) / sizeof(options[0]),
	.run = run,
};
