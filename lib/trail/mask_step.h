/*
 * What the portable and the vector forms of mask.h share: the arithmetic on 64-bit masks.
 */
#ifndef KS_TRAIL_MASK_STEP_H
#define KS_TRAIL_MASK_STEP_H

#include "lib/trail/mask.h"

/* What is seen in one block, in its letters. */
struct ks_mask_look {
	uint64_t quote, backslash, open, close, anchor;
};

/* Which characters of the block are escaped, given where backslashes are: those behind an odd run of
 * them. The sum carries a run's start to its end; starts on odd bits are added so that an odd length
 * shows as a flipped parity. (The method of simdjson, Langdale and Lemire 2019, section 3.1.1.) */
static inline __attribute__((always_inline)) uint64_t ks_mask_escaped(uint64_t backslash, uint64_t *carry)
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

/* The last step for a block, whose in_string is still as if it began outside a string: joins it to the
 * block before, drops the brackets inside strings and follows the depth. Returns whether it is busy. */
static inline __attribute__((always_inline)) uint64_t ks_mask_finish(struct ks_mask *out, size_t block,
	const struct ks_mask_look *look, uint64_t in_string, struct ks_mask_state *state)
{
	uint64_t open, close;
	int64_t left;

	in_string ^= state->in_string;
	state->in_string = (uint64_t)((int64_t)in_string >> 63);
	open = look->open & ~in_string;
	close = look->close & ~in_string;
	out->open[block] = open;
	out->close[block] = close;
	out->in_string[block] = in_string;
	out->anchor[block] = look->anchor;
	out->depth[block] = state->depth;
	left = state->depth - __builtin_popcountll(close);
	state->depth = left + __builtin_popcountll(open);
	return (uint64_t)(left <= state->floor);
}

#endif
