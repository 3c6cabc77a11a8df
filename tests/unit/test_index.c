/* lib/trail/index: the grammar with the place of each error, what is only cut, and what other parsers
 * disagree on. */
#include "lib/trail/index.h"

#include "lib/base/buf.h"
#include "lib/base/limits.h"
#include "lib/base/mem.h"

#include "tests/unit/rows.h"

#include <stdlib.h>
#include <string.h>

struct row {
	const char *name, *text;
	size_t n;
	int column; /* 0: it is right; -1: it is cut */
};

#define R(name, text, column)                \
	{                                        \
		name, text, sizeof(text) - 1, column \
	}

static const struct row rows[] = {
	R("object", "{}", 0),
	R("array", "[]", 0),
	R("string", "\"\"", 0),
	R("true", "true", 0),
	R("false", "false", 0),
	R("null", "null", 0),
	R("zero", "0", 0),
	R("minus zero", "-0", 0),
	R("blanks around", " \t\r\n{} \n", 0),
	R("blanks inside", "{ \"a\" : [ 1 , 2 ] , \"b\" : { } }", 0),
	R("all of a number", "-12.50e+07", 0),
	R("a number of 400 digits is text", "1234567890123456789012345678901234567890e99999", 0),
	R("duplicates", "{\"a\":1,\"a\":2}", 0),
	R("empty name", "{\"\":0}", 0),
	R("raw NUL in a string", "\"a\0b\"", 0),
	R("raw control characters", "\"\x01\x1F\n\t\"", 0),
	R("invalid UTF-8", "\"\xFF\xC0\x80\"", 0),
	R("invalid escapes", "\"\\x\\u12\\ud800\"", 0),
	R("escaped quote", "\"\\\"\"", 0),
	R("two backslashes", "\"\\\\\"", 0),

	R("nothing", "", -1),
	R("only blanks", " \n", -1),
	R("open object", "{", -1),
	R("open array", "[", -1),
	R("open string", "\"a", -1),
	R("a backslash at the end", "\"a\\", -1),
	R("an escaped quote at the end", "\"a\\\"", -1),
	R("half a word", "tru", -1),
	R("half null", "n", -1),
	R("minus", "-", -1),
	R("a point", "1.", -1),
	R("an e", "1e", -1),
	R("a sign", "1e+", -1),
	R("a name", "{\"a\"", -1),
	R("a colon", "{\"a\":", -1),
	R("a comma", "{\"a\":1,", -1),
	R("a comma in an array", "[1,", -1),
	R("deep", "[[{\"a\":[", -1),
	R("half a name", "{\"a", -1),

	R("a word", "hello", 1),
	R("another word", "nul!", 1),
	R("upper case", "True", 1),
	R("apostrophes", "'a'", 1),
	R("a closing bracket", "]", 1),
	R("a comma first", ",", 1),
	R("leading zero", "01", 1),
	R("leading zeros", "[-00]", 2),
	R("plus", "+1", 1),
	R("a point first", ".5", 1),
	R("a point and no digits", "[1.]", 2),
	R("an e and no digits", "[1e]", 2),
	R("minus and a letter", "-a", 1),
	R("hex", "0x10", 2),
	R("NaN", "NaN", 1),
	R("Infinity", "-Infinity", 1),
	R("a comma before the end", "[1,]", 4),
	R("a comma before the brace", "{\"a\":1,}", 8),
	R("two commas", "[1,,2]", 4),
	R("no comma", "[1 2]", 4),
	R("no comma between members", "{\"a\":1\"b\":2}", 7),
	R("no colon", "{\"a\" 1}", 6),
	R("a name that is none", "{a:1}", 2),
	R("a number as a name", "{1:1}", 2),
	R("the wrong bracket", "{]", 2),
	R("the wrong brace", "[}", 2),
	R("the wrong bracket behind a value", "[1}", 3),
	R("a member in an array", "[\"a\":1]", 5),
	R("no value", "{\"a\":}", 6),
	R("two values", "{} {}", 4),
	R("something behind", "1,", 2),
	R("a comment", "[1/**/]", 3),
	R("a NUL behind", "{}\0", 3),
	R("a NUL between", "[\0]", 2),
	R("byte order mark", "\xEF\xBB\xBF{}", 1),
	R("form feed is no blank", "\f{}", 1),
	R("no-break space", "\xC2\xA0{}", 1),
};

static void test_row(void **state)
{
	const struct row *row = *state;
	char *text = malloc(row->n > 0 ? row->n : 1);
	struct ks_err err = { 0 };
	struct ks_index index;
	bool is_cut = true;
	int rc;

	assert_non_null(text);
	memcpy(text, row->text, row->n);
	ks_index_init(&index);
	rc = ks_index_build(&index, (struct ks_str){ text, row->n }, &is_cut, &err);
	assert_int_equal(rc, row->column == 0 ? 0 : -1);
	assert_int_equal(is_cut, row->column == -1);
	if (row->column != 0) {
		assert_int_equal(err.code, KS_ERR_PARSE);
		assert_int_equal(err.column, row->column == -1 ? (int)row->n + 1 : row->column);
	}
	ks_index_release(&index);
	free(text);
}

/* Every beginning of something right is right or cut, and never something else. */
static void test_beginnings(void **state)
{
	static const char text[] =
		" {\"a\\\"\\u0041\" : [ -1.5E-3 , true,false,null,{} , [ ] ,\"\\\\\" ] , \"b\":{\"c\":0}} ";
	struct ks_err err;
	struct ks_index index;

	(void)state;
	ks_index_init(&index);
	for (size_t n = 0; n < sizeof(text); n++) {
		char *copy = ks_mem_resize(NULL, n + 1);
		bool is_cut;
		int rc;

		memcpy(copy, text, n);
		copy = ks_mem_resize(copy, n > 0 ? n : 1);
		rc = ks_index_build(&index, (struct ks_str){ copy, n }, &is_cut, &err);
		assert_int_equal(rc, n >= sizeof(text) - 2 ? 0 : -1);
		assert_int_equal(is_cut, rc != 0);
		free(copy);
	}
	ks_index_release(&index);
}

static void test_nodes(void **state)
{
	static const char text[] = " {\"a\":[1,\"x\\n\",{}],\"\\u0062\":null,\"a\":-0.0}";
	static const struct {
		const char *key, *value;
		uint32_t first, next;
		enum ks_value_kind kind;
	} want[] = {
		{ "", "{\"a\":[1,\"x\\n\",{}],\"\\u0062\":null,\"a\":-0.0}", 1, KS_INDEX_NONE, KS_VALUE_OBJECT },
		{ "a", "[1,\"x\\n\",{}]", 2, 5, KS_VALUE_ARRAY },
		{ "", "1", KS_INDEX_NONE, 3, KS_VALUE_NUMBER },
		{ "", "x\\n", KS_INDEX_NONE, 4, KS_VALUE_STRING },
		{ "", "{}", KS_INDEX_NONE, KS_INDEX_NONE, KS_VALUE_OBJECT },
		{ "\\u0062", "null", KS_INDEX_NONE, 6, KS_VALUE_NULL },
		{ "a", "-0.0", KS_INDEX_NONE, KS_INDEX_NONE, KS_VALUE_NUMBER },
	};
	struct ks_index index;
	struct ks_err err;

	(void)state;
	ks_index_init(&index);
	assert_int_equal(ks_index_build(&index, KS_STR(text), NULL, &err), 0);
	assert_int_equal(index.nodes.n, sizeof(want) / sizeof(want[0]));
	for (uint32_t i = 0; i < index.nodes.n; i++) {
		const struct ks_index_node *node = ks_index_node(&index, i);

		assert_true(ks_str_is((struct ks_str){ text + node->key, node->key_n }, want[i].key));
		assert_true(ks_str_is((struct ks_str){ text + node->at, node->n }, want[i].value));
		assert_int_equal(node->first, want[i].first);
		assert_int_equal(node->next, want[i].next);
		assert_int_equal(node->kind, want[i].kind);
		assert_int_equal(node->has_key_escape, i == 5);
		assert_int_equal(node->has_escape, i == 3);
	}
	ks_index_release(&index);
}

/* Text with a blank in front of every token that is not in a string: nothing in it is usual. */
static struct ks_str spread(struct ks_str text, struct ks_buf *out)
{
	bool is_in = false;

	ks_buf_clear(out);
	for (size_t i = 0; i < text.n; i++) {
		if (!is_in && strchr("{}[]:,\"", text.p[i]) != NULL)
			ks_buf_addc(out, ' ');
		ks_buf_addc(out, text.p[i]);
		if (is_in && text.p[i] == '\\')
			ks_buf_addc(out, text.p[++i]);
		else if (text.p[i] == '"')
			is_in = !is_in;
	}
	return ks_buf_str(out);
}

static const char *const layouts[] = {
	"{\"a\":\"b\",\"c\":{\"d\":\"e\"},\"f\":\"g\"}",
	"{\"a\":{\"b\":{\"c\":null}},\"d\":true}",
	"{\"a\":{\"b\":{\"c\":false}}}",
	"{\"a\":{},\"b\":{\"c\":{}},\"d\":[]}",
	"{\"a\":[{\"b\":\"c\",\"d\":{\"e\":\"f\"}},{\"g\":\"h\"}],\"i\":\"j\"}",
	"{\"a\":[\"b\",{\"c\":{\"d\":[{\"e\":1}]}}],\"f\":2}",
	"[{\"a\":\"b\"},{\"c\":{\"d\":\"e\"}},\"f\"]",
	"{\"a\":\"x\\\"y\",\"b\\n\":\"c\",\"d\":{\"e\":\"\\\\\",\"f\":\"g\"},\"h\":\"\"}",
	"{\"\":{\"\":\"\"},\"a\":-1.5,\"b\":{\"c\":0},\"d\":null,\"e\":{\"f\":true,\"g\":\"h\"}}",
};

/* What is written as trails are is read another way than the rest, and comes to the same nodes. */
static void test_layouts(void **state)
{
	struct ks_index a, b;
	struct ks_buf text;
	struct ks_err err;

	(void)state;
	ks_index_init(&a);
	ks_index_init(&b);
	ks_buf_init(&text, 1u << 16);
	for (size_t i = 0; i < sizeof(layouts) / sizeof(layouts[0]); i++) {
		assert_int_equal(ks_index_build(&a, ks_str_of(layouts[i]), NULL, &err), 0);
		assert_int_equal(ks_index_build(&b, spread(a.text, &text), NULL, &err), 0);
		assert_int_equal(a.nodes.n, b.nodes.n);
		for (uint32_t n = 0; n < a.nodes.n; n++) {
			const struct ks_index_node *x = ks_index_node(&a, n), *y = ks_index_node(&b, n);

			assert_int_equal(x->key_n, y->key_n);
			assert_memory_equal(a.text.p + x->key, b.text.p + y->key, x->key_n);
			assert_int_equal(x->kind, y->kind);
			assert_int_equal(x->first, y->first);
			assert_int_equal(x->next, y->next);
			assert_int_equal(x->has_key_escape, y->has_key_escape);
			assert_int_equal(x->has_escape, y->has_escape);
			if (x->kind == KS_VALUE_OBJECT || x->kind == KS_VALUE_ARRAY) {
				assert_true(strchr("}]", a.text.p[x->at + x->n - 1]) != NULL);
				assert_true(strchr("{[", a.text.p[x->at]) != NULL);
			} else {
				assert_int_equal(x->n, y->n);
				assert_memory_equal(a.text.p + x->at, b.text.p + y->at, x->n);
			}
		}
		assert_int_equal(a.has_table, b.has_table);
		assert_memory_equal(a.slots, b.slots, sizeof(a.slots));
	}
	ks_buf_release(&text);
	ks_index_release(&a);
	ks_index_release(&b);
}

static void test_million_deep(void **state)
{
	size_t depth = 1000000;
	char *text = ks_mem_resize(NULL, 2 * depth);
	struct ks_index index;
	struct ks_err err;
	bool is_cut;

	(void)state;
	ks_index_init(&index);
	memset(text, '[', depth);
	memset(text + depth, ']', depth);
	/* Past the cap on values: an error, and not a crash. */
	assert_int_equal(ks_index_build(&index, (struct ks_str){ text, 2 * depth }, &is_cut, &err), -1);
	assert_int_equal(err.code, KS_ERR_LIMIT);
	depth = KS_LIMIT_VALUES;
	memset(text + depth, ']', depth);
	assert_int_equal(ks_index_build(&index, (struct ks_str){ text, 2 * depth }, &is_cut, &err), 0);
	assert_int_equal(index.nodes.n, depth);
	assert_int_equal(ks_index_node(&index, 0)->n, 2 * depth);
	ks_index_release(&index);
	free(text);
}

static void test_most_values(void **state)
{
	struct ks_index index;
	struct ks_buf text;
	struct ks_err err;

	(void)state;
	ks_index_init(&index);
	ks_buf_init(&text, 1u << 24);
	ks_buf_addc(&text, '[');
	for (uint32_t i = 0; i < KS_LIMIT_VALUES - 2; i++)
		ks_buf_adds(&text, "1,");
	ks_buf_adds(&text, "1]");
	assert_int_equal(ks_index_build(&index, ks_buf_str(&text), NULL, &err), 0);
	text.n--;
	ks_buf_adds(&text, ",1]");
	assert_int_equal(ks_index_build(&index, ks_buf_str(&text), NULL, &err), -1);
	assert_int_equal(err.code, KS_ERR_LIMIT);
	ks_buf_release(&text);
	ks_index_release(&index);
}

int main(void)
{
	static struct rows all;

	ROWS_TABLE(&all, test_row, rows);
	ROWS_TEST(&all, test_beginnings);
	ROWS_TEST(&all, test_nodes);
	ROWS_TEST(&all, test_layouts);
	ROWS_TEST(&all, test_million_deep);
	ROWS_TEST(&all, test_most_values);
	return rows_run("index", &all);
}
