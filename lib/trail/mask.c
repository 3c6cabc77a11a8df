/* Bit masks of trail text: the portable form, and the choice by processor. */
#include "lib/trail/mask.h"

#include "lib/trail/mask_step.h"

static uint64_t prefix_xor(uint64_t bits)
{
	for (unsigned shift = 1; shift < 64; shift *= 2)
		bits ^= bits << shift;
	return bits;
}

/* Whether the pair (a, b) was asked for; "\u" comes with any. */
static int is_pair(char a, char b, unsigned pairs)
{
	switch (a) {
	case '\\':
		return b == 'u' && pairs != 0;
	case 'K':
		return b == 'I' && (pairs & KS_MASK_KI) != 0;
	case 'D':
		return b == 'A' && (pairs & KS_MASK_DA) != 0;
	case 'O':
		return b == 'A' && (pairs & KS_MASK_OA) != 0;
	case 'S':
		return b == 'I' && (pairs & KS_MASK_SI) != 0;
	case 't':
		return (b == 'N' && (pairs & KS_MASK_TN) != 0) || (b == 'S' && (pairs & KS_MASK_TS) != 0) ||
			(b == 'T' && (pairs & KS_MASK_TT) != 0);
	default:
		return 0;
	}
}

uint64_t ks_mask_fill_portable(const char *p, size_t blocks, unsigned pairs, struct ks_mask_state *state,
	struct ks_mask *out)
{
	uint64_t busy = 0;

	for (size_t block = 0; block < blocks; block++, p += KS_MASK_BLOCK) {
		struct ks_mask mask = { 0 };
		uint64_t quote = 0, backslash = 0;

		for (unsigned i = 0; i < KS_MASK_BLOCK; i++) {
			uint64_t bit = UINT64_C(1) << i;
			char c = p[i];

			/* Brackets and braces differ by 0x20 only, and nothing else falls together with them. */
			if (c == '"')
				quote |= bit;
			else if ((c | 0x20) == '{')
				mask.open |= bit;
			else if ((c | 0x20) == '}')
				mask.close |= bit;
			else if (c == '\n')
				mask.newline |= bit;
			else if (c == '\\')
				backslash |= bit;
			if (is_pair(c, p[i + 1], pairs))
				mask.anchor |= bit;
		}
		quote &= ~ks_mask_escaped(backslash, &state->escape);
		mask.in_string = prefix_xor(quote);
		busy |= ks_mask_finish(&out[block], mask, state) << block;
	}
	return busy;
}

ks_mask_fill_fn *ks_mask_pick(int is_portable)
{
#if defined(__x86_64__)
	if (!is_portable && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("pclmul") &&
		__builtin_cpu_supports("popcnt"))
		return ks_mask_avx512_fill;
	if (!is_portable && __builtin_cpu_supports("avx2") && __builtin_cpu_supports("pclmul") &&
		__builtin_cpu_supports("popcnt"))
		return ks_mask_avx2_fill;
#endif
	(void)is_portable;
	return ks_mask_fill_portable;
}
