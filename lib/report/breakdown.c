/* Counting and ordering; what the fields mean is the caller's affair. */
#include "lib/report/breakdown.h"

#include "lib/base/map.h"
#include "lib/base/time.h"

static int compare(const void *a, const void *b)
{
	const struct ks_breakdown_row *x = a, *y = b;

	if (x->events != y->events)
		return x->events > y->events ? -1 : 1;
	if (x->first_ms != y->first_ms)
		return x->first_ms < y->first_ms ? -1 : 1;
	return ks_str_compare(x->value, y->value);
}

static void count(struct ks_breakdown_row *row, const struct ks_evidence *evidence)
{
	int64_t ms = evidence->time_ms;

	row->events++;
	row->denied += evidence->error.n > 0;
	if (ms == KS_TIME_NONE)
		return;
	if (row->first_ms == KS_TIME_NONE || ms < row->first_ms)
		row->first_ms = ms;
	if (row->last_ms == KS_TIME_NONE || ms > row->last_ms)
		row->last_ms = ms;
}

void ks_breakdown_make(const struct ks_vec *events, struct ks_breakdown_field field, struct ks_vec *out)
{
	struct ks_map seen;

	ks_map_init(&seen);
	for (size_t i = 0; i < events->n; i++) {
		const struct ks_evidence *evidence = KS_VEC_AT(events, struct ks_evidence, i);
		struct ks_str detail = { NULL, 0 }, value = field.read(evidence, &detail);
		uintptr_t place = (uintptr_t)ks_map_find(&seen, value);

		/* Elements move as the vector grows, so the map has their number, counted from 1. */
		if (place == 0) {
			*(struct ks_breakdown_row *)ks_vec_push(out) = (struct ks_breakdown_row){ .value = value,
				.detail = detail,
				.first_ms = KS_TIME_NONE,
				.last_ms = KS_TIME_NONE };
			place = out->n;
			ks_map_put(&seen, value, (void *)place);
		}
		count(KS_VEC_AT(out, struct ks_breakdown_row, place - 1), evidence);
	}
	ks_map_release(&seen);
	ks_vec_sort(out, compare);
}
