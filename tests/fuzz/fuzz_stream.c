/* Any bytes as a file: both back ends agree on the text, also before an error. The same bytes packed,
 * in members of odd sizes, come out as they were. */
#include "lib/trail/stream.h"

#include "lib/base/buf.h"
#include "lib/base/limits.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <zlib.h>

#define LIMIT (4u << 20) /* of text that is looked at */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int read_all(const char *backend, struct ks_str file, struct ks_buf *out)
{
	static struct ks_stream streams[2];
	static char text[KS_LIMIT_CHUNK];
	struct ks_stream *stream = &streams[backend != NULL];
	int fd = memfd_create("fuzz", MFD_CLOEXEC), rc;
	size_t piece = file.n % 3 == 0 ? 13 : KS_LIMIT_CHUNK, got = 1;
	struct ks_err err;

	ks_buf_init(out, LIMIT + KS_LIMIT_CHUNK);
	if (fd < 0 || write(fd, file.p, file.n) != (ssize_t)file.n || lseek(fd, 0, SEEK_SET) != 0)
		abort();
	/* As a program does, one stream reads one file after the other. */
	if (stream->backend == NULL)
		ks_stream_init(stream, ks_inflate_find(backend));
	rc = ks_stream_open(stream, fd, &err);
	while (rc == 0 && got > 0 && out->n < LIMIT) {
		rc = ks_stream_read(stream, text, piece, &got, &err);
		if (got > piece)
			abort();
		ks_buf_add(out, (struct ks_str){ text, got });
	}
	return rc;
}

static void pack(struct ks_buf *out, struct ks_str text, size_t every)
{
	do {
		struct ks_str part = ks_str_sub(text, 0, every);
		z_stream z = { 0 };
		size_t room;

		if (deflateInit2(&z, (int)(every % 10), Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY) != Z_OK)
			abort();
		room = deflateBound(&z, part.n) + 64;
		z.next_in = (Bytef *)(uintptr_t)part.p;
		z.avail_in = (uInt)part.n;
		z.next_out = (Bytef *)ks_buf_reserve(out, room);
		z.avail_out = (uInt)room;
		if (deflate(&z, Z_FINISH) != Z_STREAM_END)
			abort();
		out->n += room - z.avail_out;
		deflateEnd(&z);
		text = ks_str_sub(text, part.n, text.n);
	} while (text.n > 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ks_str file = { (const char *)data, size };
	struct ks_buf a, b, packed;
	int rc_a, rc_b;

	rc_a = read_all("zlib", file, &a);
	rc_b = read_all(NULL, file, &b);
	if (a.n < LIMIT && b.n < LIMIT && rc_a == 0 && rc_b == 0 &&
		!ks_str_is_equal(ks_buf_str(&a), ks_buf_str(&b)))
		abort();
	ks_buf_release(&a);
	ks_buf_release(&b);
	if (size > 0 && size < 4096) {
		ks_buf_init(&packed, LIMIT);
		pack(&packed, file, data[0] % 64u + 16);
		if (read_all("zlib", ks_buf_str(&packed), &a) != 0 || read_all(NULL, ks_buf_str(&packed), &b) != 0 ||
			!ks_str_is_equal(ks_buf_str(&a), file) || !ks_str_is_equal(ks_buf_str(&b), file))
			abort();
		ks_buf_release(&a);
		ks_buf_release(&b);
		ks_buf_release(&packed);
	}
	return 0;
}
