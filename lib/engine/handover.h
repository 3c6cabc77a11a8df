/*
 * Response policies that change while a responder is at work: whoever loads them gives them, the responder's
 * thread takes them between two things that it does, and lets go of the former ones once nothing that it has
 * under way refers to them.
 */
#ifndef KS_ENGINE_HANDOVER_H
#define KS_ENGINE_HANDOVER_H

#include "lib/base/vec.h"
#include "lib/respond/policyset.h"

#include <pthread.h>

/* One set. taken and retired are called by the taker's thread: from here on this set holds; it is not used
 * any more. Both may be NULL. */
struct ks_handover_set {
	const struct ks_policyset *policies;     /* that passed its check */
	void (*taken)(void *arg);
	void (*retired)(void *arg);
	void *arg;
};

struct ks_handover {
	pthread_mutex_t lock;
	struct ks_handover_set next, current;
	struct ks_vec past;                      /* struct ks_handover_set */
	bool has_next;
};

/* current: what holds already, taken NULL. */
void ks_handover_init(struct ks_handover *handover, const struct ks_handover_set *current);
void ks_handover_release(struct ks_handover *handover);      /* retires all of them */

/* From any thread. A set that was given before and not taken is retired at once. */
void ks_handover_give(struct ks_handover *handover, const struct ks_handover_set *next);

/* The taker's: false when there is nothing new. */
bool ks_handover_take(struct ks_handover *handover, const struct ks_policyset **out);
/* Nothing under way refers to former sets. */
void ks_handover_drop(struct ks_handover *handover);

#endif
