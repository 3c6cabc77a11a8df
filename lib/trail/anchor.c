/* Anchors: the letters around a pair decide whether a record is read exactly. */
#include "lib/trail/anchor.h"

#include "lib/base/time.h"
#include "lib/trail/mask.h"

#include <string.h>

static bool asks_name(const struct ks_anchors *anchors)
{
	return anchors->name.is_wanted != NULL || anchors->keyed_name.is_wanted != NULL ||
		anchors->handing.is_wanted != NULL;
}

static bool asks_source(const struct ks_anchors *anchors)
{
	return anchors->source.is_wanted != NULL || anchors->keyed_source.is_wanted != NULL ||
		anchors->learned.is_wanted != NULL;
}

unsigned ks_anchor_pairs(const struct ks_anchors *anchors)
{
	unsigned pairs = 0;

	if (anchors->every && !anchors->tells_keys)
		return 0;
	if (anchors->keys != NULL && anchors->keys->has_akia)
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
		pairs |= KS_MASK_TT;
	return pairs;
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
	const struct ks_anchor_field *field, *keyed, *handing, *learned;
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
	for (p = value; p < end && *p != '"' && *p != '\\'; p++)
		;
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

/* "2026-11-21T10:15:00Z" and nothing else: written like this, times are in the order of their letters. */
static bool is_plain_time(struct ks_str value)
{
	static const char form[] = "0000-00-00T00:00:00Z";
	bool is_plain = value.n == sizeof(form) - 1;

	for (size_t i = 0; is_plain && i < sizeof(form) - 1; i++)
		is_plain = form[i] == '0' ? value.p[i] >= '0' && value.p[i] <= '9' : value.p[i] == form[i];
	return is_plain;
}

/* Likewise for eventTime: whether it may be one that is not known. */
static unsigned test_time(const struct ks_anchor_times *times, const char *p, const char *end)
{
	struct ks_str value = { NULL, 0 };
	enum member member = find_value(p, end, &value);
	bool is_known = member == NO_MEMBER || (member == PLAIN_MEMBER && is_plain_time(value) &&
		memcmp(value.p, times->first, sizeof(times->first)) >= 0 &&
		memcmp(value.p, times->last, sizeof(times->last)) <= 0);

	return is_known ? KS_ANCHOR_NOTHING : KS_ANCHOR_ASIDE;
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

static unsigned either(bool is_hit)
{
	return is_hit ? KS_ANCHOR_HIT : KS_ANCHOR_NOTHING;
}

unsigned ks_anchor_test(const struct ks_anchors *anchors, struct ks_anchor_cache *cache, const char *from,
	const char *p)
{
	const char *end = p + KS_ANCHOR_LOOKAHEAD;
	const struct question name = { &anchors->name, &anchors->keyed_name, &anchors->handing, NULL,
		cache->entries[0] };
	const struct question source = { &anchors->source, &anchors->keyed_source, NULL, &anchors->learned,
		cache->entries[1] };

	if (*p == '\\')
		return either(p[2] == '0' && p[3] == '0');
	if (*p == 'K' || *p == 'S')
		return either(p > from && p[-1] == 'A' && p[2] == 'A' && ks_keyset_has(anchors->keys, p - 1));
	if (*p == 'D')
		return either(p > from + 1 && p[-2] == 'A' && p[-1] == 'I' && ks_keyset_has(anchors->keys, p - 2));
	if (*p == 'O')
		return either(p > from + 1 && p[-2] == 'A' && p[-1] == 'R' && ks_keyset_has(anchors->keys, p - 2));
	if (p - from < 4 || memcmp(p - 4, "even", 4) != 0)
		return KS_ANCHOR_NOTHING;
	if (memcmp(p + 1, "Name", 4) == 0 && asks_name(anchors))
		return test_value(&name, p + 5, end);
	if (memcmp(p + 1, "Source", 6) == 0 && asks_source(anchors))
		return test_value(&source, p + 7, end);
	if (memcmp(p + 1, "Time", 4) == 0 && anchors->times != NULL)
		return test_time(anchors->times, p + 5, end);
	return KS_ANCHOR_NOTHING;
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

bool ks_anchor_has_long_term(struct ks_str text)
{
	const char *p = text.p;

	if (memmem(p, text.n, "AKIA", 4) != NULL || memmem(p, text.n, "\\u00", 4) != NULL)
		return true;
	for (size_t i = 0; i + 4 <= text.n; i++)
		if ((p[i + 1] | 0x20) == 'k' && (p[i + 3] | 0x20) == 'a' &&
			ks_str_is_equal_nocase(ks_str_sub(text, i, 4), KS_STR("akia")))
			return true;
	return false;
}
