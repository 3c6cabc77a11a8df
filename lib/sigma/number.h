/*
 * Decimal numbers as text, compared exactly: no rounding, any number of digits, so 9007199254740993 is not
 * 9007199254740992 and 1 is 1.0 is 10e-1.
 */
#ifndef KS_SIGMA_NUMBER_H
#define KS_SIGMA_NUMBER_H

#include "lib/base/str.h"

#include <stdbool.h>
#include <stdint.h>

/* The value 0.DIGITS times ten to the magnitude; a point among the digits does not count. Zero has no
 * digits. */
struct ks_number {
	struct ks_str digits;        /* from the first that is not zero to the last; borrowed from the text */
	int64_t magnitude;
	bool is_negative;
};

/* Sign, digits with or without a point, exponent. False when the text is anything else. An exponent
 * past 18 digits counts as the largest there is. */
bool ks_number_parse(struct ks_str text, struct ks_number *out);

/* Less than, equal to or greater than zero, as memcmp. */
int ks_number_compare(const struct ks_number *a, const struct ks_number *b);

#endif
