/*
 * Tells the service manager how the program is (sd_notify(3), "Stand-alone implementations"): one datagram
 * to the socket that NOTIFY_SOCKET names, a path or, with an @, a name in the abstract namespace. Without
 * one nothing happens, so that callers need not ask whether they are a service.
 */
#ifndef KS_NET_SYSTEMD_H
#define KS_NET_SYSTEMD_H

#include "lib/base/ctx.h"

/* Lines as sd_notify(3) has them: "READY=1", "STATUS=…", "WATCHDOG=1". Never waits. Errors: IO; what cannot
 * be told is no reason to end. */
int ks_systemd_notify(const struct ks_ctx *ctx, const char *state, struct ks_err *err);

/* RELOADING=1 with the time that Type=notify-reload wants; READY=1 ends it. */
int ks_systemd_reloading(const struct ks_ctx *ctx, struct ks_err *err);

/* How often it wants to hear WATCHDOG=1 at the latest, in milliseconds (WATCHDOG_USEC, when it is meant for
 * this process); 0: not at all. */
int64_t ks_systemd_watchdog(const struct ks_ctx *ctx);

#endif
