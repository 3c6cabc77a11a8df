/* SHA-256 and HMAC-SHA256 by OpenSSL's one-shot calls. */
#include "lib/codec/hash.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <stdio.h>
#include <stdlib.h>

static void fail(void)
{
	fprintf(stderr, "keysnare: OpenSSL cannot compute a digest\n");
	abort();
}

void ks_hash_sha256(struct ks_str data, unsigned char out[KS_HASH_SIZE])
{
	if (EVP_Digest(data.p, data.n, out, NULL, EVP_sha256(), NULL) != 1)
		fail();
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
