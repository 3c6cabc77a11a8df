/*
 * The switches of Amazon SES, API versions 1 (2010-12-01) and 2 (2019-09-27). All of it is per Region.
 * Errors are those of ks_client_call. AWS takes one call a second of an account and Region, for each
 * API: the caller spaces them.
 */
#ifndef KS_AWS_SES_H
#define KS_AWS_SES_H

#include "lib/aws/client.h"
#include "lib/base/vec.h"

/* Whether the account may send in that Region, by version 1. */
int ks_ses_get_sending(struct ks_client *client, const char *region, bool *out, struct ks_err *err);
int ks_ses_update_sending(struct ks_client *client, const char *region, bool is_enabled, struct ks_err *err);
int ks_ses_update_set_sending(struct ks_client *client, const char *region, const char *set, bool is_enabled,
	struct ks_err *err);

/* What version 2 says of the account in a Region. A quota of 200 a day is the sandbox's. */
struct ks_ses_account {
	bool is_sending;
	bool is_production;
	double daily_quota;
	double sent_today;
};

int ks_ses_get_account(struct ks_client *client, const char *region, struct ks_ses_account *out,
	struct ks_err *err);
int ks_ses_put_account_sending(struct ks_client *client, const char *region, bool is_enabled,
	struct ks_err *err);

/* Configuration sets by version 2: their names (struct ks_str), and the switch of one. */
int ks_ses_list_sets(struct ks_client *client, const char *region, struct ks_arena *arena,
	struct ks_vec *out, struct ks_err *err);
int ks_ses_get_set_sending(struct ks_client *client, const char *region, const char *set, bool *out,
	struct ks_err *err);
int ks_ses_put_set_sending(struct ks_client *client, const char *region, const char *set, bool is_enabled,
	struct ks_err *err);

/* Senders by version 2: their names (struct ks_str), one as AWS's JSON text (evidence), and its end. */
int ks_ses_list_identities(struct ks_client *client, const char *region, struct ks_arena *arena,
	struct ks_vec *out, struct ks_err *err);
int ks_ses_get_identity(struct ks_client *client, const char *region, const char *identity,
	struct ks_arena *arena, struct ks_str *out, struct ks_err *err);
int ks_ses_delete_identity(struct ks_client *client, const char *region, const char *identity,
	struct ks_err *err);

#endif
