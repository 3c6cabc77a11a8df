/*
 * struct ks_lexicon: texts that come again and again, each kept once: the names of calls and Regions, the
 * agents and addresses of a hundred thousand events are a few different ones. What is kept belongs to the
 * arena.
 */
#ifndef KS_BASE_LEXICON_H
#define KS_BASE_LEXICON_H

#include "lib/base/map.h"

#define KS_LEXICON_TEXTS 20000u        /* different ones that are known again; what comes beyond is copied */

struct ks_lexicon {
	struct ks_map texts;
	struct ks_arena *arena;
};

/* The arena is borrowed and outlives what was kept, which outlives the lexicon. */
void ks_lexicon_init(struct ks_lexicon *lexicon, struct ks_arena *arena);
void ks_lexicon_release(struct ks_lexicon *lexicon);

/* The same text, a NUL behind it; p NULL stays so. */
struct ks_str ks_lexicon_keep(struct ks_lexicon *lexicon, struct ks_str s);

#endif
