/* lib/trail/unescape: every escape of RFC 8259 and every broken one. */
#include "lib/trail/unescape.h"

#include "tests/unit/rows.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct row {
	const char *name, *raw;
	size_t raw_n;
	const char *text;
	size_t n;
};

#define R(name, raw, text)                                 \
	{                                                      \
		name, raw, sizeof(raw) - 1, text, sizeof(text) - 1 \
	}
#define BAD "\xEF\xBF\xBD"

static const struct row rows[] = {
	R("empty", "", ""),
	R("plain", "abc", "abc"),
	R("letters", "\\\"\\\\\\/\\b\\f\\n\\r\\t", "\"\\/\b\f\n\r\t"),
	R("only one backslash of two", "\\\\u0041", "\\u0041"),
	R("ASCII", "\\u0041KIA", "AKIA"),
	R("hex in either case", "\\u00e9\\u00E9", "\xC3\xA9\xC3\xA9"),
	R("NUL", "a\\u0000b", "a\0b"),
	R("raw NUL", "a\0b", "a\0b"),
	R("a backslash before a NUL", "\\\0b", "\\\0b"),
	R("two bytes, first and last", "\\u0080\\u07ff", "\xC2\x80\xDF\xBF"),
	R("three bytes, first and last", "\\u0800\\uffff", "\xE0\xA0\x80\xEF\xBF\xBF"),
	R("a pair", "\\ud83d\\ude00", "\xF0\x9F\x98\x80"),
	R("the first and last pair", "\\ud800\\udc00\\udbff\\udfff", "\xF0\x90\x80\x80\xF4\x8F\xBF\xBF"),
	R("high alone", "\\ud83dx", BAD "x"),
	R("high at the end", "\\ud83d", BAD),
	R("low alone", "\\ude00x", BAD "x"),
	R("two highs and a low", "\\ud83d\\ud83d\\ude00", BAD "\xF0\x9F\x98\x80"),
	R("high, then a letter", "\\ud83d\\u0041", BAD "A"),
	R("high, then half an escape", "\\ud83d\\ude", BAD "\\ude"),
	R("unknown letter", "\\x\\A\\'", "\\x\\A\\'"),
	R("short", "\\u", "\\u"),
	R("three digits", "\\u004", "\\u004"),
	R("no digits", "\\u00g1", "\\u00g1"),
	R("a sign is no digit", "\\u+041", "\\u+041"),
	R("upper-case U", "\\U0041", "\\U0041"),
	R("a backslash at the end", "a\\", "a\\"),
	R("invalid UTF-8 stays", "\xFF\xC0\\n\x80", "\xFF\xC0\n\x80"),
};

static void test_row(void **state)
{
	const struct row *row = *state;
	/* Of its own size: a read past the end shows. */
	char *raw = malloc(row->raw_n + 1);
	struct ks_arena arena;
	struct ks_str got;

	assert_non_null(raw);
	raw = realloc(raw, row->raw_n > 0 ? row->raw_n : 1);
	assert_non_null(raw);
	memcpy(raw, row->raw, row->raw_n);
	ks_arena_init(&arena);
	got = ks_unescape_string((struct ks_str){ raw, row->raw_n }, &arena);
	assert_int_equal(got.n, row->n);
	assert_memory_equal(got.p, row->text, row->n);
	ks_arena_release(&arena);
	free(raw);
}

/* Each code unit comes out as its UTF-8, halves of pairs as U+FFFD. */
static void test_all_units(void **state)
{
	struct ks_arena arena;

	(void)state;
	ks_arena_init(&arena);
	for (unsigned unit = 0; unit <= 0xFFFF; unit++) {
		unsigned c = unit >= 0xD800 && unit <= 0xDFFF ? 0xFFFD : unit;
		char raw[8], want[4];
		size_t n = 0;
		struct ks_str got;

		snprintf(raw, sizeof(raw), "\\u%04X", unit);
		if (c < 0x80) {
			want[n++] = (char)c;
		} else {
			if (c < 0x800)
				want[n++] = (char)(0xC0 + (c >> 6));
			else
				want[n++] = (char)(0xE0 + (c >> 12));
			if (c >= 0x800)
				want[n++] = (char)(0x80 + (c >> 6) % 64);
			want[n++] = (char)(0x80 + c % 64);
		}
		got = ks_unescape_string(ks_str_of(raw), &arena);
		assert_int_equal(got.n, n);
		assert_memory_equal(got.p, want, n);
		ks_arena_clear(&arena);
	}
	ks_arena_release(&arena);
}

int main(void)
{
	static struct rows all;

	ROWS_TABLE(&all, test_row, rows);
	ROWS_TEST(&all, test_all_units);
	return rows_run("unescape", &all);
}
