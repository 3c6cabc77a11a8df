/*
 * A scenario with a seed and a start, as the records that it comes to: those of its steps and the noise
 * around them, and when the trail would deliver which. The same scenario, seed, key and start give the same
 * bytes.
 */
#ifndef KS_DRILL_SCRIPT_H
#define KS_DRILL_SCRIPT_H

#include "lib/drill/record.h"
#include "lib/drill/scenario.h"

struct ks_script_record {
	int64_t time_ms;
	struct ks_str region;        /* whose files it is in */
	struct ks_str text;          /* JSON, one line */
	size_t actor;                /* KS_SCENARIO_NOBODY: noise */
	size_t step;                 /* likewise */
};

/* One file of a trail. */
struct ks_script_delivery {
	int64_t at_ms;
	struct ks_str region;
	const size_t *records;       /* numbers, in no order of time, as AWS has them */
	size_t n;
	char tail[17];               /* of the file's name */
};

struct ks_script_order {
	const struct ks_scenario *scenario;      /* borrowed, as long as the script */
	uint64_t seed;
	int64_t start_ms;            /* zero of the steps' times */
	struct ks_str key;           /* that the first actor uses; p NULL: as the scenario says, else made */
	int64_t noise_rate;          /* records an hour; below 0: the scenario's */
	uint32_t drill;              /* number, in every event id */
};

struct ks_script {
	struct ks_script_order order;
	const struct ks_partition *partition;
	struct ks_str account;       /* the key's, else the scenario's */
	struct ks_vec callers;       /* struct ks_record_caller, as the scenario's actors */
	struct ks_vec records;       /* struct ks_script_record, by time */
	struct ks_vec deliveries;    /* struct ks_script_delivery, by time, then Region */
	int64_t begin_ms, end_ms;    /* of the quiet time before, and after */
	struct ks_arena arena;
};

/* Release it in any case. Errors: USAGE: the key is none that has an account. */
int ks_script_make(const struct ks_script_order *order, struct ks_script *out, struct ks_err *err);
void ks_script_release(struct ks_script *script);

/* For noise.c: adds one record. event_id is filled in here. */
void ks_script_add(struct ks_script *script, struct ks_record *record, struct ks_dice *dice, size_t actor,
	size_t step);

#endif
