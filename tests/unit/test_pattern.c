/* lib/sigma/pattern */
#include "lib/sigma/pattern.h"

#include "tests/unit/rows.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct form_row {
	const char *name, *source;
	struct ks_pattern_spec spec;
	enum ks_pattern_kind kind;
	const char *literal;     /* NULL for a glob */
};

static const struct form_row forms[] = {
	{ "exact", "Abc", { 0 }, KS_PATTERN_EXACT, "abc" },
	{ "exact, cased", "Abc", { .is_cased = true }, KS_PATTERN_EXACT, "Abc" },
	{ "empty", "", { 0 }, KS_PATTERN_EXACT, "" },
	{ "prefix", "abc*", { 0 }, KS_PATTERN_PREFIX, "abc" },
	{ "suffix", "*abc", { 0 }, KS_PATTERN_SUFFIX, "abc" },
	{ "contains", "*abc*", { 0 }, KS_PATTERN_CONTAINS, "abc" },
	{ "any", "*", { 0 }, KS_PATTERN_ANY, "" },
	{ "many stars", "***", { 0 }, KS_PATTERN_ANY, "" },
	{ "doubled stars", "**abc**", { 0 }, KS_PATTERN_CONTAINS, "abc" },
	{ "inner star", "a*c", { 0 }, KS_PATTERN_GLOB, NULL },
	{ "question mark", "a?c", { 0 }, KS_PATTERN_GLOB, NULL },
	{ "startswith", "abc", { .has_back = true }, KS_PATTERN_PREFIX, "abc" },
	{ "endswith", "abc", { .has_front = true }, KS_PATTERN_SUFFIX, "abc" },
	{ "contains of a star", "*abc", { .has_front = true, .has_back = true }, KS_PATTERN_CONTAINS, "abc" },
	{ "contains of nothing", "", { .has_front = true, .has_back = true }, KS_PATTERN_ANY, "" },
	{ "escaped star", "a\\*", { 0 }, KS_PATTERN_EXACT, "a*" },
	{ "escaped question mark", "\\?", { 0 }, KS_PATTERN_EXACT, "?" },
	{ "plain backslash", "a\\b", { 0 }, KS_PATTERN_EXACT, "a\\b" },
	{ "doubled backslash", "a\\\\b", { 0 }, KS_PATTERN_EXACT, "a\\b" },
	{ "backslash before a star", "a\\\\*", { 0 }, KS_PATTERN_PREFIX, "a\\" },
	{ "three backslashes and a star", "a\\\\\\*", { 0 }, KS_PATTERN_EXACT, "a\\*" },
	{ "three backslashes", "\\\\\\", { 0 }, KS_PATTERN_EXACT, "\\\\" },
	{ "four backslashes", "\\\\\\\\", { 0 }, KS_PATTERN_EXACT, "\\\\" },
	{ "backslash at the end, widened", "a\\", { .has_back = true }, KS_PATTERN_PREFIX, "a\\" },
};

static void test_form(void **state)
{
	const struct form_row *row = *state;
	struct ks_arena arena = { NULL };
	struct ks_pattern pattern = ks_pattern_compile(ks_str_of(row->source), &row->spec, &arena);

	assert_int_equal(pattern.kind, row->kind);
	if (row->literal != NULL)
		assert_true(ks_str_is(pattern.literal, row->literal));
	ks_arena_release(&arena);
}

struct match_row {
	const char *name, *source, *text;
	bool want;
};

static const struct match_row matches[] = {
	{ "exact", "abc", "ABC", true },
	{ "exact: longer", "abc", "abcd", false },
	{ "contains: overlapping starts", "*aab*", "xaaab", true },
	{ "contains: longer than the text", "*abc*", "ab", false },
	{ "suffix: shorter text", "*abc", "bc", false },
	{ "glob: inner star takes nothing", "a*c", "ac", true },
	{ "glob: inner star takes much", "a*c", "abbbcbc", true },
	{ "glob: end must fit", "a*c", "abcd", false },
	{ "glob: start must fit", "a*c", "xac", false },
	{ "glob: several stars", "a*b*c*", "aXbYcZ", true },
	{ "glob: backs up", "*ab*ba", "abaabba", true },
	{ "glob: order", "*a*b*", "ba", false },
	{ "one: a character", "a?c", "abc", true },
	{ "one: not none", "a?c", "ac", false },
	{ "one: not two", "a?c", "abbc", false },
	{ "one: at the end", "ab?", "ab", false },
	{ "one: two bytes are one character", "a?c", "a\xc3\xa4" "c", true },
	{ "one: four bytes are one character", "a?c", "a\xf0\x9f\x94\x91" "c", true },
	{ "one: two characters", "a??c", "a\xc3\xa4" "c", false },
	{ "one: a bad byte", "a?c", "a\xff" "c", true },
	{ "one: star and one", "*?", "", false },
	{ "one: star does not stop in a character", "*??", "\xc3\xa4", false },
	{ "one: nor when it backs up", "a*??bc", "a\xe2\x82\xac" "bc", false },
	{ "only ASCII folds", "\xc3\x84", "\xc3\xa4", false },
};

static void test_match(void **state)
{
	const struct match_row *row = *state;
	struct ks_pattern_spec spec = { .has_front = false };
	struct ks_arena arena = { NULL };
	struct ks_pattern pattern = ks_pattern_compile(ks_str_of(row->source), &spec, &arena);

	assert_int_equal(ks_pattern_is_match(&pattern, ks_str_of(row->text)), row->want);
	ks_arena_release(&arena);
}

/* The plain definition, by recursion, for short ASCII. */
static bool is_like(const char *p, const char *s)
{
	if (*p == '\0')
		return *s == '\0';
	if (*p == '*')
		return is_like(p + 1, s) || (*s != '\0' && is_like(p, s + 1));
	return *s != '\0' && (*p == '?' || *p == *s) && is_like(p + 1, s + 1);
}

static void test_against_definition(void **state)
{
	static const char pattern_bytes[] = "ab*?", text_bytes[] = "ab";
	unsigned seed = 1;

	(void)state;
	for (int i = 0; i < 20000; i++) {
		struct ks_pattern_spec spec = { .is_cased = i % 2 == 0 };
		struct ks_arena arena = { NULL };
		struct ks_pattern pattern;
		char p[8] = "", s[10] = "";

		for (size_t j = (size_t)rand_r(&seed) % 7; j-- > 0;)
			p[j] = pattern_bytes[rand_r(&seed) % 4];
		for (size_t j = (size_t)rand_r(&seed) % 9; j-- > 0;)
			s[j] = text_bytes[rand_r(&seed) % 2];
		pattern = ks_pattern_compile(ks_str_of(p), &spec, &arena);
		if (ks_pattern_is_match(&pattern, ks_str_of(s)) != is_like(p, s))
			fail_msg("pattern '%s', text '%s'", p, s);
		ks_arena_release(&arena);
	}
}

/* Texts of all lengths around a register, in both cases, with characters that differ as cases do and are
 * none. */
static void test_contains(void **state)
{
	static const char bytes[] = "aAzZ@`[{\xC1\xE1";
	unsigned seed = 1;

	(void)state;
	for (int i = 0; i < 60000; i++) {
		struct ks_pattern_spec spec = { .has_front = true, .has_back = true };
		struct ks_arena arena = { NULL };
		char *text = malloc(72), literal[24] = "";
		size_t n = (size_t)rand_r(&seed) % 72, m = 1 + (size_t)rand_r(&seed) % (i % 4 == 0 ? 20 : 6);
		struct ks_pattern pattern;
		bool is_there = false;

		assert_non_null(text);
		/* Ends where its memory ends, so that the sanitizer sees a look behind it. */
		for (size_t j = 0; j < n; j++)
			text[72 - n + j] = bytes[(unsigned)rand_r(&seed) % (i % 3 == 0 ? 10 : 4)];
		/* Long ones are mostly taken from the text, in the other case. */
		for (size_t j = 0, from = n > m ? (unsigned)rand_r(&seed) % (n - m) : 0; j < m; j++) {
			literal[j] = m > 6 && n > m ? text[72 - n + from + j] : bytes[(unsigned)rand_r(&seed) % 10];
			if (rand_r(&seed) % 8 == 0)
				literal[j] ^= 0x20;
		}
		for (size_t j = 0; j + m <= n; j++)
			is_there |= strncasecmp(text + 72 - n + j, literal, m) == 0;
		pattern = ks_pattern_compile(ks_str_of(literal), &spec, &arena);
		if (ks_pattern_is_match(&pattern, (struct ks_str){ text + 72 - n, n }) != is_there)
			fail_msg("'%s' in '%.*s'", literal, (int)n, text + 72 - n);
		ks_arena_release(&arena);
		free(text);
	}
}

int main(void)
{
	struct rows rows = { 0 };

	ROWS_TABLE(&rows, test_form, forms);
	ROWS_TABLE(&rows, test_match, matches);
	ROWS_TEST(&rows, test_against_definition);
	ROWS_TEST(&rows, test_contains);
	return rows_run("pattern", &rows);
}
