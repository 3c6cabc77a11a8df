/* Borrowed byte runs: comparing, finding, cutting, hashing. */
#include "lib/base/str.h"

#include <string.h>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

struct ks_str ks_str_of(const char *c)
{
	return (struct ks_str){ c, c != NULL ? strlen(c) : 0 };
}

struct ks_str ks_str_sub(struct ks_str s, size_t from, size_t n)
{
	if (from > s.n)
		from = s.n;
	if (n > s.n - from)
		n = s.n - from;
	return (struct ks_str){ s.p != NULL ? s.p + from : NULL, n };
}

bool ks_str_is(struct ks_str s, const char *c)
{
	/* Most are told apart by the first byte. */
	if (s.n == 0 || s.p[0] != c[0])
		return s.n == 0 && c[0] == '\0';
	return ks_str_is_equal(s, ks_str_of(c));
}

bool ks_str_is_equal(struct ks_str a, struct ks_str b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

bool ks_str_is_equal_nocase(struct ks_str a, struct ks_str b)
{
	if (a.n != b.n)
		return false;
	for (size_t i = 0; i < a.n; i++)
		if (ks_str_lower(a.p[i]) != ks_str_lower(b.p[i]))
			return false;
	return true;
}

int ks_str_compare(struct ks_str a, struct ks_str b)
{
	size_t n = a.n < b.n ? a.n : b.n;
	int order = n > 0 ? memcmp(a.p, b.p, n) : 0;

	if (order != 0)
		return order;
	return (a.n > b.n) - (a.n < b.n);
}

bool ks_str_has_prefix(struct ks_str s, struct ks_str prefix)
{
	return s.n >= prefix.n && ks_str_is_equal(ks_str_sub(s, 0, prefix.n), prefix);
}

bool ks_str_has_suffix(struct ks_str s, struct ks_str suffix)
{
	return s.n >= suffix.n && ks_str_is_equal(ks_str_sub(s, s.n - suffix.n, suffix.n), suffix);
}

/* Places where a text may be are told by the first and the last byte of it: sixteen places at a time where
 * every processor of the kind can do that. is_fold: the letters of either case are one. */
static bool may_stand(const char *p, struct ks_str needle, char first, char last, char fold)
{
	return (p[0] | fold) == first && (p[needle.n - 1] | fold) == last;
}

static bool is_there(const char *p, struct ks_str needle, bool is_fold)
{
	return is_fold ? ks_str_is_equal_nocase((struct ks_str){ p, needle.n }, needle) :
		memcmp(p, needle.p, needle.n) == 0;
}

static ptrdiff_t find(struct ks_str s, struct ks_str needle, bool is_fold)
{
	char fold = is_fold ? 0x20 : 0;
	char first = (char)(needle.p[0] | fold), last = (char)(needle.p[needle.n - 1] | fold);
	const char *p = s.p, *end = s.p + s.n - needle.n + 1;

#ifdef __SSE2__
	for (; end - p >= 16; p += 16) {
		__m128i here = _mm_loadu_si128((const __m128i *)(const void *)p);
		__m128i there = _mm_loadu_si128((const __m128i *)(const void *)(p + needle.n - 1));
		__m128i both = _mm_and_si128(
			_mm_cmpeq_epi8(_mm_or_si128(here, _mm_set1_epi8(fold)), _mm_set1_epi8(first)),
			_mm_cmpeq_epi8(_mm_or_si128(there, _mm_set1_epi8(fold)), _mm_set1_epi8(last)));

		for (unsigned bits = (unsigned)_mm_movemask_epi8(both); bits != 0; bits &= bits - 1) {
			const char *at = p + __builtin_ctz(bits);

			if (is_there(at, needle, is_fold))
				return at - s.p;
		}
	}
#endif
	for (; p < end; p++)
		if (may_stand(p, needle, first, last, fold) && is_there(p, needle, is_fold))
			return p - s.p;
	return -1;
}

ptrdiff_t ks_str_find(struct ks_str s, struct ks_str needle)
{
	if (needle.n == 0 || needle.n > s.n)
		return needle.n == 0 ? 0 : -1;
	return find(s, needle, false);
}

ptrdiff_t ks_str_find_nocase(struct ks_str s, struct ks_str needle)
{
	if (needle.n == 0 || needle.n > s.n)
		return needle.n == 0 ? 0 : -1;
	return find(s, needle, true);
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

struct ks_str ks_str_trim(struct ks_str s)
{
	while (s.n > 0 && is_blank(s.p[0]))
		s = ks_str_sub(s, 1, s.n);
	while (s.n > 0 && is_blank(s.p[s.n - 1]))
		s.n--;
	return s;
}

bool ks_str_next(struct ks_str *rest, char sep, struct ks_str *out)
{
	const char *cut;

	if (rest->p == NULL)
		return false;
	cut = rest->n > 0 ? memchr(rest->p, sep, rest->n) : NULL;
	if (cut == NULL) {
		*out = *rest;
		*rest = (struct ks_str){ NULL, 0 };
		return true;
	}
	*out = (struct ks_str){ rest->p, (size_t)(cut - rest->p) };
	*rest = (struct ks_str){ cut + 1, rest->n - out->n - 1 };
	return true;
}

bool ks_str_parse_int(struct ks_str s, int64_t *out)
{
	bool negative = s.n > 0 && s.p[0] == '-';
	uint64_t limit = negative ? (uint64_t)INT64_MAX + 1 : (uint64_t)INT64_MAX;
	uint64_t value = 0;

	if (s.n > 0 && (s.p[0] == '-' || s.p[0] == '+'))
		s = ks_str_sub(s, 1, s.n);
	if (s.n == 0)
		return false;
	for (size_t i = 0; i < s.n; i++) {
		unsigned digit = (unsigned char)s.p[i] - (unsigned)'0';

		if (digit > 9 || value > (limit - digit) / 10)
			return false;
		value = value * 10 + digit;
	}
	*out = negative ? (int64_t)(0 - value) : (int64_t)value;
	return true;
}

/* Spreads the last bytes over the whole word, so that the low bits can index a table. */
static uint64_t mixed(uint64_t h)
{
	h ^= h >> 32;
	h *= UINT64_C(0xd6e8feb86659fd93);
	return h ^ (h >> 32);
}

/* Eight bytes more. */
static uint64_t stirred(uint64_t h, const char *p)
{
	uint64_t word;

	memcpy(&word, p, sizeof(word));
	h = (h ^ word) * UINT64_C(0x9e3779b97f4a7c15);
	return h ^ (h >> 32);
}

/* Eight bytes at a time: byte by byte, each waits for the multiplication of the one before. In a long text
 * four such chains go side by side. */
uint64_t ks_str_hash(struct ks_str s)
{
	uint64_t h = UINT64_C(0xcbf29ce484222325) ^ s.n;

	if (s.n >= 64) {
		uint64_t h1 = h + 1, h2 = h + 2, h3 = h + 3;

		for (; s.n >= 32; s.p += 32, s.n -= 32) {
			h = stirred(h, s.p);
			h1 = stirred(h1, s.p + 8);
			h2 = stirred(h2, s.p + 16);
			h3 = stirred(h3, s.p + 24);
		}
		h = mixed(h ^ mixed(h1 ^ mixed(h2 ^ mixed(h3))));
	}
	for (; s.n >= 8; s.p += 8, s.n -= 8)
		h = stirred(h, s.p);
	for (size_t i = 0; i < s.n; i++)
		h = (h ^ (unsigned char)s.p[i]) * UINT64_C(0x100000001b3);
	return mixed(h);
}

uint64_t ks_str_hash_same(struct ks_str s)
{
	uint64_t h = UINT64_C(0xcbf29ce484222325);

	for (size_t i = 0; i < s.n; i++)
		h = (h ^ (unsigned char)s.p[i]) * UINT64_C(0x100000001b3);
	return mixed(h);
}

uint64_t ks_str_hash_nocase(struct ks_str s)
{
	uint64_t h = UINT64_C(0xcbf29ce484222325);

	for (size_t i = 0; i < s.n; i++)
		h = (h ^ (unsigned char)ks_str_lower(s.p[i])) * UINT64_C(0x100000001b3);
	return mixed(h);
}
