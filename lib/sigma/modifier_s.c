/* field|re|s: . matches a newline too. */
#include "lib/sigma/modifier.h"

static int apply(struct ks_draft *draft, struct ks_err *err)
{
	return ks_modifier_flag(draft, KS_REGEX_DOTALL, "s", err);
}

const struct ks_modifier ks_modifier_s = {
	.name = "s",
	.alias = "dotall",
	.help = ". of the regular expression matches a newline too",
	.apply = apply,
};
