/* lib/report/html: whatever comes in, what goes out is text between our own elements. */
#include "lib/report/html.h"

#include "tests/unit/rows.h"

#include <stdio.h>
#include <string.h>

#define S(literal)                     \
	{                                  \
		(literal), sizeof(literal) - 1 \
	}
#define HIDDEN(text) "<span class=\"hidden\">" text "</span>"

struct row {
	const char *name;
	struct ks_str s;
	const char *text; /* of an element */
	const char *attr; /* of an attribute */
};

static const struct row rows[] = {
	{ "nothing", S(""), "", "" },
	{ "plain", S("GetSendQuota"), "GetSendQuota", "GetSendQuota" },
	{ "script", S("<script>alert(1)</script>"), "&lt;script&gt;alert(1)&lt;/script&gt;",
		"&lt;script&gt;alert(1)&lt;/script&gt;" },
	{ "quotes end no attribute", S("\" onload=\"x' y"), "&quot; onload=&quot;x&#39; y",
		"&quot; onload=&quot;x&#39; y" },
	{ "references", S("&lt;&#60;"), "&amp;lt;&amp;#60;", "&amp;lt;&amp;#60;" },
	{ "comment and CDATA", S("--><![CDATA[]]>"), "--&gt;&lt;![CDATA[]]&gt;", "--&gt;&lt;![CDATA[]]&gt;" },
	{ "ANSI", S("a\x1b[31mb"), "a" HIDDEN("\\x1b") "[31mb", "a\\x1b[31mb" },
	{ "C1 control",
		S("\xc2\x9b"
		  "2J"),
		HIDDEN("\\x9b") "2J", "\\x9b2J" },
	{ "bidi",
		S("a\xe2\x80\xae"
		  "b"),
		"a" HIDDEN("\\u{202e}") "b", "a\\u{202e}b" },
	{ "zero width", S("\xe2\x80\x8b"), HIDDEN("\\u{200b}"), "\\u{200b}" },
	{ "NUL", S("a\0b"), "a" HIDDEN("\\x00") "b", "a\\x00b" },
	{ "newline", S("a\nb"), "a" HIDDEN("\\x0a") "b", "a\\x0ab" },
	{ "noncharacters", S("\xef\xbf\xbe\xf0\x9f\xbf\xbf"), HIDDEN("\\u{fffe}") HIDDEN("\\u{1ffff}"),
		"\\u{fffe}\\u{1ffff}" },
	{ "invalid UTF-8", S("a\xff\xc3(b"), "a\xef\xbf\xbd\xef\xbf\xbd(b", "a\xef\xbf\xbd\xef\xbf\xbd(b" },
	{ "cut UTF-8", S("\xe2\x82"), "\xef\xbf\xbd", "\xef\xbf\xbd" },
	{ "letters of the world", S("\xd7\xa9\xe6\xbc\xa2\xf0\x9f\x94\x91"),
		"\xd7\xa9\xe6\xbc\xa2\xf0\x9f\x94\x91", "\xd7\xa9\xe6\xbc\xa2\xf0\x9f\x94\x91" },
	{ "what looks escaped is not marked", S("\\x1b"), "\\x1b", "\\x1b" },
};

static void test_text(void **state)
{
	const struct row *row = *state;
	char want[512];
	struct ks_html html = { 0 };
	struct ks_buf out;

	ks_buf_init(&out, 1u << 16);
	html.out = &out;
	ks_html_put(&html, "b", NULL, row->s);
	snprintf(want, sizeof(want), "<b>%s</b>", row->text);
	assert_string_equal(out.p, want);
	ks_buf_clear(&out);
	ks_html_open(&html, "b");
	ks_html_attr(&html, "title", row->s);
	ks_html_close(&html);
	snprintf(want, sizeof(want), "<b title=\"%s\"></b>", row->attr);
	assert_string_equal(out.p, want);
	ks_buf_release(&out);
}

/* ---- laying out JSON ---- */

struct layout_row {
	const char *name;
	struct ks_str json;
	const char *want;
};

static const struct layout_row layouts[] = {
	{ "layout: object", S("{\"a\":1,\"b\":[true,null]}"),
		"{\n  \"a\": 1,\n  \"b\": [\n    true,\n    null\n  ]\n}" },
	{ "layout: empty ones", S("{ \"a\" : {} , \"b\":[ ] }"), "{\n  \"a\": {},\n  \"b\": []\n}" },
	{ "layout: structure in strings", S("{\"a\":\"{,]\\\"}\"}"), "{\n  \"a\": \"{,]\\\"}\"\n}" },
	{ "layout: no end of the string", S("{\"a\":\"x"), "{\n  \"a\": \"x" },
	{ "layout: backslash at the end", S("\"a\\"), "\"a\\" },
	{ "layout: more ends than beginnings", S("}}]"), "}\n}\n]" },
	{ "layout: nothing", S(""), "" },
	{ "layout: no JSON", S("<script>"), "<script>" },
};

static void test_layout(void **state)
{
	const struct layout_row *row = *state;
	struct ks_buf out;

	ks_buf_init(&out, 1u << 16);
	ks_html_layout_json(row->json, &out);
	assert_string_equal(out.p != NULL ? out.p : "", row->want);
	ks_buf_release(&out);
}

static void deep_json_does_not_grow_without_end(void **state)
{
	static char deep[20000];
	struct ks_buf out;

	(void)state;
	memset(deep, '[', sizeof(deep));
	ks_buf_init(&out, 1u << 24);
	ks_html_layout_json((struct ks_str){ deep, sizeof(deep) }, &out);
	assert_false(out.is_full);
	assert_true(out.n < 100 * sizeof(deep));
	ks_buf_release(&out);
}

/* ---- documents ---- */

static void a_long_value_is_clipped_between_characters(void **state)
{
	char agent[10 * 1024];
	struct ks_html html = { 0 };
	struct ks_buf out;

	(void)state;
	for (size_t i = 0; i < sizeof(agent); i += 2)
		memcpy(agent + i, "\xc3\xa4", 2);
	ks_buf_init(&out, 1u << 20);
	html.out = &out;
	ks_html_clip(&html, (struct ks_str){ agent, sizeof(agent) }, 5);
	assert_string_equal(out.p, "\xc3\xa4\xc3\xa4<span class=\"note\">… (10240 bytes)</span>");
	ks_buf_clear(&out);
	ks_html_clip(&html, (struct ks_str){ agent, 4 }, 4);
	assert_string_equal(out.p, "\xc3\xa4\xc3\xa4");
	ks_buf_release(&out);
}

static void lines_stay_lines(void **state)
{
	struct ks_html html = { 0 };
	struct ks_buf out;

	(void)state;
	ks_buf_init(&out, 1u << 16);
	html.out = &out;
	ks_html_lines(&html, ks_str_of("a\n\tb\r<"));
	assert_string_equal(out.p, "a\n\tb" HIDDEN("\\x0d") "&lt;");
	ks_buf_release(&out);
}

static void a_document_allows_nothing(void **state)
{
	static const char *const css[] = { "p { margin: 0 }\n", NULL };
	struct ks_html html;
	struct ks_buf out;

	(void)state;
	ks_buf_init(&out, 1u << 16);
	ks_html_begin(&html, &out, KS_STR("</title><script>"), css);
	ks_html_open(&html, "br");
	ks_html_close(&html);
	ks_html_end(&html);
	assert_int_equal(html.depth, 0);
	assert_non_null(strstr(out.p, "<!DOCTYPE html>\n<html lang=\"en\">"));
	assert_non_null(
		strstr(out.p, "content=\"default-src &#39;none&#39;; style-src &#39;unsafe-inline&#39;;"));
	assert_non_null(strstr(out.p, "<title>&lt;/title&gt;&lt;script&gt;</title>"));
	assert_non_null(strstr(out.p, "<style>\np { margin: 0 }\n</style>"));
	assert_non_null(strstr(out.p, "<body><br/></body>"));
	assert_null(strstr(out.p, "<script"));
	ks_buf_release(&out);
}

int main(void)
{
	struct rows tests = { .n = 0 };

	ROWS_TABLE(&tests, test_text, rows);
	ROWS_TABLE(&tests, test_layout, layouts);
	ROWS_TEST(&tests, deep_json_does_not_grow_without_end);
	ROWS_TEST(&tests, a_long_value_is_clipped_between_characters);
	ROWS_TEST(&tests, lines_stay_lines);
	ROWS_TEST(&tests, a_document_allows_nothing);
	return rows_run("html", &tests);
}
