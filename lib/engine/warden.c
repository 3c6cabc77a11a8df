/* A thread that looks at the pulse. */
#include "lib/engine/warden.h"

#include "lib/base/mem.h"
#include "lib/base/pulse.h"
#include "lib/net/systemd.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define LOOK_MS 1000
#define STATUS_LONGEST 400u

struct ks_warden {
	const struct ks_ctx *ctx;
	struct ks_health *health;
	int64_t pause_ms;
	char told[STATUS_LONGEST];       /* the status that the service manager has */
	bool has_told_stall;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t wakened;
	bool is_ending;
};

static void tell_status(struct ks_warden *warden)
{
	struct ks_err ignored = { 0 };
	struct ks_buf line;

	ks_buf_init(&line, 4096);
	ks_buf_adds(&line, "STATUS=");
	ks_health_line(warden->health, &line);
	/* A line ends where the next one begins. */
	for (size_t i = 0; i < line.n; i++)
		if (line.p[i] == '\n')
			line.p[i] = ' ';
	if (line.n >= STATUS_LONGEST)
		line.p[STATUS_LONGEST - 1] = '\0';
	if (strcmp(line.p, warden->told) != 0 && ks_systemd_notify(warden->ctx, line.p, &ignored) == 0)
		snprintf(warden->told, sizeof(warden->told), "%s", line.p);
	ks_buf_release(&line);
}

static void look(struct ks_warden *warden)
{
	char name[KS_PULSE_NAME];
	struct ks_err ignored = { 0 };

	tell_status(warden);
	if (!ks_pulse_is_stalled(warden->ctx->pulse, name)) {
		ks_systemd_notify(warden->ctx, "WATCHDOG=1", &ignored);
		warden->has_told_stall = false;
	} else if (!warden->has_told_stall) {
		warden->has_told_stall = true;
		ks_log_write(&warden->ctx->log, KS_LOG_ERROR,
			"the thread '%s' shows no progress: unless it gets on, "
			"a service manager with a watchdog starts keysnare anew; else do so yourself", name);
	}
}

static void *work(void *arg)
{
	struct ks_warden *warden = arg;
	struct timespec until;

	pthread_mutex_lock(&warden->lock);
	while (!warden->is_ending) {
		pthread_mutex_unlock(&warden->lock);
		look(warden);
		clock_gettime(CLOCK_MONOTONIC, &until);
		until.tv_nsec += (long)(warden->pause_ms % 1000) * 1000000;
		until.tv_sec += warden->pause_ms / 1000 + until.tv_nsec / 1000000000;
		until.tv_nsec %= 1000000000;
		pthread_mutex_lock(&warden->lock);
		while (!warden->is_ending && pthread_cond_timedwait(&warden->wakened, &warden->lock, &until) == 0)
			;
	}
	pthread_mutex_unlock(&warden->lock);
	return NULL;
}

static void release(struct ks_warden *warden)
{
	pthread_cond_destroy(&warden->wakened);
	pthread_mutex_destroy(&warden->lock);
	free(warden);
}

int ks_warden_start(const struct ks_ctx *ctx, struct ks_health *health, struct ks_warden **out,
	struct ks_err *err)
{
	struct ks_warden *warden = ks_mem_alloc(sizeof(*warden));
	int64_t watchdog_ms = ks_systemd_watchdog(ctx);
	pthread_condattr_t attributes;
	sigset_t all, before;
	int rc;

	warden->ctx = ctx;
	warden->health = health;
	/* Thrice in the time that it is given. */
	warden->pause_ms = watchdog_ms > 0 && watchdog_ms / 3 < LOOK_MS ? watchdog_ms / 3 + 1 : LOOK_MS;
	pthread_mutex_init(&warden->lock, NULL);
	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_cond_init(&warden->wakened, &attributes);
	pthread_condattr_destroy(&attributes);
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	rc = pthread_create(&warden->thread, NULL, work, warden);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (rc != 0) {
		release(warden);
		return ks_err_set(err, KS_ERR_IO, "cannot start a thread");
	}
	*out = warden;
	return 0;
}

void ks_warden_stop(struct ks_warden *warden)
{
	if (warden == NULL)
		return;
	pthread_mutex_lock(&warden->lock);
	warden->is_ending = true;
	pthread_cond_signal(&warden->wakened);
	pthread_mutex_unlock(&warden->lock);
	pthread_join(warden->thread, NULL);
	release(warden);
}
