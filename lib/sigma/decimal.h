/*
 * Exact sums of decimal numbers: fixed point, KS_DECIMAL_WHOLE digits before the point and
 * KS_DECIMAL_FRACTION behind it. Adding, taking away and multiplying by whole numbers lose nothing, in
 * whatever order; so sums over the same numbers are equal, and averages are compared without dividing.
 *
 * Numbers come as text (number.h), at most KS_DECIMAL_TEXT bytes. Digits past the last one behind the point
 * are cut off; larger numbers, and longer text, are none.
 */
#ifndef KS_SIGMA_DECIMAL_H
#define KS_SIGMA_DECIMAL_H

#include "lib/base/buf.h"
#include "lib/base/str.h"

#include <stdbool.h>
#include <stdint.h>

#define KS_DECIMAL_FRACTION 36
#define KS_DECIMAL_WHOLE 45
#define KS_DECIMAL_TEXT 128u
#define KS_DECIMAL_LIMBS ((KS_DECIMAL_FRACTION + KS_DECIMAL_WHOLE) / 9)

/* Limbs of nine digits, the lowest first; each has its own sign, and carries are taken only where numbers
 * are compared or shown. There is room for a billion additions. Zeroed: 0. */
struct ks_decimal {
	int64_t limbs[KS_DECIMAL_LIMBS];
};

/* False when the text is no number, or one that does not fit. */
bool ks_decimal_parse(struct ks_str text, struct ks_decimal *out);

/* sum += number * times; |times| is at most a million, and so is the number of additions of such. */
void ks_decimal_add(struct ks_decimal *sum, const struct ks_decimal *number, int64_t times);

/* Less than, equal to or greater than zero. */
int ks_decimal_sign(const struct ks_decimal *number);

/* a - b, as memcmp. */
int ks_decimal_compare(const struct ks_decimal *a, const struct ks_decimal *b);

/* For people: number / divisor, with at most six digits behind the point, the rest cut off. */
void ks_decimal_render(const struct ks_decimal *number, int64_t divisor, struct ks_buf *out);

#endif
