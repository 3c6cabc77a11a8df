/* lib/engine/pick: whatever may be met is picked, and of many rules few are. */
#include "lib/engine/pick.h"

#include "tests/unit/rows.h"
#include "tests/unit/view.h"

#include <stdlib.h>

#define RULES 60u

static const char *const fields[] = { "a", "b", "c.d", "eventName", "decoy.match" };
static const char *const words[] = { "alpha", "beta", "gamma-ray", "delta", "epsilon", "ze", "7" };
static const char *const mods[] = { "", "|contains", "|startswith", "|endswith", "|re", "|neq",
	"|contains|all" };

static unsigned draw(unsigned *seed, unsigned below)
{
	return (unsigned)rand_r(seed) % below;
}

static const char *pick_of(const char *const *from, size_t n, unsigned *seed)
{
	return from[draw(seed, (unsigned)n)];
}

#define ANY(list) pick_of(list, sizeof(list) / sizeof((list)[0]), &seed)

/* A selection of up to three items, each with up to three values. */
static void add_selection(struct ks_buf *out, const char *name, unsigned *from_seed)
{
	unsigned seed = *from_seed, first = draw(&seed, 5);

	ks_buf_addf(out, " %s:\n", name);
	for (unsigned i = 1 + draw(&seed, 3); i-- > 0;) {
		bool is_null = draw(&seed, 12) == 0;

		/* The name of a field is there once. */
		ks_buf_addf(out, "  %s%s: %s", fields[(first + i) % 5], is_null ? "" : ANY(mods),
			is_null ? "null\n" : "[");
		for (unsigned j = 1 + draw(&seed, 3); !is_null && j-- > 0;)
			ks_buf_addf(out, "'%s'%s", ANY(words), j > 0 ? ", " : "]\n");
	}
	*from_seed = seed;
}

static void add_rules(struct ks_ruleset *ruleset, unsigned *from_seed)
{
	static const char *const conditions[] = { "s", "s and not t", "s or t", "s and t", "not s", "s" };
	unsigned seed = *from_seed;

	for (unsigned i = 0; i < RULES; i++) {
		struct ks_buf text;

		ks_buf_init(&text, 10000);
		add_selection(&text, "s", &seed);
		add_selection(&text, "t", &seed);
		ks_buf_addf(&text, " condition: (%s) or (s and not s and not t)\n", ANY(conditions));
		assert_int_equal(view_add_rule(ruleset, ks_arena_strdup(&ruleset->arena, ks_buf_str(&text))), 0);
		ks_buf_release(&text);
	}
	*from_seed = seed;
}

static void make_event(char out[200], unsigned *from_seed)
{
	unsigned seed = *from_seed;

	out[0] = '\0';
	for (unsigned i = 0, at = 0; i < 5; i++) {
		unsigned kind = draw(&seed, 8);

		if (kind > 0)
			at += (unsigned)snprintf(out + at, 200 - at, kind == 1 ? "%s=null " : kind == 2 ? "%s=7 " :
				"%s='%s%s' ", ANY(fields), ANY(words), kind == 3 ? "-beta" : "");
	}
	*from_seed = seed;
}

static void test_superset(void **state)
{
	struct ks_picker picker;
	unsigned seed = 5;
	size_t made = 0, met = 0;

	(void)state;
	ks_pick_init(&picker);
	for (unsigned round = 0; round < 60; round++) {
		struct ks_arena arena = { NULL };
		const struct ks_pick *pick;
		struct ks_ruleset ruleset;
		struct ks_program program;
		struct ks_matcher matcher;
		uint32_t rules[RULES];
		size_t budget = 100000;

		ks_ruleset_init(&ruleset);
		add_rules(&ruleset, &seed);
		ks_program_build(&program, &ruleset);
		ks_matcher_init(&matcher, &program);
		for (uint32_t i = 0; i < RULES; i++)
			rules[i] = i;
		pick = ks_pick_make(&program, rules, RULES, &budget, &arena);
		for (unsigned i = 0; pick != NULL && i < 200; i++) {
			struct view view;
			char event[200];
			size_t at = 0;

			make_event(event, &seed);
			view_init(&view, &program, event);
			ks_pick_ask(pick, &view.view, &picker);
			made++;
			for (uint32_t rule = 0; rule < RULES; rule++) {
				bool is_picked = at < picker.rules.n && *KS_VEC_AT(&picker.rules, uint32_t, at) == rule;

				at += is_picked;
				ks_matcher_begin(&matcher);
				met += is_picked;
				if (!is_picked && ks_matcher_eval(&matcher, rule, &view.view) != KS_VERDICT_NO)
					fail_msg("rule %u, %s", rule, event);
			}
			assert_int_equal(at, picker.rules.n);
		}
		ks_matcher_release(&matcher);
		ks_ruleset_release(&ruleset);
		ks_arena_release(&arena);
	}
	ks_pick_release(&picker);
	assert_true(made > 5000);
	assert_true(met > made && met < made * RULES);
}

/* Hundreds for one call. */
static void test_few(void **state)
{
	struct ks_arena arena = { NULL };
	const struct ks_pick *pick;
	struct ks_ruleset ruleset;
	struct ks_program program;
	struct ks_picker picker;
	uint32_t rules[300];
	size_t budget = 320, tight = 299 + 15;
	struct view view;
	char text[200];

	(void)state;
	ks_ruleset_init(&ruleset);
	for (uint32_t i = 0; i < 300; i++) {
		rules[i] = i;
		snprintf(text, sizeof(text), " s:\n  eventName: Get\n  a: bucket-%u\n condition: s\n", i);
		if (i == 100)
			snprintf(text, sizeof(text), " s:\n  eventName: Get\n condition: s\n");
		assert_int_equal(view_add_rule(&ruleset, text), 0);
	}
	ks_program_build(&program, &ruleset);
	pick = ks_pick_make(&program, rules, 300, &budget, &arena);
	assert_non_null(pick);
	assert_int_equal(budget, 320 - 299 - 16);
	assert_null(ks_pick_make(&program, rules, 300, &tight, &arena));
	assert_int_equal(tight, 299 + 15);
	ks_pick_init(&picker);
	view_init(&view, &program, "eventName='Get' a='bucket-217' a='BUCKET-9'");
	ks_pick_ask(pick, &view.view, &picker);
	assert_int_equal(picker.rules.n, 3);
	assert_int_equal(*KS_VEC_AT(&picker.rules, uint32_t, 0), 9);
	assert_int_equal(*KS_VEC_AT(&picker.rules, uint32_t, 1), 100);
	assert_int_equal(*KS_VEC_AT(&picker.rules, uint32_t, 2), 217);
	view_init(&view, &program, "eventName='Get'");
	ks_pick_ask(pick, &view.view, &picker);
	assert_int_equal(picker.rules.n, 1);
	/* What says the same again and again is one. */
	view_init(&view, &program, "a='bucket-217' a='bucket-217' a='bucket-217' a='bucket-217'");
	ks_pick_ask(pick, &view.view, &picker);
	assert_int_equal(picker.hits.n, 1);
	ks_pick_release(&picker);
	/* All that there is to know of these is the name of their call. */
	assert_null(ks_pick_make(&program, rules + 100, 1, &budget, &arena));
	/* And these ask for more than may be held. */
	assert_null(ks_pick_make(&program, rules, 50, &budget, &arena));
	assert_int_equal(budget, 320 - 299 - 16);
	ks_ruleset_release(&ruleset);
	ks_arena_release(&arena);
}

#define SOME 30u

/* Whether there is a pick of some rules whose detections are a form with a number in place of "#". */
static bool makes_one(const char *form)
{
	struct ks_arena arena = { NULL };
	size_t budget = 1000000;
	struct ks_ruleset ruleset;
	struct ks_program program;
	uint32_t rules[SOME];
	struct ks_buf text;
	bool is_made;

	ks_buf_init(&text, 1u << 20);
	ks_ruleset_init(&ruleset);
	for (uint32_t i = 0; i < SOME; i++) {
		struct ks_str rest = ks_str_of(form), part;

		rules[i] = i;
		ks_buf_clear(&text);
		while (ks_str_next(&rest, '#', &part)) {
			ks_buf_add(&text, part);
			if (rest.p != NULL)
				ks_buf_addf(&text, "%u", i);
		}
		assert_int_equal(view_add_rule(&ruleset, text.p), 0);
	}
	ks_program_build(&program, &ruleset);
	is_made = ks_pick_make(&program, rules, SOME, &budget, &arena) != NULL;
	ks_ruleset_release(&ruleset);
	ks_arena_release(&arena);
	ks_buf_release(&text);
	return is_made;
}

/* What is not in the record itself, or went into the route already, is nothing to pick by. */
static void test_fields(void **state)
{
	(void)state;
	assert_true(makes_one(" s:\n  a: x-#\n condition: s\n"));
	assert_true(makes_one(" s:\n  decoy.name: x-#\n  a: x-#\n condition: s\n"));
	assert_false(makes_one(" s:\n  decoy.name: x-#\n condition: s\n"));
	assert_false(makes_one(" s:\n  actor.name: x-#\n condition: s\n"));
	assert_false(makes_one(" s:\n  eventName: x-#\n  eventSource: x-#\n condition: s\n"));
}

/* Hundreds of fields, or the same one hundreds of times, beside hundreds of values: in no time that grows
 * with the product of these (it took minutes). */
static void test_wide(void **state)
{
	struct ks_buf same, other;

	(void)state;
	ks_buf_init(&same, 1u << 20);
	ks_buf_init(&other, 1u << 20);
	ks_buf_adds(&same, " s:\n  a:\n");
	ks_buf_adds(&other, " s:\n  a:\n");
	for (unsigned i = 0; i < 1000; i++) {
		ks_buf_addf(&same, "   - x#-%u\n", i);
		ks_buf_addf(&other, "   - x#-%u\n", i);
	}
	ks_buf_adds(&same, " t:\n");
	ks_buf_adds(&other, " t:\n");
	for (unsigned i = 0; i < 1000; i++) {
		ks_buf_addf(&same, "  - {a: y#-%u, b: z}\n", i);
		ks_buf_addf(&other, "  f%u|exists: true\n", i);
	}
	ks_buf_adds(&same, " condition: s or t\n");
	ks_buf_adds(&other, " condition: s and t\n");
	assert_true(makes_one(same.p));
	assert_true(makes_one(other.p));
	ks_buf_release(&same);
	ks_buf_release(&other);
}

int main(void)
{
	struct rows rows = { 0 };

	ROWS_TEST(&rows, test_superset);
	ROWS_TEST(&rows, test_few);
	ROWS_TEST(&rows, test_fields);
	ROWS_TEST(&rows, test_wide);
	return rows_run("pick", &rows);
}
