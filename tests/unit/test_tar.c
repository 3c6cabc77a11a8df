/* lib/codec/tar: one header a member, and none other. */
#include "lib/codec/tar.h"

#include "tests/unit/rows.h"

#include <string.h>

static const struct ks_tar_member member = { .name = { "a/b.txt", 7 }, .size = 8, .time_s = 1763719200 };

static void a_header_comes_back(void **state)
{
	unsigned char block[KS_TAR_BLOCK];
	struct ks_tar_member out;

	(void)state;
	ks_tar_render(&member, block);
	assert_memory_equal(block, "a/b.txt\0", 8);
	assert_memory_equal(block + 100, "0000600\0", 8);
	assert_memory_equal(block + 124, "00000000010\0", 12);
	assert_memory_equal(block + 257, "ustar\00000", 8);
	assert_true(ks_tar_parse(block, &out));
	assert_true(ks_str_is(out.name, "a/b.txt"));
	assert_int_equal(out.size, 8);
	assert_int_equal(out.time_s, 1763719200);
}

/* A flipped bit either makes it no header, or a header of another member. */
static void every_byte_counts(void **state)
{
	unsigned char block[KS_TAR_BLOCK], same[KS_TAR_BLOCK];
	struct ks_tar_member out;

	(void)state;
	ks_tar_render(&member, block);
	for (size_t i = 0; i < KS_TAR_BLOCK; i++)
		for (unsigned bit = 1; bit < 256; bit <<= 1) {
			block[i] ^= (unsigned char)bit;
			assert_false(ks_tar_parse(block, &out));
			block[i] ^= (unsigned char)bit;
		}
	assert_true(ks_tar_parse(block, &out));
	ks_tar_render(&out, same);
	assert_memory_equal(block, same, KS_TAR_BLOCK);
}

static void the_largest_and_the_longest_fit(void **state)
{
	char name[KS_TAR_NAME];
	unsigned char block[KS_TAR_BLOCK];
	struct ks_tar_member out;

	(void)state;
	memset(name, 'n', sizeof(name));
	ks_tar_render(&(struct ks_tar_member){ .name = { name, sizeof(name) - 1 }, .size = KS_TAR_LARGEST },
		block);
	assert_true(ks_tar_parse(block, &out));
	assert_int_equal(out.name.n, KS_TAR_NAME - 1);
	assert_true(out.size == KS_TAR_LARGEST);
}

static void padding_fills_the_block(void **state)
{
	(void)state;
	assert_int_equal(ks_tar_padding(0), 0);
	assert_int_equal(ks_tar_padding(1), 511);
	assert_int_equal(ks_tar_padding(512), 0);
	assert_int_equal(ks_tar_padding(513), 511);
	assert_true(ks_tar_is_zero((const unsigned char *)"\0\0", 2));
	assert_false(ks_tar_is_zero((const unsigned char *)"\0\1", 2));
}

int main(void)
{
	struct rows tests = { .n = 0 };

	ROWS_TEST(&tests, a_header_comes_back);
	ROWS_TEST(&tests, every_byte_counts);
	ROWS_TEST(&tests, the_largest_and_the_longest_fit);
	ROWS_TEST(&tests, padding_fills_the_block);
	return rows_run("tar", &tests);
}
