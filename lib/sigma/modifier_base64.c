/* field|base64: the value in Base64. */
#include "lib/codec/base64.h"
#include "lib/sigma/encoding.h"

static int apply(struct ks_draft *draft, struct ks_err *err)
{
	int rc = 0;

	if (ks_modifier_expect(draft, KS_TEST_STRING, "base64", "a string", err) != 0)
		return -1;
	for (size_t i = 0; rc == 0 && i < draft->n; i++) {
		struct ks_draft_value *value = &draft->values[i];
		struct ks_buf bytes, text;

		ks_buf_init(&bytes, value->text.n + 16);
		ks_buf_init(&text, value->text.n * 2 + 64);
		rc = ks_encoding_bytes(value, "base64", &bytes, err);
		ks_base64_encode(ks_buf_str(&bytes), &text);
		value->text = ks_arena_copy(draft->env->arena, ks_buf_str(&text));
		value->has_mark = false;
		ks_buf_release(&text);
		ks_buf_release(&bytes);
	}
	return rc;
}

const struct ks_modifier ks_modifier_base64 = {
	.name = "base64",
	.help = "the value in Base64",
	.apply = apply,
};
