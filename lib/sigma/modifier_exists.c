/* field|exists: the field is there (true) or is not (false), whatever its value. */
#include "lib/sigma/modifier.h"

static int apply(struct ks_draft *draft, struct ks_err *err)
{
	if (ks_modifier_expect_first(draft, "exists", err) != 0)
		return -1;
	if (draft->n != 1)
		return ks_err_set_at(err, KS_ERR_PARSE, draft->values[0].node->line,
			draft->values[0].node->column,
			"modifier 'exists' wants one value, true or false, not a list");
	if (ks_modifier_expect(draft, KS_TEST_BOOL, "exists", "true or false", err) != 0)
		return -1;
	draft->values[0].kind = KS_TEST_EXISTS;
	return 0;
}

const struct ks_modifier ks_modifier_exists = {
	.name = "exists",
	.help = "the field is there, or is not, whatever its value",
	.apply = apply,
};
