/* lib/codec/uri */
#include "lib/codec/uri.h"

#include "tests/unit/rows.h"

struct row {
	const char *name, *text, *want;
};

static const struct row table[] = {
	{ "nothing", "", "" },
	{ "what stays", "AZaz09-_.~", "AZaz09-_.~" },
	{ "a blank", "a b", "a%20b" },
	{ "what forms and paths use", "+/=&?%*", "%2B%2F%3D%26%3F%25%2A" },
	{ "upper-case digits", "\xe2\x82\xac\xff", "%E2%82%AC%FF" },
	{ "control characters", "\n\x7f", "%0A%7F" },
};

static void test_add(void **state)
{
	const struct row *row = *state;
	struct ks_buf out;

	ks_buf_init(&out, 256);
	ks_uri_add(&out, ks_str_of(row->text));
	assert_string_equal(ks_buf_str(&out).p, row->want);
	ks_buf_clear(&out);
	ks_uri_add_form(&out, KS_STR("a b+c~"));
	assert_string_equal(ks_buf_str(&out).p, "a+b%2Bc~");
	ks_buf_release(&out);
}

static const struct row decoded[] = {
	{ "nothing to do", "a+b/c", "a+b/c" },
	{ "both cases", "%2f%2F%c3%A4", "//\xc3\xa4" },
	{ "no digits", "%%4x%zz%4", "%%4x%zz%4" },
	{ "once only", "%2541", "%41" },
};

static void test_decode(void **state)
{
	const struct row *row = *state;
	struct ks_buf out;

	ks_buf_init(&out, 256);
	ks_uri_decode(&out, ks_str_of(row->text));
	assert_string_equal(ks_buf_str(&out).p, row->want);
	ks_buf_release(&out);
}

int main(void)
{
	struct rows rows = { 0 };

	ROWS_TABLE(&rows, test_add, table);
	ROWS_TABLE(&rows, test_decode, decoded);
	return rows_run("uri", &rows);
}
