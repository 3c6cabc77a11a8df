/* Fixed-point decimals in limbs of nine digits. */
#include "lib/sigma/decimal.h"

#include "lib/sigma/number.h"

#include <stdio.h>

#define LIMB INT64_C(1000000000)
#define LIMB_DIGITS 9

static const int64_t powers[LIMB_DIGITS] = { 1, 10, 100, 1000, 10000, 100000, 1000000, 10000000, 100000000 };

bool ks_decimal_parse(struct ks_str text, struct ks_decimal *out)
{
	struct ks_decimal value = { { 0 } };
	struct ks_number number;
	int64_t place;

	if (text.n > KS_DECIMAL_TEXT || !ks_number_parse(text, &number) || number.magnitude > KS_DECIMAL_WHOLE)
		return false;
	/* Counted from the lowest digit that there is. */
	place = number.magnitude + KS_DECIMAL_FRACTION - 1;
	for (size_t i = 0; i < number.digits.n && place >= 0; i++) {
		if (number.digits.p[i] == '.')
			continue;
		value.limbs[place / LIMB_DIGITS] += (number.digits.p[i] - '0') * powers[place % LIMB_DIGITS];
		place--;
	}
	for (size_t i = 0; number.is_negative && i < KS_DECIMAL_LIMBS; i++)
		value.limbs[i] = -value.limbs[i];
	*out = value;
	return true;
}

void ks_decimal_add(struct ks_decimal *sum, const struct ks_decimal *number, int64_t times)
{
	for (size_t i = 0; i < KS_DECIMAL_LIMBS; i++)
		sum->limbs[i] += number->limbs[i] * times;
}

/* Takes the carries: all limbs but the last come to 0 … 999999999, the last one has the sign. */
static void carry(struct ks_decimal *number)
{
	for (size_t i = 0; i + 1 < KS_DECIMAL_LIMBS; i++) {
		int64_t high = number->limbs[i] / LIMB, low = number->limbs[i] % LIMB;

		if (low < 0) {
			low += LIMB;
			high--;
		}
		number->limbs[i] = low;
		number->limbs[i + 1] += high;
	}
}

int ks_decimal_sign(const struct ks_decimal *number)
{
	struct ks_decimal value = *number;

	carry(&value);
	if (value.limbs[KS_DECIMAL_LIMBS - 1] < 0)
		return -1;
	for (size_t i = 0; i < KS_DECIMAL_LIMBS; i++)
		if (value.limbs[i] != 0)
			return 1;
	return 0;
}

int ks_decimal_compare(const struct ks_decimal *a, const struct ks_decimal *b)
{
	struct ks_decimal difference = *a;

	ks_decimal_add(&difference, b, -1);
	return ks_decimal_sign(&difference);
}

void ks_decimal_render(const struct ks_decimal *number, int64_t divisor, struct ks_buf *out)
{
	struct ks_decimal value = { { 0 } };
	char digits[KS_DECIMAL_LIMBS * LIMB_DIGITS + 16], *p = digits;
	size_t n, point, end;
	int64_t rest = 0;
	bool is_negative = ks_decimal_sign(number) < 0;

	ks_decimal_add(&value, number, is_negative ? -1 : 1);
	carry(&value);
	/* The top limb is below 10^18, so it is written wider; the others follow nine by nine. */
	for (size_t i = KS_DECIMAL_LIMBS; i-- > 0;) {
		int64_t part = rest * LIMB + value.limbs[i];
		bool is_top = i + 1 == KS_DECIMAL_LIMBS;

		p += snprintf(p, sizeof(digits) - (size_t)(p - digits), is_top ? "%lld" : "%09lld",
			(long long)(part / divisor));
		rest = part % divisor;
	}
	n = (size_t)(p - digits);
	point = n - KS_DECIMAL_FRACTION;
	for (p = digits; p < digits + point - 1 && *p == '0';)
		p++;
	end = point + 6;
	while (end > point && digits[end - 1] == '0')
		end--;
	if (is_negative)
		ks_buf_addc(out, '-');
	ks_buf_add(out, (struct ks_str){ p, (size_t)(digits + point - p) });
	if (end > point) {
		ks_buf_addc(out, '.');
		ks_buf_add(out, (struct ks_str){ digits + point, end - point });
	}
}
