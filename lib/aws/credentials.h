/*
 * Keys to sign with: where AWS's tools look for them, in their order, and asked for again before they
 * expire. Source: "Standardized credential providers" in the AWS SDKs and Tools Reference Guide; botocore
 * for the order.
 */
#ifndef KS_AWS_CREDENTIALS_H
#define KS_AWS_CREDENTIALS_H

#include "lib/aws/settings.h"
#include "lib/aws/sigv4.h"
#include "lib/base/secret.h"
#include "lib/base/time.h"

/* One set of keys. */
struct ks_credentials {
	char key_id[129]; /* "" : none */
	struct ks_secret secret;
	struct ks_secret token; /* n 0: a long-term key */
	int64_t expires_ms; /* KS_TIME_NONE: never */
	const char *source; /* name of the provider, static */
};

void ks_credentials_release(struct ks_credentials *credentials); /* wipes; zeroed is fine */
void ks_credentials_copy(struct ks_credentials *to, const struct ks_credentials *from);

/* For ks_sigv4_sign; borrowed. */
struct ks_sigv4_keys ks_credentials_keys(const struct ks_credentials *credentials);

/* Fills out from texts; empty token and KS_TIME_NONE where there is none. Errors: AUTH (an id or secret that
 * is missing or cannot be one; named by where, never by its text). */
int ks_credentials_set(struct ks_credentials *out, struct ks_str key_id, struct ks_str secret,
	struct ks_str token, int64_t expires_ms, const char *where, struct ks_err *err);

/*
 * Asks the providers in turn; the first one that is configured decides, also when it fails. Then, as long as
 * out holds keys that are good for another while, does nothing: so call it before every request. Keys that
 * are about to expire are asked for again; when that fails and they are still good, they stay. Errors: AUTH
 * (none found, or what a provider says), and what a provider meets on the way (CONFIG, NET …).
 */
int ks_credentials_get(struct ks_settings *settings, struct ks_credentials *out, struct ks_err *err);

#endif
