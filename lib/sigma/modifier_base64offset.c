/* field|base64offset: the value as it looks within a longer Base64 text: three forms, for the three ways in
 * which it can lie across the groups of three bytes,
	each without the characters that its neighbors share. */
#include "lib/codec/base64.h"
#include "lib/sigma/encoding.h"

static int forms(const struct ks_draft *draft, const struct ks_draft_value *value, struct ks_vec *out_forms,
	struct ks_err *err)
{
	static const size_t from[] = { 0, 2, 3 }, less[] = { 0, 3, 2 };
	struct ks_buf bytes;
	int rc;

	ks_buf_init(&bytes, value->text.n + 16);
	rc = ks_encoding_bytes(value, "base64offset", &bytes, err);
	for (size_t shift = 0; rc == 0 && shift < 3; shift++) {
		struct ks_buf shifted, text;
		size_t end;

		ks_buf_init(&shifted, bytes.n + 8);
		ks_buf_init(&text, bytes.n * 2 + 64);
		ks_buf_add(&shifted, ks_str_sub(KS_STR("  "), 0, shift));
		ks_buf_add(&shifted, ks_buf_str(&bytes));
		ks_base64_encode(ks_buf_str(&shifted), &text);
		end = text.n - less[shifted.n % 3];
		*(struct ks_str *)ks_vec_push(out_forms) = ks_arena_copy(draft->env->arena,
			ks_str_sub(ks_buf_str(&text), from[shift], end > from[shift] ? end - from[shift] : 0));
		ks_buf_release(&text);
		ks_buf_release(&shifted);
	}
	ks_buf_release(&bytes);
	return rc;
}

/* Too few bytes, and one of the forms is empty: everything would match it. */
static int check_length(const struct ks_draft *draft, struct ks_err *err)
{
	for (size_t i = 0; i < draft->n; i++)
		if (draft->values[i].text.n == 0)
			return ks_err_set_at(err, KS_ERR_PARSE, draft->values[i].node->line,
				draft->values[i].node->column,
				"modifier 'base64offset' wants a longer value: nothing of this one is left in every place");
	return 0;
}

static int apply(struct ks_draft *draft, struct ks_err *err)
{
	if (ks_modifier_expect(draft, KS_TEST_STRING, "base64offset", "a string", err) != 0 ||
		ks_modifier_multiply(draft, forms, true, err) != 0)
		return -1;
	for (size_t i = 0; i < draft->n; i++)
		draft->values[i].has_mark = false;
	return check_length(draft, err);
}

const struct ks_modifier ks_modifier_base64offset = {
	.name = "base64offset",
	.help = "the value within a longer Base64 text, wherever it begins there",
	.apply = apply,
};
