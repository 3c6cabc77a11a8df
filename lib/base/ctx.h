/*
 * struct ks_ctx: everything the library takes from the outside world: clock, random bytes, environment,
 * where the shipped files are, log sink, stop flag, and who counts. main.c builds one and passes it down; a
 * test builds its own.
 */
#ifndef KS_BASE_CTX_H
#define KS_BASE_CTX_H

#include "lib/base/err.h"
#include "lib/base/log.h"
#include "lib/base/turn.h"

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

struct ks_ctx {
	int64_t (*now)(void *arg);                              /* milliseconds since 1970, UTC */
	int (*random)(void *arg, void *out, size_t n);          /* unpredictable bytes; 0 or -1 */
	const char *(*env)(void *arg, const char *name);        /* NULL when unset */
	void *arg;                                              /* handed to the three above */
	const char *policies_dir;                               /* rules and response policies; never NULL */
	const char *templates_dir;                              /* bait templates; never NULL */
	const char *drills_dir;                                 /* scenarios of drills; never NULL */
	struct ks_log log;
	struct ks_metrics *metrics;                             /* NULL: nobody counts (metrics.h) */
	struct ks_pulse *pulse;                                 /* NULL: nobody watches threads (pulse.h) */
	const volatile sig_atomic_t *stop;                      /* set by SIGINT and SIGTERM; may be NULL */
	struct ks_turn *turn;                                   /* who writes to the store, of this program's
	                                                         * threads; NULL: there is no line */
};

/* The real clock, getrandom(2) and getenv; no log, no stop flag, and the paths of "." until they are set. */
void ks_ctx_init(struct ks_ctx *ctx);

int64_t ks_ctx_now(const struct ks_ctx *ctx);
int ks_ctx_random(const struct ks_ctx *ctx, void *out, size_t n, struct ks_err *err);
const char *ks_ctx_env(const struct ks_ctx *ctx, const char *name);     /* NULL when unset or empty */
bool ks_ctx_is_stopping(const struct ks_ctx *ctx);

#endif
