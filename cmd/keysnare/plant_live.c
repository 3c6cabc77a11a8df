/* Live decoys: what plant asks of AWS before it makes anything. */
#include "cmd/keysnare/plant_live.h"

#include "lib/aws/arn.h"
#include "lib/decoy/minter.h"
#include "lib/engine/config.h"
#include "lib/store/schema.h"

#include <string.h>

#define LOOKS 4                  /* as often IAM is looked at while it may not show what it did */
#define MARKS 10000000u

int ks_plant_live_bench(const struct ks_app *app, struct ks_db *db, struct ks_aws_session *session,
	struct ks_arena *arena, struct ks_workbench *out, struct ks_err *err)
{
	struct ks_seat *seat = NULL;

	if (ks_seat_open(app->ctx, app->store_path, &seat, err) != 0)
		return -1;
	*out = (struct ks_workbench){ .ctx = app->ctx, .db = db, .seat = seat, .arena = arena,
		.client = session != NULL ? session->client : NULL, .pause_ms = app->config->settle_ms / LOOKS };
	return 0;
}

/* How users are called here; not to be had is no reason to stop. */
static void learn_names(struct ks_plant_live *live)
{
	struct ks_vec users = KS_VEC_OF(struct ks_iam_user);
	struct ks_err err = { 0 };

	live->users = KS_VEC_OF(struct ks_str);
	if (ks_iam_list_users(live->session.client, NULL, &live->arena, &users, &err) != 0)
		ks_log_write(&live->app->ctx->log, KS_LOG_WARNING, "cannot see what the account's users are called, "
			"so the name is one of the bait's own: %s", err.message);
	for (size_t i = 0; i < users.n; i++)
		*(struct ks_str *)ks_vec_push(&live->users) = KS_VEC_AT(&users, struct ks_iam_user, i)->name;
	ks_vec_release(&users);
}

/* Keys that the user has already. */
static int note_keys(struct ks_plant_live *live, const char *user, struct ks_err *err)
{
	struct ks_vec keys = KS_VEC_OF(struct ks_iam_key);
	struct ks_str all = KS_STR("");
	int rc = ks_iam_list_access_keys(live->session.client, user, &live->arena, &keys, err);

	for (size_t i = 0; i < keys.n; i++)
		all = ks_str_of(ks_arena_printf(&live->arena, KS_STR_FMT "%s" KS_STR_FMT, KS_STR_ARG(all),
			i > 0 ? " " : "", KS_STR_ARG(KS_VEC_AT(&keys, struct ks_iam_key, i)->id)));
	live->minting.keys_before = all;
	ks_vec_release(&keys);
	return rc;
}

/* A user that somebody named may be there: it is another's. */
static int look_at_user(struct ks_plant_live *live, const struct ks_planter_request *request,
	struct ks_err *err)
{
	const char *name = ks_arena_strdup(&live->arena, request->user_name);
	struct ks_iam_user user;
	struct ks_str keys;

	live->minting.is_user_made = true;
	/* What can be no name, the plan refuses. */
	if (!ks_arn_is_name(request->user_name))
		return 0;
	if (ks_iam_get_user(live->session.client, name, &live->arena, &user, err) != 0) {
		if (err->code != KS_ERR_NOTFOUND)
			return -1;
		*err = (struct ks_err){ 0 };
		return 0;
	}
	if (note_keys(live, name, err) != 0)
		return -1;
	keys = live->minting.keys_before;
	if (ks_str_find(keys, KS_STR(" ")) > 0)
		return ks_err_set(err, KS_ERR_GUARD, "the user '%s' is there already and has two keys (%s), and IAM "
			"allows no third: choose another name", name, keys.p);
	if (!live->has_force)
		return ks_err_set(err, KS_ERR_GUARD, "the user '%s' is there already%s%s: whoever uses it would "
			"set off the alarm, and no other of its keys may be told from the decoy; choose another name, "
			"or use --force to give it one more key", name, keys.n > 0 ? " and has the key " : "",
			keys.n > 0 ? keys.p : "");
	if (live->minting.policy.n > 0)
		return ks_err_set(err, KS_ERR_USAGE, "--rights is for a user that plant makes, and '%s' is there "
			"already", name);
	live->minting.is_user_made = false;
	live->minting.user_id = user.id;
	live->minting.user_arn = user.arn;
	live->minting.rights = KS_STR("");
	return 0;
}

int ks_plant_live_is_taken(struct ks_plant_live *live, struct ks_str user_name, bool *out,
	struct ks_err *err)
{
	struct ks_iam_user user;

	user_name = ks_arena_copy(&live->arena, user_name);
	*out = ks_iam_get_user(live->session.client, user_name.p, &live->arena, &user, err) == 0;
	if (*out)
		*(struct ks_str *)ks_vec_push(&live->users) = user_name;
	else if (err->code != KS_ERR_NOTFOUND)
		return -1;
	*err = (struct ks_err){ 0 };
	return 0;
}

static int look_at_rights(struct ks_plant_live *live, const struct ks_planter_request *request,
	struct ks_err *err)
{
	struct ks_liveuser asked = { live->app->ctx, live->session.client, 0 };
	const char *region = ks_arena_strdup(&live->arena, request->region);
	struct ks_str reason;
	int rc;

	live->minting.rights = live->rights;
	if (!ks_str_is(live->rights, "ses-read"))
		return 0;
	live->minting.policy = KS_STR("ses-read");
	rc = ks_liveuser_check_ses(&asked, region, &live->arena, &reason, err);
	if (rc == 0 && reason.n == 0)
		return 0;
	if (live->has_force) {
		ks_log_write(&live->app->ctx->log, KS_LOG_WARNING, "the decoy will show a thief what is there: %s",
			rc == 0 ? reason.p : err->message);
		*err = (struct ks_err){ 0 };
		return 0;
	}
	if (rc == 0)
		return ks_err_set(err, KS_ERR_GUARD, KS_STR_FMT ": --rights ses-read would show that to a thief; "
			"plant with --rights none, in an account without it, or with --force", KS_STR_ARG(reason));
	err->code = KS_ERR_GUARD;
	return ks_err_wrap(err, "whether SES in %s is an empty sandbox cannot be seen, so --rights ses-read is "
		"refused (--force overrides)", region);
}

static int make_mark(struct ks_plant_live *live, struct ks_err *err)
{
	uint32_t number;

	if (ks_minter_number(live->app->ctx, MARKS, &number, err) != 0)
		return -1;
	live->minting.mark = ks_str_of(ks_arena_printf(&live->arena, "CHG%07u", (unsigned)number));
	return 0;
}

int ks_plant_live_begin(struct ks_plant_live *live, const char *account, struct ks_planter_request *request,
	struct ks_err *err)
{
	const char *region = ks_arena_strdup(&live->arena, request->region);

	if (ks_aws_session_open(live->app, account, region, &live->session, err) != 0)
		return -1;
	request->account = live->session.account;
	request->is_live = true;
	learn_names(live);
	request->users = &live->users;
	if (look_at_rights(live, request, err) != 0 || look_at_user(live, request, err) != 0)
		return -1;
	return make_mark(live, err);
}

/* What is written down before anything is made. */
static void describe(struct ks_plant_live *live, const struct ks_planter_request *request,
	const struct ks_planter_plan *dry)
{
	struct ks_minting *minting = &live->minting;

	/* The plan goes before the minting does. */
	minting->name = ks_arena_copy(&live->arena, dry->decoy.name);
	minting->account = request->account;
	minting->region = request->region;
	minting->user_name = ks_arena_copy(&live->arena, dry->decoy.user_name);
	minting->label = request->label;
	minting->bait = request->bait->name;
	minting->template_path = ks_str_of(live->template_path);
	minting->path = ks_arena_copy(&live->arena, ks_str_of(dry->placement.path));
}

int ks_plant_live_apply(struct ks_plant_live *live, const struct ks_planter_request *request,
	const struct ks_planter_plan *dry, struct ks_planter_plan *out, struct ks_err *err)
{
	struct ks_workbench bench;

	describe(live, request, dry);
	if (ks_schema_open(live->app->ctx, live->app->store_path, KS_DB_CREATE, &live->db, err) != 0 ||
		ks_plant_live_bench(live->app, live->db, &live->session, &live->arena, &bench, err) != 0)
		return -1;
	live->seat = bench.seat;
	if (ks_lifecycle_plant(&bench, request, &live->minting, out, err) == 0)
		return 0;
	if (live->minting.id == 0) {
		ks_seat_close(live->seat);
		ks_db_close(live->db);
		live->seat = NULL;
		live->db = NULL;
		return -1;
	}
	return ks_err_wrap(err, "planting '" KS_STR_FMT "' did not come to its end ('keysnare decoy finish "
		KS_STR_FMT "' goes on, 'keysnare decoy retire " KS_STR_FMT "' takes back what was made)",
		KS_STR_ARG(live->minting.name), KS_STR_ARG(live->minting.name), KS_STR_ARG(live->minting.name));
}

int ks_plant_live_settle(struct ks_plant_live *live, struct ks_err *err)
{
	struct ks_workbench bench = { .ctx = live->app->ctx, .db = live->db, .seat = live->seat,
		.arena = &live->arena };

	return ks_lifecycle_settle(&bench, &live->minting, err);
}

void ks_plant_live_end(struct ks_plant_live *live)
{
	ks_db_close(live->db);
	ks_seat_close(live->seat);
	ks_vec_release(&live->users);
	ks_aws_session_close(&live->session);
	ks_arena_release(&live->arena);
}
