/* field|expand: %name% stands for each of the values that a placeholder of this name has; \% is a plain
 * percent sign. A name holds no percent sign, backslash or wildcard. Behind re the values go into the
 * expression as they are. */
#include "lib/base/limits.h"
#include "lib/sigma/modifier.h"

#include <string.h>

/* A stretch of the value: text as it is, or a placeholder. */
struct piece {
	struct ks_str text;
	const struct ks_placeholder *placeholder;
};

/* The length of "%name%" at the front of text, or 0. */
static size_t measure(struct ks_str text)
{
	size_t n = 1;

	if (text.p[0] != '%')
		return 0;
	while (n < text.n && text.p[n] != '\0' && strchr("%\\*?", text.p[n]) == NULL)
		n++;
	return n > 1 && n < text.n && text.p[n] == '%' ? n + 1 : 0;
}

static void add_text(struct ks_vec *pieces, struct ks_str text)
{
	if (text.n > 0)
		*(struct piece *)ks_vec_push(pieces) = (struct piece){ text, NULL };
}

static int cut(const struct ks_draft *draft, const struct ks_draft_value *value, struct ks_vec *out_pieces,
	struct ks_err *err)
{
	struct ks_str text = value->text;
	size_t from = 0, at = 0, n;

	while (at < text.n) {
		struct ks_str rest = ks_str_sub(text, at, text.n), name;
		const struct ks_placeholder *placeholder;

		if (rest.p[0] == '\\' && rest.n > 1) {
			/* Of "\%" the percent sign stays. */
			if (rest.p[1] == '%') {
				add_text(out_pieces, ks_str_sub(text, from, at - from));
				from = at + 1;
			}
			at += 2;
			continue;
		}
		n = measure(rest);
		if (n == 0) {
			at++;
			continue;
		}
		name = ks_str_sub(rest, 1, n - 2);
		placeholder = ks_placeholder_find(draft->env->placeholders, name);
		if (placeholder == NULL)
			return ks_err_set_at(err, KS_ERR_NOTFOUND, value->node->line, value->node->column,
				"placeholder '%%" KS_STR_FMT "%%' has no values: name a file with them by --placeholders "
				"FILE", KS_STR_ARG(name));
		add_text(out_pieces, ks_str_sub(text, from, at - from));
		*(struct piece *)ks_vec_push(out_pieces) = (struct piece){ name, placeholder };
		at += n;
		from = at;
	}
	add_text(out_pieces, ks_str_sub(text, from, text.n));
	return 0;
}

static int forms(const struct ks_draft *draft, const struct ks_draft_value *value, struct ks_vec *out_forms,
	struct ks_err *err)
{
	struct ks_vec pieces = KS_VEC_OF(struct piece);
	size_t count = 1;
	int rc = cut(draft, value, &pieces, err);

	for (size_t i = 0; rc == 0 && i < pieces.n; i++) {
		const struct piece *piece = KS_VEC_AT(&pieces, struct piece, i);

		count *= piece->placeholder != NULL ? piece->placeholder->n : 1;
		if (count > KS_LIMIT_RULE_NODES)
			rc = ks_err_set_at(err, KS_ERR_LIMIT, value->node->line, value->node->column,
				"the value stands for more than %u forms", KS_LIMIT_RULE_NODES);
	}
	for (size_t form = 0; rc == 0 && form < count; form++) {
		size_t rest = form;
		struct ks_buf text;

		ks_buf_init(&text, KS_LIMIT_RULE_BYTES);
		for (size_t i = 0; i < pieces.n; i++) {
			const struct piece *piece = KS_VEC_AT(&pieces, struct piece, i);

			if (piece->placeholder == NULL) {
				ks_buf_add(&text, piece->text);
				continue;
			}
			ks_buf_add(&text, piece->placeholder->values[rest % piece->placeholder->n]);
			rest /= piece->placeholder->n;
		}
		rc = ks_item_spend_bytes(draft->env, text.n, value->node, err);
		if (rc == 0)
			*(struct ks_str *)ks_vec_push(out_forms) = ks_arena_copy(draft->env->arena, ks_buf_str(&text));
		ks_buf_release(&text);
	}
	ks_vec_release(&pieces);
	return rc;
}

static int apply(struct ks_draft *draft, struct ks_err *err)
{
	for (size_t i = 0; i < draft->n; i++)
		if (draft->values[i].kind != KS_TEST_REGEX && draft->values[i].kind != KS_TEST_STRING)
			return ks_modifier_expect(draft, KS_TEST_STRING, "expand", "a string", err);
	if (ks_modifier_multiply(draft, forms, false, err) != 0)
		return -1;
	for (size_t i = 0; i < draft->n; i++)
		draft->values[i].shown = draft->values[i].text;
	return 0;
}

const struct ks_modifier ks_modifier_expand = {
	.name = "expand",
	.help = "%name% stands for the values of a placeholder",
	.apply = apply,
};
