/* field|startswith: the field starts with the value. */
#include "lib/sigma/modifier.h"

static int apply(struct ks_draft *draft, struct ks_err *err)
{
	return ks_modifier_widen(draft, false, true, "startswith", err);
}

const struct ks_modifier ks_modifier_startswith = {
	.name = "startswith",
	.help = "the field starts with the value",
	.apply = apply,
};
