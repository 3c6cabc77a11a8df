/*
 * Times are int64 milliseconds since 1970 in UTC. Parsing accepts what AWS writes and what people type;
 * nothing here reads a clock or a time zone (the clock is in struct ks_ctx).
 */
#ifndef KS_BASE_TIME_H
#define KS_BASE_TIME_H

#include "lib/base/err.h"
#include "lib/base/str.h"

#include <stdbool.h>
#include <stdint.h>

#define KS_TIME_NONE INT64_MIN
#define KS_TIME_SECOND INT64_C(1000)
#define KS_TIME_DAY (INT64_C(86400) * KS_TIME_SECOND)
#define KS_TIME_TEXT 32        /* room for any rendered time */

/* RFC 3339 ("2026-11-21T10:15:00Z", with fraction, with "+11:00", blank for T), AWS's "20131102T010628Z",
 * and a plain date "2026-11-21" (midnight UTC). False when it is none of these. */
bool ks_time_parse(struct ks_str s, int64_t *out_ms);

/* As a person types it for --since and --until: all of the above, or an age such as 90s, 15m, 24h, 7d, 2w
 * counted back from now_ms. A plain date means its first instant, or its last with end_of_day. Errors:
 * USAGE. */
int ks_time_parse_user(struct ks_str s, int64_t now_ms, bool end_of_day, int64_t *out_ms,
	struct ks_err *err);

/* "2026-11-21T10:15:00Z", with ".123" only where there are milliseconds. Returns out. */
const char *ks_time_render(int64_t ms, char out[KS_TIME_TEXT]);

/* The calendar date of a time, for names and templates: "20261121" and so on come from these. */
struct ks_time_parts {
	int year, month, day, hour, minute, second, millisecond;
};
struct ks_time_parts ks_time_split(int64_t ms);

#endif
