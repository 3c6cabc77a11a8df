/*
 * Headers of tar archives in one form only (POSIX ustar, plain files with short names, private, owned by
 * nobody): a member has exactly one header, so a changed byte of one shows. What other programs write is not
 * read here. Format: POSIX.1-2017, pax, "ustar Interchange Format".
 */
#ifndef KS_CODEC_TAR_H
#define KS_CODEC_TAR_H

#include "lib/base/str.h"

#define KS_TAR_BLOCK 512u
#define KS_TAR_NAME 100u /* a name is shorter than that */
#define KS_TAR_LARGEST ((UINT64_C(1) << 33) - 1) /* bytes of one member: eleven octal digits */
#define KS_TAR_END (2 * KS_TAR_BLOCK) /* zeros at the end of an archive */

struct ks_tar_member {
	struct ks_str name; /* of a parsed one: borrowed from the block */
	uint64_t size;
	int64_t time_s; /* since 1970, not below 0 and below 2^33 */
};

/* The header; the content follows, then ks_tar_padding zeros. The member is within the limits above. */
void ks_tar_render(const struct ks_tar_member *member, unsigned char out[KS_TAR_BLOCK]);

/* False when the block is not byte for byte what render makes of a member. */
bool ks_tar_parse(const unsigned char block[KS_TAR_BLOCK], struct ks_tar_member *out);

/* Zeros behind a content of that size. */
size_t ks_tar_padding(uint64_t size);

bool ks_tar_is_zero(const unsigned char *bytes, size_t n);

#endif
