/*
 * plant, for a live decoy: the account is asked what its users are called, and then the user, its rights and
 * its key are made. The order is lib/decoy/lifecycle's.
 */
#ifndef KS_CMD_PLANT_LIVE_H
#define KS_CMD_PLANT_LIVE_H

#include "cmd/keysnare/aws_session.h"
#include "lib/decoy/lifecycle.h"

struct ks_plant_live {
	struct ks_app *app;
	struct ks_aws_session session;
	struct ks_vec users;             /* struct ks_str: names that the account has */
	struct ks_minting minting;
	struct ks_str rights;
	const char *template_path;       /* of a bait of one's own; NULL for a shipped one */
	bool has_force;
	struct ks_arena arena;
	struct ks_seat *seat;
	struct ks_db *db;
};

/* Opens the account, and looks at the names, the user that was asked for and the rights; makes nothing.
 * Fills in the account and the users of request. Errors: GUARD (the user is there, SES is in use). */
int ks_plant_live_begin(struct ks_plant_live *live, const char *account, struct ks_planter_request *request,
	struct ks_err *err);

/* Whether somebody has the name that was chosen; it is then among the names of the account, so that the next
 * choice is another. */
int ks_plant_live_is_taken(struct ks_plant_live *live, struct ks_str user_name, bool *out,
	struct ks_err *err);

/* Makes it. dry: the plan that was shown, whose user name is taken. out: to print and release. Where it
 * fails with minting.is_untouched, nothing was made and it may be tried again. */
int ks_plant_live_apply(struct ks_plant_live *live, const struct ks_planter_request *request,
	const struct ks_planter_plan *dry, struct ks_planter_plan *out, struct ks_err *err);

/* A printed bait has arrived. */
int ks_plant_live_settle(struct ks_plant_live *live, struct ks_err *err);
void ks_plant_live_end(struct ks_plant_live *live);

/* A workbench on an open store, for an account or, with session NULL, for offline decoys. The seat is to be
 * closed. */
int ks_plant_live_bench(const struct ks_app *app, struct ks_db *db, struct ks_aws_session *session,
	struct ks_arena *arena, struct ks_workbench *out, struct ks_err *err);

#endif
