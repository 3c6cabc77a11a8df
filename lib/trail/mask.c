/* Bit masks of trail text: the pairs, the portable form, and the choice by processor. */
#include "lib/trail/mask.h"

#include "lib/trail/mask_step.h"

#include <stdbool.h>
#include <string.h>

#define KINDS 8u
#define FIXED 2u /* of them for what always fits */

/* The letters of one side of a kind, a bit each. */
struct letters {
	uint64_t bits[2];
};

static struct letters letters_of(const char *text)
{
	struct letters set = { { 0, 0 } };

	for (; *text != '\0'; text++)
		set.bits[*text >> 6 & 1] |= UINT64_C(1) << (*text & 63);
	return set;
}

static bool is_same(const uint64_t have[2], const struct letters *set)
{
	return have[0] == set->bits[0] && have[1] == set->bits[1];
}

static void set(struct ks_mask_pairs *pairs, unsigned kind, const char *first, const char *second)
{
	const struct letters firsts = letters_of(first), seconds = letters_of(second);
	uint8_t bit = (uint8_t)(1u << kind);

	for (unsigned i = 0; i < 2; i++) {
		pairs->firsts[kind][i] |= firsts.bits[i];
		pairs->seconds[kind][i] |= seconds.bits[i];
	}
	for (; *first != '\0'; first++) {
		pairs->first[*first & 0x7F] |= bit;
		pairs->first_low[*first & 15] |= bit;
		pairs->first_high[*first >> 4 & 7] |= bit;
	}
	for (; *second != '\0'; second++) {
		pairs->second[*second & 0x7F] |= bit;
		pairs->second_low[*second & 15] |= bit;
		pairs->second_high[*second >> 4 & 7] |= bit;
	}
}

/* As letters of the alphabet have it. */
static bool has_bit6(const char *letters)
{
	while ((*letters & 0x40) != 0)
		letters++;
	return *letters == '\0';
}

static void add(struct ks_mask_pairs *pairs, const char *first, const char *second)
{
	const struct letters firsts = letters_of(first), seconds = letters_of(second);
	unsigned kind = 0;

	/* With either side in common, two pairs can be of one kind and nothing else comes in. */
	while (kind < pairs->kinds && !is_same(pairs->firsts[kind], &firsts) &&
		!is_same(pairs->seconds[kind], &seconds))
		kind++;
	if (kind == pairs->kinds && pairs->kinds < KINDS)
		pairs->kinds++;
	set(pairs, kind < KINDS ? kind : FIXED + (unsigned char)*first % (KINDS - FIXED), first, second);
}

void ks_mask_pairs_add(struct ks_mask_pairs *pairs, const char *first, const char *second)
{
	enum ks_mask_asked asked = KS_MASK_LETTERS;

	if (!has_bit6(second))
		asked = KS_MASK_ANY;
	else if (!has_bit6(first))
		asked = KS_MASK_SECOND;
	else if (pairs->asked == KS_MASK_NONE && strcmp(first, "K") == 0 && strcmp(second, "I") == 0)
		asked = KS_MASK_ONLY_KI;
	if (asked > pairs->asked)
		pairs->asked = asked;
	add(pairs, first, second);
}

void ks_mask_pairs_init(struct ks_mask_pairs *pairs, unsigned bits)
{
#define ADD(bit, first, second) \
	if (bits & (bit)) \
		ks_mask_pairs_add(pairs, first, second);
	memset(pairs, 0, sizeof(*pairs));
	add(pairs, "\n", "{");
	add(pairs, "\\", "u/");
	KS_MASK_PAIRS(ADD)
#undef ADD
}

static uint64_t prefix_xor(uint64_t bits)
{
	for (unsigned shift = 1; shift < 64; shift *= 2)
		bits ^= bits << shift;
	return bits;
}

uint64_t ks_mask_fill_portable(const char *p, size_t blocks, const struct ks_mask_pairs *pairs,
	struct ks_mask_state *state, struct ks_mask *out)
{
	uint64_t busy = 0;

	state->anchored = 0;
	for (size_t block = 0; block < blocks; block++, p += KS_MASK_BLOCK) {
		struct ks_mask_look look = { 0 };

		for (unsigned i = 0; i < KS_MASK_BLOCK; i++) {
			uint64_t bit = UINT64_C(1) << i;
			char c = p[i];

			/* Brackets and braces differ by 0x20 only, and nothing else falls together with them. */
			if (c == '"')
				look.quote |= bit;
			else if ((c | 0x20) == '{')
				look.open |= bit;
			else if ((c | 0x20) == '}')
				look.close |= bit;
			else if (c == '\\')
				look.backslash |= bit;
			if (ks_mask_pairs_fit(pairs, c, p[i + 1]))
				look.anchor |= bit;
		}
		look.quote &= ~ks_mask_escaped(look.backslash, &state->escape);
		busy |= ks_mask_finish(out, block, &look, prefix_xor(look.quote), state) << block;
		state->anchored |= (uint64_t)(look.anchor != 0) << block;
	}
	return busy;
}

ks_mask_fill_fn *ks_mask_pick(enum ks_mask_form form)
{
#if defined(__x86_64__)
	int has_scalars = __builtin_cpu_supports("pclmul") && __builtin_cpu_supports("popcnt") &&
		__builtin_cpu_supports("bmi") && __builtin_cpu_supports("bmi2");

	if (form == KS_MASK_FASTEST && has_scalars && __builtin_cpu_supports("avx512bw") &&
		__builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vbmi") &&
		__builtin_cpu_supports("avx512vbmi2") && __builtin_cpu_supports("avx512vpopcntdq") &&
		__builtin_cpu_supports("gfni") && __builtin_cpu_supports("vpclmulqdq"))
		return ks_mask_avx512_fill;
	if (form != KS_MASK_PORTABLE && has_scalars && __builtin_cpu_supports("avx2"))
		return ks_mask_avx2_fill;
#endif
	(void)form;
	return ks_mask_fill_portable;
}
