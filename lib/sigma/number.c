/* Decimal text: normalized to digits and a magnitude, compared digit by digit. */
#include "lib/sigma/number.h"

#define LARGEST_EXPONENT INT64_C(1000000000000000000)

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* "e+12" and the like from *at to the end. */
static bool parse_exponent(struct ks_str text, size_t at, int64_t *out)
{
	int64_t value = 0;
	bool is_negative;

	if (at == text.n) {
		*out = 0;
		return true;
	}
	if (text.p[at] != 'e' && text.p[at] != 'E')
		return false;
	at++;
	is_negative = at < text.n && text.p[at] == '-';
	if (at < text.n && (text.p[at] == '-' || text.p[at] == '+'))
		at++;
	if (at == text.n)
		return false;
	for (; at < text.n; at++) {
		if (!is_digit(text.p[at]))
			return false;
		value = value >= LARGEST_EXPONENT / 10 ? LARGEST_EXPONENT : value * 10 + (text.p[at] - '0');
	}
	*out = is_negative ? -value : value;
	return true;
}

bool ks_number_parse(struct ks_str text, struct ks_number *out)
{
	struct ks_number number = { .digits = { text.p, 0 } };
	size_t at = 0, point = SIZE_MAX, first = SIZE_MAX, last = 0, start, digits = 0;
	int64_t exponent;

	if (text.n > 0 && (text.p[0] == '-' || text.p[0] == '+')) {
		number.is_negative = text.p[0] == '-';
		at++;
	}
	for (start = at; at < text.n; at++) {
		if (text.p[at] == '.' && point == SIZE_MAX) {
			point = at;
			continue;
		}
		if (!is_digit(text.p[at]))
			break;
		digits++;
		if (text.p[at] != '0') {
			first = first == SIZE_MAX ? at : first;
			last = at;
		}
	}
	if (digits == 0 || at == start || !parse_exponent(text, at, &exponent))
		return false;
	if (point == SIZE_MAX)
		point = at;
	if (first == SIZE_MAX) {
		number.is_negative = false;
	} else {
		number.digits = ks_str_sub(text, first, last - first + 1);
		number.magnitude =
			exponent + (point > first ? (int64_t)(point - first) : -(int64_t)(first - point - 1));
	}
	*out = number;
	return true;
}

/* The next digit of a number from *at on; 0 past its end. */
static char next_digit(struct ks_str digits, size_t *at)
{
	if (*at < digits.n && digits.p[*at] == '.')
		++*at;
	return *at < digits.n ? digits.p[(*at)++] : '0';
}

static int compare_magnitude(const struct ks_number *a, const struct ks_number *b)
{
	size_t i = 0, j = 0;

	if (a->digits.n == 0 || b->digits.n == 0)
		return (a->digits.n > 0) - (b->digits.n > 0);
	if (a->magnitude != b->magnitude)
		return a->magnitude < b->magnitude ? -1 : 1;
	while (i < a->digits.n || j < b->digits.n) {
		char x = next_digit(a->digits, &i), y = next_digit(b->digits, &j);

		if (x != y)
			return x < y ? -1 : 1;
	}
	return 0;
}

int ks_number_compare(const struct ks_number *a, const struct ks_number *b)
{
	if (a->is_negative != b->is_negative)
		return a->is_negative ? -1 : 1;
	return a->is_negative ? -compare_magnitude(a, b) : compare_magnitude(a, b);
}
