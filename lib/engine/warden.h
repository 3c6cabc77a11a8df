/*
 * Watches over the threads of a running watch, from a thread of its own: tells the service manager that all
 * is well (WATCHDOG=1) for as long as every thread gets on, and how it stands (STATUS=). Once one is stalled
 * it says so in the log and falls silent, and the service manager starts the program anew. Where nobody
 * manages the program, only the line in the log is left.
 */
#ifndef KS_ENGINE_WARDEN_H
#define KS_ENGINE_WARDEN_H

#include "lib/engine/health.h"

struct ks_warden;

/* Both borrowed until stop. Errors: IO (threads). */
int ks_warden_start(const struct ks_ctx *ctx, struct ks_health *health, struct ks_warden **out,
	struct ks_err *err);
void ks_warden_stop(struct ks_warden *warden);       /* NULL is fine */

#endif
