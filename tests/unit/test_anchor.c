/* lib/trail/anchor: never misses what exact reading finds, however a record is written; and is not
 * fooled for free by plain records. */
#include "lib/trail/anchor.h"

#include "lib/base/buf.h"
#include "lib/base/mem.h"
#include "lib/base/time.h"
#include "lib/trail/mask.h"

#include "tests/unit/rows.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define KEY "AKIAQYLPMN5HHHFPZAM2"
#define SESSION "ASIAQYLPMN5HHHFPZAM2"

static bool is_wanted_name(const void *arg, struct ks_str value)
{
	(void)arg;
	return ks_str_is(value, "SendEmail") || ks_str_has_prefix(value, KS_STR("a/long name \"of\" "));
}

static bool is_wanted_source(const void *arg, struct ks_str value)
{
	(void)arg;
	return ks_str_is(value, "ses.amazonaws.com");
}

/* What the anchors of the text are worth together. */
static unsigned worth_of(const struct ks_anchors *anchors, struct ks_anchor_cache *cache, struct ks_str text)
{
	size_t blocks = (text.n + KS_MASK_BLOCK - 1) / KS_MASK_BLOCK, padded = blocks * KS_MASK_BLOCK;
	/* Of its own size, so that a read past what is promised shows. */
	char *copy = ks_mem_resize(NULL, padded + KS_ANCHOR_LOOKAHEAD);
	struct ks_vec hits = KS_VEC_OF(struct ks_anchor_hit);
	struct ks_mask_state state = { 0 };
	unsigned worth = KS_ANCHOR_NOTHING;
	struct ks_mask_pairs pairs;
	struct ks_mask masks;

	memcpy(copy, text.p, text.n);
	memset(copy + text.n, ' ', padded + KS_ANCHOR_LOOKAHEAD - text.n);
	ks_anchor_ask(anchors, cache, &pairs);
	for (size_t from = 0; from < blocks; from += 64) {
		struct ks_anchor_strip strip = { .from = copy, .text = copy + from * KS_MASK_BLOCK,
			.end = copy + text.n, .offset = from * KS_MASK_BLOCK, .anchors = masks.anchor };

		ks_mask_fill_portable(strip.text, blocks - from < 64 ? blocks - from : 64, &pairs, &state, &masks);
		strip.anchored = state.anchored;
		ks_anchor_scan(anchors, cache, &strip, &hits);
	}
	for (size_t i = 0; i < hits.n; i++)
		worth |= KS_VEC_AT(&hits, struct ks_anchor_hit, i)->worth;
	ks_vec_release(&hits);
	free(copy);
	return worth;
}

static bool is_hit(const struct ks_anchors *anchors, struct ks_anchor_cache *cache, struct ks_str text)
{
	return worth_of(anchors, cache, text) != KS_ANCHOR_NOTHING;
}

struct row {
	const char *name, *text;
	bool is_hit;
};

static const struct row rows[] = {
	{ "a wanted name", "{\"eventName\":\"SendEmail\"}", true },
	{ "another name", "{\"eventName\":\"GetUser\"}", false },
	{ "another case", "{\"eventName\":\"sendemail\"}", false },
	{ "a longer name", "{\"eventName\":\"SendEmails\"}", false },
	{ "an empty name", "{\"eventName\":\"\"}", false },
	{ "a wanted source", "{\"eventSource\":\"ses.amazonaws.com\"}", true },
	{ "another source", "{\"eventSource\":\"s3.amazonaws.com\"}", false },
	{ "a name in the wrong field", "{\"eventSource\":\"SendEmail\",\"eventName\":\"ses.amazonaws.com\"}",
		false },
	{ "blanks", "{\"eventName\" \t\r\n:\n  \"SendEmail\"}", true },
	{ "blanks, another name", "{\"eventName\" \t\r\n:\n  \"GetUser\"}", false },
	{ "text, no member", "{\"x\":\"the eventName of it\"}", false },
	{ "a value, no member", "{\"x\":\"eventName\",\"y\":1}", false },
	{ "a name that ends so", "{\"xeventName\":\"SendEmail\"}", true },
	{ "a number", "{\"eventName\":1}", true },
	{ "null", "{\"eventName\":null}", true },
	{ "a list", "{\"eventName\":[\"GetUser\",\"SendEmail\"]}", true },
	{ "an escape in the value", "{\"eventName\":\"Send\\/Email\"}", true },
	{ "an escaped letter", "{\"eventName\":\"GetUse\\u0072\"}", true },
	{ "an escaped letter in the name", "{\"event\\u004eame\":\"GetUser\"}", true },
	{ "an escape of another kind", "{\"x\":\"\\u4e00\"}", false },
	{ "a string in a string", "{\"x\":\"{\\\"eventName\\\":\\\"SendEmail\\\"}\"}", true },
	{ "a string in a string, another name", "{\"x\":\"{\\\"eventName\\\" : \\n\\\"GetUser\\\"}\"}", false },
	{ "a string in a string in a string",
		"{\"x\":\"{\\\"y\\\":\\\"{\\\\\\\"eventName\\\\\\\":\\\\\\\"SendEmail\\\\\\\"}\\\"}\"}", true },
	{ "a key", "{\"accessKeyId\":\"" KEY "\"}", true },
	{ "a session", "{\"accessKeyId\":\"" SESSION "\"}", true },
	{ "a key anywhere", "x" KEY "x", true },
	{ "another key", "{\"accessKeyId\":\"AKIAQYLPMN5HHHFPZAM3\"}", false },
	{ "a key in lower case", "{\"accessKeyId\":\"akiaqylpmn5hhhfpzam2\"}", false },
	{ "a key cut short", "{\"accessKeyId\":\"AKIAQYLPMN5HHHFPZAM", false },
	{ "letters at the start", "KIA tName tSource \\", false },
};

static void init(struct ks_anchors *anchors, struct ks_keyset *keys)
{
	struct ks_err err;

	ks_keyset_init(keys);
	assert_int_equal(ks_keyset_add(keys, KS_STR(KEY), 0, &err), 0);
	assert_int_equal(ks_keyset_add(keys, KS_STR(SESSION), 0, &err), 0);
	*anchors = (struct ks_anchors){ .keys = keys,
		.name = { is_wanted_name, NULL },
		.source = { is_wanted_source, NULL } };
}

static void test_row(void **state)
{
	const struct row *row = *state;
	struct ks_anchor_cache *cache = ks_mem_alloc(sizeof(*cache));
	struct ks_anchors anchors;
	struct ks_keyset keys;

	init(&anchors, &keys);
	/* Twice: the second answer comes from the cache. */
	assert_int_equal(is_hit(&anchors, cache, ks_str_of(row->text)), row->is_hit);
	assert_int_equal(is_hit(&anchors, cache, ks_str_of(row->text)), row->is_hit);
	ks_keyset_release(&keys);
	free(cache);
}

static uint64_t seed = 1;

static uint64_t draw(uint64_t n)
{
	seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (seed >> 33) % n;
}

/* The inside of a JSON string: each character in one of its spellings. */
static void put_string(struct ks_buf *out, struct ks_str s, unsigned odd)
{
	static const char letters[] = "\"\\/\b\f\n\r\t", names[] = "\"\\/bfnrt";

	for (size_t i = 0; i < s.n; i++) {
		const char *letter = s.p[i] != '\0' ? strchr(letters, s.p[i]) : NULL;
		bool must = s.p[i] == '"' || s.p[i] == '\\' || (unsigned char)s.p[i] < ' ';

		if (draw(1000) < odd)
			ks_buf_addf(out, draw(2) != 0 ? "\\u%04x" : "\\u%04X", (unsigned)(unsigned char)s.p[i]);
		else if (must || (letter != NULL && draw(1000) < odd))
			ks_buf_addf(out, "\\%c", names[letter - letters]);
		else
			ks_buf_addc(out, s.p[i]);
	}
}

static void put_blanks(struct ks_buf *out)
{
	size_t n = draw(4) != 0 ? 0 : draw(20) != 0 ? draw(6) : draw(400);

	for (size_t i = 0; i < n; i++)
		ks_buf_addc(out, " \t\r\n"[draw(4)]);
}

static void put_member(struct ks_buf *out, const char *name, const char *value, unsigned odd)
{
	ks_buf_addc(out, '"');
	put_string(out, ks_str_of(name), odd);
	ks_buf_addc(out, '"');
	put_blanks(out);
	ks_buf_addc(out, ':');
	put_blanks(out);
	ks_buf_addc(out, '"');
	put_string(out, ks_str_of(value), odd);
	ks_buf_addc(out, '"');
}

/* One record in odd spelling, inside up to three strings of other JSON texts. */
static void test_never_misses(void **state)
{
	static const char *const values[] = { "SendEmail", "GetUser",
		"a/long name \"of\" more than sixty-two characters, too much for the cache",
		"ses.amazonaws.com", "s3.amazonaws.com", KEY, SESSION, "AKIAQYLPMN5HHHFPZAM3", "" };
	struct ks_anchor_cache *cache = ks_mem_alloc(sizeof(*cache));
	struct ks_anchors anchors;
	struct ks_buf text, outer;
	struct ks_keyset keys;
	size_t hits = 0;

	(void)state;
	init(&anchors, &keys);
	ks_buf_init(&text, 1u << 24);
	ks_buf_init(&outer, 1u << 24);
	for (size_t round = 0; round < 20000; round++) {
		unsigned odd = draw(3) == 0 ? (unsigned)draw(300) : 0;
		const char *name = values[draw(9)], *source = values[draw(9)], *key = values[draw(9)];
		bool must = is_wanted_name(NULL, ks_str_of(name)) || is_wanted_source(NULL, ks_str_of(source)) ||
			strcmp(key, KEY) == 0 || strcmp(key, SESSION) == 0;

		ks_buf_clear(&text);
		ks_buf_addc(&text, '{');
		put_member(&text, "eventName", name, odd);
		put_blanks(&text);
		ks_buf_addc(&text, ',');
		put_member(&text, "eventSource", source, odd);
		ks_buf_addc(&text, ',');
		put_member(&text, "accessKeyId", key, odd);
		ks_buf_addc(&text, '}');
		for (size_t level = draw(4); level > 0; level--) {
			ks_buf_clear(&outer);
			ks_buf_adds(&outer, "{\"x\":\"");
			put_string(&outer, ks_buf_str(&text), draw(4) == 0 ? (unsigned)draw(200) : 0);
			ks_buf_adds(&outer, "\"}");
			ks_buf_clear(&text);
			ks_buf_add(&text, ks_buf_str(&outer));
		}
		if (must && !is_hit(&anchors, cache, ks_buf_str(&text)))
			fail_msg("missed in round %zu: %s", round, text.p);
		hits += must;
	}
	assert_in_range(hits, 1000, 19000);
	ks_buf_release(&text);
	ks_buf_release(&outer);
	ks_keyset_release(&keys);
	free(cache);
}

static void test_pairs(void **state)
{
	struct ks_anchors anchors = { 0 };
	struct ks_keyset keys;
	struct ks_err err;

	(void)state;
	ks_keyset_init(&keys);
	assert_int_equal(ks_anchor_pairs(&anchors), 0);
	anchors.keys = &keys;
	assert_int_equal(ks_anchor_pairs(&anchors), 0);
	ks_keyset_add(&keys, KS_STR(SESSION), 0, &err);
	assert_int_equal(ks_anchor_pairs(&anchors), KS_MASK_SI);
	ks_keyset_add(&keys, KS_STR(KEY), 0, &err);
	assert_int_equal(ks_anchor_pairs(&anchors), KS_MASK_SI | KS_MASK_KI);
	anchors.name.is_wanted = is_wanted_name;
	anchors.source.is_wanted = is_wanted_source;
	assert_int_equal(ks_anchor_pairs(&anchors), KS_MASK_SI | KS_MASK_KI | KS_MASK_TN | KS_MASK_TS);
	anchors.every = true;
	assert_int_equal(ks_anchor_pairs(&anchors), 0);
	ks_keyset_release(&keys);
}

static void knows_what_may_hand_out(void **state)
{
	static const struct {
		const char *text;
		bool is_handing;
	} texts[] = {
		{ "{\"a\":\"AKIAQYLPMN5HHHFPZAM2\",\"b\":\"ASIAQYLPMN5HHHFPZAA1\"}", true },
		{ "{\"a\":\"ASIAQYLPMN5HHHFPZAA2\",\"b\":\"ASIAQYLPMN5HHHFPZAA1\"}", true },
		{ "{\"a\":\"ASIAQYLPMN5HHHFPZAA1\",\"b\":\"ASIAQYLPMN5HHHFPZAA1\"}", false },
		{ "{\"a\":\"AKIAQYLPMN5HHHFPZAM2\",\"b\":\"AKIAQYLPMN5HHHFPZAM3\"}", false },
		{ "{\"a\":\"AKIAQYLPMN5HHHFPZAM2\",\"b\":\"ASIAQYLPMN5\"}", false },
		{ "{\"b\":\"ASIAQYLPMN5HHHFPZAA1\"}", false },
		{ "IA", false },
		{ "", false },
		{ "{\"a\":\"\\u0041KIAQYLPMN5HHHFPZAM2\"}", true },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (ks_anchor_hands_out(ks_str_of(texts[i].text)) != texts[i].is_handing)
			fail_msg("%s", texts[i].text);
}

/* A name that is wanted for what it hands out only; wanted for itself as well, it is a hit. */
static void tells_handing_from_hits(void **state)
{
	struct ks_anchors anchors = { .handing = { is_wanted_name, NULL } };
	const struct ks_str text = KS_STR("{\"eventName\":\"SendEmail\"}");
	struct ks_anchor_cache cache = { 0 };

	(void)state;
	assert_int_equal(ks_anchor_pairs(&anchors), KS_MASK_TN);
	for (int i = 0; i < 2; i++)
		assert_int_equal(worth_of(&anchors, &cache, text), KS_ANCHOR_HANDING);
	memset(&cache, 0, sizeof(cache));
	anchors.name = anchors.handing;
	assert_int_equal(worth_of(&anchors, &cache, text), KS_ANCHOR_HIT);
}

/* By the letters of AKIA in any case, asked for only where a rule asks for such a key. */
static void knows_long_term_keys(void **state)
{
	static const struct {
		const char *text;
		bool has_one;
	} texts[] = {
		{ "{\"accessKeyId\":\"AKIAQYLPMN5HHHFPZAM2\"}", true },
		{ "{\"accessKeyId\":\"akIaQYLPMN5HHHFPZAM2\"}", true },
		{ "{\"accessKeyId\":\"\\u0041KIAQYLPMN5HHHFPZAM2\"}", true },
		{ "{\"accessKeyId\":\"ASIAQYLPMN5HHHFPZAM2\"}", false },
		{ "{\"x\":\"akin\"}", false },
		{ "akia", true },
		{ "kia", false },
		{ "aki", false },
		{ "", false },
	};
	const struct ks_anchors anchors = { .keyed_name = { is_wanted_name, NULL } };
	struct ks_anchor_cache *cache = ks_mem_alloc(sizeof(*cache));

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		unsigned worth = worth_of(&anchors, cache, ks_str_of(texts[i].text));

		if (((worth & KS_ANCHOR_LONG_TERM) != 0) != texts[i].has_one)
			fail_msg("%s", texts[i].text);
	}
	free(cache);
}

/* Members besides eventName and eventSource, each by its own letters. */
static void looks_for_other_members(void **state)
{
	struct ks_anchor_cache *cache = ks_mem_alloc(sizeof(*cache));

	(void)state;
	for (size_t i = 0; i < KS_ANCHOR_OTHERS; i++) {
		struct ks_anchors anchors = { 0 };
		char text[128];

		anchors.others[i].is_wanted = is_wanted_name;
		assert_int_equal(ks_anchor_pairs(&anchors), ks_anchor_others[i].pair);
		for (int again = 0; again < 2; again++) {
			snprintf(text, sizeof(text), "{\"%s\":\"SendEmail\"}", ks_anchor_others[i].name);
			assert_int_equal(worth_of(&anchors, cache, ks_str_of(text)), KS_ANCHOR_HIT | KS_ANCHOR_OTHER);
			snprintf(text, sizeof(text), "{\"%s\" : \"GetUser\"}", ks_anchor_others[i].name);
			assert_int_equal(worth_of(&anchors, cache, ks_str_of(text)), KS_ANCHOR_NOTHING);
			snprintf(text, sizeof(text), "{\"%s\":null}", ks_anchor_others[i].name);
			assert_int_equal(worth_of(&anchors, cache, ks_str_of(text)), KS_ANCHOR_HIT | KS_ANCHOR_OTHER);
			snprintf(text, sizeof(text), "{\"x%s\":[\"GetUser\"]}", ks_anchor_others[i].name);
			assert_int_equal(worth_of(&anchors, cache, ks_str_of(text)), KS_ANCHOR_HIT | KS_ANCHOR_OTHER);
			snprintf(text, sizeof(text), "{\"%sx\":\"SendEmail\"}", ks_anchor_others[i].name);
			assert_int_equal(worth_of(&anchors, cache, ks_str_of(text)), KS_ANCHOR_NOTHING);
		}
	}
	free(cache);
}

/* What a name is wanted for adds up, and a name that is wanted for itself is a hit. */
static void adds_up_what_a_name_is_worth(void **state)
{
	struct ks_anchors anchors = { .keyed_name = { is_wanted_name, NULL } };
	const struct ks_str text = KS_STR("{\"eventName\":\"SendEmail\"}");
	struct ks_anchor_cache cache = { 0 };

	(void)state;
	assert_int_equal(ks_anchor_pairs(&anchors), KS_MASK_TN | KS_MASK_KI_NOCASE);
	assert_int_equal(worth_of(&anchors, &cache, text), KS_ANCHOR_KEYED);
	memset(&cache, 0, sizeof(cache));
	anchors.handing = anchors.keyed_name;
	for (int i = 0; i < 2; i++)
		assert_int_equal(worth_of(&anchors, &cache, text),
			KS_ANCHOR_KEYED | KS_ANCHOR_HANDING);
	memset(&cache, 0, sizeof(cache));
	anchors.name = anchors.keyed_name;
	assert_int_equal(worth_of(&anchors, &cache, text), KS_ANCHOR_HIT);
	memset(&cache, 0, sizeof(cache));
	anchors = (struct ks_anchors){ .keyed_source = { is_wanted_source, NULL } };
	assert_int_equal(ks_anchor_pairs(&anchors), KS_MASK_TS | KS_MASK_KI_NOCASE);
	assert_int_equal(worth_of(&anchors, &cache, KS_STR("{\"eventSource\":\"ses.amazonaws.com\"}")),
		KS_ANCHOR_KEYED);
}

/* Names and services of rules that ask for an error besides, and for a long-term key: met by what else
 * stands in the record. */
static void tells_what_is_met(void **state)
{
	static const struct {
		unsigned worth;
		const char *text;
		bool is_met;
	} cases[] = {
		{ KS_ANCHOR_HIT, "{}", true },
		{ KS_ANCHOR_KEYED, "{}", false },
		{ KS_ANCHOR_KEYED | KS_ANCHOR_LONG_TERM, "{}", true },
		{ KS_ANCHOR_LONG_TERM, "{\"errorCode\":\"AccessDenied\"}", false },
		{ KS_ANCHOR_FAILED, "{\"errorCode\":\"AccessDenied\"}", true },
		{ KS_ANCHOR_FAILED, "{\"x\":\"{\\\"errorCode\\\":1}\"}", true },
		{ KS_ANCHOR_FAILED, "{\"errorMessage\":\"AccessDenied\"}", false },
		{ KS_ANCHOR_FAILED | KS_ANCHOR_LONG_TERM, "{}", false },
		{ KS_ANCHOR_KEYED_FAILED, "{\"errorCode\":\"AccessDenied\"}", false },
		{ KS_ANCHOR_KEYED_FAILED | KS_ANCHOR_LONG_TERM, "{\"errorCode\":null}", true },
		{ KS_ANCHOR_KEYED_FAILED | KS_ANCHOR_LONG_TERM, "{}", false },
		{ KS_ANCHOR_KEYED | KS_ANCHOR_FAILED, "{\"errorCode\":null}", true },
		{ KS_ANCHOR_ASIDE | KS_ANCHOR_HANDING | KS_ANCHOR_KEY, "{}", false },
	};
	struct ks_anchors anchors = { .failed_name = { is_wanted_name, NULL } };
	struct ks_anchor_cache *cache = ks_mem_alloc(sizeof(*cache));

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		if (ks_anchor_is_met(cases[i].worth, ks_str_of(cases[i].text)) != cases[i].is_met)
			fail_msg("%u: %s", cases[i].worth, cases[i].text);
	assert_int_equal(worth_of(&anchors, cache, KS_STR("{\"eventName\":\"SendEmail\"}")), KS_ANCHOR_FAILED);
	anchors = (struct ks_anchors){ .keyed_failed_name = { is_wanted_name, NULL },
		.keyed_failed_source = { is_wanted_source, NULL } };
	memset(cache, 0, sizeof(*cache));
	assert_int_equal(ks_anchor_pairs(&anchors), KS_MASK_TN | KS_MASK_TS | KS_MASK_KI_NOCASE);
	assert_int_equal(worth_of(&anchors, cache, KS_STR("{\"eventName\":\"SendEmail\",\"a\":\"AKIA\"}")),
		KS_ANCHOR_KEYED_FAILED | KS_ANCHOR_LONG_TERM);
	free(cache);
}

/* Time, service and name of a call in a row are looked at together: what else stands in them, and a value
 * that is seen again, must be worth the same. */
static void looks_at_calls_at_once(void **state)
{
	static const struct {
		const char *source, *name;
		unsigned worth;
	} cases[] = {
		{ "ec2.amazonaws.com", "GetUser", 0 },
		{ "ec2.amazonaws.com", "SendEmail", KS_ANCHOR_HIT },
		{ "ses.amazonaws.com", "GetUser", KS_ANCHOR_HIT },
		{ "ec2.amazonaws.com", KEY, KS_ANCHOR_HIT | KS_ANCHOR_KEY },
		{ "x" SESSION, "GetUser", KS_ANCHOR_HIT | KS_ANCHOR_KEY },
		{ "ec2.amazonaws.com", "x\\u00",
			KS_ANCHOR_HIT | KS_ANCHOR_KEY | KS_ANCHOR_LONG_TERM | KS_ANCHOR_OTHER },
		{ "kali-linux", "GetUser", KS_ANCHOR_HIT | KS_ANCHOR_OTHER },
		/* With the last quote at the end of 64 bytes, behind them, and behind what is kept. */
		{ "abcdefghijklmnopqrstuvwxyz-abcdefghijkl", "SendEmail", KS_ANCHOR_HIT },
		{ "abcdefghijklmnopqrstuvwxyz-abcdefghijkl", "SendEmai2", 0 },
		{ "bbcdefghijklmnopqrstuvwxyz-abcdefghijklm", "SendEmail", KS_ANCHOR_HIT },
		{ "ses.amazonaws.com", "abcdefghijklmnopqrstuvwxyz-abcdefghijklmnopqrstuvwxyz-abcdefghijklmnopqrst"
			"uvwxyz-abcdefghijklmnopqrstuvwxyz-abcdefghijklmnopqrstuvwxyz", KS_ANCHOR_HIT },
		{ "", "", 0 },
		{ "eventTime", "eventSource", 0 },
	};
	struct ks_anchor_cache *cache = ks_mem_alloc(sizeof(*cache));
	struct ks_anchor_times times;
	struct ks_anchors anchors;
	struct ks_phrase phrase;
	struct ks_keyset keys;
	char text[512];

	(void)state;
	init(&anchors, &keys);
	assert_true(ks_phrase_set(&phrase, KS_STR("kali-linux"), false));
	anchors.phrases = &phrase;
	anchors.phrase_count = 1;
	for (int round = 0; round < 8; round++) {
		unsigned aside = round % 4 >= 2 ? KS_ANCHOR_ASIDE : 0;

		ks_anchor_set_times(&times, round % 4 == 2 ? INT64_MAX - 1000 : 0,
			round % 4 == 3 ? 1000 : INT64_C(4000000000000));
		anchors.times = round % 4 == 0 ? NULL : &times;
		for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
			snprintf(text, sizeof(text), "{\"eventTime\":\"2026-11-21T10:00:00Z\",\"eventSource\":\"%s\","
				"\"eventName\":\"%s\"}", cases[i].source, cases[i].name);
			if (worth_of(&anchors, cache, ks_str_of(text)) != (cases[i].worth | aside))
				fail_msg("round %d: %s", round, text);
		}
	}
	ks_keyset_release(&keys);
	free(cache);
}

/* Only a plain time between two known ones is none; a service that is learned is worth a look aside. */
static void tells_times_that_are_news(void **state)
{
	static const struct {
		const char *text;
		bool is_news;
	} texts[] = {
		{ "{\"eventTime\":\"2026-11-21T10:00:00Z\"}", false },
		{ "{\"eventTime\":\"2026-11-21T23:59:59Z\"}", false },
		{ "{\"eventTime\" :\t\"2026-11-21T12:00:00Z\"}", false },
		{ "{\\\"eventTime\\\":\\\"2026-11-21T12:00:00Z\\\"}", false },
		{ "{\"eventType\":\"AwsApiCall\"}", false },
		{ "{\"eventTime\":\"2026-11-21T09:59:59Z\"}", true },
		{ "{\"eventTime\":\"2026-11-22T00:00:00Z\"}", true },
		{ "{\"eventTime\":\"2026-11-21T12:00:00.5Z\"}", true },
		{ "{\"eventTime\":\"2026-11-21T12:00:00+01:00\"}", true },
		{ "{\"eventTime\":\"2026-11-21 12:00:00Z\"}", true },
		{ "{\"eventTime\":\"2026-11-21T12:00:00\\u005a\"}", true },
		{ "{\"event\\u0054ime\":\"2026-11-21T12:00:00Z\"}", true },
		{ "{\"eventTime\":20261121}", true },
		{ "{\"eventTime\":null}", true },
	};
	struct ks_anchor_times times;
	struct ks_anchors anchors = { .times = &times };
	struct ks_anchor_cache cache = { 0 };
	int64_t first, last;

	(void)state;
	assert_true(ks_time_parse(KS_STR("2026-11-21T09:59:59.001Z"), &first));
	assert_true(ks_time_parse(KS_STR("2026-11-21T23:59:59Z"), &last));
	ks_anchor_set_times(&times, first, last);
	assert_int_equal(ks_anchor_pairs(&anchors), KS_MASK_TI);
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (is_hit(&anchors, &cache, ks_str_of(texts[i].text)) != texts[i].is_news)
			fail_msg("%s", texts[i].text);
	ks_anchor_set_times(&times, last + 1, last);
	assert_true(is_hit(&anchors, &cache, ks_str_of(texts[0].text)));
	anchors = (struct ks_anchors){ .learned = { is_wanted_source, NULL } };
	assert_int_equal(ks_anchor_pairs(&anchors), KS_MASK_TS);
	assert_true(is_hit(&anchors, &cache, KS_STR("{\"eventSource\":\"ses.amazonaws.com\"}")));
	assert_false(is_hit(&anchors, &cache, KS_STR("{\"eventSource\":\"ec2.amazonaws.com\"}")));
}

int main(void)
{
	static struct rows all;

	ROWS_TABLE(&all, test_row, rows);
	ROWS_TEST(&all, test_never_misses);
	ROWS_TEST(&all, test_pairs);
	ROWS_TEST(&all, knows_what_may_hand_out);
	ROWS_TEST(&all, tells_handing_from_hits);
	ROWS_TEST(&all, knows_long_term_keys);
	ROWS_TEST(&all, looks_for_other_members);
	ROWS_TEST(&all, adds_up_what_a_name_is_worth);
	ROWS_TEST(&all, tells_what_is_met);
	ROWS_TEST(&all, looks_at_calls_at_once);
	ROWS_TEST(&all, tells_times_that_are_news);
	return rows_run("anchor", &all);
}
