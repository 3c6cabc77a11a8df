/* A place for one set, and those that are still in use. */
#include "lib/engine/handover.h"

static void retire(const struct ks_handover_set *set)
{
	if (set->retired != NULL)
		set->retired(set->arg);
}

void ks_handover_init(struct ks_handover *handover, const struct ks_handover_set *current)
{
	*handover = (struct ks_handover){ .current = *current, .past = KS_VEC_OF(struct ks_handover_set) };
	pthread_mutex_init(&handover->lock, NULL);
}

void ks_handover_release(struct ks_handover *handover)
{
	ks_handover_drop(handover);
	if (handover->has_next)
		retire(&handover->next);
	retire(&handover->current);
	ks_vec_release(&handover->past);
	pthread_mutex_destroy(&handover->lock);
}

void ks_handover_give(struct ks_handover *handover, const struct ks_handover_set *next)
{
	struct ks_handover_set unused = { NULL, NULL, NULL, NULL };

	pthread_mutex_lock(&handover->lock);
	if (handover->has_next)
		unused = handover->next;
	handover->next = *next;
	handover->has_next = true;
	pthread_mutex_unlock(&handover->lock);
	retire(&unused);
}

bool ks_handover_take(struct ks_handover *handover, const struct ks_policyset **out)
{
	bool has_next;

	pthread_mutex_lock(&handover->lock);
	has_next = handover->has_next;
	if (has_next) {
		*(struct ks_handover_set *)ks_vec_push(&handover->past) = handover->current;
		handover->current = handover->next;
		handover->has_next = false;
	}
	pthread_mutex_unlock(&handover->lock);
	if (!has_next)
		return false;
	*out = handover->current.policies;
	if (handover->current.taken != NULL)
		handover->current.taken(handover->current.arg);
	return true;
}

void ks_handover_drop(struct ks_handover *handover)
{
	for (size_t i = 0; i < handover->past.n; i++)
		retire(KS_VEC_AT(&handover->past, struct ks_handover_set, i));
	ks_vec_clear(&handover->past);
}
