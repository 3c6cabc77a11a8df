/* lib/report/markdown: hostile text stays text, in sentences and in code. */
#include "lib/report/markdown.h"

#include "tests/unit/rows.h"

#include <string.h>

struct row {
	const char *name;
	const char *text, *words, *code;
};

static const struct row table[] = {
	{ "nothing", "", "", "(none)" },
	{ "plain words", "an agent, 10:15:00", "an agent, 10:15:00", "`an agent, 10:15:00`" },
	{ "a bare www", "see www.example.org", "see www`.`example.org", "`see www.example.org`" },
	{ "WWW", "WWW.example.org", "WWW`.`example.org", "`WWW.example.org`" },
	{ "an address", "https://example.org/a_b", "https`:`//example.org/a\\_b", "`https://example.org/a_b`" },
	{ "another scheme", "ftp://x", "ftp`:`//x", "`ftp://x`" },
	{ "in brackets", "<https://x>", "\\<https`:`//x\\>", "`<https://x>`" },
	{ "mail", "ann@example.org", "ann`@`example.org", "`ann@example.org`" },
	{ "a mention", "@all, look", "`@`all, look", "`@all, look`" },
	{ "an issue", "fixes #12", "fixes `#`12", "`fixes #12`" },
	{ "an issue elsewhere", "o/r#12", "o/r`#`12", "`o/r#12`" },
	{ "an issue by letters", "see GH-12", "see GH`-`12", "`see GH-12`" },
	{ "a merge request", "see !12 and ~bug", "see `!`12 and `~`bug", "`see !12 and ~bug`" },
	{ "sums", "$x$", "`$`x\\$", "`$x$`" },
	{ "a picture by name", ":bomb: 1:2:3", "`:`bomb: 1:2:3", "`:bomb: 1:2:3`" },
	{ "a heading", "# big", "\\# big", "`# big`" },
	{ "a list", "- item", "\\- item", "`- item`" },
	{ "a list of numbers", "12. item", "12\\. item", "`12. item`" },
	{ "an underline", "===", "\\===", "`===`" },
	{ "blanks in front", "    code", "code", "`    code`" },
	{ "a comment", "a <!-- b --> c", "a \\<\\!-- b --\\> c", "`a <!-- b --> c`" },
	{ "an element", "<img src=x>", "\\<img src=x\\>", "`<img src=x>`" },
	{ "an entity", "&lt;", "`&`lt;", "`&lt;`" },
	{ "a link", "[a](b)", "\\[a\\](b)", "`[a](b)`" },
	{ "an image", "![a](b)", "\\!\\[a\\](b)", "`![a](b)`" },
	{ "a footnote", "[^1]: x", "\\[\\^1\\]: x", "`[^1]: x`" },
	{ "a cell", "a|b", "a\\|b", "`a\\x7Cb`" },
	{ "a span", "a`b", "a\\`b", "`a\\x60b`" },
	{ "stress", "*a* _b_ ~~c~~", "\\*a\\* \\_b\\_ \\~`~`c\\~\\~", "`*a* _b_ ~~c~~`" },
	{ "a backslash at the end", "a\\", "a\\\\", "`a\\ `" },
	{ "a line break", "a\n# b", "a\\\\x0a\\# b", "`a\\x0a# b`" },
	{ "what turns text around", "a\u202e", "a\\\\u\\{202e\\}", "`a\\u{202e}`" },
};

static void stays_text(void **state)
{
	const struct row *row = *state;
	struct ks_buf words, code;

	ks_buf_init(&words, 1024);
	ks_buf_init(&code, 1024);
	ks_markdown_add_words(&words, ks_str_of(row->text));
	ks_markdown_add_code(&code, ks_str_of(row->text), 200);
	assert_string_equal(words.n > 0 ? words.p : "", row->words);
	assert_string_equal(code.p, row->code);
	ks_buf_release(&words);
	ks_buf_release(&code);
}

static void long_code_is_cut(void **state)
{
	struct ks_buf out;

	(void)state;
	ks_buf_init(&out, 1024);
	ks_markdown_add_code(&out, KS_STR("abc\u00e9def"), 4);
	assert_string_equal(out.p, "`abc` and 5 more bytes");
	ks_buf_release(&out);
}

int main(void)
{
	static struct rows all;

	ROWS_TABLE(&all, stays_text, table);
	ROWS_TEST(&all, long_code_is_cut);
	return rows_run("markdown", &all);
}
