/* field|cidr: the field is an IP address within the network. The network is parsed when the item is
 * compiled. */
#include "lib/sigma/modifier.h"

static int apply(struct ks_draft *draft, struct ks_err *err)
{
	if (ks_modifier_expect_first(draft, "cidr", err) != 0 ||
		ks_modifier_expect(draft, KS_TEST_STRING, "cidr", "a string", err) != 0)
		return -1;
	for (size_t i = 0; i < draft->n; i++)
		draft->values[i].kind = KS_TEST_CIDR;
	return 0;
}

const struct ks_modifier ks_modifier_cidr = {
	.name = "cidr",
	.help = "the field is an IP address within the network",
	.apply = apply,
};
