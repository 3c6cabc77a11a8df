/*
 * A set of access key ids that is asked once for every "AKIA" of a trail: one probe, however many ids
 * there are. Ids are 20 characters, AKIA… or ASIA…; of the unique id of a user, AIDA…, or of a role, AROA…,
 * the first 20 count.
 */
#ifndef KS_TRAIL_KEYSET_H
#define KS_TRAIL_KEYSET_H

#include "lib/base/err.h"
#include "lib/base/str.h"

#include <stdbool.h>
#include <stdint.h>

#define KS_KEYSET_ID 20 /* characters of an id as AWS makes them today */

struct ks_keyset {
	char *ids; /* KS_KEYSET_ID bytes each */
	uint32_t *values; /* what was put with each id */
	uint32_t *slots; /* id number + 1, by hash */
	uint64_t *filter; /* three bits of one word a hash: nearly all probes end here */
	size_t n, cap, slot_count;
	bool has_akia, has_asia, has_aida, has_aroa; /* which prefixes occur */
};

void ks_keyset_init(struct ks_keyset *set);
void ks_keyset_release(struct ks_keyset *set);

/* Makes room for n ids in all, which saves time when many are to come. */
void ks_keyset_reserve(struct ks_keyset *set, size_t n);

/* A hint: the 20 bytes at p are likely to be added or asked for soon. Fetches where they
 * belong into the cache. */
void ks_keyset_expect(const struct ks_keyset *set, const char *p);

/* Adds an id with a number of the caller's; an id that is there keeps its first number. Errors: USAGE
 * for what is not 20 characters starting with AKIA or ASIA, LIMIT past KS_LIMIT_DECOYS. */
int ks_keyset_add(struct ks_keyset *set, struct ks_str id, uint32_t value, struct ks_err *err);

/* Adds the first characters of a user's or a role's unique id, which is longer. USAGE for what is none of
 * AWS's. */
int ks_keyset_add_user(struct ks_keyset *set, struct ks_str id, uint32_t value, struct ks_err *err);

/* The number put with an id, or -1. The id is any run of bytes. */
int64_t ks_keyset_find(const struct ks_keyset *set, struct ks_str id);

/* Whether the 20 bytes at p are in the set. */
bool ks_keyset_has(const struct ks_keyset *set, const char *p);

#endif
