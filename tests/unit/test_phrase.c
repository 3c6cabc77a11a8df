/* lib/trail/phrase: what is made of a text, and where it is found. */
#include "lib/trail/phrase.h"

#include "tests/unit/rows.h"

#include <stdio.h>
#include <string.h>

static void cuts(void **state)
{
	static const struct {
		const char *text;
		bool is_value; /* the text is all of a value */
		const char *phrase; /* NULL: none is made */
		bool is_whole;
	} rows[] = {
		{ "TruffleHog", true, "trufflehog", true },
		{ "TruffleHog", false, "trufflehog", false },
		{ "Root", true, "root", true },
		{ ":assumed-role/aws:", false, "assumed-role/aws:", false },
		{ "one\"kali-linux", false, "kali-linux", false },
		{ "back\\slashes", false, "slashes", false },
		{ "a,bookish", true, "bookish", false },
		{ "[bookish]", true, "bookish", false },
		/* These may be something else than strings. */
		{ "truth", true, NULL, false },
		{ "TRUE", true, NULL, false },
		{ "-zoo", true, "-zoo", false },
		/* In nearly every record, or too little. */
		{ "IAMUser", true, NULL, false },
		{ "aws-", false, NULL, false },
		{ "203.0.113.7", true, NULL, false },
		{ "zoo", false, NULL, false },
		{ "", false, NULL, false },
		{ "\xC3\xBC\xC3\xB6zoo\xC3\xA4", false, NULL, false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct ks_phrase phrase = { .n = 0 };
		bool is_one = ks_phrase_set(&phrase, ks_str_of(rows[i].text), rows[i].is_value);

		if (is_one != (rows[i].phrase != NULL) || (is_one && (phrase.is_whole != rows[i].is_whole ||
				phrase.n != strlen(rows[i].phrase) || memcmp(phrase.text, rows[i].phrase, phrase.n) != 0)))
			fail_msg("%s: %d %.*s", rows[i].text, is_one, (int)phrase.n, phrase.text);
	}
}

/* Whether it is found in the text by its pair. */
static bool is_found(const struct ks_phrase *phrase, const char *text)
{
	char padded[512] = { 0 };
	struct ks_mask_pairs pairs;

	snprintf(padded, sizeof(padded), "%s", text);
	ks_mask_pairs_init(&pairs, 0);
	ks_phrase_add_pair(phrase, &pairs);
	for (const char *p = padded; *p != '\0'; p++)
		if (ks_mask_pairs_fit(&pairs, p[0], p[1]) && ks_phrase_is_at(phrase, padded, p))
			return true;
	return false;
}

static void finds(void **state)
{
	static const struct {
		const char *phrase;
		bool is_value;
		const char *text;
		bool is_found;
	} rows[] = {
		{ "Root", true, "{\"type\":\"Root\"}", true },
		{ "Root", true, "{\"type\":\"rOOt\"}", true },
		{ "Root", true, "{\"type\" : \n \"ROOT\" }", true },
		{ "Root", true, "{\\\"type\\\":\\\"Root\\\"}", true },
		{ "Root", true, "{\"arn\":\"arn:aws:iam::1:root\"}", false },
		{ "Root", true, "{\"x\":\"Roots\",\"y\":\"Rood\"}", false },
		{ "Root", false, "{\"arn\":\"arn:aws:iam::1:root\"}", true },
		{ "Root", true, "Root\"", false },
		{ "TruffleHog", true, "{\"userAgent\":\"truffleHOG\"}", true },
		{ "TruffleHog", true, "{\"userAgent\":\"trufflehogs\"}", false },
		{ "/aws:zoo", false, "x/AWS:zoo", true },
		{ "/aws:zoo", false, "aws:zoo", false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct ks_phrase phrase;

		assert_true(ks_phrase_set(&phrase, ks_str_of(rows[i].phrase), rows[i].is_value));
		if (is_found(&phrase, rows[i].text) != rows[i].is_found)
			fail_msg("%s in %s", rows[i].phrase, rows[i].text);
	}
}

/* Of all lengths, up to the longest that one keeps. */
static void finds_long_ones(void **state)
{
	(void)state;
	for (size_t n = KS_PHRASE_LEAST; n < 2 * KS_PHRASE_MOST; n++) {
		struct ks_phrase phrase;
		char text[512], quoted[516];

		memset(text, 'o', n);
		text[n] = '\0';
		snprintf(quoted, sizeof(quoted), "\"%s\"", text);
		assert_true(ks_phrase_set(&phrase, ks_str_of(text), true));
		assert_true(is_found(&phrase, quoted));
	}
}

int main(void)
{
	static struct rows all;

	ROWS_TEST(&all, cuts);
	ROWS_TEST(&all, finds);
	ROWS_TEST(&all, finds_long_ones);
	return rows_run("phrase", &all);
}
