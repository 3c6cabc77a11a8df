/* lib/sigma/condition */
#include "lib/sigma/condition.h"

#include "tests/unit/rows.h"

#include "lib/base/buf.h"
#include "lib/base/limits.h"

#include <string.h>

/* A tree as text with every operator in parentheses of its own. */
static void render(const struct ks_condition *condition, struct ks_buf *out)
{
	switch (condition->kind) {
	case KS_CONDITION_NAME:
		ks_buf_add(out, condition->name);
		return;
	case KS_CONDITION_OF:
		ks_buf_addf(out, "%s:" KS_STR_FMT, condition->is_all ? "all" : "any", KS_STR_ARG(condition->name));
		return;
	case KS_CONDITION_NOT:
		ks_buf_adds(out, "!");
		render(condition->children[0], out);
		return;
	case KS_CONDITION_AND:
	case KS_CONDITION_OR:
		ks_buf_addc(out, '(');
		for (size_t i = 0; i < condition->n; i++) {
			if (i > 0)
				ks_buf_adds(out, condition->kind == KS_CONDITION_AND ? " & " : " | ");
			render(condition->children[i], out);
		}
		ks_buf_addc(out, ')');
	}
}

struct tree_row {
	const char *name, *text, *want;
};

static const struct tree_row trees[] = {
	{ "name", "selection", "selection" },
	{ "blanks", "  a\tand\n b ", "(a & b)" },
	{ "and before or", "a or b and c", "(a | (b & c))" },
	{ "and before or, turned", "a and b or c", "((a & b) | c)" },
	{ "not before and", "not a and b", "(!a & b)" },
	{ "not of parentheses", "not (a and b)", "!(a & b)" },
	{ "parentheses without blanks", "(a)or(b)", "(a | b)" },
	{ "chain", "a and b and c", "(a & b & c)" },
	{ "1 of", "1 of sel_*", "any:sel_*" },
	{ "any of", "any of them", "any:them" },
	{ "all of, joined", "all of a* and not 1 of b*", "(all:a* & !any:b*)" },
	{ "names that start like operators", "notes and android or order", "((notes & android) | order)" },
	{ "names with dashes and digits", "sel-1 and 2nd", "(sel-1 & 2nd)" },
	{ "a selection called all", "all and 1", "(all & 1)" },
};

static void test_tree(void **state)
{
	const struct tree_row *row = *state;
	const struct ks_condition *condition;
	struct ks_arena arena = { NULL };
	struct ks_err err = { 0 };
	struct ks_buf text;
	size_t offset;

	ks_buf_init(&text, 4096);
	assert_int_equal(ks_condition_parse(ks_str_of(row->text), &arena, &condition, &offset, &err), 0);
	render(condition, &text);
	assert_string_equal(text.p, row->want);
	ks_buf_release(&text);
	ks_arena_release(&arena);
}

struct error_row {
	const char *name, *text;
	enum ks_err_code code;
	size_t offset;
	const char *part;
};

static const struct error_row errors[] = {
	{ "empty", "", KS_ERR_PARSE, 0, "condition ends where a selection should stand" },
	{ "blanks only", "  ", KS_ERR_PARSE, 2, "ends" },
	{ "ends after and", "a and", KS_ERR_PARSE, 5, "ends where a selection" },
	{ "two names", "a b", KS_ERR_PARSE, 2, "'b' stands where 'and' or 'or' should" },
	{ "operator first", "and a", KS_ERR_PARSE, 0, "'and' stands where a selection should" },
	{ "parenthesis missing", "(a and b", KS_ERR_PARSE, 8, "')'" },
	{ "parenthesis too many", "a)", KS_ERR_PARSE, 1, "')' stands where 'and' or 'or'" },
	{ "empty parentheses", "()", KS_ERR_PARSE, 1, "')' stands where a selection" },
	{ "upper case", "a AND b", KS_ERR_PARSE, 2, "did you mean 'and'" },
	{ "of without a name", "1 of", KS_ERR_PARSE, 4, "a name, a name with *" },
	{ "2 of", "2 of sel*", KS_ERR_UNSUPPORTED, 0, "'2 of' is not in Sigma" },
	{ "count", "a | count() by b > 5", KS_ERR_UNSUPPORTED, 2, "correlation rule of type event_count" },
	{ "count of a field", "a | count(x) by b > 5", KS_ERR_UNSUPPORTED, 2, "of type value_count" },
	{ "near", "a | near b", KS_ERR_UNSUPPORTED, 2, "of type temporal" },
	{ "sum", "a |sum(x) > 3", KS_ERR_UNSUPPORTED, 2, "of type value_sum" },
	{ "pipe alone", "a |", KS_ERR_UNSUPPORTED, 2, "old aggregation syntax" },
};

static void test_error(void **state)
{
	const struct error_row *row = *state;
	const struct ks_condition *condition = NULL;
	struct ks_arena arena = { NULL };
	struct ks_err err = { 0 };
	size_t offset = 99;

	assert_int_equal(ks_condition_parse(ks_str_of(row->text), &arena, &condition, &offset, &err), -1);
	assert_null(condition);
	if (strstr(err.message, row->part) == NULL)
		fail_msg("'%s' does not hold '%s'", err.message, row->part);
	assert_int_equal(err.code, row->code);
	assert_int_equal(offset, row->offset);
	ks_arena_release(&arena);
}

/* "not not … a" and "((… a …))" of a depth. */
static int parse_deep(const char *front, const char *back, size_t depth)
{
	const struct ks_condition *condition;
	struct ks_arena arena = { NULL };
	struct ks_err err = { 0 };
	struct ks_buf text;
	size_t offset;
	int result;

	ks_buf_init(&text, 1u << 24);
	for (size_t i = 0; i < depth; i++)
		ks_buf_adds(&text, front);
	ks_buf_addc(&text, 'a');
	for (size_t i = 0; i < depth; i++)
		ks_buf_adds(&text, back);
	result = ks_condition_parse(ks_buf_str(&text), &arena, &condition, &offset, &err);
	if (result != 0)
		assert_int_equal(err.code, KS_ERR_LIMIT);
	ks_buf_release(&text);
	ks_arena_release(&arena);
	return result;
}

static void test_depth(void **state)
{
	(void)state;
	assert_int_equal(parse_deep("not ", "", KS_LIMIT_CONDITION - 1), 0);
	assert_int_equal(parse_deep("not ", "", KS_LIMIT_CONDITION), -1);
	assert_int_equal(parse_deep("not ", "", 200000), -1);
	assert_int_equal(parse_deep("(", ")", KS_LIMIT_CONDITION - 1), 0);
	assert_int_equal(parse_deep("(", ")", 200000), -1);
	/* Long is not deep. */
	assert_int_equal(parse_deep("a and ", "", 50000), 0);
	assert_int_equal(parse_deep("", " or not a", 50000), 0);
}

struct meant_row {
	const char *name, *pattern, *selection;
	bool want;
};

static const struct meant_row meants[] = {
	{ "prefix", "sel*", "selection", true },
	{ "prefix, nothing left", "sel*", "sel", true },
	{ "star in the middle", "sel*_a", "sel_1_a", true },
	{ "star in the middle, not", "sel*_a", "sel_b", false },
	{ "no star", "sel", "selection", false },
	{ "case counts", "Sel*", "sel", false },
	{ "them", "them", "anything", true },
	{ "them leaves out _", "them", "_x", false },
	{ "star leaves out _", "*", "_x", false },
	{ "_ is asked for", "_x*", "_xy", true },
};

static void test_meant(void **state)
{
	const struct meant_row *row = *state;

	assert_int_equal(ks_condition_is_meant(ks_str_of(row->pattern), ks_str_of(row->selection)), row->want);
}

int main(void)
{
	struct rows rows = { 0 };

	ROWS_TABLE(&rows, test_tree, trees);
	ROWS_TABLE(&rows, test_error, errors);
	ROWS_TABLE(&rows, test_meant, meants);
	ROWS_TEST(&rows, test_depth);
	return rows_run("condition", &rows);
}
