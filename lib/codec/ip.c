/* IP addresses: inet_pton with a length, and comparison by prefix. */
#include "lib/codec/ip.h"

#include <arpa/inet.h>
#include <string.h>

bool ks_ip_parse(struct ks_str s, struct ks_ip *out)
{
	struct ks_ip ip = { .bits = 32 };
	char text[INET6_ADDRSTRLEN];

	if (s.n == 0 || s.n >= sizeof(text) || memchr(s.p, '\0', s.n) != NULL)
		return false;
	memcpy(text, s.p, s.n);
	text[s.n] = '\0';
	if (memchr(s.p, ':', s.n) != NULL)
		ip.bits = 128;
	if (inet_pton(ip.bits == 128 ? AF_INET6 : AF_INET, text, ip.bytes) != 1)
		return false;
	*out = ip;
	return true;
}

/* The first prefix bits of ip, the rest zero. */
static struct ks_ip mask(const struct ks_ip *ip, unsigned prefix)
{
	struct ks_ip out = *ip;

	for (unsigned i = 0; i < 16; i++) {
		if (prefix >= 8 * (i + 1))
			continue;
		out.bytes[i] &= prefix <= 8 * i ? 0 : (unsigned char)(0xFF << (8 * (i + 1) - prefix));
	}
	return out;
}

int ks_ip_parse_net(struct ks_str s, struct ks_ip_net *out, struct ks_err *err)
{
	struct ks_str rest = s, address, length;
	struct ks_ip_net net;
	struct ks_ip base;
	int64_t prefix;

	if (!ks_str_next(&rest, '/', &address) || !ks_ip_parse(address, &net.base))
		return ks_err_set(err, KS_ERR_PARSE,
			"'" KS_STR_FMT "' is no IP network: write it as 192.0.2.0/24 or "
			"2001:db8::/32",
			KS_STR_ARG(s));
	prefix = net.base.bits;
	if (ks_str_next(&rest, '/', &length) &&
		(length.n == 0 || length.p[0] == '+' || rest.p != NULL || !ks_str_parse_int(length, &prefix) ||
			prefix < 0 || prefix > net.base.bits))
		return ks_err_set(err, KS_ERR_PARSE,
			"'" KS_STR_FMT "' is no IP network: the prefix length must be 0 to %d", KS_STR_ARG(s),
			net.base.bits);
	net.prefix = (unsigned char)prefix;
	base = mask(&net.base, net.prefix);
	if (memcmp(base.bytes, net.base.bytes, sizeof(base.bytes)) != 0) {
		char text[INET6_ADDRSTRLEN] = "";

		inet_ntop(base.bits == 128 ? AF_INET6 : AF_INET, base.bytes, text, sizeof(text));
		return ks_err_set(err, KS_ERR_PARSE,
			"'" KS_STR_FMT "' has bits set past the prefix: did you mean '%s/%d'?", KS_STR_ARG(s), text,
			net.prefix);
	}
	*out = net;
	return 0;
}

bool ks_ip_is_in(const struct ks_ip *ip, const struct ks_ip_net *net)
{
	struct ks_ip base;

	if (ip->bits != net->base.bits)
		return false;
	base = mask(ip, net->prefix);
	return memcmp(base.bytes, net->base.bytes, sizeof(base.bytes)) == 0;
}
