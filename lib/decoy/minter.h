/*
 * Access keys that look like AWS's own and that AWS has never heard of.
 */
#ifndef KS_DECOY_MINTER_H
#define KS_DECOY_MINTER_H

#include "lib/base/ctx.h"
#include "lib/base/secret.h"
#include "lib/decoy/keyid.h"

/* A long-term key id of the present style (bit 47 is set, as in every id that AWS makes today) that
 * decodes to account, twelve digits. Errors: USAGE for anything else. */
int ks_minter_key_id(const struct ks_ctx *ctx, struct ks_str account, char out[KS_KEYID_SIZE + 1],
	struct ks_err *err);

/* A secret access key: 40 characters, the base64 of 30 random bytes. */
int ks_minter_secret(const struct ks_ctx *ctx, struct ks_secret *out, struct ks_err *err);

/* n characters of A-Z, a-z and 0-9, each as likely as the others, and a NUL; out takes n + 1. */
int ks_minter_word(const struct ks_ctx *ctx, size_t n, char *out, struct ks_err *err);

/* A number below n, n at least 1, each as likely as the others. */
int ks_minter_number(const struct ks_ctx *ctx, uint32_t n, uint32_t *out, struct ks_err *err);

#endif
