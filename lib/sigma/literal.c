/* Reads a regular expression only as far as it is a plain row of characters; gives up on all else. */
#include "lib/sigma/literal.h"

#include "lib/codec/regex.h"

#include <string.h>

/* A character that stands for itself, or something that stands for others; or what is not understood. */
enum part { LETTER, OTHER, UNKNOWN };

/* A class, from behind its opening bracket to behind the closing one. */
static enum part skip_class(struct ks_str *rest)
{
	size_t i = rest->n > 0 && rest->p[0] == '^';

	/* A bracket at the beginning is one of the class; names of classes hold brackets of their own. */
	if (i < rest->n && rest->p[i] == ']')
		i++;
	for (; i < rest->n && rest->p[i] != ']'; i++) {
		if (rest->p[i] == '[')
			return UNKNOWN;
		if (rest->p[i] == '\\' && (i + 1 == rest->n || rest->p[++i] == 'Q' || rest->p[i] == 'E'))
			return UNKNOWN;
	}
	if (i == rest->n)
		return UNKNOWN;
	*rest = ks_str_sub(*rest, i + 1, rest->n);
	return OTHER;
}

static enum part skip_escape(struct ks_str *rest, char *out)
{
	if (rest->n == 0)
		return UNKNOWN;
	*out = rest->p[0];
	*rest = ks_str_sub(*rest, 1, rest->n);
	if (strchr("dDwWsSbB", *out) != NULL && *out != '\0')
		return OTHER;
	/* Others with a letter or a digit may reach further. */
	return *out != '\0' && strchr(".:/-_@*+?()[]{}|^$\\ \"'#&%=,;<>!~", *out) != NULL ? LETTER : UNKNOWN;
}

static enum part next(struct ks_str *rest, char *out)
{
	*out = rest->p[0];
	*rest = ks_str_sub(*rest, 1, rest->n);
	switch (*out) {
	case '\\':
		return skip_escape(rest, out);
	case '[':
		return skip_class(rest);
	case '(':
	case ')':
	case '|':
	case '\0':
		return UNKNOWN;
	case '.':
	case '^':
	case '$':
		return OTHER;
	default:
		/* Of a character of several bytes, a quantifier means all. */
		return (unsigned char)*out < 0x80 ? LETTER : UNKNOWN;
	}
}

/* Passes over quantifiers. UNKNOWN for a brace that is none, LETTER when there is nothing of the kind. */
static enum part skip_quantifier(struct ks_str *rest)
{
	enum part part = LETTER;

	while (rest->n > 0 && strchr("?*+{", rest->p[0]) != NULL && rest->p[0] != '\0') {
		size_t n = 1;

		while (rest->p[0] == '{' && n < rest->n && strchr("0123456789,", rest->p[n]) != NULL &&
			rest->p[n] != '\0')
			n++;
		if (rest->p[0] == '{' && (n == rest->n || rest->p[n++] != '}'))
			return UNKNOWN;
		*rest = ks_str_sub(*rest, n, rest->n);
		part = OTHER;
	}
	return part;
}

bool ks_literal_find(struct ks_str pattern, unsigned flags, struct ks_buf *out)
{
	size_t from = 0, best = 0, best_n = 0;
	struct ks_buf row;

	if ((flags & KS_REGEX_NOCASE) != 0)
		return false;
	ks_buf_init(&row, pattern.n + 1);
	while (pattern.n > 0) {
		enum part part, behind;
		char c;

		part = next(&pattern, &c);
		behind = part != UNKNOWN ? skip_quantifier(&pattern) : UNKNOWN;
		if (behind == UNKNOWN) {
			best_n = 0;
			break;
		}
		/* A character that is repeated, or need not be there, is no part of the row. */
		if (behind == OTHER)
			part = OTHER;
		if (part == LETTER)
			ks_buf_addc(&row, c);
		else
			from = row.n;
		if (row.n - from > best_n) {
			best = from;
			best_n = row.n - from;
		}
	}
	if (best_n >= KS_LITERAL_LEAST)
		ks_buf_add(out, ks_str_sub(ks_buf_str(&row), best, best_n));
	ks_buf_release(&row);
	return best_n >= KS_LITERAL_LEAST;
}
