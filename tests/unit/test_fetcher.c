/* lib/trail/fetcher */
#include "lib/trail/fetcher.h"

#include "lib/base/mem.h"

#include "tests/unit/fixture.h"
#include "tests/unit/rows.h"

#include <poll.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* What the work does is said by the jobs. */
struct task {
	unsigned number;
	int wait_ms;
	size_t size;             /* bytes of the letter that belongs to the number */
	bool fails, hangs, begins_anew;
};

struct world {
	struct ks_fetcher *fetcher;
	struct task tasks[2000];
	atomic_uint begun, opened, closed, dropped;
	atomic_bool has_tools;   /* whether open succeeds */
};

static void nap(int ms)
{
	nanosleep(&(struct timespec){ .tv_sec = ms / 1000, .tv_nsec = (long)(ms % 1000) * 1000000 }, NULL);
}

static int open_tools(void *arg, const volatile sig_atomic_t *stop, void **out_tools, struct ks_err *err)
{
	struct world *w = arg;

	(void)stop;
	if (!atomic_load(&w->has_tools))
		return ks_err_set(err, KS_ERR_NET, "no tools");
	atomic_fetch_add(&w->opened, 1);
	*out_tools = w;
	return 0;
}

static void close_tools(void *arg, void *tools)
{
	assert_ptr_equal(arg, tools);
	atomic_fetch_add(&((struct world *)arg)->closed, 1);
}

static int work(void *arg, void *tools, struct ks_fetcher_job *job, const volatile sig_atomic_t *stop,
	struct ks_err *err)
{
	const struct task *task = job->what;
	struct world *w = arg;
	char piece[1000];

	assert_ptr_equal(tools, w);
	atomic_fetch_add(&w->begun, 1);
	nap(task->wait_ms);
	while (task->hangs && *stop == 0)
		nap(1);
	if (task->hangs)
		return ks_err_set(err, KS_ERR_STATE, "stopped");
	if (task->begins_anew && (ks_fetcher_write(job, KS_STR("not this"), err) != 0 ||
		ks_fetcher_rewind(job, err) != 0))
		return -1;
	memset(piece, 'a' + (int)(task->number % 26), sizeof(piece));
	for (size_t left = task->size; left > 0;) {
		size_t n = left < sizeof(piece) ? left : sizeof(piece);

		if (ks_fetcher_write(job, (struct ks_str){ piece, n }, err) != 0)
			return -1;
		left -= n;
	}
	return task->fails ? ks_err_set(err, KS_ERR_DENIED, "job %u", task->number) : 0;
}

static struct world *begin(const struct ks_fetcher_config *given)
{
	struct world *w = ks_mem_alloc(sizeof(*w));
	struct ks_fetcher_config config = *given;
	struct ks_err err = { 0 };

	config.open = open_tools;
	config.close = close_tools;
	config.work = work;
	config.arg = w;
	atomic_store(&w->has_tools, true);
	for (unsigned i = 0; i < 2000; i++)
		w->tasks[i].number = i;
	assert_int_equal(ks_fetcher_start(&config, &w->fetcher, &err), 0);
	return w;
}

static void drop(void *arg, void *what)
{
	assert_non_null(what);
	atomic_fetch_add(&((struct world *)arg)->dropped, 1);
}

static void end(struct world *w)
{
	ks_fetcher_finish(w->fetcher, drop, w);
	assert_int_equal(atomic_load(&w->opened), atomic_load(&w->closed));
	free(w);
}

/* Waits as a loop does: by poll, and never longer than half a minute. */
static struct ks_fetcher_job take(struct world *w)
{
	struct ks_fetcher_job job;
	struct pollfd fd = { .fd = ks_fetcher_poll_fd(w->fetcher), .events = POLLIN };

	while (!ks_fetcher_take(w->fetcher, &job))
		assert_int_equal(poll(&fd, 1, 30000), 1);
	return job;
}

static void check_content(const struct ks_fetcher_job *job)
{
	const struct task *task = job->what;
	char piece[4096];
	size_t all = 0;
	ssize_t n;

	assert_int_equal(job->rc, 0);
	assert_int_equal(job->size, task->size);
	while ((n = read(job->fd, piece, sizeof(piece))) > 0) {
		for (ssize_t i = 0; i < n; i++)
			assert_int_equal(piece[i], 'a' + (int)(task->number % 26));
		all += (size_t)n;
	}
	assert_int_equal(all, task->size);
	close(job->fd);
}

/* The first ones take longest, so that the later ones are over before. */
static void keeps_the_order(void **state)
{
	struct world *w = begin(&(struct ks_fetcher_config){ .threads = 4 });

	(void)state;
	for (unsigned i = 0; i < 40; i++) {
		w->tasks[i].wait_ms = i % 4 == 0 ? 20 : 1;
		w->tasks[i].size = i * 100 + 1;
		ks_fetcher_add(w->fetcher, &w->tasks[i]);
	}
	assert_true(ks_fetcher_waiting(w->fetcher) == 40);
	for (unsigned i = 0; i < 40; i++) {
		struct ks_fetcher_job job = take(w);

		assert_ptr_equal(job.what, &w->tasks[i]);
		check_content(&job);
	}
	assert_true(ks_fetcher_waiting(w->fetcher) == 0);
	assert_true(atomic_load(&w->opened) <= 4);
	end(w);
}

static void large_ones(void **state)
{
	struct world *w = begin(&(struct ks_fetcher_config){ .threads = 2 });
	struct ks_fetcher_job job;

	(void)state;
	w->tasks[0].size = KS_FETCHER_IN_MEMORY;
	w->tasks[1].size = KS_FETCHER_IN_MEMORY * 3 + 7;
	w->tasks[2].size = KS_FETCHER_IN_MEMORY * 2;
	w->tasks[2].begins_anew = true;
	w->tasks[3].begins_anew = true;
	for (unsigned i = 0; i < 4; i++)
		ks_fetcher_add(w->fetcher, &w->tasks[i]);
	for (unsigned i = 0; i < 4; i++) {
		job = take(w);
		check_content(&job);
	}
	end(w);
}

/* A failed one has no file, stands in its place, and the others go on. */
static void errors(void **state)
{
	struct world *w = begin(&(struct ks_fetcher_config){ .threads = 3 });

	(void)state;
	for (unsigned i = 0; i < 30; i++) {
		w->tasks[i].fails = i % 3 == 1;
		w->tasks[i].size = 10;
		ks_fetcher_add(w->fetcher, &w->tasks[i]);
	}
	for (unsigned i = 0; i < 30; i++) {
		struct ks_fetcher_job job = take(w);
		char expected[32];

		assert_ptr_equal(job.what, &w->tasks[i]);
		if (i % 3 != 1) {
			check_content(&job);
			continue;
		}
		snprintf(expected, sizeof(expected), "job %u", i);
		assert_int_equal(job.rc, -1);
		assert_int_equal(job.fd, -1);
		assert_int_equal(job.size, 0);
		assert_int_equal(job.err.code, KS_ERR_DENIED);
		assert_string_equal(job.err.message, expected);
	}
	end(w);
}

/* Without tools a job fails, and the next one has another try. */
static void no_tools(void **state)
{
	struct world *w = begin(&(struct ks_fetcher_config){ .threads = 1 });
	struct ks_fetcher_job job;

	(void)state;
	atomic_store(&w->has_tools, false);
	ks_fetcher_add(w->fetcher, &w->tasks[0]);
	job = take(w);
	assert_int_equal(job.rc, -1);
	assert_string_equal(job.err.message, "no tools");
	assert_int_equal(atomic_load(&w->begun), 0);
	atomic_store(&w->has_tools, true);
	ks_fetcher_add(w->fetcher, &w->tasks[1]);
	job = take(w);
	assert_int_equal(job.rc, 0);
	assert_int_equal(job.fd, -1);
	end(w);
}

static void bound_in_number(void **state)
{
	struct world *w = begin(&(struct ks_fetcher_config){ .threads = 2, .items = 3 });
	struct ks_fetcher_job job;

	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		assert_true(ks_fetcher_has_room(w->fetcher));
		ks_fetcher_add(w->fetcher, &w->tasks[i]);
	}
	assert_false(ks_fetcher_has_room(w->fetcher));
	job = take(w);
	assert_int_equal(job.rc, 0);
	assert_true(ks_fetcher_has_room(w->fetcher));
	end(w);
}

/* Past the bytes nothing is begun but what is to be taken next; all of it comes in the end. */
static void bound_in_bytes(void **state)
{
	struct world *w = begin(&(struct ks_fetcher_config){ .threads = 2, .bytes = 1000 });
	struct ks_fetcher_job job;

	(void)state;
	for (unsigned i = 0; i < 50; i++) {
		w->tasks[i].size = 600;
		ks_fetcher_add(w->fetcher, &w->tasks[i]);
	}
	while (atomic_load(&w->begun) < 2)
		nap(1);
	nap(50);
	assert_true(atomic_load(&w->begun) <= 3);
	assert_false(ks_fetcher_has_room(w->fetcher));
	for (unsigned i = 0; i < 50; i++) {
		job = take(w);
		assert_ptr_equal(job.what, &w->tasks[i]);
		check_content(&job);
	}
	assert_true(ks_fetcher_has_room(w->fetcher));
	end(w);
}

/* One that is larger than all that may be held comes all the same. */
static void larger_than_all(void **state)
{
	struct world *w = begin(&(struct ks_fetcher_config){ .threads = 2, .bytes = 10 });
	struct ks_fetcher_job job;

	(void)state;
	for (unsigned i = 0; i < 5; i++) {
		w->tasks[i].size = 100000;
		ks_fetcher_add(w->fetcher, &w->tasks[i]);
	}
	for (unsigned i = 0; i < 5; i++) {
		job = take(w);
		check_content(&job);
	}
	end(w);
}

/* The end does not wait for what hangs, and hands back what nobody took: done, begun or not. */
static void stops(void **state)
{
	struct world *w = begin(&(struct ks_fetcher_config){ .threads = 2 });

	(void)state;
	w->tasks[0].size = 10;
	w->tasks[1].hangs = w->tasks[2].hangs = true;
	for (unsigned i = 0; i < 100; i++)
		ks_fetcher_add(w->fetcher, &w->tasks[i]);
	while (atomic_load(&w->begun) < 3)
		nap(1);
	ks_fetcher_finish(w->fetcher, drop, w);
	assert_int_equal(atomic_load(&w->dropped), 100);
	assert_int_equal(atomic_load(&w->begun), 3);
	assert_int_equal(atomic_load(&w->closed), 2);
	free(w);
}

static void nothing_given(void **state)
{
	struct ks_fetcher_job job;
	struct world *w = begin(&(struct ks_fetcher_config){ 0 });
	struct pollfd fd = { .fd = ks_fetcher_poll_fd(w->fetcher), .events = POLLIN };

	(void)state;
	assert_false(ks_fetcher_take(w->fetcher, &job));
	assert_int_equal(poll(&fd, 1, 0), 0);
	end(w);
	ks_fetcher_finish(NULL, NULL, NULL);
}

int main(void)
{
	struct rows tests = { .n = 0 };

	ROWS_TEST(&tests, keeps_the_order);
	ROWS_TEST(&tests, large_ones);
	ROWS_TEST(&tests, errors);
	ROWS_TEST(&tests, no_tools);
	ROWS_TEST(&tests, bound_in_number);
	ROWS_TEST(&tests, bound_in_bytes);
	ROWS_TEST(&tests, larger_than_all);
	ROWS_TEST(&tests, stops);
	ROWS_TEST(&tests, nothing_given);
	return rows_run("fetcher", &tests);
}
