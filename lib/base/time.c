/* Calendar arithmetic after Howard Hinnant's days-from-civil, so that no time zone or locale can
 * interfere. */
#include "lib/base/time.h"

#include <stdio.h>

static int64_t days_from_civil(int64_t y, int m, int d)
{
	int64_t era, yoe, doy, doe;

	y -= m <= 2;
	era = (y >= 0 ? y : y - 399) / 400;
	yoe = y - era * 400;
	doy = (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d - 1;
	doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
	return era * 146097 + doe - 719468;
}

struct ks_time_parts ks_time_split(int64_t ms)
{
	int64_t days = ms / KS_TIME_DAY, rest = ms % KS_TIME_DAY;
	int64_t z, era, doe, yoe, doy, mp;
	struct ks_time_parts parts;

	if (rest < 0) {
		rest += KS_TIME_DAY;
		days--;
	}
	z = days + 719468;
	era = (z >= 0 ? z : z - 146096) / 146097;
	doe = z - era * 146097;
	yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	mp = (5 * doy + 2) / 153;
	parts.day = (int)(doy - (153 * mp + 2) / 5 + 1);
	parts.month = (int)(mp < 10 ? mp + 3 : mp - 9);
	parts.year = (int)(yoe + era * 400 + (parts.month <= 2));
	parts.hour = (int)(rest / 3600000);
	parts.minute = (int)(rest / 60000 % 60);
	parts.second = (int)(rest / 1000 % 60);
	parts.millisecond = (int)(rest % 1000);
	return parts;
}

const char *ks_time_render(int64_t ms, char out[KS_TIME_TEXT])
{
	struct ks_time_parts t = ks_time_split(ms);
	int n = snprintf(out, KS_TIME_TEXT, "%04d-%02d-%02dT%02d:%02d:%02d", t.year, t.month, t.day, t.hour,
		t.minute, t.second);

	if (n > 0 && n < KS_TIME_TEXT && t.millisecond != 0)
		n += snprintf(out + n, (size_t)(KS_TIME_TEXT - n), ".%03d", t.millisecond);
	if (n > 0 && n < KS_TIME_TEXT)
		snprintf(out + n, (size_t)(KS_TIME_TEXT - n), "Z");
	return out;
}

/* Takes exactly n digits off the front. */
static bool take_digits(struct ks_str *s, size_t n, int *out)
{
	int value = 0;

	if (s->n < n)
		return false;
	for (size_t i = 0; i < n; i++) {
		if (s->p[i] < '0' || s->p[i] > '9')
			return false;
		value = value * 10 + (s->p[i] - '0');
	}
	*s = ks_str_sub(*s, n, s->n);
	*out = value;
	return true;
}

static bool take(struct ks_str *s, char c)
{
	if (s->n == 0 || s->p[0] != c)
		return false;
	*s = ks_str_sub(*s, 1, s->n);
	return true;
}

static bool take_date(struct ks_str *s, bool *out_has_dashes, int64_t *out_days)
{
	static const int lengths[] = { 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	int year, month, day;
	bool leap;

	if (!take_digits(s, 4, &year))
		return false;
	*out_has_dashes = take(s, '-');
	if (!take_digits(s, 2, &month) || (*out_has_dashes && !take(s, '-')) || !take_digits(s, 2, &day))
		return false;
	leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
	if (month < 1 || month > 12 || day < 1 || day > lengths[month - 1] || (month == 2 && day == 29 && !leap))
		return false;
	*out_days = days_from_civil(year, month, day);
	return true;
}

static bool take_clock(struct ks_str *s, bool has_colons, int64_t *out_ms)
{
	int hour, minute, second = 0;
	int64_t fraction = 0, scale = 100;

	if (!take_digits(s, 2, &hour) || (has_colons && !take(s, ':')) || !take_digits(s, 2, &minute))
		return false;
	if (has_colons ? take(s, ':') : s->n > 0 && s->p[0] >= '0' && s->p[0] <= '9')
		if (!take_digits(s, 2, &second))
			return false;
	if (hour > 23 || minute > 59 || second > 60)
		return false;
	if (take(s, '.')) {
		int digit;

		if (!take_digits(s, 1, &digit))
			return false;
		do {
			fraction += digit * scale;
			scale /= 10;
		} while (take_digits(s, 1, &digit));
	}
	*out_ms = ((hour * 60 + minute) * 60 + second) * KS_TIME_SECOND + fraction;
	return true;
}

static bool take_zone(struct ks_str *s, int64_t *out_ms)
{
	bool is_west = s->n > 0 && s->p[0] == '-';
	int hour, minute = 0;

	*out_ms = 0;
	if (take(s, 'Z') || take(s, 'z') || s->n == 0)
		return true;
	if (!take(s, '+') && !take(s, '-'))
		return false;
	if (!take_digits(s, 2, &hour))
		return false;
	if ((take(s, ':') || s->n > 0) && !take_digits(s, 2, &minute))
		return false;
	if (hour > 23 || minute > 59)
		return false;
	*out_ms = (hour * 60 + minute) * 60 * KS_TIME_SECOND * (is_west ? -1 : 1);
	return true;
}

/* Two digits, or something over 99. */
static inline unsigned pair(const char *p)
{
	unsigned tens = (unsigned char)p[0] - (unsigned)'0', ones = (unsigned char)p[1] - (unsigned)'0';

	return tens > 9 || ones > 9 ? 100 : tens * 10 + ones;
}

/* "2026-11-21T10:15:00Z", which nearly all are; the last days of months are left to others. */
static bool parse_usual(struct ks_str s, int64_t *out_ms)
{
	unsigned century, year, month, day, hour, minute, second;

	if (s.n != 20 || s.p[4] != '-' || s.p[7] != '-' || s.p[10] != 'T' || s.p[13] != ':' || s.p[16] != ':' ||
		s.p[19] != 'Z')
		return false;
	century = pair(s.p);
	year = pair(s.p + 2);
	month = pair(s.p + 5);
	day = pair(s.p + 8);
	hour = pair(s.p + 11);
	minute = pair(s.p + 14);
	second = pair(s.p + 17);
	if (century > 99 || year > 99 || month - 1 > 11 || day - 1 > 27)
		return false;
	if (hour > 23 || minute > 59 || second > 59)
		return false;
	*out_ms = days_from_civil(century * 100 + year, (int)month, (int)day) * KS_TIME_DAY +
		((hour * 60 + minute) * 60 + second) * KS_TIME_SECOND;
	return true;
}

bool ks_time_parse(struct ks_str s, int64_t *out_ms)
{
	int64_t days, clock = 0, zone = 0;
	bool has_dashes;

	if (parse_usual(s, out_ms))
		return true;
	if (!take_date(&s, &has_dashes, &days))
		return false;
	if (s.n > 0) {
		if (!take(&s, 'T') && !take(&s, 't') && !take(&s, ' '))
			return false;
		if (!take_clock(&s, has_dashes, &clock) || !take_zone(&s, &zone))
			return false;
	}
	if (s.n > 0)
		return false;
	*out_ms = days * KS_TIME_DAY + clock - zone;
	return true;
}

int ks_time_parse_user(struct ks_str s, int64_t now_ms, bool end_of_day, int64_t *out_ms, struct ks_err *err)
{
	static const struct { char unit; int64_t ms; } units[] = {
		{ 's', KS_TIME_SECOND }, { 'm', 60 * KS_TIME_SECOND }, { 'h', 3600 * KS_TIME_SECOND },
		{ 'd', KS_TIME_DAY }, { 'w', 7 * KS_TIME_DAY },
	};
	int64_t count;

	if (ks_time_parse(s, out_ms)) {
		if (end_of_day && s.n <= 10)
			*out_ms += KS_TIME_DAY - 1;
		return 0;
	}
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]) && s.n > 1; i++) {
		if (s.p[s.n - 1] != units[i].unit || !ks_str_parse_int(ks_str_sub(s, 0, s.n - 1), &count))
			continue;
		if (count >= 0 && count < INT64_C(1000000000)) {
			*out_ms = now_ms - count * units[i].ms;
			return 0;
		}
	}
	return ks_err_set(err, KS_ERR_USAGE,
		"'" KS_STR_FMT "' is no time: give 2026-11-21, 2026-11-21T10:15:00Z, or an age such as 24h or 7d",
		KS_STR_ARG(s));
}
