/*
 * "field|modifiers: values" to tests. The modifiers work on a draft of the values; what comes out is
 * compiled here.
 */
#include "lib/sigma/item.h"

#include "lib/base/limits.h"
#include "lib/base/mem.h"
#include "lib/sigma/literal.h"
#include "lib/sigma/modifier.h"

#include <stdlib.h>
#include <string.h>

#define TEXT_MOST 240 /* of an item, for people */
#define REGEX_GROWTH 16u
#define LISTED 16u    /* the price of all tests on a shortlist, at least */

bool ks_item_spend(struct ks_item_env *env, size_t n, const struct ks_yaml_node *node)
{
	if (n > env->budget) {
		/* Said once: what is left stays nothing. */
		if (env->budget > 0)
			ks_problem_add_at(env->problems, KS_ERR_LIMIT, node->line, node->column,
				"the rule is too large: more than %u selections and values", KS_LIMIT_RULE_NODES);
		env->budget = 0;
		return false;
	}
	env->budget -= n;
	return true;
}

int ks_item_spend_bytes(const struct ks_item_env *env, size_t n, const struct ks_yaml_node *node,
	struct ks_err *err)
{
	if (n > *env->bytes)
		return ks_err_set_at(err, KS_ERR_LIMIT, node->line, node->column,
			"what modifiers make of the values of this file is too large: more than %u bytes",
			KS_LIMIT_RULE_BYTES);
	*env->bytes -= n;
	return 0;
}

static void warn_value(const struct ks_yaml_node *node, bool is_list, struct ks_item_env *env)
{
	if (node->is_ambiguous)
		ks_problem_warn_at(env->problems, node->line, node->column,
			"'" KS_STR_FMT "' is taken as a string, but other readers of YAML see a number or a boolean: "
			"put it in quotes",
			KS_STR_ARG(node->text));
	if (node->kind == KS_YAML_NULL && is_list)
		ks_problem_warn_at(env->problems, node->line, node->column,
			"Sigma does not allow null in a list of values: other tools may refuse it");
}

static enum ks_test_kind kind_of(const struct ks_yaml_node *node)
{
	switch (node->kind) {
	case KS_YAML_BOOL:
		return KS_TEST_BOOL;
	case KS_YAML_NUMBER:
		return KS_TEST_NUMBER;
	case KS_YAML_STRING:
		return KS_TEST_STRING;
	default:
		return KS_TEST_NULL;
	}
}

/* The values of an entry as a draft; an empty list is null, as in pySigma. */
static bool read_values(const struct ks_yaml_node *value, struct ks_item_env *env,
	struct ks_draft *draft)
{
	bool is_list = value->kind == KS_YAML_SEQUENCE;
	bool is_good = true;

	draft->n = is_list && value->n > 0 ? value->n : 1;
	if (!ks_item_spend(env, draft->n, value))
		return false;
	draft->values = ks_arena_alloc(env->arena, draft->n * sizeof(*draft->values));
	if (is_list && value->n == 0)
		ks_problem_warn_at(env->problems, value->line, value->column,
			"the list is empty, which means null: write null");
	for (size_t i = 0; i < draft->n; i++) {
		const struct ks_yaml_node *node = is_list && value->n > 0 ? value->items[i] : value;

		if (node->kind == KS_YAML_MAPPING || (node->kind == KS_YAML_SEQUENCE && node != value)) {
			ks_problem_add_at(env->problems, KS_ERR_PARSE, node->line, node->column,
				"the value of a field must be a string, a number, true, false, null or a list of these, "
				"not %s",
				node->kind == KS_YAML_MAPPING ? "a mapping" : "a list in a list");
			is_good = false;
			continue;
		}
		warn_value(node, is_list, env);
		draft->values[i] = (struct ks_draft_value){
			.kind = kind_of(node), .node = node, .text = node->text, .shown = node->text
		};
	}
	return is_good;
}

/* Takes what a modifier made from the budget. */
static int spend_texts(const struct ks_draft *draft, struct ks_err *err)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < draft->n; i++)
		rc = ks_item_spend_bytes(draft->env, draft->values[i].text.n, draft->values[i].node, err);
	return rc;
}

/* Applies the modifiers behind the first | of the key. */
static bool apply_modifiers(const struct ks_yaml_node *key, struct ks_str rest, struct ks_item_env *env,
	struct ks_draft *draft)
{
	struct ks_str name;

	while (ks_str_next(&rest, '|', &name)) {
		const struct ks_modifier *modifier;
		struct ks_err err = { 0 };
		int line, column;

		ks_yaml_locate(key, (size_t)(name.p - key->text.p), &line, &column);
		if (ks_modifier_get(name, &modifier, &err) != 0) {
			ks_problem_add_at(env->problems, err.code, line, column, "%s", err.message);
			return false;
		}
		if (modifier->apply(draft, &err) != 0 || spend_texts(draft, &err) != 0) {
			ks_problem_add(env->problems, &err);
			return false;
		}
		draft->applied++;
	}
	return true;
}

/* Where a regular expression leaves what Sigma specifies in a way that other tools, with other engines, may
 * refuse: lookaround, inline flags, names, verbs, references back. SIZE_MAX: nowhere. */
static size_t find_foreign(struct ks_str pattern)
{
	bool is_class = false;

	for (size_t i = 0; i + 1 < pattern.n; i++) {
		char c = pattern.p[i], ahead = pattern.p[i + 1];

		if (c == '\\' && !is_class && ahead >= '1' && ahead <= '9')
			return i;
		if (c == '(' && !is_class && (ahead == '*' || (ahead == '?' && i + 2 < pattern.n &&
			pattern.p[i + 2] != ':')))
			return i;
		if (c == '\\')
			i++;
		else if (c == '[')
			is_class = true;
		else if (c == ']')
			is_class = false;
	}
	return SIZE_MAX;
}

static const struct ks_pattern *literal_of(const struct ks_draft_value *value, struct ks_arena *arena)
{
	struct ks_pattern *pattern = NULL;
	struct ks_buf text;

	ks_buf_init(&text, value->text.n + 1);
	if (ks_literal_find(value->text, value->regex_flags, &text)) {
		pattern = ks_arena_alloc(arena, sizeof(*pattern));
		*pattern = (struct ks_pattern){ .kind = KS_PATTERN_CONTAINS, .is_cased = true,
			.literal = ks_arena_copy(arena, ks_buf_str(&text)) };
	}
	ks_buf_release(&text);
	return pattern;
}

static bool compile_regex(const struct ks_draft_value *value, struct ks_item_env *env,
	struct ks_test *test)
{
	struct ks_regex *regex;
	struct ks_err err = { 0 };
	size_t offset = 0;
	int line, column;

	if (ks_regex_new(value->text, value->regex_flags, &regex, &offset, &err) != 0) {
		ks_yaml_locate(value->node, offset, &line, &column);
		ks_problem_add_at(env->problems, err.code, line, column, "%s", err.message);
		return false;
	}
	offset = find_foreign(value->text);
	if (offset != SIZE_MAX) {
		ks_yaml_locate(value->node, offset, &line, &column);
		ks_problem_warn_at(env->problems, line, column,
			"'" KS_STR_FMT "' is beyond the regular expressions that Sigma specifies: other tools may "
				"refuse it",
			KS_STR_ARG(ks_str_sub(value->text, offset, 3)));
	}
	*(struct ks_regex **)ks_vec_push(env->regexes) = regex;
	test->u.regex.code = regex;
	test->u.regex.literal = literal_of(value, env->arena);
	return true;
}

/* One value of the draft to a test. */
static bool compile(const struct ks_draft *draft, const struct ks_draft_value *value, bool is_keyword,
	struct ks_item_env *env, struct ks_test *test)
{
	const struct ks_yaml_node *node = value->node;
	struct ks_pattern_spec spec = {
		.has_front = is_keyword, .has_back = is_keyword, .is_cased = draft->is_cased
	};
	struct ks_err err = { 0 };

	test->kind = value->kind;
	test->is_or = value->is_or;
	test->part = value->part;
	test->line = node->line;
	test->column = node->column;
	test->text = value->shown;
	switch (value->kind) {
	case KS_TEST_STRING:
		test->u.pattern = ks_pattern_compile(value->text, &spec, env->arena);
		return true;
	case KS_TEST_NUMBER:
	case KS_TEST_COMPARE:
		test->u.number.compare = value->compare;
		return ks_number_parse(node->text, &test->u.number.value);
	case KS_TEST_BOOL:
	case KS_TEST_EXISTS:
		test->u.boolean = node->boolean;
		return true;
	case KS_TEST_NULL:
		return true;
	case KS_TEST_REGEX:
		return compile_regex(value, env, test);
	case KS_TEST_CIDR:
		if (ks_ip_parse_net(value->text, &test->u.net, &err) == 0)
			return true;
		ks_problem_add_at(env->problems, err.code, node->line, node->column, "%s", err.message);
		return false;
	case KS_TEST_FIELD:
		test->u.other.path = ks_path_put(env->paths, value->text);
		test->u.other.has_front = value->has_front;
		test->u.other.has_back = value->has_back;
		test->u.other.is_cased = draft->is_cased;
		return true;
	}
	return false;
}

static uint32_t price(const struct ks_test *test)
{
	switch (test->kind) {
	case KS_TEST_NULL:
	case KS_TEST_EXISTS:
	case KS_TEST_BOOL:
		return 1;
	case KS_TEST_STRING:
		if (test->u.pattern.kind <= KS_PATTERN_SUFFIX)
			return 2;
		return test->u.pattern.kind == KS_PATTERN_CONTAINS ? 8 : 12;
	case KS_TEST_NUMBER:
	case KS_TEST_COMPARE:
		return 4;
	case KS_TEST_CIDR:
		return 10;
	case KS_TEST_FIELD:
		return 20;
	case KS_TEST_REGEX:
		return 60;
	}
	return 1;
}

void ks_item_shorten(struct ks_item *item, struct ks_arena *arena)
{
	struct ks_shortlist_entry *entries = ks_mem_alloc(item->test_count * sizeof(*entries));

	for (size_t i = 0; i < item->test_count; i++) {
		const struct ks_test *test = &item->tests[i];

		if (test->kind == KS_TEST_STRING)
			entries[i].pattern = &test->u.pattern;
		else if (test->kind == KS_TEST_CIDR)
			entries[i].net = &test->u.net;
		else if (test->kind == KS_TEST_REGEX)
			entries[i] = (struct ks_shortlist_entry){ .pattern = test->u.regex.literal, .is_part = true };
	}
	item->shortlist = ks_shortlist_make(entries, item->test_count, arena);
	free(entries);
}

/* Of one evaluation: of tests on a shortlist hardly any is made, but maybe the dearest. */
static uint32_t price_item(const struct ks_item *item)
{
	uint32_t sum = 0, most = LISTED;
	const uint32_t *rest;
	size_t n;

	for (size_t i = 0; i < item->test_count; i++) {
		uint32_t one = price(&item->tests[i]);

		sum += one;
		most = one > most ? one : most;
	}
	if (item->shortlist != NULL) {
		sum = most;
		rest = ks_shortlist_rest(item->shortlist, &n);
		for (size_t i = 0; i < n; i++)
			sum += price(&item->tests[rest[i]]);
	}
	return 2 + sum * (item->is_keyword ? 50 : 1);
}

/* "field|modifier: value, value" */
static struct ks_str describe(struct ks_str key, const struct ks_item *item, struct ks_arena *arena)
{
	struct ks_str out;
	struct ks_buf text;

	ks_buf_init(&text, TEXT_MOST * 8 + KS_LIMIT_RULE_FILE);
	ks_buf_add(&text, key);
	ks_buf_adds(&text, ":");
	for (size_t i = 0; i < item->test_count && text.n < TEXT_MOST; i++) {
		struct ks_str value = item->tests[i].text;

		if (item->tests[i].is_or && i > 0 && ks_str_is_equal(value, item->tests[i - 1].text))
			continue;
		ks_buf_adds(&text, i > 0 ? ", " : " ");
		if (item->tests[i].kind == KS_TEST_NULL)
			ks_buf_adds(&text, "null");
		else if (value.n == 0)
			ks_buf_adds(&text, "''");
		else
			ks_buf_add(&text, ks_str_sub(value, 0, TEXT_MOST));
		if (value.n > TEXT_MOST || (i + 1 < item->test_count && text.n >= TEXT_MOST))
			ks_buf_adds(&text, " …");
	}
	out = ks_arena_copy(arena, ks_buf_str(&text));
	ks_buf_release(&text);
	return out;
}

/* What can be searched for in a whole record: text, and numbers as text. */
static bool make_keywords(struct ks_draft *draft, struct ks_item_env *env)
{
	bool is_good = true;

	for (size_t i = 0; i < draft->n; i++) {
		struct ks_draft_value *value = &draft->values[i];

		if (value->kind == KS_TEST_NUMBER && value->part == KS_TIMEPART_NONE)
			value->kind = KS_TEST_STRING;
		if (value->kind == KS_TEST_STRING || value->kind == KS_TEST_REGEX)
			continue;
		ks_problem_add_at(env->problems, KS_ERR_PARSE, value->node->line, value->node->column,
			"a keyword (a value without a field) can be text, a number or a regular expression, not %s",
			value->kind == KS_TEST_BOOL || value->kind == KS_TEST_NULL ?
			ks_yaml_kind_name(value->node->kind) : "a comparison");
		is_good = false;
	}
	return is_good;
}

/* Compiled, and compiled again for the processor, an expression is many times larger. */
static bool spend_regexes(const struct ks_draft *draft, struct ks_item_env *env)
{
	struct ks_err err = { 0 };

	for (size_t i = 0; i < draft->n; i++)
		if (draft->values[i].kind == KS_TEST_REGEX && ks_item_spend_bytes(env, REGEX_GROWTH *
			draft->values[i].text.n, draft->values[i].node, &err) != 0) {
			ks_problem_add(env->problems, &err);
			return false;
		}
	return true;
}

/* Compiles a draft whose modifiers were applied. key is what describes the item. */
static bool finish(struct ks_draft *draft, struct ks_str key, struct ks_item_env *env, struct ks_item *out)
{
	struct ks_test *tests = ks_arena_alloc(env->arena, draft->n * sizeof(*tests));
	bool is_good = true;

	if (!spend_regexes(draft, env))
		return false;
	if (out->is_keyword && !make_keywords(draft, env))
		return false;
	for (size_t i = 0; i < draft->n; i++)
		is_good = compile(draft, &draft->values[i], out->is_keyword, env, &tests[i]) && is_good;
	if (!is_good)
		return false;
	out->tests = tests;
	out->test_count = draft->n;
	out->is_all = draft->is_all;
	out->is_negated = draft->is_negated;
	if (!out->is_all && out->test_count >= KS_SHORTLIST_LEAST)
		ks_item_shorten(out, env->arena);
	out->cost = price_item(out);
	out->text = describe(key, out, env->arena);
	return true;
}

bool ks_item_parse(const struct ks_yaml_node *key, const struct ks_yaml_node *value,
	struct ks_str selection, struct ks_item_env *env, struct ks_item *out)
{
	struct ks_str rest = key->text, field = { NULL, 0 };
	struct ks_draft draft = { .env = env };
	struct ks_item item = { .selection = selection, .line = key->line, .column = key->column };
	bool is_single;

	ks_str_next(&rest, '|', &field);
	item.is_keyword = field.n == 0;
	if (!read_values(value, env, &draft))
		return false;
	if (item.is_keyword && value->kind == KS_YAML_SEQUENCE && value->n == 0) {
		ks_problem_add_at(env->problems, KS_ERR_PARSE, value->line, value->column,
			"the list of keywords is empty");
		return false;
	}
	/* What modifiers make of one value may be several. */
	is_single = draft.n == 1;
	if (!apply_modifiers(key, rest, env, &draft))
		return false;
	if (draft.is_all && is_single)
		ks_problem_warn_at(env->problems, key->line, key->column,
			"modifier 'all' with a single value changes nothing: Sigma asks to leave it out");
	if (!finish(&draft, key->text, env, &item))
		return false;
	item.field = ks_path_put(env->paths, field);
	*out = item;
	return true;
}

bool ks_item_parse_keywords(const struct ks_yaml_node *value, struct ks_str selection,
	struct ks_item_env *env, struct ks_item *out)
{
	struct ks_draft draft = { .env = env };
	struct ks_item item = {
		.selection = selection, .line = value->line, .column = value->column, .is_keyword = true
	};

	if (!read_values(value, env, &draft) || !finish(&draft, KS_STR("keywords"), env, &item))
		return false;
	item.field = ks_path_put(env->paths, (struct ks_str){ "", 0 });
	*out = item;
	return true;
}
