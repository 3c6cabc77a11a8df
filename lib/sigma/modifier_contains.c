/* field|contains: the value stands anywhere in the field. */
#include "lib/sigma/modifier.h"

static int apply(struct ks_draft *draft, struct ks_err *err)
{
	return ks_modifier_widen(draft, true, true, "contains", err);
}

const struct ks_modifier ks_modifier_contains = {
	.name = "contains",
	.help = "the value stands anywhere in the field",
	.apply = apply,
};
