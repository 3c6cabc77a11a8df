/* field|neq: none of the values is met. A field that is absent differs from every value, as pySigma has
 * it (NOT). */
#include "lib/sigma/modifier.h"

static int apply(struct ks_draft *draft, struct ks_err *err)
{
	(void)err;
	draft->is_negated = true;
	return 0;
}

const struct ks_modifier ks_modifier_neq = {
	.name = "neq",
	.help = "the field is different from the values",
	.apply = apply,
};
