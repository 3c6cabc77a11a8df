/*
 * Fetches ahead: a few threads that bring what lies behind a network into memory (or into an unnamed file,
 * when it is large), while what came before is being read. For sources: they say what to bring, in their
 * order, and take it as an open file. What is held ahead is bounded in bytes and in number: past the bytes
 * nothing new is begun but what is to be taken next, so that there is at most one more a thread.
 *
 * All calls are for the thread that owns the fetcher, but for work and what it calls. Signals go to others.
 */
#ifndef KS_TRAIL_FETCHER_H
#define KS_TRAIL_FETCHER_H

#include "lib/base/buf.h"
#include "lib/base/ctx.h"

#define KS_FETCHER_THREADS 4u
#define KS_FETCHER_BYTES (UINT64_C(64) << 20)        /* held ahead, and not yet taken */
#define KS_FETCHER_ITEMS 1024u                       /* likewise */
#define KS_FETCHER_IN_MEMORY (UINT64_C(1) << 20)     /* what is larger goes into a file */

struct ks_fetcher;

/* What is brought. The fetcher owns none of what it points to. */
struct ks_fetcher_job {
	void *what;              /* the source's own */
	int fd;                  /* what was brought, from its beginning; the taker closes it. -1: nothing */
	uint64_t size;           /* of it */
	int rc;
	struct ks_err err;       /* with rc -1 */
};

struct ks_fetcher_config {
	unsigned threads;        /* 0: KS_FETCHER_THREADS */
	unsigned items;          /* 0: KS_FETCHER_ITEMS */
	uint64_t bytes;          /* 0: KS_FETCHER_BYTES */
	const char *dir;         /* for large ones; NULL: /tmp */
	/* One thread's tools (a client, its settings), made before its first job and given to work. It fails for
	 * the job at hand, and is called again for the next. NULL: there are none. */
	int (*open)(void *arg, const volatile sig_atomic_t *stop, void **out_tools, struct ks_err *err);
	void (*close)(void *arg, void *tools);
	/* Brings one: into the job through ks_fetcher_write, or nothing at all. Long waits give up when the flag
	 * stop is set, which outlives the tools: it belongs into the ctx of a client that they hold. */
	int (*work)(void *arg, void *tools, struct ks_fetcher_job *job, const volatile sig_atomic_t *stop,
		struct ks_err *err);
	void *arg;
};

/* The config is copied. Errors: IO (threads). */
int ks_fetcher_start(const struct ks_fetcher_config *config, struct ks_fetcher **out, struct ks_err *err);

/* Ends the threads; jobs that were not taken are handed to drop, which may be NULL. NULL is fine. */
void ks_fetcher_finish(struct ks_fetcher *fetcher, void (*drop)(void *arg, void *what), void *arg);

/* Whether another job may be given now. */
bool ks_fetcher_has_room(const struct ks_fetcher *fetcher);
void ks_fetcher_add(struct ks_fetcher *fetcher, void *what);

/* The next one that is over, in the order in which they were given; false: it is not over yet, or there is
 * none. One that failed has no file. */
bool ks_fetcher_take(struct ks_fetcher *fetcher, struct ks_fetcher_job *out);

size_t ks_fetcher_waiting(const struct ks_fetcher *fetcher);     /* given and not taken */
int ks_fetcher_poll_fd(const struct ks_fetcher *fetcher);        /* readable when the next may be over */

/* For work: more of what is brought; or it begins anew, and what was written is gone. Errors: IO. */
int ks_fetcher_write(struct ks_fetcher_job *job, struct ks_str bytes, struct ks_err *err);
int ks_fetcher_rewind(struct ks_fetcher_job *job, struct ks_err *err);

#endif
