/*
 * SMTP credentials of Amazon SES: the user name is the access key id, the password is derived from the
 * secret for one region (SES Developer Guide, "Obtaining SES SMTP credentials by converting existing
 * AWS credentials").
 */
#ifndef KS_DECOY_SMTP_H
#define KS_DECOY_SMTP_H

#include "lib/base/err.h"
#include "lib/base/secret.h"

#include <stdbool.h>

/* Base64 of the version byte 4 and of an HMAC-SHA256: always 44 characters. */
void ks_smtp_password(const struct ks_secret *secret_access_key, struct ks_str region,
	struct ks_secret *out);

/* Whether text has the shape of a region code: "us-east-1", "us-gov-west-1". Which ones exist is not
 * asked. */
bool ks_smtp_is_region(struct ks_str text);

#endif
