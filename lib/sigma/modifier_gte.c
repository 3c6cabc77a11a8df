/* field|gte: a number of the field is greater than or equal to the value. */
#include "lib/sigma/modifier.h"

static int apply(struct ks_draft *draft, struct ks_err *err)
{
	return ks_modifier_compare(draft, KS_COMPARE_GTE, "gte", err);
}

const struct ks_modifier ks_modifier_gte = {
	.name = "gte",
	.help = "the field is a number greater than or equal to the value",
	.apply = apply,
};
