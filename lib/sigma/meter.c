/* The measure of a window, by type. */
#include "lib/sigma/meter.h"

#include "lib/base/mem.h"
#include "lib/base/time.h"

#include <stdlib.h>
#include <string.h>

#define FEW_VALUES 1024u /* values that are remembered though they left the window */

static bool is_type(const struct ks_meter *meter, enum ks_correlation_type type)
{
	return meter->correlation->type == type;
}

static bool is_numeric(const struct ks_meter *meter)
{
	return ks_correlation_is_numeric(meter->correlation->type);
}

void ks_meter_init(struct ks_meter *meter, const struct ks_correlation *correlation)
{
	size_t n = correlation->part_count;

	*meter = (struct ks_meter){ .correlation = correlation,
		.counts = KS_VEC_OF(uint64_t),
		.sorted = KS_VEC_OF(struct ks_decimal *) };
	ks_map_init(&meter->values);
	meter->parts = ks_mem_alloc((n + 1) * sizeof(*meter->parts));
	if (correlation->type == KS_CORRELATION_TEMPORAL_ORDERED)
		meter->starts = ks_mem_alloc((n + 1) * (n + 1) * sizeof(*meter->starts));
	ks_meter_clear(meter);
}

void ks_meter_clear(struct ks_meter *meter)
{
	size_t n = meter->correlation->part_count;

	ks_map_release(&meter->values);
	ks_map_init(&meter->values);
	ks_vec_clear(&meter->counts);
	ks_vec_clear(&meter->sorted);
	meter->distinct = meter->hits = meter->bare = meter->rules = 0;
	meter->sum = (struct ks_decimal){ { 0 } };
	memset(meter->parts, 0, (n + 1) * sizeof(*meter->parts));
	for (size_t i = 0; meter->starts != NULL && i < (n + 1) * (n + 1); i++)
		meter->starts[i] = KS_TIME_NONE;
}

void ks_meter_release(struct ks_meter *meter)
{
	if (meter == NULL || meter->correlation == NULL)
		return;
	ks_map_release(&meter->values);
	ks_vec_release(&meter->counts);
	ks_vec_release(&meter->sorted);
	free(meter->parts);
	free(meter->starts);
}

/* ---- hits come and go -------------------------------------------------------------------------- */

static void count_value(struct ks_meter *meter, struct ks_meter_hit *hit)
{
	uintptr_t place = (uintptr_t)ks_map_find(&meter->values, hit->value);

	if (place == 0) {
		*(uint64_t *)ks_vec_push(&meter->counts) = 0;
		place = meter->counts.n;
		ks_map_put(&meter->values, hit->value, (void *)place);
	}
	hit->place = place - 1;
	meter->distinct += (*KS_VEC_AT(&meter->counts, uint64_t, hit->place))++ == 0;
}

/* The first of the sorted numbers that is not below this one. */
static size_t lower_bound(const struct ks_meter *meter, const struct ks_decimal *number)
{
	size_t from = 0, to = meter->sorted.n;

	while (from < to) {
		size_t middle = from + (to - from) / 2;

		if (ks_decimal_compare(*KS_VEC_AT(&meter->sorted, struct ks_decimal *, middle), number) < 0)
			from = middle + 1;
		else
			to = middle;
	}
	return from;
}

static void add_number(struct ks_meter *meter, struct ks_meter_hit *hit)
{
	hit->number = ks_mem_alloc(sizeof(*hit->number));
	/* What is no number was no hit. */
	ks_decimal_parse(hit->value, hit->number);
	ks_decimal_add(&meter->sum, hit->number, 1);
	if (is_type(meter, KS_CORRELATION_VALUE_PERCENTILE)) {
		size_t at = lower_bound(meter, hit->number);
		struct ks_decimal **p;

		ks_vec_push(&meter->sorted);
		p = KS_VEC_AT(&meter->sorted, struct ks_decimal *, at);
		memmove(p + 1, p, (meter->sorted.n - 1 - at) * sizeof(struct ks_decimal *));
		*p = hit->number;
	}
}

static void drop_number(struct ks_meter *meter, struct ks_meter_hit *hit)
{
	ks_decimal_add(&meter->sum, hit->number, -1);
	if (is_type(meter, KS_CORRELATION_VALUE_PERCENTILE)) {
		size_t at = lower_bound(meter, hit->number);
		struct ks_decimal **p;

		while (*KS_VEC_AT(&meter->sorted, struct ks_decimal *, at) != hit->number)
			at++;
		p = KS_VEC_AT(&meter->sorted, struct ks_decimal *, at);
		memmove(p, p + 1, (meter->sorted.n - 1 - at) * sizeof(struct ks_decimal *));
		meter->sorted.n--;
	}
	free(hit->number);
	hit->number = NULL;
}

void ks_meter_add(struct ks_meter *meter, struct ks_meter_hit *hit)
{
	meter->hits++;
	meter->rules += meter->parts[hit->part]++ == 0;
	if (is_numeric(meter))
		add_number(meter, hit);
	else if (hit->value.n > 0)
		count_value(meter, hit);
	else
		meter->bare++;
}

void ks_meter_drop(struct ks_meter *meter, struct ks_meter_hit *hit)
{
	meter->hits--;
	meter->rules -= --meter->parts[hit->part] == 0;
	if (is_numeric(meter))
		drop_number(meter, hit);
	else if (hit->value.n > 0)
		meter->distinct -= --*KS_VEC_AT(&meter->counts, uint64_t, hit->place) == 0;
	else
		meter->bare--;
}

bool ks_meter_is_stale(const struct ks_meter *meter)
{
	return meter->counts.n >= FEW_VALUES + 2 * meter->distinct;
}

/* Runs that end with a rule, by their length (from 1 on): of all those the one that began last stays in a
 * window longest. Rules go up, so a run can go on within the instant. */
void ks_meter_settle(struct ks_meter *meter, int64_t time_ms, const bool *parts)
{
	size_t n = meter->correlation->part_count;

	for (size_t part = 0; meter->starts != NULL && part < n; part++) {
		if (!parts[part])
			continue;
		meter->starts[(n + 1) + part] = time_ms;
		for (size_t length = 2; length <= part + 1; length++) {
			int64_t *own = &meter->starts[length * (n + 1) + part];

			for (size_t before = 0; before < part; before++) {
				int64_t start = meter->starts[(length - 1) * (n + 1) + before];

				if (start != KS_TIME_NONE && (*own == KS_TIME_NONE || start > *own))
					*own = start;
			}
		}
	}
}

/* ---- against the bounds ------------------------------------------------------------------------ */

static uint64_t longest_run(const struct ks_meter *meter, int64_t since_ms)
{
	size_t n = meter->correlation->part_count;

	for (size_t length = n; length > 0; length--)
		for (size_t part = 0; part < n; part++) {
			int64_t start = meter->starts[length * (n + 1) + part];

			if (start != KS_TIME_NONE && start >= since_ms)
				return length;
		}
	return 0;
}

/* The measure of a numeric type as a fraction: the number above the line; the divisor is given back. */
static int64_t measure(const struct ks_meter *meter, struct ks_decimal *out)
{
	int64_t place, between;
	size_t low;

	*out = meter->sum;
	if (!is_type(meter, KS_CORRELATION_VALUE_PERCENTILE))
		return is_type(meter, KS_CORRELATION_VALUE_AVG) ? (int64_t)meter->hits : 1;
	place = (int64_t)(meter->sorted.n - 1) * meter->correlation->percentile;
	low = (size_t)(place / 100);
	between = place % 100;
	*out = (struct ks_decimal){ { 0 } };
	ks_decimal_add(out, *KS_VEC_AT(&meter->sorted, struct ks_decimal *, low), 100 - between);
	if (between > 0)
		ks_decimal_add(out, *KS_VEC_AT(&meter->sorted, struct ks_decimal *, low + 1), between);
	return 100;
}

uint64_t ks_meter_count(const struct ks_meter *meter, int64_t since_ms)
{
	switch (meter->correlation->type) {
	case KS_CORRELATION_TEMPORAL:
		return meter->rules;
	case KS_CORRELATION_TEMPORAL_ORDERED:
		return longest_run(meter, since_ms);
	case KS_CORRELATION_VALUE_COUNT:
		return meter->distinct;
	default:
		return meter->bare + meter->distinct;
	}
}

bool ks_meter_holds(const struct ks_meter *meter, int64_t since_ms)
{
	const struct ks_correlation *correlation = meter->correlation;
	struct ks_decimal value, difference;
	int64_t divisor;

	if (meter->hits == 0)
		return false;
	if (!is_numeric(meter))
		return ks_correlation_holds(correlation, ks_meter_count(meter, since_ms));
	divisor = measure(meter, &value);
	for (size_t i = 0; i < correlation->bound_count; i++) {
		difference = value;
		ks_decimal_add(&difference, &correlation->bounds[i].number, -divisor);
		if (!ks_correlation_compare(correlation->bounds[i].op, ks_decimal_sign(&difference)))
			return false;
	}
	return true;
}

void ks_meter_render(const struct ks_meter *meter, int64_t since_ms, struct ks_buf *out)
{
	struct ks_decimal value;
	int64_t divisor;

	if (meter->hits == 0 || !is_numeric(meter)) {
		ks_buf_addf(out, "%llu", (unsigned long long)ks_meter_count(meter, since_ms));
		return;
	}
	divisor = measure(meter, &value);
	ks_decimal_render(&value, divisor, out);
}
