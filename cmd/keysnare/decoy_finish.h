/*
 * Going on with what was interrupted, and giving a decoy a new key: what decoy finish and decoy rotate
 * share.
 */
#ifndef KS_CMD_DECOY_FINISH_H
#define KS_CMD_DECOY_FINISH_H

#include "cmd/keysnare/decoy_retire.h"
#include "lib/decoy/rotation.h"

/* One decoy under work. */
struct ks_decoy_finish {
	const struct ks_app *app;
	struct ks_decoy_view_fleet *fleet;
	struct ks_aws_sessions *sessions;
	struct ks_workbench bench;
	struct ks_minting *minting;      /* NULL: an offline decoy */
};

/* Opens the decoy's account. work->minting is set; end it in any case. */
int ks_decoy_finish_begin(struct ks_decoy_finish *work, struct ks_err *err);
void ks_decoy_finish_end(struct ks_decoy_finish *work);

/* Loads the bait that a decoy was made from: the shipped one of that name, or the file. */
int ks_decoy_finish_bait(const struct ks_app *app, struct ks_str name, struct ks_str template_path,
	struct ks_bait *out, struct ks_err *err);

/* Recovers what a rotation left and, where it was taken back, gives the new key; prints. */
int ks_decoy_finish_rotation(struct ks_decoy_finish *work, const struct ks_rotation *rotation,
	struct ks_err *err);

/* One line on what took whose place. */
void ks_decoy_finish_print(const struct ks_decoy_finish *work, const struct ks_rotation *rotation,
	const struct ks_decoy *new);

#endif
