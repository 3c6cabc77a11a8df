/*
 * A lock whose waiters stand in line: who came first gets it first, at once when it is free. Those who are
 * in a hurry go before the others, who let KS_TURN_PASSED of them pass and no more. For what the threads of
 * one program take in turn and each holds for a moment.
 */
#ifndef KS_BASE_TURN_H
#define KS_BASE_TURN_H

#include <stdbool.h>

#define KS_TURN_PASSED 3u

struct ks_turn;

struct ks_turn *ks_turn_new(void);
void ks_turn_free(struct ks_turn *turn);       /* nobody holds it or waits; NULL is fine */

enum ks_turn_outcome {
	KS_TURN_TAKEN,           /* give it back */
	KS_TURN_OWN,             /* this thread has it already; nothing to give back */
	KS_TURN_LATE,            /* somebody held it for all the time */
};
enum ks_turn_outcome ks_turn_take(struct ks_turn *turn, bool in_hurry, int wait_ms);
void ks_turn_give(struct ks_turn *turn);

/* How many wait for it, and whether anybody does. */
unsigned ks_turn_waiting(struct ks_turn *turn);
bool ks_turn_is_wanted(struct ks_turn *turn);

#endif
