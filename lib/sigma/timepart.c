/* Times to their parts. */
#include "lib/sigma/timepart.h"

#include "lib/base/time.h"

/* Monday is 0; 1970-01-01 was a Thursday. */
static int64_t weekday(int64_t ms)
{
	int64_t days = ms / KS_TIME_DAY - (ms % KS_TIME_DAY < 0);

	return ((days + 3) % 7 + 7) % 7;
}

/* The Thursday of a week lies in the year that the week is counted in. */
static int64_t week_of(int64_t ms)
{
	int64_t thursday = ms + (3 - weekday(ms)) * KS_TIME_DAY, n = 1;
	int year = ks_time_split(thursday).year;

	while (ks_time_split(thursday - n * 7 * KS_TIME_DAY).year == year)
		n++;
	return n;
}

void ks_timepart_range(enum ks_timepart part, int64_t *out_least, int64_t *out_most)
{
	static const struct {
		int64_t least, most;
	} ranges[] = {
		[KS_TIMEPART_MINUTE] = { 0, 59 },
		[KS_TIMEPART_HOUR] = { 0, 23 },
		[KS_TIMEPART_DAY] = { 1, 31 },
		[KS_TIMEPART_WEEK] = { 1, 53 },
		[KS_TIMEPART_MONTH] = { 1, 12 },
		[KS_TIMEPART_YEAR] = { 0, 9999 },
	};

	*out_least = ranges[part].least;
	*out_most = ranges[part].most;
}

bool ks_timepart_read(enum ks_timepart part, struct ks_str text, int64_t *out)
{
	struct ks_time_parts parts;
	int64_t ms;

	if (!ks_time_parse(text, &ms))
		return false;
	parts = ks_time_split(ms);
	switch (part) {
	case KS_TIMEPART_NONE:
		return false;
	case KS_TIMEPART_MINUTE:
		*out = parts.minute;
		return true;
	case KS_TIMEPART_HOUR:
		*out = parts.hour;
		return true;
	case KS_TIMEPART_DAY:
		*out = parts.day;
		return true;
	case KS_TIMEPART_WEEK:
		*out = week_of(ms);
		return true;
	case KS_TIMEPART_MONTH:
		*out = parts.month;
		return true;
	case KS_TIMEPART_YEAR:
		*out = parts.year;
		return true;
	}
	return false;
}
