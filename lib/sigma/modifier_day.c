/* field|day: a time in the field has this day. */
#include "lib/sigma/modifier.h"

static int apply(struct ks_draft *draft, struct ks_err *err)
{
	return ks_modifier_time(draft, KS_TIMEPART_DAY, "day", err);
}

const struct ks_modifier ks_modifier_day = {
	.name = "day",
	.help = "the day of a time in the field is this number",
	.apply = apply,
};
