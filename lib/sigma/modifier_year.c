/* field|year: a time in the field has this year. */
#include "lib/sigma/modifier.h"

static int apply(struct ks_draft *draft, struct ks_err *err)
{
	return ks_modifier_time(draft, KS_TIMEPART_YEAR, "year", err);
}

const struct ks_modifier ks_modifier_year = {
	.name = "year",
	.help = "the year of a time in the field is this number",
	.apply = apply,
};
