/*
 * The first look at trail text: 64 bytes at a time become bit masks, one bit a byte, with
 * what is inside
 * strings told apart. Vector code where the processor has it (AVX2), the same answers everywhere else.
 */
#ifndef KS_TRAIL_MASK_H
#define KS_TRAIL_MASK_H

#include <stddef.h>
#include <stdint.h>

#define KS_MASK_BLOCK 64u

struct ks_mask {
	uint64_t open; /* { and [ outside strings */
	uint64_t close; /* } and ] outside strings */
	uint64_t newline; /* anywhere */
	uint64_t in_string; /* from an opening quote up to, not including, the closing one */
	uint64_t anchor; /* first byte of a pair that was asked for */
	int64_t depth; /* open brackets before the block */
};

/* The pairs that can be asked for. "\u" comes with any of them: an escape may spell any of
 * the others. */
enum {
	KS_MASK_KI = 1, /* of AKIA */
	KS_MASK_SI = 2, /* of ASIA */
	KS_MASK_TN = 4, /* of eventName */
	KS_MASK_TS = 8, /* of eventSource */
	KS_MASK_TT = 16, /* of eventTime */
	KS_MASK_DA = 32, /* of AIDA */
	KS_MASK_OA = 64, /* of AROA */
};

/* What is carried from one call to the next; all zero at the start of a text. Floor is the
 * caller's to set. */
struct ks_mask_state {
	uint64_t in_string; /* all ones inside a string */
	uint64_t escape; /* 1 after an unpaired backslash */
	int64_t depth; /* open brackets */
	int64_t floor; /* blocks in which the depth may come down to this are busy */
};

/* Fills out[0 … blocks), at most 64 of them. Reads one byte past the last block. Returns
 * which blocks are busy: those
 * with a newline or an anchor, and those in which the depth may come down to the floor. */
typedef uint64_t ks_mask_fill_fn(const char *p, size_t blocks, unsigned pairs, struct ks_mask_state *state,
	struct ks_mask *out);

ks_mask_fill_fn ks_mask_fill_portable;
ks_mask_fill_fn ks_mask_avx2_fill; /* these only where the processor has what they are named after */
ks_mask_fill_fn ks_mask_avx512_fill;

/* The fastest for this processor; the portable one with is_portable. */
ks_mask_fill_fn *ks_mask_pick(int is_portable);

#endif
