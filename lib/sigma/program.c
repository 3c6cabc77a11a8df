/* A rule set seen as a program. */
#include "lib/sigma/program.h"

#include <string.h>

void ks_program_build(struct ks_program *program, const struct ks_ruleset *ruleset)
{
	*program = (struct ks_program){ .rules = (const struct ks_rule *const *)ruleset->rules.p,
		.rule_count = ruleset->rules.n,
		.paths = ruleset->paths.list.p,
		.path_count = ruleset->paths.list.n,
		.correlations = (const struct ks_correlation *const *)ruleset->correlations.p,
		.correlation_count = ruleset->resolved,
		.filters = (const struct ks_filter *const *)ruleset->filters.p,
		.filter_count = ruleset->filters.n };
}

static bool is_called(const struct ks_rule *rule, struct ks_str name)
{
	const char *base = rule->file != NULL ? strrchr(rule->file, '/') : NULL;

	return ks_str_is_equal(rule->id, name) || ks_str_is_equal(rule->name, name) ||
		ks_str_is_equal(rule->title, name) ||
		(rule->file != NULL && (ks_str_is(name, rule->file) || (base != NULL && ks_str_is(name,
		base + 1))));
}

ptrdiff_t ks_program_find(const struct ks_program *program, struct ks_str rule)
{
	for (size_t i = 0; rule.n > 0 && i < program->rule_count; i++)
		if (is_called(program->rules[i], rule))
			return (ptrdiff_t)i;
	return -1;
}

const struct ks_correlation *ks_program_find_correlation(const struct ks_program *program,
	struct ks_str name)
{
	for (size_t i = 0; name.n > 0 && i < program->correlation_count; i++)
		if (is_called(&program->correlations[i]->head, name))
			return program->correlations[i];
	return NULL;
}
