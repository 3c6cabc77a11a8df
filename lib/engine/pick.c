/* A shortlist for each field; what it names are rules. */
#include "lib/engine/pick.h"

#include "lib/base/mem.h"
#include "lib/sigma/shortlist.h"
#include "lib/trail/event.h"

#include <stdlib.h>
#include <string.h>

#define FIELD_SIZE 16u       /* values that take as much memory as a field */
#define MOST_FIELDS 16u      /* of a rule that are looked at */

/* A field, and what rules ask of it. */
struct asked {
	uint32_t field;
	const struct ks_shortlist *list;
	uint32_t *rules;                   /* of each entry of the list */
};

struct ks_pick {
	struct asked *fields;
	size_t field_count;
	uint32_t *always;                  /* rules that nothing is known of; ascending */
	size_t always_count;
	size_t numbers;                    /* above all of them */
};

/* What a rule asks of a field. */
struct wish {
	uint32_t field, rule;
	const struct ks_pattern *pattern;
};

void ks_pick_init(struct ks_picker *picker)
{
	*picker = (struct ks_picker){ KS_VEC_OF(uint32_t), KS_VEC_OF(uint32_t), KS_VEC_OF(bool) };
}

void ks_pick_release(struct ks_picker *picker)
{
	ks_vec_release(&picker->hits);
	ks_vec_release(&picker->rules);
	ks_vec_release(&picker->is_hit);
}

static int compare_numbers(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

static int compare_wishes(const void *a, const void *b)
{
	const struct wish *x = a, *y = b;

	if (x->field != y->field)
		return x->field < y->field ? -1 : 1;
	return (x->rule > y->rule) - (x->rule < y->rule);
}

/* ---- making -------------------------------------------------------------------------------------- */

static bool has_field(const char *const *fields, size_t n, struct ks_str path)
{
	for (size_t i = 0; i < n; i++)
		if (ks_str_is(path, fields[i]))
			return true;
	return false;
}

/* What a rule needs of the fields that it may be found by, which are its own: of the first few. */
static void find_need(const struct ks_program *program, uint32_t rule, struct ks_need *out)
{
	const struct ks_detection *detection = &program->rules[rule]->detection;
	struct ks_arena arena = { NULL };
	const char *fields[MOST_FIELDS];
	size_t n = 0;

	for (size_t i = 0; i < detection->item_count && n < MOST_FIELDS; i++) {
		struct ks_str path = program->paths[detection->items[i].field];

		if (path.n > 0 && !ks_event_is_reserved(path) && !ks_str_is(path, "eventName") &&
			!ks_str_is(path, "eventSource") && !has_field(fields, n, path))
			fields[n++] = ks_arena_strdup(&arena, path);
	}
	ks_need_find(program, rule, fields, n, out);
	ks_arena_release(&arena);
}

static void add_wishes(const struct ks_need *need, uint32_t rule, struct ks_vec *wishes)
{
	for (size_t i = 0; i < need->atoms.n; i++) {
		const struct ks_need_atom *atom = KS_VEC_AT(&need->atoms, struct ks_need_atom, i);

		*(struct wish *)ks_vec_push(wishes) = (struct wish){ atom->field, rule, atom->pattern };
	}
}

static void add_number(struct ks_vec *numbers, uint32_t number)
{
	*(uint32_t *)ks_vec_push(numbers) = number;
}

/* The wishes of one field. Rules with one that any text may meet are always picked. */
static struct asked make_field(const struct wish *wishes, size_t n, struct ks_vec *always,
	struct ks_arena *arena)
{
	struct ks_shortlist_entry *entries = ks_mem_alloc(n * sizeof(*entries));
	struct asked asked = { .field = wishes[0].field,
		.rules = ks_arena_alloc(arena, n * sizeof(*asked.rules)) };
	const uint32_t *rest;
	size_t rest_count;

	for (size_t i = 0; i < n; i++) {
		entries[i].pattern = wishes[i].pattern;
		asked.rules[i] = wishes[i].rule;
	}
	asked.list = ks_shortlist_make(entries, n, arena);
	rest = ks_shortlist_rest(asked.list, &rest_count);
	for (size_t i = 0; i < rest_count; i++)
		add_number(always, wishes[rest[i]].rule);
	free(entries);
	return asked;
}

static size_t count_fields(const struct ks_vec *wishes)
{
	const struct wish *from = wishes->p;
	size_t n = 0;

	for (size_t i = 0; i < wishes->n; i++)
		n += i == 0 || from[i].field != from[i - 1].field;
	return n;
}

static void make_fields(struct ks_pick *pick, const struct ks_vec *wishes, struct ks_vec *always,
	struct ks_arena *arena)
{
	const struct wish *from = wishes->p;

	pick->fields = ks_arena_alloc(arena, (count_fields(wishes) + 1) * sizeof(*pick->fields));
	for (size_t i = 0, begin = 0; i < wishes->n; i++) {
		if (i + 1 < wishes->n && from[i + 1].field == from[i].field)
			continue;
		pick->fields[pick->field_count++] = make_field(from + begin, i + 1 - begin, always, arena);
		begin = i + 1;
	}
}

/* What all of them ask for; false when that is more than most. */
static bool list_wishes(const struct ks_program *program, const uint32_t *rules, size_t n, size_t most,
	struct ks_vec *wishes, struct ks_vec *always)
{
	for (size_t i = 0; i < n && wishes->n <= most; i++) {
		struct ks_need need;

		ks_need_init(&need);
		find_need(program, rules[i], &need);
		if (need.is_every)
			add_number(always, rules[i]);
		add_wishes(&need, rules[i], wishes);
		ks_need_release(&need);
	}
	return wishes->n <= most;
}

static const struct ks_pick *make(const struct ks_program *program, const struct ks_vec *wishes,
	struct ks_vec *always, struct ks_arena *arena)
{
	struct ks_pick *pick = ks_arena_alloc(arena, sizeof(*pick));

	make_fields(pick, wishes, always, arena);
	ks_vec_sort_unique(always, compare_numbers);
	pick->numbers = program->rule_count;
	pick->always_count = always->n;
	pick->always = ks_arena_alloc(arena, (always->n + 1) * sizeof(*pick->always));
	if (always->n > 0)
		memcpy(pick->always, always->p, always->n * sizeof(*pick->always));
	return pick;
}

const struct ks_pick *ks_pick_make(const struct ks_program *program, const uint32_t *rules, size_t n,
	size_t *budget, struct ks_arena *arena)
{
	struct ks_vec wishes = KS_VEC_OF(struct wish), always = KS_VEC_OF(uint32_t);
	bool is_good = list_wishes(program, rules, n, *budget, &wishes, &always);
	const struct ks_pick *pick = NULL;
	struct ks_arena own = { NULL };
	size_t fields, size;

	if (is_good)
		ks_vec_sort(&wishes, compare_wishes);
	fields = count_fields(&wishes);
	size = wishes.n + FIELD_SIZE * fields;
	/* To ask a field takes about as long as to evaluate a rule. */
	if (is_good && size <= *budget && always.n + 2 * fields < n)
		pick = make(program, &wishes, &always, &own);
	/* Some of what they ask for may be met by any text. */
	if (pick != NULL && pick->always_count + 2 * fields >= n)
		pick = NULL;
	if (pick != NULL) {
		*budget -= size;
		ks_arena_join(arena, &own);
	}
	ks_arena_release(&own);
	ks_vec_release(&wishes);
	ks_vec_release(&always);
	return pick;
}

/* ---- asking -------------------------------------------------------------------------------------- */

/* The values of a field, as they are asked. */
struct asking {
	const struct asked *asked;
	struct ks_picker *picker;
};

static bool add_hit(void *arg, uint32_t number)
{
	const struct asking *asking = arg;
	uint32_t rule = asking->asked->rules[number];
	bool *is_hit = KS_VEC_AT(&asking->picker->is_hit, bool, rule);

	if (!*is_hit)
		add_number(&asking->picker->hits, rule);
	*is_hit = true;
	return false;
}

static void ask_field(const struct asked *asked, const struct ks_view *view, struct ks_picker *picker)
{
	const struct ks_value *values;
	size_t n = view->values(view->arg, asked->field, &values);

	for (size_t i = 0; i < n; i++)
		if (values[i].kind != KS_VALUE_NULL)
			ks_shortlist_ask(asked->list, values[i].text, add_hit, &(struct asking){ asked, picker });
}

void ks_pick_ask(const struct ks_pick *pick, const struct ks_view *view, struct ks_picker *picker)
{
	const uint32_t *hits;
	size_t at = 0;

	ks_vec_clear(&picker->hits);
	ks_vec_clear(&picker->rules);
	while (picker->is_hit.n < pick->numbers)
		ks_vec_push(&picker->is_hit);
	for (size_t i = 0; i < pick->field_count; i++)
		ask_field(&pick->fields[i], view, picker);
	if (picker->hits.n > 1)
		ks_vec_sort(&picker->hits, compare_numbers);
	hits = picker->hits.p;
	for (size_t i = 0; i < picker->hits.n; i++)
		*KS_VEC_AT(&picker->is_hit, bool, hits[i]) = false;
	for (size_t i = 0; i < pick->always_count; i++) {
		while (at < picker->hits.n && hits[at] < pick->always[i])
			add_number(&picker->rules, hits[at++]);
		at += at < picker->hits.n && hits[at] == pick->always[i];
		add_number(&picker->rules, pick->always[i]);
	}
	while (at < picker->hits.n)
		add_number(&picker->rules, hits[at++]);
}
