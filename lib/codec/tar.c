/* One member, one header. */
#include "lib/codec/tar.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* Places in a header. */
#define MODE 100
#define OWNER 108
#define GROUP 116
#define SIZE 124
#define TIME 136
#define SUM 148
#define TYPE 156
#define MAGIC 257
#define DIGITS 11

static void put_octal(unsigned char *out, int digits, uint64_t value)
{
	char text[24];

	snprintf(text, sizeof(text), "%0*" PRIo64, digits, value);
	memcpy(out, text, (size_t)digits + 1);
}

void ks_tar_render(const struct ks_tar_member *member, unsigned char out[KS_TAR_BLOCK])
{
	unsigned sum = 0;

	assert(member->name.n > 0 && member->name.n < KS_TAR_NAME && member->size <= KS_TAR_LARGEST);
	assert(member->time_s >= 0 && (uint64_t)member->time_s <= KS_TAR_LARGEST);
	memset(out, 0, KS_TAR_BLOCK);
	memcpy(out, member->name.p, member->name.n);
	put_octal(out + MODE, 7, 0600);
	put_octal(out + OWNER, 7, 0);
	put_octal(out + GROUP, 7, 0);
	put_octal(out + SIZE, DIGITS, member->size);
	put_octal(out + TIME, DIGITS, (uint64_t)member->time_s);
	out[TYPE] = '0';
	memcpy(out + MAGIC, "ustar\00000", 8);
	/* The sum counts its own field as blanks. */
	memset(out + SUM, ' ', 8);
	for (size_t i = 0; i < KS_TAR_BLOCK; i++)
		sum += out[i];
	put_octal(out + SUM, 6, sum);
}

static bool get_octal(const unsigned char *p, uint64_t *out)
{
	*out = 0;
	for (size_t i = 0; i < DIGITS; i++) {
		if (p[i] < '0' || p[i] > '7')
			return false;
		*out = *out << 3 | (uint64_t)(p[i] - '0');
	}
	return true;
}

bool ks_tar_parse(const unsigned char block[KS_TAR_BLOCK], struct ks_tar_member *out)
{
	size_t n = strnlen((const char *)block, KS_TAR_NAME);
	struct ks_tar_member member = { .name = { (const char *)block, n } };
	unsigned char same[KS_TAR_BLOCK];
	uint64_t time_s;

	if (n == 0 || n == KS_TAR_NAME || !get_octal(block + SIZE, &member.size) ||
		!get_octal(block + TIME, &time_s))
		return false;
	member.time_s = (int64_t)time_s;
	ks_tar_render(&member, same);
	if (memcmp(same, block, KS_TAR_BLOCK) != 0)
		return false;
	*out = member;
	return true;
}

size_t ks_tar_padding(uint64_t size)
{
	return (size_t)((KS_TAR_BLOCK - size % KS_TAR_BLOCK) % KS_TAR_BLOCK);
}

bool ks_tar_is_zero(const unsigned char *bytes, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (bytes[i] != 0)
			return false;
	return true;
}
