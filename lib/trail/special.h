/*
 * Where a JSON string may end: at a quote, or at a backslash that may hide one.
 */
#ifndef KS_TRAIL_SPECIAL_H
#define KS_TRAIL_SPECIAL_H

#include <stdint.h>
#include <string.h>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

/* The first quote or backslash from p on, or end. Sixteen bytes at a time where every processor of the
 * kind can do that, then eight: a byte of x is zero where the byte looked for stands, and taking one from
 * each byte then borrows its highest bit. */
static inline const char *ks_special_find(const char *p, const char *end)
{
	const uint64_t ones = UINT64_C(0x0101010101010101), highs = ones << 7;

#ifdef __SSE2__
	for (; end - p >= 16; p += 16) {
		__m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)p);
		int found = _mm_movemask_epi8(_mm_or_si128(_mm_cmpeq_epi8(bytes, _mm_set1_epi8('"')),
			_mm_cmpeq_epi8(bytes, _mm_set1_epi8('\\'))));

		if (found != 0)
			return p + __builtin_ctz((unsigned)found);
	}
#endif
	for (; end - p >= 8; p += 8) {
		uint64_t word, quote, backslash;

		memcpy(&word, p, sizeof(word));
		quote = word ^ ones * '"';
		backslash = word ^ ones * '\\';
		word = (((quote - ones) & ~quote) | ((backslash - ones) & ~backslash)) & highs;
		if (word == 0)
			continue;
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
		/* Only bytes behind a zero can be marked wrongly, so the first mark is right. */
		return p + __builtin_ctzll(word) / 8;
#else
		break;
#endif
	}
	while (p < end && *p != '"' && *p != '\\')
		p++;
	return p;
}

#endif
