/* The inflate back end that is everywhere: zlib. */
#include "lib/base/mem.h"
#include "lib/codec/inflate.h"

#include <zlib.h>

#include <stdint.h>
#include <stdlib.h>

extern const struct ks_inflate_backend ks_inflate_zlib;

static void *new_state(void)
{
	z_stream *z = ks_mem_alloc(sizeof(*z));

	if (inflateInit2(z, 16 + MAX_WBITS) != Z_OK)
		abort();
	return z;
}

static void free_state(void *state)
{
	if (state != NULL)
		inflateEnd(state);
	free(state);
}

static void begin(void *state)
{
	inflateReset2(state, 16 + MAX_WBITS);
}

static enum ks_inflate_status step(void *state, struct ks_inflate_io *io, const char **out_why)
{
	z_stream *z = state;
	int rc;

	z->next_in = (Bytef *)(uintptr_t)io->in;
	z->avail_in = (uInt)io->in_n;
	z->next_out = io->out;
	z->avail_out = (uInt)io->out_n;
	rc = inflate(z, Z_NO_FLUSH);
	io->in = z->next_in;
	io->in_n = z->avail_in;
	io->out = z->next_out;
	io->out_n = z->avail_out;
	if (rc == Z_STREAM_END)
		return KS_INFLATE_END;
	if (rc == Z_OK || rc == Z_BUF_ERROR)
		return KS_INFLATE_MORE;
	*out_why = z->msg != NULL ? z->msg : "damaged deflate data";
	return KS_INFLATE_BAD;
}

const struct ks_inflate_backend ks_inflate_zlib = {
	.name = "zlib", .new = new_state, .free = free_state, .begin = begin, .step = step,
};
