/* keysnare decoy rotate: a new key in the same place. The order is lib/decoy/rotation's. */
#include "cmd/keysnare/decoy_finish.h"

#include <stdio.h>

extern const struct ks_command ks_cmd_decoy_rotate;

static const struct ks_opt options[] = {
	{ KS_OPT_FLAG, "keep-old", 0, NULL, "leave the old key active", NULL, NULL },
	{ KS_OPT_FLAG, "stdout", 0, NULL, "of a printed decoy: print the bait again, with a new key", NULL,
		NULL },
	{ KS_OPT_FLAG, "placed", 0, NULL, "of a printed decoy: the new bait is in its place now, let the old "
		"key go", NULL, NULL },
};

/* One run. */
struct request {
	bool has_keep_old, is_stdout, is_placed;
};

static int refuse_printed(const struct ks_decoy *decoy, struct ks_err *err)
{
	if (decoy->state == KS_DECOY_IMPORTED)
		return ks_err_set(err, KS_ERR_STATE, "the decoy '" KS_STR_FMT "' was made elsewhere: make its new "
			"key there, put it into its place and import it", KS_STR_ARG(decoy->name));
	return ks_err_set(err, KS_ERR_STATE, "the decoy '" KS_STR_FMT "' was printed, so its bait cannot be "
		"replaced in its place: 'keysnare decoy rotate " KS_STR_FMT " --stdout' prints a new one; once that "
		"is where the old one was, 'keysnare decoy rotate " KS_STR_FMT " --placed'", KS_STR_ARG(decoy->name),
		KS_STR_ARG(decoy->name), KS_STR_ARG(decoy->name));
}

/* One that was printed before and did not get anywhere gives way. */
static int print_again(struct ks_decoy_finish *work, const struct ks_rotation *rotation, struct ks_err *err)
{
	const struct ks_decoy *old = rotation->old;
	struct ks_planter_plan plan = { .placement = { .path = NULL } };
	struct ks_bait bait = { .mode = 0 };
	struct ks_planter_request request = { .bait = &bait, .account = old->account, .region = old->region,
		.user_name = old->user_name, .label = old->label, .is_live = old->kind == KS_DECOY_LIVE };
	struct ks_decoy lost, new;
	bool has_lost;
	int rc = -1;

	if (ks_rotation_find(&work->bench, old, &lost, &has_lost, err) != 0 ||
		(has_lost && ks_rotation_discard(&work->bench, rotation, &lost, err) != 0) ||
		ks_rotation_recover(&work->bench, rotation, &new, err) != 0 ||
		ks_decoy_finish_bait(work->app, old->bait, work->minting != NULL ? work->minting->template_path :
			KS_STR(""), &bait, err) != 0 ||
		ks_rotation_print(&work->bench, rotation, &request, &plan, err) != 0)
		goto out;
	fwrite(plan.text.p, 1, plan.text.n, stdout);
	if (fflush(stdout) != 0) {
		ks_err_set(err, KS_ERR_IO, "the bait could not be printed, try again");
		goto out;
	}
	fprintf(stderr, "printed '" KS_STR_FMT "', which is to take the place of '" KS_STR_FMT "'\nnext: put it "
		"there, then 'keysnare decoy rotate " KS_STR_FMT " --placed'; until then both keys are active\n",
		KS_STR_ARG(plan.decoy.name), KS_STR_ARG(old->name), KS_STR_ARG(old->name));
	rc = 0;
out:
	ks_planter_release(&plan);
	ks_bait_release(&bait);
	return rc;
}

static int supersede(struct ks_decoy_finish *work, const struct ks_rotation *rotation, struct ks_err *err)
{
	struct ks_decoy new;
	bool has_new;

	if (ks_rotation_find(&work->bench, rotation->old, &new, &has_new, err) != 0)
		return -1;
	if (!has_new)
		return ks_err_set(err, KS_ERR_STATE, "nothing was printed to take the place of '" KS_STR_FMT "', "
			"'keysnare decoy rotate " KS_STR_FMT " --stdout' does", KS_STR_ARG(rotation->old->name),
			KS_STR_ARG(rotation->old->name));
	if (ks_rotation_supersede(&work->bench, rotation, &new, err) != 0)
		return -1;
	ks_decoy_finish_print(work, rotation, &new);
	return 0;
}

static int rotate_one(struct ks_decoy_finish *work, const struct request *request, struct ks_decoy *decoy,
	struct ks_err *err)
{
	struct ks_rotation rotation = { .old = decoy, .minting = work->minting,
		.keeps_old = request->has_keep_old };
	bool is_printed = decoy->state == KS_DECOY_PRINTED;
	int rc;

	if (decoy->state == KS_DECOY_IMPORTED || (is_printed && !request->is_stdout && !request->is_placed))
		return refuse_printed(decoy, err);
	if (!is_printed && (request->is_stdout || request->is_placed))
		return ks_err_set(err, KS_ERR_USAGE, "the decoy '" KS_STR_FMT "' was not printed: rotate it without "
			"--stdout and --placed", KS_STR_ARG(decoy->name));
	if (ks_decoy_finish_begin(work, err) != 0)
		return -1;
	if (request->is_stdout)
		rc = print_again(work, &rotation, err);
	else if (request->is_placed)
		rc = supersede(work, &rotation, err);
	else
		rc = ks_decoy_finish_rotation(work, &rotation, err);
	return rc;
}

static int run(struct ks_app *app, const struct ks_opt_args *args)
{
	struct request request = { .has_keep_old = ks_opt_has(args, "keep-old"),
		.is_stdout = ks_opt_has(args, "stdout"), .is_placed = ks_opt_has(args, "placed") };
	struct ks_decoy_view_fleet fleet;
	struct ks_aws_sessions sessions;
	struct ks_err err = { 0 };
	int status = KS_EXIT_DONE;

	if (args->arguments.n == 0)
		return ks_command_usage(&ks_cmd_decoy_rotate, "say which decoy, by name or key id");
	if (request.is_stdout && (request.is_placed || args->arguments.n > 1))
		return ks_command_usage(&ks_cmd_decoy_rotate, "--stdout is for one decoy, and --placed comes after "
			"it");
	if (ks_decoy_view_open(app, KS_DB_WRITE, &args->arguments, &fleet, &err) != 0)
		return ks_command_fail(&err);
	ks_aws_session_init_all(&sessions, app);
	for (size_t i = 0; i < fleet.chosen.n; i++) {
		struct ks_decoy *decoy = KS_VEC_AT(&fleet.chosen, struct ks_decoy, i);
		struct ks_decoy_finish work = { .app = app, .fleet = &fleet, .sessions = &sessions,
			.minting = ks_decoy_view_minting(&fleet, decoy) };

		if (rotate_one(&work, &request, decoy, &err) != 0)
			status = ks_command_fail(&err);
		ks_decoy_finish_end(&work);
	}
	ks_aws_session_close_all(&sessions);
	ks_decoy_view_close(&fleet);
	return status;
}

const struct ks_command ks_cmd_decoy_rotate = {
	.name = "rotate",
	.arguments = "NAME…",
	.summary = "give a decoy a new key, in the same place",
	.about =
		"Makes a second key, puts it into the bait where the old one stands, in one replacement of the "
		"file, and then deletes the old key. Nothing else in the bait changes, nor in the file around it, "
		"nor its mode and owner. A bait that was edited is refused. The new key is a decoy of its own "
		"('web01-2'); the old one stays on the watch list as retired, since somebody may have copied it.\n"
		"\n"
		"The place always holds a key that works. When rotate is interrupted, run it again, or 'decoy "
		"finish': it goes on, or takes back a key that had not reached the place. --keep-old leaves the "
		"old key active, so that a thief who has it can still be seen.\n"
		"\n"
		"A printed bait is wherever you put it: --stdout prints a new one, and --placed says that it is "
		"there, upon which the old key goes. A decoy that was made elsewhere gets its new key there.",
	.examples =
		"keysnare decoy rotate web01\ta new key in the same place\n"
		"keysnare decoy rotate wiki --stdout > page.txt\tprint a new bait\n"
		"keysnare decoy rotate wiki --placed\tit is on the page now",
	.options = options,
	.option_count = sizeof(options) / sizeof(options[0]),
	.run = run,
};
