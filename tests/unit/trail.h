/*
 * What tests of the reading path share: texts as file descriptors (a file, gzip members, a pipe that
 * delivers odd pieces), and the records and problems that the cutter makes of them, as one text to compare.
 */
#ifndef KS_TESTS_UNIT_TRAIL_H
#define KS_TESTS_UNIT_TRAIL_H

#include "lib/base/buf.h"
#include "lib/trail/cutter.h"

#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>
#include <zlib.h>

#define TRAIL_KEY "AKIAQYLPMN5HHHFPZAM2"

static inline int trail_fd(struct ks_str text)
{
	int fd = memfd_create("trail", MFD_CLOEXEC);

	assert_true(fd >= 0);
	while (text.n > 0) {
		ssize_t put = write(fd, text.p, text.n);

		assert_true(put > 0);
		text.p += put;
		text.n -= (size_t)put;
	}
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	return fd;
}

/* Appends text as one gzip member. */
static inline void trail_add_member(struct ks_buf *out, struct ks_str text, int level)
{
	z_stream z = { 0 };
	size_t room;

	assert_int_equal(deflateInit2(&z, level, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY), Z_OK);
	room = deflateBound(&z, text.n) + 64;
	z.next_in = (Bytef *)(uintptr_t)text.p;
	z.avail_in = (uInt)text.n;
	z.next_out = (Bytef *)ks_buf_reserve(out, room);
	assert_non_null(z.next_out);
	z.avail_out = (uInt)room;
	assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
	out->n += room - z.avail_out;
	deflateEnd(&z);
}

/* Gzip with a new member every so many bytes of text; 0: one member. */
static inline void trail_gzip(struct ks_buf *out, struct ks_str text, size_t every)
{
	do {
		size_t n = every != 0 && every < text.n ? every : text.n;

		trail_add_member(out, (struct ks_str){ text.p, n }, 6);
		text.p += n;
		text.n -= n;
	} while (text.n > 0);
}

/* A pipe in packet mode that gives so many bytes a read. */
struct trail_pipe {
	struct ks_str text;
	size_t piece;
	int fds[2];
	pthread_t thread;
};

static inline void *trail_pipe_write(void *arg)
{
	struct trail_pipe *pipe = arg;

	for (size_t i = 0; i < pipe->text.n; i += pipe->piece) {
		size_t n = pipe->text.n - i < pipe->piece ? pipe->text.n - i : pipe->piece;

		if (write(pipe->fds[1], pipe->text.p + i, n) != (ssize_t)n)
			break;
	}
	close(pipe->fds[1]);
	return NULL;
}

static inline int trail_pipe_open(struct trail_pipe *pipe, struct ks_str text, size_t piece)
{
	*pipe = (struct trail_pipe){ .text = text, .piece = piece < 4096 ? piece : 4096 };
	/* Who reads may stop early. */
	signal(SIGPIPE, SIG_IGN);
	assert_int_equal(pipe2(pipe->fds, O_DIRECT), 0);
	assert_int_equal(pthread_create(&pipe->thread, NULL, trail_pipe_write, pipe), 0);
	return pipe->fds[0];
}

/* What the cutter said: "offset record" and "offset ! message", a line each; records above 4 KB by
 * length and hash. */
struct trail_cut {
	struct ks_buf said;
	struct ks_index index;
	size_t records, problems, hits;
	enum ks_cutter_end end;
	struct ks_anchors anchors;
	enum ks_mask_form mask;
	bool is_trusting; /* records that are no hits are not parsed */
	const char *inflate;
};

static inline size_t trail_record(void *arg, struct ks_str text, uint64_t offset, bool is_hit)
{
	struct trail_cut *cut = arg;
	struct ks_err err;

	if ((is_hit || !cut->is_trusting) && ks_index_build(&cut->index, text, NULL, &err) != 0) {
		cut->problems++;
		ks_buf_addf(&cut->said, "%llu ! no JSON: %s\n", (unsigned long long)offset, err.message);
		return (size_t)err.column;
	}
	cut->records++;
	cut->hits += is_hit;
	ks_buf_addf(&cut->said, "%llu%s ", (unsigned long long)offset, is_hit ? "*" : "");
	if (text.n > 4096)
		ks_buf_addf(&cut->said, "%zu bytes %016llx", text.n, (unsigned long long)ks_str_hash(text));
	else
		ks_buf_add(&cut->said, text);
	ks_buf_addc(&cut->said, '\n');
	return 0;
}

static inline void trail_problem(void *arg, uint64_t offset, const struct ks_err *err)
{
	struct trail_cut *cut = arg;

	cut->problems++;
	ks_buf_addf(&cut->said, "%llu ! %s\n", (unsigned long long)offset, err->message);
}

static inline void trail_cut_init(struct trail_cut *cut)
{
	*cut = (struct trail_cut){ 0 };
	ks_buf_init(&cut->said, 1u << 28);
	ks_index_init(&cut->index);
}

static inline void trail_cut_release(struct trail_cut *cut)
{
	ks_buf_release(&cut->said);
	ks_index_release(&cut->index);
}

static inline const char *trail_cut_said(const struct trail_cut *cut)
{
	return cut->said.p != NULL ? cut->said.p : "";
}

/* Cuts what fd gives, which is closed. */
static inline void trail_cut_fd(struct trail_cut *cut, int fd)
{
	struct ks_cutter_sink sink = { trail_record, trail_problem, cut };
	/* One for all cuts: it has much memory, and is used again by a program as well. */
	static struct ks_cutter cutter;
	struct ks_stream stream;
	struct ks_err err;

	if (cutter.buf == NULL)
		ks_cutter_init(&cutter, &cut->anchors, ks_mask_pick(cut->mask), &sink, NULL);
	cutter.anchors = &cut->anchors;
	cutter.fill = ks_mask_pick(cut->mask);
	cutter.sink = &sink;
	memset(cutter.cache, 0, sizeof(*cutter.cache));
	ks_stream_init(&stream, ks_inflate_find(cut->inflate));
	assert_int_equal(ks_stream_open(&stream, fd, &err), 0);
	cut->end = ks_cutter_run(&cutter, &stream);
	ks_stream_release(&stream);
}

static inline void trail_cut_text(struct trail_cut *cut, struct ks_str text)
{
	trail_cut_fd(cut, trail_fd(text));
}

#endif
