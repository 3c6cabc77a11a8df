/*
 * Parts of a time, for the modifiers minute, hour, day, week, month and year. A time is taken in UTC,
 * whatever offset it is written with; the week is that of ISO 8601, which begins on Monday and counts from
 * the one that holds January 4 (Sigma 2.1 says 1 to 52, and leaves open which week that is).
 */
#ifndef KS_SIGMA_TIMEPART_H
#define KS_SIGMA_TIMEPART_H

#include "lib/base/str.h"

#include <stdbool.h>
#include <stdint.h>

enum ks_timepart {
	KS_TIMEPART_NONE,
	KS_TIMEPART_MINUTE,
	KS_TIMEPART_HOUR,
	KS_TIMEPART_DAY,
	KS_TIMEPART_WEEK,
	KS_TIMEPART_MONTH,
	KS_TIMEPART_YEAR,
};

/* The smallest and the largest number that a part can be. */
void ks_timepart_range(enum ks_timepart part, int64_t *out_least, int64_t *out_most);

/* False when text is no time as lib/base/time reads it. */
bool ks_timepart_read(enum ks_timepart part, struct ks_str text, int64_t *out);

#endif
