/*
 * Digests and keyed digests through OpenSSL. All are SHA-256, 32 bytes, but for one that others chose.
 */
#ifndef KS_CODEC_HASH_H
#define KS_CODEC_HASH_H

#include "lib/base/str.h"

#define KS_HASH_SIZE 32
#define KS_HASH_HEX (2 * KS_HASH_SIZE + 1)

void ks_hash_sha256(struct ks_str data, unsigned char out[KS_HASH_SIZE]);
void ks_hash_hmac(struct ks_str key, struct ks_str data, unsigned char out[KS_HASH_SIZE]); /* HMAC-SHA256 */

/* SHA-256 of what comes piece by piece. end fills out and frees the state; free is for one that was not
 * ended (NULL is fine). */
struct ks_hash;
struct ks_hash *ks_hash_new(void);
void ks_hash_add(struct ks_hash *hash, struct ks_str data);
void ks_hash_end(struct ks_hash *hash, unsigned char out[KS_HASH_SIZE]);
void ks_hash_free(struct ks_hash *hash);

/* SHA-1 as lower-case hex: for names of files that the AWS tools made, for nothing that must hold. */
#define KS_HASH_SHA1_HEX 41
void ks_hash_sha1_hex(struct ks_str data, char out[KS_HASH_SHA1_HEX]);

/* Lower-case hex of the first n bytes; out takes 2 n + 1. */
void ks_hash_hex(const unsigned char *data, size_t n, char *out);

#endif
