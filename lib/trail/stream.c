/* Reads a file and inflates it where its first bytes say so. */
#include "lib/trail/stream.h"

#include "lib/base/flag.h"
#include "lib/base/limits.h"
#include "lib/base/mem.h"
#include "lib/trail/ahead.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define AHEAD_LEAST (1u << 20)   /* compressed bytes left for which a thread is started */
#define WHOLE_LEAST 18u          /* bytes of the shortest gzip */
#define WHOLE_MOST (50u * 1024)  /* compressed; beyond, it takes as long or longer */
#define HEADER_CHECKSUM 2        /* of a gzip header's flags */

void ks_stream_init(struct ks_stream *stream, const struct ks_inflate_backend *backend)
{
	*stream = (struct ks_stream){ .backend = backend, .inflater = backend->new(), .fd = -1,
		.in = ks_mem_resize(NULL, KS_LIMIT_READ), .whole = ks_inflate_find_whole(backend) };
	if (stream->whole != NULL)
		stream->whole_state = stream->whole->new();
}

/* Is back from reading ahead. */
static void settle(struct ks_stream *stream)
{
	if (stream->ahead == NULL)
		return;
	ks_ahead_end(stream->ahead);
	stream->ahead = NULL;
	atomic_fetch_add(stream->idle, 1);
}

static void close_fd(struct ks_stream *stream)
{
	settle(stream);
	if (stream->fd > 0)
		close(stream->fd);
	stream->fd = -1;
}

void ks_stream_release(struct ks_stream *stream)
{
	if (stream == NULL || stream->backend == NULL)
		return;
	close_fd(stream);
	stream->backend->free(stream->inflater);
	if (stream->whole != NULL)
		stream->whole->free(stream->whole_state);
	free(stream->in);
	*stream = (struct ks_stream){ .fd = -1 };
}

/* Reads until at least want bytes are at hand, or the input ends. */
static int fill(struct ks_stream *stream, size_t want, struct ks_err *err)
{
	if (stream->in_from == stream->in_to)
		stream->in_from = stream->in_to = 0;
	if (stream->in_from > 0 && stream->in_to - stream->in_from < want) {
		memmove(stream->in, stream->in + stream->in_from, stream->in_to - stream->in_from);
		stream->in_to -= stream->in_from;
		stream->in_from = 0;
	}
	while (stream->in_to - stream->in_from < want && !stream->has_input_ended) {
		ssize_t got = read(stream->fd, stream->in + stream->in_to, KS_LIMIT_READ - stream->in_to);

		if (got < 0 && errno == EINTR && !ks_flag_is_raised(stream->stop))
			continue;
		if (got < 0 && errno != EINTR)
			return ks_err_set_errno(err, "cannot read on");
		/* Asked to stop in the middle of a read that may never come back: the input ends here. */
		got = got < 0 ? 0 : got;
		stream->has_input_ended = got == 0;
		stream->in_to += (size_t)got;
		stream->bytes_in += (uint64_t)got;
	}
	return 0;
}

static int refuse_others(const unsigned char *p, size_t n, struct ks_err *err)
{
	static const struct { const char *magic; size_t n; const char *name; } others[] = {
		{ "\x28\xB5\x2F\xFD", 4, "zstd" }, { "BZh", 3, "bzip2" }, { "\xFD" "7zXZ", 5, "xz" },
		{ "PK\x03\x04", 4, "zip" }, { "\xFF\xFE", 2, "UTF-16" }, { "\xFE\xFF", 2, "UTF-16" },
	};

	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (n >= others[i].n && memcmp(p, others[i].magic, others[i].n) == 0)
			return ks_err_set(err, KS_ERR_UNSUPPORTED,
				"is %s, which is not read here: convert it to gzip or plain UTF-8", others[i].name);
	return 0;
}

static bool is_gzip_at(const struct ks_stream *stream)
{
	const unsigned char *p = stream->in + stream->in_from;

	return stream->in_to - stream->in_from >= 2 && p[0] == 0x1F && p[1] == 0x8B;
}

/* The first read did not get all of the file. */
static void begin_large(struct ks_stream *stream)
{
	struct stat st;

	posix_fadvise(stream->fd, 0, 0, POSIX_FADV_SEQUENTIAL);
	if (stream->all == 0 && stream->idle != NULL && fstat(stream->fd, &st) == 0 && S_ISREG(st.st_mode))
		stream->all = (uint64_t)st.st_size;
}

int ks_stream_open(struct ks_stream *stream, int fd, struct ks_err *err)
{
	close_fd(stream);
	stream->fd = fd;
	stream->in_from = stream->in_to = 0;
	stream->bytes_in = stream->bytes_out = 0;
	stream->has_input_ended = stream->is_over = stream->is_truncated = false;
	if (fill(stream, 8, err) != 0)
		return -1;
	stream->all = stream->size;
	if (stream->in_to == KS_LIMIT_READ)
		begin_large(stream);
	stream->is_gzip = stream->is_fresh = stream->is_in_member = is_gzip_at(stream);
	if (stream->is_gzip)
		stream->backend->begin(stream->inflater);
	return refuse_others(stream->in, stream->in_to, err);
}

static int read_plain(struct ks_stream *stream, char *out, size_t n, size_t *out_n, struct ks_err *err)
{
	size_t held;

	if (fill(stream, 1, err) != 0)
		return -1;
	held = stream->in_to - stream->in_from;
	*out_n = held < n ? held : n;
	memcpy(out, stream->in + stream->in_from, *out_n);
	stream->in_from += *out_n;
	return 0;
}

/* After a member: another one, padding with zeros, the end, or something that is no gzip. */
static int next_member(struct ks_stream *stream, struct ks_err *err)
{
	for (;;) {
		if (fill(stream, 2, err) != 0)
			return -1;
		if (stream->in_from == stream->in_to) {
			stream->is_over = true;
			return 0;
		}
		if (is_gzip_at(stream)) {
			stream->backend->begin(stream->inflater);
			stream->is_in_member = true;
			return 0;
		}
		if (stream->in[stream->in_from] != 0)
			break;
		stream->in_from++;
	}
	stream->is_over = true;
	return ks_err_set(err, KS_ERR_PARSE,
		"what follows the gzip data at compressed byte %" PRIu64 " is not gzip",
		stream->bytes_in - (stream->in_to - stream->in_from));
}

/* One step of the inflater; *out_n grows by what it put out. */
static int step(struct ks_stream *stream, char *out, size_t n, size_t *out_n, struct ks_err *err)
{
	struct ks_inflate_io io;
	enum ks_inflate_status status;
	const char *why = NULL;
	bool is_stuck;

	if (fill(stream, 1, err) != 0)
		return -1;
	io = (struct ks_inflate_io){ stream->in + stream->in_from, stream->in_to - stream->in_from,
		(unsigned char *)out + *out_n, n - *out_n };
	status = stream->backend->step(stream->inflater, &io, &why);
	is_stuck = io.out_n == n - *out_n && io.in_n == stream->in_to - stream->in_from;
	stream->in_from = stream->in_to - io.in_n;
	*out_n = n - io.out_n;
	if (status == KS_INFLATE_END) {
		stream->is_in_member = false;
	} else if (status == KS_INFLATE_BAD) {
		stream->is_over = true;
		return ks_err_set(err, KS_ERR_PARSE, "damaged gzip at compressed byte %" PRIu64 ": %s",
			stream->bytes_in - io.in_n, why);
	} else if (is_stuck && stream->has_input_ended) {
		stream->is_over = stream->is_truncated = true;
		return ks_err_set(err, KS_ERR_PARSE, "truncated gzip: it ends after %" PRIu64 " compressed bytes",
			stream->bytes_in);
	}
	return 0;
}

/* What the size in the last bytes at hand says of a member that ends with them, or another number. */
static uint32_t told_size(const struct ks_stream *stream)
{
	const unsigned char *p = stream->in + stream->in_to - 4;

	return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

/* A small file's first member in one step, if it is all there, sound, and has room; else it is left to the
 * back end. A header with a checksum of its own is, too. */
static void unpack_whole(struct ks_stream *stream, char *out, size_t n, size_t *out_n)
{
	size_t held = stream->in_to - stream->in_from;
	struct ks_inflate_io io = { stream->in + stream->in_from, held, (unsigned char *)out, n };

	stream->is_fresh = false;
	if (stream->whole == NULL || held > WHOLE_MOST || held < WHOLE_LEAST || told_size(stream) > n ||
		(io.in[3] & HEADER_CHECKSUM) != 0 || !stream->whole->unpack(stream->whole_state, &io))
		return;
	stream->in_from = stream->in_to - io.in_n;
	*out_n = n - io.out_n;
	stream->is_in_member = false;
}

/* Begins to read ahead when there is somebody to do it, and enough to do. */
static void look_ahead(struct ks_stream *stream)
{
	int idle = atomic_load_explicit(stream->idle, memory_order_relaxed);

	if (idle <= 0 || stream->all < stream->bytes_in + AHEAD_LEAST)
		return;
	if (!atomic_compare_exchange_strong(stream->idle, &idle, idle - 1))
		return;
	stream->ahead = ks_ahead_start(stream);
	if (stream->ahead == NULL)
		atomic_fetch_add(stream->idle, 1);
}

int ks_stream_read(struct ks_stream *stream, char *out, size_t n, size_t *out_n, struct ks_err *err)
{
	int rc = 0;

	*out_n = 0;
	if (stream->is_over)
		return 0;
	if (stream->ahead == NULL && stream->idle != NULL)
		look_ahead(stream);
	if (stream->ahead != NULL)
		return ks_ahead_read(stream->ahead, stream, out, n, out_n, err);
	if (!stream->is_gzip) {
		rc = read_plain(stream, out, n, out_n, err);
		stream->is_over = rc != 0 || *out_n == 0;
	}
	if (stream->is_fresh)
		unpack_whole(stream, out, n, out_n);
	while (stream->is_gzip && rc == 0 && !stream->is_over && *out_n < n)
		rc = stream->is_in_member ? step(stream, out, n, out_n, err) : next_member(stream, err);
	stream->bytes_out += *out_n;
	return rc;
}

/* Text that is not at hand is sought, where the file can be; else it stays to be read. */
static uint64_t skip_plain(struct ks_stream *stream, uint64_t n)
{
	uint64_t held = stream->in_to - stream->in_from, step = held < n ? held : n;

	stream->in_from += step;
	if (step < n && lseek(stream->fd, (off_t)(n - step), SEEK_CUR) >= 0) {
		stream->bytes_in += n - step;
		step = n;
	}
	stream->bytes_out += step;
	return step;
}

int ks_stream_skip(struct ks_stream *stream, uint64_t n, struct ks_err *err)
{
	char *waste = NULL;
	size_t got = 0;
	int rc = 0;

	if (!stream->is_gzip)
		n -= skip_plain(stream, n);
	if (n > 0)
		waste = ks_mem_resize(NULL, KS_LIMIT_CHUNK);
	while (rc == 0 && n > 0) {
		rc = ks_stream_read(stream, waste, n < KS_LIMIT_CHUNK ? (size_t)n : KS_LIMIT_CHUNK, &got, err);
		if (rc == 0 && got == 0)
			rc = ks_err_set(err, KS_ERR_CONFLICT, "is shorter than it was");
		n -= got;
	}
	free(waste);
	return rc;
}
