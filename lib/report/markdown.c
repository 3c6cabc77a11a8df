/* Characters that mean something are escaped; those that mean something even so stand in code spans. */
#include "lib/report/markdown.h"

#include "lib/base/text.h"

#include <string.h>

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* The character i places behind p, or NUL. */
static char peek(struct ks_str s, size_t at)
{
	return at < s.n ? s.p[at] : '\0';
}

/* ":name:" becomes a picture. */
static bool is_picture(struct ks_str s, size_t at)
{
	size_t end = at + 1;

	if (!is_letter(peek(s, end)) && peek(s, end) != '+' && peek(s, end) != '-')
		return false;
	while (is_letter(peek(s, end)) || is_digit(peek(s, end)) || (peek(s, end) != '\0' && strchr("_+-",
		peek(s, end)) != NULL))
		end++;
	return peek(s, end) == ':';
}

/* Whether a link, a mention or a reference would hang on the character there. */
static bool is_hook(struct ks_str s, size_t at)
{
	char c = s.p[at], next = peek(s, at + 1);

	switch (c) {
	case '@':
		return true;
	case '#': case '!': case '$': case '%': case '~': case '&':
		return is_letter(next) || is_digit(next) || next == '"' || next == '_';
	case ':':
		return ks_str_has_prefix(ks_str_sub(s, at, s.n), KS_STR("://")) || is_picture(s, at);
	case '.':
		return at >= 3 && ks_str_is_equal_nocase(ks_str_sub(s, at - 3, 3), KS_STR("www"));
	case '-':
		return at >= 2 && is_digit(next) && ks_str_is_equal_nocase(ks_str_sub(s, at - 2, 2), KS_STR("GH"));
	default:
		return false;
	}
}

/* What begins a list, a heading's underline or a rule at the beginning of a line. */
static bool is_beginning(struct ks_str s, size_t at)
{
	char c = s.p[at];

	if (at == 0)
		return c == '-' || c == '+' || c == '=';
	if (c != '.' && c != ')')
		return false;
	for (size_t i = 0; i < at; i++)
		if (!is_digit(s.p[i]))
			return false;
	return true;
}

void ks_markdown_add_words(struct ks_buf *out, struct ks_str words)
{
	static const char markup[] = "\\`*_{}[]<>#!|~&$^";
	struct ks_str safe;
	struct ks_buf text;

	ks_buf_init(&text, SIZE_MAX / 2);
	ks_text_add_terminal(&text, ks_str_trim(words));
	safe = ks_buf_str(&text);
	for (size_t i = 0; i < safe.n; i++) {
		if (is_hook(safe, i)) {
			ks_buf_addf(out, "`%c`", safe.p[i]);
			continue;
		}
		if (memchr(markup, safe.p[i], sizeof(markup) - 1) != NULL || is_beginning(safe, i))
			ks_buf_addc(out, '\\');
		ks_buf_addc(out, safe.p[i]);
	}
	ks_buf_release(&text);
}

/* At most so many bytes, whole characters. */
static struct ks_str cut(struct ks_str s, size_t most)
{
	struct ks_str rest = s;
	size_t taken = 0, n;
	uint32_t c;

	while (taken < most && (n = ks_text_next(rest, &c)) > 0 && taken + n <= most) {
		taken += n;
		rest = ks_str_sub(rest, n, rest.n);
	}
	return ks_str_sub(s, 0, taken);
}

void ks_markdown_add_code(struct ks_buf *out, struct ks_str value, size_t most)
{
	struct ks_str shown = cut(value, most);
	struct ks_buf safe;

	if (value.n == 0) {
		ks_buf_adds(out, "(none)");
		return;
	}
	ks_buf_init(&safe, SIZE_MAX / 2);
	ks_text_add_terminal(&safe, shown);
	ks_buf_addc(out, '`');
	for (size_t i = 0; i < safe.n; i++) {
		if (safe.p[i] == '`' || safe.p[i] == '|')
			ks_buf_addf(out, "\\x%02X", (unsigned)safe.p[i]);
		else
			ks_buf_addc(out, safe.p[i]);
	}
	/* A backslash in front of the end of a cell is no business of ours. */
	if (safe.n > 0 && safe.p[safe.n - 1] == '\\')
		ks_buf_addc(out, ' ');
	ks_buf_addc(out, '`');
	if (shown.n < value.n)
		ks_buf_addf(out, " and %zu more bytes", value.n - shown.n);
	ks_buf_release(&safe);
}
