/* A small table under a lock. */
#include "lib/base/pulse.h"

#include "lib/base/mem.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

struct worker {
	pthread_t thread;
	char name[KS_PULSE_NAME];
	int64_t beat_ms;
	bool is_resting;
};

struct ks_pulse {
	pthread_mutex_t lock;
	int64_t limit_ms;
	struct worker workers[KS_PULSE_WORKERS];
	unsigned n;
};

static int64_t steady_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

struct ks_pulse *ks_pulse_new(int64_t limit_ms)
{
	struct ks_pulse *pulse = ks_mem_alloc(sizeof(*pulse));

	pulse->limit_ms = limit_ms;
	pthread_mutex_init(&pulse->lock, NULL);
	return pulse;
}

void ks_pulse_free(struct ks_pulse *pulse)
{
	if (pulse == NULL)
		return;
	pthread_mutex_destroy(&pulse->lock);
	free(pulse);
}

/* The calling thread's own; NULL when it never joined. Under the lock. */
static struct worker *find_own(struct ks_pulse *pulse)
{
	for (unsigned i = 0; i < pulse->n; i++)
		if (pthread_equal(pulse->workers[i].thread, pthread_self()))
			return &pulse->workers[i];
	return NULL;
}

void ks_pulse_join(struct ks_pulse *pulse, const char *name)
{
	struct worker *own;

	if (pulse == NULL)
		return;
	pthread_mutex_lock(&pulse->lock);
	own = find_own(pulse);
	if (own == NULL && pulse->n < KS_PULSE_WORKERS)
		own = &pulse->workers[pulse->n++];
	if (own != NULL) {
		*own = (struct worker){ .thread = pthread_self(), .beat_ms = steady_now() };
		snprintf(own->name, sizeof(own->name), "%s", name);
	}
	pthread_mutex_unlock(&pulse->lock);
}

void ks_pulse_leave(struct ks_pulse *pulse)
{
	struct worker *own;

	if (pulse == NULL)
		return;
	pthread_mutex_lock(&pulse->lock);
	own = find_own(pulse);
	if (own != NULL)
		*own = pulse->workers[--pulse->n];
	pthread_mutex_unlock(&pulse->lock);
}

static void mark(struct ks_pulse *pulse, bool is_resting)
{
	struct worker *own;

	if (pulse == NULL)
		return;
	pthread_mutex_lock(&pulse->lock);
	own = find_own(pulse);
	if (own != NULL) {
		own->beat_ms = steady_now();
		own->is_resting = is_resting;
	}
	pthread_mutex_unlock(&pulse->lock);
}

void ks_pulse_beat(struct ks_pulse *pulse)
{
	mark(pulse, false);
}

void ks_pulse_rest(struct ks_pulse *pulse)
{
	mark(pulse, true);
}

bool ks_pulse_look(struct ks_pulse *pulse, unsigned number, struct ks_pulse_worker *out)
{
	bool is_there = false;

	if (pulse == NULL)
		return false;
	pthread_mutex_lock(&pulse->lock);
	if (number < pulse->n) {
		const struct worker *worker = &pulse->workers[number];

		is_there = true;
		snprintf(out->name, sizeof(out->name), "%s", worker->name);
		out->silent_ms = worker->is_resting ? 0 : steady_now() - worker->beat_ms;
		out->is_stalled = out->silent_ms > pulse->limit_ms;
	}
	pthread_mutex_unlock(&pulse->lock);
	return is_there;
}

bool ks_pulse_is_stalled(struct ks_pulse *pulse, char out_name[KS_PULSE_NAME])
{
	struct ks_pulse_worker worker;

	for (unsigned i = 0; ks_pulse_look(pulse, i, &worker); i++)
		if (worker.is_stalled) {
			snprintf(out_name, KS_PULSE_NAME, "%s", worker.name);
			return true;
		}
	return false;
}
