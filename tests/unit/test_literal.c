/* lib/sigma/literal: never claims a text that a match can do without. */
#include "lib/sigma/literal.h"

#include "lib/codec/regex.h"

#include "tests/unit/rows.h"

#include <string.h>

struct row {
	const char *name, *pattern, *literal; /* literal NULL: none */
	unsigned flags;
};

static const struct row rows[] = {
	{ "plain", "abcd", "abcd", 0 },
	{ "in either case", "abcd", NULL, KS_REGEX_NOCASE },
	{ "dots around", ".+:assumed-role/aws:.+", ":assumed-role/aws:", 0 },
	{ "anchors", "^arn:aws$", "arn:aws", 0 },
	{ "too short", ".+ab.+", NULL, 0 },
	{ "the longest", "abc.defg.hij", "defg", 0 },
	{ "an optional letter", "abcdx?efg", "abcd", 0 },
	{ "a repeated letter", "abcx+yz", "abc", 0 },
	{ "a number of times", "abcdx{2,3}e", "abcd", 0 },
	{ "no times at all", "ab.cdefx{0}e", "cdef", 0 },
	{ "a brace that is none", "abcd{|x", NULL, 0 },
	{ "an open brace", "abcd{2", NULL, 0 },
	{ "an escaped dot", "foo\\.com", "foo.com", 0 },
	{ "a class of letters", "abc\\dxyz1", "xyz1", 0 },
	{ "a class", "abcd[0-9]+ef", "abcd", 0 },
	{ "a class with a bracket", "abcd[]x]ef", "abcd", 0 },
	{ "not a class with a bracket", "abcd[^]x]ef", "abcd", 0 },
	{ "a named class", "abcd[[:alpha:]]ef", NULL, 0 },
	{ "a quoted class", "abcd[\\Q]|\\E]ef", NULL, 0 },
	{ "an escaped bracket in a class", "abcd[\\]|]ef", "abcd", 0 },
	{ "alternatives", "abcd|efgh", NULL, 0 },
	{ "a group", "abcd(ef)?", NULL, 0 },
	{ "flags", "(?i)abcd", NULL, 0 },
	{ "a quotation", "\\Qabcd\\E*", NULL, 0 },
	{ "a hexadecimal escape", "\\x41bcd", NULL, 0 },
	{ "a reference", "abcd\\1", NULL, 0 },
	{ "a word's border", "\\babcd\\b", "abcd", 0 },
	{ "beyond ASCII", "abcd\xC3\xA4?e", NULL, 0 },
	{ "lazy", "abcx+?def", "abc", 0 },
	{ "empty", "", NULL, 0 },
	{ "an open class", "abcd[", NULL, 0 },
	{ "a backslash at the end", "abcd\\", NULL, 0 },
};

static void test_row(void **state)
{
	const struct row *row = *state;
	struct ks_buf out;
	bool has_one;

	ks_buf_init(&out, 100);
	has_one = ks_literal_find(ks_str_of(row->pattern), row->flags, &out);
	assert_int_equal(has_one, row->literal != NULL);
	if (has_one)
		assert_true(ks_str_is(ks_buf_str(&out), row->literal));
	ks_buf_release(&out);
}

static uint64_t seed = 1;

static uint64_t draw(uint64_t n)
{
	seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (seed >> 33) % n;
}

static void draw_text(struct ks_buf *out, const char *const *pieces, size_t count, int n)
{
	ks_buf_clear(out);
	for (int i = 0; i < n; i++)
		ks_buf_adds(out, pieces[draw(count)]);
}

/* How many random texts the expression matches; fails at one that does not hold the literal. */
static size_t try_texts(const struct ks_regex *regex, struct ks_str literal, const char *pattern)
{
	static const char *const pieces[] = { "a", "b", "c", "abc", "bca", ".", "|" };
	struct ks_regex_scratch *scratch = ks_regex_scratch_new();
	struct ks_buf text;
	size_t matched = 0;

	ks_buf_init(&text, 200);
	for (int i = 0; i < 50; i++) {
		draw_text(&text, pieces, sizeof(pieces) / sizeof(pieces[0]), 5);
		ks_regex_scratch_begin(scratch);
		if (ks_regex_match(regex, scratch, ks_buf_str(&text)) == KS_REGEX_NO)
			continue;
		matched++;
		if (ks_str_find(ks_buf_str(&text), literal) < 0)
			fail_msg("%s", pattern);
	}
	ks_buf_release(&text);
	ks_regex_scratch_free(scratch);
	return matched;
}

/* Random expressions on random texts: what matches holds the text. */
static void matches_hold_it(void **state)
{
	static const char *const pieces[] = { "a", "abc", "abc", "abc", "abc", "bca", "bca", "?", "*", "+",
		"{0,1}", "{2}", ".", "[ab]", "[^a]", "\\w", "\\.", "^", "$", "(", ")", "|", "{", "}", "]" };
	struct ks_buf pattern, literal;
	size_t matched = 0;

	(void)state;
	ks_buf_init(&pattern, 200);
	ks_buf_init(&literal, 200);
	for (int round = 0; round < 2000; round++) {
		struct ks_regex *regex;
		struct ks_err err;
		size_t offset;

		draw_text(&pattern, pieces, sizeof(pieces) / sizeof(pieces[0]), 6);
		if (ks_regex_new(ks_buf_str(&pattern), 0, &regex, &offset, &err) != 0)
			continue;
		ks_buf_clear(&literal);
		if (ks_literal_find(ks_buf_str(&pattern), 0, &literal))
			matched += try_texts(regex, ks_buf_str(&literal), pattern.p);
		ks_regex_free(regex);
	}
	ks_buf_release(&pattern);
	ks_buf_release(&literal);
	assert_true(matched > 50);
}

int main(void)
{
	static struct rows all;

	ROWS_TABLE(&all, test_row, rows);
	ROWS_TEST(&all, matches_hold_it);
	return rows_run("literal", &all);
}
