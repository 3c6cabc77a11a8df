/* Stream, cutter, index, envelopes and event in a row. */
#include "lib/engine/reader.h"

/* How almost every delivered record begins. Version 2 is what S3's notifications say there. */
#define USUAL "{\"eventVersion\":\"1."

static void found(void *arg, const struct ks_index *index, uint32_t node)
{
	struct ks_reader *reader = arg;
	struct ks_event event;

	reader->records++;
	if (reader->is_counting)
		return;
	ks_event_init(&event, index, node, &reader->arena);
	event.reads_reserved = reader->config.takes_anything;
	event.has_no_key = !reader->cutter.has_key;
	event.is_aside = reader->cutter.is_aside;
	reader->sink.event(reader->sink.arg, &event, reader->offset);
	ks_event_release(&event);
}

static void unreadable(struct ks_reader *reader, uint64_t offset, struct ks_err *err)
{
	if (err->column > 0)
		ks_err_wrap(err, "a record is no JSON at byte %d of it", err->column);
	err->column = 0;
	reader->sink.problem(reader->sink.arg, offset, err);
}

static size_t record(void *arg, struct ks_str text, uint64_t offset, bool is_hit)
{
	struct ks_reader *reader = arg;
	uint64_t before = reader->records, strings = reader->shapes.unreadable;
	struct ks_err err;

	if (!is_hit && ks_str_has_prefix(text, KS_STR(USUAL))) {
		reader->records++;
		return 0;
	}
	ks_arena_clear(&reader->arena);
	reader->offset = offset;
	reader->is_counting = !is_hit;
	if (ks_index_build(&reader->index, text, NULL, &err) != 0) {
		size_t bad = err.column > 0 ? (size_t)err.column : 0;

		unreadable(reader, offset, &err);
		return bad;
	}
	ks_shapes_unwrap(&reader->shapes, &reader->index, 0, found, reader);
	if (reader->shapes.unreadable > strings) {
		ks_err_set(&err, KS_ERR_PARSE, "a string that should hold a record is no JSON");
		unreadable(reader, offset, &err);
	} else if (reader->records == before && reader->config.takes_anything) {
		found(reader, &reader->index, 0);
	}
	return 0;
}

static void problem(void *arg, uint64_t offset, const struct ks_err *err)
{
	struct ks_reader *reader = arg;

	reader->sink.problem(reader->sink.arg, offset, err);
}

void ks_reader_init(struct ks_reader *reader, const struct ks_reader_config *config,
	const struct ks_anchors *anchors, const struct ks_reader_sink *sink)
{
	*reader = (struct ks_reader){ .config = *config, .sink = *sink };
	reader->cutter_sink = (struct ks_cutter_sink){ record, problem, reader };
	ks_arena_init(&reader->arena);
	ks_index_init(&reader->index);
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
	ks_arena_release(&reader->arena);
}

static int refuse(struct ks_err *err)
{
	return ks_err_set(err, KS_ERR_PARSE,
		"is no trail: it is not JSON, and nothing in it looks like a CloudTrail record");
}

int ks_reader_run(struct ks_reader *reader, int fd, struct ks_err *err)
{
	if (ks_stream_open(&reader->stream, fd, err) != 0)
		return -1;
	if (ks_cutter_run(&reader->cutter, &reader->stream) == KS_CUTTER_NO_TRAIL)
		return refuse(err);
	return 0;
}

int ks_reader_follow(struct ks_reader *reader, int fd, const struct ks_cutter_live *live,
	struct ks_err *err)
{
	if (ks_stream_open(&reader->stream, fd, err) != 0 ||
		ks_stream_skip(&reader->stream, live->from, err) != 0)
		return -1;
	if (ks_cutter_follow(&reader->cutter, &reader->stream, live) == KS_CUTTER_NO_TRAIL)
		return refuse(err);
	return 0;
}
