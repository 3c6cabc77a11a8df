/* field|utf16: the value in UTF-16LE behind a byte order mark. */
#include "lib/sigma/encoding.h"

static int apply(struct ks_draft *draft, struct ks_err *err)
{
	return ks_encoding_utf16(draft, false, true, "utf16", err);
}

const struct ks_modifier ks_modifier_utf16 = {
	.name = "utf16",
	.help = "the value in UTF-16LE behind a byte order mark",
	.apply = apply,
};
