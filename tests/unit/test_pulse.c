/* lib/base/pulse */
#include "lib/base/pulse.h"

#include "tests/unit/rows.h"

#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <time.h>

static void nap(long ms)
{
	nanosleep(&(struct timespec){ .tv_nsec = ms * 1000000 }, NULL);
}

static void test_stall(void **state)
{
	struct ks_pulse *pulse = ks_pulse_new(30);
	char name[KS_PULSE_NAME] = "";

	(void)state;
	ks_pulse_join(pulse, "loop");
	assert_false(ks_pulse_is_stalled(pulse, name));
	nap(60);
	assert_true(ks_pulse_is_stalled(pulse, name));
	assert_string_equal(name, "loop");
	ks_pulse_beat(pulse);
	assert_false(ks_pulse_is_stalled(pulse, name));
	ks_pulse_rest(pulse);
	nap(60);
	assert_false(ks_pulse_is_stalled(pulse, name));
	ks_pulse_beat(pulse);
	nap(60);
	assert_true(ks_pulse_is_stalled(pulse, name));
	ks_pulse_leave(pulse);
	assert_false(ks_pulse_is_stalled(pulse, name));
	ks_pulse_free(pulse);
}

struct other {
	struct ks_pulse *pulse;
	sem_t hangs, ends;
};

static void *hang(void *arg)
{
	struct other *other = arg;

	ks_pulse_join(other->pulse, "other");
	sem_post(&other->hangs);
	sem_wait(&other->ends);
	ks_pulse_leave(other->pulse);
	return NULL;
}

/* One thread's beats are not another one's. */
static void test_threads(void **state)
{
	struct other other = { .pulse = ks_pulse_new(30) };
	struct ks_pulse_worker worker;
	char name[KS_PULSE_NAME];
	pthread_t thread;

	(void)state;
	sem_init(&other.hangs, 0, 0);
	sem_init(&other.ends, 0, 0);
	ks_pulse_join(other.pulse, "own");
	assert_int_equal(pthread_create(&thread, NULL, hang, &other), 0);
	sem_wait(&other.hangs);
	nap(60);
	ks_pulse_beat(other.pulse);
	assert_true(ks_pulse_is_stalled(other.pulse, name));
	assert_string_equal(name, "other");
	assert_true(ks_pulse_look(other.pulse, 0, &worker));
	assert_string_equal(worker.name, "own");
	assert_false(worker.is_stalled);
	assert_true(ks_pulse_look(other.pulse, 1, &worker));
	assert_false(ks_pulse_look(other.pulse, 2, &worker));
	sem_post(&other.ends);
	pthread_join(thread, NULL);
	assert_false(ks_pulse_look(other.pulse, 1, &worker));
	ks_pulse_free(other.pulse);
}

static void test_many(void **state)
{
	struct ks_pulse *pulse = ks_pulse_new(30);
	char name[KS_PULSE_NAME];

	(void)state;
	/* Beats of a thread that never joined count for nothing. */
	ks_pulse_beat(pulse);
	ks_pulse_leave(pulse);
	ks_pulse_join(pulse, "a name that is far longer than the room that there is for names of workers");
	ks_pulse_join(pulse, "again");
	assert_false(ks_pulse_is_stalled(pulse, name));
	ks_pulse_free(pulse);
	ks_pulse_beat(NULL);
	assert_false(ks_pulse_is_stalled(NULL, name));
}

int main(void)
{
	struct rows rows = { .n = 0 };

	ROWS_TEST(&rows, test_stall);
	ROWS_TEST(&rows, test_threads);
	ROWS_TEST(&rows, test_many);
	return rows_run("pulse", &rows);
}
