/* UTF-16 and plain bytes of Sigma strings. */
#include "lib/sigma/encoding.h"

#include "lib/base/text.h"

#include <string.h>

#define MARK "\xef\xbb\xbf" /* U+FEFF */

static void put_unit(struct ks_buf *out, uint32_t unit, bool is_big)
{
	char high = (char)(unit >> 8), low = (char)(unit & 0xff);

	ks_pattern_put(out, KS_PATTERN_LITERAL, is_big ? high : low);
	ks_pattern_put(out, KS_PATTERN_LITERAL, is_big ? low : high);
}

static void put_code_point(struct ks_buf *out, uint32_t code_point, bool is_big)
{
	if (code_point >= 0x10000) {
		put_unit(out, 0xd800 + ((code_point - 0x10000) >> 10), is_big);
		put_unit(out, 0xdc00 + ((code_point - 0x10000) & 0x3ff), is_big);
	} else {
		put_unit(out, code_point, is_big);
	}
}

int ks_encoding_utf16(struct ks_draft *draft, bool is_big, bool with_mark, const char *modifier,
	struct ks_err *err)
{
	struct ks_buf out;

	if (ks_modifier_expect(draft, KS_TEST_STRING, modifier, "a string", err) != 0)
		return -1;
	for (size_t i = 0; i < draft->n; i++) {
		struct ks_draft_value *value = &draft->values[i];

		ks_buf_init(&out, value->text.n * 4 + 16);
		if (with_mark)
			ks_buf_adds(&out, MARK);
		for (size_t at = 0; at < value->text.n;) {
			size_t from = at;
			char c;
			enum ks_pattern_mark mark = ks_pattern_next(value->text, &at, &c);
			uint32_t code_point = (unsigned char)c;

			if (mark != KS_PATTERN_LITERAL) {
				ks_pattern_put(&out, mark, c);
				continue;
			}
			if (code_point >= 0x80)
				at = from + ks_text_next(ks_str_sub(value->text, from, value->text.n), &code_point);
			put_code_point(&out, code_point, is_big);
		}
		value->text = ks_arena_copy(draft->env->arena, ks_buf_str(&out));
		value->has_mark = with_mark;
		ks_buf_release(&out);
	}
	return 0;
}

int ks_encoding_bytes(const struct ks_draft_value *value, const char *modifier, struct ks_buf *out,
	struct ks_err *err)
{
	struct ks_str text = value->text;

	if (value->has_mark && ks_str_has_prefix(text, KS_STR(MARK))) {
		ks_buf_adds(out, "\xff\xfe");
		text = ks_str_sub(text, strlen(MARK), text.n);
	}
	for (size_t at = 0; at < text.n;) {
		char c;

		if (ks_pattern_next(text, &at, &c) != KS_PATTERN_LITERAL)
			return ks_err_set_at(err, KS_ERR_PARSE, value->node->line, value->node->column,
				"modifier '%s' cannot encode a wildcard: escape it, and put contains and its like behind",
				modifier);
		ks_buf_addc(out, c);
	}
	return 0;
}
