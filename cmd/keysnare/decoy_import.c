/* keysnare decoy import: decoys that were made elsewhere. */
#include "cmd/keysnare/command.h"
#include "cmd/keysnare/decoy_check_aws.h"
#include "cmd/keysnare/decoy_view.h"
#include "cmd/keysnare/printer.h"

#include "lib/base/file.h"
#include "lib/base/limits.h"
#include "lib/decoy/fingerprint.h"
#include "lib/engine/config.h"
#include "lib/decoy/roster.h"
#include "lib/store/schema.h"

#include <string.h>

extern const struct ks_command ks_cmd_decoy_import;

static const struct ks_opt options[] = {
	{ KS_OPT_VALUE, "from", 0, "FILE", "read a list: JSON lines or CSV, '-' for standard input", NULL,
		NULL },
	{ KS_OPT_VALUE, "name", 0, "NAME", "what to call it", "made from the label, else from the place", NULL },
	{ KS_OPT_VALUE, "placement", 0, "TEXT", "where its bait is", NULL, NULL },
	{ KS_OPT_VALUE, "label", 0, "TEXT", "what reminds you of the place", NULL, NULL },
	{ KS_OPT_VALUE, "account", 0, "ID", "the account it belongs to", "what the key id decodes to", NULL },
	{ KS_OPT_VALUE, "user", 0, "NAME", "the IAM user it belongs to", NULL, NULL },
	{ KS_OPT_VALUE, "user-id", 0, "ID", "the unique id of that user (AIDA…), by which uses without a key "
		"are told", "what AWS says, where it is asked", NULL },
	{ KS_OPT_VALUE, "region", 0, "REGION", "the region in its bait", NULL, NULL },
	{ KS_OPT_FLAG, "offline", 0, NULL, "a key that AWS does not know, for exercises", NULL, NULL },
	{ KS_OPT_FLAG, "force", 0, NULL, "also when its user has other keys", NULL, NULL },
};

/* One run. */
struct import {
	struct ks_app *app;
	struct ks_roster roster;
	struct ks_canary canary;
	const char *file;            /* NULL for a single key id */
	size_t added, known;
};

static void warn(const struct import *import, const struct ks_decoy *decoy)
{
	struct ks_vec tells = KS_VEC_OF(struct ks_fingerprint_tell);
	struct ks_arena arena = { NULL };

	ks_fingerprint_lint(&(struct ks_fingerprint_request){ .decoy = decoy, .canary = &import->canary },
		&arena, &tells);
	for (size_t i = 0; i < tells.n; i++) {
		const struct ks_fingerprint_tell *tell = KS_VEC_AT(&tells, struct ks_fingerprint_tell, i);

		if (tell->severity == KS_FINGERPRINT_WARNING)
			ks_log_write(&import->app->ctx->log, KS_LOG_WARNING, KS_STR_FMT ": " KS_STR_FMT,
				KS_STR_ARG(decoy->name), KS_STR_ARG(tell->text));
	}
	ks_vec_release(&tells);
	ks_arena_release(&arena);
}

static void print(const struct import *import, const struct ks_decoy *decoy)
{
	if (import->app->format != KS_FORMAT_TEXT) {
		struct ks_json *json = ks_decoy_view_json(decoy);

		ks_printer_line(stdout, json);
		ks_json_free(json);
	} else if (import->file == NULL) {
		printf("imported decoy '" KS_STR_FMT "'\n", KS_STR_ARG(decoy->name));
		ks_decoy_view_row(stdout, "where", decoy->placement);
		ks_decoy_view_row(stdout, "key id", decoy->key_id);
		ks_decoy_view_row(stdout, "account", decoy->account);
	}
}

/* A key id that the store has stays what it is there. */
static int add(struct import *import, struct ks_db *db, struct ks_roster_row *row, struct ks_err *err)
{
	struct ks_decoy there;
	struct ks_err known = { .line = row->line, .column = row->line > 0 };
	bool is_known = false;

	if (ks_registry_find(db, row->decoy.key_id, &import->roster.arena, &there, &is_known, err) != 0)
		return -1;
	if (!is_known) {
		if (ks_registry_insert(db, &import->roster.arena, &row->decoy, err) != 0)
			return -1;
		import->added++;
		return 0;
	}
	row->decoy.id = 0;
	import->known++;
	ks_err_set_at(&known, KS_ERR_EXISTS, row->line, row->line > 0, KS_STR_FMT " is the decoy '" KS_STR_FMT
		"' already", KS_STR_ARG(row->decoy.key_id), KS_STR_ARG(there.name));
	if (import->file != NULL)
		ks_err_set_file(&known, import->file);
	ks_command_fail(&known);
	return 0;
}

static int add_all(struct import *import, struct ks_err *err)
{
	struct ks_vec *rows = &import->roster.rows;
	struct ks_db *db = NULL;
	int rc = -1;

	if (ks_schema_open(import->app->ctx, import->app->store_path, KS_DB_CREATE, &db, err) != 0 ||
		ks_db_begin(db, err) != 0)
		goto out;
	for (size_t i = 0; i < rows->n; i++)
		if (add(import, db, KS_VEC_AT(rows, struct ks_roster_row, i), err) != 0)
			goto out;
	rc = ks_db_commit(db, err);
	for (size_t i = 0; rc == 0 && i < rows->n; i++) {
		const struct ks_decoy *decoy = &KS_VEC_AT(rows, struct ks_roster_row, i)->decoy;

		if (decoy->id == 0)
			continue;
		print(import, decoy);
		warn(import, decoy);
	}
out:
	ks_db_close(db);
	return rc;
}

static int read_list(struct import *import, struct ks_err *err)
{
	bool is_stdin = strcmp(import->file, "-") == 0;
	struct ks_buf text;
	int rc;

	ks_buf_init(&text, KS_LIMIT_LIST_FILE);
	rc = ks_file_load(is_stdin ? "/dev/stdin" : import->file, &text, err);
	if (rc == 0 && ks_roster_parse(&import->roster, ks_buf_str(&text), ks_ctx_now(import->app->ctx),
		err) != 0)
		rc = ks_err_set_file(err, import->file);
	ks_buf_wipe(&text);          /* secrets may have been in it */
	for (size_t i = 0; rc == 0 && i < import->roster.problems.n; i++) {
		struct ks_err *problem = KS_VEC_AT(&import->roster.problems, struct ks_err, i);

		ks_err_set_file(problem, import->file);
		ks_command_fail(problem);
	}
	if (import->roster.had_secrets)
		ks_log_write(&import->app->ctx->log, KS_LOG_WARNING, "'%s' holds secrets: they were passed "
			"over, and are better not kept in a list", import->file);
	return rc;
}

static int read_one(struct import *import, const struct ks_opt_args *args, struct ks_err *err)
{
	struct ks_roster_row *row = ks_vec_push(&import->roster.rows);

	row->decoy = (struct ks_decoy){
		.key_id = ks_str_of(*KS_VEC_AT(&args->arguments, const char *, 0)),
		.name = ks_str_of(ks_opt_value(args, "name", "")),
		.placement = ks_str_of(ks_opt_value(args, "placement", "")),
		.label = ks_str_of(ks_opt_value(args, "label", "")),
		.account = ks_str_of(ks_opt_value(args, "account", "")),
		.user_name = ks_str_of(ks_opt_value(args, "user", "")),
		.user_id = ks_str_of(ks_opt_value(args, "user-id", "")),
		.region = ks_str_of(ks_opt_value(args, "region", "")),
		.kind = ks_opt_has(args, "offline") ? KS_DECOY_OFFLINE : KS_DECOY_LIVE,
		.state = KS_DECOY_IMPORTED,
	};
	return ks_roster_complete(&import->roster.arena, &row->decoy, ks_ctx_now(import->app->ctx), err);
}

/* Only of an account of the config is AWS asked whose key it is. */
static int ask_owner(struct import *import, bool has_force, struct ks_err *err)
{
	struct ks_decoy *decoy = &KS_VEC_AT(&import->roster.rows, struct ks_roster_row, 0)->decoy;
	const struct ks_config *config = import->app->config;
	struct ks_aws_sessions sessions;
	struct ks_aws_session *session;
	int rc;

	if (decoy->kind != KS_DECOY_LIVE ||
		ks_account_find(config->accounts, config->account_count, decoy->account) == NULL)
		return 0;
	ks_aws_session_init_all(&sessions, import->app);
	rc = ks_aws_session_get(&sessions, decoy->account, decoy->region, &session, err);
	if (rc == 0)
		rc = ks_decoy_check_aws_owner(session->client, decoy, &import->roster.arena, err);
	ks_aws_session_close_all(&sessions);
	if (rc == 0 || !has_force)
		return rc;
	ks_log_write(&import->app->ctx->log, KS_LOG_WARNING, "%s", err->message);
	*err = (struct ks_err){ 0 };
	return 0;
}

static int import_all(struct import *import, const struct ks_opt_args *args)
{
	struct ks_err err = { 0 };

	if ((import->file != NULL ? read_list(import, &err) : read_one(import, args, &err)) != 0 ||
		(import->file == NULL && ask_owner(import, ks_opt_has(args, "force"), &err) != 0) ||
		add_all(import, &err) != 0)
		return ks_command_fail(&err);
	if (import->file == NULL)
		return import->known > 0 ? KS_EXIT_FAILED : KS_EXIT_DONE;
	fprintf(import->app->format == KS_FORMAT_TEXT ? stdout : stderr, "%zu imported, %zu known already, "
		"%zu not readable\n", import->added, import->known, import->roster.problems.n);
	return import->roster.problems.n > 0 ? KS_EXIT_USAGE : KS_EXIT_DONE;
}

static int run(struct ks_app *app, const struct ks_opt_args *args)
{
	struct import import = { .app = app, .file = ks_opt_value(args, "from", NULL) };
	int status;

	for (size_t i = 1; import.file != NULL && i < sizeof(options) / sizeof(options[0]); i++)
		if (ks_opt_has(args, options[i].name))
			return ks_command_usage(&ks_cmd_decoy_import, "--%s is for a single key id, a list says it "
				"itself", options[i].name);
	if (args->arguments.n != (import.file == NULL))
		return ks_command_usage(&ks_cmd_decoy_import, "give either one key id or --from FILE");
	ks_roster_init(&import.roster);
	ks_canary_init(&import.canary);
	if (ks_decoy_view_load_canary(app, &import.canary) != 0)
		ks_log_write(&app->ctx->log, KS_LOG_WARNING, "cannot tell whether accounts are publicly known "
			"for canaries");
	status = import_all(&import, args);
	ks_canary_release(&import.canary);
	ks_roster_release(&import.roster);
	return status;
}

const struct ks_command ks_cmd_decoy_import = {
	.name = "import",
	.arguments = "[KEY-ID]",
	.summary = "take in decoys that were made elsewhere",
	.about =
		"Registers long-term key ids (AKIA…) that somebody else made and placed, so that their uses are "
		"found: one by its id, or a list with --from. A list is what 'decoy export' writes, or JSON "
		"lines or CSV of another system. Columns and members are found by name, whatever the case: "
		"key_id (access_key_id, Access key ID …), name, placement (path), label (memo, note), account, "
		"user_name, user_id, user_arn, region, kind (offline, live), created. CSV without a header is key "
		"id, name, placement, label, account. Secrets in a list are passed over.\n"
		"\n"
		"When the config has the account of a single live key, AWS is asked whose key it is; a user that "
		"has other keys is refused, since a use without a key could then be of whoever works with these "
		"(--force overrides).\n"
		"\n"
		"Lines that cannot be read are told with their number, the rest is taken, and the exit status is "
		"2. A key id that the store has stays as it is there; in a list that is told and no failure.",
	.examples =
		"keysnare decoy import AKIARTX3GSDSSFJ45C3O --label wiki --placement 'page Runbooks'\tone\n"
		"keysnare decoy import --from decoys.csv\ta list\n"
		"ssh web01 keysnare decoy export | keysnare decoy import --from -\tthose of another host",
	.options = options,
	.option_count = sizeof(options) / sizeof(options[0]),
	.run = run,
};
