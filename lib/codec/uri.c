/* Percent-encoding. */
#include "lib/codec/uri.h"

static bool is_unreserved(char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
		c == '_' || c == '.' || c == '~';
}

void ks_uri_add(struct ks_buf *out, struct ks_str s)
{
	for (size_t i = 0; i < s.n; i++) {
		if (is_unreserved(s.p[i]))
			ks_buf_addc(out, s.p[i]);
		else
			ks_buf_addf(out, "%%%02X", (unsigned)(unsigned char)s.p[i]);
	}
}
