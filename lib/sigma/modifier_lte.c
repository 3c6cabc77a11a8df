/* field|lte: a number of the field is less than or equal to the value. */
#include "lib/sigma/modifier.h"

static int apply(struct ks_draft *draft, struct ks_err *err)
{
	return ks_modifier_compare(draft, KS_COMPARE_LTE, "lte", err);
}

const struct ks_modifier ks_modifier_lte = {
	.name = "lte",
	.help = "the field is a number less than or equal to the value",
	.apply = apply,
};
