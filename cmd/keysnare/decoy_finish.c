/* keysnare decoy finish: goes on with what was interrupted. */
#include "cmd/keysnare/decoy_finish.h"

#include "cmd/keysnare/plant_live.h"
#include "cmd/keysnare/printer.h"

#include <stdio.h>

extern const struct ks_command ks_cmd_decoy_finish;

int ks_decoy_finish_begin(struct ks_decoy_finish *work, struct ks_err *err)
{
	struct ks_aws_session *session = NULL;

	if (work->minting != NULL &&
		ks_aws_session_get(work->sessions, work->minting->account, work->minting->region, &session,
		err) != 0)
		return -1;
	return ks_plant_live_bench(work->app, work->fleet->db, session, &work->fleet->arena, &work->bench, err);
}

void ks_decoy_finish_end(struct ks_decoy_finish *work)
{
	ks_seat_close(work->bench.seat);
	work->bench.seat = NULL;
}

int ks_decoy_finish_bait(const struct ks_app *app, struct ks_str name, struct ks_str template_path,
	struct ks_bait *out, struct ks_err *err)
{
	struct ks_arena arena = { NULL };
	int rc;

	if (template_path.n > 0)
		rc = ks_bait_load(name, ks_arena_strdup(&arena, template_path), out, err);
	else
		rc = ks_bait_get(app->ctx, ks_arena_strdup(&arena, name), out, err);
	ks_arena_release(&arena);
	return rc;
}

static FILE *notes_of(const struct ks_decoy_finish *work)
{
	return work->app->format == KS_FORMAT_TEXT ? stdout : stderr;
}

/* What was printed goes to standard output alone. */
static int print_bait(struct ks_decoy_finish *work, const struct ks_planter_plan *plan, struct ks_err *err)
{
	if (fwrite(plan->text.p, 1, plan->text.n, stdout) != plan->text.n || fflush(stdout) != 0)
		return ks_err_set(err, KS_ERR_IO, "the bait could not be printed, finish it again");
	fprintf(stderr, "printed decoy '" KS_STR_FMT "', key id " KS_STR_FMT "\n", KS_STR_ARG(plan->decoy.name),
		KS_STR_ARG(plan->decoy.key_id));
	return ks_lifecycle_settle(&work->bench, work->minting, err);
}

static int finish_plant(struct ks_decoy_finish *work, struct ks_err *err)
{
	struct ks_planter_plan plan = { .placement = { .path = NULL } };
	struct ks_minting *minting = work->minting;
	struct ks_bait bait = { .mode = 0 };
	struct ks_planter_request request = { .bait = &bait, .account = minting->account,
		.region = minting->region, .user_name = minting->user_name, .label = minting->label,
		.path = minting->path.n > 0 ? minting->path.p : NULL, .is_live = true };
	bool is_placed = false;
	int rc = -1;

	if (ks_decoy_finish_bait(work->app, minting->bait, minting->template_path, &bait, err) != 0 ||
		ks_lifecycle_resume(&work->bench, &request, minting, &plan, &is_placed, err) != 0)
		goto out;
	if (!is_placed && plan.decoy.form == KS_PLACEMENT_PRINTED) {
		rc = print_bait(work, &plan, err);
		goto out;
	}
	fprintf(notes_of(work), "finished '" KS_STR_FMT "': %s\n", KS_STR_ARG(minting->name), is_placed ?
		"its bait was in its place already" : "a new key was made, and its bait is in its place");
	rc = 0;
out:
	ks_planter_release(&plan);
	ks_bait_release(&bait);
	return rc;
}

void ks_decoy_finish_print(const struct ks_decoy_finish *work, const struct ks_rotation *rotation,
	const struct ks_decoy *new)
{
	struct ks_json *json;

	if (work->app->format != KS_FORMAT_TEXT) {
		json = ks_decoy_view_json(new);
		ks_json_add_str(json, "replaces", rotation->old->key_id);
		ks_printer_line(stdout, json);
		ks_json_free(json);
		return;
	}
	printf("decoy '" KS_STR_FMT "' took the place of '" KS_STR_FMT "'\n", KS_STR_ARG(new->name),
		KS_STR_ARG(rotation->old->name));
	ks_decoy_view_row(stdout, "where", new->placement);
	ks_decoy_view_row(stdout, "key id", new->key_id);
	printf("  old key  " KS_STR_FMT "%s\n", KS_STR_ARG(rotation->old->key_id),
		work->minting == NULL ? ", watched as before" : rotation->keeps_old ?
		", stays active, watched as before" : ", deleted, watched as before");
}

int ks_decoy_finish_rotation(struct ks_decoy_finish *work, const struct ks_rotation *rotation,
	struct ks_err *err)
{
	struct ks_decoy new;

	if (ks_rotation_recover(&work->bench, rotation, &new, err) != 0 ||
		(new.id == 0 && ks_rotation_apply(&work->bench, rotation, &new, err) != 0))
		return -1;
	ks_decoy_finish_print(work, rotation, &new);
	return 0;
}

static int finish_rotate(struct ks_decoy_finish *work, struct ks_err *err)
{
	struct ks_rotation rotation = { .minting = work->minting, .keeps_old = work->minting->keeps_old };
	struct ks_decoy old;

	if (ks_rotation_old(&work->bench, work->minting, &old, err) != 0)
		return -1;
	rotation.old = &old;
	return ks_decoy_finish_rotation(work, &rotation, err);
}

static int finish(struct ks_decoy_finish *work, struct ks_decoy *decoy, struct ks_err *err)
{
	struct ks_decoy_retire retire = { .app = work->app, .fleet = work->fleet, .sessions = work->sessions };
	int rc = -1;

	if (work->minting == NULL || work->minting->goal == KS_MINTING_SETTLED) {
		fprintf(stderr, "nothing is left to do for '" KS_STR_FMT "'\n",
			KS_STR_ARG(decoy != NULL ? decoy->name : work->minting->name));
		return 0;
	}
	if (work->minting->goal == KS_MINTING_RETIRE)
		return decoy != NULL ? ks_decoy_retire_one(&retire, decoy, err) :
			ks_decoy_retire_unfinished(&retire, work->minting, err);
	if (ks_decoy_finish_begin(work, err) == 0)
		rc = work->minting->goal == KS_MINTING_PLANT ? finish_plant(work, err) : finish_rotate(work, err);
	ks_decoy_finish_end(work);
	return rc;
}

/* Of several decoys of one minting, as a rotation leaves them, the first does it. */
static int finish_all(struct ks_app *app, struct ks_decoy_view_fleet *fleet)
{
	struct ks_aws_sessions sessions;
	int status = KS_EXIT_DONE;

	ks_aws_session_init_all(&sessions, app);
	for (size_t i = 0; i < fleet->chosen.n + fleet->unfinished.n; i++) {
		bool is_decoy = i < fleet->chosen.n;
		struct ks_decoy *decoy = is_decoy ? KS_VEC_AT(&fleet->chosen, struct ks_decoy, i) : NULL;
		struct ks_decoy_finish work = { .app = app, .fleet = fleet, .sessions = &sessions,
			.minting = is_decoy ? ks_decoy_view_minting(fleet, decoy) :
				KS_VEC_AT(&fleet->unfinished, struct ks_minting, i - fleet->chosen.n) };
		struct ks_err err = { 0 };

		if (finish(&work, decoy, &err) != 0)
			status = ks_command_fail(&err);
	}
	ks_aws_session_close_all(&sessions);
	return status;
}

static int run(struct ks_app *app, const struct ks_opt_args *args)
{
	struct ks_decoy_view_fleet fleet;
	struct ks_err err = { 0 };
	int status;

	if (args->arguments.n == 0)
		return ks_command_usage(&ks_cmd_decoy_finish, "say which decoy; 'keysnare decoy list' shows what "
			"was interrupted");
	if (ks_decoy_view_open_any(app, KS_DB_WRITE, &args->arguments, &fleet, &err) != 0)
		return ks_command_fail(&err);
	status = finish_all(app, &fleet);
	ks_decoy_view_close(&fleet);
	return status;
}

const struct ks_command ks_cmd_decoy_finish = {
	.name = "finish",
	.arguments = "NAME…",
	.summary = "go on with a plant, rotate or retire that was interrupted",
	.about =
		"Completes what was begun in AWS and did not come to its end: the program was killed, AWS did not "
		"answer, a permission was missing. It reads what is there first. A key that was made and "
		"whose secret nobody received is deleted and made anew; a user is taken over only when it is the "
		"one that was made for the decoy, which its tag and its unique id tell.\n"
		"\n"
		"'decoy list' shows what was interrupted and how far it came. 'decoy retire' takes it back "
		"instead.",
	.examples =
		"keysnare decoy finish web01\tgo on where plant stopped",
	.run = run,
};
