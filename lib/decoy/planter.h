/*
 * Planting a decoy: mint, render, register, place. A live one's key is made in AWS before (lifecycle.h) and
 * handed in here. The secret lives in the plan and in the
 * bait, nowhere else. Whatever is killed in between, registry and place agree: the row stands as
 * "planned" before the first byte is written and becomes "planted" after the last. A row left over as
 * planned is a decoy like any other for whoever looks for uses; whether its bait is there is for a
 * person to look up.
 */
#ifndef KS_DECOY_PLANTER_H
#define KS_DECOY_PLANTER_H

#include "lib/aws/credentials.h"
#include "lib/base/ctx.h"
#include "lib/decoy/registry.h"

struct ks_planter_request {
	const struct ks_bait *bait;
	struct ks_str account;       /* twelve digits */
	struct ks_str region;
	struct ks_str user_name;     /* empty: one of the bait's own, not yet a section where it goes */
	const struct ks_vec *users;  /* struct ks_str: names to choose one like, see naming.h; may be NULL */
	struct ks_str label;         /* may be empty */
	const char *path;            /* NULL: it is printed */
	bool is_live;
	const struct ks_credentials *key;    /* of a live one; NULL: it is not made yet, as for a dry run */
	bool is_dry_run;             /* the secret and the end of the key id come out as asterisks */
};

struct ks_planter_plan {
	/* as it will be registered; the hashes and the id are not set yet */
	struct ks_decoy decoy;
	struct ks_placement placement;     /* when there is a path */
	struct ks_buf text;                /* when it is printed: the bait; holds the secret */
	struct ks_secret secret, smtp_password;
	struct ks_arena arena;             /* owns the strings */
};

/* Writes nothing anywhere. request must outlive the plan. Errors: USAGE (account, region, user name), as
 * ks_bait_render and ks_placement_plan. */
int ks_planter_plan(const struct ks_ctx *ctx, const struct ks_planter_request *request,
	struct ks_planter_plan *out, struct ks_err *err);
void ks_planter_release(struct ks_planter_plan *plan);

/* Registers the decoy, then places its bait. A printed one is registered as printed, and the caller
 * prints plan->text after that. Sets plan->decoy to what the registry then has. When the placing fails
 * and nothing was written, the row is taken back. Errors: as ks_registry_add and ks_placement_apply. */
int ks_planter_apply(const struct ks_ctx *ctx, struct ks_db *db, struct ks_planter_plan *plan,
	struct ks_err *err);

#endif
