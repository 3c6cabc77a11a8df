/*
 * One AWS account, opened for a command: with the keys of the chain, or with the role that the config
 * gives for it.
 */
#ifndef KS_CMD_AWS_SESSION_H
#define KS_CMD_AWS_SESSION_H

#include "cmd/keysnare/command.h"
#include "lib/aws/account.h"
#include "lib/incident/owncall.h"

struct ks_aws_session {
	struct ks_settings settings;
	struct ks_owncall *owncall;  /* remembers what is asked with them */
	struct ks_client *client;
	struct ks_account_self self;
	struct ks_str account;       /* twelve digits */
	struct ks_arena arena;       /* owns the texts */
};

/* account: NULL for the only one of the config or, without a config, that of the chain's own keys.
 * region: where no setting names one; may be NULL. session is to be released in any case. Errors: GUARD
 * (the config does not have the account, or the keys are of another one); those of the credential chain. */
int ks_aws_session_open(const struct ks_app *app, const char *account, const char *region,
	struct ks_aws_session *out, struct ks_err *err);
void ks_aws_session_close(struct ks_aws_session *session);

/* The sessions of a run over several decoys: each account is opened once. */
struct ks_aws_sessions {
	const struct ks_app *app;
	struct ks_vec opened;        /* struct ks_aws_session * */
	struct ks_vec failed;        /* struct ks_err, with the account it is of */
};
void ks_aws_session_init_all(struct ks_aws_sessions *all, const struct ks_app *app);
void ks_aws_session_close_all(struct ks_aws_sessions *all);
/* Borrowed. region: as above; may be empty. An account that could not be opened gives the same error
 * again; without a config, so do all others once the chain of keys has none. */
int ks_aws_session_get(struct ks_aws_sessions *all, struct ks_str account, struct ks_str region,
	struct ks_aws_session **out, struct ks_err *err);

#endif
