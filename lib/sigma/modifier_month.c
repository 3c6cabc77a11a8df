/* field|month: a time in the field has this month. */
#include "lib/sigma/modifier.h"

static int apply(struct ks_draft *draft, struct ks_err *err)
{
	return ks_modifier_time(draft, KS_TIMEPART_MONTH, "month", err);
}

const struct ks_modifier ks_modifier_month = {
	.name = "month",
	.help = "the month of a time in the field is this number",
	.apply = apply,
};
