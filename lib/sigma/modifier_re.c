/* field|re: the field holds a match of the regular expression (PCRE). A plain number is taken for its
 * text. */
#include "lib/sigma/modifier.h"

static int apply(struct ks_draft *draft, struct ks_err *err)
{
	if (ks_modifier_expect_first(draft, "re", err) != 0)
		return -1;
	for (size_t i = 0; i < draft->n; i++)
		if (draft->values[i].kind == KS_TEST_NUMBER)
			draft->values[i].kind = KS_TEST_STRING;
	if (ks_modifier_expect(draft, KS_TEST_STRING, "re", "a string", err) != 0)
		return -1;
	for (size_t i = 0; i < draft->n; i++)
		draft->values[i].kind = KS_TEST_REGEX;
	return 0;
}

const struct ks_modifier ks_modifier_re = {
	.name = "re",
	.help = "the field holds a match of the regular expression",
	.apply = apply,
};
