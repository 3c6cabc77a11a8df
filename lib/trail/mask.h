/*
 * The first look at trail text: 64 bytes at a time become bit masks, one bit a byte, with what is inside
 * strings told apart. Vector code where the processor has it, the same answers everywhere else.
 */
#ifndef KS_TRAIL_MASK_H
#define KS_TRAIL_MASK_H

#include <stddef.h>
#include <stdint.h>

#define KS_MASK_BLOCK 64u
#define KS_MASK_BLOCKS 64u /* looked at in one go, at most: 4 KB */

/* What stands where in a row of blocks: for each of them a mask of its bytes. */
struct ks_mask {
	_Alignas(64) uint64_t open[KS_MASK_BLOCKS]; /* { and [ outside strings */
	uint64_t close[KS_MASK_BLOCKS]; /* } and ] outside strings */
	uint64_t in_string[KS_MASK_BLOCKS]; /* from an opening quote up to, not including, the closing one */
	uint64_t anchor[KS_MASK_BLOCKS]; /* first byte of a pair that was asked for */
	int64_t depth[KS_MASK_BLOCKS]; /* open brackets before the block */
};

/* The pairs that can be asked for, as X(bit, first letters, second letters): any with any. */
#define KS_MASK_PAIRS(X) \
	X(KS_MASK_KI, "K", "I") /* of AKIA */ \
	X(KS_MASK_SI, "S", "I") /* of ASIA */ \
	X(KS_MASK_TN, "t", "N") /* of eventName */ \
	X(KS_MASK_TS, "t", "S") /* of eventSource */ \
	X(KS_MASK_TI, "T", "i") /* of eventTime */ \
	X(KS_MASK_DA, "D", "A") /* of AIDA */ \
	X(KS_MASK_OA, "O", "A") /* of AROA */ \
	X(KS_MASK_RA, "r", "A") /* of userAgent */ \
	X(KS_MASK_RC, "r", "C") /* of errorCode */ \
	X(KS_MASK_RN, "r", "n") /* of arn */ \
	X(KS_MASK_YP, "y", "p") /* of type */ \
	X(KS_MASK_PA, "P", "A") /* of sourceIPAddress */ \
	X(KS_MASK_KI_NOCASE, "Kk", "Ii") /* of akia, in upper case, in lower case, or mixed */

enum {
	KS_MASK_KI = 1,
	KS_MASK_SI = 2,
	KS_MASK_TN = 4,
	KS_MASK_TS = 8,
	KS_MASK_TI = 16,
	KS_MASK_DA = 32,
	KS_MASK_OA = 64,
	KS_MASK_RA = 128,
	KS_MASK_RC = 256,
	KS_MASK_RN = 512,
	KS_MASK_YP = 1024,
	KS_MASK_PA = 2048,
	KS_MASK_KI_NOCASE = 4096,
};

/*
 * Pairs of letters in eight kinds, a bit each: a pair fits when some kind has its first letter among the
 * first ones and its second letter among the second ones. So two pairs of one kind make four that fit, and
 * asking for more pairs costs no more time. All of them are ASCII. The newline before a brace, "\u" and "\/"
 * always fit: the first begins records in lines, the others may spell any letter.
 */

struct ks_mask_pairs {
	uint8_t first[128], second[128]; /* the kinds that a letter is of */
	/* The same for the halves of a byte, for processors that look up sixteen: a letter is of a kind only if
	 * both its halves are. */
	uint8_t first_low[16], first_high[16], second_low[16], second_high[16];
	uint64_t firsts[8][2], seconds[8][2]; /* the letters of each kind, a bit each */
	unsigned kinds; /* so many are there */
	/* What else than those that always fit is there: nothing, "KI" alone, as decoys need it, pairs of
	 * letters with bit 6 set, as all of the alphabet have it, pairs with such a second letter, or any. */
	enum ks_mask_asked {
		KS_MASK_NONE,
		KS_MASK_ONLY_KI,
		KS_MASK_LETTERS,
		KS_MASK_SECOND,
		KS_MASK_ANY
	} asked;
};

/* The pairs of these bits of KS_MASK_PAIRS, and those that always fit. */
void ks_mask_pairs_init(struct ks_mask_pairs *pairs, unsigned bits);

/* Adds every pair of one of these letters and one of those. */
void ks_mask_pairs_add(struct ks_mask_pairs *pairs, const char *first, const char *second);

static inline int ks_mask_pairs_fit(const struct ks_mask_pairs *pairs, char a, char b)
{
	return ((unsigned char)(a | b) & 0x80) == 0 &&
		(pairs->first[(unsigned char)a] & pairs->second[(unsigned char)b]) != 0;
}

/* What is carried from one call to the next; all zero at the start of a text. Floor is the
 * caller's to set. */
struct ks_mask_state {
	uint64_t in_string; /* all ones inside a string */
	uint64_t escape; /* 1 after an unpaired backslash */
	int64_t depth; /* open brackets */
	int64_t floor; /* blocks in which the depth may come down to this are busy */
	uint64_t anchored; /* set by each call: which of its blocks have an anchor */
};

/* Fills the first so many blocks of out, at most KS_MASK_BLOCKS; what is behind them may be written over.
 * Reads one byte past the last block. Returns which blocks are busy: those in which the depth may come down
 * to the floor. */
typedef uint64_t ks_mask_fill_fn(const char *p, size_t blocks, const struct ks_mask_pairs *pairs,
	struct ks_mask_state *state, struct ks_mask *out);

ks_mask_fill_fn ks_mask_fill_portable;
ks_mask_fill_fn ks_mask_avx2_fill; /* these only where the processor has what they are named after */
ks_mask_fill_fn ks_mask_avx512_fill;

/* Which form of it: the fastest for this processor, or one that tests ask for. AVX2 where there is none is
 * the portable one. */
enum ks_mask_form { KS_MASK_FASTEST, KS_MASK_PORTABLE, KS_MASK_AVX2 };
ks_mask_fill_fn *ks_mask_pick(enum ks_mask_form form);

#endif
