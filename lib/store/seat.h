/*
 * Who is at work on a store: a number for a process that nobody else has, and that is known to be free again
 * as soon as the process has ended, however it ended. The file STORE-seats beside the store is empty; what
 * counts are locks on it, which the system takes away with the process.
 */
#ifndef KS_STORE_SEAT_H
#define KS_STORE_SEAT_H

#include "lib/base/ctx.h"

struct ks_seat;

/* Takes a seat at the store at that path. Errors: IO (the file cannot be made or locked). */
int ks_seat_open(const struct ks_ctx *ctx, const char *store_path, struct ks_seat **out, struct ks_err *err);
void ks_seat_close(struct ks_seat *seat);                          /* NULL is fine */

int64_t ks_seat_number(const struct ks_seat *seat);                /* above 0 */

/* Says of this seat that it carries out plans; whether anybody else on the store says so. For people: it may
 * be over a moment later. */
int ks_seat_serve(struct ks_seat *seat, struct ks_err *err);
bool ks_seat_is_served(const struct ks_seat *seat);

/* Whether somebody has the seat of that number; also when that cannot be found out. */
bool ks_seat_is_taken(const struct ks_seat *seat, int64_t number);

#endif
