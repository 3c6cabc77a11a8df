/* keysnare plant: makes a decoy and puts its bait in place. The work is lib/decoy/planter's. */
#include "cmd/keysnare/command.h"
#include "cmd/keysnare/decoy_view.h"
#include "cmd/keysnare/plant_live.h"
#include "cmd/keysnare/printer.h"

#include "lib/decoy/fingerprint.h"
#include "lib/decoy/planter.h"
#include "lib/store/schema.h"

#include <stdio.h>
#include <string.h>

#define LONGEST_LABEL 200
#define NAMES_MOST 50u           /* of users, that may be taken */

static const struct ks_opt options[] = {
	{ KS_OPT_FLAG, "offline", 0, NULL, "make a key that AWS does not know, for files and exercises",
		NULL, NULL },
	{ KS_OPT_VALUE, "bait", 0, "NAME", "what the thief finds, one of"
#define KS_BAIT(name) " " name
#include "lib/decoy/baits.def"
#undef KS_BAIT
		, NULL, NULL },
	{ KS_OPT_VALUE, "template", 0, "FILE", "a bait of your own, instead of --bait", NULL, NULL },
	{ KS_OPT_FLAG, "list-baits", 0, NULL, "show what each bait is and where it is usual, and plant nothing",
		NULL, NULL },
	{ KS_OPT_VALUE, "at", 0, "PATH", "the file to make, or to join where the bait can",
		NULL, NULL },
	{ KS_OPT_FLAG, "stdout", 0, NULL, "print the bait instead; all else goes to stderr", NULL, NULL },
	{ KS_OPT_VALUE, "label", 0, "TEXT", "what reminds you of the place; the decoy's name is made from it",
		"the end of the path", NULL },
	{ KS_OPT_VALUE, "account", 0, "ID", "the account to make it in; with --offline, that its key id decodes "
		"to", "that of your keys; with --offline $AWS_ACCOUNT_ID", NULL },
	{ KS_OPT_VALUE, "region", 0, "REGION", "the region in the bait",
		"$AWS_REGION, $AWS_DEFAULT_REGION, us-east-1", NULL },
	{ KS_OPT_VALUE, "user", 0, "NAME", "the user, and the profile in a credentials file",
		"one like those of the account", NULL },
	{ KS_OPT_VALUE, "rights", 0, "RIGHTS", "what the user may do: nothing, or a few reads of SES", "none",
		"none|ses-read" },
	{ KS_OPT_FLAG, "dry-run", 0, NULL, "show what would be made and written, the secret hidden, and do "
		"nothing", NULL, NULL },
	{ KS_OPT_FLAG, "force", 0, NULL, "plant in a publicly known canary account, for a user that is there "
		"already, or with ses-read where SES is in use", NULL, NULL },
};

/* What the command line comes to. */
struct request {
	struct ks_planter_request plant;
	const char *account;         /* as given; NULL: not */
	bool is_stdout;
	bool has_force;
	bool is_offline;
	struct ks_plant_live *live;  /* NULL with --offline */
};

static const char *from_env(const struct ks_ctx *ctx, const char *value, const char *const *variables)
{
	for (; value == NULL && *variables != NULL; variables++)
		value = ks_ctx_env(ctx, *variables);
	return value;
}

static int read_request(const struct ks_app *app, const struct ks_opt_args *args, struct request *out)
{
	static const char *const account_from[] = { "AWS_ACCOUNT_ID", NULL };
	static const char *const region_from[] = { "AWS_REGION", "AWS_DEFAULT_REGION", NULL };
	const char *at = ks_opt_value(args, "at", NULL);
	bool is_offline = ks_opt_has(args, "offline");
	const char *account = ks_opt_value(args, "account", NULL);
	const char *region = from_env(app->ctx, ks_opt_value(args, "region", NULL), region_from);
	bool is_stdout = ks_opt_has(args, "stdout");
	struct ks_str label = ks_str_of(ks_opt_value(args, "label", ""));

	if (args->arguments.n > 0)
		return ks_command_usage(&ks_cmd_plant, "unexpected argument '%s'",
			*KS_VEC_AT(&args->arguments, const char *, 0));
	if (is_offline && ks_opt_has(args, "rights"))
		return ks_command_usage(&ks_cmd_plant, "--rights is for a live decoy, AWS does not know an offline "
			"one");
	if (ks_opt_has(args, "bait") == ks_opt_has(args, "template"))
		return ks_command_usage(&ks_cmd_plant, "say what to plant with either --bait NAME or --template "
			"FILE");
	if ((at == NULL) == !is_stdout)
		return ks_command_usage(&ks_cmd_plant, "say where with either --at PATH or --stdout");
	if (is_offline)
		account = from_env(app->ctx, account, account_from);
	if (is_offline && account == NULL)
		return ks_command_usage(&ks_cmd_plant,
			"say which account the key id should decode to with --account ID, best one of your own");
	if (label.n > LONGEST_LABEL)
		return ks_command_usage(&ks_cmd_plant, "a label has at most %d bytes", LONGEST_LABEL);
	*out = (struct request){
		.plant = { .account = ks_str_of(account),
			.region = ks_str_of(region != NULL ? region : "us-east-1"),
			.user_name = ks_str_of(ks_opt_value(args, "user", "")), .label = label, .path = at,
			.is_dry_run = ks_opt_has(args, "dry-run") },
		.account = account,
		.is_stdout = is_stdout,
		.has_force = ks_opt_has(args, "force"),
		.is_offline = is_offline,
	};
	return KS_EXIT_DONE;
}

/* A key of such an account is seen through before it is used. */
static int check_canary(const struct request *request, const struct ks_canary *canary, struct ks_err *err)
{
	struct ks_arena arena = { NULL };
	const char *list = ks_canary_find(canary, ks_arena_strdup(&arena, request->plant.account));
	int rc = 0;

	if (list != NULL && !request->has_force)
		rc = ks_err_set(err, KS_ERR_GUARD, "account " KS_STR_FMT " is on the public canary list '%s', "
			"a thief can tell from the key id; choose another, or use --force",
			KS_STR_ARG(request->plant.account), list);
	ks_arena_release(&arena);
	return rc;
}

static void warn(const struct ks_app *app, const struct ks_planter_plan *plan)
{
	const struct ks_placement *placement = &plan->placement;

	if (plan->decoy.form == KS_PLACEMENT_PRINTED)
		return;
	if (placement->app_marker != NULL)
		ks_log_write(&app->ctx->log, KS_LOG_WARNING, "an application lives here ('%s') and may load "
			"'%s' itself: its own use of the decoy would be a false alarm; a name that ends in '.bak' "
			"is not loaded",
			placement->app_marker, placement->path);
	if (placement->is_too_open)
		ks_log_write(&app->ctx->log, KS_LOG_WARNING, "'%s' holds keys and has mode %04o: others may "
			"read it", placement->path, (unsigned)placement->mode);
}

static void print_where(FILE *to, const struct ks_planter_plan *plan)
{
	const struct ks_decoy *decoy = &plan->decoy;

	fprintf(to, "  where    ");
	ks_decoy_view_print(to, decoy->placement, 0);
	if (decoy->form == KS_PLACEMENT_FILE)
		fprintf(to, " (new file, mode %04o)", (unsigned)decoy->file_mode);
	if (decoy->form == KS_PLACEMENT_SECTION)
		fprintf(to, " (added at its end, mode stays %04o)", (unsigned)decoy->file_mode);
	if (plan->placement.made_dir != NULL)
		fprintf(to, " in a new directory, mode 0700");
	fputc('\n', to);
}

/* Of a live one: its rights and, before it is made, the calls that will make it. */
static void print_live(FILE *to, const struct request *request, const struct ks_planter_plan *plan)
{
	const struct ks_minting *minting = &request->live->minting;

	if (minting->is_user_made)
		ks_decoy_view_row(to, "rights", minting->rights);
	if (!request->plant.is_dry_run) {
		ks_decoy_view_row(to, "user id", plan->decoy.user_id);
		return;
	}
	fprintf(to, "calls that would be made, as " KS_STR_FMT ":\n",
		KS_STR_ARG(request->live->session.self.acting.arn));
	if (minting->is_user_made)
		fprintf(to, "  iam:CreateUser       " KS_STR_FMT ", with the tags that most users have and one of "
			"its own\n", KS_STR_ARG(plan->decoy.user_name));
	if (minting->policy.n > 0)
		fprintf(to, "  iam:PutUserPolicy    " KS_STR_FMT ": " KS_STR_FMT "\n", KS_STR_ARG(minting->policy),
			KS_STR_ARG(ks_liveuser_policy(minting->rights)));
	fprintf(to, "  iam:CreateAccessKey  " KS_STR_FMT "\n", KS_STR_ARG(plan->decoy.user_name));
}

static void print_text(FILE *to, const struct request *request, const struct ks_planter_plan *plan)
{
	const struct ks_decoy *decoy = &plan->decoy;
	bool is_dry = request->plant.is_dry_run;
	bool is_profile = request->plant.bait->merge != KS_BAIT_OWN;

	if (is_dry)
		fprintf(to, "would plant a decoy\n");
	else
		fprintf(to, "%s decoy '" KS_STR_FMT "'\n", request->is_stdout ? "printed" : "planted",
			KS_STR_ARG(decoy->name));
	print_where(to, plan);
	ks_decoy_view_row(to, "bait", decoy->bait);
	fprintf(to, "  %s  " KS_STR_FMT "\n", is_profile ? "profile" : "user   ",
		KS_STR_ARG(decoy->user_name));
	fprintf(to, "  key id   " KS_STR_FMT "\n", KS_STR_ARG(decoy->key_id));
	fprintf(to, "  account  " KS_STR_FMT "\n", KS_STR_ARG(decoy->account));
	if (request->live != NULL)
		print_live(to, request, plan);
	if (!is_dry && request->live != NULL)
		fprintf(to, "next: 'keysnare watch SOURCE' raises the alarm when somebody uses it%s" KS_STR_FMT
			"%s\n",
			request->is_stdout ? "" : ", 'keysnare decoy trip ",
			KS_STR_ARG(request->is_stdout ? KS_STR("") : decoy->name), request->is_stdout ? "" :
			"' tries that");
	else if (!is_dry)
		fprintf(to, "next: 'keysnare hunt PATH' finds uses of it in trail files, 'keysnare decoy list' "
			"shows all\n");
}

static void print_json(FILE *to, const struct request *request, const struct ks_planter_plan *plan)
{
	struct ks_json *json = ks_decoy_view_json(&plan->decoy);

	ks_json_add_bool(json, "dry_run", request->plant.is_dry_run);
	if (request->plant.is_dry_run && !request->is_stdout)
		ks_json_add_str(json, "content", ks_buf_str(&plan->placement.content));
	ks_printer_line(to, json);
	ks_json_free(json);
}

static int print(const struct ks_app *app, const struct request *request,
	const struct ks_planter_plan *plan)
{
	FILE *to = request->is_stdout ? stderr : stdout;

	if (request->is_stdout)
		fwrite(plan->text.p, 1, plan->text.n, stdout);
	/* What did not arrive was not printed; the key is watched all the same. */
	if (fflush(stdout) != 0)
		return KS_EXIT_FAILED;
	if (app->format != KS_FORMAT_TEXT) {
		print_json(to, request, plan);
	} else {
		print_text(to, request, plan);
		if (request->plant.is_dry_run && !request->is_stdout) {
			printf("what would be written, with the secret hidden:\n");
			fwrite(plan->placement.content.p, 1, plan->placement.content.n, stdout);
		}
	}
	return fflush(stdout) == 0 ? KS_EXIT_DONE : KS_EXIT_FAILED;
}

/* What would give the decoy away. It is only said: whoever plants may know better. */
static int warn_of_tells(struct ks_app *app, const struct ks_canary *canary,
	const struct ks_planter_plan *plan, struct ks_err *err)
{
	const struct ks_buf *bait = plan->placement.path != NULL ? &plan->placement.content : &plan->text;
	struct ks_vec tells = KS_VEC_OF(struct ks_fingerprint_tell), none = KS_VEC_OF(const char *);
	struct ks_decoy_view_fleet fleet;
	struct ks_neighbors neighbors;
	struct ks_arena arena = { NULL };

	if (ks_decoy_view_open(app, KS_DB_READ, &none, &fleet, err) != 0)
		return -1;
	ks_neighbors_init(&neighbors, &fleet.all);
	ks_fingerprint_lint(&(struct ks_fingerprint_request){ .decoy = &plan->decoy,
		.bait = ks_buf_str(bait), .canary = canary, .neighbors = &neighbors }, &arena, &tells);
	for (size_t i = 0; i < tells.n; i++) {
		const struct ks_fingerprint_tell *tell = KS_VEC_AT(&tells, struct ks_fingerprint_tell, i);

		ks_log_write(&app->ctx->log, tell->severity == KS_FINGERPRINT_WARNING ? KS_LOG_WARNING :
			KS_LOG_INFO, KS_STR_FMT, KS_STR_ARG(tell->text));
	}
	ks_vec_release(&tells);
	ks_arena_release(&arena);
	ks_neighbors_release(&neighbors);
	ks_decoy_view_close(&fleet);
	return 0;
}

/* A name that was not given is chosen again while somebody has it: IAM may not let us list its users. */
static int plan_it(struct ks_app *app, struct request *request, struct ks_planter_plan *plan,
	struct ks_err *err)
{
	bool is_dry_run = request->plant.is_dry_run, is_taken = true;
	int rc = 0;

	/* The key of a live one is made last: until then the plan has stars in its place. */
	request->plant.is_dry_run = is_dry_run || request->live != NULL;
	for (unsigned i = 0; rc == 0 && is_taken && i < NAMES_MOST; i++) {
		ks_planter_release(plan);
		*plan = (struct ks_planter_plan){ .placement = { .path = NULL } };
		rc = ks_planter_plan(app->ctx, &request->plant, plan, err);
		is_taken = false;
		if (rc == 0 && request->live != NULL && request->plant.user_name.n == 0)
			rc = ks_plant_live_is_taken(request->live, plan->decoy.user_name, &is_taken, err);
	}
	request->plant.is_dry_run = is_dry_run;
	if (rc == 0 && is_taken)
		return ks_err_set(err, KS_ERR_EXISTS, "every name that came to mind is taken, give one with --user");
	return rc;
}

/* The plan that was looked at gives way to the one that was carried out. Where somebody took the chosen name
 * in between, it is planned anew. */
static int plant_live(struct ks_app *app, struct request *request, struct ks_planter_plan *plan,
	struct ks_err *err)
{
	struct ks_planter_plan made = { .placement = { .path = NULL } };
	bool is_chosen = request->plant.user_name.n == 0;
	unsigned i = 0;

	while (ks_plant_live_apply(request->live, &request->plant, plan, &made, err) != 0) {
		if (!is_chosen || err->code != KS_ERR_CONFLICT || !request->live->minting.is_untouched ||
			++i >= NAMES_MOST)
			return -1;
		*err = (struct ks_err){ 0 };
		if (plan_it(app, request, plan, err) != 0)
			return -1;
	}
	ks_planter_release(plan);
	*plan = made;
	return 0;
}

static int plant(struct ks_app *app, struct request *request, struct ks_planter_plan *plan,
	struct ks_err *err)
{
	struct ks_db *db = NULL;
	int rc = 0;

	if (!request->plant.is_dry_run && request->live != NULL)
		return plant_live(app, request, plan, err);
	if (!request->plant.is_dry_run) {
		rc = ks_schema_open(app->ctx, app->store_path, KS_DB_CREATE, &db, err);
		if (rc == 0)
			rc = ks_planter_apply(app->ctx, db, plan, err);
	}
	ks_db_close(db);
	return rc;
}

/* What was printed has arrived: nothing is left to do. */
static int settle(const struct request *request, const struct ks_planter_plan *plan, int status)
{
	struct ks_err err = { 0 };

	if (status != KS_EXIT_DONE || request->live == NULL || request->plant.is_dry_run ||
		plan->decoy.form != KS_PLACEMENT_PRINTED || ks_plant_live_settle(request->live, &err) == 0)
		return status;
	return ks_command_fail(&err);
}

static void print_bait(const struct ks_bait *bait)
{
	printf(KS_STR_FMT "\n  " KS_STR_FMT "\n ", KS_STR_ARG(bait->name), KS_STR_ARG(bait->about));
	for (size_t i = 0; i < bait->paths.n; i++)
		printf(" " KS_STR_FMT, KS_STR_ARG(*KS_VEC_AT(&bait->paths, struct ks_str, i)));
	printf("\n");
}

static int list_baits(const struct ks_app *app)
{
	size_t n;
	const char *const *names = ks_bait_names(&n);

	for (size_t i = 0; i < n; i++) {
		struct ks_bait bait = { .mode = 0 };
		struct ks_err err = { 0 };

		if (ks_bait_get(app->ctx, names[i], &bait, &err) != 0)
			return ks_command_fail(&err);
		print_bait(&bait);
		ks_bait_release(&bait);
	}
	return KS_EXIT_DONE;
}

/* A template of one's own is called after its file. */
static int load_bait(const struct ks_app *app, const struct ks_opt_args *args, struct ks_bait *out,
	const char **out_path, struct ks_err *err)
{
	const char *path = ks_opt_value(args, "template", NULL);
	const char *slash = path != NULL ? strrchr(path, '/') : NULL;
	struct ks_str name = ks_str_of(slash != NULL ? slash + 1 : path);

	if (path == NULL)
		return ks_bait_get(app->ctx, ks_opt_value(args, "bait", ""), out, err);
	if (ks_str_has_suffix(name, KS_STR(".bait")))
		name.n -= 5;
	*out_path = path;
	return ks_bait_load(name, path, out, err);
}

/* Looks at everything, then plants. */
static int carry_out(struct ks_app *app, struct request *request, struct ks_canary *canary,
	struct ks_planter_plan *plan, struct ks_err *err)
{
	if (request->live != NULL &&
		ks_plant_live_begin(request->live, request->account, &request->plant, err) != 0)
		return -1;
	if (plan_it(app, request, plan, err) != 0)
		return -1;
	/* Without the lists there is only a warning. */
	if (ks_decoy_view_load_canary(app, canary) != 0)
		ks_log_write(&app->ctx->log, KS_LOG_WARNING, "cannot tell whether the account is publicly known "
			"for canaries");
	if (check_canary(request, canary, err) != 0)
		return -1;
	warn(app, plan);
	return warn_of_tells(app, canary, plan, err) != 0 ? -1 : plant(app, request, plan, err);
}

static int run(struct ks_app *app, const struct ks_opt_args *args)
{
	struct ks_planter_plan plan = { .placement = { .path = NULL } };
	struct ks_plant_live live = { .app = app, .users = KS_VEC_OF(struct ks_str) };
	struct ks_bait bait = { .mode = 0 };
	struct ks_err err = { 0 };
	struct ks_canary canary;
	struct request request;
	int status = ks_opt_has(args, "list-baits") ? list_baits(app) : read_request(app, args, &request);

	if (status != KS_EXIT_DONE || ks_opt_has(args, "list-baits"))
		return status;
	request.plant.bait = &bait;
	live.rights = ks_str_of(ks_opt_value(args, "rights", "none"));
	live.has_force = request.has_force;
	request.live = request.is_offline ? NULL : &live;
	ks_canary_init(&canary);
	if (load_bait(app, args, &bait, &live.template_path, &err) != 0 ||
		carry_out(app, &request, &canary, &plan, &err) != 0)
		status = ks_command_fail(&err);
	else
		status = settle(&request, &plan, print(app, &request, &plan));
	ks_planter_release(&plan);
	ks_plant_live_end(&live);
	ks_bait_release(&bait);
	ks_canary_release(&canary);
	return status;
}

const struct ks_command ks_cmd_plant = {
	.name = "plant",
	.arguments = "",
	.summary = "make a decoy and put its bait in place",
	.about =
		"Makes an access key that nobody legitimate uses and leaves it where a thief would look. One "
		"decoy per place, so that a use tells which place leaked. The secret is in the bait only; the "
		"store keeps a keyed hash.\n"
		"\n"
		"Nothing is ever overwritten. aws-credentials and rclone join an existing file as one more "
		"profile (never the default), bash-history as its latest lines; they leave every byte before "
		"them, the mode and the owner as they are. The other baits are files of their own. New files "
		"have the mode of their bait, mostly 0600 or 0640. A missing directory is made only when its "
		"name begins with a dot, as ~/.aws does, with mode 0700.\n"
		"\n"
		"Names, hosts and sizes in a bait vary from one to the next. --template takes a file that is "
		"made like the shipped ones: a header of 'about:', 'path:' and 'mode:' lines, a line '---', and "
		"the text with {{access_key_id}}, {{secret_access_key}}, {{region}} and so on in it. What would "
		"give the decoy away is warned of; 'keysnare decoy check' tells later, too.\n"
		"\n"
		"A live decoy is an IAM user of its own in your account, with a key and no rights. It needs keys of "
		"yours that may make users, found as AWS's own tools find them. The user is called like the "
		"others of the account and gets the tags that most of them have, and one more by which "
		"keysnare knows it again. --rights ses-read lets it read a few things of SES, which makes it look "
		"alive; it is refused where SES has senders or may send to everybody, since a thief would see "
		"that. A user that is there already is refused; with --force it gets one more key, and retire "
		"takes only that away.\n"
		"\n"
		"Everything is written down before it is made. When plant is interrupted, or AWS does not answer, "
		"'keysnare decoy list' shows how far it came, 'keysnare decoy finish' goes on, and 'keysnare decoy "
		"retire' takes back what was made.\n"
		"\n"
		"With --offline AWS does not know the key: calls with it fail, and only trails that you make "
		"up yourself show them. If plant is interrupted, the decoy stays in the store as 'planned': it "
		"is watched, and 'keysnare decoy check' tells whether its bait is in place.",
	.examples =
		"keysnare plant --bait aws-credentials --at ~/.aws/credentials --dry-run\tlook first\n"
		"keysnare plant --bait laravel-ses-env --at /srv/old/.env.backup --label web01 --rights "
		"ses-read\ta live key of SES\n"
		"keysnare plant --offline --bait aws-credentials --at ~/.aws/credentials --account "
		"123456789012\ta profile beside the real ones\n"
		"keysnare plant --offline --bait laravel-ses-env --at /srv/old/.env.backup --label web01 "
		"--account 123456789012\t"
		"SES SMTP settings\n"
		"keysnare plant --offline --bait dotenv --stdout --label wiki --account 123456789012 > "
		"page.txt\ttext to paste somewhere\n"
		"keysnare plant --list-baits\twhat there is, and where it is usual",
	.options = options,
	.option_count = sizeof(options) / sizeof(options[0]),
	.run = run,
};
