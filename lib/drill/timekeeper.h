/*
 * A drill's clock: it stands still between two moments of a drill that runs at once ("instant"), or goes as
 * many times as fast as ours. The rest of what a context is stays as it was.
 */
#ifndef KS_DRILL_TIMEKEEPER_H
#define KS_DRILL_TIMEKEEPER_H

#include "lib/base/ctx.h"

#define KS_TIMEKEEPER_INSTANT 0      /* pace */
#define KS_TIMEKEEPER_UNIT 1000      /* pace of our own clock; 60 times as fast is 60000 */
#define KS_TIMEKEEPER_MOST 10000000

struct ks_timekeeper {
	struct ks_ctx ctx;           /* to hand to whoever is to live by this clock */
	const struct ks_ctx *world;
	int64_t pace;
	int64_t at_ms, since_ms;     /* the drill's time at a time of ours */
	bool is_paused;
};

/* "instant", "1x", "60x", "0.5x", "real" (1x). Errors: USAGE. */
int ks_timekeeper_parse(struct ks_str text, int64_t *out_pace, struct ks_err *err);

/* Sets it to at_ms. world is borrowed; the keeper must not move in memory. */
void ks_timekeeper_start(struct ks_timekeeper *keeper, const struct ks_ctx *world, int64_t pace,
	int64_t at_ms);

int64_t ks_timekeeper_now(const struct ks_timekeeper *keeper);
/* How long it takes, by our clock, until it is at_ms: 0 when it is over, and for an instant drill. */
int64_t ks_timekeeper_left(const struct ks_timekeeper *keeper, int64_t at_ms);

void ks_timekeeper_pause(struct ks_timekeeper *keeper, bool is_paused);
void ks_timekeeper_jump(struct ks_timekeeper *keeper, int64_t at_ms);        /* never back */

#endif
