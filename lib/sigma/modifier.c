/* Looks modifiers up, and does what several of them share. */
#include "lib/sigma/modifier.h"

#include "lib/base/opt.h"

#include <string.h>

static const struct ks_modifier *const modifiers[] = {
#define KS_MODIFIER(name) &ks_modifier_##name,
#include "lib/sigma/modifiers.def"
#undef KS_MODIFIER
};

#define MODIFIERS (sizeof(modifiers) / sizeof(modifiers[0]))

static int fail_unknown(struct ks_str name, struct ks_err *err)
{
	const char *names[2 * MODIFIERS];
	char word[40] = "";
	const char *near;
	size_t n = 0;

	for (size_t i = 0; i < MODIFIERS; i++) {
		names[n++] = modifiers[i]->name;
		if (modifiers[i]->alias != NULL)
			names[n++] = modifiers[i]->alias;
	}
	if (name.n < sizeof(word))
		memcpy(word, name.p, name.n);
	/* Any single letter is near to i, m and s: no help. */
	near = name.n > 2 ? ks_opt_nearest(word, names, n) : NULL;
	if (near != NULL)
		return ks_err_set(err, KS_ERR_PARSE, "unknown modifier '" KS_STR_FMT "': did you mean '%s'?",
			KS_STR_ARG(name), near);
	return ks_err_set(err, KS_ERR_PARSE, "unknown modifier '" KS_STR_FMT "'", KS_STR_ARG(name));
}

int ks_modifier_get(struct ks_str name, const struct ks_modifier **out, struct ks_err *err)
{
	for (size_t i = 0; i < MODIFIERS; i++)
		if (ks_str_is(name, modifiers[i]->name) ||
			(modifiers[i]->alias != NULL && ks_str_is(name, modifiers[i]->alias))) {
			*out = modifiers[i];
			return 0;
		}
	return fail_unknown(name, err);
}

static int fail_value(const struct ks_draft_value *value, const char *modifier, const char *wanted,
	struct ks_err *err)
{
	const char *hint =
		value->kind == KS_TEST_NUMBER && strcmp(wanted, "a string") == 0 ? ": put it in quotes" : "";

	return ks_err_set_at(err, KS_ERR_PARSE, value->node->line, value->node->column,
		"modifier '%s' wants %s, not %s%s", modifier, wanted,
		value->kind > KS_TEST_NULL ? "the result of another modifier" :
		ks_yaml_kind_name(value->node->kind),
		hint);
}

int ks_modifier_expect(const struct ks_draft *draft, enum ks_test_kind kind, const char *modifier,
	const char *wanted, struct ks_err *err)
{
	for (size_t i = 0; i < draft->n; i++) {
		const struct ks_draft_value *value = &draft->values[i];

		if (value->kind != kind)
			return fail_value(value, modifier, wanted, err);
	}
	return 0;
}

int ks_modifier_expect_first(const struct ks_draft *draft, const char *modifier, struct ks_err *err)
{
	if (draft->applied == 0)
		return 0;
	return ks_err_set_at(err, KS_ERR_PARSE, draft->values[0].node->line, draft->values[0].node->column,
		"modifier '%s' must stand first: it takes values as the rule has them", modifier);
}

/* A * before or behind a Sigma string, unless one stands there. */
static struct ks_str add_star(struct ks_str text, bool is_front, struct ks_arena *arena)
{
	enum ks_pattern_mark mark = KS_PATTERN_LITERAL;
	size_t at = 0;
	char *out, c;

	while (at < text.n && !(is_front && at > 0))
		mark = ks_pattern_next(text, &at, &c);
	if (mark == KS_PATTERN_MANY)
		return text;
	/* A backslash at the end stands for itself, and must not come to escape the star. */
	if (!is_front && text.n > 0 && text.p[text.n - 1] == '\\' && mark == KS_PATTERN_LITERAL) {
		struct ks_buf safe;

		ks_buf_init(&safe, 2 * text.n + 2);
		for (at = 0; at < text.n;) {
			mark = ks_pattern_next(text, &at, &c);
			ks_pattern_put(&safe, mark, c);
		}
		text = ks_arena_copy(arena, ks_buf_str(&safe));
		ks_buf_release(&safe);
	}
	out = ks_arena_alloc(arena, text.n + 2);
	if (text.n > 0)
		memcpy(out + is_front, text.p, text.n);
	out[is_front ? 0 : text.n] = '*';
	return (struct ks_str){ out, text.n + 1 };
}

int ks_modifier_widen(struct ks_draft *draft, bool has_front, bool has_back, const char *modifier,
	struct ks_err *err)
{
	for (size_t i = 0; i < draft->n; i++) {
		struct ks_draft_value *value = &draft->values[i];

		/* A regular expression searches anyway: being widened changes nothing. */
		if (value->kind != KS_TEST_STRING && value->kind != KS_TEST_FIELD &&
			value->kind != KS_TEST_REGEX)
			return fail_value(value, modifier, "a string", err);
		value->has_front = value->has_front || has_front;
		value->has_back = value->has_back || has_back;
		if (value->kind == KS_TEST_STRING && has_front)
			value->text = add_star(value->text, true, draft->env->arena);
		if (value->kind == KS_TEST_STRING && has_back)
			value->text = add_star(value->text, false, draft->env->arena);
	}
	return 0;
}

int ks_modifier_compare(struct ks_draft *draft, enum ks_compare compare, const char *modifier,
	struct ks_err *err)
{
	if (ks_modifier_expect(draft, KS_TEST_NUMBER, modifier, "a number", err) != 0)
		return -1;
	for (size_t i = 0; i < draft->n; i++) {
		draft->values[i].kind = KS_TEST_COMPARE;
		draft->values[i].compare = compare;
	}
	return 0;
}

int ks_modifier_flag(struct ks_draft *draft, enum ks_regex_flag flag, const char *modifier,
	struct ks_err *err)
{
	for (size_t i = 0; i < draft->n; i++) {
		if (draft->values[i].kind != KS_TEST_REGEX)
			return ks_err_set_at(err, KS_ERR_PARSE, draft->values[i].node->line,
				draft->values[i].node->column, "modifier '%s' must stand behind 're'", modifier);
		draft->values[i].regex_flags |= flag;
	}
	return 0;
}

int ks_modifier_time(struct ks_draft *draft, enum ks_timepart part, const char *modifier, struct ks_err *err)
{
	if (ks_modifier_expect(draft, KS_TEST_NUMBER, modifier, "a number", err) != 0)
		return -1;
	for (size_t i = 0; i < draft->n; i++) {
		struct ks_draft_value *value = &draft->values[i];
		int64_t least, most, number;

		if (!ks_str_parse_int(value->text, &number))
			return ks_err_set_at(err, KS_ERR_PARSE, value->node->line, value->node->column,
				"modifier '%s' wants a whole number", modifier);
		ks_timepart_range(part, &least, &most);
		if (number < least || number > most)
			ks_problem_warn_at(draft->env->problems, value->node->line, value->node->column,
				"modifier '%s' is a number from %lld to %lld: no time ever has this one", modifier,
				(long long)least, (long long)most);
		value->part = part;
	}
	return 0;
}

int ks_modifier_multiply(struct ks_draft *draft, ks_modifier_forms *forms, bool is_or, struct ks_err *err)
{
	struct ks_vec values = KS_VEC_OF(struct ks_draft_value), texts = KS_VEC_OF(struct ks_str);
	struct ks_arena *arena = draft->env->arena;
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < draft->n; i++) {
		const struct ks_draft_value *old = &draft->values[i];
		bool has_forms = old->is_or || (i + 1 < draft->n && draft->values[i + 1].is_or);

		ks_vec_clear(&texts);
		rc = forms(draft, old, &texts, err);
		if (rc == 0 && texts.n > 1 && !ks_item_spend(draft->env, texts.n - 1, old->node))
			rc = ks_err_set_at(err, KS_ERR_LIMIT, old->node->line, old->node->column,
				"the value stands for %zu forms: too many for one rule", texts.n);
		for (size_t k = 0; rc == 0 && k < texts.n; k++) {
			struct ks_draft_value *value = ks_vec_push(&values);

			*value = *old;
			value->text = ks_arena_copy(arena, *KS_VEC_AT(&texts, struct ks_str, k));
			value->is_or = old->is_or || (k > 0 && (is_or || has_forms));
		}
	}
	if (rc == 0) {
		draft->values = ks_arena_alloc(arena, values.n * sizeof(*draft->values));
		memcpy(draft->values, values.p, values.n * sizeof(*draft->values));
		draft->n = values.n;
	}
	ks_vec_release(&texts);
	ks_vec_release(&values);
	return rc;
}
