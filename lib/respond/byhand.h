/*
 * Containment by hand: somebody names a key, and no record has to. Whose key it is AWS says and not a
 * record, so the guards that speak of records do not ask; all others do. What AWS said is written into the
 * incident's journal ("named"), and whoever carries the plan out later goes by that.
 */
#ifndef KS_RESPOND_BYHAND_H
#define KS_RESPOND_BYHAND_H

#include "lib/aws/client.h"
#include "lib/respond/policyset.h"

/* The name of what is planned without a policy; a response policy's own begins behind KS_BYHAND_OF. None can
 * be called so: names have no blanks. */
#define KS_BYHAND_POLICY "by hand"
#define KS_BYHAND_OF KS_BYHAND_POLICY ": "

/* Strings belong to the arena that it was read into. */
struct ks_byhand_key {
	struct ks_str key_id;
	struct ks_str account;           /* twelve digits */
	const struct ks_partition *partition;
	struct ks_str user, arn;         /* whose it is, checked: they may stand in a request */
	struct ks_str status;            /* "Active", "Inactive"; "NoSuchEntity": the user has it no longer */
};

/* Asks AWS, in the account of the client, whose key it is (iam:GetAccessKeyLastUsed, iam:GetUser,
 * iam:ListAccessKeys). Errors: NOTFOUND with what it may be; PARSE (what came back does not fit together);
 * GUARD (the user is of another account); as ks_client_call. */
int ks_byhand_ask(struct ks_client *client, struct ks_str key_id, struct ks_str account,
	struct ks_arena *arena, struct ks_byhand_key *out, struct ks_err *err);

/* Makes facts that are about the key: the subject is who AWS says, and is_by_hand holds. */
void ks_byhand_fill(const struct ks_byhand_key *key, struct ks_facts *facts);

/* The journal's entry about it, inside the caller's transaction. reason may be empty. */
struct ks_byhand_note {
	int64_t incident, now_ms;
	struct ks_str who, reason;
};
int ks_byhand_add(struct ks_db *db, const struct ks_byhand_note *note, const struct ks_byhand_key *key,
	struct ks_err *err);

/* The last such entry of an incident. Errors: NOTFOUND; the store's. */
int ks_byhand_load(struct ks_db *db, int64_t incident, struct ks_arena *arena, struct ks_byhand_key *out,
	struct ks_err *err);

/* Whether a plan under a policy of that name was made by hand. */
bool ks_byhand_is(struct ks_str policy_name);

/* The policy for steps as a person names them, "disable_key" or "pause_ses={regions: [eu-west-1]}": what
 * stands behind the sign is as in a policy's YAML. Its mode is approve, and nothing in it asks which
 * incident it is for. It belongs to the set, which must be empty before. Errors: USAGE. */
int ks_byhand_policy(struct ks_policyset *set, const char *const *steps, size_t n,
	const struct ks_policy **out, struct ks_err *err);

/* A response policy as it holds by hand: its steps and guards, mode approve. In the arena. */
const struct ks_policy *ks_byhand_copy(const struct ks_policy *policy, struct ks_arena *arena);

/* For a plan that was made by hand before: what holds for it now, looked up in the set by the name that
 * the plan has. NULL when its response policy is gone. In the arena. */
const struct ks_policy *ks_byhand_find(const struct ks_policyset *set, struct ks_str policy_name,
	struct ks_arena *arena);

#endif
