/* Whole small files: libdeflate, which is soon ready to begin. */
#include "lib/codec/inflate.h"

#include <libdeflate.h>

#include <stdlib.h>

extern const struct ks_inflate_whole ks_libdeflate_whole;

static void *new_state(void)
{
	struct libdeflate_decompressor *state = libdeflate_alloc_decompressor();

	if (state == NULL)
		abort();
	return state;
}

static void free_state(void *state)
{
	libdeflate_free_decompressor(state);
}

static bool unpack(void *state, struct ks_inflate_io *io)
{
	size_t in_n, out_n;

	if (libdeflate_gzip_decompress_ex(state, io->in, io->in_n, io->out, io->out_n, &in_n, &out_n) !=
		LIBDEFLATE_SUCCESS)
		return false;
	io->in += in_n;
	io->in_n -= in_n;
	io->out += out_n;
	io->out_n -= out_n;
	return true;
}

const struct ks_inflate_whole ks_libdeflate_whole = {
	.name = "libdeflate", .new = new_state, .free = free_state, .unpack = unpack,
};
