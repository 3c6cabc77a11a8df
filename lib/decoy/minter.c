/* Random keys of the right shape. */
#include "lib/decoy/minter.h"

#include "lib/codec/base64.h"

#include <string.h>

#define ID_BYTES 10          /* sixteen base32 characters */
#define SECRET_BYTES 30      /* forty base64 characters, no padding */

int ks_minter_key_id(const struct ks_ctx *ctx, struct ks_str account, char out[KS_KEYID_SIZE + 1],
	struct ks_err *err)
{
	static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
	unsigned char bytes[ID_BYTES];
	uint64_t number, head;

	if (!ks_keyid_parse_account(account, &number))
		return ks_err_set(err, KS_ERR_USAGE, "'" KS_STR_FMT "' is no account id, which has 12 digits",
			KS_STR_ARG(account));
	if (ks_ctx_random(ctx, bytes, sizeof(bytes), err) != 0)
		return -1;
	/* 48 bits: the top one set, the account in 40, and seven random ones. */
	head = UINT64_C(1) << 47 | number << 7 | (bytes[5] & 0x7f);
	for (int i = 0; i < 6; i++)
		bytes[i] = (unsigned char)(head >> (40 - 8 * i));
	memcpy(out, "AKIA", 4);
	for (size_t i = 0; i < KS_KEYID_SIZE - 4; i++) {
		size_t bit = 5 * i;
		unsigned pair = (unsigned)bytes[bit / 8] << 8 | (bit / 8 + 1 < ID_BYTES ? bytes[bit / 8 + 1] : 0);

		out[4 + i] = alphabet[pair >> (11 - bit % 8) & 31];
	}
	out[KS_KEYID_SIZE] = '\0';
	return 0;
}

int ks_minter_secret(const struct ks_ctx *ctx, struct ks_secret *out, struct ks_err *err)
{
	char bytes[SECRET_BYTES];
	struct ks_buf text;

	if (ks_ctx_random(ctx, bytes, sizeof(bytes), err) != 0)
		return -1;
	ks_buf_init(&text, 64);
	ks_buf_reserve(&text, 64);
	ks_base64_encode((struct ks_str){ bytes, sizeof(bytes) }, &text);
	ks_secret_set(out, ks_buf_str(&text));
	ks_buf_wipe(&text);
	explicit_bzero(bytes, sizeof(bytes));
	return 0;
}

int ks_minter_number(const struct ks_ctx *ctx, uint32_t n, uint32_t *out, struct ks_err *err)
{
	/* What lies above the last whole multiple of n would favor the small numbers. */
	uint32_t limit = UINT32_MAX - UINT32_MAX % n;
	uint32_t draw;

	do {
		if (ks_ctx_random(ctx, &draw, sizeof(draw), err) != 0)
			return -1;
	} while (draw >= limit);
	*out = draw % n;
	return 0;
}

int ks_minter_word(const struct ks_ctx *ctx, size_t n, char *out, struct ks_err *err)
{
	static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

	for (size_t i = 0; i < n; i++) {
		uint32_t at;

		if (ks_minter_number(ctx, sizeof(alphabet) - 1, &at, err) != 0)
			return -1;
		out[i] = alphabet[at];
	}
	out[n] = '\0';
	return 0;
}
