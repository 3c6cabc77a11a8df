/*
 * Correlations: reading their documents and looking up the rules that they name. What an event counts as is
 * member.c, where the windows are window.c.
 */
#include "lib/sigma/correlation.h"

#include "lib/base/limits.h"
#include "lib/base/opt.h"
#include "lib/base/time.h"

#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const char *const known_keys[] = {
	"type",
	"rules",
	"aliases",
	"group-by",
	"timespan",
	"condition",
	"generate",
};

static const char *const types[] = {
	[KS_CORRELATION_EVENT_COUNT] = "event_count",
	[KS_CORRELATION_VALUE_COUNT] = "value_count",
	[KS_CORRELATION_TEMPORAL] = "temporal",
	[KS_CORRELATION_TEMPORAL_ORDERED] = "temporal_ordered",
	[KS_CORRELATION_VALUE_SUM] = "value_sum",
	[KS_CORRELATION_VALUE_AVG] = "value_avg",
	[KS_CORRELATION_VALUE_PERCENTILE] = "value_percentile",
};

static const char *const ops[] = {
	[KS_CORRELATION_GT] = "gt",
	[KS_CORRELATION_GTE] = "gte",
	[KS_CORRELATION_LT] = "lt",
	[KS_CORRELATION_LTE] = "lte",
	[KS_CORRELATION_EQ] = "eq",
	[KS_CORRELATION_NEQ] = "neq",
};

/* A correlation that is being read. */
struct reading {
	struct ks_item_env *env;
	const struct ks_yaml_node *section;
	struct ks_correlation *out;
};

static ptrdiff_t find_word(struct ks_str word, const char *const *words, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (ks_str_is(word, words[i]))
			return (ptrdiff_t)i;
	return -1;
}

/* " did you mean" and the nearest of some words, or nothing. */
static const char *suggest(struct ks_arena *arena, struct ks_str word, const char *const *words, size_t n)
{
	const char *near = word.n > 2 ? ks_opt_nearest(ks_arena_strdup(arena, word), words, n) : NULL;

	return near != NULL ? ks_arena_printf(arena, ": did you mean '%s'?", near) : "";
}

static void fail(const struct reading *reading, const struct ks_yaml_node *node, const char *what)
{
	ks_problem_add_at(reading->env->problems, KS_ERR_PARSE, node->line, node->column, "%s", what);
}

static bool is_scalar(const struct ks_yaml_node *node)
{
	return node->kind != KS_YAML_SEQUENCE && node->kind != KS_YAML_MAPPING && node->kind != KS_YAML_NULL &&
		node->text.n > 0;
}

/* An entry of the section that must be there. */
static const struct ks_yaml_node *need(const struct reading *reading, const char *key)
{
	const struct ks_yaml_node *node = ks_yaml_find(reading->section, key);

	if (node == NULL)
		ks_problem_add_at(reading->env->problems, KS_ERR_PARSE, reading->section->line,
			reading->section->column, "the correlation has no '%s'", key);
	return node;
}

static void check_keys(const struct reading *reading)
{
	for (size_t i = 0; i < reading->section->n; i++) {
		const struct ks_yaml_node *key = reading->section->keys[i];

		if (find_word(key->text, known_keys, COUNT(known_keys)) < 0)
			ks_problem_add_at(reading->env->problems, KS_ERR_PARSE, key->line, key->column,
				"unknown key '" KS_STR_FMT "' in a correlation%s", KS_STR_ARG(key->text),
				suggest(reading->env->arena, key->text, known_keys, COUNT(known_keys)));
	}
}

/* False when there is no point in reading on: other types have other rules. */
static bool read_type(const struct reading *reading)
{
	const struct ks_yaml_node *node = need(reading, "type");
	ptrdiff_t type;

	if (node == NULL)
		return true;
	type = find_word(node->text, types, COUNT(types));
	if (type >= 0)
		reading->out->type = (enum ks_correlation_type)type;
	else
		ks_problem_add_at(reading->env->problems, KS_ERR_PARSE, node->line, node->column,
			"unknown correlation type '" KS_STR_FMT "'%s", KS_STR_ARG(node->text),
			suggest(reading->env->arena, node->text, types, COUNT(types)));
	return type >= 0;
}

/* A string or a list of strings, no two alike: *out are the nodes. */
static size_t read_names(const struct reading *reading, const struct ks_yaml_node *node, size_t most,
	const struct ks_yaml_node *const **out)
{
	const struct ks_yaml_node **names = ks_arena_alloc(reading->env->arena, (node->n + 1) * sizeof(*names));
	size_t n = 0;

	*out = names;
	if (is_scalar(node)) {
		names[0] = node;
		return 1;
	}
	if (node->kind != KS_YAML_SEQUENCE || node->n == 0) {
		fail(reading, node, "a name or a list of names was expected");
		return 0;
	}
	if (node->n > most) {
		ks_problem_add_at(reading->env->problems, KS_ERR_LIMIT, node->line, node->column,
			"a list of %zu names is too long: %zu are allowed", node->n, most);
		return 0;
	}
	for (size_t i = 0; i < node->n; i++) {
		for (size_t j = 0; j < n; j++)
			if (ks_str_is_equal(node->items[i]->text, names[j]->text))
				fail(reading, node->items[i], "the name stands in the list twice");
		if (is_scalar(node->items[i]))
			names[n++] = node->items[i];
		else
			fail(reading, node->items[i], "a name was expected");
	}
	return n;
}

static void read_rules(const struct reading *reading)
{
	const struct ks_yaml_node *node = need(reading, "rules"), *const * names;
	struct ks_correlation *out = reading->out;

	if (node == NULL)
		return;
	out->part_count = read_names(reading, node, KS_LIMIT_RULE_NODES / KS_CORRELATION_FIELDS, &names);
	out->parts = ks_arena_alloc(reading->env->arena, (out->part_count + 1) * sizeof(*out->parts));
	if (out->type == KS_CORRELATION_TEMPORAL_ORDERED && out->part_count > KS_CORRELATION_ORDER)
		ks_problem_add_at(reading->env->problems, KS_ERR_LIMIT, node->line, node->column,
			"a temporal_ordered of %zu rules is too long: %u are allowed", out->part_count,
			KS_CORRELATION_ORDER);
	for (size_t i = 0; i < out->part_count; i++)
		out->parts[i].node = names[i];
}

/* Fields get their numbers now, so that the list of paths is complete before rules are looked up. */
static void read_aliases(const struct reading *reading)
{
	const struct ks_yaml_node *node = ks_yaml_find(reading->section, "aliases");

	if (node == NULL || node->kind == KS_YAML_NULL)
		return;
	if (node->kind != KS_YAML_MAPPING) {
		fail(reading, node, "'aliases' must be a mapping of names to mappings");
		return;
	}
	reading->out->aliases = node;
	for (size_t i = 0; i < node->n; i++) {
		const struct ks_yaml_node *alias = node->items[i];

		if (alias->kind != KS_YAML_MAPPING)
			fail(reading, alias, "an alias is a mapping of rules to fields");
		for (size_t j = 0; alias->kind == KS_YAML_MAPPING && j < alias->n; j++) {
			if (is_scalar(alias->items[j]))
				ks_path_put(reading->env->paths, alias->items[j]->text);
			else
				fail(reading, alias->items[j], "the name of a field was expected");
		}
	}
}

static void put_paths(const struct reading *reading, const struct ks_yaml_node *const *names, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (ks_yaml_find(reading->out->aliases, names[i]->text.p) == NULL)
			ks_path_put(reading->env->paths, names[i]->text);
}

static void read_group(const struct reading *reading)
{
	const struct ks_yaml_node *node = ks_yaml_find(reading->section, "group-by");

	if (node == NULL || node->kind == KS_YAML_NULL)
		return;
	reading->out->group_count = read_names(reading, node, KS_CORRELATION_FIELDS, &reading->out->group);
	put_paths(reading, reading->out->group, reading->out->group_count);
}

static bool is_digits(struct ks_str text)
{
	for (size_t i = 0; i < text.n; i++)
		if (text.p[i] < '0' || text.p[i] > '9')
			return false;
	return text.n > 0;
}

static void read_timespan(const struct reading *reading)
{
	static const struct {
		char unit;
		int64_t ms;
	} units[] = {
		{ 's', KS_TIME_SECOND },
		{ 'm', 60 * KS_TIME_SECOND },
		{ 'h', 3600 * KS_TIME_SECOND },
		{ 'd', KS_TIME_DAY },
		{ 'w', 7 * KS_TIME_DAY },
		{ 'M', 2629746 * KS_TIME_SECOND },
		{ 'y', 12 * 2629746 * KS_TIME_SECOND },
	};
	const struct ks_yaml_node *node = need(reading, "timespan");
	int64_t number, unit = 0;
	char letter;

	if (node == NULL)
		return;
	letter = node->text.n > 0 ? node->text.p[node->text.n - 1] : '\0';
	for (size_t i = 0; i < COUNT(units); i++)
		if (units[i].unit == letter)
			unit = units[i].ms;
	if (unit == 0 || !is_scalar(node) || !is_digits(ks_str_sub(node->text, 0, node->text.n - 1)))
		fail(reading, node, "a timespan is a number and one of s, m, h, d, w, M and y, as in 90m");
	else if (!ks_str_parse_int(ks_str_sub(node->text, 0, node->text.n - 1), &number) || number <= 0 ||
		number > 36525 * KS_TIME_DAY / unit)
		fail(reading, node, "a timespan is more than nothing and at most a century");
	else
		reading->out->timespan_ms = number * unit;
}

static void read_bound(const struct reading *reading, enum ks_correlation_op op,
	const struct ks_yaml_node *node, struct ks_correlation_bound *bound)
{
	int64_t count;

	if (ks_correlation_is_numeric(reading->out->type)) {
		*bound = (struct ks_correlation_bound){ .op = op, .text = node->text };
		if (node->kind != KS_YAML_NUMBER || !ks_decimal_parse(node->text, &bound->number))
			fail(reading, node, "a number was expected, with at most 45 digits before the point");
		return;
	}
	if (node->kind != KS_YAML_NUMBER || !ks_str_parse_int(node->text, &count) || count < 0)
		fail(reading, node, "the count of a condition is a whole number");
	else if (count >= KS_LIMIT_WINDOW)
		ks_problem_add_at(reading->env->problems, KS_ERR_LIMIT, node->line, node->column,
			"the count of a condition must be below %u", KS_LIMIT_WINDOW);
	else
		*bound = (struct ks_correlation_bound){ .op = op, .count = (uint64_t)count, .text = node->text };
}

static void read_fields(const struct reading *reading, const struct ks_yaml_node *condition)
{
	const struct ks_yaml_node *node = ks_yaml_find(condition, "field");
	struct ks_correlation *out = reading->out;
	bool has_none = out->type == KS_CORRELATION_EVENT_COUNT || ks_correlation_is_temporal(out->type);
	bool is_vowel = out->type == KS_CORRELATION_EVENT_COUNT;

	if (node == NULL && !has_none)
		ks_problem_add_at(reading->env->problems, KS_ERR_PARSE, condition->line, condition->column,
			"the condition of a %s has no 'field'", types[out->type]);
	if (node != NULL && has_none)
		ks_problem_add_at(reading->env->problems, KS_ERR_PARSE, node->line, node->column,
			"%s %s has no 'field': value_count counts the values of one", is_vowel ? "an" : "a",
			types[out->type]);
	if (node == NULL || has_none)
		return;
	out->field_count = read_names(reading, node, KS_CORRELATION_FIELDS, &out->fields);
	if (ks_correlation_is_numeric(out->type) && out->field_count > 1)
		ks_problem_add_at(reading->env->problems, KS_ERR_PARSE, node->line, node->column,
			"a %s is about one field", types[out->type]);
	put_paths(reading, out->fields, out->field_count);
}

static void read_percentile(const struct reading *reading, const struct ks_yaml_node *condition)
{
	const struct ks_yaml_node *node = ks_yaml_find(condition, "percentile");
	struct ks_correlation *out = reading->out;
	int64_t number;

	out->percentile = 50;
	if (node == NULL && out->type == KS_CORRELATION_VALUE_PERCENTILE)
		ks_problem_warn_at(reading->env->problems, condition->line, condition->column,
			"the condition has no 'percentile': 50, the median, is taken");
	if (node == NULL)
		return;
	if (out->type != KS_CORRELATION_VALUE_PERCENTILE)
		ks_problem_add_at(reading->env->problems, KS_ERR_PARSE, node->line, node->column,
			"only the condition of a value_percentile has a 'percentile'");
	else if (node->kind != KS_YAML_NUMBER || !ks_str_parse_int(node->text, &number) || number < 0 ||
		number > 100)
		fail(reading, node, "a percentile is a whole number from 0 to 100");
	else
		out->percentile = (unsigned)number;
}

/* The condition of a temporal type that has none. */
static void want_all(const struct reading *reading)
{
	struct ks_correlation_bound *bound = ks_arena_alloc(reading->env->arena, sizeof(*bound));
	const char *text = ks_arena_printf(reading->env->arena, "%zu", reading->out->part_count);

	*bound = (struct ks_correlation_bound){ .op = KS_CORRELATION_GTE,
		.count = reading->out->part_count,
		.text = ks_str_of(text) };
	reading->out->bounds = bound;
	reading->out->bound_count = 1;
}

/* Whether some count, of at least one event, meets all bounds: beside a bound or at an end, or nowhere. */
static bool can_hold_count(const struct ks_correlation *correlation)
{
	uint64_t most = ks_correlation_is_temporal(correlation->type) ? correlation->part_count :
		KS_LIMIT_WINDOW;

	if (ks_correlation_holds(correlation, 1) || ks_correlation_holds(correlation, most))
		return true;
	for (size_t i = 0; i < correlation->bound_count; i++)
		for (uint64_t near = 0; near <= 2; near++) {
			uint64_t count = correlation->bounds[i].count + near;

			if (count >= 2 && count - 1 <= most && ks_correlation_holds(correlation, count - 1))
				return true;
		}
	return false;
}

/* Whether some number meets both bounds: it is less than both, between them, one of them or more
 * than both. */
static bool can_hold_both(const struct ks_correlation_bound *a, const struct ks_correlation_bound *b)
{
	int side = ks_decimal_compare(&a->number, &b->number);

	for (int at_a = -1; at_a <= 1; at_a++)
		for (int at_b = -1; at_b <= 1; at_b++) {
			/* How a number lies to a and to b, as a lies to b. */
			bool is_possible = side == 0 ? at_a == at_b : side < 0 ? at_b < 0 || at_a > 0 :
				at_a < 0 || at_b > 0;

			if (is_possible && ks_correlation_compare(a->op, at_a) && ks_correlation_compare(b->op, at_b))
				return true;
		}
	return false;
}

static bool can_hold(const struct ks_correlation *correlation)
{
	if (!ks_correlation_is_numeric(correlation->type))
		return can_hold_count(correlation);
	for (size_t i = 0; i < correlation->bound_count; i++)
		for (size_t j = 0; j < i; j++)
			if (!can_hold_both(&correlation->bounds[i], &correlation->bounds[j]))
				return false;
	return true;
}

static void read_condition(const struct reading *reading)
{
	static const char *const keys[] = { "gt", "gte", "lt", "lte", "eq", "neq", "field", "percentile" };
	bool is_temporal = ks_correlation_is_temporal(reading->out->type);
	const struct ks_yaml_node *node =
		is_temporal ? ks_yaml_find(reading->section, "condition") : need(reading, "condition");
	struct ks_correlation_bound *bounds;
	size_t n = 0, errors = reading->env->problems->errors;

	if (node == NULL && is_temporal)
		want_all(reading);
	if (node == NULL)
		return;
	if (node->kind != KS_YAML_MAPPING) {
		fail(reading, node, "the condition of a correlation is a mapping such as 'gte: 3'");
		return;
	}
	bounds = ks_arena_alloc(reading->env->arena, (node->n + 1) * sizeof(*bounds));
	for (size_t i = 0; i < node->n; i++) {
		const struct ks_yaml_node *key = node->keys[i];
		ptrdiff_t op = find_word(key->text, ops, COUNT(ops));

		if (op >= 0)
			read_bound(reading, (enum ks_correlation_op)op, node->items[i], &bounds[n++]);
		else if (!ks_str_is(key->text, "field") && !ks_str_is(key->text, "percentile"))
			ks_problem_add_at(reading->env->problems, KS_ERR_PARSE, key->line, key->column,
				"unknown key '" KS_STR_FMT "' in the condition of a correlation%s", KS_STR_ARG(key->text),
				suggest(reading->env->arena, key->text, keys, COUNT(keys)));
	}
	if (n == 0)
		fail(reading, node, "the condition has no count: one of gt, gte, lt, lte, eq and neq");
	reading->out->bounds = bounds;
	reading->out->bound_count = n;
	if (errors == reading->env->problems->errors && reading->out->part_count > 0 && !can_hold(reading->out))
		ks_problem_warn_at(reading->env->problems, node->line, node->column,
			"this condition never holds: %s", is_temporal ?
			"a temporal correlation counts the rules that are met, from one to all of its list" :
			"no count or number meets all of its bounds");
	read_fields(reading, node);
	read_percentile(reading, node);
}

/* The specification's schema has it in the document, pySigma reads it in the correlation. */
static void read_generate(const struct reading *reading, const struct ks_yaml_node *document)
{
	const struct ks_yaml_node *const nodes[] = {
		ks_yaml_find(document, "generate"),
		ks_yaml_find(reading->section, "generate"),
	};

	for (size_t i = 0; i < COUNT(nodes); i++) {
		if (nodes[i] == NULL)
			continue;
		if (nodes[i]->kind != KS_YAML_BOOL)
			fail(reading, nodes[i], "'generate' is true or false");
		else if (i == 1 && nodes[0] != NULL && nodes[0]->boolean != nodes[1]->boolean)
			fail(reading, nodes[i], "'generate' stands twice in this document, with different values");
		reading->out->is_generating = nodes[i]->boolean;
		reading->out->has_generate = true;
	}
}

bool ks_correlation_parse(const struct ks_yaml_node *document, struct ks_item_env *env,
	struct ks_correlation *out)
{
	const struct ks_yaml_node *section = ks_yaml_find(document, "correlation");
	const struct ks_yaml_node *detection = ks_yaml_find(document, "detection");
	size_t errors = env->problems->errors;
	struct reading reading = { .env = env, .section = section, .out = out };

	*out = (struct ks_correlation){ 0 };
	ks_rule_parse_head(document, env, &out->head);
	if (detection != NULL)
		fail(&reading, detection, "a document is a correlation or a rule, not both");
	if (section->kind != KS_YAML_MAPPING) {
		fail(&reading, section, "'correlation' must be a mapping");
		return false;
	}
	check_keys(&reading);
	if (!read_type(&reading))
		return false;
	read_rules(&reading);
	read_aliases(&reading);
	read_group(&reading);
	read_timespan(&reading);
	read_condition(&reading);
	read_generate(&reading, document);
	out->head.correlation = out;
	return env->problems->errors == errors;
}

/* Every name and id of a set, for suggestions. */
static const char *suggest_rule(struct ks_arena *arena, struct ks_str word, const struct ks_map *ids,
	const struct ks_map *names)
{
	const struct ks_map *const maps[] = { names, ids };
	struct ks_vec words = KS_VEC_OF(const char *);
	const char *text;

	for (size_t i = 0; i < COUNT(maps); i++)
		for (size_t j = 0; j < maps[i]->entries.n; j++)
			*(const char **)ks_vec_push(&words) =
				ks_arena_strdup(arena, KS_VEC_AT(&maps[i]->entries, struct ks_map_entry, j)->key);
	text = suggest(arena, word, words.p, words.n);
	ks_vec_release(&words);
	return text;
}

static struct ks_rule *find_rule(const struct ks_yaml_node *node, struct ks_item_env *env,
	const struct ks_map *ids, const struct ks_map *names)
{
	struct ks_rule *rule = ks_map_find(ids, node->text);

	if (rule == NULL)
		rule = ks_map_find(names, node->text);
	if (rule == NULL)
		ks_problem_add_at(env->problems, KS_ERR_NOTFOUND, node->line, node->column,
			"no rule with the id or name '" KS_STR_FMT "' was loaded%s", KS_STR_ARG(node->text),
			suggest_rule(env->arena, node->text, ids, names));
	else if (rule->correlation != NULL && !rule->correlation->is_resolved)
		ks_problem_add_at(env->problems, KS_ERR_NOTFOUND, node->line, node->column,
			"the correlation '" KS_STR_FMT "' has errors of its own", KS_STR_ARG(node->text));
	else
		return rule;
	return NULL;
}

/* The path that a name of a field stands for in events of a rule. */
static uint32_t resolve_field(const struct ks_correlation *correlation, const struct ks_rule *rule,
	const struct ks_yaml_node *name, struct ks_item_env *env)
{
	const struct ks_yaml_node *alias = ks_yaml_find(correlation->aliases, name->text.p);

	if (alias == NULL)
		return ks_path_put(env->paths, name->text);
	for (size_t i = 0; i < alias->n; i++)
		if (ks_str_is_equal(alias->keys[i]->text, rule->name) ||
			ks_str_is_equal(alias->keys[i]->text, rule->id))
			return ks_path_put(env->paths, alias->items[i]->text);
	ks_problem_add_at(env->problems, KS_ERR_PARSE, alias->line, alias->column,
		"the alias '" KS_STR_FMT "' has no field for the rule '" KS_STR_FMT "'", KS_STR_ARG(name->text),
		KS_STR_ARG(rule->name.n > 0 ? rule->name : rule->id));
	return 0;
}

static uint32_t *resolve_fields(const struct ks_correlation *correlation, const struct ks_rule *rule,
	const struct ks_yaml_node *const *names, size_t n, struct ks_item_env *env)
{
	uint32_t *paths = ks_arena_alloc(env->arena, (n + 1) * sizeof(*paths));

	for (size_t i = 0; i < n; i++)
		paths[i] = resolve_field(correlation, rule, names[i], env);
	return paths;
}

/* Rules that an alias names and the correlation does not have. */
static void check_aliases(const struct ks_correlation *correlation, struct ks_item_env *env)
{
	const struct ks_yaml_node *aliases = correlation->aliases;

	for (size_t i = 0; aliases != NULL && i < aliases->n; i++)
		for (size_t j = 0; j < aliases->items[i]->n; j++) {
			const struct ks_yaml_node *key = aliases->items[i]->keys[j];
			bool is_there = false;

			for (size_t k = 0; k < correlation->part_count; k++)
				is_there |= ks_str_is_equal(correlation->parts[k].rule->name, key->text) ||
					ks_str_is_equal(correlation->parts[k].rule->id, key->text);
			if (!is_there)
				ks_problem_add_at(env->problems, KS_ERR_PARSE, key->line, key->column,
					"the rule '" KS_STR_FMT "' is none of those of the correlation", KS_STR_ARG(key->text));
		}
}

bool ks_correlation_resolve(struct ks_correlation *correlation, struct ks_item_env *env,
	const struct ks_map *ids, const struct ks_map *names)
{
	size_t errors = env->problems->errors;

	for (size_t i = 0; i < correlation->part_count; i++) {
		struct ks_correlation_part *part = &correlation->parts[i];
		struct ks_rule *rule = find_rule(part->node, env, ids, names);

		if (rule == NULL)
			continue;
		for (size_t j = 0; j < i; j++)
			if (correlation->parts[j].rule == rule)
				ks_problem_add_at(env->problems, KS_ERR_PARSE, part->node->line, part->node->column,
					"the rule stands in the list twice");
		part->rule = rule;
		part->group = resolve_fields(correlation, rule, correlation->group, correlation->group_count, env);
		part->fields = resolve_fields(correlation, rule, correlation->fields, correlation->field_count, env);
	}
	if (env->problems->errors == errors)
		check_aliases(correlation, env);
	if (env->problems->errors != errors)
		return false;
	for (size_t i = 0; i < correlation->part_count; i++) {
		/* The set owns its rules, and is not yet a program. */
		struct ks_rule *rule = find_rule(correlation->parts[i].node, env, ids, names);
		struct ks_rule_use *use = ks_arena_alloc(env->arena, sizeof(*use));

		*use = (struct ks_rule_use){ correlation, i, rule->uses };
		rule->is_silent = !correlation->is_generating && (rule->uses == NULL || rule->is_silent);
		rule->uses = use;
	}
	return true;
}

/* ---- in order ---------------------------------------------------------------------------------- */

/* All correlations that are being resolved. */
struct ordering {
	struct ks_item_env *env;
	const struct ks_map *ids, *names;
	struct ks_vec done; /* struct ks_correlation *: resolved */
	struct ks_vec path; /* struct ks_correlation *: each is a part of the one before */
};

static bool is_on_path(const struct ordering *ordering, const struct ks_correlation *correlation)
{
	for (size_t i = 0; i < ordering->path.n; i++)
		if (*KS_VEC_AT(&ordering->path, struct ks_correlation *, i) == correlation)
			return true;
	return false;
}

static struct ks_correlation *find_correlation(const struct ordering *ordering, struct ks_str name)
{
	struct ks_rule *rule = ks_map_find(ordering->ids, name);

	if (rule == NULL)
		rule = ks_map_find(ordering->names, name);
	/* The set owns its correlations, and is not yet a program. */
	return rule != NULL ? (struct ks_correlation *)(uintptr_t)rule->correlation : NULL;
}

static bool enter(struct ordering *ordering, struct ks_correlation *correlation);

/* Parts first. The path is no longer than the deepest correlation may be, and then some. */
static bool enter_parts(struct ordering *ordering, struct ks_correlation *correlation)
{
	struct ks_problems *problems = ordering->env->problems;

	for (size_t i = 0; i < correlation->part_count; i++) {
		const struct ks_yaml_node *node = correlation->parts[i].node;
		struct ks_correlation *part = find_correlation(ordering, node->text);

		problems->file = correlation->head.file;
		if (part != NULL && is_on_path(ordering, part)) {
			ks_problem_add_at(problems, KS_ERR_PARSE, node->line, node->column,
				"the correlation '" KS_STR_FMT "' is built on itself", KS_STR_ARG(node->text));
			return false;
		}
		if (part != NULL && !part->is_resolved && !enter(ordering, part))
			continue;
		if (part != NULL && part->depth >= correlation->depth)
			correlation->depth = part->depth + 1;
	}
	problems->file = correlation->head.file;
	if (correlation->depth <= KS_CORRELATION_DEPTH)
		return true;
	ks_problem_add_at(problems, KS_ERR_LIMIT, correlation->head.line, 1,
		"correlations of correlations go more than %u deep", KS_CORRELATION_DEPTH);
	return false;
}

static bool enter(struct ordering *ordering, struct ks_correlation *correlation)
{
	bool is_good;

	if (correlation->is_tried || ordering->path.n > 2 * KS_CORRELATION_DEPTH)
		return false;
	*(struct ks_correlation **)ks_vec_push(&ordering->path) = correlation;
	is_good = enter_parts(ordering, correlation) &&
		ks_correlation_resolve(correlation, ordering->env, ordering->ids, ordering->names);
	ordering->path.n--;
	correlation->is_tried = true;
	correlation->is_resolved = is_good;
	if (is_good)
		*(struct ks_correlation **)ks_vec_push(&ordering->done) = correlation;
	return is_good;
}

/* Whether a part of a correlation is silenced where its author may not see it. An informational rule beside
 * the correlation is there to be counted. */
static bool is_lost(const struct ks_correlation *correlation, const struct ks_rule *rule,
	const struct ks_paths *paths)
{
	const char *here = correlation->head.file != NULL ? correlation->head.file : "";
	const char *there = rule->file != NULL ? rule->file : "";

	if (!rule->is_silent || correlation->has_generate)
		return false;
	return strcmp(here, there) != 0 || (rule->level != KS_LEVEL_INFORMATIONAL &&
		ks_detection_reads(&rule->detection, paths, KS_STR("decoy.")));
}

static void warn_silenced(const struct ks_correlation *correlation, struct ks_item_env *env)
{
	env->problems->file = correlation->head.file;
	for (size_t i = 0; i < correlation->part_count; i++) {
		const struct ks_rule *rule = correlation->parts[i].rule;
		const struct ks_yaml_node *node = correlation->parts[i].node;

		if (is_lost(correlation, rule, env->paths))
			ks_problem_warn_at(env->problems, node->line, node->column,
				"rule '" KS_STR_FMT "' makes no findings of its own any more, since this correlation refers "
				"to it: say 'generate: true' or, when that is meant, 'generate: false'",
				KS_STR_ARG(rule->title));
	}
}

size_t ks_correlation_order(struct ks_correlation **correlations, size_t n, size_t first,
	struct ks_item_env *env, const struct ks_map *ids, const struct ks_map *names)
{
	struct ordering ordering = { .env = env,
		.ids = ids,
		.names = names,
		.done = KS_VEC_OF(struct ks_correlation *),
		.path = KS_VEC_OF(struct ks_correlation *) };
	size_t count = 0;

	for (size_t i = 0; i < first; i++)
		*(struct ks_correlation **)ks_vec_push(&ordering.done) = correlations[i];
	for (size_t i = first; i < n; i++)
		enter(&ordering, correlations[i]);
	/* Now it is known whether another correlation lets them speak. */
	for (size_t i = first; i < ordering.done.n; i++)
		warn_silenced(*KS_VEC_AT(&ordering.done, struct ks_correlation *, i), env);
	for (unsigned depth = 0; depth <= KS_CORRELATION_DEPTH; depth++)
		for (size_t i = 0; i < ordering.done.n; i++) {
			struct ks_correlation *correlation = *KS_VEC_AT(&ordering.done, struct ks_correlation *, i);

			if (correlation->depth != depth)
				continue;
			correlation->number = count;
			correlations[count++] = correlation;
		}
	ks_vec_release(&ordering.done);
	ks_vec_release(&ordering.path);
	return count;
}

const char *ks_correlation_type_name(enum ks_correlation_type type)
{
	return types[type];
}

const char *ks_correlation_op_name(enum ks_correlation_op op)
{
	return ops[op];
}

bool ks_correlation_is_numeric(enum ks_correlation_type type)
{
	return type == KS_CORRELATION_VALUE_SUM || type == KS_CORRELATION_VALUE_AVG ||
		type == KS_CORRELATION_VALUE_PERCENTILE;
}

bool ks_correlation_is_temporal(enum ks_correlation_type type)
{
	return type == KS_CORRELATION_TEMPORAL || type == KS_CORRELATION_TEMPORAL_ORDERED;
}

bool ks_correlation_compare(enum ks_correlation_op op, int comparison)
{
	switch (op) {
	case KS_CORRELATION_GT:
		return comparison > 0;
	case KS_CORRELATION_GTE:
		return comparison >= 0;
	case KS_CORRELATION_LT:
		return comparison < 0;
	case KS_CORRELATION_LTE:
		return comparison <= 0;
	case KS_CORRELATION_EQ:
		return comparison == 0;
	case KS_CORRELATION_NEQ:
		return comparison != 0;
	}
	return false;
}

bool ks_correlation_holds(const struct ks_correlation *correlation, uint64_t count)
{
	for (size_t i = 0; i < correlation->bound_count; i++) {
		uint64_t bound = correlation->bounds[i].count;

		if (!ks_correlation_compare(correlation->bounds[i].op, (count > bound) - (count < bound)))
			return false;
	}
	return true;
}
