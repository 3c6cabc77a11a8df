/* One after the other, or those on a shortlist. */
#include "lib/engine/wanted.h"

#include "lib/base/mem.h"

#include <stdlib.h>

void ks_wanted_init(struct ks_wanted *wanted)
{
	*wanted = (struct ks_wanted){ .patterns = KS_VEC_OF(const struct ks_pattern *) };
}

void ks_wanted_release(struct ks_wanted *wanted)
{
	ks_vec_release(&wanted->patterns);
	wanted->shortlist = NULL;
}

void ks_wanted_add(struct ks_wanted *wanted, const struct ks_pattern *pattern)
{
	*(const struct ks_pattern **)ks_vec_push(&wanted->patterns) = pattern;
}

static const struct ks_pattern *pattern_at(const struct ks_wanted *wanted, size_t i)
{
	return *KS_VEC_AT(&wanted->patterns, const struct ks_pattern *, i);
}

void ks_wanted_build(struct ks_wanted *wanted, struct ks_arena *arena)
{
	size_t n = wanted->patterns.n;
	struct ks_shortlist_entry *entries;

	if (n < KS_SHORTLIST_LEAST)
		return;
	entries = ks_mem_alloc(n * sizeof(*entries));
	for (size_t i = 0; i < n; i++)
		entries[i].pattern = pattern_at(wanted, i);
	wanted->shortlist = ks_shortlist_make(entries, n, arena);
	free(entries);
}

/* A value, and what is wanted. */
struct asked {
	const struct ks_wanted *wanted;
	struct ks_str value;
};

static bool is_match(void *arg, uint32_t number)
{
	const struct asked *asked = arg;
	const struct ks_pattern *pattern = pattern_at(asked->wanted, number);

	return pattern == NULL || ks_pattern_is_match(pattern, asked->value);
}

bool ks_wanted_is_met(const void *arg, struct ks_str value)
{
	struct asked asked = { arg, value };
	size_t n = asked.wanted->patterns.n;
	const uint32_t *rest = NULL;

	if (asked.wanted->shortlist != NULL) {
		if (ks_shortlist_ask(asked.wanted->shortlist, value, is_match, &asked))
			return true;
		rest = ks_shortlist_rest(asked.wanted->shortlist, &n);
	}
	for (size_t i = 0; i < n; i++)
		if (is_match(&asked, rest != NULL ? rest[i] : (uint32_t)i))
			return true;
	return false;
}
