/*
 * The user of a live decoy in AWS: made, read back, taken away again. Every function may be called again
 * after a crash or an unanswered call and then completes what it began: it reads first, and takes over only
 * what is ours. A user is ours when its unique id is the one that was written down or, before AWS had told
 * one, when it has the tag whose value stood in the store before the user was asked for. A user of that name
 * without it is somebody else's and is never touched.
 */
#ifndef KS_DECOY_LIVEUSER_H
#define KS_DECOY_LIVEUSER_H

#include "lib/aws/iam.h"
#include "lib/decoy/minting.h"

struct ks_liveuser {
	const struct ks_ctx *ctx;
	struct ks_client *client;        /* of the minting's account */
	int64_t pause_ms;                /* between looks at what IAM may not show yet */
};

/* Whether rights is "none" or "ses-read". */
bool ks_liveuser_is_rights(struct ks_str rights);

/* The policy that goes with rights: an Allow of a few reads, no Deny; "" for "none". Static. */
struct ks_str ks_liveuser_policy(struct ks_str rights);

/* AWS's own quarantine of a key that it found in public: names of its policies, in every version. */
bool ks_liveuser_is_quarantine(struct ks_str policy_name);

/* Why ses-read would show something in that Region: it has senders, or may send to everybody; "" in arena
 * when it is an empty sandbox. Errors: what cannot be read. */
int ks_liveuser_check_ses(const struct ks_liveuser *live, const char *region, struct ks_arena *arena,
	struct ks_str *out_reason, struct ks_err *err);

/* The user of the minting, or out_found false. minting->user_id and user_arn are filled in where they were
 * empty. Errors: CONFLICT (the user of that name is somebody else's). */
int ks_liveuser_find(const struct ks_liveuser *live, struct ks_minting *minting, struct ks_arena *arena,
	bool *out_found, struct ks_err *err);

/* The same, looking again for a while as long as it is not there: IAM may not show yet what it made. */
int ks_liveuser_await(const struct ks_liveuser *live, struct ks_minting *minting, struct ks_arena *arena,
	bool *out_found, struct ks_err *err);

/* Makes the user with the tags that the house gives its users, and the mark. minting->is_untouched says
 * after an error whether AWS surely made nothing. Errors: EXISTS (somebody else's). */
int ks_liveuser_make(const struct ks_liveuser *live, struct ks_minting *minting, struct ks_arena *arena,
	struct ks_err *err);
int ks_liveuser_allow(const struct ks_liveuser *live, const struct ks_minting *minting,
	struct ks_err *err);

/* Ids of the user's keys that are neither in known nor in minting->keys_before, pushed to out (struct
 * ks_iam_key). */
int ks_liveuser_strange_keys(const struct ks_liveuser *live, const struct ks_minting *minting,
	const struct ks_vec *known, struct ks_arena *arena, struct ks_vec *out, struct ks_err *err);

/* Deletes the key that was made and whose secret never arrived: it is neither in known, of struct ks_str,
 * nor was it there before, nor made later than minting->changed_ms lets an answer be awaited. Errors:
 * NOTFOUND (no user), CONFLICT (the user is another one, the key came later, or there are several, which
 * one call cannot have made). */
int ks_liveuser_drop_lost(const struct ks_liveuser *live, const struct ks_minting *minting,
	const struct ks_vec *known, struct ks_err *err);

/* Makes a key, after drop_lost. */
int ks_liveuser_make_key(const struct ks_liveuser *live, const struct ks_minting *minting,
	const struct ks_vec *known, struct ks_credentials *out, struct ks_err *err);

/* Each is done when there is nothing (left) to take away. drop_user refuses while the user has what we did
 * not make: CONFLICT, and says what. */
int ks_liveuser_drop_key(const struct ks_liveuser *live, const struct ks_minting *minting,
	const char *key_id,
	struct ks_err *err);
int ks_liveuser_drop_policy(const struct ks_liveuser *live, const struct ks_minting *minting,
	struct ks_err *err);
int ks_liveuser_drop_user(const struct ks_liveuser *live, const struct ks_minting *minting,
	struct ks_err *err);

#endif
