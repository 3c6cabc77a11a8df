/* field|wide: the value in UTF-16LE, also called utf16le. */
#include "lib/sigma/encoding.h"

static int apply(struct ks_draft *draft, struct ks_err *err)
{
	return ks_encoding_utf16(draft, false, false, "wide", err);
}

const struct ks_modifier ks_modifier_wide = {
	.name = "wide",
	.alias = "utf16le",
	.help = "the value in UTF-16LE",
	.apply = apply,
};
