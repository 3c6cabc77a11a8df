/* The fast inflate back end: ISA-L. */
#include "lib/base/mem.h"
#include "lib/codec/inflate.h"

#include <isa-l/igzip_lib.h>

#include <stdlib.h>

extern const struct ks_inflate_backend ks_inflate_isal;

static void begin(void *state)
{
	struct inflate_state *z = state;

	isal_inflate_reset(z);
	z->crc_flag = ISAL_GZIP;
}

static void *new_state(void)
{
	struct inflate_state *z = ks_mem_alloc(sizeof(*z));

	isal_inflate_init(z);
	z->crc_flag = ISAL_GZIP;
	return z;
}

static const char *reason(int rc)
{
	switch (rc) {
	case ISAL_INCORRECT_CHECKSUM:
		return "the checksum does not fit the content";
	case ISAL_INVALID_WRAPPER:
	case ISAL_UNSUPPORTED_METHOD:
		return "damaged gzip header";
	default:
		return "damaged deflate data";
	}
}

static enum ks_inflate_status step(void *state, struct ks_inflate_io *io, const char **out_why)
{
	struct inflate_state *z = state;
	int rc;

	z->next_in = (uint8_t *)(uintptr_t)io->in;
	z->avail_in = (uint32_t)io->in_n;
	z->next_out = io->out;
	z->avail_out = (uint32_t)io->out_n;
	rc = isal_inflate(z);
	io->in = z->next_in;
	io->in_n = z->avail_in;
	io->out = z->next_out;
	io->out_n = z->avail_out;
	if (rc < 0 || rc == ISAL_NEED_DICT) {
		*out_why = reason(rc);
		return KS_INFLATE_BAD;
	}
	return z->block_state == ISAL_BLOCK_FINISH ? KS_INFLATE_END : KS_INFLATE_MORE;
}

const struct ks_inflate_backend ks_inflate_isal = {
	.name = "isal", .new = new_state, .free = free, .begin = begin, .step = step,
};
