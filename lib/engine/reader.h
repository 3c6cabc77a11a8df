/*
 * One thread's tools for reading trails: from an open file to events, with memory that is used again for
 * every file.
 */
#ifndef KS_ENGINE_READER_H
#define KS_ENGINE_READER_H

#include "lib/trail/cutter.h"
#include "lib/trail/event.h"
#include "lib/trail/shapes.h"

#define KS_READER_GATHERED 32u            /* records that wait, at most */

/* Who is told. */
struct ks_reader_sink {
	/* the event lives for the call only */
	void (*event)(void *arg, struct ks_event *event, uint64_t offset);
	void (*problem)(void *arg, uint64_t offset, const struct ks_err *err); /* something could not be read */
	void *arg;
};

struct ks_reader_config {
	const struct ks_inflate_backend *inflate;
	ks_mask_fill_fn *fill;                 /* from ks_mask_pick */
	const volatile sig_atomic_t *stop;     /* may be NULL */
	/* Of a record that the anchors want: whether to look into it at all; NULL: yes. */
	bool (*may_matter)(void *arg, struct ks_str text);
	void *arg;                             /* of may_matter */
	/* Events may come later than the text behind them is read, as long as all have come when run returns. */
	bool may_gather;
	bool takes_anything; /* an object that holds no CloudTrail record is an event all the same */
};

/* A record that waits for others: work that is seldom done goes several times faster right after itself. */
struct ks_reader_held {
	struct ks_index index;
	struct ks_buf text;                    /* what the index is of */
	uint64_t offset;
	bool has_key, has_other, is_aside;     /* as the cutter said */
};

struct ks_reader {
	struct ks_reader_config config;
	struct ks_reader_sink sink;
	struct ks_stream stream;
	struct ks_cutter cutter;
	struct ks_cutter_sink cutter_sink;
	struct ks_index index;
	struct ks_reader_held *held;           /* KS_READER_GATHERED of them; NULL: events come at once */
	size_t held_n;                         /* that wait */
	struct ks_shapes shapes;
	struct ks_arena arena;                 /* of the record at hand */
	uint64_t offset;                       /* of the record at hand */
	uint64_t records;                      /* CloudTrail records seen, looked into or not */
	bool is_counting;                      /* the record at hand is only counted */
};

/* anchors say which records become events; all are borrowed. */
void ks_reader_init(struct ks_reader *reader, const struct ks_reader_config *config,
	const struct ks_anchors *anchors, const struct ks_reader_sink *sink);
void ks_reader_release(struct ks_reader *reader);

/* Reads all of fd, which is closed in the end unless it is 0. Damage goes to the sink. An error only
 * when nothing could be read (IO, UNSUPPORTED), or the content is no trail (PARSE). */
int ks_reader_run(struct ks_reader *reader, int fd, struct ks_err *err);

/* The same of a file that may still be written (ks_cutter_follow): passes over the text before live->from,
 * and takes what is open at the end for unfinished. ks_cutter_reach on reader->cutter says how far it
 * came. Errors: as run; CONFLICT when there is less text than before from. */
int ks_reader_follow(struct ks_reader *reader, int fd, const struct ks_cutter_live *live,
	struct ks_err *err);

#endif
