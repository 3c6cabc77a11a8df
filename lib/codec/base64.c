/* Base64, both ways, three bytes at a time. */
#include "lib/codec/base64.h"

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void ks_base64_encode(struct ks_str data, struct ks_buf *out)
{
	for (size_t i = 0; i < data.n; i += 3) {
		size_t left = data.n - i;
		uint32_t bits = (uint32_t)(unsigned char)data.p[i] << 16;

		if (left > 1)
			bits |= (uint32_t)(unsigned char)data.p[i + 1] << 8;
		if (left > 2)
			bits |= (unsigned char)data.p[i + 2];
		ks_buf_addc(out, alphabet[bits >> 18]);
		ks_buf_addc(out, alphabet[bits >> 12 & 63]);
		ks_buf_addc(out, left > 1 ? alphabet[bits >> 6 & 63] : '=');
		ks_buf_addc(out, left > 2 ? alphabet[bits & 63] : '=');
	}
}

static int value_of(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	return c == '+' ? 62 : c == '/' ? 63 : -1;
}

int ks_base64_decode(struct ks_str text, struct ks_buf *out, struct ks_err *err)
{
	bool has_pad = text.n > 1 && text.p[text.n - 1] == '=';
	size_t pad = !has_pad ? 0 : text.p[text.n - 2] == '=' ? 2 : 1;
	size_t size = text.n / 4 * 3 - pad;
	char *to;

	if (text.n % 4 != 0)
		return ks_err_set(err, KS_ERR_PARSE, "base64 of %zu characters is not a multiple of 4", text.n);
	to = ks_buf_reserve(out, size + 3);
	if (to == NULL)
		return ks_err_set(err, KS_ERR_LIMIT, "base64 of %zu characters is too long", text.n);
	for (size_t i = 0; i < text.n; i += 4) {
		bool is_last = i + 4 == text.n;
		uint32_t bits = 0;

		for (size_t j = 0; j < 4; j++) {
			bool is_pad = is_last && j >= 4 - pad;
			int value = is_pad ? 0 : value_of(text.p[i + j]);

			if (value < 0)
				return ks_err_set(err, KS_ERR_PARSE, "character %zu is not base64", i + j + 1);
			bits = bits << 6 | (uint32_t)value;
		}
		if (is_last && (bits & ((1u << 8 * pad) - 1)) != 0)
			return ks_err_set(err, KS_ERR_PARSE, "base64 has bits left over at its end");
		to[i / 4 * 3] = (char)(bits >> 16);
		to[i / 4 * 3 + 1] = (char)(bits >> 8);
		to[i / 4 * 3 + 2] = (char)bits;
	}
	out->n += size;
	out->p[out->n] = '\0';
	return 0;
}
