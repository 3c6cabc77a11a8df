/*
 * What the condition of a correlation looks at: the measure of the hits in a window, kept up while hits come
 * and go. Exact for every type; nothing is rounded before it is compared.
 *
 *   event_count       hits; of those that have a value (correlations as events: the finding) different ones
 *   value_count       different values
 *   temporal          different rules of the correlation
 *   temporal_ordered  the longest run of hits that meets rules in the listed order, each later than,
 *                     or at the same instant as, the one before
 *   value_sum         the sum of the values
 *   value_avg         their sum against the bound times their number
 *   value_percentile  between the two values around place (n - 1) * p / 100 of the sorted ones, in
 *                     proportion
 */
#ifndef KS_SIGMA_METER_H
#define KS_SIGMA_METER_H

#include "lib/base/map.h"
#include "lib/sigma/correlation.h"

/* A hit, as far as the measure goes. */
struct ks_meter_hit {
	struct ks_str value; /* as ks_member_read has it; borrowed for the call */
	size_t part; /* which rule of the correlation it met */
	size_t place; /* the meter's own */
	struct ks_decimal *number; /* the meter's own: of its value */
};

struct ks_meter {
	const struct ks_correlation *correlation;
	struct ks_map values; /* value to its place in counts, + 1 */
	struct ks_vec counts; /* uint64_t: hits by value */
	uint64_t distinct; /* values of hits */
	uint64_t hits, bare; /* all, and those without a value */
	uint64_t *parts; /* hits by rule */
	uint64_t rules; /* different ones */
	struct ks_vec sorted; /* struct ks_decimal *: value_percentile */
	struct ks_decimal sum;
	int64_t *starts; /* temporal_ordered: by length and last rule, the latest first hit of a run */
};

void ks_meter_init(struct ks_meter *meter, const struct ks_correlation *correlation);
void ks_meter_release(struct ks_meter *meter);

/* No hits: as after init. Hits that were in it are given up with ks_meter_drop first. */
void ks_meter_clear(struct ks_meter *meter);

/* A hit comes in, in order of time, or goes. */
void ks_meter_add(struct ks_meter *meter, struct ks_meter_hit *hit);
void ks_meter_drop(struct ks_meter *meter, struct ks_meter_hit *hit);

/* Values that are gone take up more room than those that are there: take the hits out, clear, put them
 * in. */
bool ks_meter_is_stale(const struct ks_meter *meter);

/* For temporal_ordered: all hits of an instant are in, and these were the rules that they met (part_count
 * flags). */
void ks_meter_settle(struct ks_meter *meter, int64_t time_ms, const bool *parts);

/* Whether the condition holds. since_ms: where the window begins. */
bool ks_meter_holds(const struct ks_meter *meter, int64_t since_ms);

/* The measure for people: "3", "12.5". */
void ks_meter_render(const struct ks_meter *meter, int64_t since_ms, struct ks_buf *out);

/* How the measure stands to another one (of the same meter, earlier): for the largest so far. Whole numbers;
 * those of values are cut off and stay within 64 bits. */
uint64_t ks_meter_count(const struct ks_meter *meter, int64_t since_ms);

#endif
