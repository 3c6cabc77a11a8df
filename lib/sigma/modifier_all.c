/* field|all: every value of the list must be met, not any. It need not be by one and the same value of
 * the field. */
#include "lib/sigma/modifier.h"

static int apply(struct ks_draft *draft, struct ks_err *err)
{
	(void)err;
	draft->is_all = true;
	return 0;
}

const struct ks_modifier ks_modifier_all = {
	.name = "all",
	.help = "every value of the list must match, not any",
	.apply = apply,
};
