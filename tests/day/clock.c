/* The program's clock, in its own hands: every wait of keysnare ends as soon as nothing else is to be done,
 * and the clock is then where the wait would have ended. A day takes as long as what is done in it.
 *
 * The linker puts these functions in the place of those that keysnare calls (-Wl,--wrap); libraries keep the
 * real ones, so that an exchange with a server and a write to the store take the time that they take. Time
 * goes on by itself as well, as the real one does. When all threads of keysnare wait, it jumps to where the
 * first of them is due.
 *
 * A server can say more, by headers of its answer: X-Sim-Took (milliseconds that the exchange took),
 * X-Sim-Hang (it took as long as it was allowed, and there was no answer), X-Sim-Jump (milliseconds by which
 * somebody set the clock of the day; the one for intervals goes on). After KS_SIM_SECONDS the program is
 * told to stop. From the first second of KS_SIM_FULL ("3600-4800") to the second nothing can be written:
 * ENOSPC; in between, somebody moves the file late.json into the directory logs. */
#include "lib/net/http.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define NS INT64_C(1000000000)
#define NEVER INT64_MAX
#define WAITERS 64u
#define FDS 64u

int __real_clock_gettime(clockid_t clock, struct timespec *out);
int __real_pthread_create(pthread_t *out, const pthread_attr_t *attr, void *(*work)(void *), void *arg);
int __real_pthread_join(pthread_t thread, void **out);
int __real_pthread_cond_wait(pthread_cond_t *cond, pthread_mutex_t *lock);
int __real_pthread_cond_broadcast(pthread_cond_t *cond);
int __real_pthread_cond_timedwait(pthread_cond_t *cond, pthread_mutex_t *lock,
	const struct timespec *until);
int __real_poll(struct pollfd *fds, nfds_t n, int ms);
int __real_ks_http_send(const struct ks_http_request *request, struct ks_http_reply *out,
	struct ks_err *err);

int __wrap_clock_gettime(clockid_t clock, struct timespec *out);
int __wrap_nanosleep(const struct timespec *how_long, struct timespec *left);
int __wrap_pthread_create(pthread_t *out, const pthread_attr_t *attr, void *(*work)(void *), void *arg);
int __wrap_pthread_join(pthread_t thread, void **out);
int __wrap_pthread_cond_wait(pthread_cond_t *cond, pthread_mutex_t *lock);
int __wrap_pthread_cond_timedwait(pthread_cond_t *cond, pthread_mutex_t *lock,
	const struct timespec *until);
int __wrap_pthread_cond_broadcast(pthread_cond_t *cond);
int __wrap_pthread_cond_signal(pthread_cond_t *cond);
int __wrap_poll(struct pollfd *fds, nfds_t n, int ms);
int __wrap_ks_http_send(const struct ks_http_request *request, struct ks_http_reply *out,
	struct ks_err *err);

/* A thread that waits, or is about to. */
struct waiter {
	bool is_used, is_waiting;
	int64_t due;                     /* on the clock for intervals; NEVER */
	pthread_cond_t *cond;            /* NULL: it waits in poll, or for a thread */
	pthread_mutex_t *lock;
	const struct pollfd *fds;        /* and what it polls beside event */
	nfds_t n;
	int event;
	pthread_t joins;
	bool is_joining;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;         /* of what follows */
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static pthread_cond_t slept = PTHREAD_COND_INITIALIZER;
static struct waiter waiters[WAITERS];
static unsigned threads = 1;                                     /* of keysnare, the first one among them */
static _Atomic int64_t jumped, set;                              /* added to the real clocks */
static int64_t began;                                            /* on the clock for intervals */
static bool has_ended, is_late_there;
static pthread_once_t once = PTHREAD_ONCE_INIT;

/* ---- the clocks ---- */

static int64_t steady(void)
{
	struct timespec t;

	__real_clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * NS + t.tv_nsec + atomic_load(&jumped);
}

/* Before anything else of the program runs. */
__attribute__((constructor)) static void begin_day(void)
{
	began = steady();
}

static int64_t passed(void)
{
	return steady() - began;
}

int __wrap_clock_gettime(clockid_t clock, struct timespec *out)
{
	int rc = __real_clock_gettime(clock, out);
	int64_t ns;

	if (rc != 0 || (clock != CLOCK_MONOTONIC && clock != CLOCK_REALTIME))
		return rc;
	ns = (int64_t)out->tv_sec * NS + out->tv_nsec + atomic_load(&jumped) +
		(clock == CLOCK_REALTIME ? atomic_load(&set) : 0);
	*out = (struct timespec){ ns / NS, ns % NS };
	return 0;
}

/* ---- who waits ---- */

/* Wakes a waiter; it counts as at work from here on. The lock is held. */
static void wake(struct waiter *w)
{
	uint64_t n = 1;

	w->is_waiting = false;
	if (w->cond == NULL && !w->is_joining && write(w->event, &n, sizeof(n)) < 0)
		abort();
}

/* Whether nothing is on its way to somebody who polls. */
static bool is_quiet(const struct waiter *w)
{
	struct pollfd fds[FDS];

	if (w->fds == NULL || w->n > FDS)
		return true;
	memcpy(fds, w->fds, w->n * sizeof(*fds));
	return __real_poll(fds, w->n, 0) == 0;
}

/* All wait: the time when the first is due; NEVER while somebody is at work. The lock is held. */
static int64_t find_due(void)
{
	unsigned waiting = 0;
	int64_t due = NEVER;

	for (size_t i = 0; i < WAITERS; i++) {
		if (!waiters[i].is_used || !waiters[i].is_waiting)
			continue;
		waiting++;
		if (waiters[i].due < due)
			due = waiters[i].due;
	}
	if (waiting < threads)
		return NEVER;
	for (size_t i = 0; i < WAITERS; i++)
		if (waiters[i].is_used && waiters[i].is_waiting && !is_quiet(&waiters[i]))
			return NEVER;
	return due;
}

/* Wakes all that are due. A condition is told under its own lock, so that nobody who is about to wait for it
 * misses it. */
static void wake_due(void)
{
	struct { pthread_cond_t *cond; pthread_mutex_t *lock; } told[WAITERS];
	int64_t now = steady();
	size_t n = 0;

	for (size_t i = 0; i < WAITERS; i++) {
		struct waiter *w = &waiters[i];

		if (!w->is_used || !w->is_waiting || w->due > now)
			continue;
		wake(w);
		if (w->cond == &slept) {
			__real_pthread_cond_broadcast(&slept);
		} else if (w->cond != NULL) {
			told[n].cond = w->cond;
			told[n++].lock = w->lock;
		}
	}
	pthread_mutex_unlock(&lock);
	for (size_t i = 0; i < n; i++) {
		pthread_mutex_lock(told[i].lock);
		__real_pthread_cond_broadcast(told[i].cond);
		pthread_mutex_unlock(told[i].lock);
	}
	pthread_mutex_lock(&lock);
}

/* The day is over: what a service manager would say. */
static void end_day(void)
{
	const char *text = getenv("KS_SIM_SECONDS");

	if (text == NULL || has_ended || passed() < atoll(text) * NS)
		return;
	has_ended = true;
	kill(getpid(), SIGTERM);
}

/* While the disk is full nothing that keysnare has to say leaves it: the script does not know the time. */
static void bring_late(void)
{
	const char *text = getenv("KS_SIM_FULL"), *end = text != NULL ? strchr(text, '-') : NULL;

	if (end == NULL || is_late_there || passed() < (atoll(text) + atoll(end + 1)) / 2 * NS)
		return;
	is_late_there = true;
	if (rename("late.json", "logs/late.json") != 0)
		abort();
}

static void *tick(void *arg)
{
	sigset_t all;

	(void)arg;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, NULL);
	pthread_mutex_lock(&lock);
	for (;;) {
		struct timespec soon;
		int64_t due = find_due(), now = steady();

		if (due != NEVER && due > now)
			atomic_fetch_add(&jumped, due - now);
		wake_due();
		bring_late();
		end_day();
		if (due != NEVER)
			continue;
		__real_clock_gettime(CLOCK_REALTIME, &soon);
		soon.tv_nsec += 1000000;
		soon.tv_sec += soon.tv_nsec / NS;
		soon.tv_nsec %= NS;
		__real_pthread_cond_timedwait(&changed, &lock, &soon);
	}
	return NULL;
}

static void start(void)
{
	pthread_t thread;

	if (__real_pthread_create(&thread, NULL, tick, NULL) != 0)
		abort();
	pthread_detach(thread);
}

/* A place for the thread; the lock is held. */
static struct waiter *begin(int64_t due)
{
	static _Thread_local int event = -1;

	pthread_once(&once, start);
	if (event < 0)
		event = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	for (size_t i = 0; i < WAITERS; i++)
		if (!waiters[i].is_used) {
			waiters[i] = (struct waiter){ .is_used = true, .is_waiting = true, .due = due, .event = event };
			return &waiters[i];
		}
	abort();
}

static void wait_begins(void)
{
	__real_pthread_cond_broadcast(&changed);
	pthread_mutex_unlock(&lock);
}

/* ---- waiting ---- */

static void sleep_until(int64_t due)
{
	struct waiter *w;

	pthread_mutex_lock(&lock);
	w = begin(due);
	w->cond = &slept;
	__real_pthread_cond_broadcast(&changed);
	while (w->is_waiting)
		__real_pthread_cond_wait(&slept, &lock);
	w->is_used = false;
	pthread_mutex_unlock(&lock);
}

int __wrap_nanosleep(const struct timespec *how_long, struct timespec *left)
{
	(void)left;
	sleep_until(steady() + (int64_t)how_long->tv_sec * NS + how_long->tv_nsec);
	return 0;
}

static int wait_for(pthread_cond_t *cond, pthread_mutex_t *theirs, int64_t due)
{
	struct waiter *w;

	pthread_mutex_lock(&lock);
	w = begin(due);
	w->cond = cond;
	w->lock = theirs;
	wait_begins();
	__real_pthread_cond_wait(cond, theirs);
	pthread_mutex_lock(&lock);
	w->is_used = false;
	pthread_mutex_unlock(&lock);
	return due != NEVER && steady() >= due ? ETIMEDOUT : 0;
}

int __wrap_pthread_cond_wait(pthread_cond_t *cond, pthread_mutex_t *theirs)
{
	return wait_for(cond, theirs, NEVER);
}

/* All conditions of keysnare are on the clock for intervals. */
int __wrap_pthread_cond_timedwait(pthread_cond_t *cond, pthread_mutex_t *theirs,
	const struct timespec *until)
{
	return wait_for(cond, theirs, (int64_t)until->tv_sec * NS + until->tv_nsec);
}

/* To all, always: who waits for something else looks and waits again. */
int __wrap_pthread_cond_broadcast(pthread_cond_t *cond)
{
	pthread_mutex_lock(&lock);
	for (size_t i = 0; i < WAITERS; i++)
		if (waiters[i].is_used && waiters[i].is_waiting && waiters[i].cond == cond)
			wake(&waiters[i]);
	pthread_mutex_unlock(&lock);
	return __real_pthread_cond_broadcast(cond);
}

int __wrap_pthread_cond_signal(pthread_cond_t *cond)
{
	return __wrap_pthread_cond_broadcast(cond);
}

int __wrap_poll(struct pollfd *fds, nfds_t n, int ms)
{
	struct pollfd all[FDS + 1];
	struct waiter *w;
	uint64_t woken;
	int rc, why;

	if (ms == 0 || n > FDS)
		return __real_poll(fds, n, ms);
	if (n > 0)
		memcpy(all, fds, n * sizeof(*fds));
	pthread_mutex_lock(&lock);
	w = begin(ms < 0 ? NEVER : steady() + (int64_t)ms * 1000000);
	w->fds = fds;
	w->n = n;
	all[n] = (struct pollfd){ .fd = w->event, .events = POLLIN };
	wait_begins();
	rc = __real_poll(all, n + 1, -1);
	why = errno;
	pthread_mutex_lock(&lock);
	w->is_used = false;
	if (read(all[n].fd, &woken, sizeof(woken)) > 0 && rc > 0 && (all[n].revents & POLLIN) != 0)
		rc--;
	pthread_mutex_unlock(&lock);
	for (nfds_t i = 0; i < n; i++)
		fds[i].revents = all[i].revents;
	errno = why;
	return rc;
}

/* ---- threads ---- */

struct errand {
	void *(*work)(void *arg);
	void *arg;
};

static void *run(void *arg)
{
	struct errand errand = *(struct errand *)arg;
	void *result;

	free(arg);
	result = errand.work(errand.arg);
	pthread_mutex_lock(&lock);
	threads--;
	for (size_t i = 0; i < WAITERS; i++)
		if (waiters[i].is_used && waiters[i].is_joining && pthread_equal(waiters[i].joins, pthread_self()))
			wake(&waiters[i]);
	wait_begins();
	return result;
}

int __wrap_pthread_create(pthread_t *out, const pthread_attr_t *attr, void *(*work)(void *), void *arg)
{
	struct errand *errand = malloc(sizeof(*errand));
	int rc;

	if (errand == NULL)
		return ENOMEM;
	*errand = (struct errand){ work, arg };
	pthread_mutex_lock(&lock);
	threads++;
	pthread_mutex_unlock(&lock);
	rc = __real_pthread_create(out, attr, run, errand);
	if (rc == 0)
		return 0;
	pthread_mutex_lock(&lock);
	threads--;
	pthread_mutex_unlock(&lock);
	free(errand);
	return rc;
}

int __wrap_pthread_join(pthread_t thread, void **out)
{
	struct waiter *w;
	int rc;

	pthread_mutex_lock(&lock);
	w = begin(NEVER);
	w->is_joining = true;
	w->joins = thread;
	wait_begins();
	rc = __real_pthread_join(thread, out);
	pthread_mutex_lock(&lock);
	w->is_used = false;
	pthread_mutex_unlock(&lock);
	return rc;
}

/* ---- exchanges ---- */

static int64_t number_of(const struct ks_http_reply *reply, const char *name)
{
	int64_t n = 0;

	return ks_str_parse_int(ks_http_header(reply, name), &n) ? n : 0;
}

int __wrap_ks_http_send(const struct ks_http_request *request, struct ks_http_reply *out, struct ks_err *err)
{
	int64_t begun = steady();
	int rc = __real_ks_http_send(request, out, err);

	if (rc != 0)
		return rc;
	atomic_fetch_add(&set, number_of(out, "X-Sim-Jump") * 1000000);
	if (number_of(out, "X-Sim-Took") > 0)
		sleep_until(begun + number_of(out, "X-Sim-Took") * 1000000);
	if (number_of(out, "X-Sim-Hang") == 0)
		return 0;
	sleep_until(begun + (int64_t)(request->total_ms > 0 ? request->total_ms : 30000) * 1000000);
	ks_http_release(out);
	return ks_err_set(err, KS_ERR_NET, "no answer within the time that it had");
}

/* ---- the disk: nothing is to outlive a loss of power here, and a day has many thousand commits ---- */

int fsync(int fd)
{
	(void)fd;
	return 0;
}

int fdatasync(int fd)
{
	(void)fd;
	return 0;
}

/* ---- a disk that is full: these stand before those of the C library, for SQLite, too ---- */

static bool is_full(int fd)
{
	const char *text = getenv("KS_SIM_FULL"), *end = text != NULL ? strchr(text, '-') : NULL;
	struct stat st;

	return end != NULL && passed() >= atoll(text) * NS && passed() < atoll(end + 1) * NS &&
		fstat(fd, &st) == 0 && S_ISREG(st.st_mode);
}

ssize_t pwrite64(int fd, const void *bytes, size_t n, off64_t at)
{
	if (is_full(fd)) {
		errno = ENOSPC;
		return -1;
	}
	return syscall(SYS_pwrite64, fd, bytes, n, at);
}

ssize_t write(int fd, const void *bytes, size_t n)
{
	if (is_full(fd)) {
		errno = ENOSPC;
		return -1;
	}
	return syscall(SYS_write, fd, bytes, n);
}
