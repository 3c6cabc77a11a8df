/* Bit masks of trail text with AVX-512: a block is one register, and each comparison gives
 * its mask at once. */
#include "lib/trail/mask.h"

#if defined(__x86_64__)

#include "lib/trail/mask_step.h"

#include <immintrin.h>
#include <stdbool.h>

#define TARGET "avx512f,avx512bw,pclmul,popcnt"
#define VECTOR __attribute__((target(TARGET), always_inline)) static inline

VECTOR uint64_t equal(__m512i v, char c)
{
	return _mm512_cmpeq_epi8_mask(v, _mm512_set1_epi8(c));
}

/* Where a pair begins, given where its letters stand; last is the bit of the second one
 * behind the block. */
static inline uint64_t pair(uint64_t first, uint64_t second, bool last)
{
	return first & (second >> 1 | (uint64_t)last << 63);
}

VECTOR uint64_t pairs_of(__m512i v, char behind, uint64_t backslash, unsigned pairs)
{
	uint64_t found = 0;

	if (backslash != 0)
		found = pair(backslash, equal(v, 'u'), behind == 'u');
	if (pairs & (KS_MASK_KI | KS_MASK_SI)) {
		uint64_t first = (pairs & KS_MASK_KI ? equal(v, 'K') : 0) | (pairs & KS_MASK_SI ? equal(v, 'S') : 0);

		found |= pair(first, equal(v, 'I'), behind == 'I');
	}
	if (pairs & KS_MASK_DA)
		found |= pair(equal(v, 'D'), equal(v, 'A'), behind == 'A');
	if (pairs & KS_MASK_OA)
		found |= pair(equal(v, 'O'), equal(v, 'A'), behind == 'A');
	if (pairs & (KS_MASK_TN | KS_MASK_TS | KS_MASK_TT)) {
		uint64_t t = equal(v, 't');

		if (pairs & KS_MASK_TN)
			found |= pair(t, equal(v, 'N'), behind == 'N');
		if (pairs & KS_MASK_TS)
			found |= pair(t, equal(v, 'S'), behind == 'S');
		if (pairs & KS_MASK_TT)
			found |= pair(t, equal(v, 'T'), behind == 'T');
	}
	return found;
}

/* The work, once for each set of pairs that the caller below knows by constant. */
VECTOR uint64_t fill(const char *p, size_t blocks, unsigned pairs, struct ks_mask_state *state,
	struct ks_mask *out)
{
	const __m512i bit5 = _mm512_set1_epi8(0x20);
	struct ks_mask_state s = *state;
	uint64_t busy = 0;

	for (size_t i = 0; i < blocks; i++, p += KS_MASK_BLOCK) {
		__m512i v = _mm512_loadu_si512(p), v5 = _mm512_or_si512(v, bit5);
		uint64_t backslash = equal(v, '\\'), quote = equal(v, '"') & ~ks_mask_escaped(backslash, &s.escape);
		struct ks_mask mask;

		/* A prefix sum of the quotes modulo 2: ones from each opening quote to
		 * before its closing one. */
		mask.in_string = (uint64_t)_mm_cvtsi128_si64(
			_mm_clmulepi64_si128(_mm_cvtsi64_si128((int64_t)quote), _mm_set1_epi8(-1), 0));
		mask.open = equal(v5, '{');
		mask.close = equal(v5, '}');
		mask.newline = equal(v, '\n');
		mask.anchor = pairs != 0 ? pairs_of(v, p[KS_MASK_BLOCK], backslash, pairs) : 0;
		busy |= ks_mask_finish(&out[i], mask, &s) << i;
	}
	*state = s;
	return busy;
}

__attribute__((target(TARGET))) uint64_t ks_mask_avx512_fill(const char *p, size_t blocks, unsigned pairs,
	struct ks_mask_state *state, struct ks_mask *out)
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
