/*
 * The pause file: while it is there nothing is sent to contain or to undo. 'respond pause' writes it and
 * 'respond resume' removes it; a file that somebody made by hand (touch) does as well, and so does one
 * that cannot be read. It says who paused, when and why, in words.
 */
#ifndef KS_RESPOND_PAUSE_H
#define KS_RESPOND_PAUSE_H

#include "lib/base/arena.h"
#include "lib/base/err.h"

#include <stdbool.h>
#include <stdint.h>

/* What the file says: "by alice since 2026-11-22T06:40:00Z: reason"; NULL when there is none. Whoever can
 * write it chooses the text: no control characters are left in it, and it is cut. */
const char *ks_pause_read(const char *path, struct ks_arena *arena);

/* Writes it whole, readable to its owner alone, and makes its directory. *out_is_new false: there was one,
 * which stays as it is. reason may be empty. Errors: IO. */
int ks_pause_set(const char *path, struct ks_str who, struct ks_str reason, int64_t now_ms, bool *out_is_new,
	struct ks_err *err);

/* Removes it. *out_was_there false: there was none. Errors: IO. */
int ks_pause_clear(const char *path, bool *out_was_there, struct ks_err *err);

#endif
