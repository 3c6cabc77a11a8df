/*
 * The accounts that keysnare may act in, and how it gets into each: with the keys of the chain, or with a
 * role that these may assume. Nothing is ever sent to an account that is not in the list, and no client is
 * handed out before STS has said that its keys are of the account that was asked for.
 */
#ifndef KS_AWS_ACCOUNT_H
#define KS_AWS_ACCOUNT_H

#include "lib/aws/client.h"
#include "lib/aws/sts.h"

/* Name of the sessions: it says nothing to a thief who reads the trail. */
#define KS_ACCOUNT_SESSION "ops-automation"

struct ks_account {
	struct ks_str id;            /* twelve digits */
	struct ks_str name;          /* what people call it; may be empty */
	struct ks_str role;          /* ARN; empty: the keys of the chain are the account's own */
	struct ks_str external_id;   /* empty: none */
	const struct ks_str *regions;    /* where decoys are made and SES is looked after … */
	size_t region_count;         /* … 0: wherever SES is */
};

/* Who we are in an account: what a guard must never let us act on. */
struct ks_account_self {
	struct ks_sts_identity base;     /* whose keys the chain has */
	struct ks_sts_identity acting;   /* the same, or the role's session */
	struct ks_str base_key;          /* ids of the keys that sign */
	struct ks_str acting_key;
};

/* NULL when it is not in the list. */
const struct ks_account *ks_account_find(const struct ks_account *accounts, size_t n, struct ks_str id);

/* Where STS is asked for the account: the Region of the settings, unless the role is of another partition.
 * May live in arena; never NULL. */
const char *ks_account_region(const struct ks_settings *settings, const struct ks_account *account,
	struct ks_arena *arena);

/* Tells the witness of the settings, where there is one, whose the client's keys are. ks_account_open does
 * so itself. */
void ks_account_tell(const struct ks_settings *settings, const struct ks_client *client,
	const struct ks_sts_identity *identity);

/* Asks STS whose the client's keys are and tells the witness, so that its calls are known as ours; not again
 * for keys that are known, whose id is kept in known ("" at first). What fails is tried again with the next
 * call. For a client of the chain's own keys; region: NULL for the settings'. */
#define KS_ACCOUNT_KNOWN 129u
void ks_account_introduce(struct ks_settings *settings, struct ks_client *client, const char *region,
	char known[KS_ACCOUNT_KNOWN]);

/*
 * A client that acts in the account; free it with ks_client_free. Keys of a role are good for an hour and
 * not renewed: open it when there is something to do. out_self may be NULL; its texts live in
 * arena. Errors: as ks_sts_assume_role; GUARD (the keys are of another account).
 */
int ks_account_open(struct ks_settings *settings, const struct ks_account *account, struct ks_arena *arena,
	struct ks_client **out, struct ks_account_self *out_self, struct ks_err *err);

#endif
