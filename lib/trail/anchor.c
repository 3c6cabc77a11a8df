/* Anchors: the letters around a pair decide whether a record is read exactly. */
#include "lib/trail/anchor.h"

#include "lib/base/time.h"
#include "lib/trail/mask.h"
#include "lib/trail/special.h"

#include <string.h>

const struct ks_anchor_other ks_anchor_others[KS_ANCHOR_OTHERS] = {
	{ "userAgent", KS_MASK_RA, 3 },
	{ "errorCode", KS_MASK_RC, 4 },
	{ "sourceIPAddress", KS_MASK_PA, 7 },
	{ "type", KS_MASK_YP, 1 },
	{ "arn", KS_MASK_RN, 1 },
};

static bool asks_name(const struct ks_anchors *anchors)
{
	return anchors->name.is_wanted != NULL || anchors->keyed_name.is_wanted != NULL ||
		anchors->failed_name.is_wanted != NULL || anchors->keyed_failed_name.is_wanted != NULL ||
		anchors->handing.is_wanted != NULL;
}

static bool asks_source(const struct ks_anchors *anchors)
{
	return anchors->source.is_wanted != NULL || anchors->keyed_source.is_wanted != NULL ||
		anchors->failed_source.is_wanted != NULL || anchors->keyed_failed_source.is_wanted != NULL ||
		anchors->learned.is_wanted != NULL;
}

static bool asks_long_term(const struct ks_anchors *anchors)
{
	return anchors->keyed_name.is_wanted != NULL || anchors->keyed_source.is_wanted != NULL ||
		anchors->keyed_failed_name.is_wanted != NULL || anchors->keyed_failed_source.is_wanted != NULL;
}

unsigned ks_anchor_pairs(const struct ks_anchors *anchors)
{
	unsigned pairs = 0;

	if (anchors->every && !anchors->tells_keys)
		return 0;
	for (size_t i = 0; i < KS_ANCHOR_OTHERS && !anchors->every; i++)
		pairs |= anchors->others[i].is_wanted != NULL ? ks_anchor_others[i].pair : 0;
	/* In any case is in capitals as well. */
	if (asks_long_term(anchors) && !anchors->every)
		pairs |= KS_MASK_KI_NOCASE;
	else if (anchors->keys != NULL && anchors->keys->has_akia)
		pairs |= KS_MASK_KI;
	if (anchors->keys != NULL && anchors->keys->has_asia)
		pairs |= KS_MASK_SI;
	if (anchors->keys != NULL && anchors->keys->has_aida)
		pairs |= KS_MASK_DA;
	if (anchors->keys != NULL && anchors->keys->has_aroa)
		pairs |= KS_MASK_OA;
	if (asks_name(anchors) && !anchors->every)
		pairs |= KS_MASK_TN;
	if (asks_source(anchors) && !anchors->every)
		pairs |= KS_MASK_TS;
	if (anchors->times != NULL && !anchors->every)
		pairs |= KS_MASK_TI;
	return pairs;
}

void ks_anchor_ask(const struct ks_anchors *anchors, struct ks_anchor_cache *cache,
	struct ks_mask_pairs *out)
{
	memset(cache->letters, 0, sizeof(cache->letters));
	for (const char *p = "\\tTKkSDO"; *p != '\0'; p++)
		cache->letters[(unsigned char)*p].has_more = true;
	for (size_t i = 0; i < KS_ANCHOR_OTHERS; i++)
		if (anchors->others[i].is_wanted != NULL)
			cache->letters[(unsigned char)ks_anchor_others[i].name[ks_anchor_others[i].at]].has_more = true;
	for (size_t i = 0; i < anchors->phrase_count && !anchors->every; i++) {
		const struct ks_phrase *phrase = &anchors->phrases[i];
		unsigned char letter = (unsigned char)phrase->text[phrase->at] & 0x7F;

		cache->letters[letter].phrases |= UINT32_C(1) << (i & 31);
		if (letter >= 'a' && letter <= 'z')
			cache->letters[letter - 0x20].phrases |= UINT32_C(1) << (i & 31);
	}
	ks_mask_pairs_init(out, ks_anchor_pairs(anchors));
	for (size_t i = 0; i < anchors->phrase_count && !anchors->every; i++)
		ks_phrase_add_pair(&anchors->phrases[i], out);
}

/* Over blanks, also those that a string in a string writes as \n, \r, \t. */
static const char *skip_blanks(const char *p, const char *end)
{
	while (p < end) {
		if (*p == ' ' || *p == '\t' || *p == '\n' || *p == '\r')
			p++;
		else if (*p == '\\' && p + 1 < end && (p[1] == 'n' || p[1] == 'r' || p[1] == 't'))
			p += 2;
		else
			break;
	}
	return p;
}

/* Over a quote, with any number of backslashes before it; NULL when there is none. */
static const char *skip_quote(const char *p, const char *end)
{
	while (p < end && *p == '\\')
		p++;
	return p < end && *p == '"' ? p + 1 : NULL;
}

/* A place in the cache, from the last eight bytes of a value; before a short one stands
 * the member's name. */
static size_t place_of(struct ks_str value)
{
	uint64_t tail;

	memcpy(&tail, value.p + value.n - sizeof(tail), sizeof(tail));
	return (size_t)((tail ^ value.n) * UINT64_C(0x9E3779B97F4A7C15) >> 55);
}

/* A field, and what is asked of its values besides; any may be unasked. */
struct question {
	const struct ks_anchor_field *field, *keyed, *failed, *keyed_failed, *handing, *learned;
	struct ks_anchor_entry *entries;
};

static bool is_wanted(const struct ks_anchor_field *field, struct ks_str value)
{
	return field != NULL && field->is_wanted != NULL && field->is_wanted(field->arg, value);
}

static unsigned judge(const struct question *question, struct ks_str value)
{
	if (is_wanted(question->field, value))
		return KS_ANCHOR_HIT;
	return (is_wanted(question->keyed, value) ? (unsigned)KS_ANCHOR_KEYED : 0) |
		(is_wanted(question->failed, value) ? (unsigned)KS_ANCHOR_FAILED : 0) |
		(is_wanted(question->keyed_failed, value) ? (unsigned)KS_ANCHOR_KEYED_FAILED : 0) |
		(is_wanted(question->handing, value) ? (unsigned)KS_ANCHOR_HANDING : 0) |
		(is_wanted(question->learned, value) ? (unsigned)KS_ANCHOR_ASIDE : 0);
}

static unsigned recall(const struct question *question, struct ks_str value)
{
	struct ks_anchor_entry *entry = &question->entries[place_of(value)];
	unsigned worth;

	if (value.n > sizeof(entry->text))
		return judge(question, value);
	if (entry->answer != 0 && entry->n == value.n && memcmp(entry->text, value.p, value.n) == 0)
		return entry->answer - 1u;
	worth = judge(question, value);
	memcpy(entry->text, value.p, value.n);
	entry->n = (uint8_t)value.n;
	entry->answer = (uint8_t)(1 + worth);
	return worth;
}

/* What stands behind the letters of a field's name: no member, one with a value that is not plainly a short
 * string with as many backslashes before either quote, or one with such a value. */
enum member { NO_MEMBER, ODD_MEMBER, PLAIN_MEMBER };

static enum member find_value(const char *p, const char *end, struct ks_str *out)
{
	const char *opening, *value, *closing;

	/* As nearly all trails write it. */
	if (memcmp(p, "\":\"", 3) == 0) {
		value = p + 3;
		p = ks_special_find(value, end);
		if (p < end && *p == '"') {
			*out = (struct ks_str){ value, (size_t)(p - value) };
			return PLAIN_MEMBER;
		}
		return ODD_MEMBER;
	}
	p = skip_quote(p, end);
	if (p == NULL)
		return NO_MEMBER;
	p = skip_blanks(p, end);
	if (p == end || *p == '\\')
		return ODD_MEMBER;
	if (*p != ':')
		return NO_MEMBER;
	opening = skip_blanks(p + 1, end);
	value = skip_quote(opening, end);
	if (value == NULL)
		return ODD_MEMBER;
	p = ks_special_find(value, end);
	closing = skip_quote(p, end);
	if (closing == NULL || closing - p != value - opening)
		return ODD_MEMBER;
	*out = (struct ks_str){ value, (size_t)(p - value) };
	return PLAIN_MEMBER;
}

/* p is behind the letters of a field's name. What is odd is a hit, to be safe. */
static unsigned test_value(const struct question *question, const char *p, const char *end)
{
	struct ks_str value;

	switch (find_value(p, end, &value)) {
	case NO_MEMBER:
		return KS_ANCHOR_NOTHING;
	case ODD_MEMBER:
		return KS_ANCHOR_HIT;
	case PLAIN_MEMBER:
		break;
	}
	return recall(question, value);
}

static struct question name_question(const struct ks_anchors *anchors, struct ks_anchor_cache *cache)
{
	return (struct question){ .field = &anchors->name, .keyed = &anchors->keyed_name,
		.failed = &anchors->failed_name, .keyed_failed = &anchors->keyed_failed_name,
		.handing = &anchors->handing, .entries = cache->entries[0] };
}

static struct question source_question(const struct ks_anchors *anchors, struct ks_anchor_cache *cache)
{
	return (struct question){ .field = &anchors->source, .keyed = &anchors->keyed_source,
		.failed = &anchors->failed_source, .keyed_failed = &anchors->keyed_failed_source,
		.learned = &anchors->learned, .entries = cache->entries[1] };
}

/* "2026-11-21T10:15:00Z" and nothing else: written like this, times are in the order of their letters. */
static bool is_plain_time(struct ks_str value)
{
	static const char form[] = "0000-00-00T00:00:00Z";
	bool is_plain = value.n == sizeof(form) - 1;

	for (size_t i = 0; is_plain && i < sizeof(form) - 1; i++)
		is_plain = form[i] == '0' ? value.p[i] >= '0' && value.p[i] <= '9' : value.p[i] == form[i];
	return is_plain;
}

/* Likewise, which of two plain times is the later one: above 0 the first. */
static int compare_times(const char *a, const char *b)
{
	static const size_t parts[] = { 0, 8, 12 };

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		uint64_t x = 0, y = 0;

		memcpy(&x, a + parts[i], sizeof(x));
		memcpy(&y, b + parts[i], sizeof(y));
		if (x == y)
			continue;
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
		x = __builtin_bswap64(x);
		y = __builtin_bswap64(y);
#endif
		return x < y ? -1 : 1;
	}
	return 0;
}

/* Whether n bytes are the same: memcmp, without a call. */
static inline bool is_same_text(const char *a, const char *b, size_t n)
{
	uint64_t x, y, other = 0;

	for (size_t i = 0; i + sizeof(x) < n; i += sizeof(x)) {
		memcpy(&x, a + i, sizeof(x));
		memcpy(&y, b + i, sizeof(y));
		other |= x ^ y;
	}
	if (n < sizeof(x))
		return memcmp(a, b, n) == 0;
	memcpy(&x, a + n - sizeof(x), sizeof(x));
	memcpy(&y, b + n - sizeof(y), sizeof(y));
	return (other | (x ^ y)) == 0;
}

/* Nearly every record is of the same second as the one before it. */
static bool is_plain(struct ks_anchor_cache *cache, struct ks_str value)
{
	if (value.n != sizeof(cache->time))
		return false;
	if (memcmp(cache->time, value.p, sizeof(cache->time)) == 0)
		return true;
	if (!is_plain_time(value))
		return false;
	memcpy(cache->time, value.p, sizeof(cache->time));
	return true;
}

static void set_time(char out[20], int64_t ms)
{
	char text[KS_TIME_TEXT];

	ks_time_render(ms, text);
	/* Years of more than four digits are behind all that can be compared. */
	if (is_plain_time(ks_str_of(text)))
		memcpy(out, text, 20);
	else
		memset(out, ms < 0 ? '\0' : '\xff', 20);
}

void ks_anchor_set_times(struct ks_anchor_times *times, int64_t first_ms, int64_t last_ms)
{
	int64_t over = first_ms % KS_TIME_SECOND;

	memset(times->first, '\xff', sizeof(times->first));
	memset(times->last, '\0', sizeof(times->last));
	if (first_ms > last_ms)
		return;
	/* A second of which a part is news is all news. */
	set_time(times->first, first_ms - over + (over > 0 ? KS_TIME_SECOND : 0));
	set_time(times->last, last_ms);
}

/* An id of the set is at p, if text begins early enough for that. */
static unsigned test_id(const struct ks_anchors *anchors, const char *from, const char *p, ptrdiff_t before,
	const char *prefix)
{
	bool is_one = p - from >= before && memcmp(p - before, prefix, 4) == 0 &&
		ks_keyset_has(anchors->keys, p - before);

	return is_one ? (unsigned)KS_ANCHOR_HIT | KS_ANCHOR_KEY : KS_ANCHOR_NOTHING;
}

/* "KI" of AKIA, as it is or in any case. */
static unsigned test_long_term(const struct ks_anchors *anchors, const char *from, const char *p)
{
	bool is_one = p > from && (p[-1] | 0x20) == 'a' && (p[1] | 0x20) == 'i' && (p[2] | 0x20) == 'a';
	unsigned worth = is_one && asks_long_term(anchors) ? KS_ANCHOR_LONG_TERM : KS_ANCHOR_NOTHING;

	if (is_one && anchors->keys != NULL && anchors->keys->has_akia)
		worth |= test_id(anchors, from, p, 1, "AKIA");
	return worth;
}

/* The letters in the middle of an id's first four. */
static unsigned test_id_at(const struct ks_anchors *anchors, const char *from, const char *p)
{
	const struct ks_keyset *keys = anchors->keys;

	switch (*p) {
	case 'K':
	case 'k':
		return test_long_term(anchors, from, p);
	case 'S':
		return keys != NULL && keys->has_asia ? test_id(anchors, from, p, 1, "ASIA") : KS_ANCHOR_NOTHING;
	case 'D':
		return keys != NULL && keys->has_aida ? test_id(anchors, from, p, 2, "AIDA") : KS_ANCHOR_NOTHING;
	case 'O':
		return keys != NULL && keys->has_aroa ? test_id(anchors, from, p, 2, "AROA") : KS_ANCHOR_NOTHING;
	default:
		return KS_ANCHOR_NOTHING;
	}
}

/* Whether a phrase stands around its pair, which is at p. */
static inline bool find_phrase(const struct ks_anchors *anchors, const struct ks_anchor_cache *cache,
	const char *from, const char *p)
{
	for (uint32_t bits = cache->letters[*p & 0x7F].phrases; bits != 0; bits &= bits - 1)
		for (size_t i = (size_t)__builtin_ctz(bits); i < anchors->phrase_count; i += 32)
			if (ks_phrase_is_at(&anchors->phrases[i], from, p))
				return true;
	return false;
}

/* p is in the middle of the name of a member that is asked for besides. */
static unsigned test_other(const struct ks_anchors *anchors, struct ks_anchor_cache *cache, const char *from,
	const char *p)
{
	for (size_t i = 0; i < KS_ANCHOR_OTHERS; i++) {
		const struct ks_anchor_other *other = &ks_anchor_others[i];
		const char *behind;
		size_t n;

		if (anchors->others[i].is_wanted == NULL || *p != other->name[other->at] ||
			p[1] != other->name[other->at + 1] || (size_t)(p - from) < other->at)
			continue;
		n = strlen(other->name);
		behind = p - other->at + n;
		/* Short names stand in many values: only behind a name is a quote, or what hides one. */
		if ((*behind == '"' || *behind == '\\') && memcmp(p - other->at, other->name, n) == 0 &&
			test_value(&(struct question){ .field = &anchors->others[i],
				.entries = cache->entries[2 + i] }, behind, p + KS_ANCHOR_LOOKAHEAD) != KS_ANCHOR_NOTHING)
			return (unsigned)KS_ANCHOR_HIT | KS_ANCHOR_OTHER;
	}
	return KS_ANCHOR_NOTHING;
}

/* Whether a key id, a phrase or a newline stands in this text, which then has to be looked at each time. */
static bool holds_more(const struct ks_anchors *anchors, const struct ks_anchor_cache *cache,
	const char *text, const char *end)
{
	for (const char *p = text; p < end; p++)
		if (*p == '\n' || test_id_at(anchors, text, p) != KS_ANCHOR_NOTHING ||
			find_phrase(anchors, cache, text - 1, p))
			return true;
	return false;
}

#ifdef __SSE2__
/* Which of 64 bytes are c; which are the same in both. */
static inline uint64_t find_all(const char *p, char c)
{
	uint64_t found = 0;

#pragma GCC unroll 4
	for (unsigned i = 0; i < 64; i += 16)
		found |= (uint64_t)(unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(
			_mm_loadu_si128((const __m128i *)(const void *)(p + i)), _mm_set1_epi8(c))) << i;
	return found;
}

static inline uint64_t find_same(const char *a, const char *b)
{
	uint64_t same = 0;

#pragma GCC unroll 4
	for (unsigned i = 0; i < 64; i += 16)
		same |= (uint64_t)(unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(
			_mm_loadu_si128((const __m128i *)(const void *)(a + i)),
			_mm_loadu_si128((const __m128i *)(const void *)(b + i)))) << i;
	return same;
}
#endif

/* The place of a service and a call in the cache, of so many bytes up to last. */
static size_t place_of_call(const char *last, size_t n)
{
	uint64_t tail;

	memcpy(&tail, last - sizeof(tail), sizeof(tail));
	return (size_t)((tail ^ n) * UINT64_C(0x9E3779B97F4A7C15) >> 54);
}

/* The same service and call, if it was seen before: it ends at the fifth quote, and what is the same is
 * written as the one before. No loop, which would be guessed wrong. NULL when it has to be looked at. */
static const struct ks_anchor_call *recall_call(const struct ks_anchor_cache *cache, const char *source)
{
#ifdef __SSE2__
	uint64_t quotes = find_all(source, '"');
	const struct ks_anchor_call *call;
	unsigned n;

	for (unsigned i = 0; i < 4; i++)
		quotes &= quotes - 1;
	if (quotes == 0)
		return NULL;
	n = (unsigned)__builtin_ctzll(quotes);
	call = &cache->calls[place_of_call(source + n, n)];
	if (call->answer != 0 && call->n == n &&
		(~find_same(call->text, source) & ((UINT64_C(1) << n) - 1)) == 0)
		return call;
#else
	(void)cache;
	(void)source;
#endif
	return NULL;
}

/* A service with the name of a call behind it, as nearly all trails write them: one look for both. p is at
 * the pair of eventSource. False when they are not written like that. */
static bool test_call(const struct ks_anchors *anchors, struct ks_anchor_cache *cache, const char *p,
	const char *end, unsigned *out_worth)
{
	static const char colon[] = "\":\"", between[] = "\",\"eventName\":\"";
	const char *source = p + 7 + sizeof(colon) - 1, *behind, *name, *last;
	const struct ks_anchor_call *known;
	struct ks_anchor_call *call;
	size_t n;

	if (memcmp(p + 7, colon, sizeof(colon) - 1) != 0)
		return false;
	known = recall_call(cache, source);
	if (known != NULL) {
		cache->done = source + known->n;
		*out_worth = known->answer - 1u;
		return true;
	}
	behind = ks_special_find(source, end);
	if (end - behind < (ptrdiff_t)sizeof(between) || memcmp(behind, between, sizeof(between) - 1) != 0)
		return false;
	name = behind + sizeof(between) - 1;
	last = ks_special_find(name, end);
	n = (size_t)(last - source);
	if (last == end || *last != '"' || n > sizeof(call->text))
		return false;
	call = &cache->calls[place_of_call(last, n)];
	if (call->answer == 0 || call->n != n || !is_same_text(call->text, source, n)) {
		struct question sources = source_question(anchors, cache), names = name_question(anchors, cache);

		if (holds_more(anchors, cache, source, last))
			return false;
		memcpy(call->text, source, n);
		call->n = (uint8_t)n;
		call->answer = (uint8_t)(1 + (judge(&sources, (struct ks_str){ source, (size_t)(behind - source) }) |
			judge(&names, (struct ks_str){ name, (size_t)(last - name) })));
	}
	cache->done = last;
	*out_worth = call->answer - 1u;
	return true;
}

/* eventTime: whether it may be one that is not known. p is behind the letters of the name. Nearly always the
 * service and the name of the call follow, and are looked at as well. */
static unsigned test_time(const struct ks_anchors *anchors, struct ks_anchor_cache *cache, const char *p,
	const char *end)
{
	static const char behind[] = "\",\"eventSource\"";
	const struct ks_anchor_times *times = anchors->times;
	struct ks_str value = { p + 3, sizeof(cache->time) };
	bool is_same = memcmp(p, "\":\"", 3) == 0 && is_same_text(p + 3, cache->time, sizeof(cache->time)) &&
		p[3 + sizeof(cache->time)] == '"';
	enum member member = is_same ? PLAIN_MEMBER : find_value(p, end, &value);
	bool is_known = member == NO_MEMBER || (member == PLAIN_MEMBER && (is_same || is_plain(cache, value)) &&
		compare_times(value.p, times->first) >= 0 && compare_times(value.p, times->last) <= 0);
	unsigned worth = is_known ? KS_ANCHOR_NOTHING : KS_ANCHOR_ASIDE, more;

	p += 3 + sizeof(cache->time);
	if (is_same && asks_source(anchors) && memcmp(p, behind, sizeof(behind) - 1) == 0 &&
		test_call(anchors, cache, p + 7, end, &more))
		worth |= more;
	return worth;
}

/* The middle of eventName or eventSource. */
static unsigned test_event(const struct ks_anchors *anchors, struct ks_anchor_cache *cache, const char *from,
	const char *p)
{
	const char *end = p + KS_ANCHOR_LOOKAHEAD;
	struct question question;
	unsigned worth;

	if (p - from < 4 || memcmp(p - 4, "even", 4) != 0)
		return KS_ANCHOR_NOTHING;
	if (memcmp(p + 1, "Name", 4) == 0 && asks_name(anchors)) {
		question = name_question(anchors, cache);
		return test_value(&question, p + 5, end);
	}
	if (memcmp(p + 1, "Source", 6) == 0 && asks_source(anchors)) {
		question = source_question(anchors, cache);
		return test_call(anchors, cache, p, end, &worth) ? worth : test_value(&question, p + 7, end);
	}
	return KS_ANCHOR_NOTHING;
}

/* The most frequent letters first: a jump by a table would be guessed wrong. */
static inline unsigned test_pair(const struct ks_anchors *anchors, struct ks_anchor_cache *cache,
	const char *from, const char *p)
{
	if (*p == 'T' && anchors->times != NULL && p - from >= 5 && memcmp(p - 5, "eventTime", 9) == 0)
		return test_time(anchors, cache, p + 4, p + KS_ANCHOR_LOOKAHEAD);
	if (*p == 't')
		return test_event(anchors, cache, from, p);
	if (*p == 'K' || *p == 'k')
		return test_long_term(anchors, from, p);
	if (*p == 'S' || *p == 'D' || *p == 'O')
		return test_id_at(anchors, from, p);
	if (*p != '\\')
		return test_other(anchors, cache, from, p);
	if (p[1] == '/')
		return anchors->has_slash ? (unsigned)KS_ANCHOR_HIT | KS_ANCHOR_OTHER : KS_ANCHOR_NOTHING;
	return p[1] == 'u' && p[2] == '0' && p[3] == '0' ? (unsigned)KS_ANCHOR_HIT | KS_ANCHOR_KEY |
		KS_ANCHOR_LONG_TERM | KS_ANCHOR_OTHER : KS_ANCHOR_NOTHING;
}

/* What is worth it around a pair. Of most letters only a phrase may be there. */
static inline unsigned look(const struct ks_anchors *anchors, struct ks_anchor_cache *cache,
	const char *from, const char *p)
{
	const struct ks_anchor_letter *letter = &cache->letters[*p & 0x7F];
	unsigned worth = letter->has_more ? test_pair(anchors, cache, from, p) : KS_ANCHOR_NOTHING;

	if (letter->phrases != 0 && find_phrase(anchors, cache, from, p))
		worth |= (unsigned)KS_ANCHOR_HIT | KS_ANCHOR_OTHER;
	return worth;
}

uint64_t ks_anchor_scan(const struct ks_anchors *anchors, struct ks_anchor_cache *cache,
	const struct ks_anchor_strip *strip, struct ks_vec *hits)
{
	uint64_t lines = 0;

	cache->done = strip->text;
	for (uint64_t blocks = strip->anchored; blocks != 0; blocks &= blocks - 1) {
		size_t at = (size_t)__builtin_ctzll(blocks);
		const char *block = strip->text + at * KS_MASK_BLOCK;
		uint64_t bits = strip->anchors[at], newlines = 0;

		for (;;) {
			const char *p;
			unsigned worth;

			/* What stands in a call was looked at with it. */
			if (cache->done > block)
				bits = cache->done - block < (ptrdiff_t)KS_MASK_BLOCK ?
					bits & UINT64_MAX << (cache->done - block) : 0;
			if (bits == 0)
				break;
			p = block + __builtin_ctzll(bits);
			if (*p == '\n') {
				newlines |= p[1] == '{' ? bits & -bits : 0;
			} else if (p < strip->end) {
				worth = look(anchors, cache, strip->from, p);
				if (worth != KS_ANCHOR_NOTHING)
					*(struct ks_anchor_hit *)ks_vec_push(hits) = (struct ks_anchor_hit){
						strip->offset + (size_t)(p - strip->text), worth };
			}
			bits &= bits - 1;
		}
		strip->anchors[at] = newlines;
		lines |= (uint64_t)(newlines != 0) << at;
		/* Blocks that a call ends behind have nothing else; their masks are for lines only. */
		for (size_t next = at + 1; cache->done >= strip->text + (next + 1) * KS_MASK_BLOCK &&
			next < 64; next++) {
			strip->anchors[next] = 0;
			blocks &= ~(UINT64_C(1) << next);
		}
	}
	return lines;
}

bool ks_anchor_is_met(unsigned worth, struct ks_str text)
{
	const unsigned keyed = KS_ANCHOR_KEYED | KS_ANCHOR_KEYED_FAILED;
	static const char error[] = "errorCode";

	if ((worth & KS_ANCHOR_LONG_TERM) == 0)
		worth &= ~keyed;
	if ((worth & (KS_ANCHOR_FAILED | KS_ANCHOR_KEYED_FAILED)) != 0 &&
		memmem(text.p, text.n, error, sizeof(error) - 1) != NULL)
		return true;
	return (worth & (KS_ANCHOR_HIT | KS_ANCHOR_KEYED)) != 0;
}

/* Length of the run of capitals and digits at p. */
static size_t run_at(const char *p, const char *end)
{
	const char *from = p;

	while (p < end && ((*p >= 'A' && *p <= 'Z') || (*p >= '0' && *p <= '9')))
		p++;
	return (size_t)(p - from);
}

bool ks_anchor_hands_out(struct ks_str text)
{
	const char *end = text.p + text.n, *first = NULL, *p = text.p;

	if (memmem(text.p, text.n, "\\u00", 4) != NULL)
		return true;
	while ((p = memmem(p, (size_t)(end - p), "IA", 2)) != NULL) {
		const char *id = p - 2;

		p += 2;
		if (p - text.p < 4 || id[0] != 'A' || (id[1] != 'K' && id[1] != 'S') ||
			run_at(id, end) < KS_KEYSET_ID)
			continue;
		if (first == NULL)
			first = id;
		else if (memcmp(first, id, KS_KEYSET_ID) != 0 && (first[1] == 'S' || id[1] == 'S'))
			return true;
	}
	return false;
}
