/*
 * Which of many patterns and networks a text may match. Lists of addresses, users and tools have hundreds of
 * values, and a text has nothing to do with nearly all of them: asking each takes longer than reading the
 * record. A shortlist names those that do match, and a few that may, so it changes what a list costs and not
 * what it says.
 *
 * Exact texts are found by their hash, others by four letters of theirs that few others have, networks by
 * the hash of an address cut to each length of prefix that there is. What has no such thing is never named:
 * it is the rest, which the caller asks by itself. Immutable once made, for any number of threads.
 */
#ifndef KS_SIGMA_SHORTLIST_H
#define KS_SIGMA_SHORTLIST_H

#include "lib/base/arena.h"
#include "lib/codec/ip.h"
#include "lib/sigma/pattern.h"

#include <stdbool.h>
#include <stdint.h>

#define KS_SHORTLIST_LEAST 8u        /* below that, asking each is no slower */

/* One of many: a pattern or a network; neither: it is among the rest. */
struct ks_shortlist_entry {
	const struct ks_pattern *pattern;
	const struct ks_ip_net *net;
	bool is_part;                    /* the pattern is no more than something that cannot be missing */
};

struct ks_shortlist;

/* Makes one that lives in arena and borrows the patterns. */
const struct ks_shortlist *ks_shortlist_make(const struct ks_shortlist_entry *entries, size_t n,
	struct ks_arena *arena);

/* Tries an entry, by its number; true: that is enough. */
typedef bool ks_shortlist_try(void *arg, uint32_t number);

/* Tries all that match text, but the rest, in no order: patterns without wildcards inside that do match,
 * maybe more than once, others that may match once. It takes no longer than a few looks at each letter and
 * at each entry, and where that is not enough asking each. True when one was enough. */
bool ks_shortlist_ask(const struct ks_shortlist *list, struct ks_str text, ks_shortlist_try *try, void *arg);

/* The numbers of those that any text may match, for all that is known; *out_n of them. */
const uint32_t *ks_shortlist_rest(const struct ks_shortlist *list, size_t *out_n);

#endif
