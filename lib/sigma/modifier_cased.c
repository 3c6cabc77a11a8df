/* field|cased: upper and lower case differ. */
#include "lib/sigma/modifier.h"

static int apply(struct ks_draft *draft, struct ks_err *err)
{
	for (size_t i = 0; i < draft->n; i++)
		if (draft->values[i].kind != KS_TEST_STRING && draft->values[i].kind != KS_TEST_FIELD)
			return ks_err_set_at(err, KS_ERR_PARSE, draft->values[i].node->line,
				draft->values[i].node->column, "modifier 'cased' wants a string");
	draft->is_cased = true;
	return 0;
}

const struct ks_modifier ks_modifier_cased = {
	.name = "cased",
	.help = "upper and lower case differ",
	.apply = apply,
};
