/* Quotes, and an apostrophe where a formula would begin. */
#include "lib/report/cell.h"

#include "lib/base/text.h"

/* Also in their full width, which some programs read as the same. */
static bool begins_formula(struct ks_str s)
{
	static const struct ks_str starts[] = { { "=", 1 }, { "+", 1 }, { "-", 1 }, { "@", 1 }, { "\t", 1 },
		{ "\r", 1 }, { "\n", 1 }, { "|", 1 }, { "%", 1 }, { "\xEF\xBC\x9D", 3 }, { "\xEF\xBC\x8B", 3 },
		{ "\xEF\xBC\x8D", 3 }, { "\xEF\xBC\xA0", 3 } };

	while (s.n > 0 && (s.p[0] == ' ' || s.p[0] == '"' || s.p[0] == '\''))
		s = ks_str_sub(s, 1, s.n);
	for (size_t i = 0; i < sizeof(starts) / sizeof(starts[0]); i++)
		if (ks_str_has_prefix(s, starts[i]))
			return true;
	return false;
}

void ks_cell_add(struct ks_buf *out, struct ks_str value, bool is_first)
{
	struct ks_buf safe;

	ks_buf_init(&safe, SIZE_MAX / 2);
	ks_text_add_terminal(&safe, ks_str_sub(value, 0, KS_CELL_MOST));
	ks_buf_adds(out, is_first ? "\"" : ",\"");
	if (begins_formula(value))
		ks_buf_addc(out, '\'');
	for (size_t i = 0; i < safe.n; i++) {
		if (safe.p[i] == '"')
			ks_buf_addc(out, '"');
		ks_buf_addc(out, safe.p[i]);
	}
	if (value.n > KS_CELL_MOST)
		ks_buf_addf(out, " (%zu bytes in all)", value.n);
	ks_buf_addc(out, '"');
	ks_buf_release(&safe);
}
