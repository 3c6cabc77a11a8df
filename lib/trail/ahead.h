/*
 * Reads a stream ahead in a thread of its own, so that a large file is unpacked while what came of it is
 * looked at. The text, its pieces' order and its errors are what the stream itself would give; some pieces
 * of KS_LIMIT_CHUNK wait in between, no more. Not for anyone but stream.c.
 */
#ifndef KS_TRAIL_AHEAD_H
#define KS_TRAIL_AHEAD_H

#include "lib/base/err.h"

#include <stddef.h>

struct ks_stream;
struct ks_ahead;

/* Goes on from where the stream is, which must not be read or opened by others until end. NULL when no
 * thread can be had: nothing has changed then. */
struct ks_ahead *ks_ahead_start(const struct ks_stream *stream);

/* As ks_stream_read, whose counts and flags in stream are moved on by what is handed out. */
int ks_ahead_read(struct ks_ahead *ahead, struct ks_stream *stream, char *out, size_t n, size_t *out_n,
	struct ks_err *err);

/* Also before all was read; what was read ahead is lost. */
void ks_ahead_end(struct ks_ahead *ahead);

#endif
