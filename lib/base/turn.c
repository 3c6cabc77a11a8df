/* A line of waiters under a mutex. */
#include "lib/base/turn.h"

#include "lib/base/mem.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

struct waiter {
	pthread_cond_t called;
	bool in_hurry;
	unsigned passed;             /* how many went before it */
	struct waiter *next;
};

struct ks_turn {
	pthread_mutex_t lock;            /* of what follows */
	struct waiter *first;
	pthread_t owner;
	bool is_taken;
};

struct ks_turn *ks_turn_new(void)
{
	struct ks_turn *turn = ks_mem_alloc(sizeof(*turn));

	pthread_mutex_init(&turn->lock, NULL);
	return turn;
}

void ks_turn_free(struct ks_turn *turn)
{
	if (turn == NULL)
		return;
	pthread_mutex_destroy(&turn->lock);
	free(turn);
}

static void init_waiter(struct waiter *waiter, bool in_hurry)
{
	pthread_condattr_t how;

	pthread_condattr_init(&how);
	pthread_condattr_setclock(&how, CLOCK_MONOTONIC);
	pthread_cond_init(&waiter->called, &how);
	pthread_condattr_destroy(&how);
	waiter->in_hurry = in_hurry;
	waiter->passed = 0;
}

static struct timespec deadline(int wait_ms)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	t.tv_sec += wait_ms / 1000;
	t.tv_nsec += (long)(wait_ms % 1000) * 1000000;
	if (t.tv_nsec >= 1000000000) {
		t.tv_nsec -= 1000000000;
		t.tv_sec++;
	}
	return t;
}

/* At the end of the line, or before those at its end who have the time. */
static void enter(struct ks_turn *turn, struct waiter *self)
{
	struct waiter **place = &turn->first;

	for (struct waiter **at = &turn->first; *at != NULL; at = &(*at)->next)
		if (!self->in_hurry || (*at)->in_hurry || (*at)->passed >= KS_TURN_PASSED)
			place = &(*at)->next;
	self->next = *place;
	*place = self;
	for (struct waiter *later = self->next; later != NULL; later = later->next)
		later->passed++;
}

/* Under the lock. False when time ran out. */
static bool stand_in_line(struct ks_turn *turn, bool in_hurry, int wait_ms)
{
	struct timespec end = deadline(wait_ms);
	struct waiter self, **at;
	bool is_late = false, is_next;

	init_waiter(&self, in_hurry);
	enter(turn, &self);
	while (!is_late && (turn->is_taken || turn->first != &self))
		is_late = pthread_cond_timedwait(&self.called, &turn->lock, &end) == ETIMEDOUT;
	is_next = !turn->is_taken && turn->first == &self;
	for (at = &turn->first; *at != &self;)
		at = &(*at)->next;
	*at = self.next;
	/* Somebody else may be the first one now, and was not called. */
	if (!is_next && !turn->is_taken && turn->first != NULL)
		pthread_cond_signal(&turn->first->called);
	pthread_cond_destroy(&self.called);
	return is_next;
}

enum ks_turn_outcome ks_turn_take(struct ks_turn *turn, bool in_hurry, int wait_ms)
{
	enum ks_turn_outcome outcome = KS_TURN_TAKEN;

	pthread_mutex_lock(&turn->lock);
	if (turn->is_taken && pthread_equal(turn->owner, pthread_self()))
		outcome = KS_TURN_OWN;
	else if ((turn->is_taken || turn->first != NULL) && !stand_in_line(turn, in_hurry, wait_ms))
		outcome = KS_TURN_LATE;
	if (outcome == KS_TURN_TAKEN) {
		turn->is_taken = true;
		turn->owner = pthread_self();
	}
	pthread_mutex_unlock(&turn->lock);
	return outcome;
}

void ks_turn_give(struct ks_turn *turn)
{
	pthread_mutex_lock(&turn->lock);
	turn->is_taken = false;
	if (turn->first != NULL)
		pthread_cond_signal(&turn->first->called);
	pthread_mutex_unlock(&turn->lock);
}

unsigned ks_turn_waiting(struct ks_turn *turn)
{
	unsigned n = 0;

	pthread_mutex_lock(&turn->lock);
	for (const struct waiter *at = turn->first; at != NULL; at = at->next)
		n++;
	pthread_mutex_unlock(&turn->lock);
	return n;
}

bool ks_turn_is_wanted(struct ks_turn *turn)
{
	return ks_turn_waiting(turn) > 0;
}
