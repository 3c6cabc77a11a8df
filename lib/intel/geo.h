/*
 * Where an address is and whose network it is in, out of databases in MaxMind's format (.mmdb) that the user
 * has: GeoLite2, GeoIP2 and DB-IP have their fields in one layout. Read are country.iso_code (the country
 * in which the address is, not the one in which its network is registered) and
 * autonomous_system_number. Of several databases the first that knows a field has it.
 *
 * Format: "MaxMind DB File Format Specification" 2.0. Any number of threads may look up.
 */
#ifndef KS_INTEL_GEO_H
#define KS_INTEL_GEO_H

#include "lib/base/err.h"
#include "lib/codec/ip.h"

struct ks_geo;

/* What is known of an address. */
struct ks_geo_place {
	char country[3];             /* two capital letters, or "" */
	uint32_t asn;                /* 0: not known */
};

struct ks_geo *ks_geo_new(void);
void ks_geo_free(struct ks_geo *geo);              /* NULL is fine */

/* Opens a database and has a look at the whole of its search tree. Errors: NOTFOUND, IO; CONFIG for what
 * is no such database, is damaged, or holds neither countries nor networks. */
int ks_geo_open(struct ks_geo *geo, const char *path, struct ks_err *err);

/* Leaves zeroes where nothing is known. */
void ks_geo_find(struct ks_geo *geo, const struct ks_ip *ip, struct ks_geo_place *out);

/* The first database in which a look-up failed because it is damaged, or NULL: what it was asked for
 * since is not known. */
const char *ks_geo_damaged(const struct ks_geo *geo);

#endif
