/*
 * Selections and conditions to nodes. A selection is a mapping (all of its items), or keywords, or a list of
 * these (any of them); several conditions mean any of them.
 */
#include "lib/sigma/detection.h"

#include "lib/base/limits.h"
#include "lib/base/mem.h"
#include "lib/base/opt.h"
#include "lib/sigma/condition.h"
#include "lib/sigma/rule.h"

#include <stdlib.h>
#include <string.h>

#define NO_NODE UINT32_MAX

struct selection {
	const struct ks_yaml_node *key;
	uint32_t node; /* NO_NODE when it had errors */
	bool is_used;
};

struct build {
	struct ks_item_env *env;
	struct ks_vec nodes;                    /* struct ks_node */
	struct ks_vec items;                    /* struct ks_item */
	struct ks_vec selections;               /* struct selection */
	struct ks_map names;                    /* selection's name to its index + 1 */
	const struct ks_yaml_node *condition;   /* the string that is being compiled */
};

static const struct ks_node *node_at(const struct build *build, uint32_t i)
{
	return KS_VEC_AT(&build->nodes, struct ks_node, i);
}

static uint32_t add_item(struct build *build, const struct ks_item *item)
{
	struct ks_node *node = ks_vec_push(&build->nodes);

	*node = (struct ks_node){ .kind = KS_NODE_ITEM, .item = (uint32_t)build->items.n,
		.cost = item->cost };
	*(struct ks_item *)ks_vec_push(&build->items) = *item;
	return (uint32_t)build->nodes.n - 1;
}

/* Prices stop at the largest. */
static uint32_t add_cost(uint32_t a, uint32_t b)
{
	return UINT32_MAX - a < b ? UINT32_MAX : a + b;
}

/* Joins children (uint32_t) under a new node, the cheapest first; a single child of "and" or "or" is
 * the node itself. */
static uint32_t add_node(struct build *build, enum ks_node_kind kind, const struct ks_vec *children)
{
	const uint32_t *from = children->p;
	uint32_t *sorted, cost = 1;
	struct ks_node *node;

	if (children->n == 1 && kind != KS_NODE_NOT)
		return from[0];
	sorted = ks_arena_alloc(build->env->arena, children->n * sizeof(*sorted));
	/* Insertion keeps equals in source order. Long runs are nearly always of one price, so this stays
	 * linear; past a thousand children the order is left alone. */
	for (size_t i = 0; i < children->n; i++) {
		size_t at = i;

		while (children->n <= 1000 && at > 0 &&
			node_at(build, sorted[at - 1])->cost > node_at(build, from[i])->cost) {
			sorted[at] = sorted[at - 1];
			at--;
		}
		sorted[at] = from[i];
		cost = add_cost(cost, node_at(build, from[i])->cost);
	}
	node = ks_vec_push(&build->nodes);
	*node = (struct ks_node){ .kind = kind, .children = sorted, .n = children->n, .cost = cost };
	return (uint32_t)build->nodes.n - 1;
}

static uint32_t parse_mapping(struct build *build, const struct ks_yaml_node *mapping,
	struct ks_str name)
{
	struct ks_vec children = KS_VEC_OF(uint32_t);
	uint32_t out = NO_NODE;
	bool is_good = true;

	if (mapping->n == 0) {
		ks_problem_add_at(build->env->problems, KS_ERR_PARSE, mapping->line, mapping->column,
			"selection '" KS_STR_FMT "' is empty", KS_STR_ARG(name));
		return NO_NODE;
	}
	for (size_t i = 0; i < mapping->n; i++) {
		struct ks_item item;

		if (ks_item_parse(mapping->keys[i], mapping->items[i], name, build->env, &item))
			*(uint32_t *)ks_vec_push(&children) = add_item(build, &item);
		else
			is_good = false;
	}
	if (is_good)
		out = add_node(build, KS_NODE_ALL, &children);
	ks_vec_release(&children);
	return out;
}

/* Values without a field, one or a list of them. */
static uint32_t parse_keywords(struct build *build, const struct ks_yaml_node *value, struct ks_str name)
{
	struct ks_item item;

	return ks_item_parse_keywords(value, name, build->env, &item) ? add_item(build, &item) : NO_NODE;
}

static bool has_only_values(const struct ks_yaml_node *list)
{
	for (size_t i = 0; i < list->n; i++)
		if (list->items[i]->kind == KS_YAML_MAPPING || list->items[i]->kind == KS_YAML_SEQUENCE)
			return false;
	return list->n > 0;
}

static uint32_t parse_list(struct build *build, const struct ks_yaml_node *list, struct ks_str name)
{
	struct ks_vec children = KS_VEC_OF(uint32_t);
	uint32_t out = NO_NODE;
	bool is_good = true;

	if (has_only_values(list))
		return parse_keywords(build, list, name);
	if (list->n == 0)
		ks_problem_add_at(build->env->problems, KS_ERR_PARSE, list->line, list->column,
			"selection '" KS_STR_FMT "' is empty", KS_STR_ARG(name));
	for (size_t i = 0; i < list->n && is_good; i++) {
		const struct ks_yaml_node *entry = list->items[i];
		uint32_t node = NO_NODE;

		if (entry->kind == KS_YAML_MAPPING)
			node = parse_mapping(build, entry, name);
		else if (entry->kind == KS_YAML_SEQUENCE)
			ks_problem_add_at(build->env->problems, KS_ERR_PARSE, entry->line, entry->column,
				"a list in a list cannot be a selection");
		else
			node = parse_keywords(build, entry, name);
		is_good = node != NO_NODE;
		if (is_good)
			*(uint32_t *)ks_vec_push(&children) = node;
	}
	if (is_good && list->n > 0)
		out = add_node(build, KS_NODE_ANY, &children);
	ks_vec_release(&children);
	return out;
}

/* One entry of the detection that is not the condition. */
static void parse_selection(struct build *build, const struct ks_yaml_node *key,
	const struct ks_yaml_node *value)
{
	struct selection selection = { .key = key, .node = NO_NODE };

	if (ks_str_is(key->text, "timeframe")) {
		ks_problem_add_at(build->env->problems, KS_ERR_UNSUPPORTED, key->line, key->column,
			"'timeframe' is the old aggregation syntax: Sigma 2 writes it as a correlation rule, with "
			"'type', 'rules', 'group-by' and 'timespan', that names this rule");
		return;
	}
	if (!ks_item_spend(build->env, 1, key))
		return;
	if (value->kind == KS_YAML_MAPPING)
		selection.node = parse_mapping(build, value, key->text);
	else if (value->kind == KS_YAML_SEQUENCE)
		selection.node = parse_list(build, value, key->text);
	else if (value->kind == KS_YAML_NULL)
		ks_problem_add_at(build->env->problems, KS_ERR_PARSE, key->line, key->column,
			"selection '" KS_STR_FMT "' is empty", KS_STR_ARG(key->text));
	else
		selection.node = parse_keywords(build, value, key->text);
	*(struct selection *)ks_vec_push(&build->selections) = selection;
	ks_map_put(&build->names, key->text, (void *)(uintptr_t)build->selections.n);
}

/* An error about a name in the condition, with the selection that was probably meant. */
static uint32_t fail_name(struct build *build, const struct ks_condition *condition, const char *what)
{
	const char **names = ks_mem_alloc((build->selections.n + 1) * sizeof(*names));
	char *word = ks_mem_copy(condition->name.p, condition->name.n);
	const char *near;
	int line, column;

	for (size_t i = 0; i < build->selections.n; i++)
		names[i] = KS_VEC_AT(&build->selections, struct selection, i)->key->text.p;
	near = ks_opt_nearest(word, names, build->selections.n);
	ks_yaml_locate(build->condition, condition->offset, &line, &column);
	if (near != NULL)
		ks_problem_add_at(build->env->problems, KS_ERR_PARSE, line, column,
			"%s '%s' in the detection: "
			"did you mean '%s'?",
			what, word, near);
	else
		ks_problem_add_at(build->env->problems, KS_ERR_PARSE, line, column, "%s '%s' in the detection",
		what, word);
	free(word);
	free(names);
	return NO_NODE;
}

static uint32_t link_name(struct build *build, const struct ks_condition *condition)
{
	size_t i = (uintptr_t)ks_map_find(&build->names, condition->name);
	struct selection *selection;

	if (i == 0)
		return fail_name(build, condition, "condition names no selection: there is no");
	selection = KS_VEC_AT(&build->selections, struct selection, i - 1);
	selection->is_used = true;
	return selection->node;
}

static uint32_t link_of(struct build *build, const struct ks_condition *condition)
{
	struct ks_vec children = KS_VEC_OF(uint32_t);
	uint32_t out = NO_NODE;
	bool is_good = true, is_any = false;

	for (size_t i = 0; i < build->selections.n; i++) {
		struct selection *selection = KS_VEC_AT(&build->selections, struct selection, i);

		if (!ks_condition_is_meant(condition->name, selection->key->text))
			continue;
		selection->is_used = true;
		is_any = true;
		is_good = is_good && selection->node != NO_NODE;
		*(uint32_t *)ks_vec_push(&children) = selection->node;
	}
	if (!is_any)
		fail_name(build, condition, "condition means no selection: nothing fits");
	else if (is_good && ks_item_spend(build->env, children.n, build->condition))
		out = add_node(build, condition->is_all ? KS_NODE_ALL : KS_NODE_ANY, &children);
	ks_vec_release(&children);
	return out;
}

/* A condition to nodes; its depth was capped when it was parsed. */
static uint32_t link_condition(struct build *build, const struct ks_condition *condition)
{
	static const enum ks_node_kind kinds[] = {
		[KS_CONDITION_AND] = KS_NODE_ALL,
		[KS_CONDITION_OR] = KS_NODE_ANY,
		[KS_CONDITION_NOT] = KS_NODE_NOT,
	};
	struct ks_vec children = KS_VEC_OF(uint32_t);
	uint32_t out = NO_NODE;
	bool is_good = true;

	if (condition->kind == KS_CONDITION_NAME)
		return link_name(build, condition);
	if (condition->kind == KS_CONDITION_OF)
		return link_of(build, condition);
	if (!ks_item_spend(build->env, condition->n, build->condition))
		return NO_NODE;
	for (size_t i = 0; i < condition->n; i++) {
		uint32_t child = link_condition(build, condition->children[i]);

		is_good = is_good && child != NO_NODE;
		*(uint32_t *)ks_vec_push(&children) = child;
	}
	if (is_good)
		out = add_node(build, kinds[condition->kind], &children);
	ks_vec_release(&children);
	return out;
}

static uint32_t parse_condition(struct build *build, const struct ks_yaml_node *node)
{
	const struct ks_condition *condition;
	struct ks_err err = { 0 };
	size_t offset = 0;
	int line, column;

	if (node->kind != KS_YAML_STRING && node->kind != KS_YAML_NUMBER) {
		ks_problem_add_at(build->env->problems, KS_ERR_PARSE, node->line, node->column,
			"a condition must be a string, not %s", ks_yaml_kind_name(node->kind));
		return NO_NODE;
	}
	build->condition = node;
	if (ks_condition_parse(node->text, build->env->arena, &condition, &offset, &err) != 0) {
		ks_yaml_locate(node, offset, &line, &column);
		ks_problem_add_at(build->env->problems, err.code, line, column, "%s", err.message);
		return NO_NODE;
	}
	return link_condition(build, condition);
}

/* The key "condition": a string, or a list of strings any of which is enough. */
static uint32_t parse_conditions(struct build *build, const struct ks_yaml_node *node)
{
	struct ks_vec children = KS_VEC_OF(uint32_t);
	uint32_t out = NO_NODE;
	bool is_good = true;

	if (node->kind != KS_YAML_SEQUENCE || node->n == 0)
		return parse_condition(build, node);
	for (size_t i = 0; i < node->n; i++) {
		uint32_t child = parse_condition(build, node->items[i]);

		is_good = is_good && child != NO_NODE;
		*(uint32_t *)ks_vec_push(&children) = child;
	}
	if (is_good && ks_item_spend(build->env, node->n, node))
		out = add_node(build, KS_NODE_ANY, &children);
	ks_vec_release(&children);
	return out;
}

static void warn_unused(const struct build *build)
{
	for (size_t i = 0; i < build->selections.n; i++) {
		const struct selection *selection = KS_VEC_AT(&build->selections, struct selection, i);

		if (!selection->is_used)
			ks_problem_warn_at(build->env->problems, selection->key->line, selection->key->column,
				"selection '" KS_STR_FMT "' is never used by the condition",
				KS_STR_ARG(selection->key->text));
	}
}

static const void *settle(struct ks_arena *arena, const struct ks_vec *vec)
{
	void *out = ks_arena_alloc(arena, vec->n * vec->size);

	if (vec->n > 0)
		memcpy(out, vec->p, vec->n * vec->size);
	return out;
}

/* "conditon" is a selection to the parser, and a typo to everybody else. */
static void fail_condition(const struct ks_yaml_node *detection, struct ks_item_env *env)
{
	static const char *const names[] = { "condition" };

	for (size_t i = 0; i < detection->n; i++) {
		const struct ks_yaml_node *key = detection->keys[i];

		if (ks_opt_nearest(key->text.p, names, 1) != NULL) {
			ks_problem_add_at(env->problems, KS_ERR_PARSE, key->line, key->column,
				"the detection has no condition: did you mean 'condition' by '" KS_STR_FMT "'?",
				KS_STR_ARG(key->text));
			return;
		}
	}
	ks_problem_add_at(env->problems, KS_ERR_PARSE, detection->line, detection->column,
		"the detection has no condition");
}

bool ks_detection_parse(const struct ks_yaml_node *detection, struct ks_item_env *env,
	struct ks_detection *out)
{
	struct build build = { .env = env,
		.nodes = KS_VEC_OF(struct ks_node),
		.items = KS_VEC_OF(struct ks_item),
		.selections = KS_VEC_OF(struct selection) };
	const struct ks_yaml_node *condition = ks_yaml_find(detection, "condition");
	size_t errors = env->problems->errors;
	uint32_t root;
	bool is_good;

	if (detection->kind != KS_YAML_MAPPING) {
		ks_problem_add_at(env->problems, KS_ERR_PARSE, detection->line, detection->column,
			"'detection' must be a mapping of selections and a condition, not %s",
			ks_yaml_kind_name(detection->kind));
		return false;
	}
	ks_map_init(&build.names);
	for (size_t i = 0; i < detection->n; i++)
		if (!ks_str_is(detection->keys[i]->text, "condition"))
			parse_selection(&build, detection->keys[i], detection->items[i]);
	root = NO_NODE;
	if (condition == NULL) {
		fail_condition(detection, env);
	} else {
		root = parse_conditions(&build, condition);
		/* After a broken condition nearly everything would be called unused. */
		if (root != NO_NODE)
			warn_unused(&build);
	}
	is_good = root != NO_NODE && env->problems->errors == errors;
	if (is_good)
		*out = (struct ks_detection){ .nodes = settle(env->arena, &build.nodes),
			.node_count = build.nodes.n,
			.root = root,
			.items = settle(env->arena, &build.items),
			.item_count = build.items.n };
	ks_map_release(&build.names);
	ks_vec_release(&build.selections);
	ks_vec_release(&build.items);
	ks_vec_release(&build.nodes);
	return is_good;
}

void ks_detection_narrow(struct ks_detection *detection, const struct ks_rule *filter,
	struct ks_arena *arena)
{
	size_t n = detection->filter_count;

	/* The list has room for a power of two. */
	if ((n & (n - 1)) == 0) {
		const struct ks_rule **more = ks_arena_alloc(arena, (n > 0 ? 2 * n : 1) * sizeof(*more));

		if (n > 0)
			memcpy(more, detection->filters, n * sizeof(*more));
		detection->filters = more;
	}
	detection->filters[detection->filter_count++] = filter;
}

const struct ks_detection *ks_detection_part(const struct ks_detection *detection, size_t part)
{
	if (part == 0)
		return detection;
	return part <= detection->filter_count ? &detection->filters[part - 1]->detection : NULL;
}

bool ks_detection_reads(const struct ks_detection *detection, const struct ks_paths *paths,
	struct ks_str prefix)
{
	for (size_t i = 0; i < detection->item_count; i++)
		if (ks_str_has_prefix(*KS_VEC_AT(&paths->list, struct ks_str, detection->items[i].field), prefix))
			return true;
	return false;
}
