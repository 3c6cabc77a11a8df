/* field|week: a time in the field has this week. */
#include "lib/sigma/modifier.h"

static int apply(struct ks_draft *draft, struct ks_err *err)
{
	return ks_modifier_time(draft, KS_TIMEPART_WEEK, "week", err);
}

const struct ks_modifier ks_modifier_week = {
	.name = "week",
	.help = "the week of a time in the field is this number",
	.apply = apply,
};
