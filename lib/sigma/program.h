/*
 * The rules of a set as a program: what the matcher runs, and what asks records for fields. Immutable
 * once built, so threads share it. Plain data: another back end (SQL) can walk the same nodes and
 * items.
 */
#ifndef KS_SIGMA_PROGRAM_H
#define KS_SIGMA_PROGRAM_H

#include "lib/sigma/ruleset.h"

struct ks_program {
	const struct ks_rule *const *rules;
	size_t rule_count;
	const struct ks_str *paths;      /* the fields: what a view is asked for by index */
	size_t path_count;
	const struct ks_correlation *const *correlations;    /* each knows its rules, each rule its uses */
	size_t correlation_count;
	const struct ks_filter *const *filters;      /* each is part of the rules that it narrows */
	size_t filter_count;
};

/* Builds from the rules that loaded, and the correlations that were resolved. The program borrows from
 * the set, which must outlive it and must not be added to. */
void ks_program_build(struct ks_program *program, const struct ks_ruleset *ruleset);

/* The index of the rule with this id, name, title or file name; -1 when there is none. */
ptrdiff_t ks_program_find(const struct ks_program *program, struct ks_str rule);

/* Likewise the correlation; NULL when there is none. */
const struct ks_correlation *ks_program_find_correlation(const struct ks_program *program,
	struct ks_str name);

#endif
