/* lib/trail/lookup: members by name, values by path, and the compact form of objects. */
#include "lib/trail/lookup.h"

#include "lib/base/buf.h"

#include "tests/unit/rows.h"

#include <stdio.h>
#include <string.h>

struct row {
	const char *name, *text, *path;
	const char *want; /* the values with a letter for their kind, each ended by ; */
};

static const struct row rows[] = {
	{ "a member", "{\"a\":\"x\"}", "a", "sx;" },
	{ "below", "{\"a\":{\"b\":{\"c\":1}}}", "a.b.c", "n1;" },
	{ "absent", "{\"a\":1}", "b", "" },
	{ "below a scalar", "{\"a\":\"x\"}", "a.b", "" },
	{ "a longer name is another", "{\"ab\":1}", "a", "" },
	{ "a shorter name is another", "{\"a\":1}", "ab", "" },
	{ "case counts", "{\"A\":1}", "a", "" },
	{ "null is a value", "{\"a\":null}", "a", "0null;" },
	{ "kinds", "{\"a\":[true,1.0,null,\"\",{}]}", "a", "btrue;n1.0;0null;s;o{};a[true,1.0,null,\"\",{}];" },
	{ "through an array", "{\"a\":[{\"b\":1},{\"b\":2},{\"c\":3},4]}", "a.b", "n1;n2;" },
	{ "through arrays in arrays", "{\"a\":[[{\"b\":1}],[[{\"b\":2}]]]}", "a.b", "n1;n2;" },
	{ "an array at the end", "{\"a\":[1,[2,3]]}", "a", "n1;n2;n3;a[1,[2,3]];" },
	{ "an empty array", "{\"a\":[]}", "a", "a[];" },
	{ "the record is an array", "[{\"a\":1},{\"a\":2}]", "a", "n1;n2;" },
	{ "repeated", "{\"a\":1,\"b\":0,\"a\":2}", "a", "n1;n2;" },
	{ "repeated parents", "{\"a\":{\"b\":1},\"a\":{\"b\":2,\"b\":3}}", "a.b", "n1;n2;n3;" },
	{ "a name with a dot", "{\"a.b\":1}", "a.b", "n1;" },
	{ "a name with a dot, and below", "{\"a.b\":{\"c\":1},\"a\":{\"b.c\":2,\"b\":{\"c\":3}}}", "a.b.c",
		"n1;n2;n3;" },
	{ "only a dot", "{\"\":{\"\":1}}", ".", "n1;" },
	{ "a name that ends in a dot", "{\"a.\":{\"b\":1}}", "a..b", "n1;" },
	{ "a path that ends in a dot", "{\"a\":{\"\":1,\"b\":2}}", "a.", "n1;" },
	{ "a name that is a path with a dot", "{\"a.\":1}", "a.", "n1;" },
	{ "an empty name before", "{\"\":{\"a\":1},\"a\":2}", ".a", "n1;" },
	{ "below null", "{\"a\":null}", "a.b", "" },
	{ "below an array of scalars", "{\"a\":[1,\"x\"]}", "a.b", "" },
	{ "repeated below", "{\"a\":{\"b\":{\"c\":1},\"b\":{\"d\":2}}}", "a.b.d", "n2;" },
	{ "the same start", "{\"a\":{\"bc\":1,\"b\":2}}", "a.b", "n2;" },
	{ "an escaped name", "{\"\\u0061\":{\"b\\u002ec\":1}}", "a.b.c", "n1;" },
	{ "an escaped slash in a name", "{\"a\\/b\":1}", "a/b", "n1;" },
	{ "an escaped value", "{\"a\":\"\\u0041\\n\"}", "a", "sA\n;" },
	{ "an object at the end", "{\"a\":{\"b\":[1]}}", "a", "o{\"b\":[1]};" },
	{ "an object with blanks", "{\"a\": { \"b\" :\n [ 1 ,\t2 ] } }", "a", "o{\"b\":[1,2]};" },
	{ "blanks in strings stay", "{\"a\":{\"b c\": \" d \"}}", "a", "o{\"b c\":\" d \"};" },
	{ "escapes in one form", "{\"a\":{\"\\u0062\":\"\\/\\u0022\\u005c\\u000a\\n\\ud83d\\ude00\\b\"}}", "a",
		"o{\"b\":\"/\\\"\\\\\\n\\n\xF0\x9F\x98\x80\\b\"};" },
	{ "controls in the form that writers agree on",
		"{\"a\":{\"b\":\"\\u0009\\u000c\\u000d\\u0001\\u0000\\u007f\"}}", "a",
		"o{\"b\":\"\\t\\f\\r\\u0001\\u0000\x7F\"};" },
	{ "brackets in strings", "{\"a\":[ {\"b\":\"}] \"} ]}", "a", "o{\"b\":\"}] \"};a[{\"b\":\"}] \"}];" },
	{ "a backslash before the end", "{\"a\":{\"b\": \"\\\\\" } }", "a", "o{\"b\":\"\\\\\"};" },
};

static void test_row(void **state)
{
	static const char kinds[] = { [KS_VALUE_STRING] = 's',
		[KS_VALUE_NUMBER] = 'n',
		[KS_VALUE_BOOL] = 'b',
		[KS_VALUE_NULL] = '0',
		[KS_VALUE_OBJECT] = 'o',
		[KS_VALUE_ARRAY] = 'a' };
	const struct row *row = *state;
	struct ks_vec values = KS_VEC_OF(struct ks_value);
	struct ks_arena arena;
	struct ks_index index;
	struct ks_value single;
	struct ks_buf got;
	struct ks_err err;
	size_t n;

	ks_buf_init(&got, 1u << 16);
	ks_arena_init(&arena);
	ks_index_init(&index);
	assert_int_equal(ks_index_build(&index, ks_str_of(row->text), NULL, &err), 0);
	ks_lookup_collect(&index, 0, ks_str_of(row->path), &arena, &values);
	for (size_t i = 0; i < values.n; i++) {
		const struct ks_value *value = KS_VEC_AT(&values, struct ks_value, i);

		ks_buf_addc(&got, kinds[value->kind]);
		ks_buf_add(&got, value->text);
		ks_buf_addc(&got, ';');
	}
	assert_string_equal(got.p != NULL ? got.p : "", row->want);
	if (ks_lookup_single(&index, 0, ks_str_of(row->path), &arena, &single, &n)) {
		assert_int_equal(n, values.n);
		assert_true(n == 0 || (single.kind == KS_VEC_AT(&values, struct ks_value, 0)->kind &&
			ks_str_is_equal(single.text, KS_VEC_AT(&values, struct ks_value, 0)->text)));
	}
	ks_vec_release(&values);
	ks_buf_release(&got);
	ks_arena_release(&arena);
	ks_index_release(&index);
}

static void test_member(void **state)
{
	struct ks_index index;
	struct ks_err err;

	(void)state;
	ks_index_init(&index);
	assert_int_equal(
		ks_index_build(&index,
			KS_STR("{\"a\":1,\"a\":2,\"\\u0062\":3,\"\\ud800\":4,\"\":5,\"c\\u0000d\":6,\"e\\\\\":7}"), NULL,
			&err),
		0);
	assert_int_equal(ks_lookup_member(&index, 0, KS_STR("a")), 1);
	assert_int_equal(ks_lookup_member(&index, 0, KS_STR("b")), 3);
	assert_int_equal(ks_lookup_member(&index, 0, KS_STR("bb")), KS_INDEX_NONE);
	assert_int_equal(ks_lookup_member(&index, 0, KS_STR("\\u0062")), KS_INDEX_NONE);
	assert_int_equal(ks_lookup_member(&index, 0, KS_STR("\xEF\xBF\xBD")), 4);
	assert_int_equal(ks_lookup_member(&index, 0, KS_STR("\xEF\xBF")), KS_INDEX_NONE);
	assert_int_equal(ks_lookup_member(&index, 0, KS_STR("")), 5);
	assert_int_equal(ks_lookup_member(&index, 0, KS_STR("c\0d")), 6);
	assert_int_equal(ks_lookup_member(&index, 0, KS_STR("c")), KS_INDEX_NONE);
	assert_int_equal(ks_lookup_member(&index, 0, KS_STR("e\\")), 7);
	/* Not an object. */
	assert_int_equal(ks_lookup_member(&index, 1, KS_STR("a")), KS_INDEX_NONE);
	ks_index_release(&index);
}

/* With as many members as the table takes, and with one more; many begin at the same slot. */
static void test_table(void **state)
{
	struct ks_index index;
	struct ks_buf text;
	struct ks_err err;
	char name[16];

	(void)state;
	ks_index_init(&index);
	ks_buf_init(&text, 1u << 16);
	for (unsigned n = 1; n <= KS_INDEX_TABLE + 1; n++) {
		ks_buf_clear(&text);
		for (unsigned i = 0; i < n; i++)
			ks_buf_addf(&text, "%c\"a%02u%cb\":%u", i == 0 ? '{' : ',', i, i % 2 == 0 ? '.' : '-', i);
		ks_buf_addc(&text, '}');
		assert_int_equal(ks_index_build(&index, ks_buf_str(&text), NULL, &err), 0);
		assert_int_equal(index.has_table, n <= KS_INDEX_TABLE);
		for (unsigned i = 0; i <= n; i++) {
			snprintf(name, sizeof(name), "a%02u%cb", i, i % 2 == 0 ? '.' : '-');
			assert_int_equal(ks_lookup_member(&index, 0, ks_str_of(name)), i < n ? i + 1 : KS_INDEX_NONE);
		}
	}
	ks_buf_release(&text);
	ks_index_release(&index);
}

/* Deep and wide, without recursion. */
static void test_deep(void **state)
{
	struct ks_vec values = KS_VEC_OF(struct ks_value);
	struct ks_arena arena;
	struct ks_index index;
	struct ks_buf text;
	struct ks_err err;

	(void)state;
	ks_buf_init(&text, 1u << 24);
	ks_arena_init(&arena);
	ks_index_init(&index);
	for (int i = 0; i < 100000; i++)
		ks_buf_adds(&text, "[");
	ks_buf_adds(&text, "{\"a\":7}");
	for (int i = 0; i < 100000; i++)
		ks_buf_adds(&text, "]");
	assert_int_equal(ks_index_build(&index, ks_buf_str(&text), NULL, &err), 0);
	ks_lookup_collect(&index, 0, KS_STR("a"), &arena, &values);
	assert_int_equal(values.n, 1);
	assert_true(ks_str_is(KS_VEC_AT(&values, struct ks_value, 0)->text, "7"));
	ks_vec_release(&values);
	ks_buf_release(&text);
	ks_arena_release(&arena);
	ks_index_release(&index);
}

int main(void)
{
	static struct rows all;

	ROWS_TABLE(&all, test_row, rows);
	ROWS_TEST(&all, test_member);
	ROWS_TEST(&all, test_table);
	ROWS_TEST(&all, test_deep);
	return rows_run("lookup", &all);
}
