/* lib/base/text: UTF-8 by table 3-7 of the Unicode standard, and what each place escapes. */
#include "lib/base/text.h"

#include "tests/unit/rows.h"

#include <string.h>

struct next_row {
	const char *name;
	struct ks_str s;
	size_t want;
	uint32_t point;
};

#define S(literal) { (literal), sizeof(literal) - 1 }
static const struct next_row nexts[] = {
	{ "utf8: empty", S(""), 0, 0xFFFD },
	{ "utf8: NUL", S("\0a"), 1, 0 },
	{ "utf8: ASCII", S("a"), 1, 'a' },
	{ "utf8: DEL", S("\x7f"), 1, 0x7F },
	{ "utf8: first of two bytes", S("\xc2\x80"), 2, 0x80 },
	{ "utf8: last of two bytes", S("\xdf\xbf"), 2, 0x7FF },
	{ "utf8: first of three bytes", S("\xe0\xa0\x80"), 3, 0x800 },
	{ "utf8: before the surrogates", S("\xed\x9f\xbf"), 3, 0xD7FF },
	{ "utf8: after the surrogates", S("\xee\x80\x80"), 3, 0xE000 },
	{ "utf8: U+FFFD itself", S("\xef\xbf\xbd"), 3, 0xFFFD },
	{ "utf8: last of three bytes", S("\xef\xbf\xbf"), 3, 0xFFFF },
	{ "utf8: first of four bytes", S("\xf0\x90\x80\x80"), 4, 0x10000 },
	{ "utf8: last of all", S("\xf4\x8f\xbf\xbf"), 4, 0x10FFFF },
	{ "utf8: only the front counts", S("\xc3\xa4zz"), 2, 0xE4 },
	{ "bad utf8: continuation alone", S("\x80"), 1, 0xFFFD },
	{ "bad utf8: last continuation alone", S("\xbf"), 1, 0xFFFD },
	{ "bad utf8: overlong slash, C0", S("\xc0\xaf"), 1, 0xFFFD },
	{ "bad utf8: overlong, C1", S("\xc1\xbf"), 1, 0xFFFD },
	{ "bad utf8: overlong of three", S("\xe0\x9f\xbf"), 1, 0xFFFD },
	{ "bad utf8: overlong of four", S("\xf0\x8f\xbf\xbf"), 1, 0xFFFD },
	{ "bad utf8: first surrogate", S("\xed\xa0\x80"), 1, 0xFFFD },
	{ "bad utf8: last surrogate", S("\xed\xbf\xbf"), 1, 0xFFFD },
	{ "bad utf8: past the end", S("\xf4\x90\x80\x80"), 1, 0xFFFD },
	{ "bad utf8: F5", S("\xf5\x80\x80\x80"), 1, 0xFFFD },
	{ "bad utf8: FE", S("\xfe"), 1, 0xFFFD },
	{ "bad utf8: FF", S("\xff"), 1, 0xFFFD },
	{ "bad utf8: two cut after one", S("\xc3"), 1, 0xFFFD },
	{ "bad utf8: two followed by a letter", S("\xc3" "a"), 1, 0xFFFD },
	{ "bad utf8: three cut after one", S("\xe2"), 1, 0xFFFD },
	{ "bad utf8: three cut after two", S("\xe2\x82"), 2, 0xFFFD },
	{ "bad utf8: three broken in the third", S("\xe2\x82" "a"), 2, 0xFFFD },
	{ "bad utf8: four cut after three", S("\xf0\x9f\x98"), 3, 0xFFFD },
	{ "bad utf8: four broken in the fourth", S("\xf0\x9f\x98\xc0"), 3, 0xFFFD },
};

static void test_next(void **state)
{
	const struct next_row *row = *state;
	uint32_t point = 0;

	assert_int_equal(ks_text_next(row->s, &point), row->want);
	assert_int_equal(point, row->point);
}

struct add_row {
	const char *name;
	struct ks_str s;
	const char *terminal, *json;
};

static const struct add_row adds[] = {
	{ "text: plain", S("plain"), "plain", "plain" },
	{ "text: empty", S(""), "", "" },
	{ "text: umlaut and emoji stay", S("\xc3\xa4 \xf0\x9f\x98\x80"), "\xc3\xa4 \xf0\x9f\x98\x80",
		"\xc3\xa4 \xf0\x9f\x98\x80" },
	{ "text: newline", S("a\nb"), "a\\x0ab", "a\\nb" },
	{ "text: tab and CR", S("\t\r"), "\\x09\\x0d", "\\u0009\\u000d" },
	{ "text: NUL", S("a\0b"), "a\\x00b", "a\\u0000b" },
	{ "text: escape sequence", S("\033[31m"), "\\x1b[31m", "\\u001b[31m" },
	{ "text: DEL", S("\x7f"), "\\x7f", "\\u007f" },
	{ "text: C1 control (CSI)", S("\xc2\x9b"), "\\x9b", "\\u009b" },
	{ "text: quotes", S("\"\\"), "\"\\", "\\\"\\\\" },
	{ "text: right-to-left override",
		S("a\xe2\x80\xae"
		  "b"),
		"a\\u{202e}b",
		"a\\u202eb" },
	{ "text: isolate", S("\xe2\x81\xa6"), "\\u{2066}", "\\u2066" },
	{ "text: zero width joiner", S("\xe2\x80\x8d"), "\\u{200d}", "\\u200d" },
	{ "text: line separator", S("\xe2\x80\xa8"), "\\u{2028}", "\\u2028" },
	{ "text: soft hyphen", S("\xc2\xad"), "\\u{00ad}", "\\u00ad" },
	{ "text: byte order mark", S("\xef\xbb\xbf"), "\\u{feff}", "\\ufeff" },
	{ "text: Hangul filler", S("\xe3\x85\xa4"), "\\u{3164}", "\\u3164" },
	{ "text: Arabic letter mark", S("\xd8\x9c"), "\\u{061c}", "\\u061c" },
	{ "text: tag characters", S("\xf3\xa0\x81\x81"), "\\u{e0041}", "\\udb40\\udc41" },
	{ "text: invalid bytes",
		S("a\xff\xfe"
		  "b"),
		"a\xef\xbf\xbd\xef\xbf\xbd"
		"b",
		"a\xef\xbf\xbd\xef\xbf\xbd"
		"b" },
	{ "text: overlong NUL is two bad bytes", S("\xc0\x80"), "\xef\xbf\xbd\xef\xbf\xbd",
		"\xef\xbf\xbd\xef\xbf\xbd" },
	{ "text: cut at the end", S("a\xe2\x82"), "a\xef\xbf\xbd", "a\xef\xbf\xbd" },
};

static void test_add(void **state)
{
	const struct add_row *row = *state;
	struct ks_buf out;

	ks_buf_init(&out, 1024);
	ks_text_add_terminal(&out, row->s);
	assert_string_equal(ks_buf_str(&out).p, row->terminal);
	ks_buf_clear(&out);
	ks_text_add_json(&out, row->s);
	assert_string_equal(ks_buf_str(&out).p, row->json);
	ks_buf_release(&out);
}

/* No byte string, however wrong, puts a control character or a broken sequence on a terminal. */
static void test_every_pair_is_safe(void **state)
{
	struct ks_buf out;

	(void)state;
	ks_buf_init(&out, 1024);
	for (unsigned i = 0; i < 65536; i++) {
		char pair[2] = { (char)(i >> 8), (char)(i & 255) };
		uint32_t point;
		size_t n;

		ks_buf_clear(&out);
		ks_text_add_terminal(&out, (struct ks_str){ pair, 2 });
		for (struct ks_str s = ks_buf_str(&out); (n = ks_text_next(s, &point)) > 0;
			 s = ks_str_sub(s, n, s.n)) {
			assert_true(point >= 0x20 && (point < 0x7F || point >= 0xA0));
			assert_true(point != 0xFFFD || n == 3);
		}
	}
	ks_buf_release(&out);
}

int main(void)
{
	struct rows rows = { 0 };

	ROWS_TABLE(&rows, test_next, nexts);
	ROWS_TABLE(&rows, test_add, adds);
	ROWS_TEST(&rows, test_every_pair_is_safe);
	return rows_run("text", &rows);
}
