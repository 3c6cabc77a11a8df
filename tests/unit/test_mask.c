/* lib/trail/mask: every form gives what a look at one byte after the other gives, wherever the text
 * lies. */
#include "lib/trail/mask.h"

#include "lib/base/mem.h"

#include "tests/unit/rows.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

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

/* Of one block. */
struct seen {
	uint64_t open, close, in_string, anchor;
	int64_t depth;
};

static struct seen look(const char *p, const struct ks_mask_pairs *pairs, struct naive *state)
{
	struct seen mask = { .depth = state->depth };

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
		if (ks_mask_pairs_fit(pairs, p[i], p[i + 1]))
			mask.anchor |= bit;
	}
	state->depth += __builtin_popcountll(mask.open) - __builtin_popcountll(mask.close);
	return mask;
}

/* Asserts one text, of so many blocks, given in pieces. The byte behind it is readable, and no more. */
static void check(ks_mask_fill_fn *fill, const char *text, size_t blocks, size_t piece, unsigned bits,
	int64_t floor)
{
	struct ks_mask_state state = { .floor = floor };
	struct ks_mask_pairs pairs;
	struct ks_mask out;
	struct naive naive = { 0 };

	ks_mask_pairs_init(&pairs, bits);
	/* As phrases do; a slash is no letter. */
	if (bits & KS_MASK_SI)
		ks_mask_pairs_add(&pairs, "oO", "oO");
	if (bits & KS_MASK_DA)
		ks_mask_pairs_add(&pairs, "/", "aA");
	if (bits & KS_MASK_OA)
		ks_mask_pairs_add(&pairs, "eE", "/");
	for (size_t from = 0; from < blocks; from += piece) {
		size_t n = blocks - from < piece ? blocks - from : piece;
		uint64_t busy = fill(text + from * KS_MASK_BLOCK, n, &pairs, &state, &out);

		for (size_t i = 0; i < n; i++) {
			struct seen want = look(text + (from + i) * KS_MASK_BLOCK, &pairs, &naive);
			bool must = want.depth - __builtin_popcountll(want.close) <= floor;

			assert_int_equal(out.open[i], want.open);
			assert_int_equal(out.close[i], want.close);
			assert_int_equal(out.in_string[i], want.in_string);
			assert_int_equal(out.anchor[i], want.anchor);
			assert_int_equal(out.depth[i], want.depth);
			assert_int_equal(busy >> i & 1, must);
			assert_int_equal(state.anchored >> i & 1, want.anchor != 0);
		}
		assert_int_equal(n < 64 ? (busy | state.anchored) >> n : 0, 0);
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
	"\\\"{}[]\nKISItNSu ", "KI", "SI", "DA", "OA", "kKiI\xCB\xC9", "oO\xEF\xCF",
	"\\/u\xDC\xAF\xF5\x1C", "tNtS", "/aAoO\x0F!\xAF",
	"eE%/o\xAF", "KI\x0B\x09", "J\n;{\x8A\xFB", "tN4.tS\x34\x0E",
	"\\u00", "\n{",
	"[{|}]\x5B\x7B\x5D\x7D\x0A\x1A\x3A",
	"{\xFB\xDB\x5B\x7B\xFD\xDD" };

static const unsigned pair_sets[] = { 0, KS_MASK_KI, KS_MASK_SI, KS_MASK_TN, KS_MASK_TS,
	KS_MASK_KI | KS_MASK_SI, KS_MASK_TN | KS_MASK_TS, KS_MASK_KI | KS_MASK_TN | KS_MASK_TS,
	KS_MASK_KI | KS_MASK_SI | KS_MASK_TN | KS_MASK_TS, KS_MASK_TI, KS_MASK_TS | KS_MASK_TI,
	KS_MASK_KI | KS_MASK_TN | KS_MASK_TS | KS_MASK_TI, KS_MASK_DA, KS_MASK_KI | KS_MASK_DA,
	KS_MASK_KI | KS_MASK_DA | KS_MASK_TN | KS_MASK_TS, KS_MASK_DA | KS_MASK_TI,
	KS_MASK_KI | KS_MASK_DA | KS_MASK_OA | KS_MASK_TN | KS_MASK_TS, KS_MASK_KI_NOCASE,
	KS_MASK_KI | KS_MASK_KI_NOCASE | KS_MASK_TN | KS_MASK_TS, KS_MASK_RA, KS_MASK_RC, KS_MASK_RN,
	KS_MASK_YP, KS_MASK_PA, KS_MASK_KI | KS_MASK_KI_NOCASE | KS_MASK_TN | KS_MASK_TS | KS_MASK_TI |
	KS_MASK_RA | KS_MASK_RN | KS_MASK_YP, 8191 & ~KS_MASK_YP };

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

/* The pair of decoys alone, around the borders of blocks and of groups of them, and behind the text. */
static void test_akia(void **state)
{
	enum { MOST = 19 };
	static char text[MOST * KS_MASK_BLOCK + 1];
	const struct form *form = *state;
	struct ks_mask_pairs pairs;

	ks_mask_pairs_init(&pairs, KS_MASK_KI);
	assert_int_equal(pairs.asked, KS_MASK_ONLY_KI);
	for (size_t blocks = 1; blocks <= MOST; blocks++) {
		for (size_t at = 0; at < blocks * KS_MASK_BLOCK; at++) {
			if (at % KS_MASK_BLOCK > 1 && at % KS_MASK_BLOCK < KS_MASK_BLOCK - 2)
				continue;
			memset(text, 'x', sizeof(text));
			memcpy(text + at, "KI", 2);
			check(form->fill, text, blocks, blocks, KS_MASK_KI, 0);
			check(form->fill, text, blocks, 8, KS_MASK_KI, 0);
			text[at + 1] = 'K';
			check(form->fill, text, blocks, blocks, KS_MASK_KI, 0);
		}
	}
}

static void test_no_blocks(void **state)
{
	const struct form *form = *state;
	struct ks_mask_state before = { .in_string = UINT64_MAX, .escape = 1, .depth = 3 }, after = before;
	struct ks_mask_pairs pairs;

	ks_mask_pairs_init(&pairs, KS_MASK_KI);
	assert_int_equal(form->fill("", 0, &pairs, &after, NULL), 0);
	assert_memory_equal(&before, &after, sizeof(before));
}

/* Every pair that was asked for fits, those that always do, and as long as the kinds suffice no other. */
static void test_pairs(void **state)
{
#define ROW(bit, first, second) { bit, first, second },
	static const struct {
		unsigned bit;
		const char *first, *second;
	} rows[] = { KS_MASK_PAIRS(ROW) { 0, "\n", "{" }, { 0, "\\", "u/" } };
#undef ROW
	struct ks_mask_pairs pairs;

	(void)state;
	for (size_t i = 0; i < sizeof(pair_sets) / sizeof(pair_sets[0]); i++) {
		ks_mask_pairs_init(&pairs, pair_sets[i]);
		for (int a = 1; a < 128; a++)
			for (int b = 1; b < 128; b++) {
				bool is_asked = false;

				for (size_t j = 0; j < sizeof(rows) / sizeof(rows[0]); j++)
					is_asked |= (rows[j].bit == 0 || (pair_sets[i] & rows[j].bit) != 0) &&
						strchr(rows[j].first, a) != NULL && strchr(rows[j].second, b) != NULL;
				if (ks_mask_pairs_fit(&pairs, (char)a, (char)b) != is_asked)
					fail_msg("set %u: %c%c", pair_sets[i], a, b);
			}
	}
	/* More than there are kinds: all of them are still found. */
	ks_mask_pairs_init(&pairs, 8191);
	for (char c = 'a'; c <= 'z'; c++)
		ks_mask_pairs_add(&pairs, (const char[]){ c, '\0' }, (const char[]){ (char)('z' + 'a' - c), '\0' });
	for (char c = 'a'; c <= 'z'; c++)
		assert_true(ks_mask_pairs_fit(&pairs, c, (char)('z' + 'a' - c)));
	for (size_t j = 0; j < sizeof(rows) / sizeof(rows[0]); j++)
		assert_true(ks_mask_pairs_fit(&pairs, rows[j].first[0], rows[j].second[0]));
}

static void test_pick(void **state)
{
	(void)state;
	assert_ptr_equal(ks_mask_pick(KS_MASK_PORTABLE), ks_mask_fill_portable);
	assert_non_null(ks_mask_pick(KS_MASK_AVX2));
	assert_non_null(ks_mask_pick(KS_MASK_FASTEST));
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
		if ((i == 1 && ks_mask_pick(KS_MASK_AVX2) != forms[i].fill) ||
			(i == 2 && ks_mask_pick(KS_MASK_FASTEST) != forms[i].fill))
			continue;
#endif
		rows_add_one(&all, forms[i].name, test_texts, &forms[i]);
		rows_add_one(&all, forms[i].name, test_backslashes, &forms[i]);
		rows_add_one(&all, forms[i].name, test_pair_over_border, &forms[i]);
		rows_add_one(&all, forms[i].name, test_akia, &forms[i]);
		rows_add_one(&all, forms[i].name, test_no_blocks, &forms[i]);
	}
	ROWS_TEST(&all, test_pairs);
	ROWS_TEST(&all, test_pick);
	return rows_run("mask", &all);
}
