/* Coverage from needs: the event names and sources without which a rule cannot be met. */
#include "lib/engine/coverage.h"

#include "lib/sigma/need.h"

#include <string.h>

static size_t count_rows(void)
{
	size_t n = 0;

	while (ks_stage_row(n) != NULL)
		n++;
	return n;
}

/* Whether a source that the rule asks for is that of the row. */
static bool has_source(const struct ks_need *sources, const struct ks_stage_row *row)
{
	for (size_t i = 0; i < sources->atoms.n; i++) {
		const struct ks_pattern *pattern = KS_VEC_AT(&sources->atoms, struct ks_need_atom, i)->pattern;

		if (pattern == NULL || ks_pattern_is_match(pattern, ks_str_of(row->event_source)))
			return true;
	}
	return sources->is_every;
}

/* Whether a name that the rule asks for is of the row: a name in full belongs to one row only. Every name is
 * one of a service of which the table takes every call, so such a row must be meant. */
static bool has_name(const struct ks_need *names, const struct ks_stage_row *row, bool is_any_source)
{
	if (is_any_source && strcmp(row->event_name, "*") == 0)
		return false;
	for (size_t i = 0; i < names->atoms.n; i++) {
		const struct ks_pattern *pattern = KS_VEC_AT(&names->atoms, struct ks_need_atom, i)->pattern;

		if (pattern == NULL || ks_pattern_is_match(pattern, ks_str_of(row->event_name)) ||
			(pattern->kind == KS_PATTERN_EXACT &&
			ks_stage_find(ks_str_of(row->event_source), pattern->literal) == row))
			return true;
	}
	return names->is_every;
}

static void add_rule(const struct ks_program *program, size_t rule, struct ks_coverage *out)
{
	struct ks_need names, sources, decoys;
	const struct ks_stage_row *row;

	ks_need_init(&names);
	ks_need_init(&sources);
	ks_need_init(&decoys);
	ks_need_find(program, rule, (const char *const[]){ "eventName" }, 1, &names);
	ks_need_find(program, rule, (const char *const[]){ "eventSource" }, 1, &sources);
	ks_need_find(program, rule, (const char *const[]){ "decoy." }, 1, &decoys);
	out->is_real = out->is_real || decoys.is_every;
	if (names.is_every && sources.is_every) {
		out->is_any_call = true;
	} else {
		for (size_t i = 0; (row = ks_stage_row(i)) != NULL; i++)
			if (has_source(&sources, row) && has_name(&names, row, sources.is_every)) {
				out->calls[i] = 1;
				out->stages |= row->stages;
			}
	}
	ks_need_release(&names);
	ks_need_release(&sources);
	ks_need_release(&decoys);
}

static void add(const struct ks_program *program, const struct ks_rule *rule, struct ks_coverage *out)
{
	if (rule->correlation != NULL) {
		for (size_t i = 0; i < rule->correlation->part_count; i++)
			if (rule->correlation->parts[i].rule != NULL)
				add(program, rule->correlation->parts[i].rule, out);
		return;
	}
	for (size_t i = 0; i < program->rule_count; i++)
		if (program->rules[i] == rule)
			add_rule(program, i, out);
}

struct ks_coverage ks_coverage_find(const struct ks_program *program, const struct ks_rule *rule,
	struct ks_arena *arena)
{
	struct ks_coverage out = { .calls = memset(ks_arena_alloc(arena, count_rows()), 0, count_rows()) };

	add(program, rule, &out);
	return out;
}
