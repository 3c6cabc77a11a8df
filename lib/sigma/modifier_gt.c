/* field|gt: a number of the field is greater than the value. */
#include "lib/sigma/modifier.h"

static int apply(struct ks_draft *draft, struct ks_err *err)
{
	return ks_modifier_compare(draft, KS_COMPARE_GT, "gt", err);
}

const struct ks_modifier ks_modifier_gt = {
	.name = "gt",
	.help = "the field is a number greater than the value",
	.apply = apply,
};
