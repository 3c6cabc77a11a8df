/* lib/trail/stream: the text of plain and packed files, in one piece or many, whole, damaged, or cut
 * at every byte. Each row runs with every back end that was built in. */
#include "lib/trail/stream.h"

#include "lib/base/limits.h"
#include "lib/base/mem.h"

#include "tests/unit/rows.h"
#include "tests/unit/trail.h"

#include <stdio.h>

static const char *const backends[] = { "zlib", "isal" };
#define BACKENDS (sizeof(backends) / sizeof(backends[0]))

#define TEXT "{\"Records\":[{\"eventName\":\"A\"},{\"eventName\":\"B\"},{\"eventName\":\"C\"}]}"

/* All text of fd in reads of so many bytes. What was good is in out, also when it fails. */
static int read_all(const char *backend, int fd, size_t piece, struct ks_buf *out, bool *out_is_truncated,
	struct ks_err *err)
{
	struct ks_stream stream;
	char *text = ks_mem_resize(NULL, piece);
	size_t got = 1;
	int rc;

	ks_buf_clear(out);
	ks_stream_init(&stream, ks_inflate_find(backend));
	rc = ks_stream_open(&stream, fd, err);
	while (rc == 0 && got > 0) {
		rc = ks_stream_read(&stream, text, piece, &got, err);
		assert_true(got <= piece);
		ks_buf_add(out, (struct ks_str){ text, got });
	}
	if (out_is_truncated != NULL)
		*out_is_truncated = stream.is_truncated;
	if (rc == 0)
		assert_int_equal(stream.bytes_out, out->n);
	ks_stream_release(&stream);
	free(text);
	return rc;
}

struct row {
	const char *name;
	void (*make)(struct ks_buf *out);
	const char *text; /* what comes out, also before an error */
	enum ks_err_code code;
	const char *message; /* what stands in it */
};

static void member(struct ks_buf *out, const char *text, int level)
{
	trail_add_member(out, ks_str_of(text), level);
}

static void make_plain(struct ks_buf *out)
{
	ks_buf_adds(out, TEXT);
}
static void make_empty(struct ks_buf *out)
{
	(void)out;
}
static void make_one_byte(struct ks_buf *out)
{
	ks_buf_addc(out, '\x1F');
}
static void make_gzip(struct ks_buf *out)
{
	member(out, TEXT, 6);
}
static void make_stored(struct ks_buf *out)
{
	member(out, TEXT, 0);
}
static void make_members(struct ks_buf *out)
{
	trail_gzip(out, KS_STR(TEXT), 7);
}
static void make_empty_member(struct ks_buf *out)
{
	member(out, "", 6);
}

static void make_empty_between(struct ks_buf *out)
{
	member(out, "{", 6);
	member(out, "", 6);
	member(out, "}", 6);
}

static void make_padded(struct ks_buf *out)
{
	member(out, TEXT, 6);
	for (int i = 0; i < 600000; i++)
		ks_buf_addc(out, '\0');
}

static void make_padded_between(struct ks_buf *out)
{
	member(out, "{", 6);
	ks_buf_add(out, (struct ks_str){ "\0\0\0", 3 });
	member(out, "}", 6);
}

static void make_garbage_behind(struct ks_buf *out)
{
	member(out, TEXT, 6);
	ks_buf_adds(out, "garbage");
}

static void make_magic_behind(struct ks_buf *out)
{
	member(out, TEXT, 6);
	ks_buf_adds(out, "\x1F\x8B\x08garbage that is no gzip");
}

static void make_one_byte_behind(struct ks_buf *out)
{
	member(out, TEXT, 6);
	ks_buf_addc(out, '\x1F');
}

static void make_bad_crc(struct ks_buf *out)
{
	member(out, TEXT, 6);
	out->p[out->n - 8] ^= 1;
}

static void make_bad_size(struct ks_buf *out)
{
	member(out, TEXT, 6);
	out->p[out->n - 1] ^= 0x40;
}

static void make_bad_second(struct ks_buf *out)
{
	member(out, "{", 6);
	member(out, "}", 6);
	out->p[out->n - 5] ^= 1;
}

static void make_bad_method(struct ks_buf *out)
{
	member(out, TEXT, 6);
	out->p[2] = 7;
}

/* A header with every optional field: extra, name, comment, and its checksum left out. */
static void make_long_header(struct ks_buf *out)
{
	struct ks_buf plain;

	ks_buf_init(&plain, 1u << 16);
	member(&plain, TEXT, 6);
	plain.p[3] = 4 | 8 | 16;
	ks_buf_add(out, (struct ks_str){ plain.p, 10 });
	ks_buf_add(out,
		(struct ks_str){ "\x05\0extra"
						 "name.json\0comment\0",
			7 + 10 + 8 });
	ks_buf_add(out, (struct ks_str){ plain.p + 10, plain.n - 10 });
	ks_buf_release(&plain);
}

/* A header with a checksum of its own, which is wrong. */
static void make_bad_header(struct ks_buf *out)
{
	struct ks_buf plain;

	ks_buf_init(&plain, 1u << 16);
	member(&plain, TEXT, 6);
	plain.p[3] = 2;
	ks_buf_add(out, (struct ks_str){ plain.p, 10 });
	ks_buf_adds(out, "no");
	ks_buf_add(out, (struct ks_str){ plain.p + 10, plain.n - 10 });
	ks_buf_release(&plain);
}

static void make_zstd(struct ks_buf *out)
{
	ks_buf_add(out, (struct ks_str){ "\x28\xB5\x2F\xFD\x04\0", 6 });
}
static void make_bzip2(struct ks_buf *out)
{
	ks_buf_adds(out, "BZh91AY");
}
static void make_xz(struct ks_buf *out)
{
	ks_buf_add(out,
		(struct ks_str){ "\xFD"
						 "7zXZ\0\0",
			7 });
}
static void make_zip(struct ks_buf *out)
{
	ks_buf_add(out, (struct ks_str){ "PK\x03\x04\x14\0", 6 });
}
static void make_utf16(struct ks_buf *out)
{
	ks_buf_add(out, (struct ks_str){ "\xFF\xFE{\0", 4 });
}
static void make_utf16_be(struct ks_buf *out)
{
	ks_buf_add(out, (struct ks_str){ "\xFE\xFF\0{", 4 });
}

static const struct row rows[] = {
	{ "plain", make_plain, TEXT, KS_ERR_NONE, NULL },
	{ "empty", make_empty, "", KS_ERR_NONE, NULL },
	{ "one byte", make_one_byte, "\x1F", KS_ERR_NONE, NULL },
	{ "gzip", make_gzip, TEXT, KS_ERR_NONE, NULL },
	{ "gzip, stored", make_stored, TEXT, KS_ERR_NONE, NULL },
	{ "members", make_members, TEXT, KS_ERR_NONE, NULL },
	{ "an empty member", make_empty_member, "", KS_ERR_NONE, NULL },
	{ "an empty member between", make_empty_between, "{}", KS_ERR_NONE, NULL },
	{ "zeros behind", make_padded, TEXT, KS_ERR_NONE, NULL },
	{ "zeros between", make_padded_between, "{}", KS_ERR_NONE, NULL },
	{ "a long header", make_long_header, TEXT, KS_ERR_NONE, NULL },
	{ "garbage behind", make_garbage_behind, TEXT, KS_ERR_PARSE, "is not gzip" },
	{ "a byte behind", make_one_byte_behind, TEXT, KS_ERR_PARSE, "is not gzip" },
	{ "garbage that begins like gzip", make_magic_behind, TEXT, KS_ERR_PARSE, "gzip" },
	{ "bad checksum", make_bad_crc, TEXT, KS_ERR_PARSE, "damaged gzip" },
	{ "lying size", make_bad_size, TEXT, KS_ERR_PARSE, "damaged gzip" },
	{ "bad second member", make_bad_second, "{}", KS_ERR_PARSE, "damaged gzip" },
	{ "unknown method", make_bad_method, "", KS_ERR_PARSE, "damaged gzip" },
	{ "a header with a wrong checksum", make_bad_header, "", KS_ERR_PARSE, "damaged gzip" },
	{ "zstd", make_zstd, "", KS_ERR_UNSUPPORTED, "zstd" },
	{ "bzip2", make_bzip2, "", KS_ERR_UNSUPPORTED, "bzip2" },
	{ "xz", make_xz, "", KS_ERR_UNSUPPORTED, "xz" },
	{ "zip", make_zip, "", KS_ERR_UNSUPPORTED, "zip" },
	{ "UTF-16", make_utf16, "", KS_ERR_UNSUPPORTED, "UTF-16" },
	{ "UTF-16, the other way", make_utf16_be, "", KS_ERR_UNSUPPORTED, "UTF-16" },
};

static void check_row(const struct row *row, const char *backend, struct ks_str packed, size_t in_piece,
	size_t out_piece)
{
	struct ks_err err = { 0 };
	struct trail_pipe pipe;
	struct ks_buf text;
	int rc;

	ks_buf_init(&text, 1u << 24);
	rc = read_all(backend, in_piece == 0 ? trail_fd(packed) : trail_pipe_open(&pipe, packed, in_piece),
		out_piece, &text, NULL, &err);
	if (in_piece != 0)
		pthread_join(pipe.thread, NULL);
	assert_int_equal(rc, row->code == KS_ERR_NONE ? 0 : -1);
	assert_int_equal(err.code, row->code);
	if (row->message != NULL)
		assert_non_null(strstr(err.message, row->message));
	assert_true(ks_str_is(ks_buf_str(&text), row->text));
	ks_buf_release(&text);
}

static void test_row(void **state)
{
	const struct row *row = *state;
	struct ks_buf packed;

	ks_buf_init(&packed, 1u << 24);
	row->make(&packed);
	for (size_t i = 0; i < BACKENDS; i++) {
		if (ks_inflate_find(backends[i]) == NULL)
			continue;
		check_row(row, backends[i], ks_buf_str(&packed), 0, KS_LIMIT_CHUNK);
		check_row(row, backends[i], ks_buf_str(&packed), 0, 1);
		check_row(row, backends[i], ks_buf_str(&packed), 0, 7);
		if (packed.n < 4096 && row->code != KS_ERR_UNSUPPORTED) {
			check_row(row, backends[i], ks_buf_str(&packed), 1, 5);
			check_row(row, backends[i], ks_buf_str(&packed), 3, KS_LIMIT_CHUNK);
		}
	}
	ks_buf_release(&packed);
}

/* A file of two members that ends at every byte: the good text before is there, and the end is told,
 * unless it is the end of a member. */
static void test_truncated(void **state)
{
	struct ks_buf packed, text;
	size_t first;

	(void)state;
	ks_buf_init(&packed, 1u << 20);
	ks_buf_init(&text, 1u << 20);
	member(&packed, TEXT, 6);
	first = packed.n;
	member(&packed, TEXT, 0);
	for (size_t i = 0; i < BACKENDS; i++) {
		for (size_t n = 2; n <= packed.n && ks_inflate_find(backends[i]) != NULL; n++) {
			bool is_whole = n == first || n == packed.n, is_truncated;
			struct ks_err err = { 0 };
			int rc = read_all(backends[i], trail_fd((struct ks_str){ packed.p, n }), 11, &text,
				&is_truncated, &err);

			/* The first byte of a second member alone may be anything. */
			assert_int_equal(rc, is_whole ? 0 : -1);
			assert_int_equal(is_truncated, !is_whole && n != first + 1);
			assert_int_equal(err.code, is_whole ? KS_ERR_NONE : KS_ERR_PARSE);
			if (n >= first)
				assert_true(ks_str_has_prefix(ks_buf_str(&text), KS_STR(TEXT)));
			assert_true(ks_str_has_prefix(KS_STR(TEXT TEXT), ks_buf_str(&text)));
			/* What is stored comes out to the last byte. */
			if (n == packed.n - 8)
				assert_int_equal(text.n, 2 * strlen(TEXT));
		}
	}
	ks_buf_release(&packed);
	ks_buf_release(&text);
}

/* Any byte of a packed file becomes another one: never another text without an error, except in header
 * fields that mean nothing here. */
static void test_changed_byte(void **state)
{
	struct ks_buf packed, text;

	(void)state;
	ks_buf_init(&packed, 1u << 20);
	ks_buf_init(&text, 1u << 20);
	member(&packed, TEXT, 6);
	for (size_t i = 0; i < BACKENDS; i++) {
		for (size_t at = 2; at < packed.n && ks_inflate_find(backends[i]) != NULL; at++) {
			for (int bit = 0; bit < 8; bit++) {
				struct ks_err err;

				packed.p[at] ^= (char)(1 << bit);
				if (read_all(backends[i], trail_fd(ks_buf_str(&packed)), 64, &text, NULL, &err) == 0)
					assert_true(ks_str_is(ks_buf_str(&text), TEXT));
				packed.p[at] ^= (char)(1 << bit);
			}
		}
	}
	ks_buf_release(&packed);
	ks_buf_release(&text);
}

/* 64 MB of blanks in a small file, through one object that then reads something else. */
static void test_bomb_and_reuse(void **state)
{
	size_t n = 64u << 20;
	struct ks_buf packed;
	char *text = ks_mem_resize(NULL, n);

	(void)state;
	memset(text, ' ', n);
	ks_buf_init(&packed, 1u << 27);
	trail_add_member(&packed, (struct ks_str){ text, n }, 6);
	for (size_t i = 0; i < BACKENDS; i++) {
		struct ks_stream stream;
		struct ks_err err;
		uint64_t total = 0;
		size_t got;

		if (ks_inflate_find(backends[i]) == NULL)
			continue;
		ks_stream_init(&stream, ks_inflate_find(backends[i]));
		assert_int_equal(ks_stream_open(&stream, trail_fd(ks_buf_str(&packed)), &err), 0);
		do {
			assert_int_equal(ks_stream_read(&stream, text, KS_LIMIT_CHUNK, &got, &err), 0);
			total += got;
		} while (got > 0);
		assert_int_equal(total, n);
		/* Left in the middle, then another file. */
		assert_int_equal(ks_stream_open(&stream, trail_fd(ks_buf_str(&packed)), &err), 0);
		assert_int_equal(ks_stream_read(&stream, text, 10, &got, &err), 0);
		assert_int_equal(ks_stream_open(&stream, trail_fd(KS_STR(TEXT)), &err), 0);
		assert_int_equal(ks_stream_read(&stream, text, KS_LIMIT_CHUNK, &got, &err), 0);
		assert_true(ks_str_is((struct ks_str){ text, got }, TEXT));
		ks_stream_release(&stream);
		ks_stream_release(&stream);
	}
	ks_buf_release(&packed);
	free(text);
}

static void check_skip(const char *backend, int fd, size_t skip)
{
	struct ks_stream stream;
	struct ks_err err = { 0 };
	char text[256];
	size_t got;
	int rc;

	ks_stream_init(&stream, ks_inflate_find(backend));
	assert_int_equal(ks_stream_open(&stream, fd, &err), 0);
	rc = ks_stream_skip(&stream, skip, &err);
	if (rc == 0) {
		assert_int_equal(ks_stream_read(&stream, text, sizeof(text), &got, &err), 0);
		assert_true(ks_str_is((struct ks_str){ text, got }, skip <= strlen(TEXT) ? &TEXT[skip] : ""));
	} else {
		assert_true(skip > strlen(TEXT));
		assert_int_equal(err.code, KS_ERR_CONFLICT);
	}
	ks_stream_release(&stream);
}

static void test_skip(void **state)
{
	struct ks_buf packed;

	(void)state;
	ks_buf_init(&packed, 1u << 20);
	trail_gzip(&packed, KS_STR(TEXT), 9);
	for (size_t i = 0; i < BACKENDS; i++) {
		for (size_t skip = 0; skip <= strlen(TEXT) + 1 && ks_inflate_find(backends[i]) != NULL; skip++) {
			check_skip(backends[i], trail_fd(ks_buf_str(&packed)), skip);
			check_skip(backends[i], trail_fd(KS_STR(TEXT)), skip);
		}
	}
	ks_buf_release(&packed);
}

/* How large a file is of which nobody knew is found out, once it is more than one read. */
static void test_large(void **state)
{
	static const size_t sizes[] = { 10, KS_LIMIT_READ - 1, KS_LIMIT_READ + 1, 3 * KS_LIMIT_READ };
	atomic_int idle = 0;
	struct ks_stream stream;
	struct ks_err err;
	struct ks_buf text;

	(void)state;
	ks_buf_init(&text, 1u << 20);
	ks_stream_init(&stream, ks_inflate_find(NULL));
	stream.idle = &idle;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		ks_buf_clear(&text);
		while (text.n < sizes[i])
			ks_buf_addc(&text, ' ');
		stream.size = 0;
		assert_int_equal(ks_stream_open(&stream, trail_fd(ks_buf_str(&text)), &err), 0);
		assert_int_equal(stream.all, sizes[i] < KS_LIMIT_READ ? 0 : sizes[i]);
		stream.size = 7;
		assert_int_equal(ks_stream_open(&stream, trail_fd(ks_buf_str(&text)), &err), 0);
		assert_int_equal(stream.all, 7);
	}
	ks_stream_release(&stream);
	ks_buf_release(&text);
}

static void test_unreadable(void **state)
{
	struct ks_stream stream;
	struct ks_err err;
	int fds[2];

	(void)state;
	assert_int_equal(pipe(fds), 0);
	ks_stream_init(&stream, ks_inflate_find(NULL));
	assert_int_equal(ks_stream_open(&stream, fds[1], &err), -1);
	assert_int_equal(err.code, KS_ERR_IO);
	ks_stream_release(&stream);
	ks_stream_release(NULL);
	close(fds[0]);
}

int main(void)
{
	static struct rows all;

	ROWS_TABLE(&all, test_row, rows);
	ROWS_TEST(&all, test_truncated);
	ROWS_TEST(&all, test_changed_byte);
	ROWS_TEST(&all, test_bomb_and_reuse);
	ROWS_TEST(&all, test_skip);
	ROWS_TEST(&all, test_large);
	ROWS_TEST(&all, test_unreadable);
	return rows_run("stream", &all);
}
