/*
 * Where a bait has its key: id, secret and SMTP password, plain or in base64, which is all that a template
 * can write. The store has none of these but the id, so the others are recognised by their keyed hashes.
 * All three always have the same length, so that a new key fits where the old one stood.
 */
#ifndef KS_DECOY_SPOTS_H
#define KS_DECOY_SPOTS_H

#include "lib/base/secret.h"
#include "lib/decoy/registry.h"

enum ks_spots_what { KS_SPOTS_KEY_ID, KS_SPOTS_SECRET, KS_SPOTS_SMTP, KS_SPOTS_WHATS };

struct ks_spot {
	enum ks_spots_what what;
	size_t offset, n;
	bool is_base64;
};

/* What stands in a bait, pushed to out (of struct ks_spot) in order. Errors: the store's. */
int ks_spots_find(struct ks_db *db, const struct ks_decoy *decoy, struct ks_str bait, struct ks_vec *out,
	struct ks_err *err);

/* The secret out of a bait. Errors: NOTFOUND (the bait has none: its SMTP password does not lead back). */
int ks_spots_secret(struct ks_db *db, const struct ks_decoy *decoy, struct ks_str bait,
	struct ks_secret *out, struct ks_err *err);

/* Appends the bait with another key in every spot. values: of KS_SPOTS_WHATS. out then holds the secret. */
void ks_spots_swap(const struct ks_vec *spots, struct ks_str bait, const struct ks_str *values,
	struct ks_buf *out);

#endif
