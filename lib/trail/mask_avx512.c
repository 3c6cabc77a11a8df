/*
 * Bit masks of trail text with AVX-512. First where letters stand that matter: with many pairs asked for, a
 * block of text in a register is compared; with none or one, groups of eight blocks are turned around, so
 * that a register holds one bit of all their bytes, and a letter is a few ands for 512 bytes at once. Then
 * what is seldom, in the blocks that may have it. Then strings, brackets in them and depth, a group at once.
 */
#include "lib/trail/mask.h"

#if defined(__x86_64__)

#include "lib/trail/mask_step.h"

#include <immintrin.h>
#include <stdbool.h>
#include <string.h>

#define TARGET \
	"avx512f,avx512bw,avx512dq,avx512vbmi,avx512vbmi2,avx512vpopcntdq,gfni,vpclmulqdq,pclmul,popcnt,bmi,bmi2"
#define VECTOR __attribute__((target(TARGET), always_inline)) static inline
#define GROUP 8u /* masks in a register */

/* What the first step leaves besides what stands in out. */
struct seen {
	_Alignas(64) uint64_t quote[KS_MASK_BLOCKS];
};

/* What is told of the blocks of a group together: the least of their bytes, and of what is zero at
 * backslashes. */
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

/* The kinds of the letters that are asked for, by halves of them. */
struct tables {
	__m512i first[2], second[2];
};

VECTOR struct tables load_tables(const struct ks_mask_pairs *pairs)
{
	return (struct tables){ { _mm512_loadu_si512(pairs->first), _mm512_loadu_si512(pairs->first + 64) },
		{ _mm512_loadu_si512(pairs->second), _mm512_loadu_si512(pairs->second + 64) } };
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

/* The first step for block i, which is at p. */
VECTOR void look(const char *p, size_t i, const struct tables *tables, enum ks_mask_asked asked,
	struct least *least, struct seen *seen, struct ks_mask *out)
{
	__m512i here = _mm512_loadu_si512(p);
	__m512i next = _mm512_loadu_si512(p + 1);
	__m512i lower = _mm512_or_si512(here, all(0x20));

	seen->quote[i] = _mm512_cmpeq_epi8_mask(here, all('"'));
	out->open[i] = _mm512_cmpeq_epi8_mask(lower, all('{'));
	out->close[i] = _mm512_cmpeq_epi8_mask(lower, all('}'));
	least->seldom = _mm512_min_epu8(least->seldom, _mm512_xor_si512(here, all('\\')));
	if (asked != KS_MASK_ANY)
		least->byte = _mm512_min_epu8(least->byte, here);
	out->anchor[i] = fit(here, next, tables, asked);
}

/* The first step for a group, with many pairs: which blocks may have something that is looked for seldom. */
VECTOR uint64_t look_group(const char *p, size_t from, const struct tables *tables, enum ks_mask_asked asked,
	struct seen *seen, struct ks_mask *out)
{
	struct least least = { all(-1), all(-1) };
	__mmask64 control;

#pragma GCC unroll 8
	for (size_t i = 0; i < GROUP; i++)
		look(p + i * KS_MASK_BLOCK, from + i, tables, asked, &least, seen, out);
	control = _mm512_cmplt_epu8_mask(least.byte, all(0x20));
	if (_kortestz_mask64_u8(control, _mm512_testn_epi8_mask(least.seldom, least.seldom)))
		return 0;
	return UINT8_MAX;
}

/* Bits of the bytes of a group: each register has one of them, of a block in each part; of eight bytes the
 * last one first. */
struct planes {
	__m512i bit[8];
};

#define MIRROR _mm512_set1_epi64((long long)0x8040201008040201)

/* Of each eight bytes of a block, bit 0 of all of them, bit 1, and so on; the last byte's comes first. */
VECTOR __m512i turn_block(const char *p)
{
	return _mm512_gf2p8affine_epi64_epi8(MIRROR, _mm512_loadu_si512(p), 0);
}

/* Four bits from one on of the bytes of two blocks: side by side, a bit in each fourth of the register. */
VECTOR __m512i gather(__m512i a, __m512i b, unsigned bit)
{
	const __m512i low = _mm512_set_epi64(0x7B736B635B534B43, 0x3B332B231B130B03, 0x7A726A625A524A42,
		0x3A322A221A120A02, 0x7971696159514941, 0x3931292119110901, 0x7870686058504840, 0x3830282018100800);

	return _mm512_permutex2var_epi8(a, _mm512_or_si512(low, all((char)bit)), b);
}

VECTOR struct planes turn_group(const char *p)
{
	enum { EVEN = 0x88, ODD = 0xDD }; /* fourths of two registers */
	struct planes out;
	__m512i one[GROUP], two[GROUP / 2], four[GROUP / 2];

#pragma GCC unroll 8
	for (unsigned i = 0; i < GROUP; i++)
		one[i] = turn_block(p + i * KS_MASK_BLOCK);
#pragma GCC unroll 2
	for (unsigned bit = 0; bit < 8; bit += 4) {
#pragma GCC unroll 4
		for (unsigned i = 0; i < GROUP; i += 2)
			two[i / 2] = gather(one[i], one[i + 1], bit);
		four[0] = _mm512_shuffle_i64x2(two[0], two[1], EVEN);
		four[1] = _mm512_shuffle_i64x2(two[0], two[1], ODD);
		four[2] = _mm512_shuffle_i64x2(two[2], two[3], EVEN);
		four[3] = _mm512_shuffle_i64x2(two[2], two[3], ODD);
		out.bit[bit] = _mm512_shuffle_i64x2(four[0], four[2], EVEN);
		out.bit[bit + 1] = _mm512_shuffle_i64x2(four[1], four[3], EVEN);
		out.bit[bit + 2] = _mm512_shuffle_i64x2(four[0], four[2], ODD);
		out.bit[bit + 3] = _mm512_shuffle_i64x2(four[1], four[3], ODD);
	}
	return out;
}

/* a & b & c, a & b & ~c, a & ~b & ~c */
#define AND_AND(a, b, c) _mm512_ternarylogic_epi64(a, b, c, 0x80)
#define AND_NOT(a, b, c) _mm512_ternarylogic_epi64(a, b, c, 0x40)
#define NOT_NOT(a, b, c) _mm512_ternarylogic_epi64(a, b, c, 0x10)

/* A mask of planes, each byte turned round: the first one of the text comes first. */
VECTOR __m512i unmirror(__m512i mask)
{
	return _mm512_gf2p8affine_epi64_epi8(mask, MIRROR, 0);
}

/* "KI", and a K at the end of the group, since an I may be behind it. */
VECTOR __m512i find_ki(const struct planes *in)
{
	__m512i capitals = NOT_NOT(in->bit[6], in->bit[7], in->bit[5]);
	/* K is 01001011, I is 01001001. */
	__m512i either = AND_NOT(AND_NOT(capitals, in->bit[0], in->bit[2]), in->bit[3], in->bit[4]);
	__m512i k = unmirror(_mm512_and_si512(in->bit[1], either));
	__m512i i = unmirror(_mm512_andnot_si512(in->bit[1], either));

	return _mm512_and_si512(k, _mm512_shrdi_epi64(i, _mm512_alignr_epi64(all(-1), i, 1), 1));
}

/* As look_group, with at most one pair. */
VECTOR uint64_t look_turned(const char *p, size_t from, enum ks_mask_asked asked, struct seen *seen,
	struct ks_mask *out)
{
	const struct planes in = turn_group(p);
	/* Brackets are 01.11011 and 01.11101, a backslash 01011100 (and what is 01111100 is seldom as well); a
	 * quote 00100010, a newline 00001010. */
	__m512i high = AND_NOT(in.bit[6], in.bit[3], in.bit[7]);
	__m512i bracket = AND_AND(high, in.bit[4], in.bit[0]);
	__m512i low = NOT_NOT(NOT_NOT(in.bit[1], in.bit[7], in.bit[6]), in.bit[2], in.bit[0]);
	__m512i newline = NOT_NOT(_mm512_and_si512(low, in.bit[3]), in.bit[5], in.bit[4]);
	__m512i seldom = AND_NOT(AND_NOT(high, in.bit[4], in.bit[0]), in.bit[2], in.bit[1]);

	seldom = _mm512_or_si512(seldom, newline);
	_mm512_store_si512(seen->quote + from,
		unmirror(NOT_NOT(_mm512_and_si512(low, in.bit[5]), in.bit[3], in.bit[4])));
	_mm512_store_si512(out->open + from, unmirror(AND_NOT(bracket, in.bit[1], in.bit[2])));
	_mm512_store_si512(out->close + from, unmirror(AND_NOT(bracket, in.bit[2], in.bit[1])));
	_mm512_store_si512(out->anchor + from, _mm512_setzero_si512());
	if (asked == KS_MASK_ONLY_KI)
		seldom = _mm512_or_si512(seldom, find_ki(&in));
	return _mm512_test_epi64_mask(seldom, seldom);
}

/* What is looked for seldom, in these blocks: the only pair and a newline before a brace are anchors, and so
 * are the slash and the u behind a backslash. Quotes that are escaped are none. */
VECTOR void find_seldom(const char *p, size_t blocks, uint64_t in, enum ks_mask_asked asked,
	uint64_t *escape, struct seen *seen, struct ks_mask *out)
{
	in |= *escape;
	while (in != 0) {
		size_t i = (size_t)__builtin_ctzll(in);
		__m512i here = _mm512_loadu_si512(p + i * KS_MASK_BLOCK);
		__m512i next = _mm512_loadu_si512(p + i * KS_MASK_BLOCK + 1);
		__mmask64 found = equal_both(here, '\n', next, '{');
		uint64_t backslash = _mm512_cmpeq_epi8_mask(here, all('\\'));

		in &= in - 1;
		if (asked == KS_MASK_ONLY_KI)
			found = _kor_mask64(found, equal_both(here, 'K', next, 'I'));
		out->anchor[i] |= found;
		if ((backslash | *escape) == 0)
			continue;
		out->anchor[i] |= backslash &
			(_mm512_cmpeq_epi8_mask(next, all('u')) | _mm512_cmpeq_epi8_mask(next, all('/')));
		seen->quote[i] &= ~ks_mask_escaped(backslash, escape);
		/* The next one begins escaped. */
		if (i + 1 < blocks)
			in |= *escape << (i + 1);
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

	/* Turned round where the block begins in a string. */
	in_string = _mm512_mask_andnot_epi64(in_string,
		begin_in_string(_mm512_movepi64_mask(in_string), &state->in_string), in_string, all(-1));
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
	uint64_t valid, busy = 0, seldom = 0, anchored = 0;
	char padded[GROUP * KS_MASK_BLOCK + 1];
	struct seen seen;

	if (blocks == 0)
		return 0;
	valid = UINT64_MAX >> (KS_MASK_BLOCKS - blocks);
	if (blocks % GROUP != 0)
		memset(padded, 0, sizeof(padded));
	for (size_t from = 0; from < blocks; from += GROUP) {
		const char *group = p + from * KS_MASK_BLOCK;

		/* What is behind the text may not be read. */
		if (blocks - from < GROUP)
			group = memcpy(padded, group, (blocks - from) * KS_MASK_BLOCK + 1);
		seldom |= (asked >= KS_MASK_LETTERS ? look_group(group, from, &tables, asked, &seen, out) :
			look_turned(group, from, asked, &seen, out)) << from;
	}
	/* The byte behind the text was seen as well, for pairs. */
	if (blocks % GROUP != 0)
		seen.quote[blocks] = out->open[blocks] = out->close[blocks] = 0;
	find_seldom(p, blocks, seldom & valid, asked, &s.escape, &seen, out);
	for (size_t from = 0; from < blocks; from += GROUP) {
		__m512i anchor = masks_at(out->anchor + from);

		anchored |= (uint64_t)_mm512_test_epi64_mask(anchor, anchor) << from;
		busy |= (uint64_t)finish_group(from, &seen, &s, &depth, out) << from;
	}
	s.anchored = anchored & valid;
	s.depth = _mm_cvtsi128_si64(_mm512_castsi512_si128(depth));
	*state = s;
	return busy & valid;
}

__attribute__((target(TARGET))) uint64_t ks_mask_avx512_fill(const char *p, size_t blocks,
	const struct ks_mask_pairs *pairs, struct ks_mask_state *state, struct ks_mask *out)
{
	switch (pairs->asked) {
	case KS_MASK_NONE:
		return fill(p, blocks, pairs, KS_MASK_NONE, state, out);
	case KS_MASK_ONLY_KI:
		return fill(p, blocks, pairs, KS_MASK_ONLY_KI, state, out);
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
