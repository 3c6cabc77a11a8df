/* Borrowed byte runs: comparing, finding, cutting, hashing. */
#include "lib/base/str.h"

#include <string.h>

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

ptrdiff_t ks_str_find(struct ks_str s, struct ks_str needle)
{
	if (needle.n == 0)
		return 0;
	for (size_t from = 0; from + needle.n <= s.n; from++) {
		const char *hit = memchr(s.p + from, needle.p[0], s.n - needle.n - from + 1);

		if (hit == NULL)
			return -1;
		from = (size_t)(hit - s.p);
		if (memcmp(hit, needle.p, needle.n) == 0)
			return (ptrdiff_t)from;
	}
	return -1;
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

uint64_t ks_str_hash(struct ks_str s)
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
