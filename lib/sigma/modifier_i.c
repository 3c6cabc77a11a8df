/* field|re|i: letters match in either case. */
#include "lib/sigma/modifier.h"

static int apply(struct ks_draft *draft, struct ks_err *err)
{
	return ks_modifier_flag(draft, KS_REGEX_NOCASE, "i", err);
}

const struct ks_modifier ks_modifier_i = {
	.name = "i",
	.alias = "ignorecase",
	.help = "the regular expression ignores case",
	.apply = apply,
};
