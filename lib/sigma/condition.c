/* Conditions by recursive descent, with the depth counted. */
#include "lib/sigma/condition.h"

#include "lib/base/limits.h"
#include "lib/base/vec.h"

#include <string.h>

struct parser {
	struct ks_str text;
	size_t at;              /* where the token starts */
	struct ks_str token;    /* "" at the end */
	struct ks_arena *arena;
	unsigned depth;
};

static const struct ks_condition *parse_or(struct parser *parser, struct ks_err *err);

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static void advance(struct parser *parser)
{
	size_t at = parser->at + parser->token.n, end;

	while (at < parser->text.n && is_blank(parser->text.p[at]))
		at++;
	end = at;
	if (at < parser->text.n && strchr("()|", parser->text.p[at]) != NULL && parser->text.p[at] != '\0')
		end++;
	else
		while (end < parser->text.n && !is_blank(parser->text.p[end]) &&
			(parser->text.p[end] == '\0' || strchr("()|", parser->text.p[end]) == NULL))
			end++;
	parser->at = at;
	parser->token = ks_str_sub(parser->text, at, end - at);
}

static bool is_next(const struct parser *parser, const char *token)
{
	return ks_str_is(parser->token, token);
}

static struct ks_condition *new_condition(struct parser *parser, enum ks_condition_kind kind)
{
	struct ks_condition *condition = ks_arena_alloc(parser->arena, sizeof(*condition));

	condition->kind = kind;
	condition->offset = parser->at;
	return condition;
}

/* The aggregation behind a |: says how it is written since Sigma 2. */
static int fail_pipe(const struct parser *parser, struct ks_err *err)
{
	static const struct {
		const char *old;
		const char *type;
	} types[] = {
		{ "count()", "event_count" },
		{ "count(", "value_count" },
		{ "near", "temporal" },
		{ "sum(", "value_sum" },
		{ "avg(", "value_avg" },
	};
	struct ks_str rest = ks_str_trim(ks_str_sub(parser->text, parser->at + 1, parser->text.n));
	const char *type = "event_count, value_count or temporal";

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (ks_str_has_prefix(rest, ks_str_of(types[i].old))) {
			type = types[i].type;
			break;
		}
	return ks_err_set(err, KS_ERR_UNSUPPORTED,
		"'| " KS_STR_FMT "' is the old aggregation syntax: Sigma 2 writes it "
		"as a correlation rule of type %s, with 'rules', 'group-by', 'timespan' and 'condition', "
		"that names this rule",
		rest.n > 40 ? 40 : (int)rest.n, rest.n > 0 ? rest.p : "", type);
}

static void fail_token(const struct parser *parser, const char *wanted, struct ks_err *err)
{
	static const char *const words[] = { "and", "or", "not", "of" };

	if (is_next(parser, "|")) {
		fail_pipe(parser, err);
		return;
	}
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (ks_str_is_equal_nocase(parser->token, ks_str_of(words[i])) && !is_next(parser, words[i])) {
			ks_err_set(err, KS_ERR_PARSE, "'" KS_STR_FMT "' must be in lower case: did you mean '%s'?",
				KS_STR_ARG(parser->token), words[i]);
			return;
		}
	if (parser->token.n == 0)
		ks_err_set(err, KS_ERR_PARSE, "condition ends where %s should stand", wanted);
	else
		ks_err_set(err, KS_ERR_PARSE, "'" KS_STR_FMT "' stands where %s should",
		KS_STR_ARG(parser->token), wanted);
}

/* "1 of pattern"; NULL without an error when no "of" follows, so that the word is a name. */
static const struct ks_condition *parse_of(struct parser *parser, struct ks_err *err)
{
	struct parser start = *parser;
	struct ks_condition *of;
	int64_t count;

	advance(parser);
	if (!is_next(parser, "of")) {
		*parser = start;
		return NULL;
	}
	if (!is_next(&start, "1") && !is_next(&start, "any") && !is_next(&start, "all")) {
		parser->at = start.at;
		ks_err_set(err, KS_ERR_UNSUPPORTED,
			"'" KS_STR_FMT " of' is not in Sigma: '1 of', 'any of' and 'all of' are%s",
			KS_STR_ARG(start.token),
			ks_str_parse_int(start.token, &count) ? "" : ", or is an 'and' missing?");
		return NULL;
	}
	advance(parser);
	if (parser->token.n == 0 || strchr("()|", parser->token.p[0]) != NULL) {
		fail_token(parser, "a name, a name with * or 'them'", err);
		return NULL;
	}
	of = new_condition(parser, KS_CONDITION_OF);
	of->name = parser->token;
	of->is_all = is_next(&start, "all");
	advance(parser);
	return of;
}

static bool is_name(const struct parser *parser)
{
	return parser->token.n > 0 &&
		(parser->token.p[0] == '\0' || strchr("()|", parser->token.p[0]) == NULL) &&
		!is_next(parser, "and") && !is_next(parser, "or") && !is_next(parser, "not") &&
		!is_next(parser, "of");
}

static const struct ks_condition *parse_operand(struct parser *parser, struct ks_err *err)
{
	const struct ks_condition *inner;
	struct ks_condition *name;

	if (is_next(parser, "(")) {
		advance(parser);
		inner = parse_or(parser, err);
		if (inner == NULL)
			return NULL;
		if (!is_next(parser, ")")) {
			fail_token(parser, "'and', 'or' or ')'", err);
			return NULL;
		}
		advance(parser);
		return inner;
	}
	if (!is_name(parser)) {
		fail_token(parser, "a selection", err);
		return NULL;
	}
	inner = parse_of(parser, err);
	if (inner != NULL || err->code != KS_ERR_NONE)
		return inner;
	name = new_condition(parser, KS_CONDITION_NAME);
	name->name = parser->token;
	advance(parser);
	return name;
}

static const struct ks_condition *parse_not(struct parser *parser, struct ks_err *err)
{
	const struct ks_condition *inner, **children;
	struct ks_condition *negation;

	if (++parser->depth > KS_LIMIT_CONDITION) {
		ks_err_set(err, KS_ERR_LIMIT, "condition is nested more than %u levels deep",
			KS_LIMIT_CONDITION);
		return NULL;
	}
	if (is_next(parser, "not")) {
		negation = new_condition(parser, KS_CONDITION_NOT);
		advance(parser);
		inner = parse_not(parser, err);
		children = ks_arena_alloc(parser->arena, sizeof(*children));
		*children = inner;
		negation->children = children;
		negation->n = 1;
		inner = inner != NULL ? negation : NULL;
	} else {
		inner = parse_operand(parser, err);
	}
	parser->depth--;
	return inner;
}

/* Operands joined by one operator; a single operand stays as it is. */
static const struct ks_condition *parse_joined(struct parser *parser, enum ks_condition_kind kind,
	struct ks_err *err)
{
	bool is_and = kind == KS_CONDITION_AND;
	struct ks_vec operands = KS_VEC_OF(const struct ks_condition *);
	struct ks_condition *joined = new_condition(parser, kind);
	const struct ks_condition **children, *operand;

	do {
		if (operands.n > 0)
			advance(parser);
		operand = is_and ? parse_not(parser, err) : parse_joined(parser, KS_CONDITION_AND, err);
		if (operand != NULL)
			*(const struct ks_condition **)ks_vec_push(&operands) = operand;
	} while (operand != NULL && is_next(parser, is_and ? "and" : "or"));
	if (operand != NULL && operands.n > 1) {
		children = ks_arena_alloc(parser->arena, operands.n * sizeof(*children));
		memcpy(children, operands.p, operands.n * sizeof(*children));
		joined->children = children;
		joined->n = operands.n;
		operand = joined;
	}
	ks_vec_release(&operands);
	return operand;
}

static const struct ks_condition *parse_or(struct parser *parser, struct ks_err *err)
{
	return parse_joined(parser, KS_CONDITION_OR, err);
}

int ks_condition_parse(struct ks_str text, struct ks_arena *arena, const struct ks_condition **out,
	size_t *out_offset, struct ks_err *err)
{
	struct parser parser = { .text = text, .arena = arena };
	const struct ks_condition *condition;
	struct ks_err inner = { 0 };

	advance(&parser);
	condition = parse_or(&parser, &inner);
	if (condition != NULL && parser.token.n > 0) {
		fail_token(&parser, "'and' or 'or'", &inner);
		condition = NULL;
	}
	if (condition == NULL) {
		*out_offset = parser.at;
		*err = inner;
		return -1;
	}
	*out = condition;
	return 0;
}

/* A name against a pattern whose only wildcard is *. */
static bool is_like(struct ks_str pattern, struct ks_str name)
{
	size_t at = 0, i = 0, star = SIZE_MAX, resume = 0;

	while (i < name.n) {
		if (at < pattern.n && pattern.p[at] == '*') {
			star = at++;
			resume = i;
		} else if (at < pattern.n && pattern.p[at] == name.p[i]) {
			at++;
			i++;
		} else if (star != SIZE_MAX) {
			at = star + 1;
			i = ++resume;
		} else {
			return false;
		}
	}
	while (at < pattern.n && pattern.p[at] == '*')
		at++;
	return at == pattern.n;
}

bool ks_condition_is_meant(struct ks_str pattern, struct ks_str selection)
{
	bool is_hidden = selection.n > 0 && selection.p[0] == '_';

	if (is_hidden && (pattern.n == 0 || pattern.p[0] != '_'))
		return false;
	return ks_str_is(pattern, "them") || is_like(pattern, selection);
}
