/* The derivation: a SigV4 signing key with a fixed date, then one more HMAC. */
#include "lib/decoy/smtp.h"

#include "lib/base/buf.h"
#include "lib/codec/base64.h"
#include "lib/codec/hash.h"

#include <string.h>

#define VERSION 4
#define LONGEST_REGION 32

/* key = HMAC(key, data) */
static void turn(unsigned char key[KS_HASH_SIZE], struct ks_str data)
{
	unsigned char next[KS_HASH_SIZE];

	ks_hash_hmac((struct ks_str){ (const char *)key, KS_HASH_SIZE }, data, next);
	memcpy(key, next, sizeof(next));
	explicit_bzero(next, sizeof(next));
}

void ks_smtp_password(const struct ks_secret *secret_access_key, struct ks_str region, struct ks_secret *out)
{
	struct ks_str secret = ks_secret_reveal(secret_access_key);
	unsigned char key[1 + KS_HASH_SIZE] = { VERSION };
	struct ks_buf text;

	ks_buf_init(&text, secret.n + 64);
	ks_buf_reserve(&text, secret.n + 64);
	ks_buf_adds(&text, "AWS4");
	ks_buf_add(&text, secret);
	ks_hash_hmac(ks_buf_str(&text), KS_STR("11111111"), key + 1);
	turn(key + 1, region);
	turn(key + 1, KS_STR("ses"));
	turn(key + 1, KS_STR("aws4_request"));
	turn(key + 1, KS_STR("SendRawEmail"));

	explicit_bzero(text.p, text.cap);
	ks_buf_clear(&text);
	ks_base64_encode((struct ks_str){ (const char *)key, sizeof(key) }, &text);
	ks_secret_set(out, ks_buf_str(&text));
	ks_buf_wipe(&text);
	explicit_bzero(key, sizeof(key));
}

bool ks_smtp_is_region(struct ks_str text)
{
	size_t dashes = 0;

	if (text.n < 3 || text.n > LONGEST_REGION || text.p[0] < 'a' || text.p[0] > 'z')
		return false;
	for (size_t i = 0; i < text.n; i++) {
		char c = text.p[i];

		dashes += c == '-';
		if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'))
			return false;
	}
	return dashes >= 2 && text.p[text.n - 1] >= '0' && text.p[text.n - 1] <= '9';
}
