/* The order of things when a decoy gets a new key. */
#include "lib/decoy/rotation.h"

#include "lib/base/file.h"
#include "lib/base/limits.h"
#include "lib/decoy/minter.h"
#include "lib/decoy/smtp.h"
#include "lib/decoy/spots.h"
#include "lib/decoy/trace.h"

#include <string.h>

/* A place under change: what stands there, and what is to stand there. */
struct swap {
	const struct ks_decoy *old;
	struct ks_trace trace;
	struct ks_vec spots;             /* struct ks_spot */
	struct ks_buf bytes;             /* the new bait */
};

static void release(struct swap *swap)
{
	ks_trace_release(&swap->trace);
	ks_vec_release(&swap->spots);
	ks_buf_wipe(&swap->bytes);
}

static struct ks_str old_bytes(const struct swap *swap)
{
	return ks_str_sub(ks_buf_str(&swap->trace.text), swap->trace.offset, (size_t)swap->old->written_size);
}

/* Looks at the place; touches nothing. */
static int look(const struct ks_workbench *bench, struct swap *swap, struct ks_err *err)
{
	bool has_key = false, has_secret = false;

	if (ks_trace_find(bench->db, swap->old, &swap->trace, err) != 0)
		return -1;
	if (swap->trace.state != KS_TRACE_UNCHANGED && swap->trace.state != KS_TRACE_MOVED)
		return ks_err_set(err, KS_ERR_CONFLICT, "the bait in '%s' is %s, not as it was planted: retire it "
			"and plant another", swap->old->placement.p, ks_trace_state_name(swap->trace.state));
	if (ks_spots_find(bench->db, swap->old, old_bytes(swap), &swap->spots, err) != 0)
		return -1;
	for (size_t i = 0; i < swap->spots.n; i++) {
		bool is_key = KS_VEC_AT(&swap->spots, struct ks_spot, i)->what == KS_SPOTS_KEY_ID;

		has_key |= is_key;
		has_secret |= !is_key;
	}
	if (!has_key || !has_secret)
		return ks_err_set(err, KS_ERR_UNSUPPORTED, "the bait in '%s' has its key in a way that cannot be "
			"replaced: retire it and plant another", swap->old->placement.p);
	return 0;
}

/* "web01-2" took the place of "web01", and "web01-3" will. */
static struct ks_str base_name(const struct ks_decoy *old)
{
	struct ks_str name = old->name;
	size_t n = name.n;

	while (n > 0 && name.p[n - 1] >= '0' && name.p[n - 1] <= '9')
		n--;
	return old->replaces.n > 0 && n > 1 && n < name.n && name.p[n - 1] == '-' ? ks_str_sub(name, 0, n - 1) :
		name;
}

/* The row of the new one. */
static int describe(const struct ks_workbench *bench, const struct ks_rotation *rotation,
	const struct ks_credentials *key, struct swap *swap, struct ks_decoy *out, struct ks_err *err)
{
	const struct ks_decoy *old = rotation->old;
	struct ks_secret smtp = { NULL, 0 };
	struct ks_str values[KS_SPOTS_WHATS];
	struct ks_decoy row = *old;
	int rc = -1;

	ks_smtp_password(&key->secret, old->region, &smtp);
	values[KS_SPOTS_KEY_ID] = ks_str_of(key->key_id);
	values[KS_SPOTS_SECRET] = ks_secret_reveal(&key->secret);
	values[KS_SPOTS_SMTP] = ks_secret_reveal(&smtp);
	ks_spots_swap(&swap->spots, old_bytes(swap), values, &swap->bytes);
	row.key_id = ks_arena_copy(bench->arena, values[KS_SPOTS_KEY_ID]);
	row.name = base_name(old);
	row.replaces = old->key_id;
	row.state = KS_DECOY_PLANNED;
	row.written_offset = (int64_t)swap->trace.offset;
	row.written_size = (int64_t)swap->bytes.n;
	row.created_ms = row.changed_ms = ks_ctx_now(bench->ctx);
	if (ks_registry_hash(bench->db, values[KS_SPOTS_SECRET], row.secret_hash, err) == 0 &&
		ks_registry_hash(bench->db, values[KS_SPOTS_SMTP], row.smtp_hash, err) == 0 &&
		ks_registry_hash(bench->db, ks_buf_str(&swap->bytes), row.written_hash, err) == 0) {
		*out = row;
		rc = 0;
	}
	ks_secret_release(&smtp);
	return rc;
}

/* Puts the new bytes where the old ones were, if the file is still what was looked at. */
static int put(const struct swap *swap, struct ks_err *err)
{
	struct ks_str text = ks_buf_str(&swap->trace.text);
	const char *path = swap->old->placement.p;
	struct ks_buf now, whole;
	int rc = -1;

	ks_buf_init(&now, 8 * KS_LIMIT_BAIT);
	ks_buf_init(&whole, 9 * KS_LIMIT_BAIT);
	if (ks_file_load(path, &now, err) != 0)
		goto out;
	if (!ks_str_is_equal(ks_buf_str(&now), text)) {
		ks_err_set(err, KS_ERR_CONFLICT, "'%s' has just changed, try again", path);
		goto out;
	}
	ks_buf_reserve(&whole, text.n + swap->bytes.n);
	ks_buf_add(&whole, ks_str_sub(text, 0, swap->trace.offset));
	ks_buf_add(&whole, ks_buf_str(&swap->bytes));
	ks_buf_add(&whole, ks_str_sub(text, swap->trace.offset + (size_t)swap->old->written_size, text.n));
	rc = ks_file_replace(path, ks_buf_str(&whole), err);
out:
	ks_buf_wipe(&now);
	ks_buf_wipe(&whole);
	return rc;
}

/* A key that AWS has never heard of. */
static int make_offline(const struct ks_workbench *bench, const struct ks_decoy *old,
	struct ks_credentials *out, struct ks_err *err)
{
	char id[KS_KEYID_SIZE + 1];

	if (ks_minter_key_id(bench->ctx, old->account, id, err) != 0 ||
		ks_minter_secret(bench->ctx, &out->secret, err) != 0)
		return -1;
	memcpy(out->key_id, id, sizeof(id));
	return 0;
}

/* The user has our key and no other that somebody else made: then the call below is the only one that
 * can make one. */
static int check_keys(const struct ks_workbench *bench, struct ks_minting *minting, struct ks_err *err)
{
	struct ks_liveuser live = ks_workbench_live(bench);
	struct ks_vec rows = KS_VEC_OF(struct ks_decoy), known = KS_VEC_OF(struct ks_str),
		strange = KS_VEC_OF(struct ks_iam_key);
	bool is_there = false;
	int rc = ks_liveuser_find(&live, minting, bench->arena, &is_there, err);

	if (rc == 0 && !is_there)
		rc = ks_err_set(err, KS_ERR_NOTFOUND, "there is no user '" KS_STR_FMT "' in account " KS_STR_FMT
			" any more", KS_STR_ARG(minting->user_name), KS_STR_ARG(minting->account));
	if (rc == 0)
		rc = ks_workbench_rows(bench, minting->id, &rows, err);
	for (size_t i = 0; i < rows.n; i++)
		*(struct ks_str *)ks_vec_push(&known) = KS_VEC_AT(&rows, struct ks_decoy, i)->key_id;
	if (rc == 0)
		rc = ks_liveuser_strange_keys(&live, minting, &known, bench->arena, &strange, err);
	if (rc == 0 && strange.n > 0)
		rc = ks_err_set(err, KS_ERR_CONFLICT, "the user '" KS_STR_FMT "' has the key " KS_STR_FMT
			", which keysnare did not make: look who did", KS_STR_ARG(minting->user_name),
			KS_STR_ARG(KS_VEC_AT(&strange, struct ks_iam_key, 0)->id));
	ks_vec_release(&rows);
	ks_vec_release(&known);
	ks_vec_release(&strange);
	return rc;
}

static int begin(const struct ks_workbench *bench, const struct ks_rotation *rotation, struct ks_err *err)
{
	struct ks_minting *minting = rotation->minting;

	if (minting == NULL)
		return 0;
	if (ks_minting_claim(bench->db, bench->seat, minting, err) != 0)
		return -1;
	if (minting->goal != KS_MINTING_SETTLED || minting->stage != KS_MINTING_PLACED)
		return ks_err_set(err, KS_ERR_STATE, "something else is under way with '" KS_STR_FMT "' (%s), "
			"finish that first", KS_STR_ARG(minting->name), ks_minting_goal_name(minting->goal));
	if (check_keys(bench, minting, err) != 0)
		return -1;
	minting->keeps_old = rotation->keeps_old;
	minting->trouble = KS_STR("");
	return ks_workbench_save(bench, minting, KS_MINTING_ROTATE, KS_MINTING_START, err);
}

static int make_key(const struct ks_workbench *bench, const struct ks_rotation *rotation,
	struct ks_credentials *out, struct ks_err *err)
{
	return rotation->minting != NULL ? ks_workbench_make_key(bench, rotation->minting, out, err) :
		make_offline(bench, rotation->old, out, err);
}

static int reach(const struct ks_workbench *bench, const struct ks_rotation *rotation,
	enum ks_minting_stage stage, struct ks_err *err)
{
	return rotation->minting == NULL ? 0 :
		ks_workbench_save(bench, rotation->minting, KS_MINTING_ROTATE, stage, err);
}

static int fail(const struct ks_workbench *bench, const struct ks_rotation *rotation,
	const struct ks_err *err)
{
	if (rotation->minting == NULL)
		return -1;
	/* Refused before anything was begun: there is nothing to finish. */
	if (rotation->minting->goal != KS_MINTING_ROTATE) {
		struct ks_err ignored = { 0 };

		ks_minting_let_go(bench->db, rotation->minting, &ignored);
		return -1;
	}
	return ks_workbench_fail(bench, rotation->minting, err);
}

int ks_rotation_apply(const struct ks_workbench *bench, const struct ks_rotation *rotation,
	struct ks_decoy *out_new, struct ks_err *err)
{
	struct swap swap = { .old = rotation->old, .spots = KS_VEC_OF(struct ks_spot) };
	struct ks_credentials key = { .key_id = "" };
	struct ks_decoy row;
	int rc = -1;

	if (rotation->old->state != KS_DECOY_PLANTED)
		return ks_err_set(err, KS_ERR_STATE, "the decoy '" KS_STR_FMT "' is %s, only one that is planted "
			"gets a new key in its place", KS_STR_ARG(rotation->old->name),
			ks_registry_state_name(rotation->old->state));
	ks_buf_init(&swap.bytes, 4 * KS_LIMIT_BAIT);
	if (look(bench, &swap, err) != 0)
		goto out;
	if (begin(bench, rotation, err) != 0 || make_key(bench, rotation, &key, err) != 0 ||
		reach(bench, rotation, KS_MINTING_KEY, err) != 0 ||
		describe(bench, rotation, &key, &swap, &row, err) != 0 ||
		ks_registry_add(bench->db, bench->arena, &row, err) != 0 || put(&swap, err) != 0) {
		fail(bench, rotation, err);
		goto out;
	}
	rc = ks_rotation_supersede(bench, rotation, &row, err);
	row.state = KS_DECOY_PLANTED;
	if (rc == 0)
		*out_new = row;
out:
	ks_credentials_release(&key);
	release(&swap);
	return rc;
}

int ks_rotation_print(const struct ks_workbench *bench, const struct ks_rotation *rotation,
	const struct ks_planter_request *request, struct ks_planter_plan *out, struct ks_err *err)
{
	struct ks_planter_plan plan = { .placement = { .path = NULL } };
	struct ks_planter_request with_key = *request;
	struct ks_credentials key = { .key_id = "" };
	int rc = -1;

	if (rotation->old->state != KS_DECOY_PRINTED)
		return ks_err_set(err, KS_ERR_STATE, "the decoy '" KS_STR_FMT "' is %s, only one that was printed "
			"can be printed again", KS_STR_ARG(rotation->old->name),
			ks_registry_state_name(rotation->old->state));
	with_key.key = &key;
	if (begin(bench, rotation, err) != 0 || make_key(bench, rotation, &key, err) != 0 ||
		reach(bench, rotation, KS_MINTING_KEY, err) != 0 ||
		ks_planter_plan(bench->ctx, &with_key, &plan, err) != 0)
		goto out;
	plan.decoy.name = base_name(rotation->old);
	plan.decoy.replaces = rotation->old->key_id;
	plan.decoy.kind = rotation->old->kind;
	plan.decoy.minting = rotation->old->minting;
	plan.decoy.user_id = rotation->old->user_id;
	plan.decoy.user_arn = rotation->old->user_arn;
	plan.decoy.rights = rotation->old->rights;
	rc = ks_planter_apply(bench->ctx, bench->db, &plan, err);
	if (rc == 0 && rotation->minting != NULL)
		rc = ks_minting_let_go(bench->db, rotation->minting, err);
out:
	if (rc == 0) {
		*out = plan;
	} else {
		ks_planter_release(&plan);
		fail(bench, rotation, err);
	}
	ks_credentials_release(&key);
	return rc;
}

/* The rows and how far it has come, at once: a row alone would not tell which rotation it is of. */
static int replace(const struct ks_workbench *bench, const struct ks_rotation *rotation,
	const struct ks_decoy *new, struct ks_err *err)
{
	if (rotation->minting != NULL)
		rotation->minting->name = new->name;
	if (ks_db_begin(bench->db, err) != 0)
		return -1;
	if (ks_registry_replace(bench->db, rotation->old, new, ks_ctx_now(bench->ctx), err) != 0 ||
		reach(bench, rotation, KS_MINTING_PLACED, err) != 0) {
		ks_db_rollback(bench->db);
		return -1;
	}
	return ks_db_commit(bench->db, err);
}

int ks_rotation_supersede(const struct ks_workbench *bench, const struct ks_rotation *rotation,
	const struct ks_decoy *new, struct ks_err *err)
{
	struct ks_minting *minting = rotation->minting;
	struct ks_liveuser live = ks_workbench_live(bench);

	if (minting != NULL && ks_minting_claim(bench->db, bench->seat, minting, err) != 0)
		return -1;
	if (replace(bench, rotation, new, err) != 0)
		return fail(bench, rotation, err);
	if (minting == NULL)
		return 0;
	if (!rotation->keeps_old && ks_liveuser_drop_key(&live, minting,
		ks_arena_strdup(bench->arena, rotation->old->key_id), err) != 0)
		return fail(bench, rotation, err);
	minting->trouble = KS_STR("");
	if (ks_workbench_save(bench, minting, KS_MINTING_SETTLED, KS_MINTING_PLACED, err) != 0)
		return -1;
	return ks_minting_let_go(bench->db, minting, err);
}

int ks_rotation_find(const struct ks_workbench *bench, const struct ks_decoy *old, struct ks_decoy *out,
	bool *out_found, struct ks_err *err)
{
	struct ks_vec all = KS_VEC_OF(struct ks_decoy);
	int rc = ks_registry_list(bench->db, bench->arena, &all, err);

	/* Of several that were printed, the last one counts. */
	*out_found = false;
	for (size_t i = 0; rc == 0 && i < all.n; i++) {
		const struct ks_decoy *row = KS_VEC_AT(&all, struct ks_decoy, i);

		if (!ks_str_is_equal(row->replaces, old->key_id) || row->state == KS_DECOY_RETIRED)
			continue;
		*out = *row;
		*out_found = true;
	}
	ks_vec_release(&all);
	return rc;
}

/* The row by its key id; NULL when there is none. */
static const struct ks_decoy *row_of(const struct ks_vec *rows, struct ks_str key_id)
{
	for (size_t i = 0; i < rows->n; i++)
		if (ks_str_is_equal(KS_VEC_AT(rows, struct ks_decoy, i)->key_id, key_id))
			return KS_VEC_AT(rows, struct ks_decoy, i);
	return NULL;
}

int ks_rotation_old(const struct ks_workbench *bench, const struct ks_minting *minting, struct ks_decoy *out,
	struct ks_err *err)
{
	struct ks_vec rows = KS_VEC_OF(struct ks_decoy);
	const struct ks_decoy *old = NULL;
	int rc = ks_workbench_rows(bench, minting->id, &rows, err);

	for (size_t i = 0; rc == 0 && i < rows.n; i++) {
		const struct ks_decoy *row = KS_VEC_AT(&rows, struct ks_decoy, i);
		const struct ks_decoy *before = row->replaces.n > 0 ? row_of(&rows, row->replaces) : NULL;

		/* A new one is planned or printed beside the old one, which is retired once it is in place. */
		if (before != NULL && row->state != KS_DECOY_RETIRED &&
			(before->state != KS_DECOY_RETIRED || minting->stage == KS_MINTING_PLACED))
			old = before;
		else if (row->state == KS_DECOY_PLANTED || row->state == KS_DECOY_PRINTED)
			old = row;
	}
	if (rc == 0 && old == NULL)
		rc = ks_err_set(err, KS_ERR_STATE, "'" KS_STR_FMT "' has no decoy that is in a place",
			KS_STR_ARG(minting->name));
	if (rc == 0)
		*out = *old;
	ks_vec_release(&rows);
	return rc;
}

int ks_rotation_discard(const struct ks_workbench *bench, const struct ks_rotation *rotation,
	const struct ks_decoy *new, struct ks_err *err)
{
	struct ks_liveuser live = ks_workbench_live(bench);

	if (rotation->minting != NULL && (ks_minting_claim(bench->db, bench->seat, rotation->minting,
		err) != 0 ||
		ks_liveuser_drop_key(&live, rotation->minting, ks_arena_strdup(bench->arena, new->key_id),
		err) != 0))
		return fail(bench, rotation, err);
	/* Whoever found the text may use it: the key stays on the watch list. */
	if (ks_registry_move(bench->db, new->id, new->state, KS_DECOY_RETIRED, ks_ctx_now(bench->ctx), err) != 0)
		return fail(bench, rotation, err);
	return rotation->minting == NULL ? 0 :
		ks_workbench_save(bench, rotation->minting, KS_MINTING_SETTLED, KS_MINTING_PLACED, err);
}

/* Nobody has the secret of the new key, and the place still has the old one. */
static int take_back(const struct ks_workbench *bench, const struct ks_rotation *rotation,
	const struct ks_decoy *new, struct ks_err *err)
{
	struct ks_liveuser live = ks_workbench_live(bench);

	if (rotation->minting != NULL && new != NULL && ks_liveuser_drop_key(&live, rotation->minting,
		ks_arena_strdup(bench->arena, new->key_id), err) != 0)
		return fail(bench, rotation, err);
	if (new != NULL && ks_registry_forget(bench->db, new->id, err) != 0)
		return fail(bench, rotation, err);
	if (rotation->minting == NULL)
		return 0;
	/* A new one that has its row is the only key that was asked for. */
	if (new == NULL && ks_workbench_drop_lost(bench, rotation->minting, err) != 0)
		return fail(bench, rotation, err);
	rotation->minting->trouble = KS_STR("");
	return ks_workbench_save(bench, rotation->minting, KS_MINTING_SETTLED, KS_MINTING_PLACED, err);
}

int ks_rotation_recover(const struct ks_workbench *bench, const struct ks_rotation *rotation,
	struct ks_decoy *out_new, struct ks_err *err)
{
	struct ks_minting *minting = rotation->minting;
	bool is_found, is_there, is_gone;
	struct ks_decoy new;

	out_new->id = 0;
	if (minting != NULL && ks_minting_claim(bench->db, bench->seat, minting, err) != 0)
		return -1;
	if (ks_rotation_find(bench, rotation->old, &new, &is_found, err) != 0)
		return -1;
	if (!is_found)
		return minting == NULL || minting->goal == KS_MINTING_ROTATE ?
			take_back(bench, rotation, NULL, err) : 0;
	if (new.state == KS_DECOY_PRINTED && rotation->old->state == KS_DECOY_PRINTED)
		return ks_err_set(err, KS_ERR_STATE, "the new text of '" KS_STR_FMT "' was printed as '" KS_STR_FMT
			"': once it is in its place, 'keysnare decoy rotate " KS_STR_FMT " --placed'; if it is lost, "
			"'keysnare decoy rotate " KS_STR_FMT " --stdout' makes another", KS_STR_ARG(rotation->old->name),
			KS_STR_ARG(new.name), KS_STR_ARG(rotation->old->name), KS_STR_ARG(rotation->old->name));
	if (new.state == KS_DECOY_PLANNED) {
		if (ks_workbench_trace(bench, &new, &is_there, &is_gone, err) != 0)
			return -1;
		if (!is_there && ks_workbench_trace(bench, rotation->old, &is_there, &is_gone, err) == 0 && is_there)
			return take_back(bench, rotation, &new, err);
		if (!is_there)
			return ks_err_set(err, KS_ERR_CONFLICT, "'" KS_STR_FMT "' holds neither the old bait nor the "
				"new one as they were written: retire '" KS_STR_FMT "' and plant another",
				KS_STR_ARG(new.placement), KS_STR_ARG(rotation->old->name));
		new.state = KS_DECOY_PLANNED;
	}
	if (ks_rotation_supersede(bench, rotation, &new, err) != 0)
		return -1;
	new.state = new.form == KS_PLACEMENT_PRINTED ? KS_DECOY_PRINTED : KS_DECOY_PLANTED;
	*out_new = new;
	return 0;
}
