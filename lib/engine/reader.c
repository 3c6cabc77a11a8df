/* Stream, cutter, index, envelopes and event in a row. */
#include "lib/engine/reader.h"

#include "lib/base/mem.h"

#include <stdlib.h>
#include <string.h>

#define LONGEST_HELD 8192u      /* bytes of a record that waits */

/* How almost every delivered record begins. Version 2 is what S3's notifications say there. */
#define USUAL "{\"eventVersion\":\"1."

/* In two parts: each is compared in a register. */
static bool is_usual(struct ks_str text)
{
	static const char usual[] = USUAL;

	return text.n >= sizeof(usual) - 1 && memcmp(text.p, usual, 16) == 0 &&
		memcmp(text.p + 16, usual + 16, sizeof(usual) - 1 - 16) == 0;
}

/* Gives a record to whoever takes them. */
static void give(struct ks_reader *reader, const struct ks_index *index, uint32_t node,
	const struct ks_reader_held *what)
{
	struct ks_event event;

	ks_event_init(&event, index, node, &reader->arena);
	event.reads_reserved = reader->config.takes_anything;
	event.has_no_key = !what->has_key;
	event.has_no_other = !what->has_other;
	event.is_aside = what->is_aside;
	reader->sink.event(reader->sink.arg, &event, what->offset);
	ks_event_release(&event);
}

/* What the cutter says of the record at hand. */
static void note(const struct ks_reader *reader, uint64_t offset, struct ks_reader_held *out)
{
	out->offset = offset;
	out->has_key = reader->cutter.has_key;
	out->has_other = reader->cutter.has_other;
	out->is_aside = reader->cutter.is_aside;
}

/* Gives all that wait, in their order. */
static void give_held(struct ks_reader *reader)
{
	size_t n = reader->held_n;

	reader->held_n = 0;
	for (size_t i = 0; i < n; i++) {
		ks_arena_clear(&reader->arena);
		give(reader, &reader->held[i].index, 0, &reader->held[i]);
	}
}

static void found(void *arg, const struct ks_index *index, uint32_t node)
{
	struct ks_reader *reader = arg;
	struct ks_reader_held what;

	reader->records++;
	if (reader->is_counting)
		return;
	note(reader, reader->offset, &what);
	give(reader, index, node, &what);
}

static void unreadable(struct ks_reader *reader, uint64_t offset, struct ks_err *err)
{
	give_held(reader);
	if (err->column > 0)
		ks_err_wrap(err, "a record is no JSON at byte %d of it", err->column);
	err->column = 0;
	reader->sink.problem(reader->sink.arg, offset, err);
}

/* A record that can wait is kept together with its index. */
static bool hold(struct ks_reader *reader, struct ks_reader_held *held, uint64_t offset)
{
	struct ks_str text = held->index.text;

	if (!ks_shapes_is_record(&held->index, 0))
		return false;
	reader->records++;
	note(reader, offset, held);
	ks_buf_clear(&held->text);
	ks_buf_add(&held->text, text);
	held->index.text = ks_buf_str(&held->text);
	if (++reader->held_n == KS_READER_GATHERED)
		give_held(reader);
	return true;
}

/* What stands in a record or around one. */
static void unwrap(struct ks_reader *reader, const struct ks_index *index, uint64_t offset)
{
	uint64_t before = reader->records, strings = reader->shapes.unreadable;
	struct ks_err err;

	give_held(reader);
	ks_arena_clear(&reader->arena);
	ks_shapes_unwrap(&reader->shapes, index, 0, found, reader);
	if (reader->shapes.unreadable > strings) {
		ks_err_set(&err, KS_ERR_PARSE, "a string that should hold a record is no JSON");
		unreadable(reader, offset, &err);
	} else if (reader->records == before && reader->config.takes_anything) {
		found(reader, index, 0);
	}
}

static size_t record(void *arg, struct ks_str text, uint64_t offset, bool is_hit)
{
	struct ks_reader *reader = arg;
	struct ks_reader_held *held;
	struct ks_index *index;
	struct ks_err err;

	if (is_hit && reader->config.may_matter != NULL)
		is_hit = reader->config.may_matter(reader->config.arg, text);
	if (!is_hit && is_usual(text)) {
		reader->records++;
		return 0;
	}
	reader->offset = offset;
	reader->is_counting = !is_hit;
	held = reader->held != NULL && is_hit && text.n <= LONGEST_HELD ? &reader->held[reader->held_n] : NULL;
	index = held != NULL ? &held->index : &reader->index;
	if (ks_index_build(index, text, NULL, &err) != 0) {
		size_t bad = err.column > 0 ? (size_t)err.column : 0;

		unreadable(reader, offset, &err);
		return bad;
	}
	if (held == NULL || !hold(reader, held, offset))
		unwrap(reader, index, offset);
	return 0;
}

static void problem(void *arg, uint64_t offset, const struct ks_err *err)
{
	struct ks_reader *reader = arg;

	give_held(reader);
	reader->sink.problem(reader->sink.arg, offset, err);
}

void ks_reader_init(struct ks_reader *reader, const struct ks_reader_config *config,
	const struct ks_anchors *anchors, const struct ks_reader_sink *sink)
{
	*reader = (struct ks_reader){ .config = *config, .sink = *sink };
	reader->cutter_sink = (struct ks_cutter_sink){ record, problem, reader };
	ks_arena_init(&reader->arena);
	ks_index_init(&reader->index);
	if (config->may_gather)
		reader->held = ks_mem_alloc(KS_READER_GATHERED * sizeof(*reader->held));
	for (size_t i = 0; reader->held != NULL && i < KS_READER_GATHERED; i++) {
		ks_index_init(&reader->held[i].index);
		ks_buf_init(&reader->held[i].text, LONGEST_HELD);
	}
	ks_shapes_init(&reader->shapes, &reader->arena);
	ks_stream_init(&reader->stream, config->inflate);
	reader->stream.stop = config->stop;
	ks_cutter_init(&reader->cutter, anchors, config->fill, &reader->cutter_sink, config->stop);
}

void ks_reader_release(struct ks_reader *reader)
{
	if (reader == NULL)
		return;
	ks_cutter_release(&reader->cutter);
	ks_stream_release(&reader->stream);
	ks_shapes_release(&reader->shapes);
	ks_index_release(&reader->index);
	for (size_t i = 0; reader->held != NULL && i < KS_READER_GATHERED; i++) {
		ks_index_release(&reader->held[i].index);
		ks_buf_release(&reader->held[i].text);
	}
	free(reader->held);
	ks_arena_release(&reader->arena);
}

static int refuse(struct ks_err *err)
{
	return ks_err_set(err, KS_ERR_PARSE,
		"is no trail: it is not JSON, and nothing in it looks like a CloudTrail record");
}

int ks_reader_run(struct ks_reader *reader, int fd, struct ks_err *err)
{
	enum ks_cutter_end end;

	if (ks_stream_open(&reader->stream, fd, err) != 0)
		return -1;
	end = ks_cutter_run(&reader->cutter, &reader->stream);
	give_held(reader);
	return end == KS_CUTTER_NO_TRAIL ? refuse(err) : 0;
}

int ks_reader_follow(struct ks_reader *reader, int fd, const struct ks_cutter_live *live,
	struct ks_err *err)
{
	enum ks_cutter_end end;

	if (ks_stream_open(&reader->stream, fd, err) != 0 ||
		ks_stream_skip(&reader->stream, live->from, err) != 0)
		return -1;
	end = ks_cutter_follow(&reader->cutter, &reader->stream, live);
	give_held(reader);
	return end == KS_CUTTER_NO_TRAIL ? refuse(err) : 0;
}
