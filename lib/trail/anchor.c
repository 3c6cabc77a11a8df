/* Anchors: the letters around a pair decide whether a record is read exactly. */
#include "lib/trail/anchor.h"

#include "lib/trail/mask.h"

#include <string.h>

unsigned ks_anchor_pairs(const struct ks_anchors *anchors)
{
	unsigned pairs = 0;

	if (anchors->every && !anchors->tells_keys)
		return 0;
	if (anchors->keys != NULL && anchors->keys->has_akia)
		pairs |= KS_MASK_KI;
	if (anchors->keys != NULL && anchors->keys->has_asia)
		pairs |= KS_MASK_SI;
	if (anchors->name.is_wanted != NULL && !anchors->every)
		pairs |= KS_MASK_TN;
	if (anchors->source.is_wanted != NULL && !anchors->every)
		pairs |= KS_MASK_TS;
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

static bool is_wanted(const struct ks_anchor_field *field, struct ks_anchor_entry *entries,
	struct ks_str value)
{
	struct ks_anchor_entry *entry = &entries[place_of(value)];
	bool answer;

	if (value.n > sizeof(entry->text))
		return field->is_wanted(field->arg, value);
	if (entry->answer != 0 && entry->n == value.n && memcmp(entry->text, value.p, value.n) == 0)
		return entry->answer == 2;
	answer = field->is_wanted(field->arg, value);
	memcpy(entry->text, value.p, value.n);
	entry->n = (uint8_t)value.n;
	entry->answer = answer ? 2 : 1;
	return answer;
}

/* p is behind the letters of a field's name. Not a member's name: no. A value that is not plainly a
 * short string, with as many backslashes before either quote: yes, to be safe. */
static bool test_value(const struct ks_anchor_field *field, struct ks_anchor_entry *entries, const char *p,
	const char *end)
{
	const char *opening, *value, *closing;

	p = skip_quote(p, end);
	if (p == NULL)
		return false;
	p = skip_blanks(p, end);
	if (p == end || *p == '\\')
		return true;
	if (*p != ':')
		return false;
	opening = skip_blanks(p + 1, end);
	value = skip_quote(opening, end);
	if (value == NULL)
		return true;
	for (p = value; p < end && *p != '"' && *p != '\\'; p++)
		;
	closing = skip_quote(p, end);
	if (closing == NULL || closing - p != value - opening)
		return true;
	return is_wanted(field, entries, (struct ks_str){ value, (size_t)(p - value) });
}

bool ks_anchor_test(const struct ks_anchors *anchors, struct ks_anchor_cache *cache, const char *from,
	const char *p)
{
	const char *end = p + KS_ANCHOR_LOOKAHEAD;

	if (*p == '\\')
		return p[2] == '0' && p[3] == '0';
	if (*p == 'K' || *p == 'S')
		return p > from && p[-1] == 'A' && p[2] == 'A' && ks_keyset_has(anchors->keys, p - 1);
	if (p - from < 4 || memcmp(p - 4, "even", 4) != 0)
		return false;
	if (memcmp(p + 1, "Name", 4) == 0)
		return anchors->name.is_wanted != NULL && test_value(&anchors->name, cache->entries[0], p + 5, end);
	if (memcmp(p + 1, "Source", 6) == 0)
		return anchors->source.is_wanted != NULL &&
			test_value(&anchors->source, cache->entries[1], p + 7, end);
	return false;
}
