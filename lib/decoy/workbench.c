/* Small moves of planting, rotating and retiring. */
#include "lib/decoy/workbench.h"

#include "lib/decoy/trace.h"

struct ks_liveuser ks_workbench_live(const struct ks_workbench *bench)
{
	return (struct ks_liveuser){ bench->ctx, bench->client, bench->pause_ms };
}

int ks_workbench_save(const struct ks_workbench *bench, struct ks_minting *minting,
	enum ks_minting_goal goal,
	enum ks_minting_stage stage, struct ks_err *err)
{
	minting->goal = goal;
	minting->stage = stage;
	return ks_minting_save(bench->db, minting, ks_ctx_now(bench->ctx), err);
}

int ks_workbench_fail(const struct ks_workbench *bench, struct ks_minting *minting, const struct ks_err *err)
{
	struct ks_err ignored = { 0 };

	minting->trouble = ks_str_of(err->message);
	if (ks_minting_save(bench->db, minting, ks_ctx_now(bench->ctx), &ignored) == 0)
		ks_minting_let_go(bench->db, minting, &ignored);
	minting->trouble = KS_STR("");
	return -1;
}

int ks_workbench_rows(const struct ks_workbench *bench, int64_t minting, struct ks_vec *out,
	struct ks_err *err)
{
	struct ks_vec all = KS_VEC_OF(struct ks_decoy);
	int rc = ks_registry_list(bench->db, bench->arena, &all, err);

	for (size_t i = 0; rc == 0 && i < all.n; i++)
		if (KS_VEC_AT(&all, struct ks_decoy, i)->minting == minting)
			*(struct ks_decoy *)ks_vec_push(out) = *KS_VEC_AT(&all, struct ks_decoy, i);
	ks_vec_release(&all);
	return rc;
}

/* Key ids of all decoys of a minting. */
static int list_known(const struct ks_workbench *bench, int64_t minting, struct ks_vec *out,
	struct ks_err *err)
{
	struct ks_vec rows = KS_VEC_OF(struct ks_decoy);
	int rc = ks_workbench_rows(bench, minting, &rows, err);

	for (size_t i = 0; rc == 0 && i < rows.n; i++)
		*(struct ks_str *)ks_vec_push(out) = KS_VEC_AT(&rows, struct ks_decoy, i)->key_id;
	ks_vec_release(&rows);
	return rc;
}

int ks_workbench_drop_lost(const struct ks_workbench *bench, struct ks_minting *minting, struct ks_err *err)
{
	struct ks_liveuser live = ks_workbench_live(bench);
	struct ks_vec known = KS_VEC_OF(struct ks_str);
	int rc = list_known(bench, minting->id, &known, err);

	if (rc == 0)
		rc = ks_liveuser_drop_lost(&live, minting, &known, err);
	ks_vec_release(&known);
	return rc;
}

int ks_workbench_make_key(const struct ks_workbench *bench, struct ks_minting *minting,
	struct ks_credentials *out, struct ks_err *err)
{
	struct ks_liveuser live = ks_workbench_live(bench);
	struct ks_vec known = KS_VEC_OF(struct ks_str);
	int rc = list_known(bench, minting->id, &known, err);

	/* First what an earlier run may have left, which is no younger than its last word; then our own word. */
	if (rc == 0 && ks_liveuser_drop_lost(&live, minting, &known, err) != 0) {
		rc = err->code == KS_ERR_NOTFOUND ? 0 : -1;
		if (rc == 0)
			*err = (struct ks_err){ 0 };
	}
	if (rc == 0)
		rc = ks_workbench_save(bench, minting, minting->goal, minting->stage, err);
	if (rc == 0)
		rc = ks_liveuser_make_key(&live, minting, &known, out, err);
	ks_vec_release(&known);
	return rc;
}

int ks_workbench_trace(const struct ks_workbench *bench, const struct ks_decoy *decoy, bool *out_is_there,
	bool *out_is_gone, struct ks_err *err)
{
	struct ks_trace trace = { .has_file = false };

	if (ks_trace_find(bench->db, decoy, &trace, err) != 0)
		return -1;
	*out_is_there = trace.state == KS_TRACE_UNCHANGED || trace.state == KS_TRACE_MOVED;
	*out_is_gone = trace.state == KS_TRACE_GONE;
	ks_trace_release(&trace);
	return 0;
}
