/* lib/trail/ahead: what is read ahead is what the stream itself gives, to the last count and error. */
#include "lib/trail/ahead.h"

#include "lib/base/limits.h"
#include "lib/base/mem.h"
#include "lib/trail/stream.h"

#include "tests/unit/rows.h"
#include "tests/unit/trail.h"

#include <stdio.h>

#define LINES 60000u /* a text of some 3 MB */

/* What came of a file. */
struct reading {
	struct ks_buf text;
	uint64_t bytes_in, bytes_out;
	bool is_truncated;
	int rc;
	struct ks_err err;
};

/* Reads all of fd, or until there is enough, with or without somebody idle. */
static void read_all(int fd, size_t piece, size_t enough, int idlers, struct reading *out)
{
	struct ks_stream stream;
	char *text = ks_mem_resize(NULL, piece);
	atomic_int idle = idlers;
	size_t got = 1;

	*out = (struct reading){ 0 };
	ks_buf_init(&out->text, 1u << 26);
	ks_stream_init(&stream, ks_inflate_find(NULL));
	stream.idle = &idle;
	stream.size = UINT32_MAX;
	assert_int_equal(ks_stream_open(&stream, fd, &out->err), 0);
	while (out->rc == 0 && got > 0 && out->text.n < enough) {
		out->rc = ks_stream_read(&stream, text, piece, &got, &out->err);
		ks_buf_add(&out->text, (struct ks_str){ text, got });
		assert_int_equal(stream.ahead != NULL, idlers > 0);
		assert_int_equal(atomic_load(&idle), 0);
	}
	out->bytes_in = stream.bytes_in;
	out->bytes_out = stream.bytes_out;
	out->is_truncated = stream.is_truncated;
	ks_stream_release(&stream);
	assert_int_equal(atomic_load(&idle), idlers);
	free(text);
}

static void make_text(struct ks_buf *out)
{
	for (unsigned i = 0; i < LINES; i++)
		ks_buf_addf(out, "{\"eventName\":\"Call%u\",\"eventID\":\"%08x\"}\n", i % 97, i * 2654435761u);
}

static void make_plain(struct ks_buf *out)
{
	make_text(out);
}

static void make_gzip(struct ks_buf *out)
{
	struct ks_buf text;

	ks_buf_init(&text, 1u << 26);
	make_text(&text);
	trail_add_member(out, ks_buf_str(&text), 6);
	trail_add_member(out, ks_buf_str(&text), 1);
	ks_buf_release(&text);
}

static void make_damaged(struct ks_buf *out)
{
	make_gzip(out);
	out->p[out->n / 2] ^= 0x55;
}

static void make_cut(struct ks_buf *out)
{
	make_gzip(out);
	out->n -= out->n / 3;
}

static void make_followed(struct ks_buf *out)
{
	make_gzip(out);
	ks_buf_adds(out, "no gzip");
}

static void make_empty(struct ks_buf *out)
{
	(void)out;
}

struct row {
	const char *name;
	void (*make)(struct ks_buf *out);
};

static const struct row rows[] = {
	{ "plain", make_plain }, { "two members", make_gzip }, { "damaged", make_damaged }, { "cut", make_cut },
	{ "followed by something else", make_followed }, { "empty", make_empty },
};

static void check(void **state)
{
	static const size_t pieces[] = { 1000, KS_LIMIT_CHUNK, KS_LIMIT_CHUNK + 1, 1u << 20 };
	const struct row *row = *state;
	struct reading here, ahead;
	struct ks_buf file;

	ks_buf_init(&file, 1u << 26);
	row->make(&file);
	for (size_t i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++) {
		read_all(trail_fd(ks_buf_str(&file)), pieces[i], SIZE_MAX, 0, &here);
		read_all(trail_fd(ks_buf_str(&file)), pieces[i], SIZE_MAX, 1, &ahead);
		assert_int_equal(ahead.rc, here.rc);
		assert_int_equal(ahead.text.n, here.text.n);
		if (here.text.n > 0)
			assert_memory_equal(ahead.text.p, here.text.p, here.text.n);
		assert_int_equal(ahead.bytes_in, here.bytes_in);
		assert_int_equal(ahead.bytes_out, here.bytes_out);
		assert_int_equal(ahead.is_truncated, here.is_truncated);
		if (here.rc != 0)
			assert_string_equal(ahead.err.message, here.err.message);
		ks_buf_release(&here.text);
		ks_buf_release(&ahead.text);
	}
	ks_buf_release(&file);
}

/* Nobody waits for the rest. */
static void ends_early(void **state)
{
	struct reading ahead;
	struct ks_buf file;

	(void)state;
	ks_buf_init(&file, 1u << 26);
	make_gzip(&file);
	for (size_t enough = 1; enough < 3u << 20; enough += 300000) {
		read_all(trail_fd(ks_buf_str(&file)), 100000, enough, 1, &ahead);
		assert_int_equal(ahead.rc, 0);
		assert_int_equal(ahead.bytes_out, ahead.text.n);
		ks_buf_release(&ahead.text);
	}
	ks_buf_release(&file);
}

int main(void)
{
	static struct rows all;

	ROWS_TABLE(&all, check, rows);
	ROWS_TEST(&all, ends_early);
	return rows_run("ahead", &all);
}
