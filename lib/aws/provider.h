/*
 * A place where keys can come from. One file provider_<name>.c and one line in providers.def each; the order
 * of the lines is the order in which they are asked.
 */
#ifndef KS_AWS_PROVIDER_H
#define KS_AWS_PROVIDER_H

#include "lib/aws/credentials.h"
#include "lib/aws/settings.h"
#include "lib/codec/json.h"
#include "lib/net/http.h"

enum ks_provider_answer {
	KS_PROVIDER_FAILED = -1, /* it is configured and could not: err says why */
	KS_PROVIDER_NONE = 0, /* not configured: ask the next one */
	KS_PROVIDER_FOUND = 1,
};

struct ks_provider {
	const char *name; /* as shown to people: "environment" */
	enum ks_provider_answer (
		*load)(struct ks_settings *settings, struct ks_credentials *out, struct ks_err *err);
};

/* Every row of providers.def as a prototype: ks_provider_<name>. */
#define KS_PROVIDER(name) extern const struct ks_provider ks_provider_##name;
#include "lib/aws/providers.def"
#undef KS_PROVIDER

/* Keys that stand in a section of a shared file as aws_access_key_id, aws_secret_access_key and
 * aws_session_token. NONE when there is no key id. */
enum ks_provider_answer ks_provider_read_static(const struct ks_settings *settings,
	enum ks_profile_kind kind, const char *profile, struct ks_credentials *out, struct ks_err *err);

/* Names of the members of a JSON object that holds keys. */
struct ks_provider_names {
	const char *id, *secret, *token, *expires; /* a time as text, or milliseconds as a number */
};

/* Keys of an object. with_expiry: they must expire. where: for errors. */
int ks_provider_read_json(const struct ks_json *object, const struct ks_provider_names *names,
	bool with_expiry, const char *where, struct ks_credentials *out, struct ks_err *err);

struct ks_provider_get {
	const char *url;
	const struct ks_http_header *headers;
	size_t header_count;
	int total_ms;
	int attempts;
	const char *ca_file; /* NULL: the system's certificates */
	const char *member; /* the object is a member of the answer; NULL: the answer itself */
	const struct ks_provider_names *names; /* NULL: AccessKeyId, SecretAccessKey, Token, Expiration */
};

/* GET until there is a 200 with keys in it. Errors: NET, AUTH. */
int ks_provider_fetch(const struct ks_settings *settings, const struct ks_provider_get *get,
	const char *where, struct ks_credentials *out, struct ks_err *err);

/* A name for a session that nobody named: it stands in the trail and says nothing. */
const char *ks_provider_session_name(struct ks_settings *settings);

#endif
