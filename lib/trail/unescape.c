/* JSON escapes of RFC 8259, section 7. */
#include "lib/trail/unescape.h"

#include <string.h>

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f')
		return (c | 0x20) - 'a' + 10;
	return -1;
}

/* The code unit of a \uXXXX at the front of s, or -1. */
static int32_t code_unit(struct ks_str s)
{
	int32_t unit = 0;

	if (s.n < 6 || s.p[0] != '\\' || s.p[1] != 'u')
		return -1;
	for (size_t i = 2; i < 6; i++) {
		int digit = hex_digit(s.p[i]);

		if (digit < 0)
			return -1;
		unit = unit * 16 + digit;
	}
	return unit;
}

static char *put_utf8(char *to, uint32_t c)
{
	if (c < 0x80) {
		*to++ = (char)c;
	} else if (c < 0x800) {
		*to++ = (char)(0xC0 | c >> 6);
		*to++ = (char)(0x80 | (c & 0x3F));
	} else if (c < 0x10000) {
		*to++ = (char)(0xE0 | c >> 12);
		*to++ = (char)(0x80 | (c >> 6 & 0x3F));
		*to++ = (char)(0x80 | (c & 0x3F));
	} else {
		*to++ = (char)(0xF0 | c >> 18);
		*to++ = (char)(0x80 | (c >> 12 & 0x3F));
		*to++ = (char)(0x80 | (c >> 6 & 0x3F));
		*to++ = (char)(0x80 | (c & 0x3F));
	}
	return to;
}

char *ks_unescape_next(struct ks_str *rest, char *to)
{
	static const char from_letter[] = "\"\\/bfnrt", to_byte[] = "\"\\/\b\f\n\r\t";
	const char *letter = rest->n > 1 && rest->p[1] != '\0' ? strchr(from_letter, rest->p[1]) : NULL;
	int32_t unit = code_unit(*rest), low;

	if (letter != NULL) {
		*rest = ks_str_sub(*rest, 2, rest->n);
		*to++ = to_byte[letter - from_letter];
		return to;
	}
	if (unit < 0) {
		*to++ = '\\';
		*rest = ks_str_sub(*rest, 1, rest->n);
		return to;
	}
	*rest = ks_str_sub(*rest, 6, rest->n);
	if (unit < 0xD800 || unit > 0xDFFF)
		return put_utf8(to, (uint32_t)unit);
	low = unit <= 0xDBFF ? code_unit(*rest) : -1;
	if (low < 0xDC00 || low > 0xDFFF)
		return put_utf8(to, 0xFFFD);
	*rest = ks_str_sub(*rest, 6, rest->n);
	return put_utf8(to, 0x10000 + ((uint32_t)(unit - 0xD800) << 10) + (uint32_t)(low - 0xDC00));
}

struct ks_str ks_unescape_string(struct ks_str raw, struct ks_arena *arena)
{
	/* No escape is shorter than what it stands for. */
	char *out = ks_arena_alloc(arena, raw.n + 1), *to = out;

	while (raw.n > 0) {
		const char *backslash = memchr(raw.p, '\\', raw.n);
		size_t plain = backslash != NULL ? (size_t)(backslash - raw.p) : raw.n;

		memcpy(to, raw.p, plain);
		to += plain;
		raw = ks_str_sub(raw, plain, raw.n);
		if (raw.n > 0)
			to = ks_unescape_next(&raw, to);
	}
	return (struct ks_str){ out, (size_t)(to - out) };
}
