/*
 * IP addresses and networks as text and as bytes: IPv4 in four dotted decimal parts, IPv6 as in RFC
 * 4291. Nothing else passes: no zone, no leading zeros, no shortened IPv4.
 */
#ifndef KS_CODEC_IP_H
#define KS_CODEC_IP_H

#include "lib/base/err.h"
#include "lib/base/str.h"

#include <stdbool.h>
#include <stdint.h>

struct ks_ip {
	unsigned char bytes[16];
	unsigned char bits; /* 32 or 128: the family */
};

struct ks_ip_net {
	struct ks_ip base;
	unsigned char prefix; /* leading bits that count */
};

bool ks_ip_parse(struct ks_str s, struct ks_ip *out);

/* "10.0.0.0/8", "2001:db8::/32", or an address alone for itself. Errors: PARSE, also where bits are set
 * past the prefix (the message then names the network that was probably meant). */
int ks_ip_parse_net(struct ks_str s, struct ks_ip_net *out, struct ks_err *err);

/* ::ffff:192.0.2.1 becomes 192.0.2.1; other addresses stay. */
void ks_ip_unmap(struct ks_ip *ip);

/* Families never mix: an IPv4-mapped IPv6 address is in no IPv4 network. */
bool ks_ip_is_in(const struct ks_ip *ip, const struct ks_ip_net *net);

#endif
