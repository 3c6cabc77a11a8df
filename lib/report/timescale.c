/* Where the axis is cut, and how much room each stretch gets. */
#include "lib/report/timescale.h"

#include "lib/base/time.h"

#include <stdlib.h>

#define SHARE 6 /* a gap is cut out when it is a sixth of all the time and more */
#define LEAST (60 * KS_TIME_SECOND)
#define MOMENT (4 * KS_TIME_SECOND)
#define AROUND (3 * KS_TIME_SECOND)

static int compare(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return x < y ? -1 : x > y;
}

static void add_segment(struct ks_timescale *scale, int64_t first_ms, int64_t last_ms)
{
	struct ks_timescale_segment *segment = &scale->segments[scale->n++];

	*segment = (struct ks_timescale_segment){ .first_ms = first_ms,
		.last_ms = last_ms,
		.from_ms = first_ms,
		.to_ms = last_ms };
	if (last_ms - first_ms < MOMENT) {
		segment->from_ms -= AROUND;
		segment->to_ms += AROUND;
	}
}

/* Half of the room is shared out equally, half by duration. */
static void place(struct ks_timescale *scale, double left, double right)
{
	double room = right - left - KS_TIMESCALE_GAP * (double)(scale->n - 1), total = 0, x = left;

	for (size_t i = 0; i < scale->n; i++)
		total += (double)(scale->segments[i].to_ms - scale->segments[i].from_ms);
	for (size_t i = 0; i < scale->n; i++) {
		struct ks_timescale_segment *segment = &scale->segments[i];

		segment->x = x;
		segment->width =
			room / 2 / (double)scale->n + room / 2 * (double)(segment->to_ms - segment->from_ms) / total;
		x += segment->width + KS_TIMESCALE_GAP;
	}
}

void ks_timescale_build(int64_t *times, size_t n, double left, double right, struct ks_timescale *out)
{
	int64_t least, first;

	qsort(times, n, sizeof(*times), compare);
	*out = (struct ks_timescale){ .n = 0 };
	first = times[0];
	least = (times[n - 1] - first) / SHARE;
	if (least < LEAST)
		least = LEAST;
	/* Not more than SHARE gaps can be that long; the last stretch takes what is left. */
	for (size_t i = 1; i < n && out->n + 1 < KS_TIMESCALE_SEGMENTS; i++)
		if (times[i] - times[i - 1] >= least) {
			add_segment(out, first, times[i - 1]);
			first = times[i];
		}
	add_segment(out, first, times[n - 1]);
	place(out, left, right);
}

double ks_timescale_position(const struct ks_timescale *scale, int64_t ms)
{
	const struct ks_timescale_segment *segment = scale->segments;

	for (size_t i = 1; i < scale->n && ms >= scale->segments[i].from_ms; i++)
		segment++;
	return segment->x +
		segment->width * (double)(ms - segment->from_ms) / (double)(segment->to_ms - segment->from_ms);
}
