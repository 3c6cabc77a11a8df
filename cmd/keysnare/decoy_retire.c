/* keysnare decoy retire: takes away exactly what plant wrote. */
#include "cmd/keysnare/command.h"
#include "cmd/keysnare/decoy_retire.h"
#include "cmd/keysnare/decoy_view.h"
#include "cmd/keysnare/plant_live.h"
#include "cmd/keysnare/printer.h"

#include "lib/decoy/rotation.h"
#include "lib/decoy/trace.h"

#include <string.h>

extern const struct ks_command ks_cmd_decoy_retire;

static const struct ks_opt options[] = {
	{ KS_OPT_FLAG, "dry-run", 0, NULL, "show what would be removed, and remove nothing", NULL, NULL },
	{ KS_OPT_FLAG, "keep-file", 0, NULL, "leave the bait where it is, only mark the decoy as retired", NULL,
		NULL },
	{ KS_OPT_FLAG, "keep-user", 0, NULL, "leave user and key in AWS as they are, also when AWS cannot be "
		"asked",
		NULL, NULL },
};

/* What happens, or would happen, to the place. */
static const char *removal_of(const struct ks_decoy_retire *request, const struct ks_trace *trace)
{
	if (trace->state == KS_TRACE_ELSEWHERE)
		return "elsewhere";
	if (request->has_keep_file)
		return "kept";
	if (trace->state == KS_TRACE_GONE)
		return "gone";
	return trace->is_whole ? "file" : "bytes";
}

static void print_text(const struct ks_decoy_retire *request, const struct ks_decoy *decoy,
	const struct ks_trace *trace, const struct ks_minting *minting, bool dir_gone)
{
	const char *removal = removal_of(request, trace);

	printf(request->is_dry_run ? "would retire decoy '" KS_STR_FMT "'\n" : "retired decoy '" KS_STR_FMT
		"'\n", KS_STR_ARG(decoy->name));
	ks_decoy_view_row(stdout, "where", decoy->placement);
	if (strcmp(removal, "elsewhere") == 0)
		printf("  bait     not in a file of ours: whoever has it still has it\n");
	else if (strcmp(removal, "kept") == 0)
		printf("  bait     left in its place\n");
	else if (strcmp(removal, "gone") == 0)
		printf("  bait     was gone already\n");
	else if (strcmp(removal, "file") == 0)
		printf("  bait     the file is removed%s\n", dir_gone ? ", and the directory made for it" : "");
	else
		printf("  bait     %lld bytes from %zu on are removed, the rest of the file stays\n",
			(long long)decoy->written_size, trace->offset);
	ks_decoy_view_row(stdout, "key id", decoy->key_id);
	if (minting != NULL && request->has_keep_user)
		printf("  AWS      user '" KS_STR_FMT "' and its key stay; the same without --keep-user takes %s "
			"away\n",
			KS_STR_ARG(minting->user_name), minting->is_user_made ? "them" : "the key");
	else if (minting != NULL)
		printf("  AWS      %s of user '" KS_STR_FMT "'%s\n", minting->is_user_made ? "key and rights" :
			"key",
			KS_STR_ARG(minting->user_name), request->is_dry_run ?
			minting->is_user_made ? " would be deleted, and the user" : " would be deleted; the user stays" :
			minting->is_user_made ? " are deleted, and the user" : " is deleted; the user stays");
	if (!request->is_dry_run)
		printf("the key is watched as before: somebody may have a copy of it\n");
}

static void print_json(const struct ks_decoy_retire *request, const struct ks_decoy *decoy,
	const struct ks_trace *trace)
{
	struct ks_json *json = ks_decoy_view_json(decoy);

	ks_json_add_bool(json, "dry_run", request->is_dry_run);
	ks_json_add_text(json, "removed", removal_of(request, trace));
	ks_printer_line(stdout, json);
	ks_json_free(json);
}

/* The refusals of a removal, without removing. */
static int check_removable(const struct ks_decoy *decoy, const struct ks_trace *trace, struct ks_err *err)
{
	bool ignored;

	if (trace->state == KS_TRACE_CHANGED || trace->state == KS_TRACE_DOUBLED)
		return ks_trace_remove(decoy, trace, &ignored, err);
	return 0;
}

/* What was made for it in AWS and is still there, as far as is known. */
static struct ks_minting *minting_of(const struct ks_decoy_retire *request, const struct ks_decoy *decoy)
{
	struct ks_minting *minting = ks_decoy_view_minting(request->fleet, decoy);

	return minting != NULL && minting->stage != KS_MINTING_REMOVED ? minting : NULL;
}

static int open_bench(const struct ks_decoy_retire *request, const struct ks_minting *minting,
	struct ks_workbench *out, struct ks_err *err)
{
	struct ks_aws_session *session;

	if (ks_aws_session_get(request->sessions, minting->account, minting->region, &session, err) != 0)
		return -1;
	return ks_plant_live_bench(request->app, request->fleet->db, session, &request->fleet->arena, out, err);
}

/* The decoy that another one is about to take the place of; NULL: no rotation was interrupted here. */
static const struct ks_decoy *find_old(const struct ks_decoy_retire *request, const struct ks_decoy *decoy)
{
	const struct ks_vec *all = &request->fleet->all;

	for (size_t i = 0; i < all->n; i++) {
		const struct ks_decoy *new = KS_VEC_AT(all, struct ks_decoy, i);

		if (new->state != KS_DECOY_PLANNED || new->replaces.n == 0)
			continue;
		for (size_t j = 0; j < all->n; j++) {
			const struct ks_decoy *old = KS_VEC_AT(all, struct ks_decoy, j);

			if (ks_str_is_equal(old->key_id, new->replaces) && (old->id == decoy->id ||
				new->id == decoy->id))
				return old;
		}
	}
	return NULL;
}

/* Which of two keys is in the place is cleared up first: that one is retired then. */
static int settle_rotation(const struct ks_decoy_retire *request, struct ks_minting *minting,
	struct ks_decoy *decoy, struct ks_err *err)
{
	const struct ks_decoy *old = find_old(request, decoy);
	struct ks_rotation rotation = { .old = old, .minting = minting };
	struct ks_workbench bench = { .seat = NULL };
	struct ks_decoy new;
	int rc = -1;

	if (old == NULL || request->is_dry_run)
		return 0;
	if (minting == NULL)
		rc = ks_plant_live_bench(request->app, request->fleet->db, NULL, &request->fleet->arena, &bench,
			err);
	else
		rc = open_bench(request, minting, &bench, err);
	if (rc == 0)
		rc = ks_rotation_recover(&bench, &rotation, &new, err);
	if (rc == 0)
		*decoy = new.id != 0 ? new : *old;
	ks_seat_close(bench.seat);
	return rc;
}

/* Everything behind the look: the intent, the bait, AWS, the row. A row that is left over says that a decoy
 * may be there, and retiring it again helps. */
static int carry_out(const struct ks_decoy_retire *request, struct ks_decoy *decoy,
	struct ks_minting *minting, const struct ks_trace *trace, bool *out_dir_gone, struct ks_err *err)
{
	struct ks_workbench bench = { .seat = NULL };
	bool has_aws = minting != NULL && !request->has_keep_user;
	int rc = -1;

	if (has_aws && (open_bench(request, minting, &bench, err) != 0 ||
		ks_lifecycle_begin_retire(&bench, minting, err) != 0)) {
		ks_err_wrap(err, "nothing was taken away yet (with --keep-user the bait goes, and AWS is left as it "
			"is)");
		goto out;
	}
	if (!request->has_keep_file && ks_trace_remove(decoy, trace, out_dir_gone, err) != 0)
		goto out;
	if (has_aws && ks_lifecycle_remove(&bench, minting, err) != 0)
		goto out;
	rc = ks_registry_move(request->fleet->db, decoy->id, decoy->state, KS_DECOY_RETIRED,
		ks_ctx_now(request->app->ctx), err);
	if (rc == 0)
		decoy->state = KS_DECOY_RETIRED;
out:
	ks_seat_close(bench.seat);
	return rc;
}

int ks_decoy_retire_one(const struct ks_decoy_retire *request, struct ks_decoy *decoy, struct ks_err *err)
{
	struct ks_minting *minting = minting_of(request, decoy);
	struct ks_trace trace = { .has_file = false };
	bool dir_gone = false;
	int rc = -1;

	if (decoy->state == KS_DECOY_RETIRED && minting != NULL && !request->has_keep_user &&
		ks_decoy_view_is_left(request->fleet, minting))
		return ks_decoy_retire_unfinished(request, minting, err);
	if (decoy->state == KS_DECOY_RETIRED)
		return ks_err_set(err, KS_ERR_STATE, "the decoy '" KS_STR_FMT "' is retired already",
			KS_STR_ARG(decoy->name));
	if (!request->has_keep_user && settle_rotation(request, minting, decoy, err) != 0)
		return -1;
	if (!request->has_keep_file || decoy->form == KS_PLACEMENT_PRINTED ||
		decoy->form == KS_PLACEMENT_ELSEWHERE) {
		if (ks_trace_find(request->fleet->db, decoy, &trace, err) != 0 ||
			check_removable(decoy, &trace, err) != 0)
			goto out;
	}
	if (!request->is_dry_run && carry_out(request, decoy, minting, &trace, &dir_gone, err) != 0)
		goto out;
	if (request->app->format == KS_FORMAT_TEXT)
		print_text(request, decoy, &trace, minting, dir_gone);
	else
		print_json(request, decoy, &trace);
	rc = 0;
out:
	ks_trace_release(&trace);
	return rc;
}

int ks_decoy_retire_unfinished(const struct ks_decoy_retire *request, struct ks_minting *minting,
	struct ks_err *err)
{
	struct ks_workbench bench = { .seat = NULL };
	const char *name = ks_arena_strdup(&request->fleet->arena, minting->name);
	int rc = 0;

	if (request->has_keep_user)
		return ks_err_set(err, KS_ERR_USAGE, "'%s' is nothing but what may be in AWS, --keep-user would "
			"leave all of it", name);
	if (!request->is_dry_run) {
		rc = open_bench(request, minting, &bench, err);
		if (rc == 0)
			rc = ks_lifecycle_begin_retire(&bench, minting, err);
		if (rc == 0)
			rc = ks_lifecycle_remove(&bench, minting, err);
		ks_seat_close(bench.seat);
	}
	if (rc == 0)
		fprintf(request->app->format == KS_FORMAT_TEXT ? stdout : stderr, "%s '%s': user '" KS_STR_FMT
			"' in account " KS_STR_FMT "%s\n", request->is_dry_run ? "would remove what was made of" :
			"removed what was made of", name, KS_STR_ARG(minting->user_name), KS_STR_ARG(minting->account),
			minting->is_user_made ? "" : " keeps all but the decoy's key");
	return rc;
}

static int run(struct ks_app *app, const struct ks_opt_args *args)
{
	struct ks_aws_sessions sessions;
	struct ks_decoy_view_fleet fleet;
	struct ks_decoy_retire request = { .app = app, .is_dry_run = ks_opt_has(args, "dry-run"),
		.has_keep_file = ks_opt_has(args, "keep-file"), .has_keep_user = ks_opt_has(args, "keep-user"),
		.fleet = &fleet, .sessions = &sessions };
	struct ks_err err = { 0 };
	int status = KS_EXIT_DONE;

	if (args->arguments.n == 0)
		return ks_command_usage(&ks_cmd_decoy_retire, "say which decoy, by name or key id");
	if (ks_decoy_view_open_any(app, request.is_dry_run ? KS_DB_READ : KS_DB_WRITE, &args->arguments, &fleet,
		&err) != 0)
		return ks_command_fail(&err);
	ks_aws_session_init_all(&sessions, app);
	for (size_t i = 0; i < fleet.chosen.n; i++)
		if (ks_decoy_retire_one(&request, KS_VEC_AT(&fleet.chosen, struct ks_decoy, i), &err) != 0)
			status = ks_command_fail(&err);
	for (size_t i = 0; i < fleet.unfinished.n; i++)
		if (ks_decoy_retire_unfinished(&request, KS_VEC_AT(&fleet.unfinished, struct ks_minting, i),
			&err) != 0)
			status = ks_command_fail(&err);
	ks_aws_session_close_all(&sessions);
	ks_decoy_view_close(&fleet);
	return status;
}

const struct ks_command ks_cmd_decoy_retire = {
	.name = "retire",
	.arguments = "NAME…",
	.summary = "take a bait away again",
	.about =
		"Removes exactly what plant wrote and marks the decoy as retired. The bytes are known by a "
		"keyed hash, also when the file has grown before or behind them; around them not a byte "
		"changes, and mode and owner stay. A file that plant made is removed when it holds nothing "
		"else, and then the directory that was made for it when that is empty.\n"
		"\n"
		"When the bait has been edited, or is there twice, nothing is touched and retire says so: take "
		"it away by hand and use --keep-file. A bait that is gone already is no error. The key stays "
		"on the watch list: whoever copied it may use it later.\n"
		"\n"
		"Of a live decoy then goes what plant made in AWS: its keys, its rights and its user. A user "
		"that was there before stays, with its other keys, and so does one that somebody made anew "
		"under the name. When retire is interrupted, run it again; after --keep-user, too, it takes "
		"away what was left in AWS. An imported decoy's user is not ours: "
		"it stays as it is.",
	.examples =
		"keysnare decoy retire web01 --dry-run\tlook first\n"
		"keysnare decoy retire web01\ttake it away\n"
		"keysnare decoy retire web01 --keep-user\tthe account is closed already\n"
		"keysnare decoy retire wiki --keep-file\tit was on a page that is gone",
	.options = options,
	.option_count = sizeof(options) / sizeof(options[0]),
	.run = run,
};
