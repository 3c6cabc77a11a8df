/*
 * Necessary conditions, bottom up. "Not" is pushed down to the items (De Morgan); of an "and" the most
 * selective part is kept, of an "or" all parts. Throughout, what is described is "the verdict is not
 * no".
 */
#include "lib/sigma/need.h"

#include "lib/base/limits.h"

#define LONG 8u /* letters of a text that selects as little as an exact one */

struct search {
	const struct ks_program *program;
	const struct ks_detection *detection;
	const char *const *anchors;
	size_t anchor_count;
};

void ks_need_init(struct ks_need *need)
{
	*need = (struct ks_need){ .atoms = KS_VEC_OF(struct ks_need_atom) };
}

void ks_need_release(struct ks_need *need)
{
	if (need != NULL)
		ks_vec_release(&need->atoms);
}

static bool is_anchored(const struct search *search, uint32_t field)
{
	struct ks_str path = search->program->paths[field];

	for (size_t i = 0; i < search->anchor_count; i++) {
		struct ks_str anchor = ks_str_of(search->anchors[i]);

		if (ks_str_is_equal(path, anchor) ||
			(anchor.n > 0 && anchor.p[anchor.n - 1] == '.' && ks_str_has_prefix(path, anchor)))
			return true;
	}
	return false;
}

/* How little an atom selects: -1 for what is below an anchor with a dot, 0 for one exact text. */
static int looseness(const struct search *search, const struct ks_need_atom *atom)
{
	for (size_t i = 0; i < search->anchor_count; i++)
		if (ks_str_has_suffix(ks_str_of(search->anchors[i]), KS_STR(".")) &&
			ks_str_has_prefix(search->program->paths[atom->field], ks_str_of(search->anchors[i])))
			return -1;
	if (atom->pattern == NULL)
		return 3;
	/* The beginning of a name says as much as all of it, when it is long enough. */
	if (atom->pattern->kind == KS_PATTERN_EXACT ||
		(atom->pattern->kind == KS_PATTERN_PREFIX && atom->pattern->literal.n >= LONG))
		return 0;
	return atom->pattern->kind == KS_PATTERN_PREFIX ? 1 : 2;
}

/* The place of an atom's field among the anchors: the caller names first what tells records apart best. */
static int place(const struct search *search, const struct ks_need_atom *atom)
{
	for (size_t i = 0; i < search->anchor_count; i++)
		if (ks_str_is(search->program->paths[atom->field], search->anchors[i]))
			return (int)i;
	return -1;
}

/* What a need lets through, as far as one can tell: its loosest atom, then the worst place. */
struct width {
	int loose, place;
};

static struct width width_of(const struct search *search, const struct ks_need *need)
{
	struct width width = { -1, -1 };

	for (size_t i = 0; i < need->atoms.n; i++) {
		const struct ks_need_atom *atom = KS_VEC_AT(&need->atoms, struct ks_need_atom, i);
		int loose = looseness(search, atom), at = place(search, atom);

		width.loose = loose > width.loose ? loose : width.loose;
		width.place = at > width.place ? at : width.place;
	}
	return width;
}

/* The best of the parts of an "and" so far. */
struct best {
	struct ks_need *need;
	struct width width;          /* of it, unless it is every record */
};

/* Whether a part selects fewer records than the best so far, as far as one can tell. Ten names of calls
 * select fewer than the one service that they belong to. */
static bool is_better(const struct ks_need *part, struct width width, const struct best *best)
{
	if (part->is_every || best->need->is_every)
		return !part->is_every;
	if (width.loose != best->width.loose)
		return width.loose < best->width.loose;
	if (width.place != best->width.place)
		return width.place < best->width.place;
	return part->atoms.n < best->need->atoms.n;
}

static void set_every(struct ks_need *need)
{
	need->is_every = true;
	ks_vec_clear(&need->atoms);
}

static void add_atom(struct ks_need *need, uint32_t field, const struct ks_pattern *pattern)
{
	struct ks_need_atom *atom;

	if (need->is_every)
		return;
	for (size_t i = 0; pattern == NULL && i < need->atoms.n; i++) {
		const struct ks_need_atom *old = KS_VEC_AT(&need->atoms, struct ks_need_atom, i);

		if (old->field == field && old->pattern == NULL)
			return;
	}
	atom = ks_vec_push(&need->atoms);
	*atom = (struct ks_need_atom){ field, pattern };
	/* A caller could not use that many, and a product of lists must not fill the memory. */
	if (need->atoms.n > KS_LIMIT_RULE_NODES)
		set_every(need);
}

static void add_need(struct ks_need *need, const struct ks_need *other)
{
	if (other->is_every) {
		set_every(need);
		need->open = other->open;
	}
	for (size_t i = 0; i < other->atoms.n && !need->is_every; i++) {
		const struct ks_need_atom *atom = KS_VEC_AT(&other->atoms, struct ks_need_atom, i);

		add_atom(need, atom->field, atom->pattern);
	}
}

/* Moves from into to; from is empty afterwards. */
static void take(struct ks_need *to, struct ks_need *from)
{
	ks_need_release(to);
	*to = *from;
	ks_need_init(from);
}

/* The part becomes the best, and is empty then, when it is better; true if so. */
static bool offer(const struct search *search, struct best *best, struct ks_need *part)
{
	struct width width = width_of(search, part);

	if (!is_better(part, width, best))
		return false;
	take(best->need, part);
	best->width = width;
	return true;
}

static void add_presence(const struct search *search, uint32_t field, struct ks_need *out)
{
	if (is_anchored(search, field))
		add_atom(out, field, NULL);
	else
		set_every(out);
}

/* The test is not no; negated: it is not yes. */
static void find_test(const struct search *search, const struct ks_item *item,
	const struct ks_test *test,
	bool is_negated, struct ks_need *out)
{
	if (is_negated) {
		/* Only "not absent" says anything about what is there. */
		if (test->kind == KS_TEST_NULL || (test->kind == KS_TEST_EXISTS && !test->u.boolean))
			add_presence(search, item->field, out);
		else
			set_every(out);
		return;
	}
	if (test->kind == KS_TEST_NULL || (test->kind == KS_TEST_EXISTS && !test->u.boolean))
		set_every(out);
	else if (test->kind == KS_TEST_STRING && test->u.pattern.kind != KS_PATTERN_ANY &&
		is_anchored(search, item->field))
		add_atom(out, item->field, &test->u.pattern);
	else if (test->kind == KS_TEST_REGEX && test->u.regex.literal != NULL &&
		is_anchored(search, item->field))
		add_atom(out, item->field, test->u.regex.literal);
	else if (test->kind == KS_TEST_FIELD && !is_anchored(search, item->field))
		add_presence(search, test->u.other.path, out);
	else
		add_presence(search, item->field, out);
}

static void find_item(const struct search *search, const struct ks_item *item, bool is_negated,
	struct ks_need *out)
{
	bool is_not = item->is_negated != is_negated;
	bool is_and = item->is_all != is_not;
	struct best best = { .need = out };

	out->open = item;
	if (!is_and) {
		for (size_t i = 0; i < item->test_count && !out->is_every; i++)
			find_test(search, item, &item->tests[i], is_not, out);
		return;
	}
	set_every(out);
	for (size_t i = 0; i < item->test_count; i++) {
		struct ks_need need;

		ks_need_init(&need);
		find_test(search, item, &item->tests[i], is_not, &need);
		/* Any form of the value will do. (Negated, the first says already that nothing can be said.) */
		for (; i + 1 < item->test_count && item->tests[i + 1].is_or; i++)
			if (!need.is_every)
				find_test(search, item, &item->tests[i + 1], is_not, &need);
		if (offer(search, &best, &need))
			out->open = item;
		ks_need_release(&need);
	}
}

/* out is freshly initialized. */
static void find_node(const struct search *search, uint32_t at, bool is_negated, struct ks_need *out)
{
	const struct ks_node *node = &search->detection->nodes[at];
	bool is_and = (node->kind == KS_NODE_ALL) != is_negated;
	struct best best = { .need = out };

	if (node->kind == KS_NODE_ITEM) {
		find_item(search, &search->detection->items[node->item], is_negated, out);
		return;
	}
	if (node->kind == KS_NODE_NOT) {
		find_node(search, node->children[0], !is_negated, out);
		return;
	}
	out->is_every = is_and;
	for (size_t i = 0; i < node->n; i++) {
		struct ks_need need;

		ks_need_init(&need);
		find_node(search, node->children[i], is_negated, &need);
		if (!is_and)
			add_need(out, &need);
		else if (!offer(search, &best, &need) && out->open == NULL)
			out->open = need.open;
		ks_need_release(&need);
		if (!is_and && out->is_every)
			break;
	}
}

void ks_need_find(const struct ks_program *program, size_t rule, const char *const *anchors, size_t n,
	struct ks_need *out)
{
	const struct ks_detection *detection = &program->rules[rule]->detection;
	struct search search = {
		.program = program, .detection = detection, .anchors = anchors, .anchor_count = n
	};
	struct best best = { .need = out };

	set_every(out);
	out->is_every = false;
	find_node(&search, detection->root, false, out);
	best.width = width_of(&search, out);
	for (size_t i = 0; i < detection->filter_count; i++) {
		struct ks_need need;

		ks_need_init(&need);
		search.detection = &detection->filters[i]->detection;
		find_node(&search, search.detection->root, false, &need);
		offer(&search, &best, &need);
		ks_need_release(&need);
	}
}

static bool reads(const struct ks_program *program, const struct ks_detection *detection,
	struct ks_str prefix)
{
	for (size_t i = 0; i < detection->item_count; i++) {
		const struct ks_item *item = &detection->items[i];

		if (ks_str_has_prefix(program->paths[item->field], prefix))
			return true;
		for (size_t j = 0; j < item->test_count; j++)
			if (item->tests[j].kind == KS_TEST_FIELD &&
				ks_str_has_prefix(program->paths[item->tests[j].u.other.path], prefix))
				return true;
	}
	return false;
}

bool ks_need_reads(const struct ks_program *program, size_t rule, struct ks_str prefix)
{
	const struct ks_detection *part;

	for (size_t p = 0; (part = ks_detection_part(&program->rules[rule]->detection, p)) != NULL; p++)
		if (reads(program, part, prefix))
			return true;
	return false;
}
