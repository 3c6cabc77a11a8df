/* SHA-256 and HMAC-SHA256 by OpenSSL. */
/* EVP looks the algorithm up each time, which costs short texts more than it has to: SHA256_Init does
 * without, and OpenSSL 3 calls it deprecated. */
#define OPENSSL_API_COMPAT 10101

#include "lib/codec/hash.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/sha.h>

#include <stdio.h>
#include <stdlib.h>

static void fail(void)
{
	fprintf(stderr, "keysnare: OpenSSL cannot compute a digest\n");
	abort();
}

void ks_hash_sha256(struct ks_str data, unsigned char out[KS_HASH_SIZE])
{
	SHA256_CTX state;

	if (SHA256_Init(&state) != 1 || SHA256_Update(&state, data.p, data.n) != 1 ||
		SHA256_Final(out, &state) != 1)
		fail();
}

/* The state is OpenSSL's own: nothing of ours is around it. */
struct ks_hash *ks_hash_new(void)
{
	EVP_MD_CTX *state = EVP_MD_CTX_new();

	if (state == NULL || EVP_DigestInit_ex(state, EVP_sha256(), NULL) != 1)
		fail();
	return (struct ks_hash *)state;
}

void ks_hash_add(struct ks_hash *hash, struct ks_str data)
{
	if (data.n > 0 && EVP_DigestUpdate((EVP_MD_CTX *)hash, data.p, data.n) != 1)
		fail();
}

void ks_hash_end(struct ks_hash *hash, unsigned char out[KS_HASH_SIZE])
{
	if (EVP_DigestFinal_ex((EVP_MD_CTX *)hash, out, NULL) != 1)
		fail();
	ks_hash_free(hash);
}

void ks_hash_free(struct ks_hash *hash)
{
	EVP_MD_CTX_free((EVP_MD_CTX *)hash);
}

void ks_hash_hmac(struct ks_str key, struct ks_str data, unsigned char out[KS_HASH_SIZE])
{
	if (HMAC(EVP_sha256(), key.p != NULL ? key.p : "", (int)key.n, (const unsigned char *)data.p, data.n,
			out, NULL) == NULL)
		fail();
}

void ks_hash_hex(const unsigned char *data, size_t n, char *out)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < n; i++) {
		out[2 * i] = digits[data[i] >> 4];
		out[2 * i + 1] = digits[data[i] & 15];
	}
	out[2 * n] = '\0';
}

void ks_hash_sha1_hex(struct ks_str data, char out[KS_HASH_SHA1_HEX])
{
	unsigned char digest[20];

	if (EVP_Digest(data.p, data.n, digest, NULL, EVP_sha1(), NULL) != 1)
		fail();
	ks_hash_hex(digest, sizeof(digest), out);
}
