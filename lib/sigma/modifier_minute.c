/* field|minute: a time in the field has this minute. */
#include "lib/sigma/modifier.h"

static int apply(struct ks_draft *draft, struct ks_err *err)
{
	return ks_modifier_time(draft, KS_TIMEPART_MINUTE, "minute", err);
}

const struct ks_modifier ks_modifier_minute = {
	.name = "minute",
	.help = "the minute of a time in the field is this number",
	.apply = apply,
};
