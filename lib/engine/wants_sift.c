/* Rules that want every record, tried on a few members of it. */
#include "lib/engine/wants_sift.h"

#include "lib/base/mem.h"

#include <stdlib.h>

#define MOST_PICKED 200000u      /* values that rules ask for, together: some 12 MB a thread */

static bool can_ask(const struct ks_program *program, uint32_t field)
{
	return !ks_event_is_reserved(program->paths[field]) && ks_sieve_can(program->paths[field]);
}

static bool can_ask_all(const struct ks_program *program, const struct ks_detection *detection)
{
	for (size_t i = 0; i < detection->item_count; i++) {
		const struct ks_item *item = &detection->items[i];

		if (item->is_keyword || !can_ask(program, item->field))
			return false;
		for (size_t j = 0; j < item->test_count; j++)
			if (item->tests[j].kind == KS_TEST_FIELD && !can_ask(program, item->tests[j].u.other.path))
				return false;
	}
	return true;
}

bool ks_wants_sift_can(const struct ks_program *program, size_t rule)
{
	const struct ks_detection *part;

	for (size_t p = 0; (part = ks_detection_part(&program->rules[rule]->detection, p)) != NULL; p++)
		if (!can_ask_all(program, part))
			return false;
	return true;
}

static size_t values(void *arg, uint32_t field, const struct ks_value **out)
{
	const struct ks_wants_sift *s = arg;
	const struct ks_sieve_field *found = &s->sieve.fields[s->slots[field]];

	*out = found->values;
	return found->n;
}

static bool may_matter(void *arg, struct ks_str text)
{
	struct ks_wants_sift *s = arg;
	const struct ks_vec *rules = &s->wants->sifted;
	struct ks_view view = { values, s };

	if (!ks_sieve_read(&s->sieve, text))
		return true;
	if (s->pick != NULL) {
		ks_pick_ask(s->pick, &view, &s->picker);
		rules = &s->picker.rules;
	}
	ks_matcher_begin(&s->matcher);
	for (size_t i = 0; i < rules->n; i++)
		if (ks_matcher_eval(&s->matcher, *KS_VEC_AT(rules, uint32_t, i), &view) != KS_VERDICT_NO)
			return true;
	return false;
}

/* False when there is no room for it. */
static bool add(struct ks_wants_sift *s, uint32_t path)
{
	int slot = ks_sieve_add(&s->sieve, s->wants->program->paths[path]);

	if (slot >= 0)
		s->slots[path] = (uint8_t)slot;
	return slot >= 0;
}

static bool add_detection(struct ks_wants_sift *s, const struct ks_detection *detection)
{
	for (size_t i = 0; i < detection->item_count; i++) {
		const struct ks_item *item = &detection->items[i];

		if (!add(s, item->field))
			return false;
		for (size_t j = 0; j < item->test_count; j++)
			if (item->tests[j].kind == KS_TEST_FIELD && !add(s, item->tests[j].u.other.path))
				return false;
	}
	return true;
}

static bool add_rule(struct ks_wants_sift *s, size_t rule)
{
	const struct ks_detection *whole = &s->wants->program->rules[rule]->detection, *part;

	for (size_t p = 0; (part = ks_detection_part(whole, p)) != NULL; p++)
		if (!add_detection(s, part))
			return false;
	return true;
}

/* False when there is no room for all. */
static bool add_rules(struct ks_wants_sift *s)
{
	for (size_t i = 0; i < s->wants->sifted.n; i++)
		if (!add_rule(s, *KS_VEC_AT(&s->wants->sifted, uint32_t, i)))
			return false;
	return true;
}

bool ks_wants_sift_fits(const struct ks_wants *wants)
{
	struct ks_wants_sift s = { .wants = wants, .slots = ks_mem_alloc(wants->program->path_count + 1) };
	bool fits;

	ks_sieve_init(&s.sieve, ks_mask_fill_portable);
	fits = add_rules(&s);
	free(s.slots);
	return fits;
}

void ks_wants_sift_begin(struct ks_wants_sift *s, const struct ks_wants *wants, ks_mask_fill_fn *fill,
	struct ks_anchors *anchors)
{
	size_t budget = MOST_PICKED;

	*s = (struct ks_wants_sift){ .wants = NULL };
	if (wants->is_every || wants->sifted.n == 0)
		return;
	*s = (struct ks_wants_sift){ .wants = wants, .slots = ks_mem_alloc(wants->program->path_count + 1) };
	ks_sieve_init(&s->sieve, fill);
	ks_matcher_init(&s->matcher, wants->program);
	ks_arena_init(&s->arena);
	ks_pick_init(&s->picker);
	if (!add_rules(s))
		return;
	if (wants->sifted.n >= KS_PICK_LEAST)
		s->pick = ks_pick_make(wants->program, wants->sifted.p, wants->sifted.n, &budget, &s->arena);
	anchors->every = false;
	anchors->may_matter = may_matter;
	anchors->may_matter_arg = s;
}

void ks_wants_sift_end(struct ks_wants_sift *s)
{
	if (s->wants == NULL)
		return;
	ks_matcher_release(&s->matcher);
	ks_arena_release(&s->arena);
	ks_pick_release(&s->picker);
	free(s->slots);
	*s = (struct ks_wants_sift){ .wants = NULL };
}
