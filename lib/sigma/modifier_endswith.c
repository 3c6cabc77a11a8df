/* field|endswith: the field ends with the value. */
#include "lib/sigma/modifier.h"

static int apply(struct ks_draft *draft, struct ks_err *err)
{
	return ks_modifier_widen(draft, true, false, "endswith", err);
}

const struct ks_modifier ks_modifier_endswith = {
	.name = "endswith",
	.help = "the field ends with the value",
	.apply = apply,
};
