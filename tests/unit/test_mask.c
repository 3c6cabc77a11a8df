/* lib/trail/mask: every form gives what a look at one byte after the other gives, wherever the text
 * lies. */
#include "lib/trail/mask.h"

#include "lib/base/mem.h"

#include "tests/unit/rows.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define BLOCKS 64u
#define SIZE (BLOCKS * KS_MASK_BLOCK)

struct form {
	const char *name;
	ks_mask_fill_fn *fill;
};

static uint64_t seed;

static uint64_t draw(void)
{
	seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return seed >> 33;
}

/* What the header says, bit by bit. The state of the forms is opaque but for depth and floor. */
struct naive {
	bool in_string, is_escaped;
	int64_t depth;
};

static bool is_pair(const char *p, unsigned pairs)
{
	return (pairs != 0 && memcmp(p, "\\u", 2) == 0) ||
		((pairs & KS_MASK_KI) != 0 && memcmp(p, "KI", 2) == 0) ||
		((pairs & KS_MASK_SI) != 0 && memcmp(p, "SI", 2) == 0) ||
		((pairs & KS_MASK_TN) != 0 && memcmp(p, "tN", 2) == 0) ||
		((pairs & KS_MASK_TS) != 0 && memcmp(p, "tS", 2) == 0) ||
		((pairs & KS_MASK_TT) != 0 && memcmp(p, "tT", 2) == 0) ||
		((pairs & KS_MASK_DA) != 0 && memcmp(p, "DA", 2) == 0) ||
		((pairs & KS_MASK_OA) != 0 && memcmp(p, "OA", 2) == 0);
}

static struct ks_mask look(const char *p, unsigned pairs, struct naive *state)
{
	struct ks_mask mask = { .depth = state->depth };

	for (unsigned i = 0; i < KS_MASK_BLOCK; i++) {
		uint64_t bit = UINT64_C(1) << i;
		bool is_escaped = state->is_escaped;

		state->is_escaped = p[i] == '\\' && !is_escaped;
		if (p[i] == '"' && !is_escaped)
			state->in_string = !state->in_string;
		if (state->in_string)
			mask.in_string |= bit;
		else if (p[i] == '{' || p[i] == '[')
			mask.open |= bit;
		else if (p[i] == '}' || p[i] == ']')
			mask.close |= bit;
		if (p[i] == '\n')
			mask.newline |= bit;
		if (is_pair(p + i, pairs))
			mask.anchor |= bit;
	}
	state->depth += __builtin_popcountll(mask.open) - __builtin_popcountll(mask.close);
	return mask;
}

/* Asserts one text, of so many blocks, given in pieces. The byte behind it is readable, and no more. */
static void check(ks_mask_fill_fn *fill, const char *text, size_t blocks, size_t piece, unsigned pairs,
	int64_t floor)
{
	struct ks_mask_state state = { .floor = floor };
	struct ks_mask out[BLOCKS];
	struct naive naive = { 0 };

	for (size_t from = 0; from < blocks; from += piece) {
		size_t n = blocks - from < piece ? blocks - from : piece;
		uint64_t busy = fill(text + from * KS_MASK_BLOCK, n, pairs, &state, out);

		for (size_t i = 0; i < n; i++) {
			struct ks_mask want = look(text + (from + i) * KS_MASK_BLOCK, pairs, &naive);
			bool must =
				(want.newline | want.anchor) != 0 || want.depth - __builtin_popcountll(want.close) <= floor;

			assert_int_equal(out[i].open, want.open);
			assert_int_equal(out[i].close, want.close);
			assert_int_equal(out[i].newline, want.newline);
			assert_int_equal(out[i].in_string, want.in_string);
			assert_int_equal(out[i].anchor, want.anchor);
			assert_int_equal(out[i].depth, want.depth);
			assert_int_equal(busy >> i & 1, must);
		}
		assert_int_equal(n < 64 ? busy >> n : 0, 0);
		assert_int_equal(state.depth, naive.depth);
	}
}

static void fill_text(char *p, size_t n, const char *letters, size_t count)
{
	for (size_t i = 0; i < n; i++)
		p[i] = count > 0 ? letters[draw() % count] : (char)draw();
}

/* Letters that matter, in mixtures that make the hard cases likely; "" means any byte. */
static const char *const mixtures[] = { "", "\\", "\\\"", "\\\\\\\\\\\\\\\\\"{", "{}[]", "\"{}",
	"\\\"{}[]\nKISItNSu ", "KI", "SI", "DA", "OA", "tNtS", "\\u00", "\n{",
	"[{|}]\x5B\x7B\x5D\x7D\x0A\x1A\x3A",
	"{\xFB\xDB\x5B\x7B\xFD\xDD" };

static const unsigned pair_sets[] = { 0, KS_MASK_KI, KS_MASK_SI, KS_MASK_TN, KS_MASK_TS,
	KS_MASK_KI | KS_MASK_SI, KS_MASK_TN | KS_MASK_TS, KS_MASK_KI | KS_MASK_TN | KS_MASK_TS,
	KS_MASK_KI | KS_MASK_SI | KS_MASK_TN | KS_MASK_TS, KS_MASK_TT, KS_MASK_TS | KS_MASK_TT,
	KS_MASK_KI | KS_MASK_TN | KS_MASK_TS | KS_MASK_TT, KS_MASK_DA, KS_MASK_KI | KS_MASK_DA,
	KS_MASK_KI | KS_MASK_DA | KS_MASK_TN | KS_MASK_TS, KS_MASK_DA | KS_MASK_TT,
	KS_MASK_KI | KS_MASK_DA | KS_MASK_OA | KS_MASK_TN | KS_MASK_TS };

static void test_texts(void **state)
{
	const struct form *form = *state;

	seed = 1;
	for (size_t round = 0; round < 600; round++) {
		const char *letters = mixtures[draw() % (sizeof(mixtures) / sizeof(mixtures[0]))];
		unsigned pairs = pair_sets[round % (sizeof(pair_sets) / sizeof(pair_sets[0]))];
		size_t blocks = 1 + draw() % BLOCKS, shift = round % 65, n = blocks * KS_MASK_BLOCK + 1;
		/* Its end is the end of what was allocated: a read past it shows. */
		char *text = ks_mem_resize(NULL, shift + n);

		fill_text(text + shift, n, letters, strlen(letters));
		check(form->fill, text + shift, blocks, 1 + draw() % BLOCKS, pairs, (int64_t)(draw() % 7) - 3);
		check(form->fill, text + shift, blocks, BLOCKS, pairs, INT64_MAX);
		free(text);
	}
}

/* One run of backslashes of each length at each place, with a quote and a brace behind it. */
static void test_backslashes(void **state)
{
	const struct form *form = *state;
	static char text[4 * KS_MASK_BLOCK + 1];

	for (size_t from = 0; from < KS_MASK_BLOCK; from++) {
		for (size_t n = 0; n < 2 * KS_MASK_BLOCK + 3; n++) {
			memset(text, ' ', sizeof(text));
			memset(text + from, '\\', n);
			text[from + n] = '"';
			text[from + n + 1] = '{';
			check(form->fill, text, 4, 1, KS_MASK_KI, 0);
			check(form->fill, text, 4, 4, KS_MASK_KI, 0);
		}
	}
}

/* A pair across the border of two blocks, and with its second letter right behind the text. */
static void test_pair_over_border(void **state)
{
	static const char *const pairs[] = { "KI", "SI", "tN", "tS", "DA", "\\u" };
	const struct form *form = *state;
	static char text[2 * KS_MASK_BLOCK + 1];

	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		for (size_t at = 0; at < 2 * KS_MASK_BLOCK; at++) {
			memset(text, 'x', sizeof(text));
			memcpy(text + at, pairs[i], 2);
			for (size_t j = 0; j < sizeof(pair_sets) / sizeof(pair_sets[0]); j++)
				check(form->fill, text, 2, 2, pair_sets[j], -1);
		}
	}
}

static void test_no_blocks(void **state)
{
	const struct form *form = *state;
	struct ks_mask_state before = { .in_string = UINT64_MAX, .escape = 1, .depth = 3 }, after = before;

	assert_int_equal(form->fill("", 0, KS_MASK_KI, &after, NULL), 0);
	assert_memory_equal(&before, &after, sizeof(before));
}

static void test_pick(void **state)
{
	(void)state;
	assert_ptr_equal(ks_mask_pick(1), ks_mask_fill_portable);
	assert_non_null(ks_mask_pick(0));
}

int main(void)
{
	static const struct form forms[] = {
		{ "portable", ks_mask_fill_portable },
#if defined(__x86_64__)
		{ "avx2", ks_mask_avx2_fill },
		{ "avx512", ks_mask_avx512_fill },
#endif
	};
	static struct rows all;

	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
#if defined(__x86_64__)
		bool has_multiply = __builtin_cpu_supports("pclmul") && __builtin_cpu_supports("popcnt");

		if ((i == 1 && !(has_multiply && __builtin_cpu_supports("avx2"))) ||
			(i == 2 && !(has_multiply && __builtin_cpu_supports("avx512bw"))))
			continue;
#endif
		rows_add_one(&all, forms[i].name, test_texts, &forms[i]);
		rows_add_one(&all, forms[i].name, test_backslashes, &forms[i]);
		rows_add_one(&all, forms[i].name, test_pair_over_border, &forms[i]);
		rows_add_one(&all, forms[i].name, test_no_blocks, &forms[i]);
	}
	ROWS_TEST(&all, test_pick);
	return rows_run("mask", &all);
}
