/* Looks modifiers up, and does what several of them share. */
#include "lib/sigma/modifier.h"

#include "lib/base/opt.h"

#include <string.h>

static const struct ks_modifier *const modifiers[] = {
#define KS_MODIFIER(name) &ks_modifier_##name,
#include "lib/sigma/modifiers.def"
#undef KS_MODIFIER
};

/* In the specification, or in pySigma, and not built. */
static const char *const missing[] = {
	"base64",
	"base64offset",
	"day",
	"expand",
	"hour",
	"minute",
	"month",
	"utf16",
	"utf16be",
	"utf16le",
	"week",
	"wide",
	"windash",
	"year",
};

#define MODIFIERS (sizeof(modifiers) / sizeof(modifiers[0]))
#define MISSING (sizeof(missing) / sizeof(missing[0]))

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
	for (size_t i = 0; i < MISSING; i++)
		if (ks_str_is(name, missing[i]))
			return ks_err_set(err, KS_ERR_UNSUPPORTED, "modifier '%s' is not supported yet",
				missing[i]);
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
		if (value->has_front || value->has_back)
			return ks_err_set_at(err, KS_ERR_PARSE, value->node->line, value->node->column,
				"modifier '%s' must stand before contains, startswith and endswith", modifier);
	}
	return 0;
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
