/*
 * The calls of STS: who signs, and keys of a role (API version 2011-06-15). Errors are those of
 * ks_client_call.
 */
#ifndef KS_AWS_STS_H
#define KS_AWS_STS_H

#include "lib/aws/client.h"

struct ks_sts_identity {
	struct ks_str account;
	struct ks_str arn;
	struct ks_str user_id;
};

/* Needs no permission. Texts live in the arena. */
int ks_sts_get_caller_identity(struct ks_client *client, struct ks_arena *arena, struct ks_sts_identity *out,
	struct ks_err *err);
int ks_sts_get_caller_identity_in(struct ks_client *client, const char *region, struct ks_arena *arena,
	struct ks_sts_identity *out, struct ks_err *err);

struct ks_sts_role {
	const char *arn;
	const char *session; /* name of the session; appears in the trail */
	const char *external_id; /* NULL without one */
	const char *web_identity; /* a token: AssumeRoleWithWebIdentity, which needs no keys; or NULL */
	int64_t seconds; /* 900 to 43200; 0: AWS's default */
	const char *region; /* NULL: of the client's settings */
};

/* Keys with their expiry. */
int ks_sts_assume_role(struct ks_client *client, const struct ks_sts_role *role, struct ks_credentials *out,
	struct ks_err *err);

#endif
