/*
 * A live decoy's life, in an order that fails safe: planted, and taken away (rotation.h: given a new
 * key). Each step is written down before it is taken (minting.h), so that after a crash or an unanswered
 * call at any point finish completes what was begun, or retire removes it.
 *
 *   plant:   intent, user, rights, key, its row, the bait
 *   retire:  intent, the bait, the keys, the rights, the user: only what was made for the decoy
 */
#ifndef KS_DECOY_LIFECYCLE_H
#define KS_DECOY_LIFECYCLE_H

#include "lib/decoy/planter.h"
#include "lib/decoy/workbench.h"

/* Plants a live decoy. request as for ks_planter_plan, is_live; minting has account, region, user_name,
 * is_user_made (else user_id, user_arn, keys_before), rights, policy, label, bait, template_path, path
 * and the name that the decoy would like to have; it is written to the store before anything else. What
 * is printed is for the caller to print from out->text; then ks_lifecycle_settle. After an error
 * minting->id is 0 when AWS made nothing and nothing is left to finish. */
int ks_lifecycle_plant(const struct ks_workbench *bench, const struct ks_planter_request *request,
	struct ks_minting *minting, struct ks_planter_plan *out, struct ks_err *err);

/* Goes on with a plant that was interrupted. *out_is_placed: its bait was in place, out is empty. */
int ks_lifecycle_resume(const struct ks_workbench *bench, const struct ks_planter_request *request,
	struct ks_minting *minting, struct ks_planter_plan *out, bool *out_is_placed, struct ks_err *err);

/* Nothing is under way any more, and what was made stays. */
int ks_lifecycle_settle(const struct ks_workbench *bench, struct ks_minting *minting, struct ks_err *err);

/* Before the bait is taken away; then everything that was made in AWS goes, and the row of a plant that was
 * never finished. */
int ks_lifecycle_begin_retire(const struct ks_workbench *bench, struct ks_minting *minting,
	struct ks_err *err);
int ks_lifecycle_remove(const struct ks_workbench *bench, struct ks_minting *minting, struct ks_err *err);

#endif
