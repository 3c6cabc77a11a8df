/* Filters: read like rules, and joined to them. */
#include "lib/sigma/filter.h"

#include "lib/sigma/caller.h"

#include <string.h>

static void fail(struct ks_item_env *env, const struct ks_yaml_node *node, const char *text)
{
	ks_problem_add_at(env->problems, KS_ERR_PARSE, node->line, node->column, "%s", text);
}

static bool add_ref(struct ks_item_env *env, const struct ks_yaml_node *node, struct ks_filter *filter)
{
	if (node->kind != KS_YAML_STRING || node->text.n == 0) {
		fail(env, node, "'rules' of a filter names rules by id or name: this is no string");
		return false;
	}
	if (ks_str_is_equal_nocase(node->text, KS_STR("any"))) {
		fail(env, node, "'any' stands alone: write 'rules: any' for all rules of the logsource");
		return false;
	}
	filter->refs[filter->ref_count++].node = node;
	return true;
}

static bool read_refs(const struct ks_yaml_node *body, struct ks_item_env *env, struct ks_filter *filter)
{
	const struct ks_yaml_node *rules = ks_yaml_find(body, "rules");
	bool is_list = rules != NULL && rules->kind == KS_YAML_SEQUENCE, is_good = true;

	if (rules == NULL || rules->kind == KS_YAML_NULL || (is_list && rules->n == 0)) {
		fail(env, rules != NULL ? rules : body,
			"the filter names no rules: list their ids or names, or write 'rules: any'");
		return false;
	}
	if (ks_str_is_equal_nocase(rules->text, KS_STR("any")) && rules->kind == KS_YAML_STRING) {
		filter->is_any = true;
		return true;
	}
	filter->refs = ks_arena_alloc(env->arena, (is_list ? rules->n : 1) * sizeof(*filter->refs));
	if (!is_list)
		return add_ref(env, rules, filter);
	for (size_t i = 0; i < rules->n; i++)
		is_good = add_ref(env, rules->items[i], filter) && is_good;
	return is_good;
}

static void check_condition(const struct ks_yaml_node *condition, const struct ks_detection *detection,
	struct ks_item_env *env)
{
	for (size_t i = 0; i < detection->node_count; i++)
		if (detection->nodes[i].kind == KS_NODE_NOT)
			return;
	for (size_t i = 0; i < detection->item_count; i++)
		if (detection->items[i].is_negated)
			return;
	ks_problem_warn_at(env->problems, condition->line, condition->column,
		"this filter leaves out everything but what its condition matches: 'not …' leaves out what matches");
}

bool ks_filter_parse(const struct ks_yaml_node *document, struct ks_item_env *env, struct ks_filter *out)
{
	const struct ks_yaml_node *body = ks_yaml_find(document, "filter"), *condition;
	struct ks_yaml_node detection = *body;
	size_t errors = env->problems->errors;
	struct ks_yaml_node **keys, **items;

	*out = (struct ks_filter){ 0 };
	ks_rule_parse_head(document, env, &out->head);
	ks_rule_parse_logsource(document, env->problems, &out->head);
	if (body->kind != KS_YAML_MAPPING) {
		fail(env, body, "'filter' must be a mapping of rules, selections and a condition");
		return false;
	}
	read_refs(body, env, out);
	keys = ks_arena_alloc(env->arena, (body->n + 1) * sizeof(struct ks_yaml_node *));
	items = ks_arena_alloc(env->arena, (body->n + 1) * sizeof(struct ks_yaml_node *));
	detection.n = 0;
	for (size_t i = 0; i < body->n; i++) {
		if (ks_str_is(body->keys[i]->text, "rules"))
			continue;
		keys[detection.n] = body->keys[i];
		items[detection.n++] = body->items[i];
	}
	detection.keys = keys;
	detection.items = items;
	condition = ks_yaml_find(&detection, "condition");
	if (condition != NULL && condition->kind == KS_YAML_SEQUENCE) {
		fail(env, condition, "the condition of a filter is one string, not a list");
		return false;
	}
	if (ks_detection_parse(&detection, env, &out->head.detection))
		check_condition(condition, &out->head.detection, env);
	return env->problems->errors == errors;
}

/* ---- applying ---- */

static bool is_within(struct ks_str wide, struct ks_str narrow)
{
	return wide.n == 0 || ks_str_is_equal(wide, narrow);
}

static bool is_of_source(const struct ks_rule *filter, const struct ks_rule *rule)
{
	return is_within(filter->logsource.category, rule->logsource.category) &&
		is_within(filter->logsource.product, rule->logsource.product) &&
		is_within(filter->logsource.service, rule->logsource.service);
}

static bool is_named(struct ks_filter *filter, const struct ks_rule *rule, struct ks_filter_ref **out)
{
	*out = NULL;
	for (size_t i = 0; i < filter->ref_count; i++) {
		struct ks_str name = filter->refs[i].node->text;

		if (!ks_str_is_equal(name, rule->id) && !ks_str_is_equal(name, rule->name))
			continue;
		/* A rule may be named twice, by its id and its name. */
		filter->refs[i].is_met = true;
		*out = *out != NULL ? *out : &filter->refs[i];
	}
	return *out != NULL || filter->is_any;
}

/* No decoy is silenced by what its user picks; by anything else with a warning, one for "any". */
static bool may_silence_decoy(struct ks_filter *filter, const struct ks_rule *rule,
	const struct ks_filter_ref *ref, struct ks_item_env *env)
{
	const struct ks_yaml_node *node = ref != NULL ? ref->node : ks_yaml_find(filter->head.document,
		"filter");

	if (ks_caller_can_fail(&filter->head.detection, env->paths)) {
		ks_problem_add_at(env->problems, KS_ERR_PARSE, node->line, node->column,
			"the filter does not apply to rule '" KS_STR_FMT "': whoever uses a decoy picks its "
			"user agent and "
			"parameters, so these (or a keyword, or what any record meets) alone must not silence "
			"it: ask for a "
			"value of another field as well", KS_STR_ARG(rule->title));
		return false;
	}
	if (ref != NULL || !filter->was_warned)
		ks_problem_warn_at(env->problems, node->line, node->column,
			"the filter narrows rule '" KS_STR_FMT "', which looks at decoys: nobody but a thief, "
			"or your own "
			"scanner, uses one", KS_STR_ARG(rule->title));
	filter->was_warned = true;
	return true;
}

static bool apply_to(struct ks_filter *filter, struct ks_rule *rule, struct ks_item_env *env)
{
	struct ks_filter_ref *ref;

	if (!is_named(filter, rule, &ref))
		return true;
	if (!is_of_source(&filter->head, rule)) {
		if (ref != NULL)
			ks_problem_warn_at(env->problems, ref->node->line, ref->node->column,
				"the filter does not apply to rule '" KS_STR_FMT "': that has another logsource",
				KS_STR_ARG(rule->title));
		return true;
	}
	if (ks_detection_reads(&rule->detection, env->paths, KS_STR("decoy.")) &&
		!may_silence_decoy(filter, rule, ref, env))
		return false;
	ks_detection_narrow(&rule->detection, &filter->head, env->arena);
	filter->applied++;
	return true;
}

/* What is named and did not come up among the rules. */
static bool check_ref(struct ks_filter_ref *ref, const struct ks_map *ids, const struct ks_map *names,
	struct ks_item_env *env)
{
	const struct ks_yaml_node *node = ref->node;

	if (ref->is_met)
		return true;
	ref->is_met = true;
	if (ks_map_find(ids, node->text) == NULL && ks_map_find(names, node->text) == NULL) {
		ks_problem_warn_at(env->problems, node->line, node->column,
			"no rule of those loaded has the id or name '" KS_STR_FMT "': the filter does nothing for it",
			KS_STR_ARG(node->text));
		return true;
	}
	ks_problem_add_at(env->problems, KS_ERR_PARSE, node->line, node->column,
		"'" KS_STR_FMT "' is a correlation: a filter narrows the rules that it builds on",
		KS_STR_ARG(node->text));
	return false;
}

bool ks_filter_apply(struct ks_filter *filter, const struct ks_vec *rules, const struct ks_map *ids,
	const struct ks_map *names, struct ks_item_env *env)
{
	bool is_good = true, was_told = filter->seen > 0;

	/* One error is enough: what "any" does wrong, it does wrong many times. */
	for (; is_good && filter->seen < rules->n; filter->seen++)
		is_good = apply_to(filter, *KS_VEC_AT(rules, struct ks_rule *, filter->seen), env);
	filter->seen = rules->n;
	for (size_t i = 0; i < filter->ref_count; i++)
		is_good = check_ref(&filter->refs[i], ids, names, env) && is_good;
	if (is_good && filter->is_any && filter->applied == 0 && !was_told) {
		const struct ks_yaml_node *node = ks_yaml_find(filter->head.document, "filter");

		ks_problem_warn_at(env->problems, node->line, node->column,
			"no rule of those loaded has the filter's logsource: it does nothing");
	}
	return is_good;
}
