/* lib/codec/xml */
#include "lib/codec/xml.h"

#include "lib/base/limits.h"

#include "tests/unit/rows.h"

#include <stdlib.h>
#include <string.h>

struct row {
	const char *name, *text, *path;
	const char *want; /* NULL: nothing there */
};

static const struct row table[] = {
	{ "text", "<a><b>x</b></a>", "b", "x" },
	{ "path", "<a><b><c>1</c></b><b><c>2</c></b></a>", "b/c", "1" },
	{ "namespaces", "<x:a xmlns:x='u' xmlns='v'><x:b>1</x:b></x:a>", "b", "1" },
	{ "entities and CDATA", "<a><b>&lt;&#228;&amp;<![CDATA[<c>]]> z</b></a>", "b", "<\xc3\xa4&<c> z" },
	{ "comments", "<?xml version='1.0'?><a><b>x<!-- y -->z</b></a>", "b", "xz" },
	{ "empty", "<a><b/></a>", "b", "" },
	{ "children, no text", "<a><b> x <c/> y </b></a>", "b", "" },
	{ "not there", "<a><b/></a>", "c/d", NULL },
};

static void test_find(void **state)
{
	const struct row *row = *state;
	const struct ks_xml *root;
	struct ks_err err = { 0 };
	struct ks_arena arena;

	ks_arena_init(&arena);
	assert_int_equal(ks_xml_parse(ks_str_of(row->text), &arena, &root, &err), 0);
	if (row->want == NULL)
		assert_null(ks_xml_find(root, row->path));
	else
		assert_true(ks_str_is(ks_xml_text(root, row->path), row->want));
	assert_null(ks_xml_text(NULL, "x").p);
	ks_arena_release(&arena);
}

static const struct row bad[] = {
	{ "nothing", "", NULL, NULL },
	{ "not XML", "hello", NULL, NULL },
	{ "torn", "<a><b>x</b>", NULL, NULL },
	{ "two roots", "<a/><b/>", NULL, NULL },
	{ "no such entity", "<a>&b;</a>", NULL, NULL },
	{ "document type", "<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>", NULL, NULL },
	{ "document type of elsewhere", "<!DOCTYPE a SYSTEM 'file:///etc/passwd'><a/>", NULL, NULL },
	{ "not UTF-8", "<a>\xff</a>", NULL, NULL },
};

static void test_refuse(void **state)
{
	const struct row *row = *state;
	const struct ks_xml *root = NULL;
	struct ks_err err = { 0 };
	struct ks_arena arena;

	ks_arena_init(&arena);
	assert_int_equal(ks_xml_parse(ks_str_of(row->text), &arena, &root, &err), -1);
	assert_int_equal(err.code, KS_ERR_PARSE);
	assert_null(root);
	ks_arena_release(&arena);
}

static void keeps_limits(void **state)
{
	const struct ks_xml *root;
	struct ks_err err = { 0 };
	struct ks_arena arena;
	struct ks_buf text;

	(void)state;
	ks_arena_init(&arena);
	ks_buf_init(&text, 1u << 20);
	for (unsigned i = 0; i < KS_LIMIT_XML_DEPTH; i++)
		ks_buf_adds(&text, "<a>");
	for (unsigned i = 0; i < KS_LIMIT_XML_DEPTH; i++)
		ks_buf_adds(&text, "</a>");
	assert_int_equal(ks_xml_parse(ks_buf_str(&text), &arena, &root, &err), 0);
	ks_buf_clear(&text);
	for (unsigned i = 0; i <= KS_LIMIT_XML_DEPTH; i++)
		ks_buf_adds(&text, "<a>");
	assert_int_equal(ks_xml_parse(ks_buf_str(&text), &arena, &root, &err), -1);
	assert_int_equal(err.code, KS_ERR_LIMIT);
	ks_buf_clear(&text);
	ks_buf_adds(&text, "<a>");
	for (unsigned i = 0; i < KS_LIMIT_XML_NODES; i++)
		ks_buf_adds(&text, "<b/>");
	assert_int_equal(ks_xml_parse(ks_buf_str(&text), &arena, &root, &err), -1);
	assert_int_equal(err.code, KS_ERR_LIMIT);
	ks_buf_release(&text);
	ks_arena_release(&arena);
}

int main(void)
{
	struct rows rows = { 0 };

	ROWS_TABLE(&rows, test_find, table);
	ROWS_TABLE(&rows, test_refuse, bad);
	ROWS_TEST(&rows, keeps_limits);
	return rows_run("xml", &rows);
}
