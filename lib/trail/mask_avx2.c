/* Bit masks of trail text with AVX2 and carry-less multiplication. Only for processors that have both. */
#include "lib/trail/mask.h"

#if defined(__x86_64__)

#include "lib/trail/mask_step.h"

#include <immintrin.h>

#define TARGET "avx2,pclmul,popcnt,bmi,bmi2"
#define VECTOR __attribute__((target(TARGET), always_inline)) static inline

struct block {
	__m256i here[2], next[2];
};

struct tables {
	__m256i first_low, first_high, second_low, second_high;
};

VECTOR __m256i load_at(const void *p)
{
	return _mm256_loadu_si256((const __m256i *)p);
}

VECTOR struct block load(const char *p)
{
	return (struct block){ { load_at(p), load_at(p + 32) }, { load_at(p + 1), load_at(p + 33) } };
}

VECTOR uint64_t bits_of(__m256i low, __m256i high)
{
	return (uint32_t)_mm256_movemask_epi8(low) | (uint64_t)(uint32_t)_mm256_movemask_epi8(high) << 32;
}

/* Where c stands. */
VECTOR uint64_t equal(struct block block, char c)
{
	__m256i wanted = _mm256_set1_epi8(c);

	return bits_of(_mm256_cmpeq_epi8(block.here[0], wanted), _mm256_cmpeq_epi8(block.here[1], wanted));
}

/* Likewise, whatever bit 5 of the text is. */
VECTOR uint64_t equal5(struct block block, char c)
{
	const __m256i bit5 = _mm256_set1_epi8(0x20);

	block.here[0] = _mm256_or_si256(block.here[0], bit5);
	block.here[1] = _mm256_or_si256(block.here[1], bit5);
	return equal(block, c);
}

/* A prefix sum modulo 2: ones from each opening quote to before its closing one. */
VECTOR uint64_t prefix(uint64_t bits)
{
	return (uint64_t)_mm_cvtsi128_si64(
		_mm_clmulepi64_si128(_mm_set_epi64x(0, (int64_t)bits), _mm_set1_epi8(-1), 0));
}

VECTOR __m256i load_table(const uint8_t *table)
{
	return _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *)(const void *)table));
}

VECTOR struct tables load_tables(const struct ks_mask_pairs *pairs)
{
	return (struct tables){ load_table(pairs->first_low), load_table(pairs->first_high),
		load_table(pairs->second_low), load_table(pairs->second_high) };
}

/* The kinds that both halves of each byte are of. */
VECTOR __m256i kinds_of(__m256i v, __m256i low, __m256i high)
{
	__m256i upper = _mm256_and_si256(_mm256_srli_epi16(v, 4), _mm256_set1_epi8(7));

	/* With bit 7 there is nothing in the first table. */
	return _mm256_and_si256(_mm256_shuffle_epi8(low, _mm256_and_si256(v, _mm256_set1_epi8((char)0x8F))),
		_mm256_shuffle_epi8(high, upper));
}

/* Zero where no pair can be. */
VECTOR __m256i fit_half(__m256i here, __m256i next, const struct tables *tables)
{
	return _mm256_and_si256(kinds_of(here, tables->first_low, tables->first_high),
		kinds_of(next, tables->second_low, tables->second_high));
}

/* Two letters that share their halves with those asked for are told from them one by one. */
VECTOR uint64_t fit(struct block block, const struct tables *tables, const struct ks_mask_pairs *pairs,
	const char *p)
{
	const __m256i zero = _mm256_setzero_si256();
	uint64_t found = ~bits_of(_mm256_cmpeq_epi8(fit_half(block.here[0], block.next[0], tables), zero),
		_mm256_cmpeq_epi8(fit_half(block.here[1], block.next[1], tables), zero));

	for (uint64_t left = found; left != 0; left &= left - 1) {
		const char *at = p + __builtin_ctzll(left);

		if (!ks_mask_pairs_fit(pairs, at[0], at[1]))
			found &= ~(left & -left);
	}
	return found;
}

__attribute__((target(TARGET))) uint64_t ks_mask_avx2_fill(const char *p, size_t blocks,
	const struct ks_mask_pairs *pairs, struct ks_mask_state *state, struct ks_mask *out)
{
	struct tables tables = load_tables(pairs);
	struct ks_mask_state s = *state;
	uint64_t busy = 0, anchored = 0;

	for (size_t i = 0; i < blocks; i++, p += KS_MASK_BLOCK) {
		struct block block = load(p);
		uint64_t escaped = ks_mask_escaped(equal(block, '\\'), &s.escape);
		struct ks_mask_look look = { .quote = equal(block, '"') & ~escaped,
			.open = equal5(block, '{'),
			.close = equal5(block, '}'),
			.anchor = fit(block, &tables, pairs, p) };

		/* No branch: it would be guessed wrong once a record. */
		busy |= ks_mask_finish(out, i, &look, prefix(look.quote), &s) << i;
		anchored |= (uint64_t)(look.anchor != 0) << i;
	}
	s.anchored = anchored;
	*state = s;
	return busy;
}

#endif
