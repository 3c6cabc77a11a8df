/* Percent-encoding. */
#include "lib/codec/uri.h"

static bool is_unreserved(char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
		c == '_' || c == '.' || c == '~';
}

static void add(struct ks_buf *out, struct ks_str s, bool is_form)
{
	for (size_t i = 0; i < s.n; i++) {
		if (is_form && s.p[i] == ' ')
			ks_buf_addc(out, '+');
		else if (is_unreserved(s.p[i]))
			ks_buf_addc(out, s.p[i]);
		else
			ks_buf_addf(out, "%%%02X", (unsigned)(unsigned char)s.p[i]);
	}
}

void ks_uri_add(struct ks_buf *out, struct ks_str s)
{
	add(out, s, false);
}

void ks_uri_add_form(struct ks_buf *out, struct ks_str s)
{
	add(out, s, true);
}

static int digit_of(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = ks_str_lower(c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

void ks_uri_decode(struct ks_buf *out, struct ks_str s)
{
	for (size_t i = 0; i < s.n; i++) {
		int high = s.p[i] == '%' && i + 2 < s.n ? digit_of(s.p[i + 1]) : -1;
		int low = high >= 0 ? digit_of(s.p[i + 2]) : -1;

		if (low >= 0) {
			ks_buf_addc(out, (char)(high * 16 + low));
			i += 2;
		} else {
			ks_buf_addc(out, s.p[i]);
		}
	}
}
