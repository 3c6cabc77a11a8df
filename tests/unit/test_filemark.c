/* lib/trail/filemark */
#include "lib/trail/filemark.h"

#include "tests/unit/rows.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static int make_file(const char *text, size_t n)
{
	int fd = memfd_create("mark", MFD_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, n), n);
	return fd;
}

static void fill(char *text, size_t n)
{
	for (size_t i = 0; i < n; i++)
		text[i] = (char)('a' + i % 23);
}

static bool is_same(const struct ks_filemark *mark, int fd)
{
	struct stat st;

	assert_int_equal(fstat(fd, &st), 0);
	return ks_filemark_is_same(mark, fd, &st);
}

static void sample(struct ks_filemark *mark, int fd, uint64_t edge)
{
	struct stat st;

	assert_int_equal(fstat(fd, &st), 0);
	ks_filemark_sample(mark, fd, &st, edge);
}

/* What may happen to a file of so many bytes, read up to edge, and whether it is still the one. */
struct change_row {
	const char *name;
	size_t size, edge;
	off_t touch;             /* a byte that becomes another one; -1 none */
	off_t truncate;          /* new size; -1 as it was */
	size_t append;
	bool want;
};

static const struct change_row change_rows[] = {
	{ "untouched", 5000, 4000, -1, -1, 0, true },
	{ "grown", 5000, 5000, -1, -1, 7000, true },
	{ "grown from nothing", 0, 0, -1, -1, 7000, true },
	{ "grown from a few bytes", 10, 5, -1, -1, 7000, true },
	{ "cut behind what was read", 5000, 4000, -1, 4500, 0, true },
	{ "cut before it", 5000, 4000, -1, 3999, 0, false },
	{ "cut and grown again", 5000, 5000, -1, 0, 9000, false },
	{ "emptied", 5000, 4000, -1, 0, 0, false },
	{ "another first byte", 5000, 4000, 0, -1, 0, false },
	{ "another last byte of the head", 5000, 4000, 1023, -1, 0, false },
	{ "another last byte of what was read", 5000, 4000, 3999, -1, 0, false },
	{ "another first byte of the edge", 5000, 4000, 2976, -1, 0, false },
	{ "another byte behind what was read", 5000, 4000, 4000, -1, 0, true },
	{ "another byte of a small file", 10, 5, 7, -1, 0, false },
};

static void test_change(void **state)
{
	const struct change_row *row = *state;
	char *text = calloc(1, 32768);
	struct ks_filemark mark, again;
	struct ks_buf rendered;
	int fd;

	fill(text, 32768);
	fd = make_file(text, row->size);
	ks_filemark_init(&mark);
	assert_true(is_same(&mark, fd));
	sample(&mark, fd, row->edge);
	assert_true(is_same(&mark, fd));
	if (row->touch >= 0)
		assert_int_equal(pwrite(fd, "!", 1, row->touch), 1);
	if (row->truncate >= 0)
		assert_int_equal(ftruncate(fd, row->truncate), 0);
	if (row->append > 0) {
		/* Other bytes than there were at the same place. */
		assert_true(lseek(fd, 0, SEEK_END) >= 0);
		assert_int_equal(write(fd, text + 1, row->append), row->append);
	}
	assert_int_equal(is_same(&mark, fd), row->want);
	/* Text and back changes nothing. */
	ks_buf_init(&rendered, 4096);
	ks_filemark_render(&mark, &rendered);
	assert_true(ks_filemark_parse(ks_buf_str(&rendered), &again));
	assert_int_equal(is_same(&again, fd), row->want);
	ks_buf_release(&rendered);
	free(text);
	close(fd);
}

struct parse_row {
	const char *name;
	const char *text;
	bool want;
};

static const struct parse_row parse_rows[] = {
	{ "a fresh one", "1 0 0 -1 0 0 0 0 0 - 0 0 -", true },
	{ "one with all", "1 18446744073709551615 7 5 -9 1 1 1 1024 0123456789abcdef0123456789abcdef 9 9 aa",
		true },
	{ "nothing", "", false },
	{ "another version", "2 0 0 -1 0 0 0 0 0 - 0 0 -", false },
	{ "cut off", "1 0 0 -1 0 0 0 0 0 - 0 0", false },
	{ "more behind it", "1 0 0 -1 0 0 0 0 0 - 0 0 - 5", false },
	{ "words", "1 a b c d e f g h i j k l", false },
};

static void test_parse(void **state)
{
	const struct parse_row *row = *state;
	struct ks_filemark mark;
	struct ks_buf text;

	assert_int_equal(ks_filemark_parse(ks_str_of(row->text), &mark), row->want);
	if (!row->want)
		return;
	ks_buf_init(&text, 4096);
	ks_filemark_render(&mark, &text);
	assert_string_equal(text.p, row->text);
	ks_buf_release(&text);
}

/* A store that was meddled with must not lead anywhere. */
static void test_hostile(void **state)
{
	int fd = make_file("text", 4);
	struct ks_filemark mark;

	(void)state;
	assert_true(ks_filemark_parse(KS_STR("1 0 0 4 0 0 0 0 4000000 - 4 0 -"), &mark));
	assert_false(is_same(&mark, fd));
	assert_true(ks_filemark_parse(KS_STR("1 0 0 4 0 0 0 0 0 - 2 3 aa"), &mark));
	assert_false(is_same(&mark, fd));
	close(fd);
}

int main(void)
{
	struct rows rows = { .n = 0 };

	ROWS_TABLE(&rows, test_change, change_rows);
	ROWS_TABLE(&rows, test_parse, parse_rows);
	ROWS_TEST(&rows, test_hostile);
	return rows_run("filemark", &rows);
}
