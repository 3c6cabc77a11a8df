/* field|hour: a time in the field has this hour. */
#include "lib/sigma/modifier.h"

static int apply(struct ks_draft *draft, struct ks_err *err)
{
	return ks_modifier_time(draft, KS_TIMEPART_HOUR, "hour", err);
}

const struct ks_modifier ks_modifier_hour = {
	.name = "hour",
	.help = "the hour of a time in the field is this number",
	.apply = apply,
};
