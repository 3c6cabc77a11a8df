/* Planting and retiring live decoys, step by step. Rotating is rotation.c's. */
#include "lib/decoy/lifecycle.h"

#include "lib/base/time.h"
#include "lib/decoy/trace.h"

#include <string.h>

static int make_user(const struct ks_workbench *bench, struct ks_minting *minting, struct ks_err *err)
{
	struct ks_liveuser live = ks_workbench_live(bench);
	bool is_there;

	if (minting->is_user_made)
		return ks_liveuser_make(&live, minting, bench->arena, err);
	if (ks_liveuser_find(&live, minting, bench->arena, &is_there, err) != 0)
		return -1;
	return is_there ? 0 : ks_err_set(err, KS_ERR_NOTFOUND, "there is no user '" KS_STR_FMT "' any more",
		KS_STR_ARG(minting->user_name));
}

/* The key is there and nobody has its secret, but perhaps the place: a row that an earlier run left. */
static int look_at_row(const struct ks_workbench *bench, struct ks_minting *minting,
	const struct ks_decoy *row, bool *out_is_placed, struct ks_err *err)
{
	struct ks_liveuser live = ks_workbench_live(bench);
	bool is_gone = false;

	if (row->state == KS_DECOY_PLANNED && ks_workbench_trace(bench, row, out_is_placed, &is_gone, err) != 0)
		return -1;
	if (*out_is_placed)
		return ks_registry_move(bench->db, row->id, KS_DECOY_PLANNED, KS_DECOY_PLANTED,
			ks_ctx_now(bench->ctx),
			err);
	if (row->state == KS_DECOY_PLANNED && !is_gone)
		return ks_err_set(err, KS_ERR_CONFLICT, "the bait in '" KS_STR_FMT "' is no longer what was "
			"planted: take it away by hand and try again", KS_STR_ARG(row->placement));
	if (ks_liveuser_drop_key(&live, minting, ks_arena_strdup(bench->arena, row->key_id), err) != 0)
		return -1;
	/* Somebody may have the text of a printed one: its key stays on the watch list. */
	return row->state == KS_DECOY_PLANNED ? ks_registry_forget(bench->db, row->id, err) :
		ks_registry_move(bench->db, row->id, row->state, KS_DECOY_RETIRED, ks_ctx_now(bench->ctx), err);
}

static int look_at_rows(const struct ks_workbench *bench, struct ks_minting *minting, bool *out_is_placed,
	struct ks_err *err)
{
	struct ks_vec rows = KS_VEC_OF(struct ks_decoy);
	int rc = ks_workbench_rows(bench, minting->id, &rows, err);

	*out_is_placed = false;
	for (size_t i = 0; rc == 0 && i < rows.n; i++) {
		const struct ks_decoy *row = KS_VEC_AT(&rows, struct ks_decoy, i);

		if (row->state == KS_DECOY_PLANNED || row->state == KS_DECOY_PRINTED)
			rc = look_at_row(bench, minting, row, out_is_placed, err);
		else if (row->state == KS_DECOY_PLANTED)
			*out_is_placed = true;
	}
	ks_vec_release(&rows);
	return rc;
}

/* Renders the bait with the key, enters it and puts it in its place. */
static int place(const struct ks_workbench *bench, const struct ks_planter_request *request,
	struct ks_minting *minting, struct ks_planter_plan *out, struct ks_err *err)
{
	struct ks_planter_request with_key = *request;
	struct ks_credentials key = { .key_id = "" };
	struct ks_planter_plan plan = { .placement = { .path = NULL } };
	int rc = -1;

	if (ks_workbench_make_key(bench, minting, &key, err) != 0 ||
		ks_workbench_save(bench, minting, KS_MINTING_PLANT, KS_MINTING_KEY, err) != 0)
		goto out;
	with_key.key = &key;
	with_key.is_dry_run = false;
	with_key.user_name = minting->user_name;
	if (ks_planter_plan(bench->ctx, &with_key, &plan, err) != 0)
		goto out;
	plan.decoy.name = minting->name;
	plan.decoy.minting = minting->id;
	plan.decoy.user_id = minting->user_id;
	plan.decoy.user_arn = minting->user_arn;
	plan.decoy.rights = minting->rights;
	if (ks_planter_apply(bench->ctx, bench->db, &plan, err) != 0)
		goto out;
	*out = plan;
	plan = (struct ks_planter_plan){ .placement = { .path = NULL } };
	rc = 0;
out:
	ks_planter_release(&plan);
	ks_credentials_release(&key);
	return rc;
}

static int go_on(const struct ks_workbench *bench, const struct ks_planter_request *request,
	struct ks_minting *minting, struct ks_planter_plan *out, bool *out_is_placed, struct ks_err *err)
{
	struct ks_liveuser live = ks_workbench_live(bench);

	if (make_user(bench, minting, err) != 0)
		return -1;
	if (minting->stage < KS_MINTING_USER &&
		ks_workbench_save(bench, minting, KS_MINTING_PLANT, KS_MINTING_USER, err) != 0)
		return -1;
	if (minting->stage < KS_MINTING_POLICY &&
		((minting->policy.n > 0 && ks_liveuser_allow(&live, minting, err) != 0) ||
			ks_workbench_save(bench, minting, KS_MINTING_PLANT, KS_MINTING_POLICY, err) != 0))
		return -1;
	if (look_at_rows(bench, minting, out_is_placed, err) != 0)
		return -1;
	if (*out_is_placed)
		return ks_lifecycle_settle(bench, minting, err);
	return place(bench, request, minting, out, err);
}

static int go_on_or_fail(const struct ks_workbench *bench, const struct ks_planter_request *request,
	struct ks_minting *minting, struct ks_planter_plan *out, bool *out_is_placed, struct ks_err *err)
{
	if (go_on(bench, request, minting, out, out_is_placed, err) != 0)
		return ks_workbench_fail(bench, minting, err);
	if (!*out_is_placed && out->decoy.form != KS_PLACEMENT_PRINTED)
		return ks_lifecycle_settle(bench, minting, err);
	return 0;
}

int ks_lifecycle_plant(const struct ks_workbench *bench, const struct ks_planter_request *request,
	struct ks_minting *minting, struct ks_planter_plan *out, struct ks_err *err)
{
	struct ks_err ignored = { 0 };
	bool is_placed;

	minting->goal = KS_MINTING_PLANT;
	minting->stage = KS_MINTING_START;
	minting->created_ms = minting->changed_ms = ks_ctx_now(bench->ctx);
	if (ks_minting_add(bench->db, bench->seat, bench->arena, minting, err) != 0)
		return -1;
	if (go_on_or_fail(bench, request, minting, out, &is_placed, err) == 0)
		return 0;
	/* Refused at the first step: nothing is there to finish or to take back. */
	if (minting->is_untouched && ks_minting_forget(bench->db, minting->id, &ignored) == 0)
		minting->id = 0;
	return -1;
}

int ks_lifecycle_resume(const struct ks_workbench *bench, const struct ks_planter_request *request,
	struct ks_minting *minting, struct ks_planter_plan *out, bool *out_is_placed, struct ks_err *err)
{
	if (minting->goal != KS_MINTING_PLANT)
		return ks_err_set(err, KS_ERR_STATE, "nothing of '" KS_STR_FMT "' is left to plant",
			KS_STR_ARG(minting->name));
	if (ks_minting_claim(bench->db, bench->seat, minting, err) != 0)
		return -1;
	return go_on_or_fail(bench, request, minting, out, out_is_placed, err);
}

int ks_lifecycle_settle(const struct ks_workbench *bench, struct ks_minting *minting, struct ks_err *err)
{
	minting->trouble = KS_STR("");
	if (ks_workbench_save(bench, minting, KS_MINTING_SETTLED, KS_MINTING_PLACED, err) != 0)
		return -1;
	return ks_minting_let_go(bench->db, minting, err);
}

/* Whether a key may have been asked for that no row tells of: the row is there as soon as a key is. */
static int may_have_lost(const struct ks_workbench *bench, const struct ks_minting *minting, bool *out,
	struct ks_err *err)
{
	struct ks_vec rows = KS_VEC_OF(struct ks_decoy);
	int rc = ks_workbench_rows(bench, minting->id, &rows, err);
	size_t n = 0;

	for (size_t i = 0; i < rows.n; i++)
		n += KS_VEC_AT(&rows, struct ks_decoy, i)->state != KS_DECOY_RETIRED;
	/* A rotation has the old one's row, too. */
	*out = (minting->goal == KS_MINTING_PLANT && n == 0) || (minting->goal == KS_MINTING_ROTATE && n < 2 &&
		minting->stage != KS_MINTING_PLACED);
	ks_vec_release(&rows);
	return rc;
}

int ks_lifecycle_begin_retire(const struct ks_workbench *bench, struct ks_minting *minting,
	struct ks_err *err)
{
	struct ks_liveuser live = ks_workbench_live(bench);
	bool is_there, has_lost;

	if (ks_minting_claim(bench->db, bench->seat, minting, err) != 0)
		return -1;
	if (ks_liveuser_find(&live, minting, bench->arena, &is_there, err) != 0 ||
		may_have_lost(bench, minting, &has_lost, err) != 0)
		return ks_workbench_fail(bench, minting, err);
	/* Only while a key may have been asked for is an unknown one surely ours. */
	if (is_there && has_lost && ks_workbench_drop_lost(bench, minting, err) != 0)
		return ks_workbench_fail(bench, minting, err);
	if (minting->goal == KS_MINTING_RETIRE)
		return 0;
	return ks_workbench_save(bench, minting, KS_MINTING_RETIRE, KS_MINTING_START, err);
}

static int drop_all(const struct ks_workbench *bench, struct ks_minting *minting, const struct ks_vec *rows,
	struct ks_err *err)
{
	struct ks_liveuser live = ks_workbench_live(bench);
	bool is_there = false;

	/* A user that was asked for a moment ago may not show yet. */
	if (ks_liveuser_await(&live, minting, bench->arena, &is_there, err) != 0)
		return -1;
	if (!is_there)
		return 0;
	for (size_t i = 0; i < rows->n; i++)
		if (ks_liveuser_drop_key(&live, minting,
			ks_arena_strdup(bench->arena, KS_VEC_AT(rows, struct ks_decoy, i)->key_id), err) != 0)
			return -1;
	if (!minting->is_user_made)
		return 0;
	/* The rest goes by name: once more, whose it is. */
	if (ks_liveuser_find(&live, minting, bench->arena, &is_there, err) != 0)
		return -1;
	if (!is_there)
		return 0;
	if (minting->policy.n > 0 && ks_liveuser_drop_policy(&live, minting, err) != 0)
		return -1;
	return ks_liveuser_drop_user(&live, minting, err);
}

int ks_lifecycle_remove(const struct ks_workbench *bench, struct ks_minting *minting, struct ks_err *err)
{
	struct ks_vec rows = KS_VEC_OF(struct ks_decoy);
	int rc = ks_workbench_rows(bench, minting->id, &rows, err);

	if (rc == 0)
		rc = ks_workbench_save(bench, minting, KS_MINTING_RETIRE, KS_MINTING_PLACED, err);
	if (rc == 0)
		rc = drop_all(bench, minting, &rows, err);
	if (rc != 0)
		ks_workbench_fail(bench, minting, err);
	else if (rows.n == 0)
		rc = ks_minting_forget(bench->db, minting->id, err);
	else
		rc = ks_workbench_save(bench, minting, KS_MINTING_SETTLED, KS_MINTING_REMOVED, err);
	ks_vec_release(&rows);
	return rc;
}
