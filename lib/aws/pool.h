/*
 * Accounts that stay open, for a program that acts often: who we are in each was asked once, and the
 * connections to it are there. One is opened anew when it is too old, when its keys were refused, or when
 * the chain has others by now; whoever still works with the earlier one keeps it until he gives it back.
 * For one thread.
 */
#ifndef KS_AWS_POOL_H
#define KS_AWS_POOL_H

#include "lib/aws/account.h"

#define KS_POOL_KEPT_MS (INT64_C(10) * 60 * 1000)    /* a role's keys are good for an hour */

struct ks_pool;

/* settings are borrowed: those of all accounts. */
struct ks_pool *ks_pool_new(struct ks_settings *settings);
void ks_pool_free(struct ks_pool *pool);       /* when all is given back; NULL is fine */

/* An account that is open; both live until it is given back. */
struct ks_pool_lease {
	struct ks_client *client;
	const struct ks_account_self *self;
	struct ks_pool_entry *entry;
};

/* Without a pool (NULL) it is opened with these settings for this lease alone. Errors: as of
 * ks_account_open. */
int ks_pool_take(struct ks_pool *pool, struct ks_settings *settings, const struct ks_account *account,
	struct ks_pool_lease *out, struct ks_err *err);
/* After an account did not open: whether that is news, since it was open, or nobody has asked this before.
 * Without a pool it always is. */
bool ks_pool_is_news(struct ks_pool *pool, struct ks_str account);
void ks_pool_give(struct ks_pool *pool, struct ks_pool_lease *lease);  /* zeroed is fine */

#endif
