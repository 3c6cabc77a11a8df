/* field|utf16be: the value in UTF-16BE. */
#include "lib/sigma/encoding.h"

static int apply(struct ks_draft *draft, struct ks_err *err)
{
	return ks_encoding_utf16(draft, true, false, "utf16be", err);
}

const struct ks_modifier ks_modifier_utf16be = {
	.name = "utf16be",
	.help = "the value in UTF-16BE",
	.apply = apply,
};
