/* lib/codec/yaml */
#include "lib/codec/yaml.h"

#include "tests/unit/rows.h"

#include "lib/base/limits.h"

#include <stdio.h>
#include <string.h>

struct scalar_row {
	const char *name, *source;
	enum ks_yaml_kind kind;
	const char *text;
	bool is_ambiguous;
};

static const struct scalar_row scalars[] = {
	{ "plain word", "abc", KS_YAML_STRING, "abc", false },
	{ "quoted number", "'1'", KS_YAML_STRING, "1", false },
	{ "double-quoted null", "\"null\"", KS_YAML_STRING, "null", false },
	{ "escape", "\"a\\tb\"", KS_YAML_STRING, "a\tb", false },
	{ "doubled quote", "'it''s'", KS_YAML_STRING, "it's", false },
	{ "null", "null", KS_YAML_NULL, "null", false },
	{ "tilde", "~", KS_YAML_NULL, "~", false },
	{ "nothing", "", KS_YAML_NULL, "", false },
	{ "true", "true", KS_YAML_BOOL, "true", false },
	{ "False", "False", KS_YAML_BOOL, "False", false },
	{ "tRUE is a word", "tRUE", KS_YAML_STRING, "tRUE", false },
	{ "zero", "0", KS_YAML_NUMBER, "0", false },
	{ "integer", "12345678901234567890123", KS_YAML_NUMBER, "12345678901234567890123", false },
	{ "negative", "-5", KS_YAML_NUMBER, "-5", false },
	{ "plus", "+5", KS_YAML_NUMBER, "5", false },
	{ "fraction", "1.50", KS_YAML_NUMBER, "1.50", false },
	{ "no digit before the point", ".5", KS_YAML_NUMBER, ".5", false },
	{ "exponent", "1.5e+3", KS_YAML_NUMBER, "1.5e+3", false },
	{ "hexadecimal", "0x1F", KS_YAML_NUMBER, "31", false },
	{ "hexadecimal without digits", "0x", KS_YAML_STRING, "0x", false },
	{ "explicit string", "!!str 1", KS_YAML_STRING, "1", false },
	{ "no", "No", KS_YAML_STRING, "No", true },
	{ "on", "on", KS_YAML_STRING, "on", true },
	{ "leading zero", "010", KS_YAML_STRING, "010", true },
	{ "account id with a leading zero", "012345670123", KS_YAML_STRING, "012345670123", true },
	{ "underscores", "1_000", KS_YAML_STRING, "1_000", true },
	{ "exponent without a point", "1e3", KS_YAML_STRING, "1e3", true },
	{ "sixty to the", "1:30", KS_YAML_STRING, "1:30", true },
	{ "infinity", ".inf", KS_YAML_STRING, ".inf", true },
	{ "address", "192.0.2.1", KS_YAML_STRING, "192.0.2.1", false },
	{ "network", "10.0.0.0/8", KS_YAML_STRING, "10.0.0.0/8", false },
	{ "date", "2026-11-21", KS_YAML_STRING, "2026-11-21", false },
	{ "version", "1.2.3", KS_YAML_STRING, "1.2.3", false },
	{ "two dashes", "--", KS_YAML_STRING, "--", false },
	{ "point", ".", KS_YAML_STRING, ".", false },
};

static void test_scalar(void **state)
{
	const struct scalar_row *row = *state;
	struct ks_vec documents = KS_VEC_OF(struct ks_yaml_node *);
	struct ks_arena arena = { NULL };
	struct ks_err err = { 0 };
	const struct ks_yaml_node *node;
	char text[128];

	snprintf(text, sizeof(text), "k: %s\n", row->source);
	assert_int_equal(ks_yaml_parse(ks_str_of(text), &arena, &documents, &err), 0);
	node = ks_yaml_find(*KS_VEC_AT(&documents, struct ks_yaml_node *, 0), "k");
	assert_non_null(node);
	assert_int_equal(node->kind, row->kind);
	assert_string_equal(node->text.p, row->text);
	assert_int_equal(node->is_ambiguous, row->is_ambiguous);
	ks_vec_release(&documents);
	ks_arena_release(&arena);
}

struct error_row {
	const char *name, *text;
	enum ks_err_code code;
	int line, column;
	const char *part;        /* of the message */
};

static const struct error_row errors[] = {
	{ "duplicate key", "a: 1\nb: 2\na: 3\n", KS_ERR_PARSE, 3, 1,
		"duplicate key 'a', first given in line 1" },
	{ "duplicate key, one quoted", "x:\n  'a': 1\n  a: 2\n", KS_ERR_PARSE, 3, 3, "duplicate key 'a'" },
	{ "duplicate key in braces", "{a: 1, a: 2}", KS_ERR_PARSE, 1, 8, "duplicate" },
	{ "anchor", "a: &x 1\n", KS_ERR_UNSUPPORTED, 1, 4, "anchors" },
	{ "anchor on a list", "a: &x [1]\n", KS_ERR_UNSUPPORTED, 1, 4, "anchors" },
	{ "alias", "a: *x\n", KS_ERR_UNSUPPORTED, 1, 4, "aliases" },
	{ "tag", "a: !!python/object x\n", KS_ERR_UNSUPPORTED, 1, 4, "tags" },
	{ "list as key", "[1]: 2\n", KS_ERR_UNSUPPORTED, 1, 1, "a list" },
	{ "mapping as key", "? {a: b}\n: 2\n", KS_ERR_UNSUPPORTED, 1, 3, "a mapping" },
	{ "tab as indentation", "a:\n\tb: 1\n", KS_ERR_PARSE, 2, 1, "not valid YAML" },
	{ "quote that does not end", "a: 'x\n", KS_ERR_PARSE, 2, 1, "in line 1" },
	{ "wrong indentation", "a: 1\n b: 2\n", KS_ERR_PARSE, 2, 3, "mapping values" },
	{ "column in bytes", "\xc3\xa4: {\xc3\xb6: 1, \xc3\xb6: 2}", KS_ERR_PARSE, 1, 13, "duplicate" },
	{ "bad UTF-8", "a: 1\nb: \xff\n", KS_ERR_PARSE, 2, 4, "UTF-8" },
	{ "control character", "a: 1\n\x01", KS_ERR_PARSE, 2, 1, "control characters" },
};

static void test_error(void **state)
{
	const struct error_row *row = *state;
	struct ks_vec documents = KS_VEC_OF(struct ks_yaml_node *);
	struct ks_arena arena = { NULL };
	struct ks_err err = { 0 };

	assert_int_equal(ks_yaml_parse(ks_str_of(row->text), &arena, &documents, &err), -1);
	assert_int_equal(documents.n, 0);
	if (strstr(err.message, row->part) == NULL)
		fail_msg("'%s' does not hold '%s'", err.message, row->part);
	assert_int_equal(err.code, row->code);
	assert_int_equal(err.line, row->line);
	assert_int_equal(err.column, row->column);
	ks_vec_release(&documents);
	ks_arena_release(&arena);
}

static void test_tree(void **state)
{
	static const char text[] = "# comment\na: [x, 'y z']\nb:\n  - c: 1\n    d: two "
		"words\n---\n---\nsecond: |\n  line\n";
	struct ks_vec documents = KS_VEC_OF(struct ks_yaml_node *);
	struct ks_arena arena = { NULL };
	struct ks_err err = { 0 };
	const struct ks_yaml_node *root, *node;
	int line, column;

	(void)state;
	assert_int_equal(ks_yaml_parse(ks_str_of(text), &arena, &documents, &err), 0);
	assert_int_equal(documents.n, 2);       /* the one without content is left out */
	root = *KS_VEC_AT(&documents, struct ks_yaml_node *, 0);
	assert_int_equal(root->kind, KS_YAML_MAPPING);
	assert_int_equal(root->n, 2);
	node = ks_yaml_find(root, "a");
	assert_int_equal(node->kind, KS_YAML_SEQUENCE);
	assert_int_equal(node->n, 2);
	assert_null(node->keys);
	ks_yaml_locate(node->items[1], 2, &line, &column);
	assert_int_equal(line, 2);
	assert_int_equal(column, 11);
	node = ks_yaml_find(ks_yaml_find(root, "b")->items[0], "d");
	assert_int_equal(node->line, 5);
	assert_int_equal(node->column, 8);
	assert_null(ks_yaml_find(root, "c"));
	assert_null(ks_yaml_find(node, "c"));
	node = ks_yaml_find(*KS_VEC_AT(&documents, struct ks_yaml_node *, 1), "second");
	assert_string_equal(node->text.p, "line\n");
	assert_int_equal(node->text_column, 0);
	ks_yaml_locate(node, 2, &line, &column);
	assert_int_equal(column, node->column);
	ks_vec_release(&documents);
	ks_arena_release(&arena);
}

/* A list in a list …, as deep as asked. */
static int parse_nested(size_t depth, struct ks_err *err)
{
	struct ks_vec documents = KS_VEC_OF(struct ks_yaml_node *);
	struct ks_arena arena = { NULL };
	struct ks_buf text;
	int result;

	ks_buf_init(&text, 1u << 24);
	for (size_t i = 0; i < depth; i++)
		ks_buf_addc(&text, '[');
	for (size_t i = 0; i < depth; i++)
		ks_buf_addc(&text, ']');
	result = ks_yaml_parse(ks_buf_str(&text), &arena, &documents, err);
	ks_buf_release(&text);
	ks_vec_release(&documents);
	ks_arena_release(&arena);
	return result;
}

static void test_depth(void **state)
{
	struct ks_err err = { 0 };

	(void)state;
	assert_int_equal(parse_nested(KS_LIMIT_YAML_DEPTH, &err), 0);
	assert_int_equal(parse_nested(KS_LIMIT_YAML_DEPTH + 1, &err), -1);
	assert_int_equal(err.code, KS_ERR_LIMIT);
	assert_int_equal(err.column, KS_LIMIT_YAML_DEPTH + 1);
	assert_int_equal(parse_nested(100000, &err), -1);
}

static void test_size(void **state)
{
	struct ks_vec documents = KS_VEC_OF(struct ks_yaml_node *);
	struct ks_arena arena = { NULL };
	struct ks_err err = { 0 };
	struct ks_buf text;

	(void)state;
	ks_buf_init(&text, 1u << 24);
	while (text.n < KS_LIMIT_RULE_FILE)
		ks_buf_adds(&text, "#23456789012345\n");
	assert_int_equal(ks_yaml_parse(ks_buf_str(&text), &arena, &documents, &err), 0);
	ks_buf_addc(&text, '\n');
	assert_int_equal(ks_yaml_parse(ks_buf_str(&text), &arena, &documents, &err), -1);
	assert_int_equal(err.code, KS_ERR_LIMIT);
	ks_buf_release(&text);
	ks_vec_release(&documents);
	ks_arena_release(&arena);
}

int main(void)
{
	struct rows rows = { 0 };

	ROWS_TABLE(&rows, test_scalar, scalars);
	ROWS_TABLE(&rows, test_error, errors);
	ROWS_TEST(&rows, test_tree);
	ROWS_TEST(&rows, test_depth);
	ROWS_TEST(&rows, test_size);
	return rows_run("yaml", &rows);
}
