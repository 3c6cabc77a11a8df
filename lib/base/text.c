/* Escaping for terminals, JSON and HTML, and the UTF-8 reader that both stand on (Unicode 15, table 3-7). */
#include "lib/base/text.h"

#define REPLACEMENT 0xFFFDu
#define BIT(c) (UINT64_C(1) << ((c) & 63))
#define PRINTABLE_LOW (UINT64_MAX << ' ')          /* of ASCII, below '@' */
#define PRINTABLE_HIGH (UINT64_MAX & ~BIT(0x7F))   /* and from there on */

/* Adds what s begins with that stays as it is, which is most of all text: ASCII of a set, a bit for each.
 * Returns what is behind it. */
static struct ks_str add_plain(struct ks_buf *out, struct ks_str s, const uint64_t plain[2])
{
	size_t n = 0;

	while (n < s.n && (unsigned char)s.p[n] < 0x80 && (plain[s.p[n] >> 6] & BIT(s.p[n])) != 0)
		n++;
	/* As far as there is room, as if letter by letter. */
	if (n > out->max - out->n)
		ks_buf_add(out, ks_str_sub(s, 0, out->max - out->n));
	ks_buf_add(out, ks_str_sub(s, 0, n));
	return ks_str_sub(s, n, s.n);
}

static bool is_continuation(struct ks_str s, size_t i, unsigned char low, unsigned char high)
{
	return i < s.n && (unsigned char)s.p[i] >= low && (unsigned char)s.p[i] <= high;
}

size_t ks_text_next(struct ks_str s, uint32_t *out_code_point)
{
	unsigned char lead = s.n > 0 ? (unsigned char)s.p[0] : 0;
	unsigned char low = 0x80, high = 0xBF;
	uint32_t point;
	size_t length;

	*out_code_point = REPLACEMENT;
	if (s.n == 0)
		return 0;
	if (lead < 0x80) {
		*out_code_point = lead;
		return 1;
	}
	if (lead < 0xC2 || lead > 0xF4)
		return 1;
	length = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
	/* The second byte is narrower after four leads: no overlong forms, no surrogates, nothing past
	 * U+10FFFF. */
	if (lead == 0xE0)
		low = 0xA0;
	else if (lead == 0xED)
		high = 0x9F;
	else if (lead == 0xF0)
		low = 0x90;
	else if (lead == 0xF4)
		high = 0x8F;
	point = lead & (0xFFu >> (length + 1));
	for (size_t i = 1; i < length; i++) {
		if (!is_continuation(s, i, i == 1 ? low : 0x80, i == 1 ? high : 0xBF))
			return i;
		point = point << 6 | ((unsigned char)s.p[i] & 0x3Fu);
	}
	*out_code_point = point;
	return length;
}

/* Characters that move, hide or turn around what stands beside them: Unicode's
 * Default_Ignorable_Code_Point, the line and paragraph separators, and the interlinear marks. */
static bool is_invisible(uint32_t c)
{
	static const struct { uint32_t first, last; } ranges[] = {
		{ 0x00AD, 0x00AD }, { 0x034F, 0x034F }, { 0x061C, 0x061C }, { 0x115F, 0x1160 }, { 0x17B4, 0x17B5 },
		{ 0x180B, 0x180F }, { 0x200B, 0x200F }, { 0x2028, 0x202E }, { 0x2060, 0x206F }, { 0x3164, 0x3164 },
		{ 0xFE00, 0xFE0F }, { 0xFEFF, 0xFEFF }, { 0xFFA0, 0xFFA0 }, { 0xFFF0, 0xFFFB }, { 0x1BCA0, 0x1BCA3 },
		{ 0x1D173, 0x1D17A }, { 0xE0000, 0xE0FFF },
	};

	for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++)
		if (c >= ranges[i].first && c <= ranges[i].last)
			return true;
	return false;
}

void ks_text_add_terminal(struct ks_buf *out, struct ks_str s)
{
	static const uint64_t plain[2] = { PRINTABLE_LOW, PRINTABLE_HIGH };
	uint32_t c;
	size_t n;

	for (s = add_plain(out, s, plain); (n = ks_text_next(s, &c)) > 0;
		s = add_plain(out, ks_str_sub(s, n, s.n), plain)) {
		if (c < 0x20 || (c >= 0x7F && c < 0xA0))
			ks_buf_addf(out, "\\x%02x", (unsigned)c);
		else if (is_invisible(c))
			ks_buf_addf(out, "\\u{%04x}", (unsigned)c);
		else if (c == REPLACEMENT)
			ks_buf_adds(out, "\xEF\xBF\xBD");
		else
			ks_buf_add(out, ks_str_sub(s, 0, n));
	}
}

/* A character of a JSON string by its number: of two halves beyond U+FFFF. */
static void add_unit(struct ks_buf *out, uint32_t c)
{
	if (c < 0x10000)
		ks_buf_addf(out, "\\u%04x", (unsigned)c);
	else
		ks_buf_addf(out, "\\u%04x\\u%04x", 0xD800u + (unsigned)((c - 0x10000) >> 10),
			0xDC00u + (unsigned)((c - 0x10000) & 0x3FF));
}

void ks_text_add_json(struct ks_buf *out, struct ks_str s)
{
	static const uint64_t plain[2] = { PRINTABLE_LOW & ~BIT('"'), PRINTABLE_HIGH & ~BIT('\\') };
	uint32_t c;
	size_t n;

	for (s = add_plain(out, s, plain); (n = ks_text_next(s, &c)) > 0;
		s = add_plain(out, ks_str_sub(s, n, s.n), plain)) {
		if (c == '"' || c == '\\') {
			ks_buf_addc(out, '\\');
			ks_buf_addc(out, (char)c);
		} else if (c == '\n') {
			ks_buf_adds(out, "\\n");
		} else if (c < 0x20 || (c >= 0x7F && c < 0xA0) || is_invisible(c)) {
			add_unit(out, c);
		} else if (c == REPLACEMENT) {
			ks_buf_adds(out, "\xEF\xBF\xBD");
		} else {
			ks_buf_add(out, ks_str_sub(s, 0, n));
		}
	}
}

bool ks_text_is_hidden(uint32_t c)
{
	return c < 0x20 || (c >= 0x7F && c < 0xA0) || is_invisible(c) || (c >= 0xFDD0 && c <= 0xFDEF) ||
		(c & 0xFFFE) == 0xFFFE;
}

void ks_text_add_html(struct ks_buf *out, struct ks_str s)
{
	static const uint64_t plain[2] = {
		PRINTABLE_LOW & ~(BIT('&') | BIT('<') | BIT('>') | BIT('"') | BIT('\'')), PRINTABLE_HIGH };
	uint32_t c;
	size_t n;

	for (s = add_plain(out, s, plain); (n = ks_text_next(s, &c)) > 0;
		s = add_plain(out, ks_str_sub(s, n, s.n), plain)) {
		if (c == '&')
			ks_buf_adds(out, "&amp;");
		else if (c == '<')
			ks_buf_adds(out, "&lt;");
		else if (c == '>')
			ks_buf_adds(out, "&gt;");
		else if (c == '"')
			ks_buf_adds(out, "&quot;");
		else if (c == '\'')
			ks_buf_adds(out, "&#39;");
		else if (ks_text_is_hidden(c))
			ks_buf_addf(out, c < 0x100 ? "\\x%02x" : "\\u{%04x}", (unsigned)c);
		else if (c == REPLACEMENT)
			ks_buf_adds(out, "\xEF\xBF\xBD");
		else
			ks_buf_add(out, ks_str_sub(s, 0, n));
	}
}
