/* keysnare incident export: all that the store knows of some incidents, as one archive for others. */
#include "cmd/keysnare/incident_view.h"
#include "cmd/keysnare/printer.h"
#include "cmd/keysnare/respond_job.h"
#include "cmd/keysnare/rules.h"

#include "lib/base/file.h"
#include "lib/casefile/caseexport.h"
#include "lib/incident/drillcase.h"
#include "lib/incident/journal.h"
#include "lib/store/schema.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define MODE 0600 /* all the evidence is in it */

extern const struct ks_command ks_cmd_incident_export;

static struct ks_json *tell_plan(const struct ks_ledger_plan *plan, const struct ks_vec *steps)
{
	return ks_respond_job_plan_json(plan, steps, NULL);
}

/* Who took it out, and what it was: a copy that turns up later can be told from one that was changed. */
static int note(struct ks_app *app, const struct ks_caseexport *request,
	const struct ks_caseexport_result *result, const char *path, struct ks_err *err)
{
	const char *slash = strrchr(path, '/');
	struct ks_db *db = NULL;
	int rc = ks_schema_open(app->ctx, app->store_path, KS_DB_WRITE, &db, err);

	if (rc != 0)
		return rc;
	rc = ks_db_begin(db, err);
	for (size_t i = 0; rc == 0 && i < request->ids.n; i++) {
		struct ks_json *body = ks_json_new_object();

		ks_json_add_text(body, "file", slash != NULL ? slash + 1 : path);
		ks_json_add_text(body, "sha256", result->sha256);
		ks_json_add_text(body, "manifest", result->manifest_sha256);
		rc = ks_journal_add_json(db, *KS_VEC_AT(&request->ids, int64_t, i), request->now_ms, request->who,
			"exported", body, err);
	}
	if (rc == 0)
		rc = ks_db_commit(db, err);
	ks_db_close(db);
	return rc;
}

/* Nobody is to take an exercise's evidence for real. */
static void print_exercise(int64_t id, const struct ks_drillcase *drillcase)
{
	struct ks_buf text;

	if (drillcase->kind == KS_DRILLCASE_NONE)
		return;
	ks_buf_init(&text, 1024);
	ks_drillcase_add_text(drillcase, &text);
	printf("incident %" PRId64 ": " KS_STR_FMT "\n", id, KS_STR_ARG(ks_buf_str(&text)));
	ks_buf_release(&text);
}

/* drillcases: one an incident. */
static void print(const struct ks_app *app, const struct ks_caseexport *request,
	const struct ks_caseexport_result *result, const struct ks_vec *drillcases, const char *path)
{
	struct ks_json *json, *ids, *exercises;

	if (app->format == KS_FORMAT_TEXT) {
		printf("%s: %zu incident%s, %" PRId64 " event%s, %" PRIu64 " bytes\n", path, request->ids.n,
			request->ids.n == 1 ? "" : "s", result->events, result->events == 1 ? "" : "s", result->size);
		printf("SHA-256 %s\n", result->sha256);
		for (size_t i = 0; i < drillcases->n; i++)
			print_exercise(*KS_VEC_AT(&request->ids, int64_t, i),
				KS_VEC_AT(drillcases, struct ks_drillcase, i));
		return;
	}
	json = ks_json_new_object();
	ids = ks_json_new_array();
	exercises = ks_json_new_array();
	for (size_t i = 0; i < request->ids.n; i++) {
		ks_json_add_int(ids, NULL, *KS_VEC_AT(&request->ids, int64_t, i));
		if (KS_VEC_AT(drillcases, struct ks_drillcase, i)->kind == KS_DRILLCASE_WHOLE)
			ks_json_add_int(exercises, NULL, *KS_VEC_AT(&request->ids, int64_t, i));
	}
	ks_json_add_text(json, "file", path);
	ks_json_add(json, "incidents", ids);
	ks_json_add(json, "exercises", exercises);
	ks_json_add_int(json, "events", result->events);
	ks_json_add_int(json, "findings", result->findings);
	ks_json_add_int(json, "size", (int64_t)result->size);
	ks_json_add_text(json, "sha256", result->sha256);
	ks_json_add_text(json, "manifest", result->manifest_sha256);
	ks_printer_line(stdout, json);
	ks_json_free(json);
}

static int export(struct ks_app *app, const struct ks_opt_args *args, const struct ks_caseexport *request,
	struct ks_err *err)
{
	const char *path = ks_opt_value(args, "out", NULL);
	bool has_force = ks_opt_has(args, "force");
	struct ks_vec drillcases = KS_VEC_OF(struct ks_drillcase);
	struct ks_caseexport_result result;
	struct ks_file_draft draft;
	struct ks_db *db = NULL;
	int rc;

	if (!has_force && ks_file_is_there(path))
		return ks_err_set(err, KS_ERR_EXISTS, "'%s' is there already: --force replaces it", path);
	if (ks_schema_open(app->ctx, app->store_path, KS_DB_READ, &db, err) != 0)
		return -1;
	rc = ks_file_begin(path, MODE, &draft, err);
	if (rc == 0) {
		rc = ks_caseexport_write(db, request, draft.fd, &result, err);
		if (rc == 0)
			rc = ks_file_publish(&draft, path, has_force, err);
		else
			ks_file_drop(&draft);
	}
	for (size_t i = 0; rc == 0 && i < request->ids.n; i++)
		rc = ks_drillcase_read(db, *KS_VEC_AT(&request->ids, int64_t, i), ks_vec_push(&drillcases), err);
	ks_db_close(db);
	if (rc == 0)
		print(app, request, &result, &drillcases, path);
	ks_vec_release(&drillcases);
	if (rc != 0)
		return rc;
	if (!ks_opt_has(args, "unrecorded") && note(app, request, &result, path, err) != 0)
		return ks_err_wrap(err, "'%s' is written, and the journal does not say so", path);
	return 0;
}

static int read_ids(const struct ks_opt_args *args, struct ks_vec *out, struct ks_err *err)
{
	for (size_t i = 0; i < args->arguments.n; i++) {
		bool is_known = false;
		int64_t id;

		if (ks_incident_view_id(*KS_VEC_AT(&args->arguments, const char *, i), &id, err) != 0)
			return -1;
		for (size_t j = 0; j < out->n; j++)
			is_known |= *KS_VEC_AT(out, int64_t, j) == id;
		if (!is_known)
			*(int64_t *)ks_vec_push(out) = id;
	}
	return 0;
}

static int run(struct ks_app *app, const struct ks_opt_args *args)
{
	const char *temporary = ks_ctx_env(app->ctx, "TMPDIR");
	struct ks_caseexport request = { .ids = KS_VEC_OF(int64_t),
		.now_ms = ks_ctx_now(app->ctx),
		.version = KS_VERSION,
		.tell_plan = tell_plan,
		.temporary_dir = temporary != NULL ? temporary : "/tmp" };
	struct ks_ruleset rules;
	struct ks_err err = { 0 };
	struct ks_buf who;
	int rc;

	if (args->arguments.n == 0)
		return ks_command_usage(&ks_cmd_incident_export, "say which incidents, by their numbers");
	if (ks_opt_value(args, "out", NULL) == NULL)
		return ks_command_usage(&ks_cmd_incident_export, "say where the case file goes: '--out FILE'");
	ks_buf_init(&who, 1024);
	ks_ruleset_init(&rules);
	ks_rules_add_both(app, &rules, NULL, NULL);
	ks_ruleset_resolve(&rules);
	request.who = ks_incident_view_who(app, args, &who);
	request.rules = &rules;
	rc = read_ids(args, &request.ids, &err);
	if (rc == 0)
		rc = export(app, args, &request, &err);
	ks_ruleset_release(&rules);
	ks_vec_release(&request.ids);
	ks_buf_release(&who);
	return rc == 0 ? KS_EXIT_DONE : ks_command_fail(&err);
}

static const struct ks_opt options[] = {
	{ .kind = KS_OPT_VALUE,
		.name = "out",
		.short_name = 'o',
		.metavar = "FILE",
		.help = "write the archive there: tar, private to you" },
	KS_INCIDENT_VIEW_WHO,
	{ .kind = KS_OPT_FLAG,
		.name = "unrecorded",
		.help = "write nothing into the journals: for a copy of a store, or one that cannot be written" },
	{ .kind = KS_OPT_FLAG, .name = "force", .help = "replace FILE when it is there" },
};

const struct ks_command ks_cmd_incident_export = {
	.name = "export",
	.arguments = "ID…",
	.summary = "write incidents into one case file for others",
	.about =
		"A case file is a tar archive that opens everywhere. For each incident it has the records byte for "
		"byte as they were read, the events and findings, the journal with its hashes, who "
		"was told what and "
		"when, the plans with what became of each step, and the report as a page. A manifest "
		"says when and by "
		"whom it was made, and has the SHA-256 of every file; 'sha256sum -c sha256sums.txt' checks them "
		"without keysnare, 'keysnare incident verify FILE' checks every byte.\n"
		"\n"
		"Nothing of what is going on is held up by it: all of the archive is of one moment. The journal of "
		"each incident notes who made it, and its SHA-256. It is private to you, because all "
		"the evidence is "
		"in it; no secret of a decoy is, because the store has none. Pack it as you like: verify reads it "
		"packed with gzip, too.",
	.examples = "keysnare incident export 7 --out case-7.tar\tone incident\n"
				"keysnare incident export 7 8 --out case.tar --who ann\tseveral, by somebody else\n"
				"keysnare incident verify case-7.tar\tcheck it, anywhere",
	.options = options,
	.option_count = sizeof(options) / sizeof(options[0]),
	.run = run,
};
