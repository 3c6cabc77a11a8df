/*
 * The arithmetic on 64-bit masks that the portable and the vector form of mask.h share.
 */
#ifndef KS_TRAIL_MASK_STEP_H
#define KS_TRAIL_MASK_STEP_H

#include "lib/trail/mask.h"

/* Which characters of the block are escaped, given where backslashes are: those behind an odd run of
 * them. The sum carries a run's start to its end; starts on odd bits are added so that an odd length
 * shows as a flipped parity. (The method of simdjson, Langdale and Lemire 2019, section 3.1.1.) */
static inline uint64_t ks_mask_escaped(uint64_t backslash, uint64_t *carry)
{
	const uint64_t even = UINT64_C(0x5555555555555555);
	uint64_t follows, odd_starts, ends;

	if (backslash == 0) {
		follows = *carry;
		*carry = 0;
		return follows;
	}
	backslash &= ~*carry;
	follows = backslash << 1 | *carry;
	odd_starts = backslash & ~even & ~follows;
	*carry = __builtin_add_overflow(odd_starts, backslash, &ends);
	return (even ^ ends << 1) & follows;
}

/* The last step for block number i, whose in_string is still as if it began outside a
 * string: joins it to the block
 * before, drops the brackets inside strings and follows the depth. Returns 1 when the
 * block is busy. */
static inline __attribute__((always_inline)) uint64_t ks_mask_finish(struct ks_mask *out,
	struct ks_mask mask, struct ks_mask_state *state)
{
	uint64_t in_string = mask.in_string ^ state->in_string, outside = ~in_string;
	int64_t closes;

#if defined(__x86_64__)
	/* The chain from block to block stays in integer registers; by itself gcc moves it
	 * to slow mask registers. */
	__asm__("" : "+r"(in_string), "+r"(outside), "+r"(mask.open), "+r"(mask.close));
#endif
	state->in_string = (uint64_t)((int64_t)in_string >> 63);
	mask.open &= outside;
	mask.close &= outside;
	mask.in_string = in_string;
	mask.depth = state->depth;
	closes = __builtin_popcountll(mask.close);
	state->depth += __builtin_popcountll(mask.open) - closes;
	*out = mask;
	/* No "or" of conditions: a branch here would be guessed wrong once a record. */
	return (uint64_t)(mask.depth - closes <= state->floor) | (uint64_t)((mask.newline | mask.anchor) != 0);
}

#endif
