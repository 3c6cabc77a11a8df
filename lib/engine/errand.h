/*
 * Errands: what could not be done and is tried again, later and later. Plain values; the clock is the
 * caller's.
 */
#ifndef KS_ENGINE_ERRAND_H
#define KS_ENGINE_ERRAND_H

#include "lib/base/vec.h"

#include <stdbool.h>
#include <stdint.h>

#define KS_ERRAND_FIRST_MS (INT64_C(5) * 1000)         /* then 10 s, 20 s … */
#define KS_ERRAND_LONGEST_MS (INT64_C(300) * 1000)
#define KS_ERRAND_LOUD 3u              /* failures after which people are told */

struct ks_errand {
	int64_t incident, plan;            /* plan 0: the incident is to be answered */
	int64_t since_ms;                  /* as it came; for the answer */
	unsigned failures;
	char account[13];                  /* twelve digits; "": not known, as of an answer */
	int64_t due_ms;
};

struct ks_errands {
	struct ks_vec list;                /* struct ks_errand */
};

void ks_errand_init(struct ks_errands *errands);
void ks_errand_release(struct ks_errands *errands);

/* It failed (once more): it is due later. Borrowed until the next call. */
const struct ks_errand *ks_errand_fail(struct ks_errands *errands, const struct ks_errand *what,
	int64_t now_ms);
/* It is under way, and due no more until it failed again. */
void ks_errand_begin(struct ks_errands *errands, int64_t incident, int64_t plan);
/* It is done, or not to be done any more. */
void ks_errand_drop(struct ks_errands *errands, int64_t incident, int64_t plan);
/* NULL when there is none. */
const struct ks_errand *ks_errand_find(const struct ks_errands *errands, int64_t incident, int64_t plan);

/* Whether something is left that keeps an account's trouble from being over: a plan of it, or
 * with "" an answer. */
bool ks_errand_has_account(const struct ks_errands *errands, const char *account);

/* The first that is due, copied; false when none is. */
bool ks_errand_next(const struct ks_errands *errands, int64_t now_ms, struct ks_errand *out);
int64_t ks_errand_next_ms(const struct ks_errands *errands);       /* INT64_MAX: there is none */

#endif
