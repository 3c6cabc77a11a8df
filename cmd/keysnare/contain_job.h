/*
 * What keysnare contain works on: the key, whose it is, and the plan. Nothing here asks anybody or sends
 * anything that changes something.
 */
#ifndef KS_CMD_CONTAIN_JOB_H
#define KS_CMD_CONTAIN_JOB_H

#include "cmd/keysnare/command.h"

#include "lib/aws/settings.h"
#include "lib/incident/owncall.h"
#include "lib/respond/byhand.h"
#include "lib/respond/mandate.h"
#include "lib/respond/plan.h"

struct ks_contain_job {
	struct ks_app *app;
	struct ks_str key_id;
	struct ks_policyset policies;
	const struct ks_policy *policy;          /* by hand: the steps, or the policy's */
	struct ks_settings settings;
	struct ks_owncall *owncall;              /* remembers what is asked with them */
	struct ks_mandate mandate;
	struct ks_buf who;
	struct ks_db *db;
	const struct ks_account *account;
	struct ks_client *client;
	struct ks_account_self self;
	struct ks_byhand_key key;
	int64_t incident;                        /* the key's, or the number that its own will get … */
	bool is_new;                             /* … when it is opened */
	bool is_acting;                          /* --apply */
	struct ks_facts facts;
	struct ks_survey survey;                 /* facts point to it */
	struct ks_guard_world world;
	struct ks_plan plan;
	struct ks_arena arena;
};

/* Reads the command line and the config, asks AWS, and makes the plan. Release it in any case. Errors:
 * USAGE, CONFIG, GUARD (an account that is not the config's; a decoy without --force), what opening the
 * account meets, what AWS says of the key. */
int ks_contain_job_make(struct ks_contain_job *job, struct ks_app *app, const struct ks_opt_args *args,
	struct ks_err *err);
void ks_contain_job_release(struct ks_contain_job *job);

/* The incident (opened where there was none), what AWS said, the plan and its approval, in one transaction.
 * Errors: the store's; CONFLICT (meanwhile another incident got the number that the plan was made for). */
int ks_contain_job_store(struct ks_contain_job *job, struct ks_str reason, int64_t *out_plan,
	struct ks_err *err);

#endif
