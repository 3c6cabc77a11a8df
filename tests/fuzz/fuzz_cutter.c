/* Any bytes as a trail: the vector forms cut like the portable one; small reads cut like one large one
 * where nothing is damaged, and tell of damage where it does; records come in order, inside the text,
 * and not twice. */
#include "lib/trail/cutter.h"

#include "lib/base/buf.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PACKETS 15u /* that a pipe holds without anybody who reads */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct cut {
	struct ks_buf said;
	struct ks_index *index;
	struct ks_str text;
	uint64_t behind; /* end of the last record */
	size_t problems;
	enum ks_cutter_end end;
};

static size_t record(void *arg, struct ks_str text, uint64_t offset, bool is_hit)
{
	struct cut *cut = arg;
	struct ks_err err;

	if (offset < cut->behind || offset + text.n > cut->text.n ||
		memcmp(cut->text.p + offset, text.p, text.n) != 0)
		abort();
	ks_buf_addf(&cut->said, "%zu %zu %d\n", (size_t)offset, text.n, is_hit);
	if (ks_index_build(cut->index, text, NULL, &err) != 0) {
		cut->problems++;
		return (size_t)err.column;
	}
	cut->behind = offset + text.n;
	return 0;
}

static void problem(void *arg, uint64_t offset, const struct ks_err *err)
{
	struct cut *cut = arg;

	if (offset > cut->text.n)
		abort();
	cut->problems++;
	ks_buf_addf(&cut->said, "%zu ! %s\n", (size_t)offset, err->message);
}

/* What stays from one input to the next: a cutter has much memory. */
struct tools {
	struct ks_cutter cutter;
	struct ks_cutter_sink sink;
	struct ks_anchors anchors;
	struct ks_stream stream;
	struct ks_index index;
};

static struct tools *get_tools(bool is_portable)
{
	static struct tools all[2];
	struct tools *tools = &all[is_portable];

	if (tools->cutter.buf == NULL) {
		tools->sink = (struct ks_cutter_sink){ .record = record, .problem = problem };
		ks_index_init(&tools->index);
		ks_stream_init(&tools->stream, ks_inflate_find(NULL));
		ks_cutter_init(&tools->cutter, &tools->anchors, ks_mask_pick(is_portable), &tools->sink, NULL);
	}
	return tools;
}

/* False when the text is not read at all. */
static bool run(struct cut *cut, struct ks_str text, bool is_portable, size_t piece)
{
	struct tools *tools = get_tools(is_portable);
	struct ks_err err;
	int fds[2];

	*cut = (struct cut){ .index = &tools->index, .text = text };
	ks_buf_init(&cut->said, 1u << 26);
	tools->sink.arg = cut;
	if (pipe2(fds, O_DIRECT) != 0)
		abort();
	for (size_t i = 0; i < text.n; i += piece) {
		struct ks_str part = ks_str_sub(text, i, piece);

		if (write(fds[1], part.p, part.n) != (ssize_t)part.n)
			abort();
	}
	close(fds[1]);
	if (ks_stream_open(&tools->stream, fds[0], &err) != 0 || tools->stream.is_gzip)
		return false;
	cut->end = ks_cutter_run(&tools->cutter, &tools->stream);
	return true;
}

static bool is_same(const struct cut *a, const struct cut *b)
{
	return a->end == b->end && ks_str_is_equal(ks_buf_str(&a->said), ks_buf_str(&b->said));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ks_str text = { (const char *)data, size };
	struct cut whole, fast, small;

	if (size > 4096 * PACKETS)
		return 0;
	/* Packets have at most a page. */
	if (run(&whole, text, true, 4096)) {
		run(&fast, text, false, 4096);
		if (!is_same(&whole, &fast))
			abort();
		ks_buf_release(&fast.said);
		run(&small, text, false, size / PACKETS + 1);
		if ((whole.problems > 0) != (small.problems > 0) || whole.end != small.end ||
			(whole.problems == 0 && !is_same(&whole, &small)))
			abort();
		ks_buf_release(&small.said);
	}
	ks_buf_release(&whole.said);
	return 0;
}
