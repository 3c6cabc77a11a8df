/*
 * Which of many patterns and networks a text may match. Lists of addresses, users and tools have hundreds of
 * values, and a text has nothing to do with nearly all of them: asking each takes longer than reading the
 * record. A shortlist names the few that may match, and each of these is then tried as ever, so it changes
 * what a list costs and not what it says.
 *
 * Exact texts are found by their hash, others by four letters of theirs that few others have, networks by
 * the hash of an address cut to each length of prefix that there is. What has no such thing is always named:
 * patterns with fewer than four letters in a row. Immutable once made, for any number of threads.
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
};

struct ks_shortlist;

/* Makes one that lives in arena and borrows nothing. */
const struct ks_shortlist *ks_shortlist_make(const struct ks_shortlist_entry *entries, size_t n,
	struct ks_arena *arena);

/* Tries an entry, by its number; true: that is enough. */
typedef bool ks_shortlist_try(void *arg, uint32_t number);

/* Tries all that may match text, but the rest: some of them more than once, in no order, and no more than
 * twice as many as there are. True when one was enough. */
bool ks_shortlist_ask(const struct ks_shortlist *list, struct ks_str text, ks_shortlist_try *try, void *arg);

/* The numbers of those that any text may match, for all that is known; *out_n of them. */
const uint32_t *ks_shortlist_rest(const struct ks_shortlist *list, size_t *out_n);

#endif
