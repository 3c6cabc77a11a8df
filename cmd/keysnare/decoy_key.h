/*
 * The key of a decoy out of its bait, for those who use it on purpose.
 */
#ifndef KS_CMD_DECOY_KEY_H
#define KS_CMD_DECOY_KEY_H

#include "lib/aws/credentials.h"
#include "lib/decoy/registry.h"

/* Errors: STATE (AWS does not know the key, or the bait is in no file here), NOTFOUND (it is not in the
 * bait,
 * or no secret of it is); those of reading the file. */
int ks_decoy_key_take(struct ks_db *db, const struct ks_decoy *decoy, struct ks_credentials *out,
	struct ks_err *err);

#endif
