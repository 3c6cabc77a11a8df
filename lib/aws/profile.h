/*
 * The shared files of the AWS tools: ~/.aws/config and ~/.aws/credentials, or where AWS_CONFIG_FILE and
 * AWS_SHARED_CREDENTIALS_FILE say. Source: "Configuration and credential file settings" in the AWS CLI
 * guide, and botocore. The text holds secrets: it is wiped when it dies.
 */
#ifndef KS_AWS_PROFILE_H
#define KS_AWS_PROFILE_H

#include "lib/base/ctx.h"
#include "lib/base/str.h"

#include <stdbool.h>

struct ks_profile; /* both files, as they were when they were read */

/* Sections of the config file but for the last one, which are those of the credentials file. */
enum ks_profile_kind {
	KS_PROFILE_CONFIG, /* [profile NAME], [default] */
	KS_PROFILE_SSO, /* [sso-session NAME] */
	KS_PROFILE_SERVICES, /* [services NAME] */
	KS_PROFILE_CREDENTIALS, /* [NAME] */
};

/* A file that is not there is an empty one. Errors: IO, LIMIT (over 1 MB). */
int ks_profile_load(const struct ks_ctx *ctx, struct ks_profile **out, struct ks_err *err);
void ks_profile_free(struct ks_profile *profile); /* NULL is fine */

/* A setting of one section, the last one when it stands there again; keys in any case. p NULL when it is not
 * there; empty values count as not there. Borrowed from profile. */
struct ks_str ks_profile_find(const struct ks_profile *profile, enum ks_profile_kind kind, const char *name,
	const char *key);

/* The same with a setting below another one: "endpoint_url" below "s3 =". */
struct ks_str ks_profile_find_nested(const struct ks_profile *profile, enum ks_profile_kind kind,
	const char *name, const char *parent, const char *key);

/* A setting of a profile, wherever it stands: the credentials file is asked first. */
struct ks_str ks_profile_get(const struct ks_profile *profile, const char *name, const char *key);

/* Whether one of the files has the profile. */
bool ks_profile_has(const struct ks_profile *profile, const char *name);

/* Where the files were looked for. Borrowed. */
const char *ks_profile_config_path(const struct ks_profile *profile);
const char *ks_profile_credentials_path(const struct ks_profile *profile);

#endif
