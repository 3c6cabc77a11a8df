/* IP addresses: inet_pton with a length, and comparison by prefix. */
#include "lib/codec/ip.h"

#include <arpa/inet.h>
#include <string.h>

/* As inet_pton reads them: four numbers up to 255, without leading zeros. Nearly every record has one. */
static bool parse_v4(struct ks_str s, unsigned char out[4])
{
	size_t at = 0;

	for (unsigned part = 0; part < 4; part++) {
		size_t from = at;
		unsigned value = 0;

		for (; at < s.n && at - from < 3 && s.p[at] >= '0' && s.p[at] <= '9'; at++)
			value = value * 10 + (unsigned)(s.p[at] - '0');
		if (at == from || value > 255 || (s.p[from] == '0' && at - from > 1))
			return false;
		out[part] = (unsigned char)value;
		if (part < 3 && (at == s.n || s.p[at++] != '.'))
			return false;
	}
	return at == s.n;
}

bool ks_ip_parse(struct ks_str s, struct ks_ip *out)
{
	struct ks_ip ip = { .bits = 32 };
	char text[INET6_ADDRSTRLEN];

	if (s.n == 0 || s.n >= sizeof(text) || memchr(s.p, '\0', s.n) != NULL)
		return false;
	if (memchr(s.p, ':', s.n) == NULL) {
		if (!parse_v4(s, ip.bytes))
			return false;
		*out = ip;
		return true;
	}
	memcpy(text, s.p, s.n);
	text[s.n] = '\0';
	ip.bits = 128;
	if (inet_pton(AF_INET6, text, ip.bytes) != 1)
		return false;
	*out = ip;
	return true;
}

void ks_ip_unmap(struct ks_ip *ip)
{
	static const unsigned char mapped[12] = { [10] = 0xFF, [11] = 0xFF };
	struct ks_ip out = { .bits = 32 };

	if (ip->bits != 128 || memcmp(ip->bytes, mapped, sizeof(mapped)) != 0)
		return;
	memcpy(out.bytes, ip->bytes + sizeof(mapped), 4);
	*ip = out;
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
	unsigned whole = net->prefix / 8, rest = net->prefix % 8;

	if (ip->bits != net->base.bits)
		return false;
	/* All bits of the network past the prefix are zero. */
	for (unsigned i = 0; i < whole; i++)
		if (ip->bytes[i] != net->base.bytes[i])
			return false;
	return rest == 0 || (ip->bytes[whole] ^ net->base.bytes[whole]) >> (8 - rest) == 0;
}
