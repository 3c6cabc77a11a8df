/*
 * From times to places along an axis. Long idle stretches between events are cut out, so that what happened
 * within seconds can be told apart although the next burst came a day later.
 */
#ifndef KS_REPORT_TIMESCALE_H
#define KS_REPORT_TIMESCALE_H

#include <stddef.h>
#include <stdint.h>

#define KS_TIMESCALE_SEGMENTS 5u
#define KS_TIMESCALE_GAP 64.0 /* width of a stretch that was cut out */

/* A stretch of the axis that is drawn to scale. */
struct ks_timescale_segment {
	int64_t first_ms, last_ms; /* of its events */
	int64_t from_ms, to_ms; /* of its ends: a moment gets some seconds around it */
	double x, width;
};

struct ks_timescale {
	struct ks_timescale_segment segments[KS_TIMESCALE_SEGMENTS];
	size_t n;
};

/* Sorts times in place; n is at least 1. The axis goes from left to right. */
void ks_timescale_build(int64_t *times, size_t n, double left, double right, struct ks_timescale *out);

/* The place of one of these times. */
double ks_timescale_position(const struct ks_timescale *scale, int64_t ms);

#endif
