/* field|windash: a dash or slash before a word, as it stands before the options of Windows commands, in
 * all of its spellings. Only at the start of a word, so that in -some-name the second one stays. At most
 * three in one value, as pySigma has it. */
#include "lib/base/text.h"
#include "lib/sigma/modifier.h"

#define DASHES_MOST 3u

static const struct ks_str spellings[] = {
	{ "-", 1 },
	{ "/", 1 },
	{ "\xe2\x80\x93", 3 }, /* en dash */
	{ "\xe2\x80\x94", 3 }, /* em dash */
	{ "\xe2\x80\x95", 3 }, /* horizontal bar */
};

#define SPELLINGS (sizeof(spellings) / sizeof(spellings[0]))

struct place {
	size_t at, n;
};

/* Letters, digits and the underscore; of what is not ASCII, all but the signs of Latin-1 and punctuation. */
static bool is_word(uint32_t c)
{
	if (c < 0x80)
		return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_';
	return c >= 0xc0 && (c < 0x2000 || c > 0x206f);
}

/* The next character of a Sigma string; 0 for a wildcard, which is no part of a word. */
static uint32_t next(struct ks_str text, size_t *at)
{
	size_t from = *at;
	uint32_t code_point;
	char c;

	if (ks_pattern_next(text, at, &c) != KS_PATTERN_LITERAL)
		return 0;
	code_point = (unsigned char)c;
	if (code_point >= 0x80)
		*at = from + ks_text_next(ks_str_sub(text, from, text.n), &code_point);
	return code_point;
}

static bool is_dash(struct ks_str text)
{
	for (size_t i = 0; i < SPELLINGS; i++)
		if (ks_str_is_equal(text, spellings[i]))
			return true;
	return false;
}

/* Where dashes stand behind no word and before one. Returns how many; only the first most are kept. */
static size_t find(struct ks_str text, struct place *out, size_t most)
{
	bool was_word = false;
	size_t n = 0;

	for (size_t at = 0; at < text.n;) {
		size_t from = at, ahead;
		uint32_t c = next(text, &at);

		ahead = at;
		if (!was_word && is_dash(ks_str_sub(text, from, at - from)) && ahead < text.n &&
			is_word(next(text, &ahead))) {
			if (n < most)
				out[n] = (struct place){ from, at - from };
			n++;
		}
		was_word = is_word(c);
	}
	return n;
}

static int forms(const struct ks_draft *draft, const struct ks_draft_value *value, struct ks_vec *out_forms,
	struct ks_err *err)
{
	struct place places[DASHES_MOST];
	size_t n = find(value->text, places, DASHES_MOST), count = 1;

	if (n > DASHES_MOST)
		return ks_err_set_at(err, KS_ERR_LIMIT, value->node->line, value->node->column,
			"modifier 'windash' takes at most %u dashes in one value, not %zu: split it", DASHES_MOST, n);
	for (size_t i = 0; i < n; i++)
		count *= SPELLINGS;
	if (ks_item_spend_bytes(draft->env, count * (value->text.n + 3 * DASHES_MOST), value->node, err) != 0)
		return -1;
	for (size_t form = 0; form < count; form++) {
		size_t rest = form, done = 0;
		struct ks_buf text;

		ks_buf_init(&text, value->text.n + 3 * DASHES_MOST + 1);
		for (size_t i = 0; i < n; i++, rest /= SPELLINGS) {
			ks_buf_add(&text, ks_str_sub(value->text, done, places[i].at - done));
			ks_buf_add(&text, spellings[rest % SPELLINGS]);
			done = places[i].at + places[i].n;
		}
		ks_buf_add(&text, ks_str_sub(value->text, done, value->text.n));
		*(struct ks_str *)ks_vec_push(out_forms) = ks_arena_copy(draft->env->arena, ks_buf_str(&text));
		ks_buf_release(&text);
	}
	return 0;
}

static int apply(struct ks_draft *draft, struct ks_err *err)
{
	if (ks_modifier_expect(draft, KS_TEST_STRING, "windash", "a string", err) != 0)
		return -1;
	return ks_modifier_multiply(draft, forms, true, err);
}

const struct ks_modifier ks_modifier_windash = {
	.name = "windash",
	.help = "a dash or slash before an option, in all of its spellings",
	.apply = apply,
};
