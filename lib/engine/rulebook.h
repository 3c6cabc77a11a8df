/*
 * What is in force, as names and digests: rules, correlations, filters and placeholders of a rule set, and
 * response policies. Tells one loading from another: how many were added, removed, or say something else
 * than before. Comments, blanks and the file that something stands in make no difference.
 */
#ifndef KS_ENGINE_RULEBOOK_H
#define KS_ENGINE_RULEBOOK_H

#include "lib/base/map.h"
#include "lib/codec/hash.h"
#include "lib/respond/policyset.h"
#include "lib/sigma/ruleset.h"

struct ks_rulebook {
	struct ks_map marks;             /* "rule ID" to its digest in hex */
	struct ks_arena arena;
	size_t rules, correlations, filters, policies;
	char hash[KS_HASH_HEX];          /* of all of it */
};

void ks_rulebook_init(struct ks_rulebook *book);
void ks_rulebook_release(struct ks_rulebook *book);

/* Once; borrows nothing. policies NULL: none are in force. */
void ks_rulebook_fill(struct ks_rulebook *book, const struct ks_ruleset *rules,
	const struct ks_policyset *policies);

struct ks_rulebook_change {
	size_t added, removed, changed;
};
struct ks_rulebook_change ks_rulebook_compare(const struct ks_rulebook *before,
	const struct ks_rulebook *after);

#endif
