/* Bit masks of trail text with AVX2 and carry-less multiplication. Only for processors
 * that have both. */
#include "lib/trail/mask.h"

#if defined(__x86_64__)

#include "lib/trail/mask_step.h"

#include <immintrin.h>

#define VECTOR __attribute__((target("avx2,pclmul,popcnt"), always_inline)) static inline

VECTOR uint64_t equal(__m256i low, __m256i high, char c)
{
	__m256i wanted = _mm256_set1_epi8(c);

	return (uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(low, wanted)) |
		(uint64_t)(uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(high, wanted)) << 32;
}

/* The pairs, found on one half: only where both letters fit is a bit made. */
VECTOR __m256i pairs_of(__m256i v, __m256i next, unsigned pairs)
{
	__m256i found = _mm256_and_si256(_mm256_cmpeq_epi8(v, _mm256_set1_epi8('\\')),
		_mm256_cmpeq_epi8(next, _mm256_set1_epi8('u')));
	__m256i is_i = _mm256_cmpeq_epi8(next, _mm256_set1_epi8('I'));

	if (pairs & KS_MASK_KI)
		found = _mm256_or_si256(found, _mm256_and_si256(_mm256_cmpeq_epi8(v, _mm256_set1_epi8('K')), is_i));
	if (pairs & KS_MASK_SI)
		found = _mm256_or_si256(found, _mm256_and_si256(_mm256_cmpeq_epi8(v, _mm256_set1_epi8('S')), is_i));
	if (pairs & KS_MASK_DA)
		found = _mm256_or_si256(found, _mm256_and_si256(_mm256_cmpeq_epi8(v, _mm256_set1_epi8('D')),
			_mm256_cmpeq_epi8(next, _mm256_set1_epi8('A'))));
	if (pairs & KS_MASK_OA)
		found = _mm256_or_si256(found, _mm256_and_si256(_mm256_cmpeq_epi8(v, _mm256_set1_epi8('O')),
			_mm256_cmpeq_epi8(next, _mm256_set1_epi8('A'))));
	if (pairs & (KS_MASK_TN | KS_MASK_TS | KS_MASK_TT)) {
		__m256i second = _mm256_setzero_si256();

		if (pairs & KS_MASK_TN)
			second = _mm256_cmpeq_epi8(next, _mm256_set1_epi8('N'));
		if (pairs & KS_MASK_TS)
			second = _mm256_or_si256(second, _mm256_cmpeq_epi8(next, _mm256_set1_epi8('S')));
		if (pairs & KS_MASK_TT)
			second = _mm256_or_si256(second, _mm256_cmpeq_epi8(next, _mm256_set1_epi8('T')));
		found =
			_mm256_or_si256(found, _mm256_and_si256(_mm256_cmpeq_epi8(v, _mm256_set1_epi8('t')), second));
	}
	return found;
}

/* The work, once for each set of pairs that the caller below knows by constant. */
VECTOR uint64_t fill(const char *p, size_t blocks, unsigned pairs, struct ks_mask_state *state,
	struct ks_mask *out)
{
	const __m256i bit5 = _mm256_set1_epi8(0x20);
	struct ks_mask_state s = *state;
	uint64_t busy = 0;

	for (size_t i = 0; i < blocks; i++, p += KS_MASK_BLOCK) {
		__m256i low = _mm256_loadu_si256((const __m256i *)(const void *)p);
		__m256i high = _mm256_loadu_si256((const __m256i *)(const void *)(p + 32));
		__m256i low5 = _mm256_or_si256(low, bit5), high5 = _mm256_or_si256(high, bit5);
		uint64_t quote = equal(low, high, '"') & ~ks_mask_escaped(equal(low, high, '\\'), &s.escape);
		struct ks_mask mask;

		/* A prefix sum of the quotes modulo 2: ones from each opening quote to
		 * before its closing one. */
		mask.in_string = (uint64_t)_mm_cvtsi128_si64(
			_mm_clmulepi64_si128(_mm_set_epi64x(0, (int64_t)quote), _mm_set1_epi8(-1), 0));
		mask.open = equal(low5, high5, '{');
		mask.close = equal(low5, high5, '}');
		mask.newline = equal(low, high, '\n');
		mask.anchor = 0;
		if (pairs != 0) {
			__m256i a = pairs_of(low, _mm256_loadu_si256((const __m256i *)(const void *)(p + 1)), pairs);
			__m256i b = pairs_of(high, _mm256_loadu_si256((const __m256i *)(const void *)(p + 33)), pairs);

			mask.anchor =
				(uint32_t)_mm256_movemask_epi8(a) | (uint64_t)(uint32_t)_mm256_movemask_epi8(b) << 32;
		}
		busy |= ks_mask_finish(&out[i], mask, &s) << i;
	}
	*state = s;
	return busy;
}

__attribute__((target("avx2,pclmul,popcnt"))) uint64_t ks_mask_avx2_fill(const char *p, size_t blocks,
	unsigned pairs, struct ks_mask_state *state, struct ks_mask *out)
{
	switch (pairs) {
	case 0:
		return fill(p, blocks, 0, state, out);
	case KS_MASK_KI:
		return fill(p, blocks, KS_MASK_KI, state, out);
	case KS_MASK_KI | KS_MASK_TN | KS_MASK_TS:
		return fill(p, blocks, KS_MASK_KI | KS_MASK_TN | KS_MASK_TS, state, out);
	case KS_MASK_KI | KS_MASK_TN | KS_MASK_TS | KS_MASK_TT:
		return fill(p, blocks, KS_MASK_KI | KS_MASK_TN | KS_MASK_TS | KS_MASK_TT, state, out);
	case KS_MASK_KI | KS_MASK_DA:
		return fill(p, blocks, KS_MASK_KI | KS_MASK_DA, state, out);
	case KS_MASK_KI | KS_MASK_DA | KS_MASK_TN | KS_MASK_TS:
		return fill(p, blocks, KS_MASK_KI | KS_MASK_DA | KS_MASK_TN | KS_MASK_TS, state, out);
	case KS_MASK_KI | KS_MASK_OA | KS_MASK_TN | KS_MASK_TS:
		return fill(p, blocks, KS_MASK_KI | KS_MASK_OA | KS_MASK_TN | KS_MASK_TS, state, out);
	case KS_MASK_KI | KS_MASK_DA | KS_MASK_OA | KS_MASK_TN | KS_MASK_TS:
		return fill(p, blocks, KS_MASK_KI | KS_MASK_DA | KS_MASK_OA | KS_MASK_TN | KS_MASK_TS, state,
			out);
	default:
		return fill(p, blocks, pairs, state, out);
	}
}

#endif
