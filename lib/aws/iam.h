/*
 * The calls of IAM that decoys and containment use (API version 2010-05-08). The user is always named:
 * a call without one would be about whoever signs. Errors are those of ks_client_call; texts live in
 * the arena that is handed in.
 */
#ifndef KS_AWS_IAM_H
#define KS_AWS_IAM_H

#include "lib/aws/client.h"
#include "lib/base/vec.h"

struct ks_iam_user {
	struct ks_str name;
	struct ks_str path;
	struct ks_str id; /* "AIDA…" */
	struct ks_str arn;
	int64_t created_ms;
};

struct ks_iam_tag {
	const char *key;
	struct ks_str value;
};

struct ks_iam_key {
	struct ks_str id;
	bool is_active;
	int64_t created_ms;
};

struct ks_iam_last_used {
	struct ks_str user;
	int64_t time_ms; /* KS_TIME_NONE: never, as far as IAM knows */
	struct ks_str service; /* "N/A" when never */
	struct ks_str region;
};

/* A user or a role, and one of its inline policies. */
struct ks_iam_holder {
	const char *user; /* one of the two is NULL */
	const char *role;
	const char *policy; /* name of the policy; NULL where all are meant */
};

struct ks_iam_new_user {
	const char *name;
	const char *path; /* NULL for "/" */
	const struct ks_iam_tag *tags; /* as many as 50, set with the user in one call */
	size_t tag_count;
};

/* out: the user as AWS made it; may be NULL. EXISTS when it is there. */
int ks_iam_create_user(struct ks_client *client, const struct ks_iam_new_user *user, struct ks_arena *arena,
	struct ks_iam_user *out, struct ks_err *err);
int ks_iam_get_user(struct ks_client *client, const char *name, struct ks_arena *arena,
	struct ks_iam_user *out, struct ks_err *err);
/* out: struct ks_iam_user, all that are below a path; NULL for all. */
int ks_iam_list_users(struct ks_client *client, const char *path, struct ks_arena *arena, struct ks_vec *out,
	struct ks_err *err);
int ks_iam_delete_user(struct ks_client *client, const char *name, struct ks_err *err);
int ks_iam_tag_user(struct ks_client *client, const char *name, const struct ks_iam_tag *tags,
	size_t tag_count, struct ks_err *err);

/* out: struct ks_iam_tag, the tags of a user. */
int ks_iam_list_tags(struct ks_client *client, const char *user, struct ks_arena *arena, struct ks_vec *out,
	struct ks_err *err);
/* out: struct ks_str, the names of the managed policies of a user, and of its groups. */
int ks_iam_list_attached(struct ks_client *client, const char *user, struct ks_arena *arena,
	struct ks_vec *out, struct ks_err *err);
int ks_iam_list_groups(struct ks_client *client, const char *user, struct ks_arena *arena,
	struct ks_vec *out, struct ks_err *err);

/* The new key's id and secret; this answer is the only place where the secret ever is. */
int ks_iam_create_access_key(struct ks_client *client, const char *user, struct ks_credentials *out,
	struct ks_err *err);
/* out: struct ks_iam_key. */
int ks_iam_list_access_keys(struct ks_client *client, const char *user, struct ks_arena *arena,
	struct ks_vec *out, struct ks_err *err);
int ks_iam_update_access_key(struct ks_client *client, const char *user, const char *key_id, bool is_active,
	struct ks_err *err);
int ks_iam_delete_access_key(struct ks_client *client, const char *user, const char *key_id,
	struct ks_err *err);
int ks_iam_get_access_key_last_used(struct ks_client *client, const char *key_id, struct ks_arena *arena,
	struct ks_iam_last_used *out, struct ks_err *err);

int ks_iam_put_policy(struct ks_client *client, const struct ks_iam_holder *holder, struct ks_str document,
	struct ks_err *err);
/* The document as JSON text, decoded. */
int ks_iam_get_policy(struct ks_client *client, const struct ks_iam_holder *holder, struct ks_arena *arena,
	struct ks_str *out, struct ks_err *err);
int ks_iam_delete_policy(struct ks_client *client, const struct ks_iam_holder *holder, struct ks_err *err);
/* out: struct ks_str, the names of the inline policies. */
int ks_iam_list_policies(struct ks_client *client, const struct ks_iam_holder *holder,
	struct ks_arena *arena, struct ks_vec *out, struct ks_err *err);

/* NOTFOUND: the user has no password for the console. */
int ks_iam_get_login_profile(struct ks_client *client, const char *user, struct ks_err *err);
int ks_iam_delete_login_profile(struct ks_client *client, const char *user, struct ks_err *err);

#endif
