/* A map from each text to its copy. */
#include "lib/base/lexicon.h"

void ks_lexicon_init(struct ks_lexicon *lexicon, struct ks_arena *arena)
{
	lexicon->arena = arena;
	ks_map_init(&lexicon->texts);
}

void ks_lexicon_release(struct ks_lexicon *lexicon)
{
	if (lexicon != NULL)
		ks_map_release(&lexicon->texts);
}

struct ks_str ks_lexicon_keep(struct ks_lexicon *lexicon, struct ks_str s)
{
	struct ks_str kept = { NULL, 0 };

	if (s.p == NULL)
		return kept;
	kept.n = s.n;
	kept.p = ks_map_find(&lexicon->texts, s);
	if (kept.p != NULL)
		return kept;
	kept = ks_arena_copy(lexicon->arena, s);
	if (lexicon->texts.entries.n < KS_LEXICON_TEXTS)
		ks_map_put(&lexicon->texts, s, (void *)(uintptr_t)kept.p);
	return kept;
}
