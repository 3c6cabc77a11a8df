/* field|lt: a number of the field is less than the value. */
#include "lib/sigma/modifier.h"

static int apply(struct ks_draft *draft, struct ks_err *err)
{
	return ks_modifier_compare(draft, KS_COMPARE_LT, "lt", err);
}

const struct ks_modifier ks_modifier_lt = {
	.name = "lt",
	.help = "the field is a number less than the value",
	.apply = apply,
};
