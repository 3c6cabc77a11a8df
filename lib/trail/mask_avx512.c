/*
 * Bit masks of trail text with AVX-512, in two steps. The first compares, a block of text in one register,
 * and leaves each comparison's mask in memory as it is. The second takes the masks of eight blocks in one
 * register and does to all of them at once what is left: strings, brackets in them, depth. What is seldom is
 * looked for in eight blocks at once, and block by block only where they have it.
 */
#include "lib/trail/mask.h"

#if defined(__x86_64__)

#include "lib/trail/mask_step.h"

#include <immintrin.h>
#include <stdbool.h>

#define TARGET "avx512f,avx512bw,avx512dq,avx512vbmi,avx512vpopcntdq,vpclmulqdq,pclmul,popcnt,bmi,bmi2"
#define VECTOR __attribute__((target(TARGET), always_inline)) static inline
#define GROUP 8u /* masks in a register */

/* What the first step leaves besides what stands in out. */
struct seen {
	_Alignas(64) uint64_t quote[KS_MASK_BLOCKS];
};

/* What is told of the blocks of a group together: the least of their bytes, and of what is zero at
 * backslashes and at the one pair. */
struct least {
	__m512i byte, seldom;
};

VECTOR __m512i all(char c)
{
	return _mm512_set1_epi8(c);
}

VECTOR __m512i masks_at(const uint64_t *masks)
{
	return _mm512_load_si512(masks);
}

/* Where a stands in one register and b in the other. */
VECTOR __mmask64 equal_both(__m512i here, char a, __m512i next, char b)
{
	return _mm512_mask_cmpeq_epi8_mask(_mm512_cmpeq_epi8_mask(here, all(a)), next, all(b));
}

/* What is asked for: the kinds of letters, by halves of them, and the one pair. */
struct tables {
	__m512i first[2], second[2], only[2];
};

VECTOR struct tables load_tables(const struct ks_mask_pairs *pairs)
{
	return (struct tables){ { _mm512_loadu_si512(pairs->first), _mm512_loadu_si512(pairs->first + 64) },
		{ _mm512_loadu_si512(pairs->second), _mm512_loadu_si512(pairs->second + 64) },
		{ all(pairs->only[0]), all(pairs->only[1]) } };
}

/* The pairs in a block. Letters that have bit 6 set are looked up by the lowest six, in one instruction in
 * place of three. Bytes with bit 7 are none. */
VECTOR uint64_t fit(__m512i here, __m512i next, const struct tables *tables, enum ks_mask_asked asked)
{
	__m512i letters = asked == KS_MASK_LETTERS ? _mm512_and_si512(here, next) : next, first, second;
	__mmask64 can;

	if (asked == KS_MASK_LETTERS)
		first = _mm512_permutexvar_epi8(here, tables->first[1]);
	else
		first = _mm512_permutex2var_epi8(tables->first[0], here, tables->first[1]);
	if (asked == KS_MASK_ANY) {
		second = _mm512_permutex2var_epi8(tables->second[0], next, tables->second[1]);
		can = ~_mm512_movepi8_mask(_mm512_or_si512(here, next));
	} else {
		second = _mm512_permutexvar_epi8(next, tables->second[1]);
		/* Bit 6 becomes bit 7, which makes a mask. The last argument says a & ~b & ~c. */
		can = _mm512_movepi8_mask(
			_mm512_ternarylogic_epi64(_mm512_add_epi8(letters, letters), here, next, 0x10));
	}
	return _mm512_mask_test_epi8_mask(can, first, second);
}

/* The first step for block i. */
VECTOR void look(const char *p, size_t i, const struct tables *tables, enum ks_mask_asked asked,
	struct least *least, struct seen *seen, struct ks_mask *out)
{
	__m512i here = _mm512_loadu_si512(p + i * KS_MASK_BLOCK);
	__m512i next = _mm512_loadu_si512(p + i * KS_MASK_BLOCK + 1);
	__m512i lower = _mm512_or_si512(here, all(0x20));

	seen->quote[i] = _mm512_cmpeq_epi8_mask(here, all('"'));
	out->open[i] = _mm512_cmpeq_epi8_mask(lower, all('{'));
	out->close[i] = _mm512_cmpeq_epi8_mask(lower, all('}'));
	least->seldom = _mm512_min_epu8(least->seldom, _mm512_xor_si512(here, all('\\')));
	if (asked != KS_MASK_ANY)
		least->byte = _mm512_min_epu8(least->byte, here);
	if (asked == KS_MASK_ONE)
		/* The last argument says a | (b ^ c). */
		least->seldom = _mm512_min_epu8(least->seldom, _mm512_ternarylogic_epi64(
			_mm512_xor_si512(here, tables->only[0]), next, tables->only[1], 0xF6));
	if (asked >= KS_MASK_LETTERS)
		out->anchor[i] = fit(here, next, tables, asked);
}

/* The first step for a group: 1 when it may have something that is looked for seldom. */
VECTOR uint64_t look_group(const char *p, size_t from, size_t to, const struct tables *tables,
	enum ks_mask_asked asked, struct seen *seen, struct ks_mask *out)
{
	const __m512i zero = _mm512_setzero_si512();
	struct least least = { all(-1), all(-1) };
	__mmask64 control;

	if (asked < KS_MASK_LETTERS || to - from < GROUP)
		_mm512_store_si512(out->anchor + from, zero);
	if (to - from == GROUP) {
#pragma GCC unroll 8
		for (size_t i = 0; i < GROUP; i++)
			look(p, from + i, tables, asked, &least, seen, out);
	} else {
		_mm512_store_si512(seen->quote + from, zero);
		_mm512_store_si512(out->open + from, zero);
		_mm512_store_si512(out->close + from, zero);
		for (size_t i = from; i < to; i++)
			look(p, i, tables, asked, &least, seen, out);
	}
	control = _mm512_cmplt_epu8_mask(least.byte, all(0x20));
	return _kortestz_mask64_u8(control, _mm512_testn_epi8_mask(least.seldom, least.seldom)) == 0;
}

/* What is looked for seldom in a group: the one pair and a newline before a brace are anchors, and so are
 * the slash and the u behind a backslash. Quotes that are escaped are none. */
__attribute__((target(TARGET), noinline)) static void find_seldom(const char *p, size_t from, size_t to,
	const struct ks_mask_pairs *pairs, uint64_t *escape, struct seen *seen, struct ks_mask *out)
{
	for (size_t i = from; i < to; i++) {
		__m512i here = _mm512_loadu_si512(p + i * KS_MASK_BLOCK);
		__m512i next = _mm512_loadu_si512(p + i * KS_MASK_BLOCK + 1);
		__mmask64 found = equal_both(here, '\n', next, '{');
		uint64_t backslash = _mm512_cmpeq_epi8_mask(here, all('\\'));

		if (pairs->asked == KS_MASK_ONE)
			found = _kor_mask64(found, equal_both(here, pairs->only[0], next, pairs->only[1]));
		out->anchor[i] |= found;
		if ((backslash | *escape) == 0)
			continue;
		out->anchor[i] |= backslash &
			(_mm512_cmpeq_epi8_mask(next, all('u')) | _mm512_cmpeq_epi8_mask(next, all('/')));
		seen->quote[i] &= ~ks_mask_escaped(backslash, escape);
	}
}

/* Prefix sums modulo 2: ones from each quote to before the next one, as if each block began outside a
 * string. */
VECTOR __m512i prefix(__m512i quotes)
{
	const __m128i ones = _mm_set1_epi8(-1);

	return _mm512_unpacklo_epi64(_mm512_clmulepi64_epi128(quotes, _mm512_broadcast_i32x4(ones), 0x00),
		_mm512_clmulepi64_epi128(quotes, _mm512_broadcast_i32x4(ones), 0x01));
}

/* Which blocks of a group begin in a string, given those with an odd number of quotes. in_string is moved
 * on. */
VECTOR __mmask8 begin_in_string(unsigned odd, uint64_t *in_string)
{
	unsigned sum = odd ^ odd << 1;

	sum ^= sum << 2;
	sum ^= sum << 4;
	odd = sum << 1 ^ (unsigned)*in_string;
	*in_string ^= -(uint64_t)(sum >> (GROUP - 1) & 1);
	return (__mmask8)odd;
}

/* The second step for a group: which blocks are busy. depth, which is that before it in each part, is moved
 * on. */
VECTOR unsigned finish_group(size_t from, const struct seen *seen, struct ks_mask_state *state,
	__m512i *depth, struct ks_mask *out)
{
	const __m512i zero = _mm512_setzero_si512();
	__m512i in_string = prefix(masks_at(seen->quote + from)), open, close, closes, change, sum, before;

	in_string = _mm512_xor_si512(in_string, _mm512_movm_epi64(
		begin_in_string(_mm512_movepi64_mask(in_string), &state->in_string)));
	open = _mm512_andnot_si512(in_string, masks_at(out->open + from));
	close = _mm512_andnot_si512(in_string, masks_at(out->close + from));
	_mm512_store_si512(out->in_string + from, in_string);
	_mm512_store_si512(out->open + from, open);
	_mm512_store_si512(out->close + from, close);
	closes = _mm512_popcnt_epi64(close);
	change = _mm512_sub_epi64(_mm512_popcnt_epi64(open), closes);
	/* Sums of all blocks up to each. */
	sum = _mm512_add_epi64(change, _mm512_alignr_epi64(change, zero, 7));
	sum = _mm512_add_epi64(sum, _mm512_alignr_epi64(sum, zero, 6));
	sum = _mm512_add_epi64(sum, _mm512_alignr_epi64(sum, zero, 4));
	before = _mm512_add_epi64(*depth, _mm512_sub_epi64(sum, change));
	_mm512_store_si512(out->depth + from, before);
	*depth = _mm512_add_epi64(*depth, _mm512_permutexvar_epi64(_mm512_set1_epi64(7), sum));
	return _mm512_cmple_epi64_mask(_mm512_sub_epi64(before, closes), _mm512_set1_epi64(state->floor));
}

VECTOR uint64_t fill(const char *p, size_t blocks, const struct ks_mask_pairs *pairs,
	enum ks_mask_asked asked, struct ks_mask_state *state, struct ks_mask *out)
{
	const struct tables tables = load_tables(pairs);
	struct ks_mask_state s = *state;
	__m512i depth = _mm512_set1_epi64(s.depth);
	uint64_t busy = 0, seldom = 0;
	struct seen seen;

	if (blocks == 0)
		return 0;
	s.anchored = 0;
	for (size_t from = 0; from < blocks; from += GROUP) {
		size_t to = from + GROUP < blocks ? from + GROUP : blocks;

		seldom |= look_group(p, from, to, &tables, asked, &seen, out) << from;
	}
	for (size_t from = 0; from < blocks; from += GROUP) {
		size_t to = from + GROUP < blocks ? from + GROUP : blocks;
		bool is_seldom = (s.escape | (seldom >> from & 1)) != 0;
		__m512i anchor;

		if (is_seldom)
			find_seldom(p, from, to, pairs, &s.escape, &seen, out);
		if (is_seldom || asked >= KS_MASK_LETTERS) {
			anchor = masks_at(out->anchor + from);
			s.anchored |= (uint64_t)_mm512_test_epi64_mask(anchor, anchor) << from;
		}
		busy |= (uint64_t)finish_group(from, &seen, &s, &depth, out) << from;
	}
	s.depth = _mm_cvtsi128_si64(_mm512_castsi512_si128(depth));
	*state = s;
	return busy & UINT64_MAX >> (KS_MASK_BLOCKS - blocks);
}

__attribute__((target(TARGET))) uint64_t ks_mask_avx512_fill(const char *p, size_t blocks,
	const struct ks_mask_pairs *pairs, struct ks_mask_state *state, struct ks_mask *out)
{
	switch (pairs->asked) {
	case KS_MASK_NONE:
		return fill(p, blocks, pairs, KS_MASK_NONE, state, out);
	case KS_MASK_ONE:
		return fill(p, blocks, pairs, KS_MASK_ONE, state, out);
	case KS_MASK_LETTERS:
		return fill(p, blocks, pairs, KS_MASK_LETTERS, state, out);
	case KS_MASK_SECOND:
		return fill(p, blocks, pairs, KS_MASK_SECOND, state, out);
	case KS_MASK_ANY:
		break;
	}
	return fill(p, blocks, pairs, KS_MASK_ANY, state, out);
}

#endif
