/* lib/codec/json: what is written, and what is read. */
#include "lib/codec/json.h"

#include "tests/unit/rows.h"

#include <stdlib.h>
#include <string.h>

static void expect(struct ks_json *json, const char *want)
{
	struct ks_buf out;

	ks_buf_init(&out, 1u << 16);
	ks_json_render(json, &out);
	assert_string_equal(ks_buf_str(&out).p, want);
	ks_buf_release(&out);
	ks_json_free(json);
}

static void test_members_keep_their_order(void **state)
{
	struct ks_json *json = ks_json_new_object(), *list = ks_json_new_array();

	(void)state;
	ks_json_add_text(json, "z", "last");
	ks_json_add_int(json, "a", 1);
	ks_json_add_bool(json, "yes", true);
	ks_json_add_bool(json, "no", false);
	ks_json_add_null(json, "none");
	ks_json_add_text(list, NULL, "x");
	ks_json_add_int(list, NULL, -2);
	ks_json_add(list, NULL, ks_json_new_object());
	ks_json_add(json, "list", list);
	expect(json, "{\"z\":\"last\",\"a\":1,\"yes\":true,\"no\":false,\"none\":null,\"list\":[\"x\",-2,{}]}");
	ks_json_free(NULL);
}

static void test_no_digit_is_lost(void **state)
{
	struct ks_json *json = ks_json_new_array();

	(void)state;
	ks_json_add_int(json, NULL, INT64_MAX);
	ks_json_add_int(json, NULL, INT64_MIN);
	ks_json_add_int(json, NULL, INT64_C(9007199254740993));
	expect(json, "[9223372036854775807,-9223372036854775808,9007199254740993]");
}

static void test_hostile_strings(void **state)
{
	struct ks_json *json = ks_json_new_array();

	(void)state;
	ks_json_add_str(json, NULL, (struct ks_str){ "a\0b", 3 });
	ks_json_add_str(json, NULL, KS_STR("\",\"x\":\"\\"));
	ks_json_add_str(json, NULL, KS_STR("\xff\n\033"));
	ks_json_add_str(json, NULL, (struct ks_str){ NULL, 0 });
	ks_json_add_str(json, NULL, KS_STR(""));
	ks_json_add_text(json, NULL, NULL);
	expect(json, "[\"a\\u0000b\",\"\\\",\\\"x\\\":\\\"\\\\\",\"\xef\xbf\xbd\\n\\u001b\",null,\"\",null]");
}

/* Names of members come from records as well. */
static void test_hostile_names(void **state)
{
	struct ks_json *json = ks_json_new_object();

	(void)state;
	ks_json_add_text(json, "a\xe2\x80\xae\xc2\x9b\x7f\xc3\xa4", "\xe2\x80\xa8");
	expect(json, "{\"a\\u202e\\u009b\\u007f\xc3\xa4\":\"\\u2028\"}");
}

/* Rendering adds to what the buffer holds, and past its cap marks it full. */
static void test_render_into(void **state)
{
	struct ks_json *json = ks_json_new_object();
	struct ks_buf out;

	(void)state;
	ks_buf_init(&out, 4);
	ks_buf_adds(&out, "x");
	ks_json_render(json, &out);
	assert_string_equal(out.p, "x{}");
	ks_json_render(json, &out);
	assert_true(out.is_full);
	ks_buf_release(&out);
	ks_json_free(json);
}

static void test_reads_members(void **state)
{
	struct ks_json *json = NULL;
	const struct ks_json *cursor = NULL;
	struct ks_str name, value;
	struct ks_err err = { 0 };

	(void)state;
	assert_int_equal(ks_json_parse(KS_STR(" {\"a\":\"\\u0062\",\"n\":1,\"o\":{\"x\":1}} \n"), &json,
		&err), 0);
	assert_true(ks_json_is_object(json));
	assert_true(ks_json_next(json, &cursor, &name, &value));
	assert_true(ks_str_is(name, "a") && ks_str_is(value, "b"));
	assert_true(ks_json_next(json, &cursor, &name, &value));
	assert_true(ks_str_is(name, "n") && value.p == NULL);
	assert_true(ks_json_next(json, &cursor, &name, &value));
	assert_true(ks_str_is(name, "o") && value.p == NULL);
	assert_false(ks_json_next(json, &cursor, &name, &value));
	ks_json_free(json);
}

static const struct bad {
	const char *name, *text;
	int column;
} bads[] = {
	{ "nothing", "", 1 }, { "a word", "x", 1 }, { "an open object", "{\"a\":1", 6 },
	{ "two values", "{} {}", 3 }, { "an open string", "\"abc", 2 },
};

static void test_refuses(void **state)
{
	const struct bad *row = *state;
	struct ks_json *json = NULL;
	struct ks_err err = { 0 };

	assert_int_equal(ks_json_parse(ks_str_of(row->text), &json, &err), -1);
	assert_int_equal(err.code, KS_ERR_PARSE);
	assert_int_equal(err.column, row->column);
}

int main(void)
{
	struct rows rows = { 0 };

	ROWS_TEST(&rows, test_members_keep_their_order);
	ROWS_TEST(&rows, test_no_digit_is_lost);
	ROWS_TEST(&rows, test_hostile_strings);
	ROWS_TEST(&rows, test_hostile_names);
	ROWS_TEST(&rows, test_render_into);
	ROWS_TEST(&rows, test_reads_members);
	ROWS_TABLE(&rows, test_refuses, bads);
	return rows_run("json", &rows);
}
