/* Hostile conditions: parsed, walked, and used in a rule. What parses keeps its operands, and its places lie
 * in the text. */
#include "lib/base/limits.h"
#include "lib/sigma/condition.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void walk(const struct ks_condition *condition, struct ks_str text, unsigned depth)
{
	bool is_name = condition->kind == KS_CONDITION_NAME || condition->kind == KS_CONDITION_OF;

	if (condition->offset > text.n || depth > 4 * KS_LIMIT_CONDITION)
		abort();
	if (is_name != (condition->n == 0) || is_name != (condition->name.n > 0))
		abort();
	if (condition->kind == KS_CONDITION_NOT && condition->n != 1)
		abort();
	if ((condition->kind == KS_CONDITION_AND || condition->kind == KS_CONDITION_OR) && condition->n < 2)
		abort();
	/* A pattern is like itself, unless it is hidden. */
	if (condition->kind == KS_CONDITION_OF && !ks_condition_is_meant(condition->name, condition->name))
		abort();
	for (size_t i = 0; i < condition->n; i++)
		walk(condition->children[i], text, depth + 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct ks_str text = { (const char *)data, n };
	const struct ks_condition *condition;
	struct ks_err err = { 0 };
	struct ks_arena arena;
	size_t offset = 0;

	ks_arena_init(&arena);
	if (ks_condition_parse(text, &arena, &condition, &offset, &err) == 0)
		walk(condition, text, 0);
	else if (offset > n || err.message[0] == '\0')
		abort();
	ks_arena_release(&arena);
	return 0;
}
