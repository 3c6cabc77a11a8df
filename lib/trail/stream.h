/*
 * The text of one trail file, chunk by chunk: plain, or gzip of one or several members, told apart by
 * the first bytes and never by the name. Reading goes on past nothing: an error ends the stream after
 * all good text before it was handed out. One stream object serves many files, one after the other,
 * without new memory.
 */
#ifndef KS_TRAIL_STREAM_H
#define KS_TRAIL_STREAM_H

#include "lib/base/err.h"
#include "lib/codec/inflate.h"

#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ks_stream {
	const struct ks_inflate_backend *backend;
	void *inflater;
	const struct ks_inflate_whole *whole; /* for small files, or NULL */
	void *whole_state;
	unsigned char *in;          /* KS_LIMIT_READ bytes */
	size_t in_from, in_to;      /* what is not used of them */
	int fd;
	/* set by the owner: a read that a signal ends is the end; may be NULL */
	const volatile sig_atomic_t *stop;
	/* Set by the owner, or NULL: how many threads have nothing to do, for all who share the number. While
	 * there is one, what is left of a large file is read ahead there. */
	atomic_int *idle;
	uint64_t size;              /* of the file at hand, set by the owner with idle; 0: not known */
	uint64_t all;               /* the same, or what was found out as it is large */
	struct ks_ahead *ahead;
	bool is_gzip;
	bool is_fresh;              /* of the gzip nothing was unpacked so far */
	bool is_in_member;          /* between a member's first byte and its trailer */
	bool has_input_ended;
	bool is_over;
	bool is_truncated;          /* the gzip ended before its trailer: it may still be written */
	uint64_t bytes_in;          /* compressed bytes read of this file */
	uint64_t bytes_out;         /* text handed out of this file */
};

/* backend: from ks_inflate_find. */
void ks_stream_init(struct ks_stream *stream, const struct ks_inflate_backend *backend);
void ks_stream_release(struct ks_stream *stream);

/* Begins a file; the stream closes fd (unless it is 0) at the next open or release. Errors: IO;
 * UNSUPPORTED for what is recognizably something else (zstd, bzip2, xz, zip, UTF-16). */
int ks_stream_open(struct ks_stream *stream, int fd, struct ks_err *err);

/* Up to n bytes of text (n > 0). *out_n is 0 at the end. On an error (PARSE: damaged or truncated gzip,
 * or what follows it is not gzip; IO) *out_n still says how much good text was put out before it. */
int ks_stream_read(struct ks_stream *stream, char *out, size_t n, size_t *out_n, struct ks_err *err);

/* Passes over the first n bytes of text, right behind open: a plain file is sought, gzip is inflated.
 * Errors: as read; CONFLICT when there is less text. */
int ks_stream_skip(struct ks_stream *stream, uint64_t n, struct ks_err *err);

#endif
