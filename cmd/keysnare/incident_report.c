/* keysnare incident report: one incident as a page that can be read, sent on, printed and kept. */
#include "cmd/keysnare/incident_papers.h"
#include "cmd/keysnare/incident_view.h"
#include "cmd/keysnare/report_deeds.h"
#include "cmd/keysnare/report_plan.h"
#include "cmd/keysnare/rules.h"

#include "lib/base/file.h"
#include "lib/report/incidentpage.h"
#include "lib/store/schema.h"

#include <inttypes.h>
#include <string.h>

extern const struct ks_command ks_cmd_incident_report;

/* One run. */
struct reporting {
	struct ks_app *app;
	int64_t id, max_events;
	const char *path; /* "-": standard output */
	bool has_force;
	struct ks_ruleset rules;
	struct ks_policyset policies;
	struct ks_buf page;
};

/* Rules are only read for their names and triage steps: a mistake in one is no reason for no report. */
static bool load_policies(struct reporting *r, const struct ks_opt_args *args)
{
	const char *path;
	size_t cursor = 0;

	ks_rules_add_placeholders(r->app, &r->rules, args);
	while ((path = ks_opt_list_next(args, "rules", &cursor)) != NULL)
		ks_rules_add(r->app, &r->rules, path);
	ks_rules_add_both(r->app, &r->rules, ks_opt_has(args, "response") ? NULL : &r->policies, NULL);
	ks_ruleset_resolve(&r->rules);
	cursor = 0;
	while ((path = ks_opt_list_next(args, "response", &cursor)) != NULL)
		ks_policyset_load(&r->policies, path);
	ks_policyset_check(&r->policies);
	ks_rules_print_errors(&r->policies.problems);
	return r->policies.problems.errors == 0;
}

static int render(struct reporting *r, bool has_policies, struct ks_err *err)
{
	struct ks_incidentpage page = { .id = r->id,
		.now_ms = ks_ctx_now(r->app->ctx),
		.version = KS_VERSION,
		.rules = &r->rules,
		.max_events = (size_t)r->max_events };
	struct ks_report_plan plan = { .has_view = false };
	struct ks_report_deeds deeds = { .arena = { NULL } };
	struct ks_db *db = NULL;
	int rc = ks_schema_open(r->app->ctx, r->app->store_path, KS_DB_READ, &db, err);

	if (rc == 0) {
		ks_report_plan_make(r->app, db, r->id, has_policies ? &r->policies : NULL, &r->rules, &plan);
		page.plan = plan.has_view ? &plan.view : NULL;
		page.plan_note = plan.note;
		rc = ks_report_deeds_load(db, r->id, &deeds, err);
	}
	if (rc == 0) {
		page.deeds = deeds.plans.p;
		page.deed_count = deeds.plans.n;
		rc = ks_incidentpage_render(db, &page, &r->page, err);
	}
	ks_report_deeds_release(&deeds);
	ks_report_plan_release(&plan);
	ks_db_close(db);
	return rc;
}

static int write_page(const struct reporting *r, struct ks_err *err)
{
	return ks_incident_papers_put(r->path, ks_buf_str(&r->page), r->has_force, err);
}

static int report(struct reporting *r, const struct ks_opt_args *args)
{
	struct ks_err err = { 0 };
	const struct ks_incident_papers papers = { r->app, args, &r->rules, r->id, r->has_force };
	bool is_there = r->path != NULL && strcmp(r->path, "-") != 0 && !r->has_force &&
		ks_file_is_there(r->path);
	bool has_policies;

	if (is_there) {
		ks_err_set(&err, KS_ERR_EXISTS, "'%s' is there already: --force replaces it", r->path);
		return ks_command_fail(&err);
	}
	if (ks_incident_papers_check(&papers, &err) != 0)
		return ks_command_fail(&err);
	has_policies = load_policies(r, args);
	if (ks_incident_papers_write(&papers, &err) != 0)
		return ks_command_fail(&err);
	if (r->path == NULL)
		return KS_EXIT_DONE;
	if (render(r, has_policies, &err) != 0 || write_page(r, &err) != 0)
		return ks_command_fail(&err);
	if (strcmp(r->path, "-") != 0)
		fprintf(stderr, "keysnare: incident %" PRId64 " is in %s\n", r->id, r->path);
	return has_policies ? KS_EXIT_DONE : KS_EXIT_USAGE;
}

static int run(struct ks_app *app, const struct ks_opt_args *args)
{
	const char *events = ks_opt_value(args, "events", "500");
	struct reporting r = { .app = app,
		.path = ks_opt_value(args, "html", NULL),
		.has_force = ks_opt_has(args, "force") };
	struct ks_err err = { 0 };
	int status;

	if (args->arguments.n != 1)
		return ks_command_usage(&ks_cmd_incident_report, "say which incident, by its number");
	if (r.path == NULL && !ks_incident_papers_has(args))
		return ks_command_usage(&ks_cmd_incident_report,
			"say what to write and where: '--html FILE', or '-' for standard output; -h shows the others");
	if (!ks_str_parse_int(ks_str_of(events), &r.max_events) || r.max_events < 1)
		return ks_command_usage(&ks_cmd_incident_report,
			"option '--events' takes a number from 1 on, not '%s'", events);
	if (ks_incident_view_id(*KS_VEC_AT(&args->arguments, const char *, 0), &r.id, &err) != 0)
		return ks_command_fail(&err);
	ks_ruleset_init(&r.rules);
	ks_policyset_init(&r.policies);
	ks_buf_init(&r.page, KS_INCIDENTPAGE_SIZE);
	status = report(&r, args);
	ks_buf_release(&r.page);
	ks_policyset_release(&r.policies);
	ks_ruleset_release(&r.rules);
	return status;
}

static const struct ks_opt options[] = {
	{ .kind = KS_OPT_VALUE,
		.name = "html",
		.metavar = "FILE",
		.help = "write one self-contained HTML page there; '-' is "
				"standard output" },
#define KS_PAPER(paper, text) \
	{ .kind = KS_OPT_VALUE, .name = #paper, .metavar = "FILE", .help = text },
#include "lib/report/papers.def"
#undef KS_PAPER
	{ .kind = KS_OPT_VALUE,
		.name = "events",
		.short_name = 'n',
		.metavar = "N",
		.fallback = "500",
		.help = "how many events to show with their records; the page says how many more there are" },
	{ .kind = KS_OPT_LIST,
		.name = "rules",
		.metavar = "PATH",
		.help = "rules of your own beside the shipped ones, for "
				"their triage steps and names" },
	{ .kind = KS_OPT_LIST,
		.name = "response",
		.metavar = "PATH",
		.help = "response policies of your own, a file or a "
				"directory",
		.fallback = "respond/ of the policies" },
	{ .kind = KS_OPT_FLAG, .name = "force", .help = "replace FILE when it is there" },
};

const struct ks_command ks_cmd_incident_report = {
	.name = "report",
	.arguments = "ID",
	.summary = "write an incident down as one page, or for other programs",
	.about =
		"The page has the verdict in a line, the placement that leaked, the stages that were reached, a "
		"timeline that can be looked at closer, the triage steps of the rules, what was done "
		"with the command "
		"that takes it back, the plan of the response policies, who was told, calls by Region, "
		"who did it and "
		"from where, linked incidents, the findings, the evidence with its records, and the "
		"journal with the "
		"state of its chain. Of a large incident it shows a part, and says what is left out: 'incident "
		"export' has all of it.\n"
		"\n"
		"It is one file for any browser, light and dark, on screen and on paper. It runs no script and "
		"fetches "
		"nothing from anywhere; what an attacker wrote is shown as text. The file is made private to you, "
		"because all the evidence is in it, and none that is there is overwritten without --force.\n"
		"\n"
		"--markdown is for the ticket: the first steps of the rules as boxes to tick, 100 events, the "
		"journal. --ocsf is one Detection Finding (class 2004) of the Open Cybersecurity Schema Framework "
		"1.5.0, with 1,000 events at most, and the same uid each time. --csv has every event; what a "
		"spreadsheet would take for a formula gets an apostrophe in front. Several can be written at once.",
	.examples = "keysnare incident report 7 --html incident-7.html\ta page of incident 7\n"
				"keysnare incident report 7 --html - > page.html\tthe same through standard output\n"
				"keysnare incident report 7 --markdown -\tfor the ticket\n"
				"keysnare incident report 7 --ocsf 7.json --csv 7.csv\tfor a lake, and for a spreadsheet",
	.options = options,
	.option_count = sizeof(options) / sizeof(options[0]),
	.run = run,
};
