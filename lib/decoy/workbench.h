/*
 * What the steps of a decoy's life share: the store, the account, and small moves that each is made of.
 */
#ifndef KS_DECOY_WORKBENCH_H
#define KS_DECOY_WORKBENCH_H

#include "lib/decoy/liveuser.h"
#include "lib/decoy/registry.h"

struct ks_workbench {
	const struct ks_ctx *ctx;
	struct ks_db *db;
	struct ks_seat *seat;
	struct ks_client *client;        /* of the decoy's account; NULL for an offline one */
	struct ks_arena *arena;          /* keeps what is learned; outlives every minting and decoy handed in */
	int64_t pause_ms;                /* between looks at what IAM may not show yet */
};

struct ks_liveuser ks_workbench_live(const struct ks_workbench *bench);

/* Writes down how far a minting has come. */
int ks_workbench_save(const struct ks_workbench *bench, struct ks_minting *minting,
	enum ks_minting_goal goal, enum ks_minting_stage stage, struct ks_err *err);

/* Writes down why it stopped, and leaves it for another run. Returns -1. */
int ks_workbench_fail(const struct ks_workbench *bench, struct ks_minting *minting,
	const struct ks_err *err);

/* The decoys of a minting, pushed to out (struct ks_decoy), oldest first. */
int ks_workbench_rows(const struct ks_workbench *bench, int64_t minting, struct ks_vec *out,
	struct ks_err *err);

/* Keys of the minting's user that nobody knows: one that an earlier call made, whose secret never arrived,
 * is deleted. */
int ks_workbench_drop_lost(const struct ks_workbench *bench, struct ks_minting *minting,
	struct ks_err *err);
int ks_workbench_make_key(const struct ks_workbench *bench, struct ks_minting *minting,
	struct ks_credentials *out, struct ks_err *err);

/* Whether the bait of a decoy is in its place as it was written, and whether there is nothing of it. */
int ks_workbench_trace(const struct ks_workbench *bench, const struct ks_decoy *decoy, bool *out_is_there,
	bool *out_is_gone, struct ks_err *err);

#endif
