/*
 * Patterns that rules ask for in the values of one member: whether a value matches any of them. First all
 * are added, then it is built, then any number of threads may ask.
 */
#ifndef KS_ENGINE_WANTED_H
#define KS_ENGINE_WANTED_H

#include "lib/base/vec.h"
#include "lib/sigma/shortlist.h"

struct ks_wanted {
	struct ks_vec patterns;                  /* const struct ks_pattern *, borrowed; NULL for any value */
	const struct ks_shortlist *shortlist;    /* of them, where they are many; or NULL */
};

void ks_wanted_init(struct ks_wanted *wanted);
void ks_wanted_release(struct ks_wanted *wanted);

void ks_wanted_add(struct ks_wanted *wanted, const struct ks_pattern *pattern);

/* What it needs to answer quickly lives in arena. */
void ks_wanted_build(struct ks_wanted *wanted, struct ks_arena *arena);

/* arg is a struct ks_wanted. */
bool ks_wanted_is_met(const void *arg, struct ks_str value);

#endif
