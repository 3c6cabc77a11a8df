/*
 * decoy check, as far as AWS has to be asked; also what import wants to know of a user before it takes
 * its key.
 */
#ifndef KS_CMD_DECOY_CHECK_AWS_H
#define KS_CMD_DECOY_CHECK_AWS_H

#include "cmd/keysnare/aws_session.h"
#include "cmd/keysnare/decoy_view.h"
#include "lib/decoy/neighbors.h"

struct ks_decoy_check_aws {
	const struct ks_app *app;
	struct ks_db *db;                /* for events of the key; may be NULL */
	struct ks_aws_sessions *sessions;
	const struct ks_neighbors *neighbors; /* keys of the same user may be decoys too */
	const struct ks_decoy *decoy;
	struct ks_arena *arena;
	struct ks_vec *tells;            /* struct ks_fingerprint_tell */
};

/* Adds what is to be said; returns the state of the key: "active", "inactive", "gone", or "not asked" when
 * AWS could not be asked, which is then said. */
const char *ks_decoy_check_aws(const struct ks_decoy_check_aws *check);

/* Whose key it is: sets user_name, user_id and user_arn of decoy, texts in arena. Errors: GUARD when the
 * user has other keys. */
int ks_decoy_check_aws_owner(struct ks_client *client, struct ks_decoy *decoy, struct ks_arena *arena,
	struct ks_err *err);

#endif
