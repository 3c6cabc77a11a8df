/* field|re|m: ^ and $ match at every line. */
#include "lib/sigma/modifier.h"

static int apply(struct ks_draft *draft, struct ks_err *err)
{
	return ks_modifier_flag(draft, KS_REGEX_MULTILINE, "m", err);
}

const struct ks_modifier ks_modifier_m = {
	.name = "m",
	.alias = "multiline",
	.help = "^ and $ of the regular expression match at every line",
	.apply = apply,
};
