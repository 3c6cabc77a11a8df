/*
 * Retiring decoys, also as the end of a retire that was interrupted.
 */
#ifndef KS_CMD_DECOY_RETIRE_H
#define KS_CMD_DECOY_RETIRE_H

#include "cmd/keysnare/aws_session.h"
#include "cmd/keysnare/decoy_view.h"

/* How decoys are retired. */
struct ks_decoy_retire {
	const struct ks_app *app;
	struct ks_decoy_view_fleet *fleet;
	struct ks_aws_sessions *sessions;
	bool is_dry_run, has_keep_file, has_keep_user;
};

/* Each prints what it did. The second: of a plant that did not come as far as a key. */
int ks_decoy_retire_one(const struct ks_decoy_retire *request, struct ks_decoy *decoy, struct ks_err *err);
int ks_decoy_retire_unfinished(const struct ks_decoy_retire *request, struct ks_minting *minting,
	struct ks_err *err);

#endif
