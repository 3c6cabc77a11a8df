/* lib/codec/regex */
#include "lib/codec/regex.h"

#include "tests/unit/rows.h"

#include "lib/base/limits.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct row {
	const char *name, *pattern;
	unsigned flags;
	struct ks_str subject;
	enum ks_regex_verdict want;
};

#define S(literal) { literal, sizeof(literal) - 1 }

static const struct row rows[] = {
	{ "found", "b+", 0, S("abbc"), KS_REGEX_YES },
	{ "not found", "b+", 0, S("ac"), KS_REGEX_NO },
	{ "empty subject", "^$", 0, { NULL, 0 }, KS_REGEX_YES },
	{ "empty pattern", "", 0, S("x"), KS_REGEX_YES },
	{ "case counts", "B", 0, S("b"), KS_REGEX_NO },
	{ "case does not count", "B", KS_REGEX_NOCASE, S("b"), KS_REGEX_YES },
	{ "case beyond ASCII", "\xc3\x84", KS_REGEX_NOCASE, S("\xc3\xa4"), KS_REGEX_YES },
	{ "a point is a character, not a byte", "^.$", 0, S("\xe2\x82\xac"), KS_REGEX_YES },
	{ "bad UTF-8 before", "x$", 0, S("\xff\xfex"), KS_REGEX_YES },
	{ "bad UTF-8 matches nothing", "^.$", 0, S("\xff"), KS_REGEX_NO },
	{ "NUL in the subject", "a.b", 0, S("a\0b"), KS_REGEX_YES },
	{ "groups", "(a)(b)(c)(d)", 0, S("abcd"), KS_REGEX_YES },
	{ "every line", "^b$", KS_REGEX_MULTILINE, S("a\nb"), KS_REGEX_YES },
	{ "one line", "^b$", 0, S("a\nb"), KS_REGEX_NO },
	{ "dot and newline", "a.b", KS_REGEX_DOTALL, S("a\nb"), KS_REGEX_YES },
	{ "limit", "^(a|aa)+$", 0, S("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab"),
	KS_REGEX_UNDECIDED },
	{ "limit not reached", "^(a|aa)+$", 0, S("aaaab"), KS_REGEX_NO },
};

static void test_row(void **state)
{
	const struct row *row = *state;
	struct ks_regex_scratch *scratch = ks_regex_scratch_new();
	struct ks_regex *regex = NULL;
	struct ks_err err = { 0 };
	size_t offset;

	assert_int_equal(ks_regex_new(ks_str_of(row->pattern), row->flags, &regex, &offset, &err), 0);
	assert_int_equal(ks_regex_match(regex, scratch, row->subject), row->want);
	assert_int_equal(ks_regex_match(regex, scratch, row->subject), row->want);
	ks_regex_free(regex);
	ks_regex_scratch_free(scratch);
}

struct error_row {
	const char *name, *pattern, *part;
	size_t offset;
};

static const struct error_row errors[] = {
	{ "group that does not end", "a(b", "missing closing parenthesis at offset 3", 3 },
	{ "quantifier alone", "*a", "at offset 0", 0 },
	{ "class that does not end", "x[a", "terminating ]", 3 },
	{ "single code units", "\\C", "\\C", 2 },
};

static void test_error(void **state)
{
	const struct error_row *row = *state;
	struct ks_regex *regex = NULL;
	struct ks_err err = { 0 };
	size_t offset = 99;

	assert_int_equal(ks_regex_new(ks_str_of(row->pattern), 0, &regex, &offset, &err), -1);
	assert_null(regex);
	assert_int_equal(err.code, KS_ERR_PARSE);
	if (strstr(err.message, row->part) == NULL)
		fail_msg("'%s' does not hold '%s'", err.message, row->part);
	assert_int_equal(offset, row->offset);
}

static void test_long_pattern(void **state)
{
	char *pattern = malloc(KS_LIMIT_REGEX_PATTERN + 1);
	struct ks_regex *regex = NULL;
	struct ks_err err = { 0 };
	size_t offset;

	(void)state;
	memset(pattern, 'a', KS_LIMIT_REGEX_PATTERN + 1);
	assert_int_equal(ks_regex_new((struct ks_str){ pattern, KS_LIMIT_REGEX_PATTERN }, 0, &regex,
		&offset, &err), 0);
	ks_regex_free(regex);
	assert_int_equal(
		ks_regex_new((struct ks_str){ pattern, KS_LIMIT_REGEX_PATTERN + 1 }, 0, &regex, &offset, &err),
		-1);
	assert_int_equal(err.code, KS_ERR_LIMIT);
	ks_regex_free(NULL);
	ks_regex_scratch_free(NULL);
	free(pattern);
}

/* All values of a record draw on one budget, however little each of them takes. */
static void test_budget(void **state)
{
	struct ks_regex_scratch *scratch = ks_regex_scratch_new();
	enum ks_regex_verdict first, verdict;
	struct ks_str value = KS_STR("aaaaaaaaaaaaaaaa!");
	struct ks_regex *dear = NULL, *cheap = NULL;
	struct ks_err err = { 0 };
	size_t offset, tries = 0;

	(void)state;
	assert_int_equal(ks_regex_new(KS_STR("(a+)+$"), 0, &dear, &offset, &err), 0);
	assert_int_equal(ks_regex_new(KS_STR("^a"), 0, &cheap, &offset, &err), 0);
	first = verdict = ks_regex_match(dear, scratch, value);
	assert_int_equal(first, KS_REGEX_NO);
	for (; verdict == first && tries < 1000; tries++)
		verdict = ks_regex_match(dear, scratch, value);
	assert_int_equal(verdict, KS_REGEX_UNDECIDED);
	assert_true(tries > 10);
	/* What is sure to be cheap is answered all the same. */
	assert_int_equal(ks_regex_match(cheap, scratch, value), KS_REGEX_YES);
	ks_regex_scratch_begin(scratch);
	assert_int_equal(ks_regex_match(dear, scratch, value), first);
	ks_regex_free(dear);
	ks_regex_free(cheap);
	ks_regex_scratch_free(scratch);
}

/* A subject of any length: within a second, which the test's own limit of time watches over. */
static void test_long_subjects(void **state)
{
	static const char *const patterns[] = { "(a+)+$", "a+$", "[ab]+[ab]+[!]{2}", "(a+)\\1+$",
		"(?<=a)(a|b)*[c]$", "(.*)(.*)(.*)(.*)(.*)[^ab!?]$" };
	struct ks_regex_scratch *scratch = ks_regex_scratch_new();
	struct ks_str subject = { malloc(960000), 960000 };
	char *text = (char *)(uintptr_t)subject.p;
	struct ks_err err = { 0 };
	size_t offset;

	(void)state;
	for (size_t i = 0; i < subject.n; i++)
		text[i] = i % 16 == 15 ? 'b' : 'a';
	memcpy(text + subject.n - 2, "!?", 2);
	for (size_t i = 0; i < sizeof(patterns) / sizeof(patterns[0]); i++) {
		struct ks_regex *regex = NULL;

		ks_regex_scratch_begin(scratch);
		assert_int_equal(ks_regex_new(ks_str_of(patterns[i]), 0, &regex, &offset, &err), 0);
		assert_int_equal(ks_regex_match(regex, scratch, subject), KS_REGEX_UNDECIDED);
		ks_regex_free(regex);
	}
	free(text);
	ks_regex_scratch_free(scratch);
}

int main(void)
{
	struct rows all = { 0 };

	ROWS_TABLE(&all, test_row, rows);
	ROWS_TABLE(&all, test_error, errors);
	ROWS_TEST(&all, test_long_pattern);
	ROWS_TEST(&all, test_budget);
	ROWS_TEST(&all, test_long_subjects);
	return rows_run("regex", &all);
}
